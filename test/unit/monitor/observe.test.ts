/** The installation as one value: from the ledger and the last look at the nodes; what is not known blames nothing. */
import { beforeEach, expect, test } from "vitest";
import { installationCauses } from "../../../src/core/findings.ts";
import { defaultBudgets } from "../../../src/core/budgets.ts";
import { createGauges } from "../../../src/monitor/gauges.ts";
import type { Gauges } from "../../../src/monitor/gauges.ts";
import { createObserver } from "../../../src/monitor/observe.ts";
import type { BridgeFacts, Observed } from "../../../src/monitor/observe.ts";
import type { World } from "../../../src/monitor/world.ts";
import { auditOf, commitOf } from "../../support/ledger.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { createSmallWorld, hashOf, lane, parkedBy, proved, signed, signer, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

const signal = new AbortController().signal;
const minute = 60_000;
let small: SmallWorld;
let gauges: Gauges;
let facts: BridgeFacts;
let lastTurnAt: number | null;

let observer: (signal: AbortSignal) => Promise<Observed>;
const begin = (world: World): void => {
  gauges = createGauges(world, createMemoryMeter());
  observer = createObserver({
    world, gauges, budgets: defaultBudgets, msPerBlock: { bitcoin: 600_000, ethereum: 12_000, polkadot: 12_000 }, startedAt: small.clock.now(),
    loops: () => Promise.resolve([{ loop: "watch-bitcoin", chain: "bitcoin", lastTurnAt }]), bridges: [() => Promise.resolve(facts)],
  });
};
const look = async (): Promise<Observed> => {
  await gauges.refresh(signal);
  return observer(signal);
};
const causesNow = async (): Promise<readonly string[]> => {
  const { world, clocks } = await look();
  return installationCauses(world, clocks.now).map(({ cause }) => cause);
};

beforeEach(async () => {
  small = await createSmallWorld();
  small.heads.bitcoin = { best: { ...(small.heads.bitcoin?.best as never as object), time: small.clock.now() } as never, final: small.heads.bitcoin?.final as never };
  lastTurnAt = small.clock.now();
  facts = { view: null, lightClients: [], activeBlocks: { chain: "polkadot", count: 7 }, relayedHeight: { bridge: "interbtc", height: 90 } };
  begin(small.world);
});

test("a quiet installation has nothing wrong, and its clocks are those of the ledger's view", async () => {
  expect(await causesNow()).toEqual([]);
  const { clocks, world } = await look();
  expect(clocks.chains.bitcoin).toMatchObject({ bestHeight: 103, finalHeight: 100, relayedHeights: { interbtc: 90 } });
  expect(world.chains[0]).toMatchObject({ best: 105, final: 100, cursor: 103, backlog: { blocks: 0, since: null, missing: [] } });
  expect(world.lanes).toMatchObject([{ name: lane, bridge: "tbtc" }]);
});

test("a block that several searches want is still to be searched once", async () => {
  await small.ledger.commit(commitOf({ chain: "bitcoin", now: small.clock.now(), opens: ["r", "s"].map((id) => ({ id, chain: "bitcoin", purpose: "watches", next: 10, last: 19, missing: [] })) }));
  expect((await look()).world.chains[0]?.backlog.blocks).toBe(10);
});

test("a halt nobody looked at is one thing more that is wrong, until somebody did", async () => {
  await small.ledger.halt({ scope: { kind: "lane", name: lane }, code: "bug", because: "x", since: small.clock.now() }, auditOf("x"));
  expect(await causesNow()).toEqual(["lane-halted"]);
  await small.clock.advance(16 * minute);
  lastTurnAt = small.clock.now();
  expect(await causesNow()).toEqual(["lane-halted", "halt-not-looked-at"]);
  await small.ledger.note({ ...auditOf(`lane:${lane}`), what: "acknowledge", at: small.clock.now() });
  expect(await causesNow()).toEqual(["lane-halted"]);
});

test("a ledger that cannot be written and a queue that is away are told with their reasons", async () => {
  begin({
    ...small.world, ledger: { ...small.ledger, ping: () => Promise.reject(new Error("disk full")) }, queue: { ...small.queue, ping: () => Promise.reject(new Error("refused")) },
  });
  const { world } = await look();
  expect(world.ledger).toEqual({ writable: false, failure: expect.stringContaining("disk full") as string });
  expect(world.queue).toMatchObject({ reachable: false, failure: expect.stringContaining("refused") as string });
  expect(await causesNow()).toEqual(["ledger-unwritable", "redis-down"]);
});

test("a queue that may drop wakes is told by its policy", async () => {
  begin({ ...small.world, evicts: () => Promise.resolve("allkeys-lru") });
  expect((await look()).world.queue.evicts).toBe("allkeys-lru");
  expect(await causesNow()).toEqual(["redis-evicts"]);
});

test("funds last as long as the spending of the last day says; without spending that is not known", async () => {
  expect((await look()).world.signers).toMatchObject([{ name: signer, balance: 5.5, runwayMs: null, openSlots: 0, lowest: null }]);
  await small.add("a", hashOf(1), [sourceFinal, proved, "reserve", { ...signed, tx: { ...(signed as { tx: object }).tx, fee: 10n ** 18n, signedAt: small.clock.now() } } as never]);
  const [seen] = (await look()).world.signers;
  expect(seen?.runwayMs).toBe(5.5 * 24 * 60 * minute);
  expect(seen?.lowest).toEqual({ slot: "7", delivery: `${lane}:a`, since: small.clock.now() });
  const since = small.clock.now();
  await small.clock.advance(31 * minute);
  lastTurnAt = small.clock.now();
  expect((await look()).world.signers[0]?.lowest?.since).toBe(since);
  expect(await causesNow()).toContain("nonce-gap");
});

test("strangers who use a key are known from the record, for an hour", async () => {
  await small.ledger.note({ ...auditOf(`signer ${signer}`), what: "foreign transaction", at: small.clock.now() });
  expect(await causesNow()).toEqual(["signer-slot-taken"]);
  await small.clock.advance(61 * minute);
  lastTurnAt = small.clock.now();
  expect(await causesNow()).toEqual([]);
});

test("a loop that does not turn, a parked delivery and wakes that nobody takes are told", async () => {
  await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
  begin({ ...small.world, queue: { ...small.queue, overdue: () => Promise.resolve(3) } });
  await look();
  await small.clock.advance(10 * minute);
  expect(await causesNow()).toEqual(["proof-refused", "relayer-dead", "queue-not-draining"]);
});

test("a chain nobody could be asked about is not blamed", async () => {
  delete small.heads.bitcoin;
  expect((await look()).world.chains[0]).toMatchObject({ best: null, headSeenAt: null });
  expect(await causesNow()).toEqual([]);
});
