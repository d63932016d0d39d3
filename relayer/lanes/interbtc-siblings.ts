/**
 * Several payments of one issue: which goes first, and which of them it was executed with.
 * Always: the order of birth, then of ids, the same whoever asks. Never: asks a chain.
 */
import { paymentTxid } from "../../src/bridges/interbtc/names.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { isActive } from "../../src/core/delivery.ts";
import type { DeliveryId, Hex } from "../../src/core/values.ts";

/** Was `one` born before `own`? An unknown one counts as the youngest. */
function isOlder(one: Delivery, own: Delivery | undefined): boolean {
  return own === undefined || one.createdAt < own.createdAt || (one.createdAt === own.createdAt && one.id < own.id);
}

const others = (all: readonly Delivery[], own: DeliveryId): readonly Delivery[] => all.filter(({ id }) => id !== own);

/** One that goes first; parked and finished ones hold up nobody. */
export function goesFirst(all: readonly Delivery[], own: DeliveryId): Delivery | null {
  const self = all.find(({ id }) => id === own);
  return others(all, own).find((one) => isActive(one.state) && isOlder(one, self)) ?? null;
}

/**
 * The payment (txid in wire order) that an execution of unknown maker belongs to: one whose extrinsic we know, else one that
 * was there before ours. Null: nobody else's, as far as we know.
 */
export function executedFor(all: readonly Delivery[], own: DeliveryId): Hex | null {
  const self = all.find(({ id }) => id === own);
  const executed = others(all, own).filter(({ state }) => state === "included" || state === "delivered");
  const found = executed.find((one) => one.effectTx !== null || isOlder(one, self));
  return found === undefined ? null : paymentTxid(found.event);
}
