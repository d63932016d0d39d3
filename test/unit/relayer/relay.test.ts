/** The write side's loop: what is worked on, what is queued afterwards, what the audit finds. */
import { describe, expect, test } from "vitest";
import type { LaneWork } from "../../../relayer/perform.ts";
import { createRelay } from "../../../relayer/relay.ts";
import type { Lane, Submitter, WakeQueue } from "../../../src/ports.ts";
import { deliveryId, laneName } from "../../../src/core/values.ts";
import { conflict, unavailable } from "../../../src/core/errors.ts";
import { attemptOf } from "../../support/delivery.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";
import { createParts } from "../../support/relay-parts.ts";
import { blockAt, createSmallWorld, hashOf, lane, parkedBy, proved, signed, signer, sourceFinal } from "../../support/world.ts";

const soon = new AbortController().signal;

async function createStage(laneParts: Partial<Lane> = {}, submitter: Partial<Submitter> = {}, wake?: WakeQueue["wake"], more: Partial<LaneWork> = {}) {
  const world = await createSmallWorld();
  const wakes: { id: string; at: number }[] = [];
  const queue: WakeQueue = { ...world.queue, wake: wake ?? (async (_lane, id, at) => void wakes.push({ id, at })) };
  const { work, calls } = createParts({ name: lane, signer, ...laneParts }, { signer, ...submitter }, more);
  const log = createMemoryLog();
  const relay = createRelay({ ledger: world.ledger, clock: world.clock, log, meter: createMemoryMeter(), queue, lanes: [work], auditEveryMs: 30_000 });
  const id = (name: string) => deliveryId(`${lane}:${name}`);
  const record = async (name: string) => (await world.ledger.load(id(name), []))?.delivery;
  return { ...world, relay, wakes, calls, log, id, record };
}

const notYet = async () => ({ kind: "not-yet" as const, code: "not-relayed", until: 1_700_000_000_000 + 60_000, waitsFor: null });

