/** Whatever is asked of a ledger, in whatever order, memory and SQLite give the same answers, refusals included. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Delivery, Snapshot } from "../../src/core/delivery.ts";
import { states } from "../../src/core/delivery.ts";
import { failureOf } from "../../src/core/errors.ts";
import type { BlockRef, Scope } from "../../src/core/values.ts";
import { chainNames, deliveryId, eventId, watchId } from "../../src/core/values.ts";
import { createMemoryLedger } from "../../src/ledger/memory.ts";
import { createSqliteLedger } from "../../src/ledger/sqlite.ts";
import type { Commit, Ledger, Save, ScanRange } from "../../src/ports.ts";
import { auditOf, begin, birthOf, blockOf, commitOf, foundEvent, hashOf, moveView, setOf, signer, txOf, viewOf, watchOf } from "../support/ledger.ts";

type Step = (ledger: Ledger) => Promise<unknown>;

const names = ["a", "b", "c", "d", "e"];
const name = fc.constantFrom(...names);
const height = fc.integer({ min: 1, max: 12 });
const fork = fc.constantFrom("a", "b");
const chain = fc.constantFrom(...chainNames);
const block: fc.Arbitrary<BlockRef> = fc.tuple(height, fork, chain).map(([at, of, on]) => blockOf(at, of, on));
const scope: fc.Arbitrary<Scope> = fc.record({ kind: fc.constantFrom("lane", "chain"), name: fc.constantFrom("x", "y") });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

const rangeOf = (id: string, last: number): ScanRange => ({ id, chain: "ethereum", purpose: "events", next: 1, last, missing: [] });

const found: fc.Arbitrary<Commit["found"]> = fc.record({
  events: fc.array(fc.tuple(name, maybe(block)).map(([id, at]) => foundEvent(id, at)), { maxLength: 3 }),
  births: fc.array(fc.tuple(fc.constantFrom("a", "d", "e"), fc.constantFrom("a", "b", "c", "a", "b", "c", "nowhere")).map(([id, event]) => birthOf(id, event)), { maxLength: 1 }),
  watches: fc.array(fc.tuple(fc.constantFrom("u", "v", "w"), height, chain, maybe(height)).map(([id, hint, on, until]) => ({ ...watchOf(id, hint, on), ...(until === null ? {} : { untilHeight: until }) })), { maxLength: 2 }),
  ends: fc.array(fc.record({ watch: fc.constantFrom("u", "v", "w").map(watchId), afterBlocks: fc.integer({ min: 0, max: 3 }) }), { maxLength: 1 }),
});

const commit: fc.Arbitrary<Partial<Commit>> = fc.tuple(fc.boolean(), fc.record({
  chain, now: fc.integer({ min: 0, max: 50 }), blocks: fc.array(block, { maxLength: 3 }), dropped: fc.array(block, { maxLength: 2 }),
  watchSetVersion: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null, freq: 1 }), found,
  opens: fc.array(height.map((last) => rangeOf(`r${last % 3}`, last)), { maxLength: 1 }),
  progress: fc.array(fc.tuple(fc.constantFrom("r0", "r1", "r0", "r1", "r0", "r1", "r2"), height, fc.array(height, { maxLength: 1 })).map(([id, next, missing]) => ({ id, next, missing })), { maxLength: 1 }),
})).map(([renews, change]) => (renews ? { ...change, renews } : change));

const scanStep: fc.Arbitrary<Step> = commit.map((change) => (ledger) => ledger.commit(commitOf(change)));
/** one height for all, so that a block's hash names all below it, as real ones do */
const forkAtHeight = fc.constantFrom(5, Infinity);
const moveStep: fc.Arbitrary<Step> = fc.tuple(commit, chain, height, height, forkAtHeight).map(([change, on, final, length, forkAt]) => (ledger) =>
  moveView(ledger, viewOf(final, final + length, on, forkAt), { ...change, chain: on, watchSetVersion: null }));

const change: fc.Arbitrary<Partial<Delivery>> = fc.record(
  {
    state: fc.constantFrom(...states), builtOn: fc.array(block, { maxLength: 2 }), includedIn: maybe(block),
    wakeAt: maybe(fc.integer({ min: 0, max: 50 })),
    waitsFor: maybe(fc.oneof(fc.constant({ fact: "x" }), fc.record({ chain, height, at: fc.constantFrom("best" as const, "final" as const) }))),
  },
  { requiredKeys: [] },
);

const slottings = ["none", "reserve", "attempt", "sent", "ends", "leaves", "forgets", "late"] as const;
type Slotting = (typeof slottings)[number];
const slotting = fc.constantFrom(...slottings, "reserve" as const, "attempt" as const);

