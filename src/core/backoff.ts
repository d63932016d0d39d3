/**
 * Capped exponential back-off with jitter that is a function of the subject, so that a decision can be replayed.
 * Always: between half and the whole of min(cap, base·2^(tries-1)); a time named by the other side wins when longer.
 * Never: chance.
 */
import type { Millis } from "./values.ts";

export type Backoff = { readonly baseMs: Millis; readonly capMs: Millis };

/** FNV-1a over the text, as a fraction in [0, 1). */
export function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash / 0x1_0000_0000;
}

/**
 * Milliseconds to wait before try number `tries + 1`.
 * @param tries failures so far, >= 1
 * @param subject who waits (a delivery id): two subjects that failed together come back apart
 */
export function backoffMs(backoff: Backoff, tries: number, subject: string, retryAfterMs: Millis = 0): Millis {
  const doubled = backoff.baseMs * 2 ** Math.min(Math.max(tries, 1) - 1, 30);
  const whole = Math.min(backoff.capMs, doubled);
  const jittered = whole * (0.5 + fractionOf(`${subject}#${tries}`) / 2);
  return Math.max(Math.round(jittered), retryAfterMs);
}
