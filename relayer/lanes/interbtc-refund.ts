/**
 * The lane that proves refunds to a parachain of the first dialect: a vault paid back what was too much of an issue.
 * Always: as every lane of payments (interbtc-payment.ts); a refund has no deadline. Never: pays; the vault does.
 */
import { refundExecutions } from "../../src/bridges/interbtc/executable.ts";
import { refundDelivery, refundLane, refundTransfer } from "../../src/bridges/interbtc/names.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { invalid, rejected } from "../../src/core/errors.ts";
import { createPaymentLane } from "./interbtc-payment.ts";
import type { PaymentLane, PaymentLaneOptions } from "./interbtc-payment.ts";
import type { PaymentKind } from "./interbtc-payment-kind.ts";

const refund: PaymentKind = {
  lane: refundLane, word: "refund", idName: "refundId", call: "execute-refund",
  executions: refundExecutions, deliveryOf: refundDelivery, transferOf: refundTransfer,
  waits: { missing: "refund-not-there", other: "refund-other-payment-first", twice: "refund-paid-twice-not-final" },
  paidTwice: ({ id, txid, paidSat }, other) =>
    rejected("refund-paid-twice", `Refund ${id} was settled with the payment ${toDisplay(other)}, so the vault paid the ${paidSat} satoshi of ${toDisplay(txid)} once more than it had to, and the user has them. Tell the vault's operator, then abandon this delivery.`, {
      evidence: { refundId: id, txid, executedWith: other, paidSat: `${paidSat}` },
    }).failure,
  refused: ({ asks: { sat } }, { id, txid, paidSat }) =>
    invalid("refund-wrong-amount", `Transaction ${toDisplay(txid)} pays ${paidSat} satoshi to refund ${id}, which asks for just ${sat}: the parachain takes no proof of it. The vault has to pay anew; tell its operator, then abandon this delivery.`, {
      evidence: { refundId: id, txid, paidSat: `${paidSat}`, askedSat: `${sat}` },
    }).failure,
};

export const createInterbtcRefundLane = (options: PaymentLaneOptions): PaymentLane => createPaymentLane(refund, options);