/** The save as a caller would make it from what it loaded; with a twist it is one that must be refused. */
function saveFrom({ delivery, slot: held }: Snapshot, with_: Partial<Delivery>, kind: Slotting, floor: bigint): Save {
  const base: Save = { next: { ...delivery, ...with_ }, audit: auditOf(delivery.id) };
  const last = held?.attempts.at(-1)?.hash;
  const slot = delivery.slot ?? { signer, slot: floor };
  const without = { ...base, next: { ...base.next, slot: null } };
  const tx = txOf(`${delivery.id} ${floor}`, slot);
  switch (kind) {
    case "none": return base;
    case "reserve": return { ...base, reserve: { signer, floor, maxOpenSlots: 3 } };
    case "attempt": return { ...base, attempt: tx };
    case "sent": return { ...base, sent: { hash: last ?? tx.hash, at: 9 } };
    case "ends": return { ...without, slotEnds: { ref: slot, how: floor % 2n === 0n ? "spent" : "void" } };
    case "leaves": return { ...without, leavesSlot: slot };
    case "forgets": return without;
    case "late": return { ...base, next: { ...base.next, version: delivery.version - 1 } };
  }
}

const saveStep: fc.Arbitrary<Step> = fc.tuple(name, change, slotting, fc.bigInt(1n, 12n)).map(([id, with_, kind, floor]) => async (ledger) => {
  const loaded = await ledger.load(deliveryId(id), []);
  return loaded === null ? null : ledger.save(saveFrom(loaded, with_, kind, floor));
});

const upkeepStep: fc.Arbitrary<Step> = fc.tuple(fc.nat(4), fc.constantFrom("attempt", "ends", "nothing")).map(([index, what]) => async (ledger) => {
  const slot = (await ledger.slots({ signer }))[index];
  if (slot === undefined) return null;
  const tx = txOf(`fill ${slot.ref.slot} ${slot.attempts.length}`, slot.ref);
  return ledger.saveSlot({ slot, audit: auditOf("upkeep"), ...(what === "attempt" ? { attempt: tx } : what === "ends" ? { ends: "spent" as const } : {}) });
});

const haltStep: fc.Arbitrary<Step> = fc.tuple(scope, fc.constantFrom("paused", "reorg", "lift")).map(([of, code]) => (ledger) =>
  code === "lift" ? ledger.lift(of, auditOf("lift")) : ledger.halt({ scope: of, code, because: code, since: 1 }, auditOf("halt")));

const pruningStep: fc.Arbitrary<Step> = fc.tuple(fc.nat(6), fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 1, max: 9 })).map(([after, before, most]) => (ledger) =>
  ledger.prune({ after, before, most }));

const anyStep = fc.oneof(
  { weight: 3, arbitrary: scanStep }, { weight: 4, arbitrary: moveStep }, { weight: 16, arbitrary: saveStep },
  { weight: 3, arbitrary: upkeepStep }, { weight: 1, arbitrary: haltStep }, { weight: 1, arbitrary: pruningStep },
);
/** Steps of one inner list are asked for at the same moment. */
const story = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 4 }), { minLength: 20, maxLength: 50 });

async function resultOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { value: await promise };
  } catch (thrown) {
    const { remedy, code, message } = failureOf(thrown);
    return { refused: `${remedy} ${code}: ${message}` };
  }
}

/** Everything the port can show. */
async function worldOf(ledger: Ledger): Promise<unknown> {
  const scopes: Scope[] = [{ kind: "lane", name: "x" }, { kind: "chain", name: "y" }];
  return {
    snapshots: await Promise.all(names.map((id) => ledger.load(deliveryId(id), scopes))),
    chains: await Promise.all(chainNames.map(async (on) => [await ledger.view(on), await setOf(ledger, on), await ledger.ranges(on)])),
    events: [await ledger.events({}), await ledger.events({ at: [blockOf(3).hash, blockOf(4, "b").hash], limit: 1 }), await ledger.events({ ids: names.map(eventId), kind: "kind" })],
    found: await Promise.all([{}, { dueBefore: 30 }, { states: ["seen" as const, "sent" as const], limit: 2 }, { event: eventId("a") }].map((where) => ledger.find(where))),
    desk: [await ledger.counts(), await ledger.halts(), await ledger.auditLog({}), await ledger.auditLog({ subject: "a", limit: 2 })],
    slots: [await ledger.slots({}), await ledger.slots({ open: true }), await ledger.slots({ delivery: deliveryId("a") }), await ledger.openSlots(signer), ...(await Promise.all([0, 99].map((rank) => ledger.mayAsk({ signer, maxOpenSlots: 2, rank, now: 30 }))))],
    attempt: await ledger.attemptByHash(hashOf("a 5")),
  };
}

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "gantry-ledger-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("memory and SQLite cannot be told apart", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(story, async (moments) => {
      const ledgers = [createMemoryLedger(), await createSqliteLedger({ path: join(folder, `${run++}.sqlite`) })];
      try {
        await Promise.all(ledgers.map((ledger) => begin(ledger, ["a", "b", "c"], blockOf(3))));
        await Promise.all(ledgers.map((ledger) => ledger.commit(commitOf({ opens: [rangeOf("r0", 9), rangeOf("r1", 12)] }))));
        for (const steps of moments) {
          const [memory, sqlite] = await Promise.all(ledgers.map((ledger) => Promise.all(steps.map((step) => resultOf(step(ledger))))));
          expect(sqlite).toEqual(memory);
        }
        const [memory, sqlite] = await Promise.all(ledgers.map(worldOf));
        expect(sqlite).toEqual(memory);
      } finally {
        await Promise.all(ledgers.map((ledger) => ledger.close()));
      }
    }),
    { numRuns: 30 },
  );
});
