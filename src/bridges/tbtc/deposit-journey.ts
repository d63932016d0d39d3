/**
 * A deposit from its facts: revealed on Ethereum, swept on Bitcoin, proved, credited.
 * Always: the funding transaction is not among its facts; a node is asked for it only while nobody sweeps (see the monitor's facts).
 * Never: I/O.
 */
import { proofEvent } from "./names.ts";
import { assumed } from "./periods.ts";
import type { TbtcPeriods } from "./periods.ts";
import { epochDeadlines } from "./relay-epochs.ts";
import { toDisplay } from "../../chains/bitcoin/order.ts";
import { reverseHex } from "../../core/hex.ts";
import type { Derived, EventFact, Facts } from "../../core/transfer-fold.ts";
import { deliveryFor, endsOf, goneHints, isIn, legsOf, ofKind } from "../../core/transfer-legs.ts";
import type { Deadline } from "../../core/transfer.ts";
import type { Hex, Json, Millis } from "../../core/values.ts";

type Reveal = {
  readonly wallet: Hex; readonly tx: Hex; readonly depositor: Hex; readonly vault: Hex; readonly amountSat: string;
  readonly outpoint: { readonly txid: Hex; readonly index: number }; readonly refundLocktime: Hex;
};
export type KeptWalletTx = { readonly wallet: Hex; readonly txid: Hex; readonly tx: Hex | null };
type Known = Pick<Facts, "events" | "deliveries" | "expiredAt">;

/** @param noVault the address that stands for "no vault" */
export function keepDeposit(payload: Json, noVault: Hex): Json {
  const { wallet, tx, depositor, vault, amountSat, outpoint, refundLocktime } = payload as unknown as Reveal;
  return { wallet, tx, depositor, vault: vault === noVault ? null : vault, amountSat, outpoint, refundLocktime };
}

/** 4 bytes little-endian, Unix seconds. */
const locktimeMs = (locktime: Hex): Millis => Number(reverseHex(locktime)) * 1_000;

/** The proof of a wallet's transaction, the transaction chosen among those seen (a reorg may have replaced one). */
export function provedBy(facts: Known, sweeps: readonly EventFact[]): { readonly payment: EventFact | null; readonly effect: EventFact | null } {
  const proofOf = (sweep: EventFact) => facts.events[proofEvent((sweep.kept as KeptWalletTx).txid)] ?? null;
  const payment = sweeps.find((sweep) => isIn(proofOf(sweep))) ?? sweeps[0] ?? null;
  return { payment, effect: payment === null ? null : proofOf(payment) };
}

export function deriveDeposit(facts: Known, periods: TbtcPeriods): Derived {
  const reveal = ofKind(facts, "tbtc-deposit-revealed")[0] ?? null;
  const sweeps = ofKind(facts, "tbtc-sweep");
  const { payment, effect } = provedBy(facts, sweeps);
  const legs = legsOf(payment, deliveryFor(facts, payment), effect);
  const about = reveal === null ? null : (reveal.kept as Reveal);
  const isGone = (reveal === null || !isIn(reveal)) && !isIn(payment) && !isIn(effect) && legs.final === null && (reveal !== null || payment !== null);
  const txids = sweeps.map(({ kept }) => (kept as KeptWalletTx).txid);
  const deadlines = about === null || legs.included !== null ? [] : legs.paid !== null ? epochDeadlines(payment?.block?.height ?? null, periods.relayProofLength) : refundDeadlines(locktimeMs(about.refundLocktime), periods.refundMarginMs);
  return {
    openedAt: reveal?.seenAt ?? null,
    ends: [isIn(reveal) ? reveal.finalAt : null, ...endsOf(legs)],
    outcome: legs.final !== null ? "completed" : isGone ? "orphaned" : null,
    endedAt: legs.final ?? (reveal ?? payment)?.seenAt ?? null,
    deadlines, deadlineRule: "any",
    hints: goneHints(reveal, payment, effect),
    about: {
      ...(about === null ? {} : { depositor: about.depositor, wallet: about.wallet, vault: about.vault, amountSat: about.amountSat, fundingTxid: toDisplay(about.outpoint.txid), fundingIndex: about.outpoint.index, revealTx: about.tx }),
      ...(payment === null ? {} : { sweepTxid: toDisplay((payment.kept as KeptWalletTx).txid) }),
      ...(isIn(payment) ? { paymentHeight: payment.block?.height ?? null } : {}),
      ...(effect === null ? {} : { proofTx: (effect.kept as KeptWalletTx).tx }),
      ...assumed(deadlines, periods),
    },
    keys: [...(about === null ? [] : [about.outpoint.txid, about.tx, about.depositor, about.wallet]), ...txids, ...proofTxs(effect)],
    related: txids.map(proofEvent),
  };
}

export const proofTxs = (effect: EventFact | null): readonly Hex[] => {
  const tx = effect === null ? null : (effect.kept as KeptWalletTx).tx;
  return tx === null ? [] : [tx];
};

const refundDeadlines = (refundAt: Millis, marginMs: Millis): readonly Deadline[] => [
  { what: "wallets no longer sweep it", chain: "ethereum", clock: "time", value: refundAt - marginMs, at: refundAt - marginMs },
  { what: "the depositor may take the coins back", chain: "bitcoin", clock: "time", value: refundAt, at: refundAt },
];
