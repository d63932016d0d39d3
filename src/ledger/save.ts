/**
 * One step of a delivery, or of a slot nobody works on: compare, then write. Here is the storing half of the slot law.
 * Always: a slot is handed out, given bytes, ended and left only together with the delivery's own compare-and-set.
 * Never: a half step. Whatever is thrown here is undone by the group.
 */
import type { Delivery, SignedTx, SlotRef } from "../core/delivery.ts";
import { isActive } from "../core/delivery.ts";
import type { GantryError } from "../core/errors.ts";
import { bug, conflict } from "../core/errors.ts";
import { slotsToHandOut } from "../core/slot-room.ts";
import type { DeliveryId, Millis } from "../core/values.ts";
import type { Save, SlotSave } from "../ports.ts";
import { allocateSlot, isOpenSlot, orphanWakeAt, sameSlot } from "./rules.ts";
import type { Rows, SlotRow } from "./rows.ts";
import { makeNextDue, passOn } from "./slot-turns.ts";
import { hasWaitEnded, standingIn } from "./snapshot.ts";

/** Throws Conflict "ledger-version-moved", Unavailable "no-open-slot", or Bug for a step that cannot be. */
export function saveStep(rows: Rows, save: Save): Delivery {
  const stored = rows.delivery(save.next.id);
  if (stored === null) throw bug("delivery-unknown", `delivery ${save.next.id} is not in the ledger; only a commit begins deliveries`);
  if (stored.version !== save.next.version) {
    throw conflict("ledger-version-moved", `delivery ${stored.id} is at version ${stored.version}, this step was taken at ${save.next.version}; load it again`);
  }
  if (!isSameIdentity(stored, save.next)) {
    throw bug("delivery-identity-changed", `delivery ${stored.id} cannot change its lane, event, transfers or birth`);
  }
  const slot = moveSlots(rows, save, stored);
  const next: Delivery = { ...save.next, slot, wakeAt: wakeAtOf(rows, save), version: stored.version + 1 };
  rows.putDelivery(next, stored);
  passOn(rows, save, stored, next);
  rows.addAudit(save.audit);
  return next;
}

function isSameIdentity(a: Delivery, b: Delivery): boolean {
  return a.lane === b.lane && a.event === b.event && a.createdAt === b.createdAt
    && a.serves.length === b.serves.length && a.serves.every((transfer, index) => transfer === b.serves[index]);
}

/** A height that was passed, or a slot that was freed, while the step was taken: nothing will wake the delivery again for it. A lagging node may not be there yet. */
const missedPauseMs: Millis = 1_000;

/** What the step waits for may have happened while it was taken on an older snapshot. */
function wakeAtOf(rows: Rows, { next, audit }: Save): Millis | null {
  if (next.state === "orphaned") {
    const event = rows.event(next.event);
    return orphanWakeAt(event, standingIn(rows, event?.at ?? null), audit.at);
  }
  const { wakeAt, waitsFor } = next;
  if (wakeAt === null || waitsFor === null || "fact" in waitsFor) return wakeAt;
  const isOver = "signer" in waitsFor ? slotsToHandOut(rows.openCount(waitsFor.signer), waitsFor.maxOpenSlots) > 0 : hasWaitEnded(waitsFor, rows);
  return isOver ? Math.min(wakeAt, audit.at + missedPauseMs) : wakeAt;
}

/** Does what the step says to slots, and returns the one the delivery holds afterwards. */
function moveSlots(rows: Rows, save: Save, stored: Delivery): SlotRef | null {
  const { next, attempt, sent, slotEnds, leavesSlot, reserve } = save;
  if (attempt !== undefined) {
    if (!sameSlot(attempt.slot, next.slot) || reserve !== undefined) throw notHeld(next.id, attempt.slot);
    addAttempt(rows, heldSlot(rows, next.id, attempt.slot), attempt);
  }
  if (sent !== undefined) markSent(rows, sent, (row) => row.delivery === next.id);
  if (slotEnds !== undefined) rows.putSlot({ ...heldSlot(rows, next.id, slotEnds.ref), state: slotEnds.how, isIncluded: false });
  if (leavesSlot !== undefined) rows.putSlot({ ...heldSlot(rows, next.id, leavesSlot), delivery: null, isIncluded: false });
  if (reserve !== undefined) {
    refuseWhileHolding(rows, next.id, stored.slot);
    return takeSlot(rows, next.id, reserve);
  }
  if (next.slot === null) refuseWhileHolding(rows, next.id, stored.slot);
  else if (!sameSlot(next.slot, stored.slot)) throw notHeld(next.id, next.slot);
  else if ([slotEnds?.ref, leavesSlot].some((ref) => ref !== undefined && sameSlot(ref, next.slot))) throw notHeld(next.id, next.slot);
  return next.slot;
}

