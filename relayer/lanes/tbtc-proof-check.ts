/**
 * Looks at a finished tBTC proof as the Bridge will, offline, before any money is spent.
 * Always: reads everything from the proof's own bytes, and compares with what the chain said (the anchor), so a mistake
 * in building or a lie in the data does not pass both.
 * Never: uses code that built the proof.
 */
import { mainUtxoHash, noHash, walletScripts } from "../../src/bridges/tbtc/keys.ts";
import type { TbtcProof } from "../../src/bridges/tbtc/proof-calls.ts";
import { parseHeader, parseTx } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import { failureOf, invalid } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import { concatHex, sliceHex } from "../../src/core/hex.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import { checkSpvProof } from "../proofs/bitcoin-spv-check.ts";

/** What the chains said when the proof was asked for. */
export type TbtcAnchor = {
  readonly block: BlockRef;
  /** how many headers the proof carries, and the difficulty they must reach together */
  readonly headers: number;
  readonly requiredDifficulty: bigint;
  /** as the Bridge stores it; all zero = none */
  readonly mainUtxoHash: Hex;
  readonly mainUtxo: { readonly txid: Hex; readonly index: number; readonly valueSat: string } | null;
  readonly vault: Hex | null;
};

/** Null = good. Else a failure "tbtc-proof-wrong", or what the check of the light client's part found. */
export function checkTbtcProof(kind: "sweep" | "redemption", wallet: Hex, txid: Hex, anchor: TbtcAnchor, proof: TbtcProof): Failure | null {
  const spv = checkSpvProof(proof.spv, { txid, requiredDifficulty: anchor.requiredDifficulty, minHeaders: anchor.headers });
  if (spv !== null) return spv;
  try {
    const wrong = wrongPart(kind, wallet, txid, anchor, proof);
    return wrong === null ? null : invalid("tbtc-proof-wrong", `The proof of ${txid} is not what the Bridge expects: ${wrong}. It is not sent; the data is fetched again.`, { evidence: { txid, wrong } }).failure;
  } catch (thrown) {
    return failureOf(thrown);
  }
}

function wrongPart(kind: "sweep" | "redemption", wallet: Hex, txid: Hex, anchor: TbtcAnchor, { spv, mainUtxo, vault, wallet: named }: TbtcProof): string | null {
  const tx = parseTx(concatHex(spv.version, spv.inputVector, spv.outputVector, spv.locktime));
  if (tx.txid !== txid) return "its parts are another transaction";
  if (parseHeader(sliceHex(spv.headers, 0, 80)).hash !== anchor.block.hash) return "its first header is not the transaction's block";
  const hash = mainUtxo === null ? noHash : mainUtxoHash({ outpoint: { txid: mainUtxo.txid, index: mainUtxo.index }, valueSat: BigInt(mainUtxo.valueSat) });
  if (hash !== anchor.mainUtxoHash) return "its main UTXO does not hash to what the wallet has on the Bridge";
  if (mainUtxo !== null && !spends(tx, mainUtxo)) return "the transaction does not spend the main UTXO";
  if (named !== wallet) return "it names another wallet";
  return kind === "sweep" ? wrongInSweep(tx, wallet, anchor, vault) : wrongInRedemption(tx, wallet, mainUtxo !== null);
}

const spends = (tx: BitcoinTx, utxo: { readonly txid: Hex; readonly index: number }): boolean =>
  tx.inputs.some(({ outpoint }) => outpoint.txid === utxo.txid && outpoint.index === utxo.index);

const paysWallet = (script: Hex | undefined, wallet: Hex): boolean => script !== undefined && (walletScripts(wallet) as readonly Hex[]).includes(script);

function wrongInSweep(tx: BitcoinTx, wallet: Hex, anchor: TbtcAnchor, vault: Hex | null): string | null {
  if (tx.outputs.length !== 1 || !paysWallet(tx.outputs[0]?.script, wallet)) return "a sweep has one output, to the wallet";
  return vault === anchor.vault && vault !== null ? null : "its vault is not the deposits'";
}

function wrongInRedemption(tx: BitcoinTx, wallet: Hex, hasMain: boolean): string | null {
  if (tx.inputs.length !== 1 || !hasMain) return "a redemption has one input, the main UTXO";
  return tx.outputs.some(({ script }) => !paysWallet(script, wallet)) ? null : "a redemption pays somebody";
}
