/**
 * Payments of interBTC's deposit addresses: each is an event, and a delivery where anybody may prove it.
 * Always: the first output that pays a deposit address counts, as the pallet finds it; one transaction may pay many issues.
 * Never: births for less than was asked: only the requester can have that settled.
 */
import { requestFromJson } from "../../src/bridges/interbtc/issue-request.ts";
import { issueDelivery, issueLane, issueOf, issuePaymentEvent, issueTransfer } from "../../src/bridges/interbtc/names.ts";
import { judgePayment, runsOutAbout } from "../../src/bridges/interbtc/payment.ts";
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import type { BlockRef, Watch } from "../../src/core/values.ts";
import type { Birth, Found, FoundEvent } from "../../src/ports.ts";
import type { BitcoinReader } from "./source.ts";

/** The request comes from the watch's detail, so that the order in which the two chains are seen does not matter. */
export const createInterbtcBitcoinReader = (): BitcoinReader => ({
  read(tx, block, hits) {
    const found = hits.flatMap((watch) => paymentOf(tx, block, watch));
    return { events: found.map(({ event }) => event), births: found.flatMap(({ birth }) => (birth === null ? [] : [birth])), watches: [] } satisfies Found;
  },
  // a payment's birth comes with its block: its watch is there only when the request is final
  settle: () => ({ births: [], watches: [] }),
});

function paymentOf(tx: BitcoinTx, block: BlockRef, watch: Watch): readonly { readonly event: FoundEvent; readonly birth: Birth | null }[] {
  const issueId = issueOf(watch);
  if (issueId === null) return [];
  const request = requestFromJson(watch.detail);
  const payment = judgePayment(request, tx);
  if (payment === null) return [];
  const id = issuePaymentEvent(issueId, tx.txid);
  const payload = { issueId, txid: tx.txid, paidSat: `${payment.paidSat}`, index: payment.index, request: watch.detail };
  return [{
    event: { id, chain: "bitcoin", kind: "interbtc-issue-payment", at: block, payload },
    birth: payment.kind === "under" ? null : { id: issueDelivery(issueId, tx.txid), lane: issueLane, serves: [issueTransfer(issueId)], event: id, deadline: runsOutAbout(request, block) },
  }];
}
