/** The rules of the check for interBTC's proofs, each broken once, and padding as other builders make it. */
import type { Transaction } from "bitcoinjs-lib";
import { describe, expect, test } from "vitest";
import { checkInterbtcProof } from "../../../relayer/proofs/interbtc-proof-check.ts";
import { buildInterbtcProof } from "../../../relayer/proofs/interbtc-proof.ts";
import type { InterbtcProof } from "../../../src/bridges/interbtc/proof.ts";
import { parseTx } from "../../../src/chains/bitcoin/codec.ts";
import type { BitcoinBlock } from "../../../src/chains/bitcoin/codec.ts";
import { merkleTree } from "../../../src/chains/bitcoin/merkle.ts";
import { failureOf } from "../../../src/core/errors.ts";
import { concatHex } from "../../../src/core/hex.ts";
import type { Hex } from "../../../src/core/values.ts";
import { madeTx, mineChain, rawTx } from "../../support/bitcoin-blocks.ts";

const script: Hex = `0x0014${"ab".repeat(20)}`;
const payment = madeTx(6, ["0x51", script, script]);

function blockWith(txs: readonly Transaction[]): BitcoinBlock {
  const [block] = mineChain(txs, 1);
  if (block === undefined) throw new Error("nothing was mined");
  return block;
}
const txid = parseTx(rawTx(payment)).txid;
const block = blockWith([madeTx(1), payment, madeTx(2), madeTx(3)]);
const proof = buildInterbtcProof(block, txid);
const want = { txid, blockHash: block.header.hash, script, leastSat: 1006n };
const ruleBroken = (changed: InterbtcProof, expected = want): unknown => (checkInterbtcProof(changed, expected)?.evidence as { readonly rule?: unknown } | null | undefined)?.rule ?? null;

describe("building", () => {
  test("keeps the payment's witness and drops the coinbase's", () => {
    expect(proof.transaction).toBe(rawTx(payment));
    expect(proof.coinbase).toBe(block.txs[0]?.stripped);
    expect(checkInterbtcProof(proof, want)).toBeNull();
  });
  test("a transaction of another block is refused", () => {
    const build = (): unknown => buildInterbtcProof(block, `0x${"00".repeat(32)}`);
    expect(build).toThrow();
    try {
      build();
    } catch (thrown) {
      expect(failureOf(thrown)).toMatchObject({ remedy: "Invalid", code: "transaction-not-in-block", evidence: { block: block.header.hash } });
    }
  });
});

describe("the check", () => {
  test("takes bits filled up to a byte with zeros, and no others", () => {
    const { flagBits, hashes } = proof.tree;
    const missing = 8 - (flagBits.length % 8);
    const padded = (count: number, bit = false): InterbtcProof => ({ ...proof, tree: { hashes, flagBits: [...flagBits, ...Array.from({ length: count }, () => bit)] } });
    expect(ruleBroken(padded(missing))).toBeNull();
    for (const bad of [padded(missing, true), padded(missing + 1), padded(missing + 8)]) expect(ruleBroken(bad)).toBe("tree uses all its bits but for a byte's zero padding");
  });

  test("the first output to the address counts, whatever comes later", () => {
    const small = madeTx(9, [script]);
    small.addOutput(Buffer.from(script.slice(2), "hex"), 5_000_000n);
    const other = blockWith([small]);
    const id = parseTx(rawTx(small)).txid;
    expect(ruleBroken(buildInterbtcProof(other, id), { txid: id, blockHash: other.header.hash, script, leastSat: 1010n })).toBe("the first output to the deposit address holds at least 1010 satoshi");
  });

  test("a block that names a transaction twice proves nothing: its root is also another block's", () => {
    const txs = [...block.txs.slice(0, 3), ...block.txs.slice(2, 3)];
    const [twin, real] = [merkleTree(txs).root, merkleTree(txs.slice(0, 3)).root];
    expect(twin).toBe(real);
    const honest = blockWith([madeTx(1), payment]);
    const doubled: InterbtcProof = buildInterbtcProof({ header: honest.header, txs: [...honest.txs, ...honest.txs.slice(2)] }, txid);
    expect(ruleBroken(doubled, { ...want, blockHash: honest.header.hash })).toBe("tree pairs no node with its like");
  });

  test("only the block's first transaction, which spends nothing, is its coinbase", () => {
    const second = block.txs[1]?.stripped ?? "0x";
    expect(ruleBroken({ ...proof, coinbase: second })).toBe("the coinbase spends nothing");
    const coinbase = parseTx(proof.coinbase);
    expect(ruleBroken({ ...proof, coinbase: concatHex(coinbase.version, "0x0001", coinbase.inputVector, coinbase.outputVector, "0x010100", coinbase.locktime) })).toBe("the coinbase comes without its witness");
    expect(ruleBroken({ ...proof, coinbaseTree: proof.tree })).toBe("the coinbase is the block's first transaction");
  });

  test("a transaction as long as two hashes could be an inner node", () => {
    const tx = madeTx(1, ["0x51515151"]);
    const raw = parseTx(rawTx(tx)).stripped;
    expect(raw.length).toBe(2 + 128);
    const other = blockWith([tx]);
    const id = parseTx(rawTx(tx)).txid;
    expect(ruleBroken(buildInterbtcProof(other, id), { txid: id, blockHash: other.header.hash, script: "0x51515151", leastSat: 1n })).toBe("transaction is of a size that no inner node has and a block can hold");
  });

  test("anything but hex, short of bytes or with bytes left over is refused, not thrown", () => {
    for (const transaction of ["0x", "0xzz", "", `${proof.transaction}00`, proof.transaction.slice(0, -2), `0x${"ff".repeat(60)}`] as Hex[]) {
      expect(checkInterbtcProof({ ...proof, transaction }, want)).toMatchObject({ remedy: "Invalid", code: "interbtc-proof-wrong" });
    }
  });
});
