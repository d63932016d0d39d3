/**
 * Letting go of what nobody needs any more of deliveries that ended long ago.
 * Always: a delivery, its outcome, its slots, and the hashes and fees of its transactions stay for ever; what is open, and what
 * people did, keeps everything.
 * Never: more in one write than it is told to look at.
 */
import type { Slot } from "./delivery.ts";
import type { Millis } from "./values.ts";

/** `before`: what ended and was recorded before this host time goes; `after`: where the last call left off, 0 to begin; `most`: records to look at. */
export type PruneOrder = { readonly before: Millis; readonly after: number; readonly most: number };

export interface Pruning {
  /**
   * Drops the recorded steps, the proofs and the signed bytes of deliveries that are over. `next`: where to go on, null when nothing
   * older is left; `pruned`: how many recorded steps went
   */
  prune(order: PruneOrder): Promise<{ readonly next: number | null; readonly pruned: number }>;
}

/** Are the bytes of its transactions gone? Then it can be neither looked up on the chain nor outbid. */
export const isLetGo = ({ attempts }: Pick<Slot, "attempts">): boolean => attempts.some(({ raw }) => raw === "0x");
