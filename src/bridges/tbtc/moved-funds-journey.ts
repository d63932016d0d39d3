/**
 * Funds that a wallet got from another one, from their facts: the move is proved on Ethereum, swept by their new wallet on Bitcoin,
 * and that is proved too.
 * Always: one for each output of a move; named by the output. Never: I/O.
 */
import { proofTxs, provedBy } from "./deposit-journey.ts";
import type { KeptWalletTx } from "./deposit-journey.ts";
import { outpointKey } from "./keys.ts";
import { movedFundsTransfer, proofEvent } from "./names.ts";
import { assumed } from "./periods.ts";
import type { TbtcPeriods } from "./periods.ts";
import { epochDeadlines } from "./relay-epochs.ts";
import type { WalletTx } from "./wallet-tx.ts";
import { toDisplay } from "../../chains/bitcoin/order.ts";
import type { Deadline } from "../../core/transfer.ts";
import type { Derived, Facts } from "../../core/transfer-fold.ts";
import { goneHints, isIn, legsOf, ofKind } from "../../core/transfer-legs.ts";
import type { Hex, Json, TransferId } from "../../core/values.ts";

/** An output of a proved move, as its event has it. */
type MovedOutput = { readonly index: number; readonly wallet: Hex; readonly valueSat: string };
type Move = { readonly wallet: Hex; readonly txid: Hex; readonly tx: Hex; readonly moved?: readonly MovedOutput[] };
type KeptMoved = KeptWalletTx & { readonly from: Hex; readonly index: number; readonly valueSat: string };

/** The funds that a proved move gave to other wallets; none when its call could not be read. */
export const movedFundsOf = (payload: Json): readonly TransferId[] => {
  const { txid, moved = [] } = payload as unknown as Move;
  return moved.map(({ index }) => movedFundsTransfer(outpointKey({ txid, index })));
};
/** The funds that a wallet's own transaction may sweep: the Bridge wants them first among its inputs. */
export const sweptFundsOf = ({ inputs, outputs }: WalletTx): readonly TransferId[] => {
  const [first] = inputs;
  return first?.unlock === "wallet" && outputs.length === 1 ? [movedFundsTransfer(outpointKey(first.outpoint))] : [];
};

export function keepMoved(payload: Json, id: TransferId): Json {
  const { wallet: from, txid, tx, moved = [] } = payload as unknown as Move;
  const own = moved.find(({ index }) => movedFundsTransfer(outpointKey({ txid, index })) === id);
  return { from, txid, tx, wallet: own?.wallet ?? null, index: own?.index ?? null, valueSat: own?.valueSat ?? null };
}

export function deriveMovedFunds(facts: Pick<Facts, "events" | "deliveries" | "expiredAt">, periods: TbtcPeriods): Derived {
  const move = ofKind(facts, "tbtc-moving-funds-completed")[0] ?? null;
  const sweeps = ofKind(facts, "tbtc-other");
  const timedOut = ofKind(facts, "tbtc-moved-funds-timed-out")[0] ?? null;
  const { payment, effect } = provedBy(facts, sweeps);
  const legs = legsOf(payment, null, effect);
  const about = (move?.kept ?? null) as KeptMoved | null;
  // a wallet's own output may be its main one, which nobody moved to it
  const isOther = move === null && (isIn(effect) || timedOut !== null);
  const isGone = !isIn(move) && !isIn(payment) && !isIn(effect) && !isIn(timedOut);
  const dueAt = (move?.block?.time ?? 0) + periods.movedFundsSweepTimeoutMs;
  const deadlines: readonly Deadline[] = !isIn(move) || legs.included !== null ? [] : [
    { what: "the wallet that got the funds is terminated and its operators lose stake", chain: "ethereum", clock: "time", value: dueAt, at: dueAt },
    ...epochDeadlines(legs.paid === null ? null : (payment?.block?.height ?? null), periods.relayProofLength),
  ];
  const txids = sweeps.map(({ kept }) => (kept as KeptWalletTx).txid);
  return {
    openedAt: move?.seenAt ?? null,
    ends: [isIn(move) ? move.finalAt : null, legs.paid, legs.paidFinal, legs.included, legs.final],
    outcome: isOther || isGone ? "orphaned" : isIn(timedOut) && !isIn(effect) ? "expired" : legs.final !== null ? "completed" : null,
    endedAt: legs.final ?? timedOut?.seenAt ?? (move ?? payment)?.seenAt ?? null,
    deadlines, deadlineRule: "any",
    hints: goneHints(move, payment, effect),
    about: {
      ...(about === null ? {} : { wallet: about.wallet, from: about.from, amountSat: about.valueSat, movingTxid: toDisplay(about.txid), movingIndex: about.index, moveProofTx: about.tx }),
      ...(payment === null ? {} : { sweepTxid: toDisplay((payment.kept as KeptWalletTx).txid) }),
      ...(isIn(payment) ? { paymentHeight: payment.block?.height ?? null } : {}),
      ...(effect === null ? {} : { proofTx: proofTxs(effect)[0] ?? null }),
      ...(isIn(timedOut) ? { because: "it was not swept in time: the wallet that got it is terminated and its operators lost stake" } : {}),
      ...assumed(deadlines, periods),
    },
    keys: [...(about === null ? [] : [about.txid, about.tx, about.wallet, about.from]).filter((key) => typeof key === "string"), ...txids, ...proofTxs(effect)],
    related: txids.map(proofEvent),
  };
}
