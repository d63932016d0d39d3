/**
 * Names and ids of everything tBTC: lanes, events, deliveries, transfers, watches.
 * Always: ids survive a reorg of either chain: they are made of Bitcoin transaction ids and of the Bridge's keys;
 * Bitcoin transaction ids in them are in display order, because people paste them.
 * Never: block hashes or positions in a block.
 */
import { toDisplay } from "../../chains/bitcoin/order.ts";
import { sizeOf } from "../../core/hex.ts";
import { deliveryId, eventId, laneName, transferId, watchId } from "../../core/values.ts";
import type { DeliveryId, EventId, Hex, Millis, Outpoint, TransferId, Watch, WatchId } from "../../core/values.ts";
import { walletScripts } from "./keys.ts";

export const depositSweepLane = laneName("tbtc-deposit-sweep");
export const redemptionLane = laneName("tbtc-redemption");

/** A wallet's Bitcoin transaction. */
export const walletTxEvent = (txid: Hex): EventId => eventId(`tbtc:tx:${toDisplay(txid)}`);
/** The Bridge accepted the proof of this Bitcoin transaction. */
export const proofEvent = (txid: Hex): EventId => eventId(`tbtc:proof:${toDisplay(txid)}`);
export const revealEvent = (depositKey: Hex): EventId => eventId(`tbtc:reveal:${depositKey}`);
/** The same script may be requested again after completion, but only once in one transaction. */
export const requestEvent = (redemptionKey: Hex, tx: Hex): EventId => eventId(`tbtc:redemption-request:${redemptionKey}:${tx}`);
export const timeoutEvent = (redemptionKey: Hex, tx: Hex): EventId => eventId(`tbtc:redemption-timeout:${redemptionKey}:${tx}`);
/** A guardian objects at most once. */
export const objectionEvent = (redemptionKey: Hex, guardian: Hex): EventId => eventId(`tbtc:redemption-objection:${redemptionKey}:${guardian}`);
/** A key that was vetoed is never asked for again. */
export const vetoEvent = (redemptionKey: Hex): EventId => eventId(`tbtc:redemption-veto:${redemptionKey}`);
export const vetoWithdrawnEvent = (redemptionKey: Hex): EventId => eventId(`tbtc:redemption-veto-withdrawn:${redemptionKey}`);
/** May happen several times. */
export const movingFundsResetEvent = (wallet: Hex, tx: Hex): EventId => eventId(`tbtc:moving-funds-reset:${wallet}:${tx}`);
export const movedFundsTimeoutEvent = (outpointKey: Hex): EventId => eventId(`tbtc:moved-funds-timeout:${outpointKey}`);
/** Governance changed periods or limits; `what` names the group. */
export const parametersEvent = (what: string, tx: Hex): EventId => eventId(`tbtc:parameters:${what}:${tx}`);
/** A wallet passes each state at most once. */
export const walletEvent = (what: string, wallet: Hex): EventId => eventId(`tbtc:wallet-${what}:${wallet}`);
export const refundFailedEvent = (tx: Hex, receiver: Hex): EventId => eventId(`tbtc:refund-failed:${tx}:${receiver}`);

export const sweepDelivery = (txid: Hex): DeliveryId => deliveryId(`tbtc-deposit-sweep-${toDisplay(txid)}`);
export const redemptionDelivery = (txid: Hex): DeliveryId => deliveryId(`tbtc-redemption-${toDisplay(txid)}`);

export const depositTransfer = (depositKey: Hex): TransferId => transferId(`tbtc-deposit-${depositKey}`);
export const redemptionTransfer = (redemptionKey: Hex): TransferId => transferId(`tbtc-redemption-${redemptionKey}`);
/** A wallet is told to move its funds at most once. */
export const movingFundsTransfer = (wallet: Hex): TransferId => transferId(`tbtc-moving-funds-${wallet}`);

/** Funds that a wallet got from another one, by the output's key. */
export const movedFundsTransfer = (outpointKey: Hex): TransferId => transferId(`tbtc-moved-funds-${outpointKey}`);

const watchPrefix = "tbtc:";
/** `forWhom` of everything watched for a wallet. */
const watchedFor = (wallet: Hex): string => `${watchPrefix}${wallet}`;
/** The wallet a watch is for, or null when it is not one of tBTC's. */
export function walletOf(watch: Watch): Hex | null {
  const wallet = watch.forWhom.startsWith(watchPrefix) ? watch.forWhom.slice(watchPrefix.length) : "";
  return wallet.startsWith("0x") && sizeOf(wallet as Hex) === 20 ? (wallet as Hex) : null;
}

/** Both scripts of a wallet, from the first Bitcoin height that can pay it. */
export const scriptWatches = (wallet: Hex, heightHint: number): readonly Watch[] =>
  walletScripts(wallet).map((script, index) => ({
    id: watchId(`tbtc:script:${index === 0 ? "p2wpkh" : "p2pkh"}:${wallet}`),
    chain: "bitcoin",
    target: { script },
    forWhom: watchedFor(wallet),
    heightHint,
    detail: null,
  }));

export const outpointWatchId = ({ txid, index }: Outpoint): WatchId => watchId(`tbtc:outpoint:${toDisplay(txid)}:${index}`);
/** An output of the wallet, whose spending is a transaction of the wallet. `valueSat` travels in the watch's detail. */
export const outpointWatch = (wallet: Hex, outpoint: Outpoint, valueSat: bigint, heightHint: number): Watch => ({
  id: outpointWatchId(outpoint),
  chain: "bitcoin",
  target: { outpoint },
  forWhom: watchedFor(wallet),
  heightHint,
  detail: { valueSat: valueSat.toString() },
});

/** Host or block time of Bitcoin's first possible payment to a wallet → height; null time = the wallet's age is unknown. */
export type BitcoinHeightHint = (timeMs: Millis | null) => number;