describe("work", () => {
  test("goes on until the delivery waits, and queues the end of that wait", async () => {
    const { relay, add, id, wakes, record } = await createStage({ anchor: notYet });
    await add("a", hashOf(1));
    await relay.work(lane, id("a"), soon);
    expect(await record("a")).toMatchObject({ state: "final", waitCode: "not-relayed" });
    expect(wakes).toEqual([{ id: id("a"), at: 1_700_000_000_000 + 60_000 }]);
  });

  test("prepares what is nearly provable after its wait is saved, so that no block is missed meanwhile", async () => {
    const states: unknown[] = [];
    const stage = await createStage({ anchor: async () => ({ ...(await notYet()), soon: "anchor" }) }, { prepare: async () => void states.push((await stage.record("a"))?.waitCode) });
    await stage.add("a", hashOf(1));
    await stage.relay.work(lane, stage.id("a"), soon);
    expect(states).toEqual(["not-relayed"]);
  });

  test("a wake during the work does not lose the wake of the wait it ended in", async () => {
    const seconds: Promise<void>[] = [];
    const stage = await createStage({ anchor: () => {
      seconds.push(stage.relay.work(lane, stage.id("a"), soon));
      return notYet();
    } });
    await stage.add("a", hashOf(1));
    await stage.relay.work(lane, stage.id("a"), soon);
    await Promise.all(seconds);
    expect(stage.wakes).toEqual([{ id: stage.id("a"), at: 1_700_000_000_000 + 60_000 }]);
  });

  test("a queue that is away stops nothing", async () => {
    const { relay, add, id, record } = await createStage({ anchor: notYet }, {}, () => Promise.reject(unavailable("queue-unavailable", "away")));
    await add("a", hashOf(1));
    await relay.work(lane, id("a"), soon);
    expect(await record("a")).toMatchObject({ waitCode: "not-relayed" });
  });

  test("sends nothing that the ledger did not save", async () => {
    const { relay, add, id, calls, ledger, record } = await createStage();
    await add("a", hashOf(1));
    const save = ledger.save.bind(ledger);
    ledger.save = (step) => (step.attempt === undefined ? save(step) : Promise.reject(unavailable("ledger-unwritable", "the disk is full")));
    await expect(relay.work(lane, id("a"), soon)).rejects.toThrow("the disk is full");
    expect(calls).toContain("sign");
    expect(calls).not.toContain("send");
    expect(await record("a")).toMatchObject({ state: "proven" });
  });

  test("a full signer is a wait, also when somebody else moved the delivery meanwhile", async () => {
    const { relay, add, id, ledger, record } = await createStage();
    await add("a", hashOf(1));
    const save = ledger.save.bind(ledger);
    let raced = 0;
    ledger.save = (step) => {
      if (step.reserve !== undefined) return Promise.reject(unavailable("no-open-slot", "full"));
      return step.next.waitCode === "no-open-slot" && raced++ === 0 ? Promise.reject(conflict("ledger-version-moved", "raced")) : save(step);
    };
    await relay.work(lane, id("a"), soon);
    expect(await record("a")).toMatchObject({ state: "proven", waitCode: "no-open-slot" });
    expect(raced).toBe(2);
  });

  test("who waits for a slot is woken at once when the transaction before it is in a block, and not before", async () => {
    const mined = { kind: "included", hash: attemptOf(5n, 0).hash, block: blockAt("ethereum", 8), ok: true, final: false, failure: null, feePaid: 1n } as const;
    const { relay, add, id, wakes, record, clock } = await createStage({}, { track: async () => mined }, undefined, { maxOpenSlots: 1 });
    const wakesOfB = () => wakes.filter((wake) => wake.id === id("b")).map(({ at }) => at);
    for (const [index, name] of ["a", "b"].entries()) {
      await add(name, hashOf(index + 1));
      await relay.work(lane, id(name), soon);
      await clock.advance(5_000);
    }
    expect(await record("b")).toMatchObject({ state: "proven", waitCode: "no-open-slot" });
    expect(wakesOfB()).toEqual([clock.now() + 10_000]);
    await clock.advance(5_000);
    await relay.work(lane, id("a"), soon);
    expect(await record("a")).toMatchObject({ state: "included" });
    expect(wakesOfB()).toEqual([clock.now() + 5_000, clock.now()]);
    await relay.work(lane, id("b"), soon);
    expect(await record("b")).toMatchObject({ state: "sent" });
  });

  test("who asks for a slot in vain looks at none of the others that wait", async () => {
    const { relay, add, id, ledger, record, clock } = await createStage({}, {}, undefined, { maxOpenSlots: 1 });
    for (const [index, name] of ["a", "b"].entries()) {
      await add(name, hashOf(index + 1));
      await relay.work(lane, id(name), soon);
    }
    const find = ledger.find.bind(ledger);
    const asked: unknown[] = [];
    ledger.find = (where) => {
      asked.push(where);
      return find(where);
    };
    await clock.advance(15_000);
    await relay.work(lane, id("b"), soon);
    expect(await record("b")).toMatchObject({ waitCode: "no-open-slot", wakeAt: clock.now() + 15_000 });
    expect(asked).toEqual([]);
  });

  test("who waits for a slot no more does not keep it from those behind", async () => {
    const mined = { kind: "included", hash: attemptOf(5n, 0).hash, block: blockAt("ethereum", 8), ok: true, final: false, failure: null, feePaid: 1n } as const;
    const { relay, add, id, ledger, record, clock } = await createStage({}, { track: async () => mined }, undefined, { maxOpenSlots: 1 });
    await add("first", hashOf(1));
    await relay.work(lane, id("first"), soon);
    const near = ["near-1", "near-2", "near-3"];
    const dropped = blockAt("bitcoin", 103);
    for (const [index, name] of near.entries()) await add(name, hashOf(index + 2), [sourceFinal, { kind: "proved", proof: { p: 1 }, builtOn: [dropped], deadline: 1 + index }]);
    await add("far", hashOf(9));
    for (const name of [...near, "far"]) await relay.work(lane, id(name), soon);
    const tip = [blockAt("bitcoin", 101), blockAt("bitcoin", 102), { ...dropped, hash: hashOf(0xb103) }];
    await ledger.commit({
      chain: "bitcoin", now: clock.now(), move: { from: dropped.hash, view: { final: blockAt("bitcoin", 100), tip } }, blocks: tip.slice(2), dropped: [dropped],
      watchSetVersion: null, opens: [], progress: [], found: { events: [], births: [], watches: [] },
    });
    await clock.advance(15_000);
    for (const name of near) await relay.work(lane, id(name), soon);
    expect(await record("near-1")).toMatchObject({ state: "final", waitCode: "anchor-lost" });
    await relay.work(lane, id("first"), soon);
    await relay.work(lane, id("far"), soon);
    expect(await record("far")).toMatchObject({ state: "sent" });
  });

  test("an assertion that fails halts its lane and nothing else", async () => {
    const { relay, add, id, ledger } = await createStage({ anchor: () => Promise.reject(new TypeError("x is undefined")) });
    await add("a", hashOf(1));
    await relay.work(lane, id("a"), soon);
    expect(await ledger.halts()).toMatchObject([{ scope: { kind: "lane", name: lane }, code: "unexpected" }]);
  });
});

