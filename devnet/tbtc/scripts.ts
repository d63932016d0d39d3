/**
 * The Bitcoin scripts of tBTC's deposits, as a depositor writes them. Pure.
 * Always: written from the protocol's description, apart from the relayer's own, so that one finds the other's mistakes.
 */
import { hash160, sha256 } from "../../src/chains/bitcoin/codec.ts";
import { bytesOf, concatHex, hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";

/** What a depositor reveals. `refundLocktime`: 4 bytes, little-endian Unix time. */
export type DepositTerms = {
  readonly depositor: Hex;
  /** 8 bytes */
  readonly blindingFactor: Hex;
  readonly walletPubKeyHash: Hex;
  readonly refundPubKeyHash: Hex;
  readonly refundLocktime: Hex;
  /** 32 bytes other than zero, or null */
  readonly extraData: Hex | null;
};

/** The script whose hash the deposit pays; 92 bytes, 126 with extra data. */
export function depositScript(terms: DepositTerms): Hex {
  const extra = terms.extraData === null ? [] : (["0x20", terms.extraData, "0x75"] as const);
  return concatHex(
    "0x14", terms.depositor, "0x75", ...extra, "0x08", terms.blindingFactor, "0x75",
    "0x76a914", terms.walletPubKeyHash, "0x8763ac6776a914", terms.refundPubKeyHash, "0x8804", terms.refundLocktime, "0xb175ac68",
  );
}

/** The output script that pays `script`. */
export const scriptHashOutput = (script: Hex, kind: "p2wsh" | "p2sh"): Hex =>
  kind === "p2wsh" ? concatHex("0x0020", hexOf(sha256(bytesOf(script)))) : concatHex("0xa914", hexOf(hash160(bytesOf(script))), "0x87");

/** As the Bridge takes output scripts: with their length in front. */
export const lengthPrefixed = (script: Hex): Hex => concatHex(`0x${(script.length / 2 - 1).toString(16).padStart(2, "0")}`, script);
