/**
 * Facts of a tBTC deposit, a redemption, an interBTC issue, a redeem and a replace, as the watchers and the relayer store them.
 * Always: the payloads are those of the production readers; heights tell the order on each chain.
 */
import { outpointKey, redemptionKey } from "../../src/bridges/tbtc/keys.ts";
import { depositTransfer, depositSweepLane, proofEvent, redemptionDelivery, redemptionLane, redemptionTransfer, requestEvent, revealEvent, sweepDelivery, timeoutEvent, walletTxEvent } from "../../src/bridges/tbtc/names.ts";
import { issueCancelledEvent, issueDelivery, issueExecutedEvent, issueLane, issuePaymentEvent, issueRequestEvent, issueTransfer, payoutEvent, payoutPaymentEvent } from "../../src/bridges/interbtc/names.ts";
import type { OpReturnFlaw } from "../../src/bridges/interbtc/op-return.ts";
import { payoutToJson } from "../../src/bridges/interbtc/payout.ts";
import type { PayoutKind, PayoutRequest } from "../../src/bridges/interbtc/payout.ts";
import { requestToJson } from "../../src/bridges/interbtc/issue-request.ts";
import type { IssueRequest } from "../../src/bridges/interbtc/issue-request.ts";
import { reverseHex } from "../../src/core/hex.ts";
import type { Delivery, State } from "../../src/core/delivery.ts";
import type { BlockRef, ChainName, EventId, Hex, Json, Millis, SourceEvent, TransferId } from "../../src/core/values.ts";
import { blockOf, deliveryIn, hashOf, now } from "./delivery.ts";

export const wallet: Hex = `0x${"11".repeat(20)}`;
export const depositor: Hex = `0x${"22".repeat(20)}`;
export const redeemer: Hex = `0x${"33".repeat(20)}`;
export const script: Hex = `0x0014${"44".repeat(20)}`;
export const fundingTxid = hashOf("funding");
export const depositKey = outpointKey({ txid: fundingTxid, index: 1 });
export const depositId = depositTransfer(depositKey);
export const redeemKey = redemptionKey(script, wallet);
export const redemptionId = redemptionTransfer(redeemKey);

/** 4 bytes little-endian. */
export const locktimeOf = (at: Millis): Hex => reverseHex(`0x${Math.floor(at / 1_000).toString(16).padStart(8, "0")}`);

const at = (chain: ChainName, height: number | null, branch = "a"): BlockRef | null => (height === null ? null : blockOf(chain, height, branch));
export const eventOf = (id: EventId, chain: ChainName, kind: string, height: number | null, payload: Json, generation = 0): SourceEvent => ({ id, chain, kind, at: at(chain, height), generation, payload });

export const revealed = (height: number | null = 100, generation = 0): SourceEvent =>
  eventOf(revealEvent(depositKey), "ethereum", "tbtc-deposit-revealed", height, {
    wallet, tx: hashOf("reveal"), outpoint: { txid: fundingTxid, index: 1 }, depositKey, transfer: depositId, depositor, vault: `0x${"00".repeat(20)}`, amountSat: "5000000",
    refundLocktime: locktimeOf(now + 200 * 86_400_000),
  }, generation);

const parts = { version: "0x01000000", inputVector: "0x00", outputVector: "0x00", locktime: "0x00000000" } as const;
export const swept = (height: number | null = 50, generation = 0, name = "sweep"): SourceEvent =>
  eventOf(walletTxEvent(hashOf(name)), "bitcoin", "tbtc-sweep", height, {
    wallet, txid: hashOf(name), kind: "sweep", ...parts,
    inputs: [{ outpoint: { txid: fundingTxid, index: 1 }, unlock: "deposit", valueSat: null }], outputs: [{ valueSat: "4999000", script: `0x0014${wallet.slice(2)}`, toWallet: true }],
  }, generation);
export const sweepProved = (height: number | null = 200, generation = 0, name = "sweep"): SourceEvent =>
  eventOf(proofEvent(hashOf(name)), "ethereum", "tbtc-deposits-swept", height, { wallet, txid: hashOf(name), tx: hashOf("proof-call"), call: "direct", mainUtxo: null }, generation);

export const requested = (height: number | null = 100, generation = 0, tx = "request"): SourceEvent =>
  eventOf(requestEvent(redeemKey, hashOf(tx)), "ethereum", "tbtc-redemption-requested", height, {
    wallet, tx: hashOf(tx), script, redemptionKey: redeemKey, transfer: redemptionId, redeemer, requestedSat: "3000000", treasuryFeeSat: "0", txMaxFeeSat: "100000",
  }, generation);
export const paid = (height: number | null = 50, generation = 0, name = "pay"): SourceEvent =>
  eventOf(walletTxEvent(hashOf(name)), "bitcoin", "tbtc-redemption", height, {
    wallet, txid: hashOf(name), kind: "redemption", ...parts,
    inputs: [{ outpoint: { txid: hashOf("main"), index: 0 }, unlock: "wallet", valueSat: "9000000" }], outputs: [{ valueSat: "2999000", script, toWallet: false }],
  }, generation);
