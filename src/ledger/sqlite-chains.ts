/**
 * Views, blocks, events, watches, scan ranges, halts and the audit log as rows.
 * Always: a view is read from its text once per change, however often it is asked for.
 * Never: a rule of the ledger.
 */
import type { ChainView } from "../core/chain-view.ts";
import { headOf } from "../core/chain-view.ts";
import type { AuditEntry, ChainName, Halt, Hex, Json, Scope, SourceEvent, Watch } from "../core/values.ts";
import type { ScanRange } from "../ports.ts";
import { isClosed, withEnd } from "./rules.ts";
import type { ChainRows, DeskRows, EventFilter } from "./rows.ts";
import type { Row, Statements } from "./sqlite-statements.ts";
import { boundAtOnce, equals, inPieces, isIn, jsonOf, limitOf, numberOf, numberOrNull, textOf, textOrNull, whereOf } from "./sqlite-statements.ts";
import type { NextChange } from "./sqlite-transfers.ts";

export function createSqliteChains(statements: Statements, nextChange: NextChange): ChainRows {
  return { ...createViews(statements), ...createEvents(statements, nextChange), ...createWatches(statements) };
}

function createViews({ run, one }: Statements): Pick<ChainRows, "view" | "putView" | "blockAt" | "putBlock" | "dropBlock"> {
  const known = new Map<ChainName, ChainView>();
  return {
    view: (chain) => {
      const row = one("SELECT head_hash, final_hash FROM views WHERE chain = ?", chain);
      if (row === null) return null;
      const cached = known.get(chain);
      // a tip is hash-linked, so its two ends name it whole
      if (cached !== undefined && headOf(cached).hash === row["head_hash"] && cached.final.hash === row["final_hash"]) return cached;
      const full = one("SELECT body FROM views WHERE chain = ?", chain);
      const view = full === null ? null : (jsonOf(full, "body") as ChainView);
      if (view !== null) known.set(chain, view);
      return view;
    },
    putView: (chain, view) =>
      run(
        `INSERT INTO views (chain, head_hash, final_hash, body) VALUES (?, ?, ?, ?)
         ON CONFLICT (chain) DO UPDATE SET head_hash = excluded.head_hash, final_hash = excluded.final_hash, body = excluded.body`,
        chain, headOf(view).hash, view.final.hash, JSON.stringify(view),
      ),
    blockAt: (chain, height) => {
      const row = one("SELECT hash, parent, time FROM blocks WHERE chain = ? AND height = ?", chain, height);
      if (row === null) return null;
      return { chain, height, hash: textOf(row, "hash") as Hex, parent: textOf(row, "parent") as Hex, time: numberOf(row, "time") };
    },
    putBlock: ({ chain, height, hash, parent, time }) =>
      run(
        `INSERT INTO blocks (chain, height, hash, parent, time) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (chain, height) DO UPDATE SET hash = excluded.hash, parent = excluded.parent, time = excluded.time`,
        chain, height, hash, parent, time,
      ),
    dropBlock: ({ chain, height, hash }) => run("DELETE FROM blocks WHERE chain = ? AND height = ? AND hash = ?", chain, height, hash),
  };
}

