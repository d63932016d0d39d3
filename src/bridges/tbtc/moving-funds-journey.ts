/**
 * A wallet that must move its funds to others, from its facts: told to on Ethereum, targets chosen there, moved on Bitcoin, proved.
 * Always: a wallet does this at most once in its life; the proof is somebody else's to send.
 * Never: I/O; takes a Bitcoin transaction for the move that does not pay the chosen wallets, in their order.
 */
import { proofTxs, provedBy } from "./deposit-journey.ts";
import type { KeptWalletTx } from "./deposit-journey.ts";
import { movingFundsCommitment, publicKeyHashOf } from "./keys.ts";
import { proofEvent } from "./names.ts";
import { assumed } from "./periods.ts";
import type { TbtcPeriods } from "./periods.ts";
import { epochDeadlines } from "./relay-epochs.ts";
import type { WalletTx } from "./wallet-tx.ts";
import { toDisplay } from "../../chains/bitcoin/order.ts";
import type { Deadline } from "../../core/transfer.ts";
import type { Derived, EventFact, Facts } from "../../core/transfer-fold.ts";
import { goneHints, isIn, legsOf, ofKind } from "../../core/transfer-legs.ts";
import type { Hex, Json, Millis } from "../../core/values.ts";

const over = ["tbtc-moving-funds-completed", "tbtc-wallet-closing", "tbtc-wallet-closed"] as const;
type KeptMove = KeptWalletTx & { readonly targets: readonly Hex[] };
type Known = Pick<Facts, "events" | "deliveries" | "expiredAt">;

/** Wallets that a transaction pays, if it pays nothing else: the move's targets. Null: it cannot be one. */
export function movesTo({ outputs }: Pick<WalletTx, "outputs">): readonly Hex[] | null {
  const paid = outputs.map(({ script, toWallet }) => (toWallet ? null : publicKeyHashOf(script)));
  return paid.includes(null) ? null : paid.filter((hash) => hash !== null);
}

export const keepMove = (tx: WalletTx): Json => ({ wallet: tx.wallet, txid: tx.txid, tx: null, targets: movesTo(tx) ?? [] });
export const keepCommitment = (payload: Json): Json => {
  const { wallet, tx, targets } = payload as unknown as KeptMove;
  return { wallet, tx, targets };
};

const targetsOf = (fact: EventFact): readonly Hex[] => (fact.kept as KeptMove).targets;

/** Newest order or reset: from then on the time counts. */
function countedFrom(facts: Known, order: EventFact | null): Millis {
  const resets = ofKind(facts, "tbtc-moving-funds-reset").filter(isIn).map(({ block }) => block?.time ?? 0);
  return Math.max(order?.block?.time ?? 0, ...resets);
}

export function deriveMovingFunds(facts: Known, periods: TbtcPeriods): Derived {
  const order = ofKind(facts, "tbtc-wallet-moving-funds")[0] ?? null;
  const commitment = ofKind(facts, "tbtc-moving-funds-committed")[0] ?? null;
  const terminated = ofKind(facts, "tbtc-wallet-terminated")[0] ?? null;
  const proved = ofKind(facts, over[0])[0] ?? null;
  const chosen = isIn(commitment) ? movingFundsCommitment(targetsOf(commitment)) : null;
  const moves = ofKind(facts, "tbtc-redemption").filter((tx) => movingFundsCommitment(targetsOf(tx)) === chosen || proved?.id === proofEvent((tx.kept as KeptMove).txid));
  const { payment } = provedBy(facts, moves);
  // with less than dust left the wallet closes without a move
  const effect = proved ?? ofKind(facts, ...over)[0] ?? null;
  const legs = legsOf(payment, null, effect);
  const about = order ?? effect ?? terminated ?? commitment;
  const isGone = about !== null && !isIn(order) && !isIn(effect) && !isIn(terminated) && !isIn(payment);
  // a wallet may close, be terminated or pay whole amounts out without ever having been told to move funds
  const isOther = order === null && proved === null;
  const deadlines = deadlinesOf(countedFrom(facts, order), isIn(order) && legs.included === null, legs.paid === null ? null : (payment?.block?.height ?? null), periods);
  return {
    openedAt: order?.seenAt ?? null,
    ends: [isIn(order) ? order.finalAt : null, legs.paid, legs.paidFinal, legs.included, legs.final],
    outcome: isGone || isOther ? "orphaned" : isIn(terminated) && !isIn(effect) ? "expired" : legs.final !== null ? "completed" : null,
    endedAt: legs.final ?? terminated?.seenAt ?? about?.seenAt ?? null,
    deadlines, deadlineRule: "any",
    hints: goneHints(order, payment, effect),
    about: { ...aboutOf(facts, { order, commitment, payment, proved, terminated }), ...assumed(deadlines, periods) },
    keys: [order, commitment, payment, effect, terminated].flatMap((fact) => {
      const { wallet, txid, tx } = (fact?.kept ?? {}) as Partial<KeptWalletTx>;
      return [wallet, txid, tx].filter((key) => typeof key === "string");
    }),
    related: moves.map(({ kept }) => proofEvent((kept as KeptMove).txid)),
  };
}

function deadlinesOf(from: Millis, isOpen: boolean, movedAtHeight: number | null, { movingFundsTimeoutMs, relayProofLength }: TbtcPeriods): readonly Deadline[] {
  if (!isOpen) return [];
  const dueAt = from + movingFundsTimeoutMs;
  return [
    { what: "the wallet is terminated and its operators lose stake", chain: "ethereum", clock: "time", value: dueAt, at: dueAt },
    ...epochDeadlines(movedAtHeight, relayProofLength),
  ];
}

type Met = Readonly<Record<"order" | "commitment" | "payment" | "proved" | "terminated", EventFact | null>>;

function aboutOf(facts: Known, { order, commitment, payment, proved, terminated }: Met): Derived["about"] {
  const timedOut = isIn(ofKind(facts, "tbtc-moving-funds-timed-out")[0]);
  const txid = ((proved ?? payment)?.kept as KeptMove | undefined)?.txid;
  return {
    wallet: ((order ?? proved ?? terminated ?? commitment)?.kept as KeptWalletTx | undefined)?.wallet ?? null,
    ...(isIn(commitment) ? { targets: [...targetsOf(commitment)], commitmentTx: (commitment.kept as KeptMove).tx } : {}),
    ...(txid === undefined ? {} : { movingTxid: toDisplay(txid) }),
    ...(isIn(payment) ? { paymentHeight: payment.block?.height ?? null } : {}),
    ...(proved === null ? {} : { proofTx: proofTxs(proved)[0] ?? null }),
    ...(isIn(ofKind(facts, "tbtc-moving-funds-below-dust")[0]) ? { because: "less than dust was left, so the wallet closes without a move" } : {}),
    ...(isIn(terminated) ? { because: timedOut ? "it did not move its funds in time: the wallet is terminated and its operators lost stake; the coins stay on Bitcoin" : "the wallet is terminated; the coins stay on Bitcoin" } : {}),
  };
}
