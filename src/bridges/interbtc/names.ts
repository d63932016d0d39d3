/**
 * Names and ids of everything interBTC: lanes, events, deliveries, transfers, watches.
 * Always: ids survive a reorg of either chain: they are made of request ids and Bitcoin transaction ids;
 * Bitcoin transaction ids in them are in display order, because people paste them.
 * Never: block hashes or positions in a block.
 */
import { fromDisplay, toDisplay } from "../../chains/bitcoin/order.ts";
import type { PayoutKind, PayoutSign } from "./payout.ts";
import { deliveryId, eventId, laneName, transferId, watchId } from "../../core/values.ts";
import type { DeliveryId, EventId, Hex, TransferId, Watch, WatchId } from "../../core/values.ts";

/** Bitcoin's headers to the parachain's light client. */
export const headersLane = laneName("interbtc-headers");
/** Payments of issues, proved so that the tokens are minted. */
export const issueLane = laneName("interbtc-issue");

/** Payments of refunds, which only the first runtime asks of vaults. */
export const refundLane = laneName("interbtc-refund");

/** A user asked for wrapped tokens. */
export const issueRequestEvent = (issueId: Hex): EventId => eventId(`interbtc:issue-request:${issueId}`);
/** A Bitcoin transaction paid an issue's deposit address. */
export const issuePaymentEvent = (issueId: Hex, txid: Hex): EventId => eventId(`interbtc:issue-payment:${issueId}:${toDisplay(txid)}`);
/** The transaction (wire order) of such an event. */
export const paymentTxid = (event: EventId): Hex => fromDisplay(event.slice(event.lastIndexOf(":") + 1));
/** The parachain minted the tokens of an issue. */
export const issueExecutedEvent = (issueId: Hex): EventId => eventId(`interbtc:issue-executed:${issueId}`);
/** An issue was cancelled; it may be executed even so. */
export const issueCancelledEvent = (issueId: Hex): EventId => eventId(`interbtc:issue-cancelled:${issueId}`);

/** One payment of one issue on its way: an issue paid twice has two of them. */
export const issueDelivery = (issueId: Hex, txid: Hex): DeliveryId => deliveryId(`interbtc-issue-${issueId}-${toDisplay(txid)}`);
export const issueTransfer = (issueId: Hex): TransferId => transferId(`interbtc-issue-${issueId}`);

/** The parachain asked a vault to pay back what was too much of an issue. */
export const refundRequestEvent = (refundId: Hex): EventId => eventId(`interbtc:refund-request:${refundId}`);
/** A Bitcoin transaction names a refund. */
export const refundPaymentEvent = (refundId: Hex, txid: Hex): EventId => eventId(`interbtc:refund-payment:${refundId}:${toDisplay(txid)}`);
/** The parachain took the proof of a refund's payment. */
export const refundExecutedEvent = (refundId: Hex): EventId => eventId(`interbtc:refund-executed:${refundId}`);
export const refundDelivery = (refundId: Hex, txid: Hex): DeliveryId => deliveryId(`interbtc-refund-${refundId}-${toDisplay(txid)}`);
export const refundTransfer = (refundId: Hex): TransferId => transferId(`interbtc-refund-${refundId}`);

const refundPrefix = "interbtc:refund:";
export const refundWatchId = (refundId: Hex): WatchId => watchId(`interbtc:refund:${refundId}`);
/** `forWhom` of the output that names a refund. */
export const refundWatchedFor = (refundId: Hex): string => `${refundPrefix}${refundId}`;
export const isRefundWatch = ({ forWhom }: Pick<Watch, "forWhom">): boolean => forWhom.startsWith(refundPrefix);

const watchPrefix = "interbtc:issue:";
export const depositWatchId = (issueId: Hex): WatchId => watchId(`interbtc:deposit:${issueId}`);
/** `forWhom` of the deposit address of an issue. */
export const watchedFor = (issueId: Hex): string => `${watchPrefix}${issueId}`;
/** The issue whose deposit address a watch is, or null when it is not one. */
export function issueOf(watch: Watch): Hex | null {
  return watch.forWhom.startsWith(watchPrefix) ? (watch.forWhom.slice(watchPrefix.length) as Hex) : null;
}

/** What the parachain says of a redeem or a replace: it was requested, executed, cancelled; the vault minted for a reimbursed one. */
export const payoutEvent = (kind: PayoutKind, stage: PayoutSign["stage"], id: Hex): EventId => eventId(`interbtc:${kind}-${stage}:${id}`);
/** A Bitcoin transaction carries the id of a redeem or a replace. */
export const payoutPaymentEvent = (kind: PayoutKind, id: Hex, txid: Hex): EventId => eventId(`interbtc:${kind}-payment:${id}:${toDisplay(txid)}`);

const payoutPrefix = "interbtc:payout:";
export const payoutWatchId = (id: Hex): WatchId => watchId(`interbtc:payout:${id}`);
/** `forWhom` of the output that carries the id of a redeem or a replace. */
export const payoutWatchedFor = (id: Hex): string => `${payoutPrefix}${id}`;
export const isPayoutWatch = ({ forWhom }: Pick<Watch, "forWhom">): boolean => forWhom.startsWith(payoutPrefix);
