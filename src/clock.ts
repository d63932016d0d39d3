/**
 * The host's clock behind the Clock port.
 * Always: `sleep` ends on abort and leaves no timer or listener behind; spans of any length work.
 * Never: a deadline of a chain. Those are kept in the clock of the chain that enforces them.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Millis } from "./core/values.ts";
import type { Clock } from "./ports.ts";

/** setTimeout takes 31 bits; a longer span would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The real clock. Its timers hold the process open on purpose: a loop that only sleeps is still at work, and the
 * signal, not the event loop running dry, is what ends it.
 */
export function createClock(): Clock {
  return {
    now: () => Date.now(),
    async sleep(ms, signal) {
      let left: Millis = ms > 0 ? ms : 0;
      while (!signal.aborted) {
        const span = Math.min(left, longestTimerMs);
        try {
          await delay(span, undefined, { signal });
        } catch {
          return; // aborted: the only way this timer rejects
        }
        left -= span;
        if (!(left > 0)) return;
      }
    },
  };
}
