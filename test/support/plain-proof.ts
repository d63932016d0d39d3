/**
 * A Bitcoin proof for tBTC put together in the plainest way, to try the devnet's parties and contracts without the relayer.
 * Never: used to judge the relayer's own proofs; relayer/proofs has its own check.
 */
import { createHash } from "node:crypto";

import type { BitcoinBlock } from "../../src/chains/bitcoin/codec.ts";
import { bytesOf, concatHex, hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { infoOf } from "../../devnet/tbtc/depositor.ts";

const sha = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

function branch(txids: readonly Hex[], at: number): Hex {
  const siblings: Hex[] = [];
  let level = [...txids];
  for (let index = at; level.length > 1; index >>= 1) {
    const padded = level.length % 2 === 0 ? level : [...level, level.at(-1) ?? "0x"];
    siblings.push(padded[index ^ 1] ?? "0x");
    level = Array.from({ length: padded.length / 2 }, (_, pair) => hexOf(sha(sha(bytesOf(concatHex(padded[2 * pair] ?? "0x", padded[2 * pair + 1] ?? "0x"))))));
  }
  return concatHex(...siblings);
}

/** `[info, proof]` as the Bridge's proof functions take them first. `headers` begin with the block's own. */
export function plainProof(block: BitcoinBlock, txid: Hex, headers: readonly Hex[]): readonly [readonly unknown[], readonly unknown[]] {
  const txids = block.txs.map((tx) => tx.txid);
  const at = txids.indexOf(txid);
  const tx = block.txs[at];
  const coinbase = block.txs[0];
  if (tx === undefined || coinbase === undefined) throw new Error(`${txid} is not in this block`);
  return [infoOf(tx), [branch(txids, at), at, concatHex(...headers), hexOf(sha(bytesOf(coinbase.stripped))), branch(txids, 0)]];
}

