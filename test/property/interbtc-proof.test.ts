/** Proofs for interBTC: whatever is built passes the check, whatever is changed does not. */
import { readFile } from "node:fs/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fullProof } from "../../devnet/interbtc/proof.ts";
import { checkInterbtcProof } from "../../relayer/proofs/interbtc-proof-check.ts";
import type { InterbtcExpectation } from "../../relayer/proofs/interbtc-proof-check.ts";
import { buildInterbtcProof } from "../../relayer/proofs/interbtc-proof.ts";
import type { InterbtcProof } from "../../src/bridges/interbtc/proof.ts";
import { parseBlock, parseTx } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinBlock } from "../../src/chains/bitcoin/codec.ts";
import { fromDisplay } from "../../src/chains/bitcoin/order.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { madeTx, mineChain } from "../support/bitcoin-blocks.ts";

function flipped(hex: Hex, bit: number): Hex {
  const bytes = Buffer.from(hex.slice(2), "hex");
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return hexOf(bytes);
}
const bitsOf = (hex: Hex): number => (hex.length - 2) * 4;
const put = <T>(list: readonly T[], at: number, item: T): readonly T[] => list.map((one, index) => (index === at ? item : one));

const mined = new Map<number, BitcoinBlock>();
/** A block of a coinbase and `txs` others, some with witnesses. */
function blockOf(txs: number): BitcoinBlock {
  const block = mined.get(txs) ?? mineChain(Array.from({ length: txs }, (_, salt) => madeTx(salt)), 1)[0];
  if (block === undefined) throw new Error("nothing was mined");
  mined.set(txs, block);
  return block;
}
function made(block: BitcoinBlock, at: number): { readonly proof: InterbtcProof; readonly want: InterbtcExpectation } {
  const tx = block.txs[at % block.txs.length];
  const output = tx?.outputs[0];
  if (tx === undefined || output === undefined) throw new Error("every transaction pays somebody");
  return { proof: buildInterbtcProof(block, tx.txid), want: { txid: tx.txid, blockHash: block.header.hash, script: output.script, leastSat: output.valueSat } };
}
const codeOf = (proof: InterbtcProof, want: InterbtcExpectation): string | null => checkInterbtcProof(proof, want)?.code ?? null;
const wrong = "interbtc-proof-wrong";

const sizes = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 299 }));
const cases = fc.record({ txs: sizes, at: fc.nat(), bit: fc.nat(), hash: fc.nat() });

describe("a proof for interBTC", () => {
  it("of any transaction of any block passes, and is what the devnet's own proof says", () => {
    fc.assert(fc.property(cases, ({ txs, at }) => {
      const block = blockOf(txs);
      const { proof, want } = made(block, at);
      expect(checkInterbtcProof(proof, want)).toBeNull();
      const twin = fullProof(block, want.txid);
      for (const [ours, theirs] of [[proof.tree, twin.userTxProof], [proof.coinbaseTree, twin.coinbaseProof]] as const) {
        expect(ours.flagBits).toEqual(theirs.merkleProof.flagBits);
        expect(ours.hashes).toEqual(theirs.merkleProof.hashes.map(({ content }) => content));
        expect(proof.transactionsCount).toBe(theirs.merkleProof.transactionsCount);
      }
    }), { numRuns: 60 });
  });

  it("is refused after a change of one bit, anywhere that a hash binds", () => {
    fc.assert(fc.property(cases, ({ txs, at, bit, hash }) => {
      const { proof, want } = made(blockOf(txs), at);
      const refuses = (changed: InterbtcProof, what: string): void => expect(codeOf(changed, want), `${what} of ${txs + 1} transactions`).toBe(wrong);
      for (const field of ["header", "coinbase"] as const) refuses({ ...proof, [field]: flipped(proof[field], bit % bitsOf(proof[field])) }, field);
      // no hash binds a witness: what passes is the same transaction, read as strictly
      const transaction = flipped(proof.transaction, bit % bitsOf(proof.transaction));
      if (codeOf({ ...proof, transaction }, want) === null) expect(parseTx(transaction).txid).toBe(want.txid);
      for (const field of ["tree", "coinbaseTree"] as const) {
        const { flagBits, hashes } = proof[field];
        for (const index of flagBits.keys()) refuses({ ...proof, [field]: { hashes, flagBits: put(flagBits, index, flagBits[index] !== true) } }, `${field} bit ${index}`);
        const index = hash % hashes.length;
        refuses({ ...proof, [field]: { flagBits, hashes: put(hashes, index, flipped(hashes[index] ?? "0x00", bit % 256)) } }, `${field} hash ${index}`);
        refuses({ ...proof, [field]: { flagBits, hashes: [...hashes, want.txid] } }, `${field} with a hash too many`);
        refuses({ ...proof, [field]: { flagBits: flagBits.slice(1), hashes } }, `${field} with a bit too few`);
      }
    }), { numRuns: 60 });
  });

  it("with another number of transactions passes only where the tree has the same height", () => {
    fc.assert(fc.property(cases, ({ txs, at }) => {
      const { proof, want } = made(blockOf(txs), at);
      for (let bit = 0; bit < 31; bit += 1) {
        const transactionsCount = proof.transactionsCount ^ (1 << bit);
        if (codeOf({ ...proof, transactionsCount }, want) === null) expect(Math.ceil(Math.log2(transactionsCount))).toBe(Math.ceil(Math.log2(proof.transactionsCount)));
      }
      for (const transactionsCount of [0, -1, 16_667, 1.5, Number.NaN]) expect(codeOf({ ...proof, transactionsCount }, want)).toBe(wrong);
    }), { numRuns: 60 });
  });

  it("is refused for another payment, block, address or amount", () => {
    fc.assert(fc.property(cases, ({ txs, at, bit }) => {
      const { proof, want } = made(blockOf(txs), at);
      for (const field of ["txid", "blockHash", "script"] as const) expect(codeOf(proof, { ...want, [field]: flipped(want[field], bit % bitsOf(want[field])) }), field).toBe(wrong);
      expect(codeOf(proof, { ...want, leastSat: want.leastSat + 1n })).toBe(wrong);
      expect(codeOf(proof, { ...want, leastSat: want.leastSat - 1n })).toBeNull();
    }), { numRuns: 60 });
  });
});

describe("real blocks", async () => {
  const path = new URL("../fixtures/bitcoin/mainnet-blocks.json", import.meta.url);
  const { blocks } = JSON.parse(await readFile(path, "utf8")) as { readonly blocks: readonly { readonly hash: string; readonly raw: string }[] };

  it.each(blocks)("of the main network: every transaction of $hash is proved", ({ hash, raw }) => {
    const block = parseBlock(`0x${raw}`);
    expect(block.header.hash).toBe(fromDisplay(hash));
    for (const at of block.txs.keys()) {
      const { proof, want } = made(block, at);
      expect(checkInterbtcProof(proof, want)).toBeNull();
      for (let bit = 0; bit < bitsOf(proof.transaction); bit += 1) expect(codeOf({ ...proof, transaction: flipped(proof.transaction, bit) }, want)).toBe(wrong);
    }
  });
});
