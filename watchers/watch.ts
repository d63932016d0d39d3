/**
 * The read side's loop, one for every chain: follow the head, read open history, audit what is final.
 * Always: an error ends a turn, never the loop; each pause ends by time even when no nudge comes.
 * Never: believes one contradiction of one endpoint; goes on with a halted chain.
 */
import type { Failure } from "../src/core/errors.ts";
import { failureOf } from "../src/core/errors.ts";
import type { Millis } from "../src/core/values.ts";
import type { ChainSource, Clock } from "../src/ports.ts";
import { endOver, takeCensus } from "./census.ts";
import type { WatchOptions } from "./commit.ts";
import { follow } from "./follow.ts";
import { rederive } from "./rederive.ts";
import { auditFinal, scanOnce, tryParkedAgain } from "./scan.ts";

/** the code of a halt that a person asked for */
const pauseCode = "paused";
/** what failed of it is asked again so much later */
const censusAgainMs = 30_000;
/** nothing hangs on when a watch ends: it only takes memory */
const endOverEveryMs = 3_600_000;

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
  const state = createStateLooks(options);

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
        state.takeAnew();
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
    if (doubted === null) await state.look(signal);
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

/** What the chain's own state is asked: everything that is open once, and again by `takeAnew`; what is over now and then. */
function createStateLooks(options: WatchOptions): { look(signal: AbortSignal): Promise<void>; takeAnew(): void } {
  const { clock } = options;
  let censusAt = clock.now();
  let endOverAt = clock.now();
  return {
    takeAnew: () => {
      censusAt = clock.now();
    },
    async look(signal) {
      if (clock.now() >= censusAt) {
        censusAt = clock.now() + censusAgainMs;
        await takeCensus(options, signal);
        censusAt = Number.POSITIVE_INFINITY;
      }
      if (clock.now() < endOverAt) return;
      endOverAt = clock.now() + censusAgainMs;
      await endOver(options, signal);
      endOverAt = clock.now() + endOverEveryMs;
    },
  };
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
