/**
 * Questions that are asked seldom: whoever wants the answer gets the last one.
 * Always: a failure leaves the answer before it, is counted, and is followed by the next question sooner.
 * Never: rejects. A silent node must not hold up who asks in the background.
 */
import { failureOf } from "../core/errors.ts";
import type { Millis } from "../core/values.ts";
import type { Clock, Meter } from "../ports.ts";

export interface Kept<T> {
  current(): T;
  /** asks when it is time, or when the answer is `isOver` already; to be awaited before the next call; never throws */
  refresh(signal: AbortSignal, isOver?: boolean): Promise<void>;
}

export type Question<T> = {
  readonly read: (signal: AbortSignal) => Promise<T>;
  /** as long as there is no answer */
  readonly none: T;
  readonly everyMs: () => Millis;
  readonly clock: Clock;
  readonly meter: Meter;
  /** told of the first of several failures in a row */
  readonly onAway?: (code: string) => void;
};

const afterFailureMs: Millis = 30_000;
const firstWithinMs: Millis = 2_000;

export function createKept<T>({ read, none, everyMs, clock, meter, onAway }: Question<T>): Kept<T> {
  let last = none;
  let askedAt: Millis = Number.NEGATIVE_INFINITY;
  let isAway = false;
  return {
    current: () => last,
    async refresh(signal, isOver = false) {
      const waitMs = isAway ? Math.min(everyMs(), afterFailureMs) : everyMs();
      if (!isOver && clock.now() - askedAt < waitMs) return;
      askedAt = clock.now();
      try {
        last = await read(signal);
        isAway = false;
      } catch (thrown) {
        if (signal.aborted) return;
        const { code } = failureOf(thrown);
        meter.count("errors_total", { where: "monitor", code });
        if (!isAway) onAway?.(code);
        isAway = true;
      }
    },
  };
}

/** Asked beside everything else, once at a time, until `stop`: only the first answer is waited for, and that not for long. */
export function createSeldom<T>({ stop, ...question }: Question<T> & { readonly stop: AbortSignal }): (signal: AbortSignal) => Promise<T> {
  const kept = createKept(question);
  let underWay: Promise<void> | null = null;
  let isFirst = true;
  const ask = async (): Promise<void> => {
    await kept.refresh(stop);
    isFirst = false;
    underWay = null;
  };
  return async (signal) => {
    if (!stop.aborted) underWay ??= ask();
    if (isFirst && underWay !== null) {
      const enough = new AbortController();
      await Promise.race([underWay, question.clock.sleep(firstWithinMs, AbortSignal.any([signal, stop, enough.signal]))]);
      enough.abort();
    }
    return kept.current();
  };
}
