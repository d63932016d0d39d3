/**
 * Why tBTC's contracts refuse a sweep or redemption proof, by remedy. The one place that matches their messages.
 * Always: each known reason has a recorded fixture; what may change with the chains' state is Rejected (the lane looks
 * at the state again and waits or parks there), and so are wrong bytes (the proof is built again from fresh data, not
 * for ever); what authority or configuration forbids is Misconfigured.
 * Never: decides to send in spite of a reason; an unknown one is Rejected.
 */
import { misconfigured, rejected } from "../../core/errors.ts";
import type { GantryError } from "../../core/errors.ts";
import type { Hex, Json } from "../../core/values.ts";

type Make = (reason: string, evidence: Json) => GantryError;

/** More or other Bitcoin headers are needed, or the relay must move first. */
const workInsufficient: Make = (reason, evidence) =>
  rejected("work-insufficient", `The Bridge wants more accumulated work ("${reason}"). The requirement is computed again from headers and relay.`, { evidence });
const epochNotKnown: Make = (reason, evidence) =>
  rejected("tbtc-epoch-not-known", `The relay does not hold the difficulty of the proof's first header ("${reason}"). Its epochs are read again.`, { evidence });
/** Somebody proved an earlier transaction of the wallet, or this one; or an earlier one is still missing. */
const mainUtxoMoved: Make = (reason, evidence) =>
  rejected("tbtc-main-utxo-moved", `The wallet's main UTXO on the Bridge is not the one the proof names ("${reason}"). It is read again.`, { evidence });
const alreadySettled: Make = (reason, evidence) =>
  rejected("tbtc-already-settled", `The Bridge has settled part of this transaction ("${reason}"). Its records are read again.`, { evidence });
const transactionRefused: Make = (reason, evidence) =>
  rejected("tbtc-transaction-refused", `The Bridge refuses the wallet's Bitcoin transaction itself ("${reason}"). Its rules and records are read again.`, { evidence });
const walletRefused: Make = (reason, evidence) =>
  rejected("tbtc-wallet-refused", `The Bridge takes no proofs of this wallet now ("${reason}"). Its state is read again.`, { evidence });
const proofRefused: Make = (reason, evidence) =>
  rejected("tbtc-proof-refused", `The Bridge finds the Merkle branches or the transaction's bytes wrong ("${reason}"). The proof is built again from freshly fetched data.`, { evidence });
const headersRefused: Make = (reason, evidence) =>
  rejected("tbtc-headers-refused", `The Bridge finds the header chain wrong ("${reason}"). The proof is built again from freshly fetched headers.`, { evidence });
const notAuthorized: Make = (reason, evidence) =>
  misconfigured("tbtc-not-authorized", `The Bridge or its proxies do not let this account submit proofs ("${reason}"). Have the account authorised as SPV maintainer, or set bridges.tbtc.maintainerProxy.`, { evidence });

const rules: Readonly<Record<string, Make>> = {
  "Insufficient accumulated difficulty in header chain": workInsufficient,
  "Not at current or previous difficulty": epochNotKnown,

  "Invalid main UTXO data": mainUtxoMoved,
  "No main UTXO for given wallet": mainUtxoMoved,
  "Outbound transaction input must point to the wallet's main UTXO": mainUtxoMoved,
  "Expected main UTXO not present in sweep transaction inputs": mainUtxoMoved,

  "Deposit already swept": alreadySettled,
  "Output is a non-requested redemption": alreadySettled,

  "Unknown input type": transactionRefused,
  "Deposit should be routed to another vault": transactionRefused,
  "Transaction fee is too high": transactionRefused,
  "Output value is not within the acceptable range of the pending request": transactionRefused,
  "Output value is not within the acceptable range of the timed out request": transactionRefused,
  "Redemption transaction must process at least one redemption": transactionRefused,
  "Sweep transaction must have a single output": transactionRefused,
  "Sweep transaction must process at least one deposit": transactionRefused,
  "Outbound transaction must have a single input": transactionRefused,
  "Output's public key hash must have 20 bytes": transactionRefused,
  "Output must be P2PKH or P2WPKH": transactionRefused,
  "Invalid P2PKH script": transactionRefused,
  "Invalid P2WPKH script": transactionRefused,

  "Wallet must be in Live or MovingFunds state": walletRefused,

  "Invalid input vector provided": proofRefused,
  "Invalid output vector provided": proofRefused,
  "Tx not on same level of merkle tree as coinbase": proofRefused,
  "Tx merkle proof is not valid for provided header and tx hash": proofRefused,
  "Coinbase merkle proof is not valid for provided header and hash": proofRefused,

  "Invalid length of the headers chain": headersRefused,
  "Invalid headers chain": headersRefused,
  "Insufficient work in a header": headersRefused,

  "Caller is not authorized": notAuthorized,
  "Caller is not SPV maintainer": notAuthorized,
  "Contract is not authorized for a refund": notAuthorized,
  "Relay is not ready for use": notAuthorized,
};

/** What a refused proof call means. `reason` is the contract's text, or null when it gave none (out of gas, no contract there). */
export function classifyRevert(reason: string | null, data: Hex): GantryError {
  const evidence = { reason, data: data.slice(0, 2_000) };
  if (reason === null || reason === "") {
    return misconfigured("tbtc-reverted-without-reason", "The Bridge's call failed without a reason: too little gas for a refunding call, or an address without a contract behind it. Compare the configured addresses with the Bridge's.", { evidence });
  }
  const make = Object.hasOwn(rules, reason) ? rules[reason] : undefined;
  return make?.(reason, evidence) ?? rejected("tbtc-unknown-revert", `The Bridge refuses the proof with a reason nobody has classified yet: "${reason}".`, { evidence });
}

/** Every reason `classifyRevert` knows. */
export const knownReverts: readonly string[] = Object.keys(rules);
