import { solidityPackedKeccak256 } from "ethers";
import { describe, expect, it } from "vitest";
import { lengthPrefixed, mainUtxoHash, movingFundsCommitment, outpointKey, publicKeyHashOf, redemptionKey, walletScripts } from "../../../src/bridges/tbtc/keys.ts";
import type { Hex } from "../../../src/core/values.ts";
import { redemption, story, sweep, wallet } from "../../support/tbtc-story.ts";

const solidityKey = (txid: Hex, index: number) => solidityPackedKeccak256(["bytes32", "uint32"], [txid, index]);

describe("keys of the Bridge", () => {
  it("files an outpoint as keccak256(bytes32 | uint32)", () => {
    for (const index of [0, 1, 255, 65_536, 0xffffffff]) expect(outpointKey({ txid: sweep.tx.txid, index })).toBe(solidityKey(sweep.tx.txid, index));
  });

  it("hashes a main UTXO as keccak256(bytes32 | uint32 | uint64)", () => {
    const utxo = { outpoint: { txid: sweep.tx.txid, index: 7 }, valueSat: 2_100_000_000_000_000n };
    expect(mainUtxoHash(utxo)).toBe(solidityPackedKeccak256(["bytes32", "uint32", "uint64"], [sweep.tx.txid, 7, 2_100_000_000_000_000n]));
  });

  it("files a redemption by its script with length and the wallet", () => {
    for (const { outputScript } of story.redemptions) {
      const inner = solidityPackedKeccak256(["bytes"], [lengthPrefixed(outputScript)]);
      expect(redemptionKey(outputScript, wallet)).toBe(solidityPackedKeccak256(["bytes32", "bytes20"], [inner, wallet]));
    }
    expect(lengthPrefixed("0x001411")).toBe("0x03001411");
  });

  it("pads each target of moving funds to 32 bytes on the right", () => {
    const targets: Hex[] = [wallet, `0x${"11".repeat(20)}`];
    expect(movingFundsCommitment(targets)).toBe(solidityPackedKeccak256(["bytes20[]"], [targets]));
  });

  it("knows both scripts of a wallet and reads the hash back from them only", () => {
    for (const script of walletScripts(wallet)) expect(publicKeyHashOf(script)).toBe(wallet);
    expect(publicKeyHashOf(story.redemptions[1]?.outputScript ?? "0x")).toBeNull();
    expect(publicKeyHashOf(redemption.tx.outputs[3]?.script ?? "0x")).toBe(wallet);
  });
});
