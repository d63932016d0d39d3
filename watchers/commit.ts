/**
 * What every part of the read side shares: its options, and the one way to commit.
 * Always: whoever a commit woke is told to the queue's side.
 * Never: reads a chain.
 */
import type { Woken } from "../src/core/delivery.ts";
import { failureOf } from "../src/core/errors.ts";
import type { BlockRef, Millis, Watch, WatchId } from "../src/core/values.ts";
import type { ChainSource, Clock, Found, Ledger, Log, Meter } from "../src/ports.ts";

/** `upTo`: the height of the watch's own chain at which it was over; what came until then may still be searched for */
export type Over = { readonly watch: WatchId; readonly upTo: number };

export type WatchOptions = {
  readonly source: ChainSource;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** longest pause between two looks at the head */
  readonly pollMs: Millis;
  /** how often recent final blocks are read again and compared with the ledger */
  readonly auditEveryMs: Millis;
  /** first height whose history is read when the ledger knows nothing of this chain; null: nothing below final */
  readonly startHeight: (final: BlockRef, signal: AbortSignal) => Promise<number>;
  /**
   * What the state of a final block says of everything that is open: events with `at` that block, and watches; no births. Taken
   * at the start and after the chain was resumed, so that nothing depends on having seen an event.
   */
  readonly census?: (at: BlockRef, signal: AbortSignal) => Promise<Found>;
  /** those of the watches that nothing can come of any more, as the state of a final block says. Asked at the start and every hour */
  readonly over?: (at: BlockRef, watches: readonly Watch[], signal: AbortSignal) => Promise<readonly Over[]>;
  /** what a commit woke */
  readonly onWoken: (woken: readonly Woken[]) => Promise<void>;
};

export const nothingFound: Found = { events: [], births: [], watches: [] };

/** A watch added while its block was being matched moves the set: match again, never commit the stale match. */
export async function matchAgainWhenMoved(match: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await match();
    } catch (thrown) {
      if (failureOf(thrown).code !== "watch-set-moved" || tries >= 10) throw thrown;
    }
  }
}

type Partly = Partial<Omit<Parameters<Ledger["commit"]>[0], "chain" | "now">>;

export async function commit(part: Partly, { source, ledger, clock, onWoken }: WatchOptions): Promise<number> {
  const { wake } = await ledger.commit({
    move: null, blocks: [], dropped: [], watchSetVersion: null, found: nothingFound, opens: [], progress: [],
    ...part, chain: source.chain, now: clock.now(),
  });
  if (wake.length > 0) await onWoken(wake);
  return wake.length;
}
