/**
 * Reads the parachain's Bitcoin light client (BTCRelay) at one of its blocks.
 * Always: everything in one answer is of that one block; few round trips, because this is asked at every turn.
 * Never: judges what it reads (light-client.ts does), or takes a zero hash for a block.
 */
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { StorageItem } from "../../src/chains/polkadot/storage.ts";
import type { Dialect, StoredHeader } from "../../src/bridges/interbtc/dialect.ts";
import type { LightClient, RelayChain } from "../../src/bridges/interbtc/light-client.ts";
import type { BlockRef, Hex, Json } from "../../src/core/values.ts";

/** Forks are ranked by height; lower ones can neither block a proof nor win before these do. */
const mostForks = 7;
const zeroHash: Hex = `0x${"00".repeat(32)}`;

const relay = (item: string, ...keys: readonly Json[]): StorageItem => ({ pallet: "BTCRelay", item, keys });
const values = ["BestBlock", "BestBlockHeight", "StartBlockHeight", "ChainCounter", "StableBitcoinConfirmations", "StableParachainConfirmations", "DisableDifficultyCheck"] as const;

/** The light client at block `at`: one round trip, and one more while there are forks. `forks` are the highest ones. */
export async function readLightClient(client: PolkadotClient, _dialect: Dialect, at: BlockRef, signal: AbortSignal): Promise<LightClient> {
  const ranks = Array.from({ length: mostForks }, (_, index) => relay("Chains", index + 1));
  const asked = [...values.map((item) => relay(item)), { pallet: "Security", item: "ActiveBlockCount", keys: [] }, ...ranks];
  const [best, height, start, counter, bitcoin, parachain, unchecked, active, ...ids] = await client.storages(asked, at.hash, signal);
  const hash = hashOf(best ?? null);
  const forks = ids.filter((id): id is number => typeof id === "number");
  return {
    at,
    isInitialised: hash !== null,
    start: Number(start),
    best: { height: Number(height), hash: hash ?? zeroHash },
    chainCounter: Number(counter),
    forks: await chainsOf(client, forks, at.hash, signal),
    stable: { bitcoin: Number(bitcoin), parachain: Number(parachain) },
    activeBlocks: Number(active),
    isDifficultyChecked: unchecked !== true,
  };
}

async function chainsOf(client: PolkadotClient, ids: readonly number[], at: Hex, signal: AbortSignal): Promise<readonly RelayChain[]> {
  const chains = await client.storages(ids.map((id) => relay("ChainsIndex", id)), at, signal);
  return chains.flatMap((chain, index) => {
    if (chain === null) return [];
    const { startHeight, maxHeight } = chain as { readonly startHeight: number; readonly maxHeight: number };
    return [{ chainId: ids[index] ?? 0, startHeight, maxHeight }];
  });
}

/** What the light client stores of these headers (hashes in wire order), on whatever fork. One round trip. */
export async function storedHeaders(client: PolkadotClient, dialect: Dialect, hashes: readonly Hex[], at: Hex, signal: AbortSignal): Promise<readonly (StoredHeader | null)[]> {
  const headers = await client.storages(hashes.map((hash) => relay("BlockHeaders", dialect.headerKey(hash))), at, signal);
  return headers.map((header) => dialect.storedHeader(header));
}

/** The light client's main chain at these heights (wire order); null where it has no block. One round trip. */
export async function mainHashes(client: PolkadotClient, heights: readonly number[], at: Hex, signal: AbortSignal): Promise<readonly (Hex | null)[]> {
  const hashes = await client.storages(heights.map((height) => relay("ChainsHashes", 0, height)), at, signal);
  return hashes.map(hashOf);
}

/** Accounts of the vaults that take part, one entry per vault id: an account with two vaults is there twice. */
export async function activeVaults(client: PolkadotClient, _dialect: Dialect, at: Hex, signal: AbortSignal): Promise<readonly Hex[]> {
  const vaults = await client.entries("VaultRegistry", "Vaults", at, signal);
  return vaults.flatMap(({ value }) => {
    const { id, status } = value as { readonly id: { readonly accountId: Hex }; readonly status: Json };
    return typeof status === "object" && status !== null && "Active" in status ? [id.accountId] : [];
  });
}

/** A Bitcoin block hash out of storage; null: it reads as all zero, so nothing is stored. */
function hashOf(value: Json): Hex | null {
  const hash = typeof value === "string" ? value : ((value as { readonly content?: Hex } | null)?.content ?? zeroHash);
  return hash === zeroHash ? null : (hash as Hex);
}
