/**
 * Is the process alive (health), and is it fit to be relied on (readiness)? Pure judgements of values read elsewhere.
 * Always: every "no" comes with a reason a person can act on.
 * Never: I/O, or a "yes" for something that was not looked at.
 */
import { backlogOf } from "../core/scan-backlog.ts";
import type { ChainName, Millis } from "../core/values.ts";
import type { ScanRange } from "../ports.ts";
import { parkedReasons } from "./parked-range.ts";

export type Verdict = { readonly ok: boolean; readonly reasons: readonly string[] };

const verdict = (reasons: readonly string[]): Verdict => ({ ok: reasons.length === 0, reasons });
const seconds = (ms: Millis): string => `${Math.round(ms / 1000)} s`;

/** A loop with the longest time one turn may take. `lastTurnAt` null = none completed since the start. */
export type LoopTurn = { readonly loop: string; readonly lastTurnAt: Millis | null; readonly budgetMs: Millis };

/** Do all loops tick? A loop that has not turned yet has its budget counted from the start of the process. */
export function health(loops: readonly LoopTurn[], startedAt: Millis, now: Millis): Verdict {
  return verdict(
    loops.flatMap(({ loop, lastTurnAt, budgetMs }) => {
      const age = now - (lastTurnAt ?? startedAt);
      if (age <= budgetMs) return [];
      return [`loop ${loop}: ${lastTurnAt === null ? "no turn completed" : "last turn"} ${seconds(age)} ago, allowed are ${seconds(budgetMs)}`];
    }),
  );
}

export type ReadinessFacts = {
  readonly chains: readonly {
    readonly name: ChainName;
    readonly endpoints: readonly { readonly name: string; readonly up: boolean; readonly lagBlocks: number | null }[];
    /** null: the ledger has no view of this chain yet */
    readonly cursorHeight: number | null;
    readonly ranges: readonly ScanRange[];
  }[];
  /** null = reachable, else what went wrong */
  readonly ledgerFailure: string | null;
  readonly queueFailure: string | null;
  /** an endpoint this far behind the best one is not fresh */
  readonly maxLagBlocks: number;
};

/** Can everything this instance promises be relied on now? */
export function readiness(facts: ReadinessFacts): Verdict {
  const reasons: string[] = [];
  if (facts.ledgerFailure !== null) reasons.push(`ledger: ${facts.ledgerFailure}`);
  if (facts.queueFailure !== null) reasons.push(`redis: ${facts.queueFailure}`);
  for (const { name, endpoints, cursorHeight, ranges } of facts.chains) {
    const fresh = endpoints.filter(({ up, lagBlocks }) => up && (lagBlocks ?? 0) <= facts.maxLagBlocks);
    if (fresh.length === 0) {
      reasons.push(`${name}: no fresh endpoint (${endpoints.map((one) => `${one.name} ${one.up ? `lags ${one.lagBlocks} blocks` : "is down"}`).join(", ") || "none configured"})`);
    }
    if (cursorHeight === null) reasons.push(`${name}: no block read yet`);
    const backlog = backlogOf(ranges);
    const parked = parkedReasons(ranges);
    if (parked.length > 0) reasons.push(...parked.map((reason) => `${name}: ${reason}`));
    else if (backlog > 0) reasons.push(`${name}: ${backlog} blocks still to be searched`);
  }
  return verdict(reasons);
}
