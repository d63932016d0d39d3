/**
 * The order of changes, and transfers, in memory.
 * Always: values go in and out as they would through text. Never: a rule of the ledger.
 */
import type { Projection, RecordedEvent, TransferCount, TransferFilter, TransferPlace } from "../core/projection.ts";
import type { Transfer } from "../core/transfer.ts";
import type { DeliveryId, EventId, Millis, TransferId } from "../core/values.ts";
import { asStored } from "./codec.ts";
import type { Journal } from "./memory-table.ts";
import { createTable } from "./memory-table.ts";
import type { ChainRows, ChangeRows, DeliveryRows, TransferRows } from "./rows.ts";
import { newestChanges } from "./rules.ts";

type Changed = { readonly seq: number } & ({ readonly event: EventId; readonly recordedAt: Millis } | { readonly delivery: DeliveryId });

/** The rows of events and deliveries, numbering each put. */
export function createMemoryChanges<C extends ChainRows, D extends DeliveryRows>(journal: Journal, chains: C, deliveries: D): C & D & ChangeRows {
  const newest = createTable<string, Changed>(journal);
  let last = 0;
  const next = (): number => {
    last += 1;
    return last;
  };
  const recorded = (id: EventId): RecordedEvent | null => {
    const [event, change] = [chains.event(id), newest.get(`event ${id}`)];
    return event === null || change === undefined || !("event" in change) ? null : { event, recordedAt: change.recordedAt };
  };
  const values = <T>(found: readonly { readonly seq: number; readonly value: T | null }[]): readonly { readonly seq: number; readonly value: T }[] =>
    found.flatMap(({ seq, value }) => (value === null ? [] : [{ seq, value }]));
  return {
    ...chains,
    ...deliveries,
    putEvent: (event, recordedAt) => {
      chains.putEvent(event, recordedAt);
      newest.set(`event ${event.id}`, { seq: next(), event: event.id, recordedAt });
    },
    putDelivery: (delivery, before) => {
      deliveries.putDelivery(delivery, before);
      newest.set(`delivery ${delivery.id}`, { seq: next(), delivery: delivery.id });
    },
    recorded: (ids) => ids.flatMap((id) => recorded(id) ?? []),
    changes: (after, limit) => {
      const changed = [...newest.values()].filter(({ seq }) => seq > after).sort((a, b) => a.seq - b.seq).slice(0, limit);
      return newestChanges(
        values(changed.flatMap((one) => ("event" in one ? [{ seq: one.seq, value: recorded(one.event) }] : []))),
        values(changed.flatMap((one) => ("delivery" in one ? [{ seq: one.seq, value: deliveries.delivery(one.delivery) }] : []))),
        after, limit,
      );
    },
  };
}

type Row = { readonly transfer: Transfer; readonly fold: string };

export function createMemoryTransfers(journal: Journal): TransferRows {
  const rows = createTable<TransferId, Row>(journal);
  const projections = createTable<"transfers", Projection>(journal);
  return {
    projection: () => projections.get("transfers") ?? { cursor: 0, fold: "" },
    putProjection: ({ cursor, fold }) => projections.set("transfers", { cursor, fold }),
    transfer: (id) => rows.get(id)?.transfer ?? null,
    putTransfer: (transfer, _before, fold) => rows.set(transfer.id, { transfer: asStored(transfer), fold }),
    removeTransfer: ({ id }) => rows.delete(id),
    transfers: (where) =>
      [...rows.values()].filter((row) => matches(row, where)).map(({ transfer }) => transfer).sort(newestFirst).slice(0, where.limit),
    transfersOfOtherFolds: (fold, limit) =>
      [...rows.values()].filter((row) => row.fold !== fold).map(({ transfer }) => transfer).slice(0, limit),
    transferCounts: () => countsOf([...rows.values()].map(({ transfer }) => transfer)),
  };
}

const newestFirst = (a: TransferPlace, b: TransferPlace): number => b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1);

function matches({ transfer, fold }: Row, where: TransferFilter): boolean {
  const { open, bridge, kind, ids, key, text, after } = where;
  return (open === undefined || (transfer.endedAt === null) === open)
    && (bridge === undefined || transfer.bridge === bridge)
    && (kind === undefined || transfer.kind === kind)
    && (ids === undefined || ids.includes(transfer.id))
    && (key === undefined || transfer.keys.includes(key))
    && (text === undefined || transfer.keys.some((one) => one.startsWith(text)))
    && (where.fold === undefined || fold === where.fold)
    && (after === undefined || (transfer.id !== after.id && newestFirst(after, transfer) < 0));
}

function countsOf(transfers: readonly Transfer[]): readonly TransferCount[] {
  const counts = new Map<string, TransferCount>();
  for (const { bridge, kind, outcome } of transfers) {
    const name = `${bridge} ${kind} ${outcome ?? ""}`;
    counts.set(name, { bridge, kind, outcome, count: (counts.get(name)?.count ?? 0) + 1 });
  }
  return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}
