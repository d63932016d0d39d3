/** Health and readiness say no with a reason, and never yes for what was not looked at. */
import { expect, test } from "vitest";
import { health, readiness } from "../../../src/monitor/health.ts";
import type { ReadinessFacts } from "../../../src/monitor/health.ts";

const now = 1_000_000;

test("a loop within its budget is healthy, one past it is named with its age", () => {
  const loops = [{ loop: "watch-bitcoin", lastTurnAt: now - 5_000, budgetMs: 10_000 }, { loop: "relay:x", lastTurnAt: now - 31_000, budgetMs: 30_000 }];
  expect(health(loops.slice(0, 1), 0, now)).toEqual({ ok: true, reasons: [] });
  expect(health(loops, 0, now)).toEqual({ ok: false, reasons: ["loop relay:x: last turn 31 s ago, allowed are 30 s"] });
});

test("a loop that never turned has its budget from the start of the process", () => {
  const loops = [{ loop: "monitor", lastTurnAt: null, budgetMs: 10_000 }];
  expect(health(loops, now - 9_000, now).ok).toBe(true);
  expect(health(loops, now - 11_000, now).reasons).toEqual(["loop monitor: no turn completed 11 s ago, allowed are 10 s"]);
});

const good: ReadinessFacts = {
  chains: [{ name: "bitcoin", endpoints: [{ name: "a", up: true, lagBlocks: 0 }], cursorHeight: 100, ranges: [] }],
  ledgerFailure: null, queueFailure: null, maxLagBlocks: 2,
};
const bitcoin = (change: Partial<ReadinessFacts["chains"][number]>): ReadinessFacts =>
  ({ ...good, chains: good.chains.map((one) => ({ ...one, ...change })) });

test("ready when everything is", () => {
  expect(readiness(good)).toEqual({ ok: true, reasons: [] });
});

test.each([
  ["ledger", { ...good, ledgerFailure: "disk is full" }, "ledger: disk is full"],
  ["redis", { ...good, queueFailure: "connection refused" }, "redis: connection refused"],
  ["endpoint down", bitcoin({ endpoints: [{ name: "a", up: false, lagBlocks: null }] }), "bitcoin: no fresh endpoint (a is down)"],
  ["endpoint behind", bitcoin({ endpoints: [{ name: "a", up: true, lagBlocks: 9 }] }), "bitcoin: no fresh endpoint (a lags 9 blocks)"],
  ["no view", bitcoin({ cursorHeight: null }), "bitcoin: no block read yet"],
  ["open ranges", bitcoin({ ranges: [{ id: "r", chain: "bitcoin", purpose: "watches", next: 10, last: 19, missing: [] }] }), "bitcoin: 10 blocks still to be searched"],
  ["ranges that several searches share", bitcoin({ ranges: ["r", "s"].map((id) => ({ id, chain: "bitcoin" as const, purpose: "watches" as const, next: 10, last: 19, missing: [] })) }), "bitcoin: 10 blocks still to be searched"],
  ["pruned blocks", bitcoin({ ranges: [{ id: "r", chain: "bitcoin", purpose: "watches", next: 10, last: 19, missing: [10, 11] }] }),
    "bitcoin: blocks 10, 11 are pruned on every node; give Gantry a node that has them"],
])("not ready: %s", (_what, facts, reason) => {
  expect(readiness(facts)).toEqual({ ok: false, reasons: [reason] });
});
