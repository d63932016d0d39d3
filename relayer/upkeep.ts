/**
 * Looks after the slots that no running delivery does: their delivery ended early, was abandoned, or is parked. Without it
 * one forgotten nonce would hold up a signer for ever.
 * Always: one step, one save, per slot; a fill transaction is saved before it is sent.
 * Never: sends the effect of a delivery that gave its slot up; sends above a slot that is reserved without bytes; signs or
 * sends while the signer or its chain is halted.
 */
import type { Slot } from "../src/core/delivery.ts";
import { isFinished } from "../src/core/delivery.ts";
import type { SlotStanding } from "../src/core/slot-upkeep.ts";
import { decideSlot } from "../src/core/slot-upkeep.ts";
import { isLetGo } from "../src/core/pruning.ts";
import { failureOf } from "../src/core/errors.ts";
import type { SlotSave, TxStatus } from "../src/ports.ts";
import type { LaneWork } from "./perform.ts";
import type { Stepping } from "./stepper.ts";

/** One pass over every signer's forgotten slots, lowest first. */
export function createUpkeep(stepping: Stepping & { readonly lanes: readonly LaneWork[] }): (signal: AbortSignal) => Promise<void> {
  const bySigner = new Map(stepping.lanes.map((work) => [work.submitter.signer, work]));
  // Signers whose spent slots may have been taken back: all at the start, and after each halt of theirs.
  const unsure = new Set(bySigner.keys());
  return async (signal) => {
    for (const [signer, work] of bySigner) {
      if (await isSignerHalted(work, stepping)) unsure.add(signer);
      else if (unsure.has(signer) && (await reopenUndone(work, stepping, signal))) unsure.delete(signer);
      const open = await stepping.ledger.slots({ signer, open: true });
      const slots = open.toSorted((a, b) => (a.ref.slot < b.ref.slot ? -1 : 1));
      const isHalted = slots.length > 0 && (await isSignerHalted(work, stepping));
      for (const [index, slot] of slots.entries()) {
        if (signal.aborted) return;
        const around = { isHalted, hasHigher: index < slots.length - 1, isAboveReserved: slots.slice(0, index).some(({ state }) => state === "reserved") };
        if (await isForgotten(slot, stepping)) await keepSlot(slot, around, work, stepping, signal);
      }
    }
  };
}

/**
 * A slot is spent because a final block consumed it; when that block is gone (a reorg below final, resumed by a person), the
 * chain hands the slot out again and would wait for it for ever. True when the chain confirms every spent slot. One that was let go
 * stays spent: no chain goes back by days, and where a node is only that far behind, nothing could find out again that it is.
 */
async function reopenUndone({ submitter }: LaneWork, stepping: Stepping, signal: AbortSignal): Promise<boolean> {
  try {
    const { next, settled } = await submitter.floor(signal);
    const undone = (await stepping.ledger.slots({ signer: submitter.signer, open: false, atLeast: next })).filter((slot) => slot.state === "spent" && !isLetGo(slot));
    for (const slot of undone) {
      stepping.log.warn({ signer: slot.ref.signer, slot: String(slot.ref.slot), code: "slot-reopened" }, "the final block that consumed this slot is gone; the signer looks after it again");
      await stepping.ledger.saveSlot({ slot, reopens: true, audit: audit(slot, "slot reopened", stepping) });
    }
    return settled && undone.length === 0;
  } catch (thrown) {
    signal.throwIfAborted();
    stepping.meter.count("errors_total", { where: "upkeep", code: failureOf(thrown).code });
    return false;
  }
}

async function isForgotten(slot: Slot, { ledger }: Stepping): Promise<boolean> {
  if (slot.delivery === null) return true;
  const snapshot = await ledger.load(slot.delivery, []);
  if (snapshot === null) return true;
  const { state } = snapshot.delivery;
  // In `final` a delivery seeks a new proof and looks after nothing: it may wait long, and every higher slot with it.
  return state === "parked" || isFinished(state) || (state === "final" && slot.state === "live");
}

async function isSignerHalted({ lane, submitter }: LaneWork, { ledger }: Stepping): Promise<boolean> {
  const halts = await ledger.halts();
  return halts.some(({ scope: { kind, name } }) => (kind === "signer" && name === submitter.signer) || (kind === "chain" && name === lane.target));
}

type Around = { readonly isHalted: boolean; readonly hasHigher: boolean; readonly isAboveReserved: boolean };

async function keepSlot(
  slot: Slot, { isHalted, hasHigher, isAboveReserved }: Around, work: LaneWork, stepping: Stepping, signal: AbortSignal,
): Promise<void> {
  try {
    if (isHalted) {
      if (slot.attempts.length > 0) await endWhenFinal(slot, await work.submitter.track(slot.ref, slot.attempts, signal), stepping);
      return;
    }
    let standing: SlotStanding = "unknown";
    // A look, then at most one act; the next pass goes on from what was saved.
    for (let looks = 0; looks < 2; looks++) {
      const act = decideSlot(slot, hasHigher, standing, work.policy, stepping.clock.now());
      if (act.do === "none" || (act.do === "send" && isAboveReserved)) return;
      if (act.do !== "track") return await fillOrSend(act.do, slot, work, stepping, signal);
      const status = await work.submitter.track(slot.ref, slot.attempts, signal);
      if (await endWhenFinal(slot, status, stepping)) return;
      if (status.kind === "included" || status.kind === "taken") return;
      standing = status.kind;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = failureOf(thrown);
    if (failure.remedy === "Conflict") return;
    stepping.meter.count("errors_total", { where: "upkeep", code: failure.code });
    stepping.log.warn({ signer: slot.ref.signer, slot: String(slot.ref.slot), code: failure.code }, failure.message);
  }
}

async function fillOrSend(act: "fill" | "send", slot: Slot, work: LaneWork, stepping: Stepping, signal: AbortSignal): Promise<void> {
  const last = slot.attempts.at(-1) ?? null;
  if (act === "fill") {
    const attempt = await work.submitter.fill(slot.ref, last, signal);
    return stepping.ledger.saveSlot({ slot, attempt, audit: audit(slot, "slot filled", stepping) });
  }
  if (last === null) return;
  try {
    await work.submitter.send(last, signal);
  } catch (thrown) {
    // No block takes these very bytes any more (their time is over, the runtime changed): without others the slot stays open for ever.
    if (failureOf(thrown).remedy !== "Rejected") throw thrown;
    return fillOrSend("fill", slot, work, stepping, signal);
  }
  return stepping.ledger.saveSlot({ slot, sent: { hash: last.hash, at: stepping.clock.now() }, audit: audit(slot, "fill sent", stepping) });
}

async function endWhenFinal(slot: Slot, status: TxStatus, stepping: Stepping): Promise<boolean> {
  if (!((status.kind === "included" || status.kind === "taken") && status.final)) return false;
  await stepping.ledger.saveSlot({ slot, ends: "spent", audit: audit(slot, `slot spent (${status.kind})`, stepping) });
  stepping.log.info({ signer: slot.ref.signer, slot: String(slot.ref.slot), how: status.kind, tx: status.hash, block: status.kind === "included" ? status.block.hash : null }, "slot spent");
  await stepping.turns.pass(slot.ref.signer);
  if (status.kind === "taken") await stepping.foreignSlot(slot.ref.signer, status.hash);
  return true;
}

function audit(slot: Slot, what: string, { clock }: Stepping): SlotSave["audit"] {
  return { at: clock.now(), who: "relay", what, subject: `slot ${slot.ref.signer}/${slot.ref.slot}`, because: null, detail: null };
}
