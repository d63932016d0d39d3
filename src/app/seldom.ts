/**
 * Questions that are asked seldom, beside everything else: whoever wants the answer gets the last one at once.
 * Always: one question under way at a time; only the first answer is waited for, and that not for long; ends with `stop`.
 * Never: rejects: a question that failed leaves the answer before it. A silent node must not hold up who asks.
 */
import type { Millis } from "../core/values.ts";
import type { Clock } from "../ports.ts";

/** What governance may change, as it was last read. */
export interface PeriodsSeen<T> {
  /** the same value until one of them changes */
  current(): T;
  /** reads them when it is time; never throws */
  refresh(signal: AbortSignal): Promise<void>;
}

export type SeldomOptions<T> = {
  readonly read: (signal: AbortSignal) => Promise<T>;
  /** as long as there is no answer */
  readonly none: T;
  readonly everyMs: Millis;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly onFailure: (thrown: unknown) => void;
};

const firstWithinMs: Millis = 2_000;

export function createSeldom<T>({ read, none, everyMs, clock, stop, onFailure }: SeldomOptions<T>): (signal: AbortSignal) => Promise<T> {
  let last = none;
  let askedAt: Millis = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | null = null;
  let isFirst = true;

  const ask = async (): Promise<void> => {
    try {
      last = await read(stop);
    } catch (thrown) {
      if (!stop.aborted) onFailure(thrown);
    }
    isFirst = false;
    underWay = null;
  };
  return async (signal) => {
    if (underWay === null && !stop.aborted && clock.now() - askedAt >= everyMs) {
      askedAt = clock.now();
      underWay = ask();
    }
    if (isFirst && underWay !== null) {
      const enough = new AbortController();
      await Promise.race([underWay, clock.sleep(firstWithinMs, AbortSignal.any([signal, stop, enough.signal]))]);
      enough.abort();
    }
    return last;
  };
}
