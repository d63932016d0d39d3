/**
 * Lets go, a little at a time, of the history and the bytes of what ended longer ago than is kept.
 * Always: pieces small enough to hold nobody up, with a pause between them; what fails is told and tried again.
 * Never: decides what goes; the ledger does.
 */
import { failureOf } from "../core/errors.ts";
import type { Millis } from "../core/values.ts";
import type { Clock, Ledger, Log, Meter } from "../ports.ts";

export type PruningOptions = {
  readonly ledger: Pick<Ledger, "prune">;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly keepDays: number;
};

/** records looked at in one write: some milliseconds */
const pieceOf = 200;
const dayMs: Millis = 86_400_000;
const pauseMs: Millis = 250;
const restMs: Millis = 3_600_000;

/** Until `stop`. */
export async function keepPruned({ ledger, clock, log, meter, keepDays }: PruningOptions, stop: AbortSignal): Promise<void> {
  let after: number | null = 0;
  while (!stop.aborted) {
    try {
      const { next, pruned }: Awaited<ReturnType<Ledger["prune"]>> = await ledger.prune({ before: clock.now() - keepDays * dayMs, after: after ?? 0, most: pieceOf });
      meter.count("pruned_steps_total", {}, pruned);
      after = next;
    } catch (thrown) {
      if (stop.aborted) return;
      const { code, message } = failureOf(thrown);
      meter.count("errors_total", { where: "pruning", code });
      log.warn({ code }, `nothing was pruned: ${message}`);
      after = null;
    }
    await clock.sleep(after === null ? restMs : pauseMs, stop);
  }
}
