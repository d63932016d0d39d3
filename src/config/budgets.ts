/**
 * The monitor's budgets out of the configuration.
 * Always: pure; seconds become milliseconds here and nowhere else.
 */
import type { Budgets, ChainBudget } from "../core/budgets.ts";
import type { Budgets as StepBudgets } from "../core/transfer-progress.ts";
import type { Millis } from "../core/values.ts";
import type { Config } from "./schema.ts";

type Monitor = Config["monitor"];

export function budgetsOf({ chains, ...all }: Monitor): Budgets {
  const chain = ({ headSeconds, lagBlocks, skewSeconds }: Monitor["chains"]["bitcoin"]): ChainBudget => ({ headMs: headSeconds * 1_000, lagBlocks, skewMs: skewSeconds * 1_000 });
  return {
    chains: { bitcoin: chain(chains.bitcoin), ethereum: chain(chains.ethereum), polkadot: chain(chains.polkadot) },
    backlogMs: all.backlogSeconds * 1_000, haltMs: all.haltSeconds * 1_000, runwayMs: all.runwaySeconds * 1_000, slotMs: all.slotSeconds * 1_000,
    overdueMs: all.overdueSeconds * 1_000, lightClientMs: all.lightClientSeconds * 1_000, loopMs: all.loopSeconds * 1_000,
  };
}

/** What is said instead of tBTC's contracts, and the margins that no contract tells. */
export function tbtcPeriodsOf({ tbtc }: Monitor) {
  const ms = (seconds: number | undefined): Millis | undefined => (seconds === undefined ? undefined : seconds * 1_000);
  return {
    refundMarginMs: ms(tbtc.refundMarginSeconds), redemptionMarginMs: ms(tbtc.redemptionMarginSeconds), redemptionTimeoutMs: ms(tbtc.redemptionTimeoutSeconds),
    movingFundsTimeoutMs: ms(tbtc.movingFundsTimeoutSeconds), movedFundsSweepTimeoutMs: ms(tbtc.movedFundsSweepTimeoutSeconds),
  };
}

/** By "<bridge>.<kind>.<step>". */
export const stepBudgetsOf = ({ steps }: Monitor): StepBudgets =>
  Object.fromEntries(Object.entries(steps).map(([key, { normalSeconds, lateSeconds }]) => [key, { normalMs: normalSeconds * 1_000, lateAfterMs: lateSeconds * 1_000 }]));