describe("audit", () => {
  test("wakes what is due, and leaves alone what is not, is parked or belongs to a lane that is not ours", async () => {
    const { relay, add, wakes, id } = await createStage();
    await add("due", hashOf(1));
    await add("parked", hashOf(2), [sourceFinal, parkedBy("some-code")]);
    expect(await relay.audit(soon)).toBe(1);
    expect(wakes.map((wake) => wake.id)).toEqual([id("due")]);
  });

  test("leaves alone for a while what it queued", async () => {
    const { relay, add, id, wakes } = await createStage();
    await add("due", hashOf(1));
    await relay.audit(soon);
    await relay.audit(soon);
    expect(wakes.map((wake) => wake.id)).toEqual([id("due")]);
  });

  test("works itself on what a queue that is away refuses", async () => {
    const { relay, add, record } = await createStage({ anchor: notYet }, {}, () => Promise.reject(unavailable("queue-unavailable", "away")));
    await add("a", hashOf(1));
    await add("b", hashOf(2));
    await relay.audit(soon);
    expect([await record("a"), await record("b")]).toMatchObject([{ waitCode: "not-relayed" }, { waitCode: "not-relayed" }]);
  });

  test("looks again at a delivery whose step could not be saved", async () => {
    const { relay, add, id, ledger, wakes } = await createStage();
    await add("a", hashOf(1));
    await relay.audit(soon);
    const save = ledger.save.bind(ledger);
    ledger.save = () => Promise.reject(unavailable("ledger-unwritable", "the disk is full"));
    await expect(relay.work(lane, id("a"), soon)).rejects.toThrow("the disk is full");
    ledger.save = save;
    await relay.audit(soon);
    expect(wakes.map((wake) => wake.id)).toEqual([id("a"), id("a")]);
  });

  test("more due deliveries of lanes that are not ours than one look holds do not hide ours", async () => {
    const { relay, add, ledger, clock, wakes, id } = await createStage();
    const at = { chain: "bitcoin" as const, height: 100, hash: hashOf(0x1000 + 100), parent: hashOf(0x1000 + 99), time: 0 };
    const names = Array.from({ length: 1_100 }, (_, index) => `x${index}`);
    await ledger.commit({
      chain: "bitcoin", now: clock.now() - 1_000, move: null, blocks: [], dropped: [], watchSetVersion: null, opens: [], progress: [],
      found: {
        events: names.map((name) => ({ id: `e-${name}` as never, chain: "bitcoin", kind: "k", at, payload: null })),
        births: names.map((name) => ({ id: deliveryId(name), lane: laneName("another"), event: `e-${name}` as never, serves: [], deadline: null })), watches: [],
      },
    });
    await add("a", hashOf(1));
    await relay.audit(soon);
    expect(wakes.map((wake) => wake.id)).toEqual([id("a")]);
  });
});

