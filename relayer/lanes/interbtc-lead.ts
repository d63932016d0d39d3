/**
 * How long a lane lets other relayers go first, in parachain blocks.
 * Always: the list of vaults is at most ten minutes old. Never: a decision; the chain is looked at again after the wait.
 */
import { rankedDelayBlocks } from "../../src/bridges/interbtc/rank.ts";
import { dialectOf } from "../../src/bridges/interbtc/dialects.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { BlockRef, Hex, Millis } from "../../src/core/values.ts";
import { activeVaults } from "../reads/interbtc-light-client.ts";

const keptMs: Millis = 600_000;

/** Gives blocks to wait for a seed (32 bytes), by the vaults that are active at block `at`. */
export type Lead = (seed: Hex, at: BlockRef, now: Millis, signal: AbortSignal) => Promise<number>;

export function createLead(polkadot: Endpoints<PolkadotClient>, account: Hex): Lead {
  let kept: { readonly vaults: readonly Hex[]; readonly at: Millis } | null = null;
  return async (seed, at, now, signal) => {
    if (kept === null || now - kept.at > keptMs) {
      const { value } = await polkadot.ask(async (client, signal) => activeVaults(client, dialectOf(await client.runtimeOf(at.hash, signal)), at.hash, signal), signal);
      kept = { vaults: value, at: now };
    }
    return rankedDelayBlocks(seed, account, kept.vaults);
  };
}
