/**
 * Reasons that lie in the Bitcoin payment a transfer rests on: a wallet cannot use what is not there, or not deep enough.
 * Always: what a node said when it was last asked; a normal wait is a reason only once the step is late, a payment that is gone at once.
 * Never: asks; nor blames the wallet while the payment itself is at fault.
 */
import type { Finding } from "./finding.ts";
import type { FundingView, MonitoredWorld } from "./monitored-world.ts";
import type { Journey, StepSpec, Transfer } from "./transfer.ts";
import type { Millis } from "./values.ts";
import { act, counted, show } from "./words.ts";

type Reason = Pick<Finding, "cause" | "sentence" | "evidence" | "action">;
/** A transfer in its present step, how late that is, and when it is. */
type Place = { readonly transfer: Transfer; readonly journey: Journey; readonly spec: StepSpec; readonly world: MonitoredWorld; readonly clocks: { readonly now: Millis }; readonly lateMs: Millis };

/** blocks and mempools of different nodes need this long to be the same */
const settledMs = 600_000;

export function fundingReasons({ transfer, journey, spec, world, clocks, lateMs }: Place): readonly Reason[] {
  if (spec.phase !== "payment") return [];
  const funding = world.bridges.find(({ name }) => name === journey.bridge)?.fundings?.find((one) => one.transfer === transfer.id);
  if (funding === undefined) return [];
  const isSure = lateMs > 0 || clocks.now - funding.since > settledMs;
  const reason = isSure ? reasonOf(funding, lateMs > 0) : null;
  return reason === null ? [] : [{ ...reason, evidence: { ...funding }, action: act(actions[reason.cause], show(transfer.id)) }];
}

type Told = Pick<Reason, "sentence"> & { readonly cause: keyof typeof actions };

const actions = {
  "user-has-not-paid": "Nothing to do here: the depositor has to fund it, or to reveal the deposit that was funded.",
  "source-reorged-out": "Wait for it to be mined again. If it is not, its coins are where they were before and nothing follows.",
  "source-not-final": "Nothing to do here: whoever sent the funding can raise its fee.",
} as const;

function reasonOf({ confirmations, neededConfirmations, wasIn }: FundingView, isLate: boolean): Told | null {
  if (confirmations === null) {
    return wasIn
      ? { cause: "source-reorged-out", sentence: "Its funding was in a block and is not there any more: a reorg dropped it, or the depositor took it back." }
      : { cause: "user-has-not-paid", sentence: "The Bitcoin node knows no funding of it: it was never sent, another transaction took its place, or it is spent already." };
  }
  if (confirmations === 0 && wasIn) return { cause: "source-reorged-out", sentence: "A reorg dropped the block of its funding, which waits to be mined again." };
  if (!isLate || confirmations >= neededConfirmations) return null;
  const depth = confirmations === 0 ? "is in no block yet" : `has ${counted(confirmations, "confirmation")}`;
  return { cause: "source-not-final", sentence: `Its funding ${depth}; wallets want ${neededConfirmations} confirmations.` };
}
