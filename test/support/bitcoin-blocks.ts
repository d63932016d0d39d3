/**
 * Made-up Bitcoin blocks with regtest work, serialised by bitcoinjs-lib: an implementation our codec and proofs are
 * compared with. Always: the first transaction is a coinbase with a witness, as nearly every real one.
 */
import { Block, Transaction } from "bitcoinjs-lib";

import { parseBlock } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinBlock } from "../../src/chains/bitcoin/codec.ts";
import { bytesOf, hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";

const regtestBits = 0x207fffff;
const half = 1n << 255n;

/** A plain transaction with `salt` in it, so that no two are alike; `paying` are its output scripts. */
export function madeTx(salt: number, paying: readonly Hex[] = ["0x51"], spending: { readonly txid: Hex; readonly index: number } | null = null): Transaction {
  const tx = new Transaction();
  tx.version = 2;
  const from = new Uint8Array(32);
  new DataView(from.buffer).setUint32(1, salt);
  from[31] = 1;
  tx.addInput(spending === null ? from : bytesOf(spending.txid), spending?.index ?? salt % 7, 0xfffffffd);
  for (const script of paying) tx.addOutput(bytesOf(script), BigInt(1000 + salt));
  if (salt % 3 === 0) tx.setWitness(0, [new Uint8Array(71).fill(salt % 251), new Uint8Array(33).fill(2)]);
  return tx;
}

function madeCoinbase(height: number): Transaction {
  const tx = new Transaction();
  const script = new Uint8Array(6);
  script[0] = 4;
  new DataView(script.buffer).setUint32(1, height, true);
  tx.addInput(new Uint8Array(32), 0xffffffff, 0xffffffff, script);
  tx.addOutput(bytesOf("0x51"), 50n);
  tx.setWitness(0, [new Uint8Array(32)]);
  return tx;
}

const meetsTarget = (block: Block): boolean => BigInt(`0x${Buffer.from(block.getHash().toReversed()).toString("hex")}`) < half;

/** A mined block over these transactions (a coinbase is put in front). */
export function mineBlock(parent: Hex, height: number, txs: readonly Transaction[]): Block {
  const block = new Block();
  block.version = 0x20000000;
  block.prevHash = bytesOf(parent);
  block.timestamp = 1_700_000_000 + height;
  block.bits = regtestBits;
  block.transactions = [madeCoinbase(height), ...txs];
  block.merkleRoot = Block.calculateMerkleRoot(block.transactions);
  while (!meetsTarget(block)) block.nonce += 1;
  return block;
}

export const rawOf = (block: Block): Hex => hexOf(block.toBuffer());
export const rawTx = (tx: Transaction): Hex => hexOf(tx.toBuffer());
export const hashOf = (block: Block): Hex => hexOf(block.getHash());

/** `count` linked blocks; only the first one holds `txs`. */
export function mineChain(txs: readonly Transaction[], count: number): readonly BitcoinBlock[] {
  const blocks: BitcoinBlock[] = [];
  let parent: Hex = `0x${"11".repeat(32)}`;
  for (let at = 0; at < count; at += 1) {
    const block = parseBlock(rawOf(mineBlock(parent, 200 + at, at === 0 ? txs : [])));
    blocks.push(block);
    parent = block.header.hash;
  }
  return blocks;
}
