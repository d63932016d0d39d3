/**
 * Records as stored text, and back. Bigints travel as decimal strings.
 * Always: decode(encode(x)) equals x; slot keys sort as text in the order of their numbers, on any store.
 * Never: a store's own types, or a reading of what the JSON means.
 */
import type { Delivery, SlotRef } from "../core/delivery.ts";
import { bug } from "../core/errors.ts";
import type { SignerName } from "../core/values.ts";

type StoredDelivery = Omit<Delivery, "slot"> & { readonly slot: { readonly signer: SignerName; readonly slot: string } | null };

export function encodeDelivery(delivery: Delivery): string {
  const { slot } = delivery;
  const stored: StoredDelivery = { ...delivery, slot: slot === null ? null : { signer: slot.signer, slot: slot.slot.toString() } };
  return JSON.stringify(stored);
}

export function decodeDelivery(text: string): Delivery {
  const stored = JSON.parse(text) as StoredDelivery;
  const { slot } = stored;
  return { ...stored, slot: slot === null ? null : { signer: slot.signer, slot: BigInt(slot.slot) } };
}

/** What a store would give back: no shared references, no members that JSON does not know. */
export const asStored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Two digits of length, then the decimal digits: "0542000" is 42000. Room for an outpoint read as a number (87 digits). */
export function slotKey(slot: bigint): string {
  const digits = slot.toString();
  if (slot < 0n || digits.length > 99) throw bug("slot-out-of-range", `slot ${slot} is not a number of 1 to 99 digits`);
  return digits.length.toString().padStart(2, "0") + digits;
}

export const slotOfKey = (signer: SignerName, key: string): SlotRef => ({ signer, slot: BigInt(key.slice(2)) });
