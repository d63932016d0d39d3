/**
 * The budgets as series, beside what they judge: alerts compare two series instead of copying numbers.
 * Always: set at the start; they do not change while the process runs.
 */
import type { Budgets } from "../core/budgets.ts";
import type { ChainName, SignerName } from "../core/values.ts";
import type { Meter } from "../ports.ts";

const second = 1_000;

type Known = { readonly chains: readonly ChainName[]; readonly signers: readonly SignerName[]; readonly loops: readonly string[] };

export function showBudgets(budgets: Budgets, { chains, signers, loops }: Known, meter: Meter): void {
  for (const chain of chains) {
    const { headMs, lagBlocks, skewMs } = budgets.chains[chain];
    meter.set("chain_head_budget_seconds", { chain }, headMs / second);
    meter.set("chain_lag_budget_blocks", { chain }, lagBlocks);
    meter.set("clock_skew_budget_seconds", { chain }, skewMs / second);
  }
  for (const signer of signers) meter.set("signer_runway_budget_seconds", { signer }, budgets.runwayMs / second);
  for (const loop of loops) meter.set("loop_budget_seconds", { loop }, budgets.loopMs / second);
}
