/**
 * Who goes first, so that relayers of one bridge do not race each other: an order by hash that each computes alone.
 * Always: the same for all who see the same vaults; the known vault clients reckon so, too.
 * Never: keeps anybody from acting; it only delays.
 */
import { sha256 } from "../../chains/bitcoin/codec.ts";
import { bytesOf, hexOf } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";

function orderOf(seed: Uint8Array, account: Hex): Hex {
  const other = bytesOf(account);
  return hexOf(sha256(seed.map((byte, at) => byte ^ (other[at] ?? 0))));
}

/**
 * Parachain blocks to let others go first: floor(log2(rank + 1)), where rank counts the entries of `vaults` whose
 * sha256(seed xor account) is below ours. All are 32 bytes; `vaults` has one entry per vault id, so an account with three
 * vaults counts three times. `seed`: the issue id, or sha256 of the raw header.
 */
export function rankedDelayBlocks(seed: Hex, own: Hex, vaults: readonly Hex[]): number {
  const bytes = bytesOf(seed);
  const ours = orderOf(bytes, own);
  const rank = vaults.filter((account) => orderOf(bytes, account) < ours).length;
  return Math.floor(Math.log2(rank + 1));
}
