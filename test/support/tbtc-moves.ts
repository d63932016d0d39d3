/**
 * Facts of a tBTC wallet that moves its funds, of the wallet that gets them, and of guardians, as the watchers store them.
 * Always: the payloads are those of the production readers.
 */
import { outpointKey } from "../../src/bridges/tbtc/keys.ts";
import { movedFundsTimeoutEvent, movedFundsTransfer, movingFundsResetEvent, movingFundsTransfer, objectionEvent, proofEvent, vetoEvent, vetoWithdrawnEvent, walletEvent, walletTxEvent } from "../../src/bridges/tbtc/names.ts";
import type { Hex, SourceEvent } from "../../src/core/values.ts";
import { hashOf } from "./delivery.ts";
import { eventOf, redeemKey, redemptionId, wallet } from "./transfer-stories.ts";

export const nextWallet: Hex = `0x${"77".repeat(20)}`;
export const movingId = movingFundsTransfer(wallet);
const movedKey = outpointKey({ txid: hashOf("move"), index: 0 });
export const movedId = movedFundsTransfer(movedKey);
const parts = { version: "0x01000000", inputVector: "0x00", outputVector: "0x00", locktime: "0x00000000" } as const;

export const stage = (what: string, height: number | null, generation = 0): SourceEvent => eventOf(walletEvent(what, wallet), "ethereum", `tbtc-wallet-${what}`, height, { wallet, tx: hashOf(what) }, generation);
export const step = (what: "timed-out" | "below-dust", height: number): SourceEvent => eventOf(walletEvent(`moving-funds-${what}`, wallet), "ethereum", `tbtc-moving-funds-${what}`, height, { wallet, tx: hashOf(what) });
export const committed = (height = 110, targets: readonly Hex[] = [nextWallet]): SourceEvent => eventOf(walletEvent("moving-funds-committed", wallet), "ethereum", "tbtc-moving-funds-committed", height, { wallet, tx: hashOf("commit"), targets: [...targets] });
export const resetAt = (height: number): SourceEvent => eventOf(movingFundsResetEvent(wallet, hashOf(`reset ${height}`)), "ethereum", "tbtc-moving-funds-reset", height, { wallet, tx: hashOf(`reset ${height}`) });

/** a payment of the wallet's whole output, to one public key hash */
export const moveOf = (height: number | null = 50, generation = 0, to: Hex = nextWallet): SourceEvent =>
  eventOf(walletTxEvent(hashOf("move")), "bitcoin", "tbtc-redemption", height, {
    wallet, txid: hashOf("move"), kind: "redemption", ...parts,
    inputs: [{ outpoint: { txid: hashOf("main"), index: 0 }, unlock: "wallet", valueSat: "9000000" }], outputs: [{ valueSat: "8990000", script: `0x0014${to.slice(2)}`, toWallet: false }],
  }, generation);
export const moveProved = (height = 300, moved = true): SourceEvent => eventOf(proofEvent(hashOf("move")), "ethereum", "tbtc-moving-funds-completed", height, {
  wallet, txid: hashOf("move"), tx: hashOf("proof-call"), call: moved ? "direct" : "wrapped", mainUtxo: null, ...(moved ? { moved: [{ index: 0, wallet: nextWallet, valueSat: "8990000" }] } : {}),
});

export const movedSwept = (height: number | null = 80, generation = 0): SourceEvent =>
  eventOf(walletTxEvent(hashOf("moved-sweep")), "bitcoin", "tbtc-other", height, {
    wallet: nextWallet, txid: hashOf("moved-sweep"), kind: "other", ...parts,
    inputs: [{ outpoint: { txid: hashOf("move"), index: 0 }, unlock: "wallet", valueSat: null }], outputs: [{ valueSat: "8980000", script: `0x0014${nextWallet.slice(2)}`, toWallet: true }],
  }, generation);
export const movedSweepProved = (height = 400): SourceEvent => eventOf(proofEvent(hashOf("moved-sweep")), "ethereum", "tbtc-moved-funds-swept", height, { wallet: nextWallet, txid: hashOf("moved-sweep"), tx: hashOf("proof-call-2"), call: "direct", mainUtxo: null });
export const movedTimedOut = (height = 500): SourceEvent => eventOf(movedFundsTimeoutEvent(movedKey), "ethereum", "tbtc-moved-funds-timed-out", height, { wallet: nextWallet, tx: hashOf("moved-timeout"), outpointKey: movedKey, transfer: movedId });

const aboutRedemption = { redemptionKey: redeemKey, transfer: redemptionId } as const;
export const objected = (height: number | null = 105, guardian: Hex = `0x${"88".repeat(20)}`, generation = 0): SourceEvent => eventOf(objectionEvent(redeemKey, guardian), "ethereum", "tbtc-redemption-objected", height, { ...aboutRedemption, guardian, tx: hashOf("object") }, generation);
export const vetoed = (height: number | null = 120, generation = 0): SourceEvent => eventOf(vetoEvent(redeemKey), "ethereum", "tbtc-redemption-vetoed", height, { ...aboutRedemption, tx: hashOf("veto") }, generation);
export const vetoWithdrawn = (height = 900): SourceEvent => eventOf(vetoWithdrawnEvent(redeemKey), "ethereum", "tbtc-redemption-veto-withdrawn", height, { ...aboutRedemption, tx: hashOf("withdraw"), amountSat: "1" });
