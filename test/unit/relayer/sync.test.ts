/** The engine of a sync lane over a memory ledger: what it plans, ends and holds back, and how its loop bears trouble. */
import { describe, expect, test } from "vitest";
import { createSync } from "../../../relayer/sync.ts";
import type { Sight, SyncSide } from "../../../relayer/sync-side.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { unavailable, unsafe } from "../../../src/core/errors.ts";
import { defaultPolicy } from "../../../src/core/policy.ts";
import type { BlockRef, DeliveryId, Hex, Json } from "../../../src/core/values.ts";
import { deliveryId, laneName, signerName } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createTestClock } from "../../support/clock.ts";
import { blockOf, hashOf } from "../../support/delivery.ts";
import { auditOf, goLive, step } from "../../support/ledger.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";

const { signal } = new AbortController();
const lane = laneName("headers");
const chain = (first: number, last: number, branch = "a"): BlockRef[] => Array.from({ length: last - first + 1 }, (_, at) => blockOf("bitcoin", first + at, branch));
/** branch b leaves a after height `fork` */
const forked = (fork: number, last: number): BlockRef[] => [...chain(10, fork), ...chain(fork + 1, last, "b").map((block) => (block.height === fork + 1 ? { ...block, parent: hashOf(`a${fork}`) } : block))];
const make: Extract<Sight, { kind: "follow" }>["make"] = ({ blocks }, after) => ({ payload: { blocks: blocks as unknown as Json, after }, proof: { bound: 2 } });
const following = (known: readonly BlockRef[], best: readonly BlockRef[], held: Extract<Sight, { kind: "follow" }>["held"] = null): Sight =>
  ({ kind: "follow", start: 10, known: new Set(known.map(({ hash }) => hash)), best, held, make });

/** An engine whose side sees what the test says; `worked` are the deliveries it had worked on, in order. */
function compose(first: Sight) {
  const [ledger, clock, log, meter] = [createMemoryLedger(), createTestClock(1_000), createMemoryLog(), createMemoryMeter()];
  const state = { sight: first as Sight | Error, looks: 0, worked: [] as DeliveryId[], flying: [] as readonly BlockRef[] };
  const side: SyncSide = {
    name: lane, source: "bitcoin", target: "polkadot", signer: signerName("hot"), eventKind: "test-headers", eventPrefix: "headers:", policy: { maxBatch: 2, maxInFlight: 2 },
    blocksIn: (payload) => (payload as unknown as { readonly blocks: readonly BlockRef[] }).blocks,
    look: async (inFlight) => {
      state.looks += 1;
      state.flying = inFlight;
      if (state.sight instanceof Error) throw state.sight;
      return state.sight;
    },
  };
  const work = async (_lane: unknown, id: DeliveryId): Promise<void> => void state.worked.push(id);
  const sync = createSync({ side, policy: defaultPolicy("bitcoin", "polkadot"), ledger, clock, log, meter, work, pollMs: 6_000 });
  const stateOf = async (id: string): Promise<Delivery | undefined> => (await ledger.load(deliveryId(id), []))?.delivery;
  return { sync, ledger, clock, log, meter, state, stateOf };
}
/** A delivery out of the ledger goes on as far as `states` say. */
const into = (parts: ReturnType<typeof compose>, id: string, change: Partial<Delivery>): Promise<Delivery> => step(parts.ledger, id, change);