function takeSlot(rows: Rows, delivery: DeliveryId, reserve: NonNullable<Save["reserve"]>): SlotRef {
  const { slot, voids } = allocateSlot(reserve, rows.openSlots(reserve.signer), rows.highestSlot(reserve.signer));
  for (const ref of voids) rows.putSlot({ ref, delivery: null, state: "void", isIncluded: false });
  rows.putSlot({ ref: slot, delivery, state: "reserved", isIncluded: false });
  return slot;
}

function heldSlot(rows: Rows, delivery: DeliveryId, ref: SlotRef): SlotRow {
  const row = rows.slot(ref);
  if (row === null || row.delivery !== delivery) throw notHeld(delivery, ref);
  if (!isOpenSlot(row.state)) throw bug("slot-already-ended", `slot ${nameOf(ref)} is already ${row.state}; a slot ends once`);
  return row;
}

function refuseWhileHolding(rows: Rows, delivery: DeliveryId, ref: SlotRef | null): void {
  const row = ref === null ? null : rows.slot(ref);
  if (row !== null && row.delivery === delivery && isOpenSlot(row.state)) {
    throw bug("slot-still-held", `delivery ${delivery} still holds slot ${nameOf(row.ref)}; it must end or be left to the signer first`);
  }
}

function addAttempt(rows: Rows, row: SlotRow, tx: SignedTx): void {
  if (!sameSlot(row.ref, tx.slot)) throw bug("attempt-in-other-slot", `transaction ${tx.hash} is signed for slot ${nameOf(tx.slot)}, not ${nameOf(row.ref)}`);
  if (rows.slotOfAttempt(tx.hash) !== null) throw bug("attempt-known", `transaction ${tx.hash} is already an attempt; sign something new or send it again`);
  rows.addAttempt(tx);
  if (row.state !== "live") rows.putSlot({ ...row, state: "live" });
}

function markSent(rows: Rows, { hash, at }: NonNullable<Save["sent"]>, isOurs: (row: SlotRow) => boolean): void {
  const ref = rows.slotOfAttempt(hash);
  const row = ref === null ? null : rows.slot(ref);
  if (row === null) throw bug("attempt-unknown", `transaction ${hash} was sent but never saved as an attempt`);
  if (!isOurs(row)) throw bug("attempt-in-other-slot", `transaction ${hash} belongs to slot ${nameOf(row.ref)}, which this step does not work on`);
  rows.markSent(hash, at);
}

/** Upkeep of a slot. Throws Conflict "ledger-slot-moved", or Bug for a step that cannot be. */
export function saveSlotStep(rows: Rows, { slot, attempt, sent, ends, reopens, audit }: SlotSave): void {
  const row = rows.slot(slot.ref);
  if (row === null) throw bug("slot-unknown", `slot ${nameOf(slot.ref)} is not in the ledger`);
  const owner = row.delivery === null ? null : rows.delivery(row.delivery);
  // A delivery in `final` has no hand on its slot: it signs or sends only from `proven` on.
  const isWorkedOn = owner !== null && sameSlot(owner.slot, slot.ref) && isActive(owner.state) && owner.state !== "final";
  if (isWorkedOn || row.delivery !== slot.delivery || row.state !== slot.state || rows.attemptCount(slot.ref) !== slot.attempts.length) {
    throw conflict("ledger-slot-moved", `slot ${nameOf(slot.ref)} changed, or its delivery works on it; look at it again`);
  }
  if ((attempt !== undefined || ends !== undefined) && !isOpenSlot(row.state)) {
    throw bug("slot-already-ended", `slot ${nameOf(slot.ref)} is already ${row.state}; a slot ends once`);
  }
  if (attempt !== undefined) addAttempt(rows, row, attempt);
  if (sent !== undefined) markSent(rows, sent, ({ ref }) => sameSlot(ref, slot.ref));
  if (ends !== undefined) rows.putSlot({ ...row, state: ends, isIncluded: false });
  if (reopens === true && row.state === "spent") rows.putSlot({ ...row, delivery: null, state: slot.attempts.length > 0 ? "live" : "reserved" });
  if (ends !== undefined) makeNextDue(rows, slot.ref.signer, audit.at);
  rows.addAudit(audit);
}

const nameOf = (ref: SlotRef): string => `${ref.signer}/${ref.slot}`;

function notHeld(delivery: DeliveryId, ref: SlotRef): GantryError {
  return bug("slot-not-held", `slot ${nameOf(ref)} is not held by delivery ${delivery}`);
}
