/**
 * Periods of tBTC's contracts that decide deadlines.
 * Always: milliseconds; governance's changes hold for what is open too, because the contracts compare with their present values.
 * Never: read here; relayer/reads/tbtc-periods.ts reads the Bridge, its relay and its watchtower.
 */
import type { Deadline } from "../../core/transfer.ts";
import type { Json, Millis } from "../../core/values.ts";

/** What the contracts say. */
export type ReadPeriods = {
  readonly redemptionTimeoutMs: Millis;
  readonly movingFundsTimeoutMs: Millis;
  readonly movedFundsSweepTimeoutMs: Millis;
  /** how long the guardians' watchtower holds a request back after none, one and two objections; null: there is none, or it is off */
  readonly redemptionDelaysMs: readonly [none: Millis, one: Millis, two: Millis] | null;
  /** headers on each side of a retarget that the relay wants; null: it does not number its epochs (test networks) */
  readonly relayProofLength: number | null;
};
/** Protocol periods as the journeys use them. */
export type TbtcPeriods = ReadPeriods & {
  /** wallets no longer sweep a deposit this long before its depositor may take it back */
  readonly refundMarginMs: Millis;
  /** wallets no longer pay a redemption this long before it times out */
  readonly redemptionMarginMs: Millis;
  /** false: assumed, because the contracts' own were never read */
  readonly areRead: boolean;
};
/** What an operator says instead of the contracts. */
export type OwnPeriods = { readonly [name in "redemptionTimeoutMs" | "movingFundsTimeoutMs" | "movedFundsSweepTimeoutMs" | "refundMarginMs" | "redemptionMarginMs"]?: Millis | undefined };

const hours = 3_600_000;
/** As the contracts are initialised; governance may have changed them. The margins are those of the wallets' own software. */
export const usualTbtcPeriods: TbtcPeriods = {
  redemptionTimeoutMs: 120 * hours, movingFundsTimeoutMs: 168 * hours, movedFundsSweepTimeoutMs: 168 * hours,
  refundMarginMs: 24 * hours, redemptionMarginMs: 2 * hours, redemptionDelaysMs: null, relayProofLength: null, areRead: false,
};

/** The configuration comes first, then what was read, then what is usual. */
export const tbtcPeriods = (read: ReadPeriods | null, own: OwnPeriods): TbtcPeriods => ({
  ...usualTbtcPeriods, ...read, areRead: read !== null,
  ...Object.fromEntries(Object.entries(own).filter(([, ms]) => ms !== undefined)),
});

/** Told where a deadline rests on periods that nobody read. */
export const assumed = (deadlines: readonly Deadline[], { areRead }: TbtcPeriods): { readonly periods?: string } =>
  areRead || deadlines.length === 0 ? {} : { periods: "assumed: the Bridge's own were not read yet" };

/** What a record of earlier ones says; null: it is not one of ours. */
export function periodsIn(record: Json): ReadPeriods | null {
  const { redemptionTimeoutMs, movingFundsTimeoutMs, movedFundsSweepTimeoutMs, redemptionDelaysMs, relayProofLength } = (record ?? {}) as { readonly [name in keyof ReadPeriods]?: unknown };
  if (typeof redemptionTimeoutMs !== "number" || typeof movingFundsTimeoutMs !== "number" || typeof movedFundsSweepTimeoutMs !== "number") return null;
  const delays = Array.isArray(redemptionDelaysMs) && redemptionDelaysMs.length === 3 && redemptionDelaysMs.every((ms) => typeof ms === "number") ? (redemptionDelaysMs as readonly number[] as ReadPeriods["redemptionDelaysMs"]) : null;
  return { redemptionTimeoutMs, movingFundsTimeoutMs, movedFundsSweepTimeoutMs, redemptionDelaysMs: delays, relayProofLength: typeof relayProofLength === "number" ? relayProofLength : null };
}
