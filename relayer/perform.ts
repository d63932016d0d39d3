/**
 * Performs one act of a delivery: at most one side effect, and the outcome it had.
 * Always: the target is asked before building, before sending and before a failure is classified; what is already there
 * is success, by whoever it was.
 * Never: changes a delivery, touches the queue, or signs and sends in one go.
 */
import type { Act, Attempt, Outcome, Snapshot } from "../src/core/delivery.ts";
import type { Failure } from "../src/core/errors.ts";
import { failureOf, GantryError } from "../src/core/errors.ts";
import type { Policy } from "../src/core/policy.ts";
import type { Wait } from "../src/core/values.ts";
import { headOf } from "../src/core/chain-view.ts";
import type { Clock, Effect, Lane, Ledger, Submitter } from "../src/ports.ts";

/** A lane with what it needs to relay. */
export type LaneWork = {
  readonly lane: Lane;
  readonly submitter: Submitter;
  readonly policy: Policy;
  /** open slots the signer may have at once */
  readonly maxOpenSlots: number;
  /** deliveries of this lane worked on at the same time */
  readonly concurrency: number;
};
export type PerformContext = { readonly ledger: Ledger; readonly clock: Clock };

/** What performing gave: an outcome to save, possibly with the wish to be handed a slot in that save. */
export type Performed = {
  readonly outcome: Outcome;
  readonly reserveFrom?: { readonly next: bigint; readonly settled: boolean };
  /** the anchor it will have in a moment */
  readonly soon?: unknown;
};

type Performing = Exclude<Act, { do: "none" | "wait" | "note" }>;