describe("a turn", () => {
  test("plans updates, makes them durable as proven deliveries without an event to wait for, and works on them in order", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 20)));
    expect(await parts.sync.turn(signal)).toEqual({ planned: ["headers-1", "headers-2"], superseded: [], reason: null });
    expect(parts.state.worked).toEqual(["headers-1", "headers-2"]);
    expect(await parts.stateOf("headers-1")).toMatchObject({ state: "proven", proof: { bound: 2 }, event: "headers:1", builtOn: [] });
    const events = await parts.ledger.events({ kind: "test-headers" });
    expect(events.map(({ at, payload }) => [at, payload])).toEqual([[null, { blocks: chain(11, 12), after: null }], [null, { blocks: chain(13, 14), after: "headers-1" }]]);
  });

  test("plans nothing twice: what is on its way is asked about, and worked on again in order while it has no bytes", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 20)));
    await parts.sync.turn(signal);
    expect(await parts.sync.turn(signal)).toEqual({ planned: [], superseded: [], reason: null });
    expect(parts.state.flying).toEqual(chain(11, 14));
    expect(parts.state.worked).toEqual(["headers-1", "headers-2", "headers-1", "headers-2"]);
  });

  test("goes on behind what the target knows by now, with sequence numbers that are used once", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 20)));
    await parts.sync.turn(signal);
    await into(parts, "headers-1", { state: "included", includedIn: blockOf("polkadot", 5) });
    parts.state.sight = following(chain(10, 12), chain(12, 20));
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: ["headers-3"], superseded: [] });
    expect((await parts.ledger.events({ kind: "test-headers" })).at(-1)?.payload).toEqual({ blocks: chain(15, 16), after: "headers-2" });
  });

  test("ends what a reorg of the source left behind, and leaves its nonce to the signer", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 12)));
    await parts.sync.turn(signal);
    const { slot } = await goLive(parts.ledger, "headers-1");
    parts.state.sight = following(chain(10, 10), forked(10, 13));
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: ["headers-2", "headers-3"], superseded: ["headers-1"] });
    expect(await parts.stateOf("headers-1")).toMatchObject({ state: "abandoned", slot: null });
    expect((await parts.ledger.slots({ open: true })).map(({ ref, delivery }) => [ref, delivery])).toEqual([[slot, null]]);
  });

  test("lets an update that a rival told find that out itself", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 12)));
    await parts.sync.turn(signal);
    parts.state.sight = following(chain(10, 12), chain(10, 13));
    expect(await parts.sync.turn(signal)).toMatchObject({ superseded: [], planned: ["headers-2"] });
    expect(parts.state.worked.slice(1)).toEqual(["headers-1", "headers-2"]);
  });

  test("does not end an update that is in a block, however the chains look", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 12)));
    await parts.sync.turn(signal);
    await into(parts, "headers-1", { state: "included", includedIn: blockOf("polkadot", 5) });
    parts.state.sight = following(chain(10, 10), forked(10, 13));
    expect(await parts.sync.turn(signal)).toMatchObject({ superseded: [] });
    expect((await parts.stateOf("headers-1"))?.state).toBe("included");
  });

  test("does not wait for the finality of a failure: what failed is planned anew at once", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 12)));
    await parts.sync.turn(signal);
    await goLive(parts.ledger, "headers-1");
    await into(parts, "headers-1", { waitCode: "revert-not-final", wakeAt: 99_000 });
    expect(await parts.sync.turn(signal)).toMatchObject({ superseded: ["headers-1"], planned: ["headers-2"] });
  });

  test("does not plan a block again that was refused until a person looked", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 12)));
    await parts.sync.turn(signal);
    await into(parts, "headers-1", { state: "parked", parked: { from: "proven", code: "refused", evidence: null }, wakeAt: null });
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: [], reason: { code: "update-parked" } });
    await into(parts, "headers-1", { state: "abandoned", parked: null });
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: ["headers-2"], reason: null });
  });

  test("holds new updates back for others, and tells what may be told when only the rest is held", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 11), { code: "ranked-delay", message: "others first", isNothingNew: true }));
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: [], reason: { code: "ranked-delay" } });
    parts.state.sight = following(chain(10, 10), chain(10, 11), { code: "retarget-on-fork", message: "the rest cannot be told", isNothingNew: false });
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: ["headers-1"], reason: { code: "retarget-on-fork" } });
  });

  test("begins a light client once", async () => {
    const parts = compose({ kind: "begin", block: blockOf("bitcoin", 10), make });
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: ["headers-1"] });
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: [] });
    parts.state.sight = following(chain(10, 10), chain(10, 11));
    await into(parts, "headers-1", { state: "included", includedIn: blockOf("polkadot", 5) });
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: ["headers-2"] });
  });

  test.each(["lane headers", "signer hot", "chain bitcoin", "chain polkadot"])("does nothing while %s is halted", async (name) => {
    const parts = compose(following(chain(10, 10), chain(10, 12)));
    const [kind, scope] = name.split(" ") as ["lane" | "signer" | "chain", string];
    await parts.ledger.halt({ scope: { kind, name: scope }, code: "paused", because: "a person", since: 0 }, auditOf(name));
    expect(await parts.sync.turn(signal)).toMatchObject({ planned: [], reason: { code: "halted" } });
    expect(parts.state.looks).toBe(0);
  });
});

describe("the loop", () => {
  async function running(parts: ReturnType<typeof compose>, story: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const loop = parts.sync.run(stop.signal, signal);
    await parts.clock.advance(0);
    await story();
    stop.abort();
    await parts.clock.advance(0);
    await loop;
  }

  test("turns every six seconds, at once when poked, and never more than once a second", async () => {
    const parts = compose(following(chain(10, 10), chain(10, 10)));
    await running(parts, async () => {
      expect(parts.state.looks).toBe(1);
      await parts.clock.advance(5_999);
      expect(parts.state.looks).toBe(1);
      await parts.clock.advance(1);
      expect(parts.state.looks).toBe(2);
      for (let poke = 0; poke < 5; poke += 1) parts.sync.poke();
      await parts.clock.advance(999);
      expect(parts.state.looks).toBe(2);
      await parts.clock.advance(1);
      expect(parts.state.looks).toBe(3);
      await parts.clock.advance(60_000);
      expect(parts.state.looks).toBe(13);
    });
  });

  test("goes on after errors, with pauses that grow to a bound, and tells one that stays once", async () => {
    const parts = compose(following([], []));
    parts.state.sight = unavailable("no-endpoint", "nobody answers");
    await running(parts, async () => {
      await parts.clock.advance(600_000);
      expect(parts.log.lines.filter(({ fields }) => fields["code"] === "no-endpoint")).toHaveLength(1);
      expect(parts.state.looks).toBeLessThan(30);
      const { looks } = parts.state;
      parts.state.sight = following(chain(10, 10), chain(10, 12));
      await parts.clock.advance(120_000);
      expect(parts.state.looks).toBeGreaterThan(looks);
      expect(parts.state.worked).toContain("headers-1");
      expect(parts.sync.reason()).toBeNull();
    });
  });

  test("halts its lane, durably, for a light client that is not Bitcoin's", async () => {
    const parts = compose(following([], []));
    parts.state.sight = unsafe("light-client-on-another-chain", "another network", { evidence: { bitcoin: "0x1" as Hex } });
    await running(parts, () => parts.clock.advance(10_000));
    expect(await parts.ledger.halts()).toMatchObject([{ scope: { kind: "lane", name: "headers" }, code: "light-client-on-another-chain" }]);
    expect(parts.sync.reason()).toMatchObject({ code: "halted" });
  });
});