export const paymentProved = (height: number | null = 200, generation = 0, name = "pay"): SourceEvent =>
  eventOf(proofEvent(hashOf(name)), "ethereum", "tbtc-redemptions-completed", height, { wallet, txid: hashOf(name), tx: hashOf("proof-call"), call: "direct", mainUtxo: null }, generation);
export const timedOut = (height: number | null = 300, generation = 0): SourceEvent =>
  eventOf(timeoutEvent(redeemKey, hashOf("timeout")), "ethereum", "tbtc-redemption-timed-out", height, { wallet, tx: hashOf("timeout"), script, redemptionKey: redeemKey, transfer: redemptionId }, generation);

export const issueId = hashOf("issue");
export const requester: Hex = `0x${"55".repeat(32)}`;
export const vault: Hex = `0x${"66".repeat(32)}`;
export const issueRequest: IssueRequest = {
  id: issueId, requester, vault: { account: vault, collateral: "DOT", wrapped: "IBTC" }, amountSat: 1_000_000n, feeSat: 1_500n, script,
  openActive: 1_000, periodActive: 7_200, bitcoinHeight: 40, status: "pending",
};
export const issueTransferId = issueTransfer(issueId);
export const issueAsked = (height: number | null = 100, generation = 0): SourceEvent => eventOf(issueRequestEvent(issueId), "polkadot", "interbtc-issue-requested", height, requestToJson(issueRequest), generation);
export const issuePaid = (height: number | null = 50, paidSat = 1_001_500n, name = "issue-pay", generation = 0): SourceEvent =>
  eventOf(issuePaymentEvent(issueId, hashOf(name)), "bitcoin", "interbtc-issue-payment", height, { issueId, txid: hashOf(name), paidSat: `${paidSat}`, index: 0, request: requestToJson(issueRequest) }, generation);
export const issueExecuted = (height: number | null = 900, generation = 0): SourceEvent => eventOf(issueExecutedEvent(issueId), "polkadot", "interbtc-issue-executed", height, { issueId, tx: hashOf("execute"), amountSat: "1000000", feeSat: "1500" }, generation);
export const issueCancelled = (height: number | null = 950, generation = 0): SourceEvent => eventOf(issueCancelledEvent(issueId), "polkadot", "interbtc-issue-cancelled", height, { issueId, tx: hashOf("cancel") }, generation);

export const payoutRequest = (kind: PayoutKind): PayoutRequest => ({
  kind, id: hashOf(kind), requester, vault: { account: vault, collateral: "DOT", wrapped: "IBTC" }, amountSat: 500_000n, script,
  openActive: 1_000, periodActive: 14_400, bitcoinHeight: 40, status: "pending",
});
type PayoutMore = { readonly generation?: number; readonly name?: string; readonly paidSat?: bigint; readonly flaw?: OpReturnFlaw | null; readonly status?: "reimbursed" | "retried" | "cancelled" };
/** A fact of a redeem or a replace. `name`: of the vault's transaction, when there are several. */
export function payoutFact(kind: PayoutKind, stage: "requested" | "payment" | "executed" | "cancelled" | "minted", height: number | null, more: PayoutMore = {}): SourceEvent {
  const { generation = 0, name = "vault-pay", paidSat = 500_000n, flaw = null, status = kind === "redeem" ? "reimbursed" : "cancelled" } = more;
  const [id, of] = [hashOf(kind), `${kind}Id`];
  const request = payoutToJson(payoutRequest(kind));
  if (stage === "payment") return eventOf(payoutPaymentEvent(kind, id, hashOf(name)), "bitcoin", `interbtc-${kind}-payment`, height, { [of]: id, txid: hashOf(name), paidSat: `${paidSat}`, flaw, request }, generation);
  const payload = stage === "requested" ? request : { [of]: id, tx: hashOf(stage), ...(stage === "cancelled" ? { status } : {}) };
  return eventOf(payoutEvent(kind, stage, id), "polkadot", `interbtc-${kind}-${stage}`, height, payload, generation);
}

const relayed = (base: Pick<Delivery, "id" | "lane" | "event">, serves: readonly TransferId[], state: State, version: number, more: Partial<Delivery>): Delivery =>
  ({ ...deliveryIn(state), ...base, serves, version, ...more });
export const sweepDelivered = (state: State, version: number, more: Partial<Delivery> = {}): Delivery =>
  relayed({ id: sweepDelivery(hashOf("sweep")), lane: depositSweepLane, event: walletTxEvent(hashOf("sweep")) }, [depositId], state, version, more);
export const paymentDelivered = (state: State, version: number, more: Partial<Delivery> = {}): Delivery =>
  relayed({ id: redemptionDelivery(hashOf("pay")), lane: redemptionLane, event: walletTxEvent(hashOf("pay")) }, [redemptionId], state, version, more);
export const issueDelivered = (state: State, version: number, more: Partial<Delivery> = {}): Delivery =>
  relayed({ id: issueDelivery(issueId, hashOf("issue-pay")), lane: issueLane, event: issuePaymentEvent(issueId, hashOf("issue-pay")) }, [issueTransferId], state, version, more);
