/**
 * Vaults' payments of interBTC's redeems and replaces: every transaction that carries a watched request's id is an event, with what
 * the pallet would say of it.
 * Always: the request comes from the watch's detail, so that the order in which the two chains are seen does not matter.
 * Never: births; who proves these payments is the vault.
 */
import { isPayoutWatch, payoutPaymentEvent } from "../../src/bridges/interbtc/names.ts";
import { judgeOpReturn } from "../../src/bridges/interbtc/op-return.ts";
import { payoutFromJson } from "../../src/bridges/interbtc/payout.ts";
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import type { BlockRef, Watch } from "../../src/core/values.ts";
import type { FoundEvent } from "../../src/ports.ts";
import type { BitcoinReader } from "./source.ts";

export const createInterbtcPayoutBitcoinReader = (): BitcoinReader => ({
  read: (tx, block, hits) => ({ events: hits.filter(isPayoutWatch).flatMap((watch) => paymentOf(tx, block, watch)), births: [], watches: [] }),
  settle: () => ({ births: [], watches: [] }),
});

function paymentOf(tx: BitcoinTx, block: BlockRef, { detail }: Watch): readonly FoundEvent[] {
  const request = payoutFromJson(detail);
  const payment = judgeOpReturn(request, tx);
  if (payment === null) return [];
  const { kind, id } = request;
  return [{
    id: payoutPaymentEvent(kind, id, tx.txid), chain: "bitcoin", kind: `interbtc-${kind}-payment`, at: block,
    payload: { [`${kind}Id`]: id, txid: tx.txid, paidSat: `${payment.paidSat}`, flaw: payment.flaw, request: detail },
  }];
}
