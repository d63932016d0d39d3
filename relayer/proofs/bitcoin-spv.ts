/**
 * Builds the proof that a Bitcoin transaction is in a block with work on top, in the form the tBTC Bridge takes.
 * Always: wire order; both Merkle branches come from one tree, so they are of equal depth.
 * Never: judges the work or checks itself. bitcoin-spv-check.ts does, and shares no code with this file.
 */
import type { SpvProof } from "../../src/bridges/tbtc/proof-calls.ts";
import { sha256 } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinHeader, BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import { merkleBranch, merkleTree } from "../../src/chains/bitcoin/merkle.ts";
import { invalid } from "../../src/core/errors.ts";
import { bytesOf, concatHex, hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";

/**
 * `headers[0]` is the block's own header, each next one the child of the one before; as many as the proof shall carry.
 * `txid` in wire order. Throws Invalid "transaction-not-in-block".
 */
export function buildSpvProof(block: { readonly txs: readonly BitcoinTx[] }, txid: Hex, headers: readonly BitcoinHeader[]): SpvProof {
  const txIndex = block.txs.findIndex((tx) => tx.txid === txid);
  const tx = block.txs[txIndex];
  const coinbase = block.txs[0];
  if (tx === undefined || coinbase === undefined) {
    throw invalid("transaction-not-in-block", `Transaction ${txid} is not among the ${block.txs.length} of the block it was said to be in.`, {
      evidence: { txid, block: headers[0]?.hash ?? null },
    });
  }
  const tree = merkleTree(block.txs);
  return {
    version: tx.version,
    inputVector: tx.inputVector,
    outputVector: tx.outputVector,
    locktime: tx.locktime,
    txIndex,
    merkleProof: merkleBranch(tree, txIndex),
    headers: concatHex(...headers.map(({ raw }) => raw)),
    coinbasePreimage: hexOf(sha256(bytesOf(coinbase.stripped))),
    coinbaseProof: merkleBranch(tree, 0),
  };
}
