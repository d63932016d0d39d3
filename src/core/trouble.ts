/**
 * What a delivery waits for, or last failed with, that is worth telling before anything is late.
 * Always: codes of docs/errors.md; explain-own.ts has the words for each.
 * Never: a normal wait.
 */
import { isActive } from "./delivery.ts";
import type { Delivery } from "./delivery.ts";

export const troubleCodes = [
  "fee-cap", "fee-too-low", "replacement-underpriced", "pool-full", "transaction-lost", "transaction-sent-again", "extrinsic-banned", "insufficient-funds", "slot-taken-not-final",
  "on-relay-fork", "ongoing-fork", "transaction-not-in-chain", "interbtc-paused", "interbtc-no-price",
] as const;
export type TroubleCode = (typeof troubleCodes)[number];

/** What an active delivery waits for, and what it last failed with while it still tries. */
export function codesOf({ state, waitCode, tries, lastError }: Delivery): readonly string[] {
  if (!isActive(state)) return [];
  return [waitCode, tries > 0 ? (lastError?.code ?? null) : null].filter((code) => code !== null);
}

export const isTroubled = (delivery: Delivery): boolean => codesOf(delivery).some((code) => (troubleCodes as readonly string[]).includes(code));
