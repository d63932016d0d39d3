/**
 * Heads of all endpoints of one chain, so that health and lag of those not in use are known before they are needed.
 * Always: in the background and one round at a time: a stalled endpoint must not hold up the head. Never: with a single endpoint.
 */
import type { Endpoints } from "../src/chains/endpoints.ts";
import type { Millis } from "../src/core/values.ts";
import type { Clock } from "../src/ports.ts";

/** Gives what begins a round when it is time. `heightOf`: of the endpoint's best block. */
export function createProbe<C>(endpoints: Endpoints<C>, everyMs: Millis, clock: Clock, heightOf: (client: C, signal: AbortSignal) => Promise<number>): (signal: AbortSignal) => void {
  let running = false;
  let last = Number.NEGATIVE_INFINITY;
  const round = async (signal: AbortSignal): Promise<void> => {
    const answers = await endpoints.askAll(heightOf, signal);
    for (const answer of answers) if ("value" in answer) endpoints.sawHead(answer.endpoint, answer.value);
    running = false;
  };
  return (signal) => {
    if (running || endpoints.states().length < 2 || clock.now() - last < everyMs) return;
    running = true;
    last = clock.now();
    void round(signal);
  };
}
