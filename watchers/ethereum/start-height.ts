/**
 * Where history begins for us: a configured height, or the first block of the last so many days.
 * Always: by the blocks' own times, so it holds on any chain whatever its block time.
 */
import type { EthereumClient } from "../../src/chains/ethereum/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { unavailable } from "../../src/core/errors.ts";

/** longest time a tBTC deposit can still matter */
const defaultDepthDays = 270;
const dayMs = 86_400_000;

/** Height of the first block to search. `startHeight` wins over `depthDays` (default 270, counted back from the latest block). */
export async function ethereumStartHeight(
  endpoints: Endpoints<EthereumClient>,
  options: { readonly startHeight?: number; readonly depthDays?: number },
  signal: AbortSignal,
): Promise<number> {
  if (options.startHeight !== undefined) return options.startHeight;
  const { value } = await endpoints.ask((client, signal) => firstBlockSince(client, (options.depthDays ?? defaultDepthDays) * dayMs, signal), signal);
  return value;
}

async function firstBlockSince(client: EthereumClient, depthMs: number, signal: AbortSignal): Promise<number> {
  const at = async (where: "latest" | number) => {
    const block = await client.blockBy(where, signal);
    if (block === null) throw unavailable("unknown-block", `endpoint ${client.name} does not have block ${where}; an endpoint with all headers is needed`);
    return block;
  };
  const latest = await at("latest");
  const since = latest.time - depthMs;
  let low = 0;
  let high = latest.height;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await at(middle)).time < since) low = middle + 1;
    else high = middle;
  }
  return low;
}
