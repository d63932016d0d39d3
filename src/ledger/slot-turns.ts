/**
 * Who waits for a slot is made due by the very save that makes one free.
 * Always: as many as can be handed one, updates of a light client and the nearest deadlines first; one that was made due and
 * takes none, or that nobody looks at, lets the next one ask.
 * Never: hands out a slot.
 */
import type { Delivery, SlotRef } from "../core/delivery.ts";
import { slotsToHandOut } from "../core/slot-room.ts";
import type { Millis, SignerName, Wait } from "../core/values.ts";
import type { Ledger, Save } from "../ports.ts";
import { sameSlot } from "./rules.ts";
import type { Rows } from "./rows.ts";

/** After a step: notes whether its slot's transaction is in a block, and makes due whom that, or the end of a slot, lets ask. */
export function passOn(rows: Rows, { slotEnds, leavesSlot, audit }: Save, stored: Delivery, next: Delivery): void {
  const signers = new Set<SignerName>();
  if (slotEnds !== undefined) signers.add(slotEnds.ref.signer);
  if (leavesSlot !== undefined) signers.add(leavesSlot.signer);
  if (next.slot !== null && noteInclusion(rows, stored, next, next.slot)) signers.add(next.slot.signer);
  const asked = signerOf(stored.waitsFor);
  if (asked !== null && next.slot === null && signerOf(next.waitsFor) === null) signers.add(asked);
  for (const signer of signers) makeNextDue(rows, signer, audit.at);
}

const signerOf = (wait: Wait | null): SignerName | null => (wait !== null && "signer" in wait ? wait.signer : null);

/** True when this makes room. */
function noteInclusion(rows: Rows, stored: Delivery, next: Delivery, slot: SlotRef): boolean {
  if (stored.state !== "included" && next.state !== "included") return false;
  const row = rows.slot(slot);
  const isIncluded = next.state === "included" && next.effectTx !== null && sameSlot(rows.slotOfAttempt(next.effectTx), slot);
  if (row === null || row.isIncluded === isIncluded) return false;
  rows.putSlot({ ...row, isIncluded });
  return isIncluded;
}

/** Due for so long: its lane is switched off, its queue is paused, or nothing ran at all and everything is due. */
const unheededMs: Millis = 60_000;

/** As many again as there are free slots for may try: the nearest ask only now and then, and a free slot must not wait for them. */
export function mayAsk(rows: Rows, { signer, maxOpenSlots, rank, now }: Parameters<Ledger["mayAsk"]>[0]): boolean {
  const free = slotsToHandOut(rows.openCount(signer), maxOpenSlots);
  const most = free + maxOpenSlots;
  return free > 0 && rows.nearerForSlot(signer, now - unheededMs, rank, most) < most;
}

export function makeNextDue(rows: Rows, signer: SignerName, now: Millis): void {
  const heeded = now - unheededMs;
  const [first] = rows.waitingForSlot(signer, heeded, 1);
  const wait = first?.waitsFor ?? null;
  if (wait === null || !("signer" in wait)) return;
  const free = slotsToHandOut(rows.openCount(signer), wait.maxOpenSlots);
  if (free <= 0) return;
  for (const delivery of rows.waitingForSlot(signer, heeded, free)) {
    if (delivery.wakeAt !== null && delivery.wakeAt > now) rows.putDelivery({ ...delivery, wakeAt: now, version: delivery.version + 1 }, delivery);
  }
}
