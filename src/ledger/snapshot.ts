/**
 * Everything `decide` may look at, from one state of the ledger.
 * Always: standings, slot and halts belong to the same moment as the delivery.
 * Never: a write.
 */
import type { Snapshot } from "../core/delivery.ts";
import { bug } from "../core/errors.ts";
import type { BlockRef, DeliveryId, Scope, Standing, Wait } from "../core/values.ts";
import { eventId } from "../core/values.ts";
import { isReached, standingOf } from "./rules.ts";
import type { ChainRows, Rows } from "./rows.ts";

/** How a block stands now; no block at all is "dropped". */
export function standingIn(rows: Pick<ChainRows, "view" | "blockAt">, block: BlockRef | null): Standing {
  if (block === null) return "dropped";
  return standingOf(block, rows.view(block.chain), rows.blockAt(block.chain, block.height)?.hash ?? null);
}

/** Whose turn it is for a slot is not told by the wait: the save that frees one makes them due (slot-turns.ts). */
export function hasWaitEnded(wait: Wait | null, rows: Pick<ChainRows, "view" | "event">): boolean {
  if (wait === null || "signer" in wait) return false;
  if ("fact" in wait) return (rows.event(eventId(wait.fact))?.at ?? null) !== null;
  return isReached(wait, rows.view(wait.chain));
}

export function snapshotOf(rows: Rows, id: DeliveryId, scopes: readonly Scope[]): Snapshot | null {
  const delivery = rows.delivery(id);
  if (delivery === null) return null;
  const event = rows.event(delivery.event);
  if (event === null) throw bug("event-missing", `delivery ${id} belongs to event ${delivery.event}, which is not in the ledger`);
  const halts = scopes.length === 0 ? [] : rows.halts();
  return {
    delivery,
    event,
    eventStanding: standingIn(rows, event.at),
    builtOnStanding: delivery.builtOn.map((block) => standingIn(rows, block)),
    includedStanding: delivery.includedIn === null ? null : standingIn(rows, delivery.includedIn),
    slot: delivery.slot === null ? null : rows.fullSlot(delivery.slot),
    lowerSlotReserved: delivery.slot !== null && rows.hasReservedBelow(delivery.slot),
    waitEnded: hasWaitEnded(delivery.waitsFor, rows),
    halts: halts.filter(({ scope }) => scopes.some(({ kind, name }) => kind === scope.kind && name === scope.name)),
  };
}
