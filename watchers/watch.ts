/**
 * The read side's loop, one for every chain: follow the head, read open history, audit what is final.
 * Always: an error ends a turn, never the loop; each pause ends by time even when no nudge comes.
 * Never: believes one contradiction of one endpoint; goes on with a halted chain.
 */
import type { Failure } from "../src/core/errors.ts";
import { failureOf } from "../src/core/errors.ts";
import type { Millis } from "../src/core/values.ts";
import type { ChainSource, Clock } from "../src/ports.ts";
import { takeCensus } from "./census.ts";
import type { WatchOptions } from "./commit.ts";
import { follow } from "./follow.ts";
import { rederive } from "./rederive.ts";
import { auditFinal, scanOnce, tryParkedAgain } from "./scan.ts";

/** the code of a halt that a person asked for */
const pauseCode = "paused";
/** a census that failed is taken again so much later */
const censusAgainMs = 30_000;

export interface Watch {
  /** one look: follow the head, then one piece of open scan ranges; true when there is more to do at once */
  turn(signal: AbortSignal): Promise<boolean>;
  run(signal: AbortSignal): Promise<void>;
}

export function createWatch(options: WatchOptions): Watch {
  const { source, ledger, clock, meter } = options;
  const { chain } = source;
  // A contradiction of final is one endpoint's fault first: only a second one in a row halts the chain.
  let doubted: string | null = null;
  let auditedAt = clock.now();
  let wasUnsafe = false;
  let isFresh = true;
  let censusAt = clock.now();

  async function turn(signal: AbortSignal): Promise<boolean> {
    const halt = (await ledger.halts()).find(({ scope }) => scope.kind === "chain" && scope.name === chain);
    // A pause is a person's wish to stop effects; only an unsafe fact stops the reading.
    if (halt !== undefined && halt.code !== pauseCode) {
      wasUnsafe = true;
      return false;
    }
    try {
      if (wasUnsafe) {
        await rederive(options, signal);
        censusAt = clock.now();
      }
      wasUnsafe = false;
      await follow(options, signal);
      doubted = null;
    } catch (thrown) {
      doubted = await doubt(failureOf(thrown), thrown, doubted, options);
    }
    if (isFresh) await tryParkedAgain(options);
    isFresh = false;
    const more = await scanOnce(options, signal);
    if (clock.now() - auditedAt >= options.auditEveryMs) {
      auditedAt = clock.now();
      await auditFinal(options, signal);
    }
    // last: whatever stands in its way must not hold up the chain. A view in doubt is not asked for its final block.
    if (doubted === null && clock.now() >= censusAt) {
      censusAt = clock.now() + censusAgainMs;
      await takeCensus(options, signal);
      censusAt = Number.POSITIVE_INFINITY;
    }
    return more;
  }

  async function run(signal: AbortSignal): Promise<void> {
    const bell = createBell(source, signal);
    while (!signal.aborted) {
      let more = false;
      try {
        more = await turn(signal);
      } catch (thrown) {
        if (signal.aborted) return;
        tellFailure(thrown, options);
      }
      meter.set("loop_last_turn_timestamp_seconds", { loop: `watch-${chain}` }, clock.now() / 1000);
      if (!more) await bell.wait(options.pollMs, clock);
    }
  }

  return { turn, run };
}

/** Unsafe is the endpoint's fault first; the same contradiction a second time halts the chain. Anything else is thrown on. */
async function doubt(failure: Failure, thrown: unknown, doubted: string | null, { source, ledger, clock, log }: WatchOptions): Promise<string> {
  if (failure.remedy !== "Unsafe") throw thrown;
  const contradiction = JSON.stringify(failure.evidence);
  source.distrust(failure);
  if (doubted === null) {
    log.warn({ chain: source.chain, code: failure.code, evidence: failure.evidence }, failure.message);
    return contradiction;
  }
  const now = clock.now();
  log.error({ chain: source.chain, code: failure.code, evidence: failure.evidence }, `chain halted: ${failure.message}`);
  await ledger.halt(
    { scope: { kind: "chain", name: source.chain }, code: failure.code, because: failure.message, since: now },
    { at: now, who: "watch", what: "halt", subject: `chain ${source.chain}`, because: failure.message, detail: failure.evidence },
  );
  return contradiction;
}

function tellFailure(thrown: unknown, { source, log, meter }: WatchOptions): void {
  const { code, message, remedy, evidence } = failureOf(thrown);
  meter.count("errors_total", { where: `watch-${source.chain}`, code });
  const fields = { chain: source.chain, code, evidence };
  if (remedy === "Bug") log.error({ ...fields, stack: thrown instanceof Error ? thrown.stack : undefined }, message);
  else log.warn(fields, message);
}

/** Sleeps until the poll time or a nudge, whichever is first. */
function createBell(source: ChainSource, signal: AbortSignal): { wait(ms: Millis, clock: Clock): Promise<void> } {
  let ring: (() => void) | null = null;
  let rung = false;
  const listen = async (): Promise<void> => {
    if (source.nudges === undefined) return;
    for await (const _ of source.nudges(signal)) {
      rung = true;
      ring?.();
    }
  };
  listen().catch(() => undefined);
  return {
    wait: async (ms, clock) => {
      if (!rung) {
        const early = new AbortController();
        ring = () => early.abort();
        await clock.sleep(ms, AbortSignal.any([signal, early.signal]));
        ring = null;
      }
      rung = false;
    },
  };
}
