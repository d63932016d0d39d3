import { readFileSync } from "node:fs";

import { Block } from "bitcoinjs-lib";
import { describe, expect, it } from "vitest";

import { checkSpvProof } from "../../../relayer/proofs/bitcoin-spv-check.ts";
import { buildSpvProof } from "../../../relayer/proofs/bitcoin-spv.ts";
import type { SpvProof } from "../../../src/bridges/tbtc/proof-calls.ts";
import { parseBlock, parseHeader } from "../../../src/chains/bitcoin/codec.ts";
import { merkleTree } from "../../../src/chains/bitcoin/merkle.ts";
import { fromDisplay } from "../../../src/chains/bitcoin/order.ts";
import { failureOf } from "../../../src/core/errors.ts";
import { bytesOf, concatHex, hexOf, sizeOf, sliceHex } from "../../../src/core/hex.ts";
import type { Hex } from "../../../src/core/values.ts";
import { madeTx, mineBlock, rawOf } from "../../support/bitcoin-blocks.ts";

type Fixture = {
  readonly genesisHeader: Hex;
  readonly story: { readonly sweepTxid: string; readonly redemptionTxid: string };
  readonly blocks: readonly { readonly height: number; readonly hash: string; readonly header: Hex; readonly txs: readonly Hex[] }[];
};
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/pow-chain-up.json", import.meta.url), "utf8")) as Fixture;
const chain = fixture.blocks.map(({ header, txs }) => parseBlock(concatHex(header, hexOf(Uint8Array.of(txs.length)), ...txs)));
const headers = chain.map(({ header }) => header);
const sweep = fromDisplay(fixture.story.sweepTxid);

function proofOf(count: number): SpvProof {
  const at = chain.findIndex(({ txs }) => txs.some(({ txid }) => txid === sweep));
  const block = chain[at];
  if (block === undefined) throw new Error("the fixture has no sweep");
  return buildSpvProof(block, sweep, headers.slice(at, at + count));
}
const ruleOf = (proof: SpvProof, requiredDifficulty: bigint | null, minHeaders = 1): unknown => {
  const failure = checkSpvProof(proof, { txid: sweep, requiredDifficulty, minHeaders });
  return failure === null ? "good" : failure.evidence;
};
const flip = (hex: Hex, bit: number): Hex => {
  const bytes = bytesOf(hex);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return hexOf(bytes);
};

