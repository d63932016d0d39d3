/**
 * Builds the proof that a Bitcoin transaction is in a block, as interBTC wants it: with the block's coinbase, which pins the
 * height of the tree. Always: wire order; both partial trees come from one tree; just one leaf is flagged in each.
 * Never: checks itself; interbtc-proof-check.ts does, and shares no code with this file.
 */
import type { InterbtcProof, PartialTree } from "../../src/bridges/interbtc/proof.ts";
import { serializeTx } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinBlock } from "../../src/chains/bitcoin/codec.ts";
import { merkleTree } from "../../src/chains/bitcoin/merkle.ts";
import type { MerkleTree } from "../../src/chains/bitcoin/merkle.ts";
import { invalid } from "../../src/core/errors.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";

const hashBytes = 32;

/** BIP 37, depth first: a node's bit says whether the leaf is below it; nodes beside the way give their hash. */
function partialTree({ levels }: MerkleTree, leaf: number): PartialTree {
  const flagBits: boolean[] = [];
  const hashes: Hex[] = [];
  const open: { readonly level: number; readonly position: number }[] = [{ level: levels.length - 1, position: 0 }];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { level, position } = node;
    const row = levels[level] ?? Buffer.alloc(0);
    if (position * hashBytes >= row.length) continue; // an odd row: its last node has no sibling of its own
    const isOnWay = Math.floor(leaf / 2 ** level) === position;
    flagBits.push(isOnWay);
    if (isOnWay && level > 0) open.push({ level: level - 1, position: position * 2 + 1 }, { level: level - 1, position: position * 2 });
    else hashes.push(hexOf(row.subarray(position * hashBytes, (position + 1) * hashBytes)));
  }
  return { flagBits, hashes };
}

/** `txid` in wire order. Throws Invalid "transaction-not-in-block". */
export function buildInterbtcProof({ header, txs }: BitcoinBlock, txid: Hex): InterbtcProof {
  const at = txs.findIndex((one) => one.txid === txid);
  const tx = txs[at];
  const coinbase = txs[0];
  if (tx === undefined || coinbase === undefined) {
    throw invalid("transaction-not-in-block", `Transaction ${txid} is not among the ${txs.length} of the block it was said to be in.`, { evidence: { txid, block: header.hash } });
  }
  const tree = merkleTree(txs);
  return {
    header: header.raw,
    transactionsCount: txs.length,
    transaction: serializeTx(tx),
    tree: partialTree(tree, at),
    coinbase: coinbase.stripped,
    coinbaseTree: partialTree(tree, 0),
  };
}
