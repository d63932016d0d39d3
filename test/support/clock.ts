/**
 * A clock driven by hand: time moves only by `advance`.
 * Always: sleepers wake in order of their time, and what they do gets its turn before the next one wakes.
 * Never: a real timer for the time it tells.
 */
import type { Millis } from "../../src/core/values.ts";
import type { Clock } from "../../src/ports.ts";

export type TestClock = Clock & {
  /** moves time forward, waking each sleeper at its own moment */
  advance(ms: Millis): Promise<void>;
  /** how many sleep now */
  sleepers(): number;
};

/** Lets everything that is ready to run do so, promises and I/O callbacks alike. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function createTestClock(start: Millis = 1_700_000_000_000): TestClock {
  let now = start;
  const sleeping = new Set<{ readonly at: Millis; readonly wake: () => void }>();
  const first = (): { readonly at: Millis; readonly wake: () => void } | undefined =>
    [...sleeping].sort((a, b) => a.at - b.at)[0];

  return {
    now: () => now,
    sleepers: () => sleeping.size,
    sleep(ms, signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const entry = {
          at: now + Math.max(0, ms),
          wake: () => {
            sleeping.delete(entry);
            signal.removeEventListener("abort", entry.wake);
            resolve();
          },
        };
        sleeping.add(entry);
        signal.addEventListener("abort", entry.wake, { once: true });
      });
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let next = first(); next !== undefined && next.at <= end; next = first()) {
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}
