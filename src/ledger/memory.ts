/**
 * The ledger in memory: for simulation, model and bench.
 * Always: the same answers, refusals and asynchrony as the durable one. Never: durable.
 */
import type { ChainView } from "../core/chain-view.ts";
import type { AuditEntry, BlockRef, ChainName, EventId, Halt, Hex, Millis, Scope, SourceEvent, Watch, WatchId } from "../core/values.ts";
import type { Ledger, ScanRange } from "../ports.ts";
import { asStored } from "./codec.ts";
import { createLedger } from "./ledger.ts";
import { createMemoryDeliveries, createMemorySlots } from "./memory-deliveries.ts";
import { createMemoryChanges, createMemoryTransfers } from "./memory-transfers.ts";
import type { Journal } from "./memory-table.ts";
import { createIndex, createJournal, createTable } from "./memory-table.ts";
import { isClosed, withEnd } from "./rules.ts";
import type { ChainRows, DeskRows, EventFilter, Store } from "./rows.ts";

export const createMemoryLedger = (): Ledger => createLedger(createMemoryStore());

function createMemoryStore(): Store {
  const journal = createJournal();
  let itemMark = 0;
  return {
    rows: {
      ...createMemoryChanges(journal, createMemoryChains(journal), createMemoryDeliveries(journal)), ...createMemorySlots(journal),
      ...createMemoryDesk(journal), ...createMemoryTransfers(journal),
    },
    transaction: {
      begin: () => journal.clear(),
      commit: () => journal.clear(),
      rollback: () => journal.undoTo(0),
      mark: () => void (itemMark = journal.mark()),
      keep: () => undefined,
      undo: () => journal.undoTo(itemMark),
      isBroken: () => false,
    },
    read: (look) => look(),
    soon: queueMicrotask,
    close: () => journal.clear(),
  };
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

function createMemoryChains(journal: Journal): ChainRows {
  const views = createTable<ChainName, ChainView>(journal);
  const blocks = createTable<string, BlockRef>(journal);
  const events = createTable<EventId, SourceEvent>(journal);
  const eventsAt = createIndex<Hex, EventId>(journal);
  const watches = createTable<WatchId, { readonly watch: Watch; readonly version: number; readonly untilHeight: number | null; readonly isOver: boolean }>(journal);
  const watchesOf = (chain: ChainName) => [...watches.values()].filter(({ watch }) => watch.chain === chain).sort((a, b) => byId(a.watch, b.watch));
  const versions = createTable<ChainName, number>(journal);
  const ranges = createTable<string, ScanRange>(journal);
  const blockKey = (chain: ChainName, height: number): string => `${chain} ${height}`;

  function eventIds({ ids, at }: EventFilter): readonly EventId[] {
    if (at !== undefined) return at.flatMap((hash) => eventsAt.of(hash));
    return ids ?? [...events.values()].map(({ id }) => id);
  }

  return {
    view: (chain) => views.get(chain) ?? null,
    putView: (chain, view) => views.set(chain, asStored(view)),
    blockAt: (chain, height) => blocks.get(blockKey(chain, height)) ?? null,
    putBlock: (block) => blocks.set(blockKey(block.chain, block.height), block),
    dropBlock: ({ chain, height, hash }) => {
      if (blocks.get(blockKey(chain, height))?.hash === hash) blocks.delete(blockKey(chain, height));
    },
    event: (id) => events.get(id) ?? null,
    putEvent: (event) => {
      const before = events.get(event.id)?.at ?? null;
      if (before !== null) eventsAt.remove(before.hash, event.id);
      events.set(event.id, asStored(event));
      if (event.at !== null) eventsAt.add(event.at.hash, event.id);
    },
    events: (where) => {
      const found = [...new Set(eventIds(where))].flatMap((id) => events.get(id) ?? []).filter((event) => eventMatches(event, where)).sort(byId);
      return found.slice(0, where.limit ?? found.length);
    },
    watch: (id) => {
      const row = watches.get(id);
      return row === undefined ? null : withEnd(row);
    },
    addWatch: (watch, version) => watches.set(watch.id, { watch: asStored(watch), version, untilHeight: watch.untilHeight ?? null, isOver: false }),
    endWatch: (id, untilHeight) => {
      const row = watches.get(id);
      if (row !== undefined && !row.isOver && (row.untilHeight === null || row.untilHeight > untilHeight)) watches.set(id, { ...row, untilHeight });
    },
    closeWatches: (chain, height, version) => {
      const over = watchesOf(chain).filter(({ untilHeight, isOver }) => !isOver && untilHeight !== null && untilHeight <= height);
      for (const row of over) watches.set(row.watch.id, { ...row, isOver: true, version });
      return over.length;
    },
    watches: (chain) => watchesOf(chain).filter(({ isOver }) => !isOver).map(withEnd),
    watchesSince: (chain, version) => watchesOf(chain).filter((row) => row.version > version),
    watchSetVersion: (chain) => versions.get(chain) ?? 0,
    putWatchSetVersion: (chain, version) => versions.set(chain, version),
    range: (id) => ranges.get(id) ?? null,
    putRange: (range) => ranges.set(range.id, asStored(range)),
    openRanges: (chain) =>
      [...ranges.values()].filter((range) => range.chain === chain && !isClosed(range)).sort((a, b) => a.next - b.next || byId(a, b)),
  };
}

function eventMatches(event: SourceEvent, { ids, at, kind }: EventFilter): boolean {
  return (ids === undefined || ids.includes(event.id))
    && (at === undefined || (event.at !== null && at.includes(event.at.hash)))
    && (kind === undefined || event.kind === kind);
}

function createMemoryDesk(journal: Journal): DeskRows {
  const scopeKey = ({ kind, name }: Scope): string => `${kind} ${name}`;
  const conditions = createTable<string, Millis>(journal);
  const halts = createTable<string, Halt>(journal);
  const audit = createTable<number, AuditEntry>(journal);
  const bySubject = createIndex<string, number>(journal);
  /** one above the highest that is there, as SQLite counts */
  let nextSeq = 1;
  const setNextSeq = (next: number): void => {
    const old = nextSeq;
    journal.note(() => void (nextSeq = old));
    nextSeq = next;
  };
  return {
    condition: (name) => conditions.get(name) ?? null,
    putCondition: (name, since) => conditions.set(name, since),
    removeCondition: (name) => conditions.delete(name),
    halts: () => [...halts.values()].sort((a, b) => (scopeKey(a.scope) < scopeKey(b.scope) ? -1 : 1)),
    halt: (scope) => halts.get(scopeKey(scope)) ?? null,
    putHalt: (halt) => halts.set(scopeKey(halt.scope), asStored(halt)),
    removeHalt: (scope) => halts.delete(scopeKey(scope)),
    addAudit: (entry) => {
      audit.set(nextSeq, asStored(entry));
      bySubject.add(entry.subject, nextSeq);
      setNextSeq(nextSeq + 1);
    },
    audit: ({ subject, limit }) => {
      const found = subject === undefined ? [...audit.values()] : bySubject.of(subject).flatMap((seq) => audit.get(seq) ?? []);
      return found.slice(limit === undefined ? 0 : Math.max(0, found.length - limit));
    },
    auditPage: (after, limit) => [...audit.entries()].filter(([seq]) => seq > after).slice(0, limit).map(([seq, { at, who, subject }]) => ({ seq, at, who, subject })),
    dropAudit: (seq) => {
      bySubject.remove(audit.get(seq)?.subject ?? "", seq);
      audit.delete(seq);
      let last = nextSeq - 1;
      while (last > 0 && audit.get(last) === undefined) last -= 1;
      setNextSeq(last + 1);
    },
    beat: () => undefined,
  };
}