function createEvents({ run, one, all }: Statements, nextChange: NextChange): Pick<ChainRows, "event" | "putEvent" | "events"> {
  const select = ({ ids, at, kind, limit }: EventFilter): readonly SourceEvent[] => {
    const { sql, values } = whereOf([isIn("id", ids), isIn("at_hash", at), equals("kind", kind)]);
    return all(`SELECT body FROM events ${sql} ORDER BY id LIMIT ?`, ...values, limitOf(limit)).map((row) => (jsonOf(row, "body") as SourceEvent));
  };
  return {
    event: (id) => {
      const row = one("SELECT body FROM events WHERE id = ?", id);
      return row === null ? null : (jsonOf(row, "body") as SourceEvent);
    },
    putEvent: (event, recordedAt) =>
      run(
        `INSERT INTO events (id, kind, at_hash, body, recorded_at, seq) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, at_hash = excluded.at_hash, body = excluded.body,
           recorded_at = excluded.recorded_at, seq = excluded.seq`,
        event.id, event.kind, event.at?.hash ?? null, JSON.stringify(event), recordedAt, nextChange(),
      ),
    events: (filter) => {
      const parts = partsOf(filter);
      if (parts.length === 1) return parts.flatMap(select);
      const found = new Map(parts.flatMap(select).map((event) => [event.id, event]));
      const sorted = [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      return sorted.slice(0, limitOf(filter.limit));
    },
  };
}

/** The same question in pieces that can be bound. */
function partsOf(filter: EventFilter): readonly EventFilter[] {
  if ((filter.ids?.length ?? 0) > boundAtOnce) {
    return inPieces(filter.ids ?? []).flatMap((ids) => partsOf({ ...filter, ids }));
  }
  if ((filter.at?.length ?? 0) > boundAtOnce) return inPieces(filter.at ?? []).map((at) => ({ ...filter, at }));
  return [filter];
}

type WatchRows = Pick<ChainRows, "watch" | "addWatch" | "endWatch" | "closeWatches" | "watches" | "watchesSince" | "watchSetVersion" | "putWatchSetVersion" | "range" | "putRange" | "openRanges">;

function createWatches({ run, one, all }: Statements): WatchRows {
  return {
    watch: (id) => {
      const row = one("SELECT body, until_height FROM watches WHERE id = ?", id);
      return row === null ? null : watchIn(row);
    },
    addWatch: (watch, version) =>
      run(
        `INSERT INTO watches (id, chain, body, version, until_height) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET chain = excluded.chain, body = excluded.body, version = excluded.version, until_height = excluded.until_height, is_over = 0`,
        watch.id, watch.chain, JSON.stringify(watch), version, watch.untilHeight ?? null,
      ),
    endWatch: (id, untilHeight) => run("UPDATE watches SET until_height = ? WHERE id = ? AND is_over = 0 AND (until_height IS NULL OR until_height > ?)", untilHeight, id, untilHeight),
    closeWatches: (chain, height, version) => {
      const over = all("SELECT id FROM watches WHERE chain = ? AND is_over = 0 AND until_height IS NOT NULL AND until_height <= ?", chain, height);
      for (const row of over) run("UPDATE watches SET is_over = 1, version = ? WHERE id = ?", version, textOf(row, "id"));
      return over.length;
    },
    watches: (chain) => all("SELECT body, until_height FROM watches WHERE chain = ? AND is_over = 0 ORDER BY id", chain).map(watchIn),
    watchesSince: (chain, version) =>
      all("SELECT body, is_over FROM watches WHERE chain = ? AND version > ? ORDER BY id", chain, version).map((row) => ({ watch: jsonOf(row, "body") as Watch, isOver: numberOf(row, "is_over") === 1 })),
    watchSetVersion: (chain) => {
      const row = one("SELECT version FROM watch_sets WHERE chain = ?", chain);
      return row === null ? 0 : numberOf(row, "version");
    },
    putWatchSetVersion: (chain, version) =>
      run("INSERT INTO watch_sets (chain, version) VALUES (?, ?) ON CONFLICT (chain) DO UPDATE SET version = excluded.version", chain, version),
    range: (id) => {
      const row = one("SELECT * FROM ranges WHERE id = ?", id);
      return row === null ? null : rangeOf(row);
    },
    putRange: (range) =>
      run(
        `INSERT INTO ranges (id, chain, purpose, next, last, missing, is_open) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET next = excluded.next, missing = excluded.missing, is_open = excluded.is_open`,
        range.id, range.chain, range.purpose, range.next, range.last, JSON.stringify(range.missing), isClosed(range) ? 0 : 1,
      ),
    openRanges: (chain) => all("SELECT * FROM ranges WHERE chain = ? AND is_open = 1 ORDER BY next, id", chain).map(rangeOf),
  };
}

const watchIn = (row: Row): Watch => withEnd({ watch: jsonOf(row, "body") as Watch, untilHeight: numberOrNull(row, "until_height") });

const rangeOf = (row: Row): ScanRange => ({
  id: textOf(row, "id"), chain: textOf(row, "chain") as ChainName, purpose: textOf(row, "purpose") as ScanRange["purpose"],
  next: numberOf(row, "next"), last: numberOf(row, "last"), missing: (jsonOf(row, "missing") as readonly number[]),
});

export function createSqliteDesk({ run, one, all }: Statements): DeskRows {
  return {
    condition: (name) => {
      const row = one("SELECT since FROM conditions WHERE name = ?", name);
      return row === null ? null : numberOf(row, "since");
    },
    putCondition: (name, since) => run("INSERT INTO conditions (name, since) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET since = excluded.since", name, since),
    removeCondition: (name) => run("DELETE FROM conditions WHERE name = ?", name),
    halts: () => all("SELECT * FROM halts ORDER BY kind, name").map(haltOf),
    halt: ({ kind, name }) => {
      const row = one("SELECT * FROM halts WHERE kind = ? AND name = ?", kind, name);
      return row === null ? null : haltOf(row);
    },
    putHalt: ({ scope, code, because, since }) =>
      run(
        `INSERT INTO halts (kind, name, code, because, since) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (kind, name) DO UPDATE SET code = excluded.code, because = excluded.because, since = excluded.since`,
        scope.kind, scope.name, code, because, since,
      ),
    removeHalt: ({ kind, name }) => run("DELETE FROM halts WHERE kind = ? AND name = ?", kind, name),
    addAudit: ({ at, who, what, subject, because, detail }) =>
      run(
        "INSERT INTO audit (at, who, what, subject, because, detail) VALUES (?, ?, ?, ?, ?, ?)",
        at, who, what, subject, because, JSON.stringify(detail),
      ),
    audit: ({ subject, limit }) => {
      const { sql, values } = whereOf([equals("subject", subject)]);
      return all(`SELECT * FROM audit ${sql} ORDER BY seq DESC LIMIT ?`, ...values, limitOf(limit)).map(auditOf).toReversed();
    },
    auditPage: (after, limit) =>
      all("SELECT seq, at, who, subject FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", after, limit).map((row) => ({
        seq: numberOf(row, "seq"), at: numberOf(row, "at"), who: textOf(row, "who"), subject: textOf(row, "subject"),
      })),
    dropAudit: (seq) => run("DELETE FROM audit WHERE seq = ?", seq),
    beat: () => run("UPDATE beats SET count = count + 1 WHERE id = 1"),
  };
}

const haltOf = (row: Row): Halt => ({
  scope: { kind: textOf(row, "kind") as Scope["kind"], name: textOf(row, "name") },
  code: textOf(row, "code"), because: textOf(row, "because"), since: numberOf(row, "since"),
});

const auditOf = (row: Row): AuditEntry => ({
  at: numberOf(row, "at"), who: textOf(row, "who"), what: textOf(row, "what"), subject: textOf(row, "subject"),
  because: textOrNull(row, "because"), detail: (jsonOf(row, "detail") as Json),
});
