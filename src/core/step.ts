/**
 * One step of a delivery as one save: the delivery after the outcome, and what the outcome does to its slot (slot law).
 * Always: a slot ends only on an outcome that a final target block gave; a delivery that ends earlier leaves its slot to the signer.
 * Never: more than one side effect's worth of change in one save.
 */
import { apply } from "./apply.ts";
import { lastAttempt } from "./decide.ts";
import type { Delivery, Outcome, SignedTx, Slot, SlotRef, Snapshot } from "./delivery.ts";
import type { Policy } from "./policy.ts";
import type { Hex, Millis } from "./values.ts";

export type Step = {
  readonly next: Delivery;
  readonly attempt?: SignedTx;
  readonly sent?: { readonly hash: Hex; readonly at: Millis };
  readonly slotEnds?: { readonly ref: SlotRef; readonly how: "spent" | "void" };
  readonly leavesSlot?: SlotRef;
};

/** The save that `outcome` asks for; throws Bug "illegal-edge". */
export function stepOf(snapshot: Snapshot, outcome: Outcome, policy: Policy, now: Millis): Step {
  const next = apply(snapshot.delivery, outcome, policy, now);
  const held = snapshot.slot;
  if (outcome.kind === "signed") return { next, attempt: outcome.tx };
  if (outcome.kind === "broadcast") {
    const last = lastAttempt(snapshot);
    return last === null ? { next } : { next, sent: { hash: last.hash, at: now } };
  }
  if (held === null || held.state === "spent" || held.state === "void") return { next };
  if (outcome.kind === "reverted" || outcome.kind === "slot-taken") return { next, slotEnds: { ref: held.ref, how: "spent" } };
  if (outcome.kind === "target-final" && isSpentByEffect(snapshot, held)) {
    return { next, slotEnds: { ref: held.ref, how: "spent" } };
  }
  if (next.slot === null) return { next, leavesSlot: held.ref };
  if (releasesUnsigned(held, outcome, next)) return { next: { ...next, slot: null }, leavesSlot: held.ref };
  return { next };
}

/** Our effect may have come through another slot, and a node may call final what our own view does not: then the signer looks. */
function isSpentByEffect({ delivery, includedStanding }: Snapshot, held: Slot): boolean {
  return delivery.by === "us" && includedStanding === "final" && held.attempts.some(({ hash }) => hash === delivery.effectTx);
}

/**
 * A reserved slot without bytes blocks every higher slot of its signer, so it is kept only by the step that is about to
 * sign into it (or to retry that after a passing fault).
 */
function releasesUnsigned(held: Slot, outcome: Outcome, { state }: Delivery): boolean {
  if (held.state !== "reserved") return false;
  if (outcome.kind === "reserved") return false;
  return !(outcome.kind === "failed" && outcome.failure.remedy === "Unavailable" && state !== "parked");
}
