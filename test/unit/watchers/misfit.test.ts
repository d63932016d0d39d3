/** A runtime that one reader does not know: its lanes halt, its blocks are kept for a version that knows it, all else goes on. */
import { beforeEach, describe, expect, it } from "vitest";
import { createMisfit } from "../../../src/app/misfit.ts";
import type { PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { Needs } from "../../../src/chains/polkadot/shape.ts";
import { eventId, laneName } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { readiness } from "../../../src/monitor/health.ts";
import type { Ledger } from "../../../src/ports.ts";
import { createPolkadotSource } from "../../../watchers/polkadot/source.ts";
import type { PolkadotReader } from "../../../watchers/polkadot/source.ts";
import { createWatch } from "../../../watchers/watch.ts";
import { createTestClock } from "../../support/clock.ts";
import { createMemoryPolkadot, substrateRuntime } from "../../support/memory-polkadot.ts";
import type { MemoryPolkadot } from "../../support/memory-polkadot.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";

const [first, second] = [substrateRuntime(1), substrateRuntime(2)];
const known: Needs = { events: { "System.Remarked": { sender: "[u8; 32]", hash: "[u8; 32]" } } };
const changed: Needs = { events: { "System.Remarked": { sender: "[u8; 32]", hash: "u64" } } };
const { signal } = new AbortController();
const lane = laneName("blind-lane");

/** Makes an event of each remark, named by who it is. */
const reader = (name: string, needs: (runtime: PolkadotRuntime) => Needs): PolkadotReader => ({
  needs,
  read: async ({ data }, at) => ({ events: [{ id: eventId(`${name}:${data["hash"] as string}`), chain: "polkadot", kind: "remark", at, payload: null }], births: [], watches: [] }),
  settle: () => ({ births: [], watches: [] }),
});
const remark = (hash: string) => ({ pallet: "System", name: "Remarked", data: { sender: "0x00", hash } });

let chain: MemoryPolkadot;
let ledger: Ledger;
let log: ReturnType<typeof createMemoryLog>;

beforeEach(() => {
  chain = createMemoryPolkadot(first);
  ledger = createMemoryLedger();
  log = createMemoryLog();
});

/** A start of the program whose blind reader knows only these versions of the runtime. */
function start(...versions: readonly number[]): () => Promise<void> {
  const clock = createTestClock();
  const blind = reader("blind", ({ specVersion }) => (versions.includes(specVersion) ? known : changed));
  const readers = [blind, reader("other", () => known)];
  const onMisfit = createMisfit({ ledger, clock, log, lanesOf: (which) => (which === blind ? [lane] : []) });
  const source = createPolkadotSource({ endpoints: chain.endpoints, readers, clock, onMisfit });
  const watch = createWatch({ source, ledger, clock, log, meter: createMemoryMeter(), pollMs: 1_000, auditEveryMs: 0, startHeight: async () => 0, onWoken: async () => undefined });
  return async () => {
    for (let turns = 0; turns < 8; turns += 1) await watch.turn(signal);
  };
}
const seen = async (name: string): Promise<string[]> => (await ledger.events({ kind: "remark" })).map(({ id }) => id).filter((id) => id.startsWith(name)).map((id) => id.slice(name.length + 1));
const parked = async () => (await ledger.ranges("polkadot")).map(({ next, last, missing }) => ({ next, last, missing }));
/** 150 blocks that every reader knows, then one with a remark that only the other does */
async function upgraded(): Promise<() => Promise<void>> {
  const turns = start(1);
  for (let height = 1; height <= 150; height += 1) chain.mine(height === 150 ? [remark("before")] : []);
  await turns();
  chain.mine([remark("at")], second);
  await turns();
  return turns;
}

describe("a runtime upgrade that one reader does not know", () => {
  it("halts its lanes durably, naming the item, told once", async () => {
    const turns = await upgraded();
    chain.mine([remark("after")]);
    await turns();
    expect(await ledger.halts()).toEqual([{ scope: { kind: "lane", name: lane }, code: "shape-changed", because: expect.stringContaining("event System.Remarked"), since: expect.any(Number) }]);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    expect(await ledger.auditLog({ subject: `lane ${lane}` })).toHaveLength(1);
  });

  it("leaves the chain and the other reader going on", async () => {
    const turns = await upgraded();
    const last = chain.mine([remark("after")]);
    await turns();
    expect((await ledger.view("polkadot"))?.tip.at(-1)).toEqual(last);
    expect(await seen("other")).toEqual(["after", "at", "before"]);
    expect(await seen("blind")).toEqual(["before"]);
  });

  it("keeps one parked range per hundred blocks, and readiness says why", async () => {
    const turns = await upgraded();
    for (let height = 152; height <= 203; height += 1) chain.mine();
    await turns();
    expect(await parked()).toEqual([{ next: 151, last: 199, missing: [151] }, { next: 200, last: 299, missing: [200] }]);
    const { reasons } = readiness({
      chains: [{ name: "polkadot", endpoints: [{ name: "memory", up: true, lagBlocks: 0 }], cursorHeight: 203, ranges: await ledger.ranges("polkadot") }],
      ledgerFailure: null, queueFailure: null, maxLagBlocks: 2,
    });
    expect(reasons).toEqual([expect.stringContaining("polkadot: blocks from 151 on are kept to be read again")]);
  });

  it("is read to its end by a start with a version that knows it, which leaves the halt to a person", async () => {
    await upgraded();
    for (let height = 152; height <= 203; height += 1) chain.mine(height === 201 ? [remark("after")] : []);
    await start(1)();
    await start(1, 2)();
    expect(await seen("blind")).toEqual(["after", "at", "before"]);
    expect(await parked()).toEqual([]);
    expect(await ledger.halts()).toHaveLength(1);
  });

  it("keeps its blocks through any number of starts that do not know it either", async () => {
    await upgraded();
    for (let starts = 0; starts < 3; starts += 1) {
      chain.mine();
      await start(1)();
      expect((await parked()).map(({ next, missing }) => ({ next, missing }))).toContainEqual({ next: 151, missing: [151] });
    }
    await start(1, 2)();
    expect(await seen("blind")).toEqual(["at", "before"]);
    expect(await parked()).toEqual([]);
  });

  it("halts again at the next block when a person resumed without such a version", async () => {
    const turns = await upgraded();
    const audit = { at: 1, who: "person", what: "resume", subject: `lane ${lane}`, because: null, detail: null };
    await ledger.lift({ kind: "lane", name: lane }, audit);
    chain.mine();
    await turns();
    expect((await ledger.halts()).map(({ code }) => code)).toEqual(["shape-changed"]);
  });

  it("takes the place of a person's pause, so that lifting the pause does not lift the fact", async () => {
    const audit = { at: 1, who: "person", what: "pause", subject: `lane ${lane}`, because: null, detail: null };
    await ledger.halt({ scope: { kind: "lane", name: lane }, code: "paused", because: "a person", since: 1 }, audit);
    await upgraded();
    expect((await ledger.halts()).map(({ code }) => code)).toEqual(["shape-changed"]);
  });

  it("of blocks told of at once is kept in one range", async () => {
    const misfit = createMisfit({ ledger, clock: createTestClock(), log, lanesOf: () => [lane] });
    const failure = { remedy: "Unsafe" as const, code: "shape-changed", message: "another shape", evidence: null };
    await Promise.all([110, 111, 112, 113].map((height) => misfit(reader("any", () => known), chain.at(height), failure)));
    expect(await parked()).toEqual([{ next: 110, last: 199, missing: [110] }]);
    expect(await ledger.auditLog({ subject: `lane ${lane}` })).toHaveLength(1);
  });
});
