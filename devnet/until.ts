/**
 * Waiting for a condition of a real server: asked again until it holds, never longer than said.
 * Always: the error names what was waited for and what the last answer was.
 */
import { setTimeout as pause } from "node:timers/promises";

import { failureOf, unavailable } from "../src/core/errors.ts";

export type UntilOptions = { readonly withinMs: number; readonly everyMs?: number; readonly signal?: AbortSignal };

/**
 * The first value of `look` that is neither null, undefined nor false. A `look` that throws counts as "not yet".
 * Throws Unavailable "devnet-timeout" after `withinMs`; when the signal aborts, its reason.
 */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>, options: UntilOptions): Promise<T> {
  const { withinMs, everyMs = 25, signal } = options;
  const end = performance.now() + withinMs;
  let last = "nothing";
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await look();
      if (value !== null && value !== undefined && value !== false) return value;
      last = String(value);
    } catch (error) {
      last = failureOf(error).message;
    }
    if (performance.now() >= end) throw unavailable("devnet-timeout", `Waited ${withinMs} ms for ${what}; the last answer was: ${last}`);
    await pause(everyMs, undefined, signal === undefined ? {} : { signal });
  }
}
