/** Lateness, deadlines in their own clocks, budgets from the configuration, and when it will be done. */
import { describe, expect, it } from "vitest";

import { deadlineOf, isNear } from "../../../src/core/transfer-clock.ts";
import type { Clocks } from "../../../src/core/transfer-clock.ts";
import { keysFor } from "../../../src/core/transfer-keys.ts";
import { eta, late, learn, progress, usual, withBudgets } from "../../../src/core/transfer-progress.ts";
import type { StepHistory } from "../../../src/core/transfer-progress.ts";
import type { Deadline, Transfer } from "../../../src/core/transfer.ts";
import { span } from "../../../src/core/words.ts";
import { hashOf, now } from "../../support/delivery.ts";
import { chainClock } from "../../support/folded-transfers.ts";
import { day, hour, minute, scene } from "../../support/scenes.ts";

describe("lateness", () => {
  it("begins when the present step has taken more than its budget, not the whole transfer", () => {
    const at = (ageMs: number) => { const { transfer, journey, clocks } = scene("deposit", "payment", ageMs); return late(transfer, journey, clocks); };
    expect([at(24 * hour), at(24 * hour + 1), at(30 * hour)]).toEqual([0, 1, 6 * hour]);
  });

  it("counts a passed deadline even when the step is within its budget", () => {
    const { transfer, journey, clocks } = scene("deposit", "payment", hour);
    const [soft] = transfer.deadlines;
    const early: Transfer = { ...transfer, deadlines: soft === undefined ? [] : [{ ...soft, value: clocks.now - 5 * minute }] };
    expect(late(early, journey, clocks)).toBe(5 * minute);
  });

  it("is nothing once the transfer ended, and each step says how late it was", () => {
    const { transfer, journey, clocks } = scene("deposit", "payment", 90 * day);
    expect(late({ ...transfer, endedAt: now, outcome: "cancelled" }, journey, clocks)).toBe(0);
    expect(progress(journey, transfer, clocks).map(({ lateMs }) => lateMs)).toEqual([0, 89 * day, 0, 0, 0, 0, 0]);
  });

  it("obeys the budgets of the configuration", () => {
    const { transfer, journey, clocks } = scene("deposit", "payment", hour);
    const strict = withBudgets(journey, { "tbtc.deposit.sweep": { normalMs: minute, lateAfterMs: 2 * minute }, "tbtc.redemption.payment": { normalMs: 1, lateAfterMs: 1 } });
    expect(late(transfer, strict, clocks)).toBe(58 * minute);
    expect(strict.steps.filter((step, index) => step.lateAfterMs !== journey.steps[index]?.lateAfterMs).map(({ name }) => name)).toEqual(["sweep"]);
  });
});

const soft: Deadline = { what: "soft", chain: "ethereum", clock: "time", value: now + hour, at: null };
const hard: Deadline = { ...soft, what: "hard", value: now + 2 * hour };
const active: Deadline = { what: "gone", chain: "polkadot", clock: "active-blocks", value: 1_000, at: null };
const height: Deadline = { what: "gone", chain: "bitcoin", clock: "height", value: 500, at: null };
const clocks = (more: { ms?: number; active?: number | null; bitcoin?: number; relayed?: Readonly<Record<string, number | null>> }): Clocks => ({
  now: now + (more.ms ?? 0),
  chains: {
    ethereum: chainClock("ethereum", 9, now), polkadot: chainClock("polkadot", 9, now, { activeBlocks: more.active === undefined ? 900 : more.active }),
    bitcoin: chainClock("bitcoin", more.bitcoin ?? 499, now, { relayedHeights: more.relayed ?? {} }),
  },
});

