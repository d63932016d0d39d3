/**
 * One wake of one delivery: load → decide → perform → save, again and again until it waits or ends.
 * Always: one step, one save; nothing is sent whose bytes are not saved; a Bug or an unsafe fact halts the lane, not the process.
 * Never: decides anything itself (src/core does), or keeps state that a restart would miss.
 */
import { decide, lowerSlotCode } from "../src/core/decide.ts";
import type { Act, Delivery, Outcome, Snapshot } from "../src/core/delivery.ts";
import { isActive } from "../src/core/delivery.ts";
import type { Failure } from "../src/core/errors.ts";
import { failureOf } from "../src/core/errors.ts";
import { stepOf } from "../src/core/step.ts";
import type { DeliveryId, Scope } from "../src/core/values.ts";
import type { Clock, Ledger, Log, Meter } from "../src/ports.ts";
import type { Ahead } from "./ahead.ts";
import type { ForeignSlots } from "./foreign-slots.ts";
import type { LaneWork, Performed } from "./perform.ts";
import { perform } from "./perform.ts";
import type { Signing } from "./signing.ts";
import type { Turns } from "./turns.ts";

export type Tools = { readonly ledger: Ledger; readonly clock: Clock; readonly log: Log; readonly meter: Meter };
export type Stepping = Tools & { readonly foreignSlot: ForeignSlots; readonly turns: Turns };
type Working = Stepping & { readonly signing: Signing; readonly ahead: Ahead };

/** More steps than any path of the state machine has without a wait: reaching it is our bug, and the audit goes on. */
const maxStepsPerWake = 64;
/** Lower slots may be handed out anew meanwhile; after this many waits for them the timer has to do. */
const mostWaitsForSigning = 8;

/** Works until the delivery rests (or `stop`: the running step is finished; `signal` breaks it off); gives the delivery when it was left with a new wait (to be queued), else null. */
export async function stepUntilRest(
  id: DeliveryId, lane: LaneWork, stepping: Working, signal: AbortSignal, stop: AbortSignal = signal,
): Promise<Delivery | null> {
  const { ledger, clock, log, signing } = stepping;
  const { signer } = lane.submitter;
  let patience = mostWaitsForSigning;
  let endSigning = (): void => undefined;
  try {
    for (let steps = 0; steps < maxStepsPerWake && !stop.aborted; steps++) {
      const snapshot = await ledger.load(id, scopesOf(lane));
      if (snapshot === null) return null;
      const act = decide(snapshot, lane.policy, clock.now());
      if (act.do === "none" || isSameWait(act, snapshot.delivery)) return null;
      const lower = act.do === "wait" && act.code === lowerSlotCode && patience-- > 0 ? signing.settled(signer) : null;
      if (lower !== null) {
        await lower;
        continue;
      }
      const saved = await stepOnce(act, snapshot, lane, stepping, signal);
      endSigning();
      if (saved === "reload") continue;
      if (act.do === "reserve" && saved.slot !== null) endSigning = signing.begin(signer);
      if (!isActive(saved.state)) return null;
      if (saved.wakeAt !== null && saved.wakeAt > clock.now()) return saved;
    }
  } finally {
    endSigning();
  }
  if (!stop.aborted) log.error({ delivery: id, code: "too-many-steps" }, "delivery did not come to rest; the audit looks again");
  return null;
}

async function stepOnce(
  act: Exclude<Act, { do: "none" }>, snapshot: Snapshot, lane: LaneWork, stepping: Working, signal: AbortSignal,
): Promise<Delivery | "reload"> {
  const performed = await outcomeOf(act, snapshot, lane, stepping, signal);
  try {
    const saved = await save(performed, snapshot, lane, stepping);
    tell(act, snapshot.delivery, performed.outcome, saved, stepping);
    if (mayFreeSlot(snapshot.delivery, performed, saved)) await stepping.turns.pass(lane.submitter.signer);
    if (performed.soon !== undefined) await stepping.ahead(snapshot.event, performed.soon, lane, signal);
    if (performed.outcome.kind === "slot-taken") await stepping.foreignSlot(lane.submitter.signer, performed.outcome.by);
    if (performed.outcome.kind === "failed") await haltWhenUnsafe(performed.outcome.failure, lane, stepping);
    return saved;
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure.remedy === "Conflict") return "reload";
    if (failure.code === "no-open-slot" || failure.code === "signer-not-settled") {
      return save({ outcome: noSlotYet(failure.code, lane, stepping) }, snapshot, lane, stepping).catch(reloadWhenMoved);
    }
    await haltWhenUnsafe(failure, lane, stepping);
    throw thrown;
  }
}

/** The save that frees a slot ends the wait for it; the timer is for what no save tells. */
const noSlotYet = (code: string, { policy, submitter: { signer }, maxOpenSlots }: LaneWork, { clock }: Tools): Outcome =>
  ({ kind: "waiting", until: clock.now() + policy.trackEveryMs, waitsFor: code === "no-open-slot" ? { signer, maxOpenSlots } : null, code });

