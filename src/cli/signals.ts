/**
 * SIGTERM and SIGINT as people mean them: the first asks, the second insists.
 * Always: one keystroke counts once, although the terminal and npm both deliver it.
 * Never: more than one of these per process.
 */
import type { Millis } from "../core/values.ts";

/** what arrives this soon after the first is the same keystroke */
const sameStrokeMs: Millis = 300;

/** Resolves at the first signal; from then on the next one calls `endNow`. */
export function firstSignal(endNow: () => void, now: () => Millis = Date.now): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let askedAt: Millis | null = null;
    const hear = (signal: NodeJS.Signals) => {
      if (askedAt !== null && now() - askedAt > sameStrokeMs) endNow();
      askedAt ??= now();
      resolve(signal);
    };
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => hear(name));
  });
}