describe("upkeep", () => {
  const parkedWithSlot = [sourceFinal, proved, "reserve", signed, parkedBy("some-code")] as const;

  test("fills the slot of a parked delivery, and sends the fill only after it is saved", async () => {
    const { relay, add, calls, ledger } = await createStage();
    await add("a", hashOf(1), parkedWithSlot);
    await relay.upkeep(soon);
    expect(calls).toEqual(["floor", "fill"]);
    await relay.upkeep(soon);
    expect(calls).toEqual(["floor", "fill", "send"]);
    expect((await ledger.slots({ signer }))[0]?.attempts.map(({ purpose, broadcasts }) => [purpose, broadcasts])).toEqual([["effect", 0], ["fill", 1]]);
  });

  test.each([{ kind: "signer", name: signer }, { kind: "chain", name: "ethereum" }] as const)("signs and sends nothing while its $kind is halted, but still sees slots end", async (scope) => {
    const { relay, add, calls, ledger, clock } = await createStage({}, { track: async () => ({ kind: "taken", final: true, hash: null }) });
    await ledger.halt({ scope, code: "paused", because: "a person", since: clock.now() }, { at: clock.now(), who: "x", what: "pause", subject: "s", because: null, detail: null });
    await add("a", hashOf(1), parkedWithSlot);
    await relay.upkeep(soon);
    expect(calls).toEqual(["track"]);
    expect((await ledger.slots({ signer }))[0]?.state).toBe("spent");
  });

  test("sends no fill while a lower slot is reserved without bytes", async () => {
    const { relay, add, calls, ledger } = await createStage();
    const higher = attemptOf(8n, 0, { slot: { signer, slot: 8n } });
    await add("low", hashOf(1), [sourceFinal, proved, "reserve"]);
    await add("high", hashOf(2), [sourceFinal, proved, "reserve", { kind: "signed", tx: higher }, { kind: "abandon" }]);
    await relay.upkeep(soon);
    await relay.upkeep(soon);
    expect(calls).toEqual(["floor", "fill"]);
    expect((await ledger.slots({ signer })).map(({ ref, state }) => [ref.slot, state])).toEqual([[7n, "reserved"], [8n, "live"]]);
  });

  test("opens a spent slot again that the chain hands out anew, and nothing below it", async () => {
    const { relay, add, ledger } = await createStage({}, { floor: async () => ({ next: 8n, settled: false }), track: async () => ({ kind: "missing" }) });
    await add("a", hashOf(1), parkedWithSlot);
    await add("b", hashOf(2), [sourceFinal, proved, "reserve", { kind: "signed", tx: attemptOf(9n, 0, { slot: { signer, slot: 8n } }) }, parkedBy("some-code")]);
    const at = 1;
    for (const slot of await ledger.slots({ signer })) {
      await ledger.saveSlot({ slot, ends: "spent", audit: { at, who: "x", what: "spent", subject: "s", because: null, detail: null } });
    }
    await relay.upkeep(soon);
    const states = (await ledger.slots({ signer })).map(({ ref, state, delivery }) => [ref.slot, state, delivery]);
    expect(states).toEqual([[7n, "spent", expect.stringContaining("a")], [8n, "live", null]]);
  });

  test("leaves a spent slot alone whose bytes were let go: from a node that is months behind it could never be told again that it is spent", async () => {
    const { relay, add, ledger, clock, log } = await createStage({}, { floor: async () => ({ next: 0n, settled: true }), track: async () => ({ kind: "missing" }) });
    await add("a", hashOf(1), [sourceFinal, proved, "reserve", signed, { kind: "abandon" }]);
    const [slot] = await ledger.slots({ signer });
    if (slot === undefined) throw new Error("no slot was handed out");
    await ledger.saveSlot({ slot, ends: "spent", audit: { at: clock.now(), who: "relay", what: "spent", subject: `slot ${signer}/${slot.ref.slot}`, because: null, detail: null } });
    await ledger.prune({ before: clock.now() + 1, after: 0, most: 100 });
    await relay.upkeep(soon);
    expect((await ledger.slots({ signer })).map(({ state, attempts }) => [state, ...attempts.map(({ raw }) => raw)])).toEqual([["spent", "0x"]]);
    expect(log.lines.map(({ fields }) => fields["code"])).not.toContain("slot-reopened");
  });

  test("does not touch the slot of a delivery that is worked on", async () => {
    const { relay, add, calls } = await createStage();
    await add("a", hashOf(1), [sourceFinal, proved, "reserve", signed]);
    await relay.upkeep(soon);
    expect(calls.filter((call) => call !== "floor")).toEqual([]);
  });
});
