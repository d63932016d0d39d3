/**
 * What a sync lane relays next, so that the target's light client follows the source's best chain.
 * Always: updates are linked and begin right after what the target knows (or is about to be told) of the best chain;
 * a source reorg is fed, never feared; every hold-back ends.
 * Never: relays below the light client's start, tells a block twice, or waits for a parked delivery.
 */
import type { BlockRef, DeliveryId, Hex, LaneName, Millis } from "./values.ts";
import { deliveryId } from "./values.ts";

/** Consecutive source blocks, oldest first, told to the target together. The id is `<lane>-<sequence>`. */
export type Update = { readonly id: DeliveryId; readonly sequence: number; readonly blocks: readonly BlockRef[] };

/** The light client on the target, and what is on its way to it. */
export type SyncTarget = {
  /** height of the light client's first block; nothing below it can be told */
  readonly start: number;
  /** blocks it knows, on any fork; must hold every one that is as high as the oldest block of `SyncSource.best` */
  readonly known: ReadonlySet<Hex>;
  /** planned, neither ended nor superseded, by sequence */
  readonly inFlight: readonly Update[];
  /** sequence numbers are given out once; higher than any update ever planned */
  readonly nextSequence: number;
};

/** A delivery whose proof the target refuses once it knows a block above `height`. */
export type Hold = { readonly height: number; readonly since: Millis; readonly isParked: boolean };

export type SyncSource = {
  /** the best chain, oldest first, hash-linked, up to its head */
  readonly best: readonly BlockRef[];
  readonly holds: readonly Hold[];
};

export type SyncPolicy = {
  readonly lane: LaneName;
  /** blocks in one update */
  readonly maxBatch: number;
  /** updates on their way at once */
  readonly maxInFlight: number;
  /** longest time an update is held back for one delivery */
  readonly maxHoldMs: Millis;
};

export type Plan = {
  /** new ones, in order */
  readonly updates: readonly Update[];
  /** planned before, no longer wanted: off the best chain, already known, or without what they build on */
  readonly superseded: readonly DeliveryId[];
  /** the next block stays back until this time at the latest */
  readonly heldUntil: Millis | null;
  /** the target knows nothing of `best`: the caller must look at the best chain from this height on */
  readonly needFrom: number | null;
};

const nothing: Plan = { updates: [], superseded: [], heldUntil: null, needFrom: null };

/**
 * The next updates. Pure: the same world gives the same plan, and a plan that was taken over into `inFlight` gives no more.
 * `needFrom` below the start can only mean that the target began on another chain: it is given as `start`, for ever.
 */
export function plan(target: SyncTarget, source: SyncSource, policy: SyncPolicy, now: Millis): Plan {
  const { best, holds } = source;
  const ancestor = best.findLast(({ hash }) => target.known.has(hash));
  if (ancestor === undefined) {
    const oldest = best[0]?.height ?? target.start;
    return { ...nothing, needFrom: Math.max(target.start, Math.min(oldest - policy.maxBatch, oldest - 1)) };
  }
  const kept = keep(target, best, ancestor);
  const superseded = target.inFlight.filter((update) => !kept.includes(update)).map(({ id }) => id);
  const last = kept.at(-1)?.blocks.at(-1) ?? ancestor;
  const ahead = best.filter(({ height }) => height > last.height && height >= target.start);
  const hold = holdOf(holds, ahead[0], policy, now);
  const free = ahead.filter(({ height }) => !isHeld(height, holds, policy, now));
  const count = Math.max(0, policy.maxInFlight - kept.length);
  const updates = batches(free, policy.maxBatch).slice(0, count).map((blocks, index) => updateOf(policy.lane, target.nextSequence + index, blocks));
  return { updates, superseded, heldUntil: hold, needFrom: null };
}

/** The updates in flight that still lead on from what the target knows, without a gap and without a block it need not hear. */
function keep(target: SyncTarget, best: readonly BlockRef[], ancestor: BlockRef): readonly Update[] {
  const onBest = new Set(best.map(({ hash }) => hash));
  const kept: Update[] = [];
  let last = ancestor;
  for (const update of target.inFlight) {
    const unknown = update.blocks.filter(({ hash }) => !target.known.has(hash));
    const isOnBest = unknown.every(({ hash }) => onBest.has(hash));
    const first = unknown[0];
    if (first === undefined || !isOnBest || first.parent !== last.hash) continue;
    kept.push(update);
    last = unknown.at(-1) ?? last;
  }
  return kept;
}

const isActiveHold = (hold: Hold, policy: SyncPolicy, now: Millis): boolean => !hold.isParked && now < hold.since + policy.maxHoldMs;

const isHeld = (height: number, holds: readonly Hold[], policy: SyncPolicy, now: Millis): boolean =>
  holds.some((hold) => height > hold.height && isActiveHold(hold, policy, now));

/** When the block that is next may go at the latest; null when nothing holds it. */
function holdOf(holds: readonly Hold[], next: BlockRef | undefined, policy: SyncPolicy, now: Millis): Millis | null {
  if (next === undefined) return null;
  const ends = holds.filter((hold) => next.height > hold.height && isActiveHold(hold, policy, now)).map(({ since }) => since + policy.maxHoldMs);
  return ends.length === 0 ? null : Math.max(...ends);
}

function batches(blocks: readonly BlockRef[], size: number): readonly (readonly BlockRef[])[] {
  return Array.from({ length: Math.ceil(blocks.length / size) }, (_, index) => blocks.slice(index * size, (index + 1) * size));
}

function updateOf(lane: LaneName, sequence: number, blocks: readonly BlockRef[]): Update {
  return { id: deliveryId(`${lane}-${sequence}`), sequence, blocks };
}
