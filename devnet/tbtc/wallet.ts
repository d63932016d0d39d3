/**
 * The tBTC wallet: signs and broadcasts sweeps of deposits and payments of redemptions, as its operators would.
 * Always: spends its newest output first; remembers every main UTXO it made, because the Bridge keeps only a hash.
 * Never: waits for proofs; the order in which the relayer proves is what is being tried.
 */
import * as ecc from "@bitcoinerlab/secp256k1";
import { Transaction, script as bitcoinScript } from "bitcoinjs-lib";
import type { ECPairInterface } from "ecpair";
import { solidityPackedKeccak256 } from "ethers";

import { hash160, parseTx } from "../../src/chains/bitcoin/codec.ts";
import { misconfigured } from "../../src/core/errors.ts";
import { bytesOf, hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { keyOf, signKeyInput, witnessScript } from "../bitcoin.ts";
import type { BitcoinDevnet, Coin, SentTx } from "../bitcoin.ts";
import type { EthereumDevnet } from "../ethereum.ts";
import type { Tbtc } from "./deploy.ts";
import type { Deposit } from "./depositor.ts";
import type { RedemptionRequest } from "./redeemer.ts";

/** A wallet transaction with the main UTXO it spends and the one it makes. */
type WalletTx = SentTx & { readonly spends: Coin | null; readonly makes: Coin | null };

export interface Wallet {
  /** X || Y, 64 bytes */
  readonly publicKey: Hex;
  readonly pubKeyHash: Hex;
  /** P2WPKH */
  readonly script: Hex;
  /** makes it Live in the Bridge */
  register(): Promise<void>;
  /** its newest output on Bitcoin, proved or not */
  newest(): Coin | null;
  /** the main UTXO the Bridge knows now; null: none */
  proved(): Promise<Coin | null>;
  /** one transaction with the main UTXO (unless told not to) and these deposits as inputs; `feeSat` in all */
  sweep(deposits: readonly Deposit[], options?: { readonly withMain?: boolean; readonly feeSat?: bigint; readonly broadcast?: boolean }): Promise<WalletTx>;
  /** pays the requests from the main UTXO, `feeSatEach` taken from each payment; change, if any is left, is output 0 or last */
  redeem(requests: readonly RedemptionRequest[], options?: { readonly feeSatEach?: bigint; readonly changeFirst?: boolean; readonly broadcast?: boolean }): Promise<WalletTx>;
  /** goes back to an earlier output after a transaction was dropped for good */
  rewind(newest: Coin | null): void;
}

/** keccak256(txid, index, value): what the Bridge keeps of a main UTXO. */
const mainUtxoHash = ({ outpoint, valueSat }: Coin): Hex =>
  solidityPackedKeccak256(["bytes32", "uint32", "uint64"], [outpoint.txid, outpoint.index, valueSat]) as Hex;

const sighash = Transaction.SIGHASH_ALL;

function signDeposit(tx: Transaction, at: number, key: ECPairInterface, deposit: Deposit): void {
  const script = bytesOf(deposit.script);
  const sign = (digest: Uint8Array): Uint8Array => bitcoinScript.signature.encode(key.sign(digest), sighash);
  if (deposit.kind === "p2wsh") tx.setWitness(at, [sign(tx.hashForWitnessV0(at, script, deposit.valueSat, sighash)), key.publicKey, script]);
  else tx.setInputScript(at, bitcoinScript.compile([sign(tx.hashForSignature(at, script, sighash)), key.publicKey, script]));
}

type Built = { readonly tx: Transaction; readonly spends: Coin | null; readonly change: { readonly index: number; readonly valueSat: bigint } | null };

/** The main UTXO first, if there is one, then the deposits; one output back to the wallet. */
function buildSweep(key: ECPairInterface, main: Coin | null, deposits: readonly Deposit[], feeSat: bigint): Built {
  const tx = new Transaction();
  if (main !== null) tx.addInput(bytesOf(main.outpoint.txid), main.outpoint.index);
  for (const deposit of deposits) tx.addInput(bytesOf(deposit.funding.tx.txid), deposit.fundingOutputIndex);
  const valueSat = deposits.reduce((sum, deposit) => sum + deposit.valueSat, main?.valueSat ?? 0n) - feeSat;
  tx.addOutput(bytesOf(witnessScript(key.publicKey)), valueSat);
  if (main !== null) signKeyInput(tx, 0, key, main.valueSat);
  deposits.forEach((deposit, at) => signDeposit(tx, at + (main === null ? 0 : 1), key, deposit));
  return { tx, spends: main, change: { index: 0, valueSat } };
}

/** Treasury fees stay in the wallet, miners' fees come out of the payments; no change output when nothing is left. */
function buildRedemption(key: ECPairInterface, main: Coin, requests: readonly RedemptionRequest[], feeSatEach: bigint, changeFirst: boolean): Built {
  const payments = requests.map(({ outputScript, requestedSat, treasuryFeeSat }) => ({ script: outputScript, redeemableSat: requestedSat - treasuryFeeSat }));
  const changeSat = payments.reduce((left, { redeemableSat }) => left - redeemableSat, main.valueSat);
  const change = changeSat > 0n ? { index: changeFirst ? 0 : payments.length, valueSat: changeSat } : null;
  const outputs = payments.map(({ script, redeemableSat }) => ({ script, valueSat: redeemableSat - feeSatEach }));
  if (change !== null) outputs.splice(change.index, 0, { script: witnessScript(key.publicKey), valueSat: changeSat });
  const tx = new Transaction();
  tx.addInput(bytesOf(main.outpoint.txid), main.outpoint.index);
  for (const { script, valueSat } of outputs) tx.addOutput(bytesOf(script), valueSat);
  signKeyInput(tx, 0, key, main.valueSat);
  return { tx, spends: main, change };
}

export function createWallet(options: { readonly bitcoin: BitcoinDevnet; readonly ethereum: EthereumDevnet; readonly tbtc: Tbtc; readonly label?: string }): Wallet {
  const { bitcoin, ethereum, tbtc, label = "wallet" } = options;
  const key = keyOf(label);
  const publicKey = hexOf(ecc.pointCompress(key.publicKey, false).subarray(1));
  const pubKeyHash = hexOf(hash160(key.publicKey));
  const made: Coin[] = [];
  let newest: Coin | null = null;

  const publish = async ({ tx, spends, change }: Built, broadcast: boolean): Promise<WalletTx> => {
    const raw = hexOf(tx.toBuffer());
    const sent = broadcast ? await bitcoin.send(raw) : { raw, tx: parseTx(raw) };
    const makes = change === null ? null : { outpoint: { txid: sent.tx.txid, index: change.index }, valueSat: change.valueSat };
    if (makes !== null) made.push(makes);
    newest = makes;
    return { ...sent, spends, makes };
  };

  return {
    publicKey,
    pubKeyHash,
    script: witnessScript(key.publicKey),
    register: () => tbtc.registerWallet(publicKey),
    newest: () => newest,
    proved: async () => {
      const [wallet] = (await ethereum.call(tbtc.bridge, "wallets", [pubKeyHash])) as readonly [readonly unknown[]];
      return made.find((coin) => mainUtxoHash(coin) === wallet[1]) ?? null;
    },
    sweep: (deposits, { withMain = true, feeSat = 2000n * BigInt(deposits.length), broadcast = true } = {}) =>
      publish(buildSweep(key, withMain ? newest : null, deposits, feeSat), broadcast),
    redeem: async (requests, { feeSatEach = 2000n, changeFirst = false, broadcast = true } = {}) => {
      if (newest === null) throw misconfigured("devnet-no-main-utxo", "The wallet has no output to pay redemptions from. Sweep a deposit first.");
      return publish(buildRedemption(key, newest, requests, feeSatEach, changeFirst), broadcast);
    },
    rewind: (to) => {
      newest = to;
    },
  };
}