/** Never throws for what the chains do: a thrown error becomes the outcome `failed`, after the target was asked once more. */
export async function perform(
  act: Performing, snapshot: Snapshot, work: LaneWork, context: PerformContext, signal: AbortSignal,
): Promise<Performed> {
  try {
    return await performers[act.do](act as never, { snapshot, work, context, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = failureOf(thrown);
    if (failure.remedy === "Rejected" || failure.remedy === "Invalid") {
      const effect = await work.lane.delivered(snapshot.event, "best", signal).catch(() => null);
      if (effect !== null) return { outcome: await effectSeen(effect, snapshot, context) };
    }
    return { outcome: { kind: "failed", failure } };
  }
}

type Scene = { readonly snapshot: Snapshot; readonly work: LaneWork; readonly context: PerformContext; readonly signal: AbortSignal };

const performers = { prove, reserve, sign, send, track, confirm };

async function prove(_act: Act, scene: Scene): Promise<Performed> {
  const { snapshot, work, context, signal } = scene;
  const seen = await askTarget(scene);
  if (seen !== null) return { outcome: seen };
  const { event } = snapshot;
  const anchored = await work.lane.anchor(event, context.clock.now(), signal);
  if (anchored.kind === "not-yet") {
    const { until, waitsFor, code, soon } = anchored;
    return { outcome: { kind: "waiting", until, waitsFor, code }, ...(soon === undefined ? {} : { soon }) };
  }
  if (anchored.kind === "impossible") return { outcome: { kind: "refused", failure: anchored.failure } };
  const proof = await work.lane.build(event, anchored.anchor, signal);
  const failure = work.lane.check(event, anchored.anchor, proof);
  if (failure !== null) {
    work.lane.distrust(failure);
    return { outcome: { kind: "failed", failure } };
  }
  return { outcome: { kind: "proved", proof, builtOn: anchored.builtOn, deadline: anchored.deadline } };
}

async function reserve(_act: Act, scene: Scene): Promise<Performed> {
  const { snapshot, work, signal } = scene;
  const seen = await askTarget(scene);
  if (seen !== null) return { outcome: seen };
  const { signer } = work.submitter;
  const [, floor] = await Promise.all([work.submitter.rehearse(snapshot.event, snapshot.delivery.proof, signal), work.submitter.floor(signal)]);
  return { outcome: { kind: "reserved", slot: { signer, slot: floor.next } }, reserveFrom: floor };
}

async function sign(act: Act & { do: "sign" }, scene: Scene): Promise<Performed> {
  const { snapshot, work, signal } = scene;
  const { event, delivery, slot } = snapshot;
  if (slot === null) return { outcome: { kind: "slot-over" } };
  if (act.replaces !== null) {
    const outcome = await whereabouts(scene);
    if (outcome.kind !== "pending" && outcome.kind !== "lost") return { outcome };
  }
  const tx = await work.submitter.sign(event, delivery.proof, slot.ref, act.replaces, signal);
  return { outcome: { kind: "signed", tx } };
}

async function send(act: Act & { do: "send" }, scene: Scene): Promise<Performed> {
  const { work, signal } = scene;
  const seen = await askTarget(scene);
  if (seen !== null) return { outcome: seen };
  const refusal = act.attempt.purpose === "effect" ? ((await work.submitter.rehearseSigned?.(act.attempt, signal)) ?? null) : null;
  if (refusal !== null) {
    // What passes by itself may last for days, and every higher slot of the signer would wait for these bytes.
    if (refusal.remedy === "Unavailable" && isUnsent(scene.snapshot)) return { outcome: { kind: "put-off", failure: refusal } };
    throw new GantryError(refusal);
  }
  await work.submitter.send(act.attempt, signal);
  return { outcome: { kind: "broadcast", waitsFor: await nextTargetBlock(scene) } };
}

const isUnsent = ({ slot }: Snapshot): boolean => slot?.attempts.every(({ broadcasts }) => broadcasts === 0) ?? false;

async function track(_act: Act, scene: Scene): Promise<Performed> {
  return { outcome: await whereabouts(scene) };
}

/** The including block is final, or not in our view: the target's final state is what counts. */
async function confirm(_act: Act, scene: Scene): Promise<Performed> {
  const { snapshot, work, context, signal } = scene;
  const final = await work.lane.delivered(snapshot.event, "final", signal);
  if (final !== null && isWhatWeNoted(final, snapshot)) {
    // The submitter accounts for what it spent when it sees its own transaction final; the effect does not wait for that.
    if (snapshot.slot !== null) await work.submitter.track(snapshot.slot.ref, snapshot.slot.attempts, signal).catch(() => null);
    return { outcome: { kind: "target-final" } };
  }
  if (final !== null) return { outcome: { kind: "target-dropped", slotLive: snapshot.slot?.state === "live" } };
  const best = await work.lane.delivered(snapshot.event, "best", signal);
  const height = (best?.block ?? snapshot.delivery.includedIn)?.height;
  const waitsFor: Wait | null = height === undefined ? null : { chain: work.policy.target, height, at: "final" };
  return { outcome: { kind: "waiting", until: context.clock.now() + work.policy.trackEveryMs, waitsFor, code: "target-not-final" } };
}

/** A block our view never had may have been a node's error, or lost a race since: who made the effect is found out anew. */
function isWhatWeNoted(final: Effect, { delivery, includedStanding }: Snapshot): boolean {
  return includedStanding === "final" || final.tx === null || delivery.effectTx === null || final.tx === delivery.effectTx;
}

/** Where the slot's transactions are, over every hash, with the target's own word on the effect. */
async function whereabouts(scene: Scene): Promise<Outcome> {
  const { snapshot, work, context, signal } = scene;
  const { slot } = snapshot;
  if (slot === null) return { kind: "slot-over" };
  const status = await work.submitter.track(slot.ref, slot.attempts, signal);
  const isFill = status.kind === "included" && slot.attempts.some(({ hash, purpose }) => hash === status.hash && purpose === "fill");
  if (status.kind === "included" && status.ok && !isFill) return { kind: "included", block: status.block, tx: status.hash };
  const seen = await askTarget(scene);
  if (seen !== null) return seen;
  const notFinal = (height: number | null, code: string): Outcome => ({
    kind: "waiting",
    until: context.clock.now() + work.policy.trackEveryMs,
    waitsFor: height === null ? null : { chain: work.policy.target, height, at: "final" },
    code,
  });
  switch (status.kind) {
    case "pending":
      return { kind: "pending", waitsFor: await nextTargetBlock(scene) };
    case "missing":
      return { kind: "lost" };
    case "taken":
      return status.final ? { kind: "slot-taken", by: status.hash } : notFinal(null, "slot-taken-not-final");
    case "included":
      // The signer filled it while the delivery was parked; it is over without being anybody's failure.
      if (isFill) return status.final ? { kind: "slot-over" } : notFinal(status.block.height, "slot-filled-not-final");
      return status.final
        ? { kind: "reverted", block: status.block, tx: status.hash, failure: status.failure ?? revertedWithoutReason(status.hash) }
        : notFinal(status.block.height, "revert-not-final");
  }
}

async function askTarget({ snapshot, work, context, signal }: Scene): Promise<Outcome | null> {
  const effect = await work.lane.delivered(snapshot.event, "best", signal);
  return effect === null ? null : effectSeen(effect, snapshot, context);
}

/** By us when any transaction we ever signed made it, also in a slot that was given up. */
async function effectSeen(effect: Effect, snapshot: Snapshot, { ledger }: PerformContext): Promise<Outcome> {
  const ours = effect.tx !== null && (isAttemptOf(snapshot, effect.tx) || (await ledger.attemptByHash(effect.tx)) !== null);
  return ours && effect.tx !== null
    ? { kind: "included", block: effect.block, tx: effect.tx }
    : { kind: "effect-seen", block: effect.block, tx: effect.tx };
}

function isAttemptOf(snapshot: Snapshot, hash: Attempt["hash"]): boolean {
  return snapshot.slot?.attempts.some((attempt) => attempt.hash === hash) ?? false;
}

async function nextTargetBlock({ work, context }: Scene): Promise<Wait | null> {
  const view = await context.ledger.view(work.policy.target);
  return view === null ? null : { chain: work.policy.target, height: headOf(view).height + 1, at: "best" };
}

function revertedWithoutReason(hash: string): Failure {
  return { remedy: "Rejected", code: "reverted", message: `transaction ${hash} was mined and failed without a reason`, evidence: { hash } };
}

