import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Block } from "bitcoinjs-lib";

import { checkSpvProof } from "../../relayer/proofs/bitcoin-spv-check.ts";
import { buildSpvProof } from "../../relayer/proofs/bitcoin-spv.ts";
import type { SpvProof } from "../../src/bridges/tbtc/proof-calls.ts";
import { merkleTree } from "../../src/chains/bitcoin/merkle.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { madeTx, mineChain } from "../support/bitcoin-blocks.ts";

const hexFields = ["version", "inputVector", "outputVector", "locktime", "merkleProof", "headers", "coinbasePreimage", "coinbaseProof"] as const;

function flipped(hex: Hex, bit: number): Hex {
  const bytes = Buffer.from(hex.slice(2), "hex");
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return `0x${bytes.toString("hex")}`;
}

/** a block of 1..300 transactions, a position in it, blocks on top */
const cases = fc.record({
  txs: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 299 })),
  at: fc.nat(),
  headers: fc.integer({ min: 1, max: 4 }),
  bit: fc.nat(),
});

function made({ txs, at, headers }: { readonly txs: number; readonly at: number; readonly headers: number }) {
  const chain = mineChain(Array.from({ length: txs }, (_, salt) => madeTx(salt)), headers);
  const [block] = chain;
  const tx = block?.txs[at % (txs + 1)];
  const tip = chain.at(-1)?.header.hash;
  if (block === undefined || tx === undefined || tip === undefined) throw new Error("nothing was made");
  const proof = buildSpvProof(block, tx.txid, chain.map(({ header }) => header));
  return { block, proof, want: { txid: tx.txid, requiredDifficulty: null, minHeaders: headers, tip } };
}

describe("Bitcoin proofs", () => {
  it("accepts whatever is built for any transaction of any block", () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { proof, want } = made(input);
        expect(checkSpvProof(proof, want)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it("refuses any change of one bit in any field", () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { proof, want } = made(input);
        for (const field of hexFields) {
          if (proof[field] === "0x") continue;
          const changed: SpvProof = { ...proof, [field]: flipped(proof[field], input.bit % ((proof[field].length - 2) * 4)) };
          expect(checkSpvProof(changed, want)?.code, `${field} of ${input.txs + 1} transactions`).toBe("spv-proof-wrong");
        }
        for (let bit = 0; bit < 30; bit += 1) {
          const changed = { ...proof, txIndex: proof.txIndex ^ (1 << bit) };
          expect(checkSpvProof(changed, want)?.code, `index bit ${bit} of ${input.txs + 1} transactions`).toBe("spv-proof-wrong");
        }
      }),
      { numRuns: 60 },
    );
  });

  it("hashes every tree to the root that bitcoinjs-lib computes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
        const txs = Array.from({ length: count }, (_, salt) => madeTx(salt));
        const tree = merkleTree(txs.map((tx) => ({ txid: hexOf(tx.getHash()) })));
        expect(tree.root).toBe(hexOf(Block.calculateMerkleRoot(txs)));
        expect(tree.ambiguous).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
