/**
 * Which epochs tBTC's relay of difficulties can judge, and for how long: it knows the current one and the one before.
 * Always: a transaction of epoch E can be proved while the relay is at E or E + 1; at E + 2 it never can again.
 * Never: reads a chain; says "left" before the relay itself is there.
 */
import type { Deadline } from "../../core/transfer.ts";
import { blocksPerEpoch, epochOf } from "./work-requirement.ts";

/** The relay now. `proofLength`: headers on each side of a retarget that it wants. */
export type RelayEpochs = { readonly epoch: number; readonly proofLength: number };

/** Bitcoin height from which on somebody can make the relay forget the last epoch that still judges a block at `height`. */
export const forgettableFrom = (height: number, proofLength: number): number => (epochOf(height) + 2) * blocksPerEpoch + proofLength - 1;

/** Blocks since the relay could have been told of its next epoch; 0: it is where it can be. */
export function relayIsBehindBy({ epoch, proofLength }: RelayEpochs, bestHeight: number): number {
  return Math.max(0, bestHeight - ((epoch + 1) * blocksPerEpoch + proofLength - 1) + 1);
}

export type EpochMargin = { readonly marginBlocks: number; readonly hasLeft: boolean; readonly neededEpoch: number; readonly relayEpoch: number };

/**
 * How near the relay is to forgetting an epoch that the lowest of these blocks needs; null: nothing waits. 0: the next retarget does
 * it; below 0 it is done.
 */
export function epochMargin({ epoch, proofLength }: RelayEpochs, needed: readonly number[], bestHeight: number): EpochMargin | null {
  if (needed.length === 0) return null;
  const lowest = Math.min(...needed);
  const neededEpoch = epochOf(lowest);
  const hasLeft = epoch >= neededEpoch + 2;
  const left = forgettableFrom(lowest, proofLength) - bestHeight;
  return { marginBlocks: hasLeft ? Math.min(-1, left) : Math.max(0, left), hasLeft, neededEpoch, relayEpoch: epoch };
}

/** Until when a payment at this height must be proved; none where the relay does not number its epochs. */
export const epochDeadlines = (height: number | null, proofLength: number | null): readonly Deadline[] =>
  height === null || proofLength === null ? [] : [
    { what: "the relay may forget its epoch, and no proof is possible any more", chain: "bitcoin", clock: "height", value: forgettableFrom(height, proofLength) - 1, at: null },
  ];
