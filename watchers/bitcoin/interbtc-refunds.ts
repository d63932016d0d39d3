/**
 * Payments of interBTC's refunds: each transaction that names one is an event, and a delivery when it is what was asked.
 * Always: judged as the pallet does. Never: births for what the pallet would refuse; the vault has to pay anew then.
 */
import { isRefundWatch, refundDelivery, refundLane, refundPaymentEvent, refundTransfer } from "../../src/bridges/interbtc/names.ts";
import { judgeOpReturn } from "../../src/bridges/interbtc/op-return.ts";
import { refundFromJson } from "../../src/bridges/interbtc/refund-request.ts";
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import type { BlockRef, Watch } from "../../src/core/values.ts";
import type { Birth, FoundEvent } from "../../src/ports.ts";
import type { BitcoinReader } from "./source.ts";

export const createInterbtcRefundPayments = (): BitcoinReader => ({
  read(tx, block, hits) {
    const found = hits.filter(isRefundWatch).flatMap((watch) => paymentOf(tx, block, watch));
    return { events: found.map(({ event }) => event), births: found.flatMap(({ birth }) => birth ?? []), watches: [] };
  },
  // a payment's birth comes with its block: its watch is there only when the refund's request is final
  settle: () => ({ births: [], watches: [] }),
});

function paymentOf(tx: BitcoinTx, block: BlockRef, watch: Watch): readonly { readonly event: FoundEvent; readonly birth: Birth | null }[] {
  const refund = refundFromJson(watch.detail);
  const payment = judgeOpReturn(refund, tx);
  if (payment === null) return [];
  const id = refundPaymentEvent(refund.id, tx.txid);
  const payload = { refundId: refund.id, txid: tx.txid, paidSat: `${payment.paidSat}`, flaw: payment.flaw, request: watch.detail };
  return [{
    event: { id, chain: "bitcoin", kind: "interbtc-refund-payment", at: block, payload },
    birth: payment.flaw !== null ? null : { id: refundDelivery(refund.id, tx.txid), lane: refundLane, serves: [refundTransfer(refund.id)], event: id, deadline: null },
  }];
}
