/**
 * Prepares what is nearly provable: the proof's data fetched, the fee known, so that neither is waited for when its block comes.
 * Always: after the wait is saved; as many as the signer may send at once in the time of a look, so that many of them hold up
 * nobody; a failure is met again, and told, when it counts.
 * Never: signs, sends, or saves.
 */
import type { Millis, SignerName, SourceEvent } from "../src/core/values.ts";
import type { Clock } from "../src/ports.ts";
import type { LaneWork } from "./perform.ts";

export type Ahead = (event: SourceEvent, anchor: unknown, work: LaneWork, signal: AbortSignal) => Promise<void>;

/** what was learned is this old at most when it is used */
const windowMs: Millis = 5_000;

export function createAhead({ clock }: { readonly clock: Clock }): Ahead {
  const windows = new Map<SignerName, { readonly since: Millis; readonly begun: number }>();
  return async (event, anchor, { lane, submitter, maxOpenSlots }, signal) => {
    if (submitter.prepare === undefined) return;
    const [now, last] = [clock.now(), windows.get(submitter.signer)];
    const window = last !== undefined && now - last.since < windowMs ? last : { since: now, begun: 0 };
    if (window.begun >= maxOpenSlots) return;
    windows.set(submitter.signer, { ...window, begun: window.begun + 1 });
    try {
      await submitter.prepare(event, await lane.build(event, anchor, signal), signal);
    } catch {
      signal.throwIfAborted();
    }
  };
}
