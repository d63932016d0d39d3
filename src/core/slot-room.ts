/**
 * Who may be handed a slot: how many more a signer has, and who comes first.
 * Always: a transaction in a block takes no room among those that nodes must keep for us; a reorg brings no more of them back
 * than `keptOpen` allows.
 * Never: I/O; the ledger hands slots out and has the last word.
 */
import type { Delivery, Slot } from "./delivery.ts";

/** Open slots in all, in a block or not, for each transaction that may be on its way. */
const keptOpen = 4;

/** How many slots a signer with these open ones may still be handed; 0 or less: none. */
export function roomFor(open: readonly Pick<Slot, "isIncluded">[], maxOpenSlots: number): number {
  const onTheirWay = open.filter(({ isIncluded }) => !isIncluded).length;
  return Math.min(maxOpenSlots - onTheirWay, maxOpenSlots * keptOpen - open.length);
}

/** Lowest first: updates of a light client, since deliveries rest on them, then the nearest deadlines. */
export const rankOf = ({ serves, deadline }: Pick<Delivery, "serves" | "deadline">): number =>
  (serves.length === 0 ? -1 : (deadline ?? Number.MAX_SAFE_INTEGER));
