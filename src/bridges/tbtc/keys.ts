/**
 * Keys and hashes by which the Bridge files deposits, redemptions and main UTXOs, and the scripts of a wallet.
 * Always: computed as the contracts do; transaction hashes in wire order; output scripts enter without length prefix
 * and are hashed with it.
 * Never: I/O.
 */
import { keccak256 } from "../../chains/ethereum/abi.ts";
import { concatHex, sizeOf } from "../../core/hex.ts";
import type { Hex, Outpoint } from "../../core/values.ts";

/** An output with its value, as the contracts take it. */
export type Utxo = { readonly outpoint: Outpoint; readonly valueSat: bigint };

export const noHash: Hex = `0x${"0".repeat(64)}`;
export const noAddress: Hex = `0x${"0".repeat(40)}`;

const unsigned = (value: bigint | number, bytes: number): Hex => `0x${value.toString(16).padStart(2 * bytes, "0")}`;

/** keccak256(txHash | uint32 index, big-endian): key of a deposit, of a moved-funds request and of a spent main UTXO. */
export const outpointKey = (outpoint: Outpoint): Hex => keccak256(concatHex(outpoint.txid, unsigned(outpoint.index, 4)));

/** keccak256(txHash | uint32 index | uint64 value, big-endian): what a wallet stores about its main UTXO. */
export const mainUtxoHash = (utxo: Utxo): Hex =>
  keccak256(concatHex(utxo.outpoint.txid, unsigned(utxo.outpoint.index, 4), unsigned(utxo.valueSat, 8)));

/** A standard output script with its length in front (at most 75 bytes), as the contracts pass and hash it. */
export const lengthPrefixed = (script: Hex): Hex => concatHex(unsigned(sizeOf(script), 1), script);

/** keccak256(keccak256(script with length) | wallet): key of a redemption request. Scripts above 252 bytes are never requested. */
export const redemptionKey = (script: Hex, wallet: Hex): Hex => keccak256(concatHex(keccak256(lengthPrefixed(script)), wallet));

/** P2WPKH and P2PKH script of a wallet (20-byte hash of its compressed key); the Bridge recognises both. */
export const walletScripts = (wallet: Hex): readonly [p2wpkh: Hex, p2pkh: Hex] => [concatHex("0x0014", wallet), concatHex("0x76a914", wallet, "0x88ac")];

/** Hash a wallet stores about the wallets its funds move to: each 20-byte hash is padded to 32 bytes on the right. */
export const movingFundsCommitment = (wallets: readonly Hex[]): Hex =>
  keccak256(concatHex(...wallets.map((wallet) => concatHex(wallet, `0x${"0".repeat(24)}`))));

/** The 20-byte hash an output script of type P2WPKH or P2PKH pays, or null for another type. */
export function publicKeyHashOf(script: Hex): Hex | null {
  const found = /^0x(?:0014([0-9a-f]{40})|76a914([0-9a-f]{40})88ac)$/.exec(script);
  const hash = found?.[1] ?? found?.[2];
  return hash === undefined ? null : `0x${hash}`;
}