describe("a proof over headers with real work", () => {
  it("reads hashes and difficulties as the chain had them, across a retarget", () => {
    expect(headers.map(({ hash }) => hash)).toEqual(fixture.blocks.map(({ hash }) => fromDisplay(hash)));
    expect(headers.map(({ difficulty }) => difficulty)).toEqual([1n, 1n, 2n, 2n, 2n, 2n]);
  });

  it("passes as soon as the difficulties add up, also over a change of difficulty, and not before", () => {
    expect(ruleOf(proofOf(1), 1n)).toBe("good");
    expect(ruleOf(proofOf(1), 3n)).toMatchObject({ rule: "the difficulties add up to at least 3" });
    expect(ruleOf(proofOf(2), 3n)).toBe("good");
    expect(ruleOf(proofOf(2), 4n)).toMatchObject({ rule: "the difficulties add up to at least 4" });
  });

  it("is refused with fewer headers than asked for", () => {
    expect(ruleOf(proofOf(2), null, 3)).toMatchObject({ rule: "headers are whole and at least 3" });
    expect(ruleOf({ ...proofOf(1), headers: "0x" }, null, 0)).toMatchObject({ rule: "headers are whole and at least 1" });
  });

  it("is refused when any bit of any header is changed: links and work hold them all", () => {
    const proof = proofOf(3);
    for (let bit = 0; bit < sizeOf(proof.headers) * 8; bit += 1) {
      expect(ruleOf({ ...proof, headers: flip(proof.headers, bit) }, 5n), `bit ${bit}`).not.toBe("good");
    }
  });

  it("is refused over a header that has no work, though it claims a target", () => {
    expect(parseHeader(fixture.genesisHeader).difficulty).toBe(1n);
    expect(ruleOf({ ...proofOf(1), headers: fixture.genesisHeader }, null)).toMatchObject({ rule: "each header's hash meets its target" });
  });

  it("is refused when the end is not the block our own chain has there", () => {
    const tip = headers.at(-1)?.hash ?? "0x";
    expect(checkSpvProof(proofOf(2), { txid: sweep, requiredDifficulty: null, minHeaders: 1, tip })?.evidence).toMatchObject({ rule: "the last header is the one our chain has" });
  });

  it("is refused when bytes move from one part of the transaction to the next, though the id stays", () => {
    const proof = proofOf(2);
    const moved = { ...proof, inputVector: sliceHex(proof.inputVector, 0, sizeOf(proof.inputVector) - 1), outputVector: concatHex(sliceHex(proof.inputVector, sizeOf(proof.inputVector) - 1), proof.outputVector) };
    expect(ruleOf(moved, null)).toMatchObject({ rule: "inputVector ends with its last item" });
  });

  it("is refused when both branches are shortened to meet an inner node", () => {
    const proof = proofOf(2);
    expect(ruleOf({ ...proof, merkleProof: sliceHex(proof.merkleProof, 32), coinbaseProof: sliceHex(proof.coinbaseProof, 32) }, null)).not.toBe("good");
    expect(ruleOf({ ...proof, coinbaseProof: sliceHex(proof.coinbaseProof, 32) }, null)).toMatchObject({ rule: "both branches are of equal depth" });
  });

  it("is refused with the coinbase's id, or its hash with witness, in place of the one-round hash", () => {
    const proof = proofOf(2);
    const coinbase = chain.find(({ txs }) => txs.some(({ txid }) => txid === sweep))?.txs[0];
    expect(ruleOf({ ...proof, coinbasePreimage: coinbase?.txid ?? "0x" }, null)).toMatchObject({ rule: "the coinbase's branch leads to the first header's root" });
  });

  it("cannot be built for a transaction that is not in the block", () => {
    const [first] = chain;
    if (first === undefined) throw new Error("the fixture is empty");
    const build = (): unknown => buildSpvProof(first, `0x${"00".repeat(32)}`, headers);
    expect(() => build()).toThrow("is not among");
    try {
      build();
    } catch (error) {
      expect(failureOf(error)).toMatchObject({ remedy: "Invalid", code: "transaction-not-in-block" });
    }
  });

  it("takes nothing that is not hex for bytes", () => {
    expect(ruleOf({ ...proofOf(1), merkleProof: "0xzz" }, null)).toMatchObject({ rule: "merkleProof is hex of whole bytes" });
    expect(ruleOf({ ...proofOf(1), txIndex: 0.5 }, null)).toMatchObject({ rule: "the index fits merkleProof" });
    expect(ruleOf({ ...proofOf(1), txIndex: -1 }, null)).toMatchObject({ rule: "the index fits merkleProof" });
  });
});

describe("a block's transactions", () => {
  const [last, ...rest] = [3, 2].map((salt) => madeTx(salt));
  const made = mineBlock(`0x${"11".repeat(32)}`, 5, last === undefined ? [] : [...rest, last]);
  const { header, txs } = parseBlock(rawOf(made));

  it("are refused when the end of the list is repeated, though the root is the same", () => {
    const list = txs.map(({ stripped }) => stripped);
    const end = list.at(-1) ?? "0x";
    expect(merkleTree([...txs, ...txs.slice(-1)]).root).toBe(header.merkleRoot);
    expect(parseBlock(concatHex(header.raw, "0x03", ...list)).txs.length).toBe(3);
    expect(() => parseBlock(concatHex(header.raw, "0x04", ...list, end))).toThrow("does not commit to");
  });

  it("are refused without a coinbase at the front", () => {
    const alone = new Block();
    Object.assign(alone, { version: 1, prevHash: new Uint8Array(32), bits: 0x207fffff, transactions: [madeTx(1)], merkleRoot: madeTx(1).getHash() });
    expect(() => parseBlock(rawOf(alone))).toThrow("does not commit to");
  });
});
