/**
 * The lane that proves payments of issues to the parachain, so that the tokens are minted.
 * Always: as every lane of payments (interbtc-payment.ts). Never: proves a payment of less than was asked.
 */
import { issuesOf } from "../../src/bridges/interbtc/executable.ts";
import { issueDelivery, issueLane, issueTransfer } from "../../src/bridges/interbtc/names.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { invalid, rejected } from "../../src/core/errors.ts";
import { createPaymentLane } from "./interbtc-payment.ts";
import type { PaymentLane, PaymentLaneOptions } from "./interbtc-payment.ts";
import type { PaymentKind } from "./interbtc-payment-kind.ts";

const issue: PaymentKind = {
  lane: issueLane, word: "issue", idName: "issueId", call: "execute-issue",
  executions: issuesOf, deliveryOf: issueDelivery, transferOf: issueTransfer,
  waits: { missing: "issue-not-there", other: "issue-other-payment-first", twice: "issue-paid-twice-not-final" },
  paidTwice: ({ id, txid, paidSat }, other) =>
    rejected("issue-paid-twice", `Issue ${id} was executed with the payment ${toDisplay(other)}, so the ${paidSat} satoshi of ${toDisplay(txid)} mint nothing any more: the vault got them and owes them back. Tell the requester and the vault's operator, then abandon this delivery.`, {
      evidence: { issueId: id, txid, executedWith: other, paidSat: `${paidSat}` },
    }).failure,
  refused: ({ requester, asks: { sat } }, { id, txid, paidSat }) =>
    invalid("interbtc-underpaid", `Transaction ${toDisplay(txid)} pays ${paidSat} satoshi to issue ${id}, which asks for ${sat} in one output. Only the requester ${requester} may execute it, and settle for less.`, {
      evidence: { issueId: id, txid, paidSat: `${paidSat}`, askedSat: `${sat}`, requester },
    }).failure,
};

export const createInterbtcIssueLane = (options: PaymentLaneOptions): PaymentLane => createPaymentLane(issue, options);
