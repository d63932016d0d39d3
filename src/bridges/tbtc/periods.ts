/**
 * Periods of tBTC's contracts that decide deadlines.
 * Always: milliseconds.
 * Never: read here; the Bridge's parameters are read where contracts are called.
 */
import type { Millis } from "../../core/values.ts";

/** Protocol periods as the contracts have them. */
export type TbtcPeriods = {
  readonly redemptionTimeoutMs: Millis;
  readonly movingFundsTimeoutMs: Millis;
  /** wallets no longer sweep a deposit this long before its depositor may take it back */
  readonly refundMarginMs: Millis;
  /** wallets no longer pay a redemption this long before it times out */
  readonly redemptionMarginMs: Millis;
};
const hours = 3_600_000;
/** As the contracts are initialised; governance may have changed them. */
export const usualTbtcPeriods: TbtcPeriods = { redemptionTimeoutMs: 120 * hours, movingFundsTimeoutMs: 168 * hours, refundMarginMs: 24 * hours, redemptionMarginMs: 2 * hours };
