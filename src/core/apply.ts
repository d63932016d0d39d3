/**
 * A delivery after an outcome. The only place that changes a delivery's state.
 * Always: an edge that is not in `edges` throws Bug "illegal-edge"; every active result has a wakeAt no further than policy allows.
 * Never: I/O, a clock, knowledge of a lane.
 */
import { backoffMs } from "./backoff.ts";
import { lostCode } from "./decide.ts";
import type { ActiveState, Delivery, Outcome, OutcomeKind, State } from "./delivery.ts";
import { isActive, isFinished } from "./delivery.ts";
import type { Failure } from "./errors.ts";
import { bug } from "./errors.ts";
import type { Policy } from "./policy.ts";
import type { Json, Millis } from "./values.ts";

const always = ["waiting", "failed", "refused", "park", "abandon", "retry"] as const;

/** Which outcomes a state may meet. Everything else is our bug. */
export const edges: Readonly<Record<State, readonly OutcomeKind[]>> = {
  seen: ["source-final", "source-dropped", ...always],
  final: ["source-dropped", "proved", "effect-seen", "included", "slot-over", ...always],
  proven: ["reserved", "signed", "included", "reverted", "slot-taken", "slot-over", "effect-seen", "anchor-lost", ...always],
  sent: ["signed", "put-off", "broadcast", "pending", "lost", "included", "reverted", "slot-taken", "slot-over", "effect-seen", "anchor-lost", ...always],
  included: ["target-final", "target-dropped", ...always],
  parked: ["resume", "abandon"],
  orphaned: ["source-seen-again"],
  delivered: ["target-dropped"],
  abandoned: [],
};

/** The delivery after `outcome`; throws Bug "illegal-edge". `version` is left for the ledger. */
export function apply(delivery: Delivery, outcome: Outcome, policy: Policy, now: Millis): Delivery {
  if (!edges[delivery.state].includes(outcome.kind)) {
    throw bug("illegal-edge", `delivery ${delivery.id} in state ${delivery.state} cannot meet ${outcome.kind}`);
  }
  switch (outcome.kind) {
    case "waiting":
      // A lane may name a time that is already over: even so the next question comes after a pause.
      return { ...delivery, ...waiting(Math.max(outcome.until, now + policy.backoff.baseMs), outcome.code, policy, now), waitsFor: outcome.waitsFor };
    case "broadcast":
      return { ...sentWithout(delivery), ...waiting(now + policy.trackEveryMs, pendingCode(delivery), policy, now), waitsFor: outcome.waitsFor };
    case "pending":
      return { ...progress(delivery), ...waiting(now + policy.trackEveryMs, pendingCode(delivery), policy, now), waitsFor: outcome.waitsFor };
    case "lost":
      return { ...delivery, wakeAt: now, waitsFor: null, waitCode: lostCode };
    case "failed":
      return failed(delivery, outcome.failure, policy, now);
    case "put-off":
      return putOff(delivery, outcome.failure, policy, now);
    case "refused":
      return park(delivery, outcome.failure.code, outcome.failure.evidence, now, outcome.failure);
    case "park":
      return park(delivery, outcome.code, outcome.evidence, now, delivery.lastError);
    case "retry":
      return { ...progress(delivery), wakeAt: now };
    case "resume":
      return resume(delivery, now);
    default:
      return enter(delivery, outcome, policy, now);
  }
}

type Moving = Exclude<Outcome, { kind: "waiting" | "pending" | "lost" | "broadcast" | "failed" | "put-off" | "refused" | "park" | "retry" | "resume" }>;

/** The outcomes that are progress along the drawing. */
function enter(delivery: Delivery, outcome: Moving, policy: Policy, now: Millis): Delivery {
  switch (outcome.kind) {
    case "source-final":
      return move(delivery, "final", now);
    case "source-dropped":
      return { ...move(delivery, "orphaned", now), slot: null };
    case "source-seen-again":
      return move(delivery, "seen", now);
    case "proved":
      return { ...move(delivery, "proven", now), proof: outcome.proof, builtOn: outcome.builtOn, deadline: outcome.deadline ?? delivery.deadline };
    case "anchor-lost":
      return { ...move(delivery, "final", now), ...reorgPause("anchor-lost", policy, now), proof: null, builtOn: [] };
    case "reserved":
      return { ...progress(delivery), slot: outcome.slot, wakeAt: now };
    case "signed":
      return { ...move(delivery, "sent", now), slot: outcome.tx.slot };
    case "included":
      return { ...move(delivery, "included", now), by: "us", includedIn: outcome.block, effectTx: outcome.tx };
    case "effect-seen":
      return { ...move(delivery, "included", now), by: "other", includedIn: outcome.block, effectTx: outcome.tx };
    case "target-final":
      return { ...move(delivery, "delivered", now), slot: null };
    case "target-dropped":
      return {
        ...move(delivery, outcome.slotLive ? "sent" : "final", now), ...reorgPause("target-reorg", policy, now),
        by: null, includedIn: null, effectTx: null,
      };
    case "reverted":
      return { ...redo(delivery, outcome.failure, policy, now), slot: null };
    case "slot-taken":
      return { ...redo(delivery, slotTaken(delivery), policy, now), slot: null };
    case "slot-over":
      return { ...move(delivery, "final", now), slot: null };
    case "abandon":
      return { ...move(delivery, "abandoned", now), slot: null };
  }
}

/** That its bytes were dropped once is told until they are in a block or replaced: what was dropped may be dropped again. */
function pendingCode({ waitCode }: Delivery): string {
  return waitCode === lostCode || waitCode === "transaction-sent-again" ? "transaction-sent-again" : "transaction-pending";
}

