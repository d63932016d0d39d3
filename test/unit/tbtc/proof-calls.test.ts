import { AbiCoder, Interface } from "ethers";
import { describe, expect, it } from "vitest";
import { decodeProofCall, encodeRedemptionProof, encodeSweepProof, mainUtxoAfter } from "../../../src/bridges/tbtc/proof-calls.ts";
import type { TbtcProof } from "../../../src/bridges/tbtc/proof-calls.ts";
import type { BitcoinTx } from "../../../src/chains/bitcoin/codec.ts";
import type { Hex } from "../../../src/core/values.ts";
import { redemption, sweep, wallet } from "../../support/tbtc-story.ts";

const proofOf = (tx: BitcoinTx, mainUtxo: TbtcProof["mainUtxo"], vault: Hex | null): TbtcProof => ({
  wallet, mainUtxo, vault,
  spv: {
    version: tx.version, inputVector: tx.inputVector, outputVector: tx.outputVector, locktime: tx.locktime, txIndex: 6,
    merkleProof: `0x${"01".repeat(96)}`, headers: `0x${"02".repeat(160)}`, coinbasePreimage: `0x${"03".repeat(32)}`, coinbaseProof: `0x${"04".repeat(96)}`,
  },
});
const main = { txid: sweep.tx.txid, index: 0, valueSat: "51338475" };
const vault: Hex = `0x${"5a".repeat(20)}`;

const info = "tuple(bytes4,bytes,bytes,bytes4)";
const spv = "tuple(bytes,uint256,bytes,bytes32,bytes)";
const utxo = "tuple(bytes32,uint32,uint64)";
const flat = (data: Hex, last: string) => (AbiCoder.defaultAbiCoder().decode([info, spv, utxo, last], `0x${data.slice(10)}`)).toArray(true) as unknown[];

describe("call data", () => {
  it("of a sweep carries transaction, proof, main UTXO and vault where the contract reads them", () => {
    const data = encodeSweepProof(proofOf(sweep.tx, null, vault));
    expect(data.slice(0, 10)).toBe(new Interface([`function submitDepositSweepProof(${info},${spv},${utxo},address)`]).getFunction("submitDepositSweepProof")?.selector);
    expect(flat(data, "address")).toEqual([
      [sweep.tx.version, sweep.tx.inputVector, sweep.tx.outputVector, sweep.tx.locktime],
      [`0x${"01".repeat(96)}`, 6n, `0x${"02".repeat(160)}`, `0x${"03".repeat(32)}`, `0x${"04".repeat(96)}`],
      [`0x${"00".repeat(32)}`, 0n, 0n],
      "0x5A5A5A5a5A5a5a5a5a5a5a5A5a5a5a5A5A5A5A5A",
    ].map((part) => (typeof part === "string" ? expect.stringMatching(new RegExp(part, "i")) as unknown : part)));
  });

  it("of a redemption ends in the wallet", () => {
    const data = encodeRedemptionProof(proofOf(redemption.tx, main, null));
    expect(flat(data, "bytes20").slice(2)).toEqual([[main.txid, 0n, 51_338_475n], wallet]);
  });

  it("comes back as the transaction it proves", () => {
    expect(decodeProofCall(encodeSweepProof(proofOf(sweep.tx, null, vault)))).toMatchObject({ effect: "sweep", tx: { txid: sweep.tx.txid }, mainUtxo: null, vault, wallet: null });
    expect(decodeProofCall(encodeRedemptionProof(proofOf(redemption.tx, main, null)))).toMatchObject({
      effect: "redemption", tx: { txid: redemption.tx.txid }, mainUtxo: { outpoint: { txid: main.txid, index: 0 }, valueSat: 51_338_475n }, vault: null, wallet,
    });
  });

  it("of another function, or cut short, or with parts that are no transaction, is not taken for a proof", () => {
    const data = encodeSweepProof(proofOf(sweep.tx, null, vault));
    expect(decodeProofCall(`0xdeadbeef${data.slice(10)}`)).toBeNull();
    expect(decodeProofCall(data.slice(0, -64 * 20) as Hex)).toBeNull();
    expect(decodeProofCall("0x")).toBeNull();
    expect(decodeProofCall(encodeSweepProof(proofOf({ ...sweep.tx, inputVector: "0x01ff" }, null, vault)))).toBeNull();
  });
});

describe("main UTXO after a proof", () => {
  it("is output 0 of a sweep and the first output to the wallet of a redemption", () => {
    expect(mainUtxoAfter({ effect: "sweep", tx: sweep.tx }, wallet)).toEqual({ outpoint: { txid: sweep.tx.txid, index: 0 }, valueSat: sweep.tx.outputs[0]?.valueSat });
    expect(mainUtxoAfter({ effect: "redemption", tx: redemption.tx }, wallet)).toEqual({ outpoint: { txid: redemption.tx.txid, index: 3 }, valueSat: redemption.tx.outputs[3]?.valueSat });
  });

  it("passes over outputs of value zero, as the Bridge does", () => {
    const outputs = [{ ...redemption.tx.outputs[3], valueSat: 0n }, ...redemption.tx.outputs] as BitcoinTx["outputs"];
    expect(mainUtxoAfter({ effect: "redemption", tx: { ...redemption.tx, outputs } }, wallet)?.outpoint.index).toBe(4);
  });

  it("is none when nothing comes back or the funds moved to other wallets", () => {
    expect(mainUtxoAfter({ effect: "redemption", tx: { ...redemption.tx, outputs: redemption.tx.outputs.slice(0, 3) } }, wallet)).toBeNull();
    expect(mainUtxoAfter({ effect: "moving-funds", tx: sweep.tx }, wallet)).toBeNull();
  });
});
