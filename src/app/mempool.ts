/**
 * Payments in no block yet, followed for explaining: looked at, folded, and what happened to them kept in the audit log.
 * Always: after a restart it is known what was seen and what is gone; while nothing is watched nobody is asked.
 * Never: a fact that anything is relayed by.
 */
import type { BitcoinClient } from "../chains/bitcoin/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import type { UnminedView } from "../core/monitored-world.ts";
import { wouldPay } from "../core/transfer-fold.ts";
import type { BridgeJourneys } from "../core/transfer-fold.ts";
import type { Transfer } from "../core/transfer.ts";
import { foldUnmined, hasMoved } from "../core/unmined.ts";
import type { MempoolLook, UnminedPayment } from "../core/unmined.ts";
import type { EventId, Millis, Outpoint, SourceEvent, TransferId } from "../core/values.ts";
import type { Clock, Ledger } from "../ports.ts";
import { createMempoolWatch } from "../../watchers/bitcoin/mempool.ts";
import type { MempoolFound } from "../../watchers/bitcoin/mempool.ts";
import type { BitcoinReader } from "../../watchers/bitcoin/source.ts";

export type MempoolParts = {
  readonly endpoints: Endpoints<BitcoinClient>;
  readonly readers: readonly BitcoinReader[];
  readonly journeys: () => readonly BridgeJourneys[];
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly searchUpTo: number;
  /** open transfers, as of the last look */
  readonly open: () => ReadonlyMap<TransferId, Transfer>;
  /** outputs that wallets wait to spend */
  readonly alsoSpent: () => readonly Outpoint[];
};

const subject = "bitcoin mempool";
/** what is read again at a start: more payments than these are not under way at once */
const notesRead = 500;

/** Gives the look; null: nothing is watched that could be there. Throws when no node, or the ledger, can be asked: what was known stays. */
export function createMempoolFacts(parts: MempoolParts): (signal: AbortSignal) => Promise<UnminedView | null> {
  const { ledger, clock } = parts;
  const look = createMempoolWatch({ endpoints: parts.endpoints, readers: parts.readers, searchUpTo: parts.searchUpTo, alsoSpent: parts.alsoSpent, watchSet: () => ledger.watchSet("bitcoin") });
  let known: readonly UnminedPayment[] | null = null;
  return async (signal) => {
    const before = known ?? (await noted(ledger));
    const found = await look(before, signal);
    const mined = await minedOf(ledger, before, found?.present ?? []);
    const now = found === null ? [] : foldUnmined(before, lookOf(found, parts), (event) => mined.has(event));
    await note(ledger, before, now, clock.now());
    known = now;
    return found === null ? null : { payments: now, minSatPerVb: found.state.minSatPerVb, estimateSatPerVb: found.state.estimateSatPerVb };
  };
}

/** What a block would tell, as payments of transfers. What would not settle one (too little, the wrong form) is none: its payer is as silent as before. */
function lookOf({ state, present, absent }: MempoolFound, { journeys, open, clock }: MempoolParts): MempoolLook {
  const paidBy = (event: SourceEvent): readonly TransferId[] =>
    journeys().flatMap((bridge) => bridge.subjects(event).filter((id) => wouldPay(bridge, id, open().get(id) ?? null, event)));
  return {
    at: clock.now(), height: state.bestHeight, absent,
    present: present.map(({ events, ...one }) => ({
      ...one, events: events.map(({ id }) => id),
      transfers: [...new Set(events.flatMap((event) => paidBy({ ...event, generation: 0 })))],
    })).filter(({ transfers }) => transfers.length > 0),
  };
}

async function minedOf(ledger: Ledger, known: readonly UnminedPayment[], present: MempoolFound["present"]): Promise<ReadonlySet<EventId>> {
  const ids = [...new Set([...known.flatMap(({ events }) => events), ...present.flatMap(({ events }) => events.map(({ id }) => id))])];
  const events = ids.length === 0 ? [] : await ledger.events({ ids });
  return new Set(events.filter(({ at }) => at !== null).map(({ id }) => id));
}

const words = (one: UnminedPayment): string => (one.gone === null ? "payment in the mempool" : "payment gone from the mempool");

async function note(ledger: Ledger, before: readonly UnminedPayment[], now: readonly UnminedPayment[], at: Millis): Promise<void> {
  for (const one of now) {
    if (!hasMoved(before.find(({ txid }) => txid === one.txid), one)) continue;
    await ledger.note({ at, who: "monitor", what: words(one), subject, because: null, detail: one });
  }
}

/** The newest word on each payment. Those that were mined meanwhile fall out at the first look. */
async function noted(ledger: Ledger): Promise<readonly UnminedPayment[]> {
  const newest = new Map<string, UnminedPayment>();
  const entries = await ledger.auditLog({ subject, limit: notesRead });
  for (const { detail } of entries.toSorted((a, b) => a.at - b.at)) {
    const one = detail as unknown as UnminedPayment;
    newest.set(one.txid, one);
  }
  return [...newest.values()];
}
