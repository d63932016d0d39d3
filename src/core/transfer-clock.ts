/**
 * What time it is on each chain, and how far a transfer is from its deadlines.
 * Always: a deadline is compared in the clock of the chain that enforces it, strictly: at its value it has not passed;
 * host time is derived, for people.
 * Never: I/O, or a guess where a clock is unknown (then a deadline is neither near nor passed).
 */
import type { Deadline, Transfer } from "./transfer.ts";
import type { ChainName, Millis } from "./values.ts";

export type ChainClock = {
  /** heights of the ledger's view (not of a node): events stand in the blocks of that view */
  readonly bestHeight: number;
  readonly finalHeight: number;
  /** timestamp of the best block, and host time at which it was first seen */
  readonly headTime: Millis;
  readonly headSeenAt: Millis;
  /** usual time between two blocks */
  readonly msPerBlock: Millis;
  /** a parachain's count of active blocks; null where there is none, or before it was read */
  readonly activeBlocks: number | null;
  /**
   * Bitcoin only, by bridge: the best height of the light client that enforces its deadlines in heights; null: never read; missing:
   * it goes by the chain itself
   */
  readonly relayedHeights: Readonly<Partial<Record<string, number | null>>>;
};
export type Clocks = { readonly now: Millis; readonly chains: Readonly<Partial<Record<ChainName, ChainClock>>> };

/** What the deadline's own clock shows now, as its bridge reads it; null: unknown. */
function reading(bridge: string, { chain, clock }: Pick<Deadline, "chain" | "clock">, { now, chains }: Clocks): number | null {
  const known = chains[chain];
  if (known === undefined) return null;
  switch (clock) {
    case "height": {
      const relayed = known.relayedHeights[bridge];
      return relayed === undefined ? known.bestHeight : relayed;
    }
    case "active-blocks":
      return known.activeBlocks;
    case "time":
      return known.headTime + Math.max(0, now - known.headSeenAt);
  }
}

/** The deadline with host time filled in: when its clock will be (or was, by the usual pace) past it; null when that clock is unknown. */
function timed(bridge: string, deadline: Deadline, clocks: Clocks): Deadline {
  const is = reading(bridge, deadline, clocks);
  if (is === null) return { ...deadline, at: deadline.clock === "time" ? deadline.value : null };
  const pace = deadline.clock === "time" ? 1 : (clocks.chains[deadline.chain]?.msPerBlock ?? 0);
  const past = deadline.clock === "time" ? 0 : 1;
  return { ...deadline, at: clocks.now + (deadline.value + past - is) * pace };
}

const isPast = (bridge: string, deadline: Deadline, clocks: Clocks): boolean => {
  const is = reading(bridge, deadline, clocks);
  return is !== null && is > deadline.value;
};

/** `left` below 0: passed that long ago. `next`: with rule "any", what still lies ahead once one has passed. */
export type DeadlineView = { readonly deadline: Deadline; readonly leftMs: Millis | null; readonly passed: boolean; readonly next: Deadline | null };

/**
 * The deadline that counts now: with rule "any" the last one passed, else the nearest ahead; with rule "all" the one that
 * passes last. Null when there is none.
 */
export function deadlineOf({ bridge, deadlines, deadlineRule }: Pick<Transfer, "bridge" | "deadlines" | "deadlineRule">, clocks: Clocks): DeadlineView | null {
  const all = deadlines.map((one) => timed(bridge, one, clocks)).sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity));
  const last = all.at(-1);
  if (last === undefined) return null;
  const past = all.filter((one) => isPast(bridge, one, clocks));
  const passed = deadlineRule === "all" ? past.length === all.length : past.length > 0;
  const ahead = all.find((one) => !past.includes(one)) ?? null;
  const deadline = deadlineRule === "all" ? (all.findLast((one) => !past.includes(one)) ?? last) : (past.at(-1) ?? ahead ?? last);
  const left = deadline.at === null ? null : deadline.at - clocks.now;
  // a clock that runs fast or slow must not show time left on what has passed, nor the reverse
  const leftMs = left === null ? null : passed ? Math.min(left, 0) : Math.max(left, 0);
  return { deadline, leftMs, passed, next: passed && deadlineRule === "any" ? ahead : null };
}

/** near: a fifth of the time it gave, and at most a day */
const nearAtMostMs = 24 * 3_600_000;

/** Is there so little time left that a person should look? */
export function isNear({ openedAt }: Pick<Transfer, "openedAt">, { deadline, leftMs, passed }: DeadlineView): boolean {
  if (passed || leftMs === null || deadline.at === null) return false;
  return leftMs <= Math.min(nearAtMostMs, Math.max(0, deadline.at - openedAt) / 5);
}