/** Progress was made: the count of failures in a row and the reason for waiting are over. */
function progress(delivery: Delivery): Delivery {
  return { ...delivery, tries: 0, waitsFor: null, waitCode: null };
}

function move(delivery: Delivery, state: State, now: Millis): Delivery {
  const since = state === delivery.state ? delivery.since : now;
  return { ...progress(delivery), state, since, parked: null, wakeAt: isFinished(state) ? null : now };
}

/** A node may be ahead of our view by a reorg: asked at once, it would name the same dropped block again and again. */
function reorgPause(code: string, policy: Policy, now: Millis): Pick<Delivery, "wakeAt" | "waitCode"> {
  return waiting(now + policy.backoff.baseMs, code, policy, now);
}

function waiting(until: Millis, code: string, policy: Policy, now: Millis): Pick<Delivery, "wakeAt" | "waitCode"> {
  return { wakeAt: Math.min(Math.max(until, now), now + policy.maxWaitMs), waitCode: code };
}

function failed(before: Delivery, failure: Failure, policy: Policy, now: Millis): Delivery {
  if (failure.remedy === "Rejected") return redo(before, failure, policy, now);
  const delivery = met(before, failure, now);
  if (isBorneNoMore(delivery, failure, now)) return park(delivery, failure.code, failure.evidence, now, failure);
  const tries = delivery.tries + 1;
  const backoff = backoffMs(policy.backoff, tries, delivery.id, failure.retryAfterMs);
  const again = (until: Millis): Delivery => ({
    ...delivery, ...waiting(until, failure.code, policy, now), waitsFor: null, tries, lastError: failure,
  });
  switch (failure.remedy) {
    case "Conflict":
    case "Unavailable":
      return again(now + backoff);
    case "Invalid":
      return delivery.lastError?.remedy === "Invalid" && delivery.tries > 0
        ? park(delivery, failure.code, failure.evidence, now, failure)
        : again(now + backoff);
    case "Misconfigured":
    case "Unsafe":
    case "Bug":
      return again(now + policy.maxWaitMs);
  }
}

/** Back to `final`, not for ever. `seen` and `included` have nothing to redo: they look again. */
function redo(before: Delivery, failure: Failure, policy: Policy, now: Millis): Delivery {
  const delivery = met(before, failure, now);
  const redos = delivery.redos + 1;
  if (redos > policy.maxRedos || isBorneNoMore(delivery, failure, now)) return park({ ...delivery, redos }, failure.code, failure.evidence, now, failure);
  const state = delivery.state === "seen" || delivery.state === "included" ? delivery.state : "final";
  const back = state === delivery.state ? delivery : { ...move(delivery, state, now), proof: null, builtOn: [] };
  if (failure.atOnce === true) return { ...back, wakeAt: now, waitCode: null, waitsFor: null, redos, lastError: failure };
  const until = now + backoffMs(policy.backoff, redos, delivery.id, failure.retryAfterMs);
  return { ...back, ...waiting(until, failure.code, policy, now), waitsFor: null, redos, lastError: failure };
}

/** Remembers a refusal that is borne only so often, or so long, by its code: other failures may come in between. */
function met(delivery: Delivery, { code, patience }: Failure, now: Millis): Delivery {
  if (patience === undefined) return delivery;
  const before = delivery.refusal?.code === code ? delivery.refusal : undefined;
  const until = "ms" in patience ? (before?.until ?? now + patience.ms) : null;
  return { ...delivery, refusal: { code, times: (before?.times ?? 0) + 1, until } };
}

/** `delivery` has met the failure already. */
function isBorneNoMore({ refusal }: Delivery, { patience }: Failure, now: Millis): boolean {
  if (patience === undefined || refusal === undefined) return false;
  return "redos" in patience ? refusal.times > patience.redos : refusal.until !== null && now >= refusal.until;
}

/** What was refused for a time is not refused any more; what was refused for its content may be again, in a block. */
function sentWithout(delivery: Delivery): Delivery {
  const { refusal, ...rest } = delivery;
  return progress(refusal === undefined || refusal.until === null ? delivery : rest);
}

/** Proved again later, less and less soon; what passes by itself never parks. Meanwhile the signer may consume the slot, for those above it. */
function putOff(before: Delivery, failure: Failure, policy: Policy, now: Millis): Delivery {
  const delivery = met(before, failure, now);
  if (isBorneNoMore(delivery, failure, now)) return park(delivery, failure.code, failure.evidence, now, failure);
  const redos = Math.min(delivery.redos + 1, policy.maxRedos);
  const until = now + backoffMs(policy.backoff, redos, delivery.id, failure.retryAfterMs);
  return { ...move(delivery, "final", now), proof: null, builtOn: [], ...waiting(until, failure.code, policy, now), redos, lastError: failure };
}

function park(delivery: Delivery, code: string, evidence: Json, now: Millis, lastError: Failure | null): Delivery {
  const from: ActiveState = isActive(delivery.state) ? delivery.state : "final";
  return { ...progress(delivery), state: "parked", since: now, parked: { from, code, evidence }, wakeAt: null, lastError };
}

/** A person says go on: the counts that led here begin anew; the chain is asked before anything is sent. */
function resume({ refusal: _borne, ...delivery }: Delivery, now: Millis): Delivery {
  return { ...move(delivery, delivery.parked?.from ?? "final", now), redos: 0, lastError: null };
}

function slotTaken(delivery: Delivery): Failure {
  const slot = delivery.slot === null ? "none" : `${delivery.slot.signer}/${delivery.slot.slot}`;
  return {
    remedy: "Rejected",
    code: "slot-taken",
    message: `slot ${slot} was used by a transaction that is not ours; a key must have one user only`,
    evidence: { slot },
  };
}
