/**
 * Would the Bridge accept this wallet transaction now? Its own rules, in its own order of importance, on values read
 * at one block. The light client's part (headers, work) is in work-requirement.ts.
 * Always: pure; "not yet" when anything that may still come could make it acceptable, "impossible" only when nothing can
 * (or only governance).
 * Never: computes a treasury fee; fees are read from the Bridge's records.
 */
import { rejected } from "../../core/errors.ts";
import type { Failure, GantryError } from "../../core/errors.ts";
import type { Hex } from "../../core/values.ts";
import type { WalletState } from "./contracts.ts";
import { mainUtxoHash, movingFundsCommitment, noHash, outpointKey, publicKeyHashOf } from "./keys.ts";
import type { Utxo } from "./keys.ts";
import { proofEvent, revealEvent } from "./names.ts";
import type { WalletTx } from "./wallet-tx.ts";

export type WalletRecord = { readonly state: WalletState; readonly mainUtxoHash: Hex; readonly movingFundsCommitment: Hex };
export type DepositRecord = { readonly amountSat: bigint; readonly revealedAtSeconds: number; readonly sweptAtSeconds: number; readonly vault: Hex };
/** A pending or timed-out redemption; `requestedAtSeconds` 0 = there is none. */
export type RequestRecord = { readonly requestedSat: bigint; readonly treasuryFeeSat: bigint; readonly txMaxFeeSat: bigint; readonly requestedAtSeconds: number };

type NotYetCode = "wallet-unknown" | "deposit-not-revealed" | "main-utxo-not-mine" | "moving-funds-not-served";
export type Judgement =
  | { readonly kind: "provable"; readonly mainUtxo: Utxo | null; readonly vault: Hex | null; readonly deadlineSeconds: number | null }
  /** `fact` is the id of the event that may end the wait */
  | { readonly kind: "not-yet"; readonly code: NotYetCode; readonly fact: string | null }
  /** the Bridge has used these inputs already: by this transaction's proof, or by another's */
  | { readonly kind: "taken" }
  | { readonly kind: "impossible"; readonly failure: Failure };

export type SweepState = {
  readonly wallet: WalletRecord;
  /** one per input; null for inputs the wallet's key alone unlocks */
  readonly deposits: readonly (DepositRecord | null)[];
  readonly depositTxMaxFeeSat: bigint;
};
/** `main` is the input unlocked by the wallet's key alone, with its value; null when there is none. */
export function judgeSweep(tx: WalletTx, main: Utxo | null, state: SweepState): Judgement {
  const unfit = walletUnfit(tx, state.wallet);
  if (unfit !== null) return unfit;
  const records = tx.inputs.map((input, index) => ({ input, record: state.deposits[index] ?? null }));
  const isRevealed = (record: DepositRecord | null): record is DepositRecord => record !== null && record.revealedAtSeconds > 0;
  const unknown = records.filter(({ input, record }) => input.unlock === "stranger" && !isRevealed(record));
  const own = records.filter(({ input }) => input.unlock === "wallet");
  if (unknown.length > 0 || own.length > 1) {
    return impossible(rejected("tbtc-unknown-input", "A sweep may spend revealed deposits and the wallet's main UTXO, and nothing else; the Bridge will refuse this one.", { evidence: { txid: tx.txid, unknown: unknown.map(({ input }) => input.outpoint), own: own.map(({ input }) => input.outpoint), } }));
  }
  const hidden = records.find(({ input, record }) => input.unlock === "deposit" && !isRevealed(record));
  if (hidden !== undefined) return { kind: "not-yet", code: "deposit-not-revealed", fact: revealEvent(outpointKey(hidden.input.outpoint)) };
  const deposits = records.map(({ record }) => record).filter(isRevealed);
  if (deposits.some((deposit) => deposit.sweptAtSeconds > 0)) return { kind: "taken" };
  const vaults = [...new Set(deposits.map((deposit) => deposit.vault))];
  if (vaults.length > 1) {
    return impossible(rejected("tbtc-vaults-differ", "The swept deposits name different vaults, so no call can prove the sweep.", { evidence: { txid: tx.txid, vaults } }));
  }
  const notMine = mainUtxoNotMine(main, state.wallet);
  if (notMine !== null) return notMine;
  return sweepFee(tx, main, deposits, state.depositTxMaxFeeSat) ?? { kind: "provable", mainUtxo: main, vault: vaults[0] ?? null, deadlineSeconds: null };
}

function sweepFee(tx: WalletTx, main: Utxo | null, deposits: readonly DepositRecord[], maxSat: bigint): Judgement | null {
  const inSat = deposits.reduce((sum, deposit) => sum + deposit.amountSat, main?.valueSat ?? 0n);
  const feeSat = inSat - outputsSat(tx);
  const count = BigInt(deposits.length);
  // the last deposit also pays what does not divide
  const lastShareSat = feeSat / count + (feeSat % count);
  return lastShareSat > maxSat ? feeTooHigh(tx, lastShareSat, maxSat, "a deposit's share of the sweep's fee") : null;
}