describe("deadlines", () => {
  const any = (ms: number) => deadlineOf({ bridge: "tbtc", deadlines: [hard, soft], deadlineRule: "any" }, clocks({ ms }));
  it("with rule any: the nearest ahead, then the last one passed with the next", () => {
    expect(any(0)).toMatchObject({ deadline: { what: "soft" }, leftMs: hour, passed: false, next: null });
    expect(any(hour)).toMatchObject({ deadline: { what: "soft" }, leftMs: 0, passed: false });
    expect(any(hour + 1)).toMatchObject({ deadline: { what: "soft" }, leftMs: -1, passed: true, next: { what: "hard" } });
    expect(any(3 * hour)).toMatchObject({ deadline: { what: "hard" }, leftMs: -hour, passed: true, next: null });
  });

  it("with rule all: has passed only when every clock is strictly past its value, and the slower one counts", () => {
    const both = (more: Parameters<typeof clocks>[0]) => deadlineOf({ bridge: "interbtc", deadlines: [active, height], deadlineRule: "all" }, clocks(more));
    expect(both({ active: 900, bitcoin: 500 })).toMatchObject({ deadline: { chain: "polkadot" }, leftMs: 101 * 12_000, passed: false });
    expect(both({ active: 1_001, bitcoin: 500 })).toMatchObject({ deadline: { chain: "bitcoin" }, leftMs: 600_000, passed: false });
    expect(both({ active: 1_000, bitcoin: 501 })?.passed).toBe(false);
    expect(both({ active: 1_001, bitcoin: 501 })?.passed).toBe(true);
  });

  const byHeight = (bridge: string, more: Parameters<typeof clocks>[0]) => deadlineOf({ bridge, deadlines: [height], deadlineRule: "all" }, clocks(more));
  it("are kept in the height that the bridge's own light client knows; another bridge's go by Bitcoin's own", () => {
    const lagging = { bitcoin: 900, relayed: { interbtc: 480 } };
    expect(byHeight("interbtc", lagging)).toMatchObject({ passed: false, leftMs: 21 * 600_000 });
    expect(byHeight("tbtc", lagging)).toMatchObject({ passed: true, leftMs: -399 * 600_000 });
  });

  it("do not go by Bitcoin's own height while that of the bridge's light client is not known", () => {
    expect(byHeight("interbtc", { bitcoin: 900, relayed: { interbtc: null } })).toMatchObject({ passed: false, leftMs: null });
  });

  it("are never passed or near on a clock that nobody has read", () => {
    const view = deadlineOf({ bridge: "interbtc", deadlines: [active], deadlineRule: "all" }, clocks({ active: null }));
    expect([view?.passed, view?.leftMs, view === null ? null : isNear({ openedAt: now }, view)]).toEqual([false, null, false]);
  });

  it("run by the chain's own time even when the host's clock is wrong", () => {
    const wrong: Clocks = { now: now + 5 * day, chains: { ethereum: { ...chainClock("ethereum", 9, now), headSeenAt: now + 5 * day } } };
    expect(deadlineOf({ bridge: "tbtc", deadlines: [soft], deadlineRule: "any" }, wrong)).toMatchObject({ passed: false, leftMs: hour });
  });

  it("are near in the last fifth of the time given, and in the last day at most", () => {
    const near = (openedAt: number, leftMs: number) => isNear({ openedAt }, { deadline: { ...soft, at: now + leftMs }, leftMs, passed: false, next: null });
    expect([near(now - 4 * hour, hour), near(now - 3 * hour, hour), near(now - 300 * day, day), near(now - 300 * day, 25 * hour)]).toEqual([true, false, true, false]);
  });
});

describe("when it will be done", () => {
  const { transfer, journey, clocks } = scene("deposit", "payment", hour);
  it("is told by the journey's own budgets until five transfers were seen", () => {
    const rest = journey.steps.slice(2).reduce((sum, { normalMs }) => sum + normalMs, 0);
    expect(eta({}, transfer, journey, clocks.now)).toMatchObject({ medianAt: clocks.now + 14 * hour + rest });
  });

  it("is told by this installation's own transfers from then on", () => {
    const history: StepHistory = Object.fromEntries(journey.steps.map(({ name }) => [`tbtc.deposit.${name}`, [2, 2, 2, 2, 2, 2, 2, 2, 4, 9].map((hours) => hours * hour)]));
    expect(eta(history, transfer, journey, clocks.now)).toEqual({ medianAt: clocks.now + hour + 5 * 2 * hour, p90At: clocks.now + 3 * hour + 5 * 4 * hour });
    // slower than all before: what is left of the step cannot be told, and is not negative
    expect(eta(history, transfer, journey, clocks.now + 30 * day)?.medianAt).toBe(clocks.now + 30 * day + 5 * 2 * hour);
  });

  it("is not told of what has ended", () => {
    expect(eta({}, { ...transfer, endedAt: now }, journey, now)).toBeNull();
  });

  it("learns from completed transfers only, keeps the newest, and leaves out steps that history showed in one glance", () => {
    const done = (tookMs: number): Transfer => ({ ...transfer, outcome: "completed", endedAt: now, steps: journey.steps.map(({ name }, index) => ({ name, startedAt: 0, endedAt: index === 0 ? 5 : tookMs })) });
    const history = Array.from({ length: 250 }, (_, index) => done(hour * (index + 1))).reduce<StepHistory>((before, one) => learn(before, journey, one), {});
    expect(history["tbtc.deposit.sweep"]?.length).toBe(200);
    expect([history["tbtc.deposit.sweep"]?.[0], history["tbtc.deposit.request-final"]]).toEqual([51 * hour, undefined]);
    expect(learn({}, journey, { ...done(hour), outcome: "cancelled" })).toEqual({});
    const [, sweep] = journey.steps;
    expect(sweep === undefined ? null : usual(history, journey, sweep).medianMs).toBe(150 * hour);
  });
});

describe("words and keys", () => {
  it.each([[0, "0 s"], [1_400, "1.5 s"], [60_000, "1 min"], [75 * minute, "75 min"], [2 * hour, "2 h"], [4.5 * hour, "4.5 h"], [26 * hour, "26 h"], [5 * day, "5 d"], [199.6 * day, "200 d"]])("%i ms is %s", (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  it("a query is tried in every spelling: with and without 0x, in both byte orders, and as it is", () => {
    const hash = hashOf("x");
    const reversed = `0x${hash.slice(2).match(/../gu)?.toReversed().join("")}`;
    expect(keysFor(` ${hash.slice(2).toUpperCase()} `)).toEqual([hash.slice(2).toUpperCase(), hash, reversed]);
    expect(keysFor("tbtc-deposit-0x12")).toEqual(["tbtc-deposit-0x12"]);
    expect(keysFor(`0x${"Ab".repeat(20)}`)).toEqual([`0x${"Ab".repeat(20)}`, `0x${"ab".repeat(20)}`]);
    expect(keysFor("  ")).toEqual([]);
  });
});
