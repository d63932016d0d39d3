import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDepositScript } from "../../src/bridges/tbtc/deposit-script.ts";
import { classifyWalletTx } from "../../src/bridges/tbtc/classify-wallet-tx.ts";
import { decodeProofCall, encodeRedemptionProof } from "../../src/bridges/tbtc/proof-calls.ts";
import type { TbtcProof } from "../../src/bridges/tbtc/proof-calls.ts";
import { workRequirement } from "../../src/bridges/tbtc/work-requirement.ts";
import type { Hex } from "../../src/core/values.ts";
import { concatHex } from "../../src/core/hex.ts";
import { checkTbtcProof } from "../../relayer/lanes/tbtc-proof-check.ts";
import type { TbtcAnchor } from "../../relayer/lanes/tbtc-proof-check.ts";
import { buildSpvProof } from "../../relayer/proofs/bitcoin-spv.ts";
import { redemption, storyBlocks, sweep, wallet } from "../support/tbtc-story.ts";
import { sweptMainHash } from "../support/tbtc-fakes.ts";

const hexOfLength = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((raw): Hex => `0x${Buffer.from(raw).toString("hex")}`);

const headers = storyBlocks.filter(({ height }) => height >= redemption.block.height).map(({ header }) => header);
const mainUtxo = { txid: sweep.tx.txid, index: 0, valueSat: sweep.tx.outputs[0]?.valueSat.toString() ?? "0" };
const proof: TbtcProof = { wallet, mainUtxo, vault: null, spv: buildSpvProof(redemption.block, redemption.tx.txid, headers) };
const anchor: TbtcAnchor = { block: redemption.block.ref, headers: 3, requiredDifficulty: 6n, mainUtxoHash: sweptMainHash, mainUtxo, vault: null };
const check = (candidate: TbtcProof) => checkTbtcProof("redemption", wallet, redemption.tx.txid, anchor, candidate);

/** every byte string of a proof, by where it is */
const parts = ["version", "inputVector", "outputVector", "locktime", "merkleProof", "headers", "coinbasePreimage", "coinbaseProof"] as const;
const flip = (hex: Hex, bit: number): Hex => {
  const raw = Buffer.from(hex.slice(2), "hex");
  const at = bit % (raw.length * 8);
  raw[at >> 3] = (raw[at >> 3] ?? 0) ^ (1 << (at & 7));
  return `0x${raw.toString("hex")}`;
};

describe("check of a tBTC proof", () => {
  it("passes the proof as built", () => {
    expect(check(proof)).toBeNull();
  });

  it("refuses any one-bit change of any part", () => {
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.nat(), (part, bit) => {
        expect(check({ ...proof, spv: { ...proof.spv, [part]: flip(proof.spv[part], bit) } })).not.toBeNull();
      }),
      { numRuns: 400 },
    );
  });

  it("refuses any other main UTXO, wallet or position", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 9 }), (bit, more) => {
        expect(check({ ...proof, mainUtxo: { ...mainUtxo, txid: flip(mainUtxo.txid, bit) } })).not.toBeNull();
        expect(check({ ...proof, mainUtxo: { ...mainUtxo, index: more } })).not.toBeNull();
        expect(check({ ...proof, mainUtxo: { ...mainUtxo, valueSat: (BigInt(mainUtxo.valueSat) + BigInt(more)).toString() } })).not.toBeNull();
        expect(check({ ...proof, wallet: flip(wallet, bit) })).not.toBeNull();
        expect(check({ ...proof, spv: { ...proof.spv, txIndex: (proof.spv.txIndex + more) % 16 } })).not.toBeNull();
      }),
    );
  });
});

describe("call data", () => {
  it("brings back the transaction and the main UTXO it was made of", () => {
    fc.assert(
      fc.property(hexOfLength(32), fc.integer({ min: 0, max: 0xffffffff }), fc.bigInt({ min: 1n, max: 2_100_000_000_000_000n }), hexOfLength(20), (txid, index, valueSat, owner) => {
        const call = decodeProofCall(encodeRedemptionProof({ ...proof, wallet: owner, mainUtxo: { txid, index, valueSat: valueSat.toString() } }));
        expect(call).toMatchObject({ effect: "redemption", tx: { txid: redemption.tx.txid, outputs: redemption.tx.outputs }, mainUtxo: { outpoint: { txid, index }, valueSat }, wallet: owner });
      }),
    );
  });
});

describe("deposit script", () => {
  it("gives back its fields, with and without extra data", () => {
    const fields = fc.record({ depositor: hexOfLength(20), extraData: fc.option(hexOfLength(32)), blindingFactor: hexOfLength(8), wallet: hexOfLength(20), refundPubKeyHash: hexOfLength(20), refundLocktime: hexOfLength(4) });
    fc.assert(
      fc.property(fields, (given) => {
        const extra: Hex = given.extraData === null ? "0x" : concatHex("0x20", given.extraData, "0x75");
        const script = concatHex("0x14", given.depositor, "0x75", extra, "0x08", given.blindingFactor, "0x7576a914", given.wallet, "0x8763ac6776a914", given.refundPubKeyHash, "0x8804", given.refundLocktime, "0xb175ac68");
        expect(parseDepositScript(script)).toEqual(given);
      }),
    );
  });
});

describe("classification", () => {
  it("never throws and never takes a transaction without the wallet's key", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 130 }), { maxLength: 4 }), fc.uint8Array({ maxLength: 200 }), (stack, scriptSig) => {
        const hex = (raw: Uint8Array): Hex => `0x${Buffer.from(raw).toString("hex")}`;
        const inputs = [{ outpoint: sweep.tx.inputs[0]?.outpoint ?? { txid: wallet, index: 0 }, scriptSig: hex(scriptSig), sequence: 0, witness: stack.map(hex) }];
        expect(classifyWalletTx({ ...sweep.tx, inputs }, wallet)).toBeNull();
      }),
    );
  });
});

describe("work requirement", () => {
  const difficulties = fc.array(fc.bigInt({ min: 1n, max: 50n }), { minLength: 1, maxLength: 60 });

  it("is the least number of headers whose sum is enough, and never more than there are", () => {
    fc.assert(
      fc.property(difficulties, fc.bigInt({ min: 1n, max: 12n }), fc.nat({ max: 8 }), fc.nat({ max: 5000 }), (given, factor, minHeaders, height) => {
        const first = given[0] ?? 1n;
        const answer = workRequirement({ height, difficulties: given, relay: { current: first, previous: 0n, epoch: null }, factor, minHeaders, maxHeaders: 1000 });
        const sum = (count: number) => given.slice(0, count).reduce((total, difficulty) => total + difficulty, 0n);
        if (answer.kind === "enough") {
          expect(answer.headers).toBeLessThanOrEqual(given.length);
          expect(sum(answer.headers)).toBeGreaterThanOrEqual(first * factor);
          expect(sum(answer.headers - 1)).toBeLessThan(first * factor);
        } else {
          expect(answer).toMatchObject({ kind: "not-yet" });
          if (answer.kind === "not-yet" && answer.height !== null) expect(answer.height).toBeGreaterThan(height + given.length - 1);
        }
      }),
    );
  });
});
