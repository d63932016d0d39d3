/**
 * Whether the parachain asks vaults for refunds: only its first dialect does, and only then is there a lane for them.
 * Always: by the metadata of its best block; while no node answers it may, so the lane is there. Never: by a version number.
 */
import type { PolkadotClient } from "../chains/polkadot/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { refundsOf } from "../bridges/interbtc/dialects.ts";
import { failureOf } from "../core/errors.ts";

export async function mayRefund(polkadot: Endpoints<PolkadotClient>, signal: AbortSignal): Promise<boolean> {
  const ask = async (client: PolkadotClient, signal: AbortSignal): Promise<boolean> => {
    const { hash } = await client.head("best", signal);
    return refundsOf(await client.runtimeOf(hash, signal)) !== null;
  };
  // a runtime that nobody here knows halts what is there; it needs no further lane
  return polkadot.ask(ask, signal).then(({ value }) => value, (thrown: unknown) => failureOf(thrown).code !== "shape-changed");
}
