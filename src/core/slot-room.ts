/**
 * Who may be handed a slot: how many more a signer has, and who comes first.
 * Always: a transaction in a block takes no room among those that nodes must keep for us; a reorg brings no more of them back
 * than `keptOpen` allows.
 * Never: I/O; the ledger hands slots out and has the last word.
 */
import type { Delivery, Slot } from "./delivery.ts";

/** Open slots in all, in a block or not, for each transaction that may be on its way. */
const keptOpen = 4;

/** A signer's open slots: how many, how many of them with a transaction in a block, and whether one was given back without bytes. */
export type OpenSlots = { readonly open: number; readonly included: number; readonly isGivenBack: boolean };

export const openSlotsOf = (open: readonly Pick<Slot, "isIncluded" | "state" | "delivery">[]): OpenSlots => ({
  open: open.length,
  included: open.filter(({ isIncluded }) => isIncluded).length,
  isGivenBack: open.some(({ delivery, state }) => delivery === null && state === "reserved"),
});

/** How many slots a signer with these open ones may still be handed; 0 or less: none. */
export const roomFor = ({ open, included }: OpenSlots, maxOpenSlots: number): number =>
  Math.min(maxOpenSlots - (open - included), maxOpenSlots * keptOpen - open);

/** The same, and one that was given back without bytes even when there is no room: everything above it waits for its bytes. */
export const slotsToHandOut = (slots: OpenSlots, maxOpenSlots: number): number => Math.max(slots.isGivenBack ? 1 : 0, roomFor(slots, maxOpenSlots));

/** Lowest first: updates of a light client, since deliveries rest on them, then the nearest deadlines. */
export const rankOf = ({ serves, deadline }: Pick<Delivery, "serves" | "deadline">): number =>
  (serves.length === 0 ? -1 : (deadline ?? Number.MAX_SAFE_INTEGER));