/** It gave its slot up, its transaction is in a block, or it was let ask for one and waits for something else now. */
const mayFreeSlot = (before: Delivery, { reserveFrom }: Performed, saved: Delivery): boolean =>
  (before.slot !== null && (saved.slot === null || saved.state === "included")) || (waitsForSlot(before) && !waitsForSlot(saved) && reserveFrom === undefined);
const waitsForSlot = ({ waitCode }: Delivery): boolean => waitCode === "no-open-slot";

function reloadWhenMoved(thrown: unknown): "reload" {
  if (failureOf(thrown).remedy !== "Conflict") throw thrown;
  return "reload";
}

async function outcomeOf(
  act: Exclude<Act, { do: "none" }>, snapshot: Snapshot, lane: LaneWork, stepping: Working, signal: AbortSignal,
): Promise<Performed> {
  if (act.do === "wait") return { outcome: { kind: "waiting", until: act.until, waitsFor: act.waitsFor, code: act.code } };
  if (act.do === "note") return { outcome: act.outcome };
  if (act.do === "reserve" && !(await stepping.turns.isDue(snapshot.delivery, lane))) return { outcome: noSlotYet("no-open-slot", lane, stepping) };
  return perform(act, snapshot, lane, stepping, signal);
}

async function save(performed: Performed, snapshot: Snapshot, lane: LaneWork, { ledger, clock }: Stepping): Promise<Delivery> {
  const now = clock.now();
  const step = stepOf(snapshot, performed.outcome, lane.policy, now);
  const { signer } = lane.submitter;
  const reserve = performed.reserveFrom === undefined
    ? {}
    : { reserve: { signer, floor: performed.reserveFrom.next, settled: performed.reserveFrom.settled, maxOpenSlots: lane.maxOpenSlots } };
  const what = `${snapshot.delivery.state} → ${step.next.state}`;
  const detail = { outcome: performed.outcome.kind, code: step.next.waitCode ?? step.next.parked?.code ?? null };
  return ledger.save({ ...step, ...reserve, audit: { at: now, who: "relay", what, subject: snapshot.delivery.id, because: null, detail } });
}

/** One log line and the counters of one step. */
function tell(act: Act, before: Delivery, outcome: Outcome, saved: Delivery, { clock, log, meter }: Stepping): void {
  const { lane } = before;
  const fields = { delivery: before.id, lane, act: act.do, outcome: outcome.kind, state: saved.state, code: saved.waitCode ?? saved.parked?.code ?? null };
  if (outcome.kind === "failed" || outcome.kind === "refused") {
    log.warn({ ...fields, code: outcome.failure.code, evidence: outcome.failure.evidence }, outcome.failure.message);
    meter.count("errors_total", { where: "relay", code: outcome.failure.code });
  } else if (saved.state === before.state) {
    log.debug(fields, outcome.kind);
  } else {
    log.info({ ...fields, effectTx: saved.effectTx }, `${before.state} → ${saved.state}`);
  }
  if (saved.state !== before.state) {
    meter.observe("delivery_stage_seconds", { lane, state: before.state }, (clock.now() - before.since) / 1000);
  }
  const result = submissionResult(outcome, saved);
  if (result !== null) meter.count("submissions_total", { lane, result });
}

function submissionResult(outcome: Outcome, saved: Delivery): string | null {
  switch (outcome.kind) {
    case "broadcast":
      return "sent";
    case "included":
      return "included";
    case "effect-seen":
      return "by_other";
    case "target-final":
      return saved.by === "us" ? "delivered" : "delivered_by_other";
    case "reverted":
      return "reverted";
    case "slot-taken":
      return "slot_taken";
    case "lost":
      return "lost";
    case "signed":
      return outcome.tx.replaces === null ? null : "outbid";
    default:
      return null;
  }
}

/** A fact that makes a lane unsafe, or a bug, stops that lane durably; anything else is no reason to. */
export async function haltWhenUnsafe(failure: Failure, { lane }: { readonly lane: Pick<LaneWork["lane"], "name"> }, { ledger, clock, log }: Omit<Tools, "meter">): Promise<void> {
  if (failure.remedy !== "Unsafe" && failure.remedy !== "Bug") return;
  const now = clock.now();
  log.error({ lane: lane.name, code: failure.code, evidence: failure.evidence }, `lane halted: ${failure.message}`);
  await ledger.halt(
    { scope: { kind: "lane", name: lane.name }, code: failure.code, because: failure.message, since: now },
    { at: now, who: "relay", what: "halt", subject: `lane ${lane.name}`, because: failure.message, detail: failure.evidence },
  );
}

function scopesOf({ lane, submitter }: LaneWork): readonly Scope[] {
  return [
    { kind: "lane", name: lane.name },
    { kind: "signer", name: submitter.signer },
    { kind: "chain", name: lane.source },
    { kind: "chain", name: lane.target },
  ];
}

/** The wait that is saved already: its wake was queued when it was saved, and the audit knows it too. */
function isSameWait(act: Act, delivery: Delivery): boolean {
  return act.do === "wait" && act.until === delivery.wakeAt && act.code === delivery.waitCode;
}
