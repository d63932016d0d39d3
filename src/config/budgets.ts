/**
 * The monitor's budgets out of the configuration.
 * Always: pure; seconds become milliseconds here and nowhere else.
 */
import type { Budgets, ChainBudget } from "../core/budgets.ts";
import type { Budgets as StepBudgets } from "../core/transfer-progress.ts";
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

/** By "<bridge>.<kind>.<step>". */
export const stepBudgetsOf = ({ steps }: Monitor): StepBudgets =>
  Object.fromEntries(Object.entries(steps).map(([key, { normalSeconds, lateSeconds }]) => [key, { normalMs: normalSeconds * 1_000, lateAfterMs: lateSeconds * 1_000 }]));
