/**
 * One piece of letting go: a page of the recorded steps, oldest first, and what else belongs to whom they are about.
 * Always: only what the relayer recorded about a finished delivery or an ended slot; outcomes, slots, hashes and fees stay.
 * Never: a new version or a change to fold: nothing that anybody decides by is touched.
 */
import { isFinished } from "../core/delivery.ts";
import type { SlotRef } from "../core/delivery.ts";
import type { PruneOrder } from "../core/pruning.ts";
import { deliveryId, signerName } from "../core/values.ts";
import type { Millis } from "../core/values.ts";
import { isOpenSlot } from "./rules.ts";
import type { Rows } from "./rows.ts";

export function pruneStep(rows: Rows, { before, after, most }: PruneOrder): { readonly next: number | null; readonly pruned: number } {
  const page = rows.auditPage(after, most);
  const old = page.filter(({ at }) => at < before);
  const known = new Map<string, boolean>();
  const isOver = (subject: string): boolean => {
    const found = known.get(subject) ?? letGo(rows, subject, before);
    known.set(subject, found);
    return found;
  };
  const dispensable = old.filter(({ who, subject }) => who === "relay" && isOver(subject));
  for (const { seq } of dispensable) rows.dropAudit(seq);
  const last = page.at(-1);
  return { next: last === undefined || page.length < most || old.length < page.length ? null : last.seq, pruned: dispensable.length };
}

/** True when the subject is over since before then; its bytes are gone afterwards. */
function letGo(rows: Rows, subject: string, before: Millis): boolean {
  const delivery = rows.delivery(deliveryId(subject));
  if (delivery === null) return letSlotGo(rows, subject, before);
  if (!isFinished(delivery.state) || delivery.wakeAt !== null || delivery.since >= before) return false;
  if (delivery.proof !== null) rows.dropProof(delivery);
  for (const { ref, state } of rows.slots({ delivery: delivery.id })) if (!isOpenSlot(state)) rows.dropBytes(ref);
  return true;
}

/** A slot that its signer looked after. One without attempts, or with young ones, keeps its record. */
function letSlotGo(rows: Rows, subject: string, before: Millis): boolean {
  const ref = slotIn(subject);
  const slot = ref === null ? null : rows.fullSlot(ref);
  if (slot === null || slot.delivery !== null || isOpenSlot(slot.state)) return false;
  if (slot.attempts.some(({ signedAt }) => signedAt >= before)) return false;
  rows.dropBytes(slot.ref);
  return true;
}

function slotIn(subject: string): SlotRef | null {
  const [, signer, slot] = /^slot (.+)\/(\d+)$/.exec(subject) ?? [];
  return signer === undefined || slot === undefined ? null : { signer: signerName(signer), slot: BigInt(slot) };
}
