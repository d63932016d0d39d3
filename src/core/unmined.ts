/**
 * Payments that are in no block yet, as a node's mempool shows them over time: since when, at what fee, and when one is gone.
 * Always: pure, and JSON-able; told to people alone, never the basis of a delivery. What is in a block is the watchers' business.
 * Never: takes one that was just mined for dropped: it is gone only when the ledger has read as far as the node that lost it.
 */
import type { EventId, Hex, Millis, Outpoint, TransferId } from "./values.ts";

/** Hashes in wire order; fee rate in satoshi per virtual byte. */
export type UnminedPayment = {
  readonly txid: Hex;
  /** what it would bring, and for whom, were it in a block */
  readonly events: readonly EventId[];
  readonly transfers: readonly TransferId[];
  readonly inputs: readonly Outpoint[];
  readonly since: Millis;
  readonly satPerVb: number;
  /** no mempool has it any more, as of then, with the node's height; `spentBy`: another unmined transaction that spends one of its inputs */
  readonly gone: { readonly at: Millis; readonly height: number; readonly spentBy: Hex | null } | null;
};

/** One look at the mempools. `absent`: of those known before. */
export type MempoolLook = {
  readonly at: Millis;
  readonly height: number;
  readonly present: readonly Omit<UnminedPayment, "gone">[];
  readonly absent: readonly { readonly txid: Hex; readonly spentBy: Hex | null }[];
};

/** one that is gone is told of for this long */
const toldForMs: Millis = 7 * 24 * 3_600_000;

/** What is known after a look; `isMined`: its event is in a block of the ledger. */
export function foldUnmined(before: readonly UnminedPayment[], look: MempoolLook, isMined: (event: EventId) => boolean): readonly UnminedPayment[] {
  const seen = look.present.map((one): UnminedPayment => {
    const known = before.find(({ txid }) => txid === one.txid);
    // a node that restarts, or another one, may have taken it later
    return { ...one, since: Math.min(one.since, known?.since ?? one.since), gone: null };
  });
  const rest = before.filter(({ txid }) => !seen.some((one) => one.txid === txid)).map((one): UnminedPayment => {
    const absent = look.absent.find(({ txid }) => txid === one.txid);
    return absent === undefined ? one : { ...one, gone: { at: one.gone?.at ?? look.at, height: one.gone?.height ?? look.height, spentBy: absent.spentBy ?? one.gone?.spentBy ?? null } };
  });
  const isReplaced = (one: UnminedPayment): boolean => seen.some(({ transfers, inputs }) => one.transfers.every((id) => transfers.includes(id)) && inputs.some((input) => one.inputs.some((own) => own.txid === input.txid && own.index === input.index)));
  return [...seen, ...rest.filter((one) => one.gone === null || (look.at - one.gone.at < toldForMs && !isReplaced(one)))].filter(({ events }) => !events.some(isMined));
}

/** Did something happen that is to be remembered over a restart? Fees and times alone are read again. */
export const hasMoved = (before: UnminedPayment | undefined, now: UnminedPayment): boolean =>
  before === undefined || (before.gone === null) !== (now.gone === null) || before.gone?.spentBy !== now.gone?.spentBy;

/** The payment a transfer waits for: one that is there before one that is gone, then the newest. `readHeight`: as far as the ledger has read Bitcoin. */
export function unminedFor(payments: readonly UnminedPayment[], transfer: TransferId, readHeight: number): UnminedPayment | null {
  const own = payments.filter(({ transfers, gone }) => transfers.includes(transfer) && (gone === null || gone.height <= readHeight));
  return own.toSorted((a, b) => Number(a.gone !== null) - Number(b.gone !== null) || b.since - a.since || (a.txid < b.txid ? -1 : 1))[0] ?? null;
}
