/**
 * The schema, step by step. A step that was released is never changed: a new one is added.
 * Always: each step in one transaction with its number; a ledger of a newer program is refused.
 * Never: dialect where plain SQL does (the numbering `INTEGER PRIMARY KEY` of audit is the one line to translate).
 */
import type { DatabaseSync } from "node:sqlite";
import { misconfigured } from "../core/errors.ts";

export type Migration = { readonly number: number; readonly name: string; readonly sql: string };

/**
 * `body` holds the whole record as JSON; the other columns of a row are copies to search by. Slot keys are numbers that
 * sort as text (codec.ts). Times are milliseconds since 1970.
 */
export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: "first schema",
    sql: `
      CREATE TABLE events (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, at_hash TEXT, body TEXT NOT NULL);
      CREATE INDEX events_at ON events (at_hash) WHERE at_hash IS NOT NULL;
      CREATE INDEX events_kind ON events (kind, id);

      CREATE TABLE deliveries (
        id TEXT PRIMARY KEY, lane TEXT NOT NULL, event TEXT NOT NULL REFERENCES events (id), state TEXT NOT NULL,
        created_at BIGINT NOT NULL, wake_at BIGINT, version BIGINT NOT NULL,
        wait_chain TEXT, wait_at TEXT, wait_height BIGINT, wait_fact TEXT, included_chain TEXT, included_height BIGINT,
        body TEXT NOT NULL);
      CREATE INDEX deliveries_due ON deliveries (wake_at, id) WHERE wake_at IS NOT NULL;
      CREATE INDEX deliveries_state ON deliveries (state, lane, wake_at);
      CREATE INDEX deliveries_created ON deliveries (created_at, id);
      CREATE INDEX deliveries_event ON deliveries (event);
      CREATE INDEX deliveries_wait ON deliveries (wait_chain, wait_at, wait_height) WHERE wait_chain IS NOT NULL;
      CREATE INDEX deliveries_fact ON deliveries (wait_fact) WHERE wait_fact IS NOT NULL;
      CREATE INDEX deliveries_included ON deliveries (included_chain, included_height) WHERE included_chain IS NOT NULL;

      CREATE TABLE delivery_serves (
        transfer TEXT NOT NULL, delivery TEXT NOT NULL REFERENCES deliveries (id), PRIMARY KEY (transfer, delivery));
      CREATE TABLE delivery_blocks (
        chain TEXT NOT NULL, height BIGINT NOT NULL, hash TEXT NOT NULL, delivery TEXT NOT NULL REFERENCES deliveries (id),
        PRIMARY KEY (chain, height, hash, delivery));
      CREATE INDEX delivery_blocks_delivery ON delivery_blocks (delivery);

      CREATE TABLE slots (
        signer TEXT NOT NULL, slot_key TEXT NOT NULL, delivery TEXT REFERENCES deliveries (id), state TEXT NOT NULL,
        PRIMARY KEY (signer, slot_key));
      CREATE INDEX slots_open ON slots (signer, slot_key) WHERE state IN ('reserved', 'live');
      CREATE INDEX slots_delivery ON slots (delivery) WHERE delivery IS NOT NULL;

      CREATE TABLE attempts (
        hash TEXT PRIMARY KEY, signer TEXT NOT NULL, slot_key TEXT NOT NULL, position BIGINT NOT NULL, raw TEXT NOT NULL,
        replaces TEXT, fee TEXT NOT NULL, purpose TEXT NOT NULL, detail TEXT NOT NULL, signed_at BIGINT NOT NULL,
        broadcasts BIGINT NOT NULL, last_sent_at BIGINT, UNIQUE (signer, slot_key, position),
        FOREIGN KEY (signer, slot_key) REFERENCES slots (signer, slot_key));

      CREATE TABLE views (chain TEXT PRIMARY KEY, head_hash TEXT NOT NULL, final_hash TEXT NOT NULL, body TEXT NOT NULL);
      CREATE TABLE blocks (
        chain TEXT NOT NULL, height BIGINT NOT NULL, hash TEXT NOT NULL, parent TEXT NOT NULL, time BIGINT NOT NULL,
        PRIMARY KEY (chain, height));

      CREATE TABLE watches (id TEXT PRIMARY KEY, chain TEXT NOT NULL, body TEXT NOT NULL);
      CREATE INDEX watches_chain ON watches (chain, id);
      CREATE TABLE watch_sets (chain TEXT PRIMARY KEY, version BIGINT NOT NULL);
      CREATE TABLE ranges (
        id TEXT PRIMARY KEY, chain TEXT NOT NULL, purpose TEXT NOT NULL, next BIGINT NOT NULL, last BIGINT NOT NULL,
        missing TEXT NOT NULL, is_open INTEGER NOT NULL);
      CREATE INDEX ranges_open ON ranges (chain, next, id) WHERE is_open = 1;

      CREATE TABLE halts (
        kind TEXT NOT NULL, name TEXT NOT NULL, code TEXT NOT NULL, because TEXT NOT NULL, since BIGINT NOT NULL,
        PRIMARY KEY (kind, name));
      CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL,
        because TEXT, detail TEXT NOT NULL);
      CREATE INDEX audit_subject ON audit (subject, seq);
      CREATE TABLE beats (id INTEGER PRIMARY KEY, count BIGINT NOT NULL);
      INSERT INTO beats (id, count) VALUES (1, 0);
    `,
  },
  {
    number: 2,
    name: "order of changes, counts, transfers",
    // `seq` is the number of the last put, of events and deliveries together. outcome '' = open
    sql: `
      ALTER TABLE events ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
      ALTER TABLE events ADD COLUMN recorded_at BIGINT NOT NULL DEFAULT 0;
      UPDATE events SET seq = rowid;
      CREATE INDEX events_seq ON events (seq);
      ALTER TABLE deliveries ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
      UPDATE deliveries SET seq = rowid + (SELECT coalesce(max(seq), 0) FROM events);
      CREATE INDEX deliveries_seq ON deliveries (seq);

      CREATE TABLE delivery_counts (lane TEXT NOT NULL, state TEXT NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (lane, state)) WITHOUT ROWID;
      INSERT INTO delivery_counts (lane, state, count) SELECT lane, state, count(*) FROM deliveries GROUP BY lane, state;

      CREATE TABLE transfers (
        id TEXT PRIMARY KEY, bridge TEXT NOT NULL, kind TEXT NOT NULL, opened_at BIGINT NOT NULL, outcome TEXT NOT NULL,
        is_open INTEGER NOT NULL, fold TEXT NOT NULL, body TEXT NOT NULL);
      CREATE INDEX transfers_opened ON transfers (opened_at, id);
      CREATE INDEX transfers_kind ON transfers (bridge, kind, opened_at, id);
      CREATE INDEX transfers_open ON transfers (opened_at, id) WHERE is_open = 1;
      CREATE INDEX transfers_fold ON transfers (fold);
      CREATE TABLE transfer_keys (
        key TEXT NOT NULL, transfer TEXT NOT NULL REFERENCES transfers (id), PRIMARY KEY (key, transfer)) WITHOUT ROWID;
      CREATE INDEX transfer_keys_transfer ON transfer_keys (transfer);
      CREATE TABLE transfer_counts (
        bridge TEXT NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (bridge, kind, outcome)) WITHOUT ROWID;
      CREATE TABLE projections (name TEXT PRIMARY KEY, cursor BIGINT NOT NULL, fold TEXT NOT NULL);
    `,
  },
  {
    number: 3,
    name: "turns for slots",
    sql: `
      ALTER TABLE slots ADD COLUMN is_included INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE deliveries ADD COLUMN wait_signer TEXT;
      ALTER TABLE deliveries ADD COLUMN wait_rank BIGINT;
      CREATE INDEX deliveries_slot ON deliveries (wait_signer, wait_rank, created_at, id) WHERE wait_signer IS NOT NULL;
    `,
  },
  {
    number: 4,
    name: "watches that end",
    // `version`: of the set when it came into it or left it
    sql: `
      ALTER TABLE watches ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
      ALTER TABLE watches ADD COLUMN until_height BIGINT;
      ALTER TABLE watches ADD COLUMN is_over INTEGER NOT NULL DEFAULT 0;
      CREATE INDEX watches_version ON watches (chain, version);
      CREATE INDEX watches_until ON watches (chain, until_height) WHERE is_over = 0 AND until_height IS NOT NULL;
    `,
  },
  {
    number: 5,
    name: "since when something is so",
    sql: "CREATE TABLE conditions (name TEXT PRIMARY KEY, since BIGINT NOT NULL);",
  },
];

/** Brings the file to the newest of `steps`. Throws Misconfigured "ledger-newer" or "ledger-unusable". */
export function migrate(db: DatabaseSync, steps: readonly Migration[]): void {
  refuseForeign(db);
  db.exec("CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)");
  const at = Number(db.prepare("SELECT max(number) AS number FROM migrations").get()?.["number"] ?? 0);
  const newest = steps.at(-1)?.number ?? 0;
  if (at > newest) {
    throw misconfigured("ledger-newer", `the ledger has schema ${at}, this program knows schemas up to ${newest}; start the newer program that wrote it`, {
      evidence: { schema: at, known: newest },
    });
  }
  for (const { number, name, sql } of steps.filter((step) => step.number > at)) {
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(sql);
      db.prepare("INSERT INTO migrations (number, name) VALUES (?, ?)").run(number, name);
      db.exec("COMMIT");
    } catch (thrown) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw thrown;
    }
  }
}

/** Another program's database is left alone. */
function refuseForeign(db: DatabaseSync): void {
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map((row) => row["name"]);
  if (tables.length > 0 && !tables.includes("migrations")) {
    throw misconfigured("ledger-unusable", "the file is a database of another program; name another file for the ledger");
  }
}
