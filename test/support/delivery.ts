/**
 * Records for tests of the core: a delivery in any state, its slot, its snapshot, and one outcome of every kind.
 * Always: deterministic; each builder gives a value that the production code could have stored.
 */
import type {
  Attempt, Delivery, Outcome, OutcomeKind, Slot, SlotRef, SlotState, Snapshot, State,
} from "../../src/core/delivery.ts";
import { isActive } from "../../src/core/delivery.ts";
import type { Failure, Remedy } from "../../src/core/errors.ts";
import type { Policy } from "../../src/core/policy.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import type { BlockRef, ChainName, Halt, Hex, SourceEvent } from "../../src/core/values.ts";
import { deliveryId, eventId, laneName, signerName, transferId } from "../../src/core/values.ts";

export const now = 1_700_000_000_000;
export const policy: Policy = defaultPolicy("bitcoin", "ethereum");
export const signer = signerName("hot");
export const refOf = (slot: bigint): SlotRef => ({ signer, slot });

/** A hash that reads like its name. */
export const hashOf = (text: string): Hex => `0x${Buffer.from(text).toString("hex").padEnd(64, "0").slice(0, 64)}`;

export const blockOf = (chain: ChainName, height: number, branch = "a"): BlockRef => ({
  chain, height, hash: hashOf(`${branch}${height}`), parent: hashOf(`${branch}${height - 1}`), time: now + height * 12_000,
});

export const sourceBlock = blockOf("bitcoin", 10);
export const targetBlock = blockOf("ethereum", 20);

export const event: SourceEvent = { id: eventId("e1"), chain: "bitcoin", kind: "effect", at: sourceBlock, generation: 0, payload: { n: 1 } };

export const failure = (remedy: Remedy, code = "some-code"): Failure => ({ remedy, code, message: "it happened", evidence: { saw: 1 } });

export const attemptOf = (slot: bigint, version: number, more: Partial<Attempt> = {}): Attempt => ({
  hash: hashOf(`tx${slot}.${version}`), raw: "0x01", slot: refOf(slot), replaces: version === 0 ? null : hashOf(`tx${slot}.${version - 1}`),
  fee: 10n + BigInt(version), purpose: "effect", detail: null, signedAt: now - 1_000, broadcasts: 1, lastSentAt: now - 900, ...more,
});

export const slotOf = (slot: bigint, state: SlotState, attempts: readonly Attempt[] = []): Slot => ({
  ref: refOf(slot), delivery: deliveryId("d1"), state, isIncluded: false, attempts,
});

/** A delivery as it rests in this state: with proof, slot and block where the state has them. */
export function deliveryIn(state: State, more: Partial<Delivery> = {}): Delivery {
  const hasProof = state === "proven" || state === "sent";
  return {
    id: deliveryId("d1"), lane: laneName("tbtc-sweep"), event: event.id, serves: [transferId("t1")], state,
    parked: state === "parked" ? { from: "proven", code: "some-code", evidence: null } : null,
    by: state === "included" || state === "delivered" ? "us" : null,
    proof: hasProof ? { p: 1 } : null,
    builtOn: hasProof ? [sourceBlock] : [],
    includedIn: state === "included" || state === "delivered" ? targetBlock : null,
    effectTx: state === "included" || state === "delivered" ? attemptOf(5n, 0).hash : null,
    slot: state === "sent" || state === "included" ? refOf(5n) : null,
    deadline: null, createdAt: now - 60_000, since: now - 30_000, wakeAt: isActive(state) ? now : null,
    waitsFor: null, waitCode: null, tries: 0, redos: 0, lastError: null, version: 3, ...more,
  };
}

/** A snapshot in which nothing is news: source final, proof's blocks canonical, the slot as the state needs it. */
export function snapshotIn(state: State, more: Partial<Snapshot> = {}, delivery: Partial<Delivery> = {}): Snapshot {
  const record = deliveryIn(state, delivery);
  return {
    delivery: record, event,
    eventStanding: state === "seen" || state === "orphaned" ? "tip" : "final",
    builtOnStanding: record.builtOn.map(() => "final" as const),
    includedStanding: record.includedIn === null ? null : "tip",
    slot: record.slot === null ? null : slotOf(record.slot.slot, "live", [attemptOf(record.slot.slot, 0)]),
    lowerSlotReserved: false, waitEnded: false, halts: [], ...more,
  };
}

export const laneHalt: Halt = { scope: { kind: "lane", name: "tbtc-sweep" }, code: "paused", because: "a person", since: now };

/** One outcome of every kind. */
export const outcomes: { readonly [K in OutcomeKind]: Extract<Outcome, { kind: K }> } = {
  "source-final": { kind: "source-final" },
  "source-dropped": { kind: "source-dropped" },
  "source-seen-again": { kind: "source-seen-again" },
  "anchor-lost": { kind: "anchor-lost" },
  proved: { kind: "proved", proof: { p: 2 }, builtOn: [sourceBlock], deadline: now + 9_000 },
  waiting: { kind: "waiting", until: now + 5_000, waitsFor: { fact: "relayed" }, code: "not-relayed" },
  "effect-seen": { kind: "effect-seen", block: targetBlock, tx: hashOf("rival") },
  reserved: { kind: "reserved", slot: refOf(7n) },
  signed: { kind: "signed", tx: attemptOf(5n, 1) },
  "put-off": { kind: "put-off", failure: failure("Unavailable", "not-now") },
  broadcast: { kind: "broadcast", waitsFor: { chain: "ethereum", height: 21, at: "best" } },
  pending: { kind: "pending", waitsFor: { chain: "ethereum", height: 21, at: "best" } },
  lost: { kind: "lost" },
  included: { kind: "included", block: targetBlock, tx: attemptOf(5n, 0).hash },
  reverted: { kind: "reverted", block: targetBlock, tx: attemptOf(5n, 0).hash, failure: failure("Rejected", "reverted") },
  "slot-taken": { kind: "slot-taken", by: null },
  "slot-over": { kind: "slot-over" },
  "target-final": { kind: "target-final" },
  "target-dropped": { kind: "target-dropped", slotLive: true },
  failed: { kind: "failed", failure: failure("Unavailable", "endpoint-timeout") },
  refused: { kind: "refused", failure: failure("Invalid", "impossible") },
  park: { kind: "park", code: "parked-by-person", evidence: { who: "x" } },
  resume: { kind: "resume" },
  retry: { kind: "retry" },
  abandon: { kind: "abandon" },
};
export const outcomeKinds = Object.keys(outcomes) as readonly OutcomeKind[];
