/**
 * The calls that prove a wallet's transaction: a stored proof as call data, and call data back as the transaction it
 * proved (that is where the wallet's newest main UTXO is read from).
 * Always: the transaction id is computed from the call's own bytes, never taken from elsewhere.
 * Never: guesses about wrapped calls; what is not one of the four functions is null.
 */
import { bigintAt, hexAt, recordAt } from "../../chains/ethereum/abi.ts";
import type { AbiValue } from "../../chains/ethereum/abi.ts";
import { parseTx } from "../../chains/bitcoin/codec.ts";
import type { BitcoinTx } from "../../chains/bitcoin/codec.ts";
import { GantryError } from "../../core/errors.ts";
import { concatHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import { bridgeAbi } from "./contracts.ts";
import { noAddress, noHash, walletScripts } from "./keys.ts";
import type { Utxo } from "./keys.ts";

/**
 * Formats of the contracts' Info and Proof. `version`, `inputVector`, `outputVector`, `locktime`: the transaction without witness,
 * split. `merkleProof`: sibling hashes, leaf level first. `headers`: raw, the transaction's block first. `coinbasePreimage`: ONE
 * round of SHA-256 over the coinbase without witness. `coinbaseProof`: the branch of index 0.
 */
export type SpvProof = {
  readonly version: Hex;
  readonly inputVector: Hex;
  readonly outputVector: Hex;
  readonly locktime: Hex;
  readonly txIndex: number;
  readonly merkleProof: Hex;
  readonly headers: Hex;
  readonly coinbasePreimage: Hex;
  readonly coinbaseProof: Hex;
};
/** A main UTXO as stored; null stands for "the wallet has none". */
type StoredUtxo = { readonly txid: Hex; readonly index: number; readonly valueSat: string };
/** What a lane stores as its proof. `vault` is null for redemptions. */
export type TbtcProof = {
  readonly wallet: Hex;
  readonly mainUtxo: StoredUtxo | null;
  readonly vault: Hex | null;
  readonly spv: SpvProof;
};

const tuple = (parts: Readonly<Record<string, AbiValue>>): AbiValue => Object.values(parts);

function commonArguments(proof: TbtcProof): readonly AbiValue[] {
  const { spv, mainUtxo } = proof;
  return [
    tuple({ version: spv.version, inputVector: spv.inputVector, outputVector: spv.outputVector, locktime: spv.locktime }),
    tuple({
      merkleProof: spv.merkleProof,
      txIndexInBlock: BigInt(spv.txIndex),
      bitcoinHeaders: spv.headers,
      coinbasePreimage: spv.coinbasePreimage,
      coinbaseProof: spv.coinbaseProof,
    }),
    tuple({
      txHash: mainUtxo?.txid ?? noHash,
      txOutputIndex: BigInt(mainUtxo?.index ?? 0),
      txOutputValue: BigInt(mainUtxo?.valueSat ?? 0),
    }),
  ];
}

/** Call data of submitDepositSweepProof, for the Bridge and the MaintainerProxy alike. */
export const encodeSweepProof = (proof: TbtcProof): Hex =>
  bridgeAbi.encode("submitDepositSweepProof", [...commonArguments(proof), proof.vault ?? noAddress]);

/** Call data of submitRedemptionProof, for the Bridge and the MaintainerProxy alike. */
export const encodeRedemptionProof = (proof: TbtcProof): Hex =>
  bridgeAbi.encode("submitRedemptionProof", [...commonArguments(proof), proof.wallet]);

export type ProofCall = {
  readonly effect: "sweep" | "redemption" | "moving-funds" | "moved-funds-sweep";
  readonly tx: BitcoinTx;
  /** the main UTXO the caller passed; null when all zero */
  readonly mainUtxo: Utxo | null;
  /** sweeps only */
  readonly vault: Hex | null;
  /** redemptions and moving funds only */
  readonly wallet: Hex | null;
};

const effects: Readonly<Record<string, ProofCall["effect"]>> = {
  submitDepositSweepProof: "sweep",
  submitRedemptionProof: "redemption",
  submitMovingFundsProof: "moving-funds",
  submitMovedFundsSweepProof: "moved-funds-sweep",
};

/** The proof inside call data, or null when it is another function or its transaction does not decode. */
export function decodeProofCall(data: Hex): ProofCall | null {
  const call = bridgeAbi.decodeCall(data);
  const effect = call === null ? undefined : effects[call.fn];
  if (call === null || effect === undefined) return null;
  const info = recordAt(call.args, "info");
  const main = recordAt(call.args, "mainUtxo");
  try {
    const tx = parseTx(concatHex(hexAt(info, "version"), hexAt(info, "inputVector"), hexAt(info, "outputVector"), hexAt(info, "locktime")));
    const txid = hexAt(main, "txHash");
    return {
      effect,
      tx,
      mainUtxo: txid === noHash ? null : { outpoint: { txid, index: Number(bigintAt(main, "txOutputIndex")) }, valueSat: bigintAt(main, "txOutputValue") },
      vault: effect === "sweep" ? hexAt(call.args, "vault") : null,
      wallet: effect === "redemption" || effect === "moving-funds" ? hexAt(call.args, "walletPubKeyHash") : null,
    };
  } catch (thrown) {
    if (thrown instanceof GantryError) return null;
    throw thrown;
  }
}

/**
 * The main UTXO a proof leaves the wallet with: output 0 of a sweep, the first non-zero output to the wallet of a
 * redemption, none after its funds moved away.
 */
export function mainUtxoAfter(call: Pick<ProofCall, "effect" | "tx">, wallet: Hex): Utxo | null {
  if (call.effect === "moving-funds") return null;
  const scripts: readonly Hex[] = walletScripts(wallet);
  const index = call.tx.outputs.findIndex((output) => scripts.includes(output.script) && output.valueSat > 0n);
  const output = call.tx.outputs[index];
  return output === undefined ? null : { outpoint: { txid: call.tx.txid, index }, valueSat: output.valueSat };
}
