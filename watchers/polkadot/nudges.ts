/**
 * New heads of several nodes as one bell, for latency only.
 * Always: ends when the signal aborts; a node that is away rings again once it is back (its client connects and subscribes anew).
 */
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";

export function nudgesOf(clients: readonly PolkadotClient[], endpoints: Endpoints<PolkadotClient>): (signal: AbortSignal) => AsyncIterable<void> {
  return (signal) => ring(clients, endpoints, signal);
}

async function* ring(clients: readonly PolkadotClient[], endpoints: Endpoints<PolkadotClient>, signal: AbortSignal): AsyncGenerator<void, void, undefined> {
  let rung = false;
  let wake = (): void => undefined;
  const listen = async (client: PolkadotClient): Promise<void> => {
    for await (const head of client.heads(signal)) {
      endpoints.sawHead(client.name, head.height);
      rung = true;
      wake();
    }
  };
  const ended = Promise.all(clients.map(listen)).then(() => wake(), () => wake());
  signal.addEventListener("abort", () => wake(), { once: true });
  while (!signal.aborted) {
    if (!rung) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (rung && !signal.aborted) {
      rung = false;
      yield;
    }
  }
  await ended;
}