export type RedemptionState = {
  readonly wallet: WalletRecord;
  /** has the Bridge marked the main input as spent? */
  readonly mainInputSpent: boolean;
  /** one per output; null for those that pay the wallet */
  readonly requests: readonly ({ readonly pending: RequestRecord; readonly timedOut: RequestRecord } | null)[];
  readonly redemptionTxMaxTotalFeeSat: bigint;
  readonly redemptionTimeoutSeconds: number;
};
/** `main` is the transaction's only input with its value. */
export function judgeRedemption(tx: WalletTx, main: Utxo, state: RedemptionState): Judgement {
  if (state.mainInputSpent) return { kind: "taken" };
  const unfit = walletUnfit(tx, state.wallet);
  if (unfit !== null) return unfit;
  const notMine = mainUtxoNotMine(main, state.wallet);
  if (notMine !== null) return notMine;
  // as the Bridge reads it: the first non-zero output to the wallet is the change, any further one must be a request
  const change = tx.outputs.findIndex((output) => output.toWallet && output.valueSat !== "0");
  const paid = tx.outputs.map((output, index) => ({ output, request: state.requests[index] ?? null, index })).filter(({ index }) => index !== change);
  if (paid.length === 0) return impossible(rejected("tbtc-no-redemption", "The transaction pays nobody but the wallet itself.", { evidence: { txid: tx.txid } }));
  if (isMovingFunds(tx, state.wallet)) return { kind: "not-yet", code: "moving-funds-not-served", fact: proofEvent(tx.txid) };
  let deadlineSeconds: number | null = null;
  for (const { output, request } of paid) {
    const pending = (request?.pending.requestedAtSeconds ?? 0) > 0;
    const record = pending ? request?.pending : request?.timedOut;
    if (record === undefined || record.requestedAtSeconds === 0) {
      return impossible(rejected("tbtc-output-not-requested", "An output of the redemption was never requested, or its request is gone.", { evidence: { txid: tx.txid, script: output.script } }));
    }
    const mostSat = record.requestedSat - record.treasuryFeeSat;
    const valueSat = BigInt(output.valueSat);
    if (valueSat > mostSat || valueSat < mostSat - record.txMaxFeeSat) {
      return impossible(rejected("tbtc-redemption-value", `An output pays ${valueSat} sat where the request allows ${mostSat - record.txMaxFeeSat} to ${mostSat}.`, { evidence: { txid: tx.txid, script: output.script } }));
    }
    if (pending) deadlineSeconds = Math.min(deadlineSeconds ?? Infinity, record.requestedAtSeconds + state.redemptionTimeoutSeconds);
  }
  const feeSat = main.valueSat - outputsSat(tx);
  if (feeSat > state.redemptionTxMaxTotalFeeSat) return feeTooHigh(tx, feeSat, state.redemptionTxMaxTotalFeeSat, "the redemption's fee");
  return { kind: "provable", mainUtxo: main, vault: null, deadlineSeconds };
}

const outputsSat = (tx: WalletTx): bigint => tx.outputs.reduce((sum, output) => sum + BigInt(output.valueSat), 0n);

function walletUnfit(tx: WalletTx, wallet: WalletRecord): Judgement | null {
  if (wallet.state === "Live" || wallet.state === "MovingFunds") return null;
  if (wallet.state === "Unknown") return { kind: "not-yet", code: "wallet-unknown", fact: null };
  return impossible(rejected("tbtc-wallet-not-live", `Wallet ${tx.wallet} is ${wallet.state}; the Bridge takes proofs of Live and MovingFunds wallets only.`, { evidence: { txid: tx.txid, wallet: tx.wallet, state: wallet.state } }));
}

/** Proofs of one wallet are strictly ordered: an earlier transaction of it is still unproven. */
function mainUtxoNotMine(main: Utxo | null, wallet: WalletRecord): Judgement | null {
  const mine = main === null ? noHash : mainUtxoHash(main);
  if (mine === wallet.mainUtxoHash) return null;
  return { kind: "not-yet", code: "main-utxo-not-mine", fact: main === null ? null : proofEvent(main.outpoint.txid) };
}

function isMovingFunds(tx: WalletTx, wallet: WalletRecord): boolean {
  const targets = tx.outputs.map((output) => publicKeyHashOf(output.script));
  if (wallet.movingFundsCommitment === noHash || targets.includes(null)) return false;
  return movingFundsCommitment(targets.filter((target) => target !== null)) === wallet.movingFundsCommitment;
}

const feeTooHigh = (tx: WalletTx, feeSat: bigint, maxSat: bigint, what: string): Judgement =>
  impossible(rejected("tbtc-fee-too-high", `With ${feeSat} sat ${what} is above the Bridge's limit of ${maxSat}; only a raise of that limit by governance helps.`, { evidence: { txid: tx.txid, feeSat: feeSat.toString(), maxSat: maxSat.toString() } }));

const impossible = ({ failure }: GantryError): Judgement => ({ kind: "impossible", failure });
