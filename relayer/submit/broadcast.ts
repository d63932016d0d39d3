/**
 * Hands signed bytes to every endpoint of a chain.
 * Always: the first that has them is enough, the others get them meanwhile; when none takes them, what a node said about the bytes
 * tells more than that another node was away. Never: knows a chain.
 */
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { GantryError, unavailable } from "../../src/core/errors.ts";

/** `hand` resolves when that endpoint has the bytes, or needs them no more. */
export async function broadcast<C>(endpoints: Endpoints<C>, hand: (client: C, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
  let taken = (): void => {};
  const first = new Promise<null>((resolve) => {
    taken = () => resolve(null);
  });
  const all = endpoints.askAll(async (client, signal) => {
    await hand(client, signal);
    taken();
  }, signal);
  const results = await Promise.race([first, all]);
  if (results === null) return;
  const failures = results.flatMap((result) => ("failure" in result ? [result.failure] : []));
  if (results.length > failures.length) return;
  const none = unavailable("no-endpoint", "no endpoint of this chain is configured for sending").failure;
  throw new GantryError(failures.find(({ code }) => !code.startsWith("endpoint-")) ?? failures[0] ?? none);
}
