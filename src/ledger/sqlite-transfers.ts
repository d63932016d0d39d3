/**
 * The order of changes, and transfers with their keys, as rows.
 * Always: a number of the sequence is used once (one that was rolled back is never used again); keys and counts are written
 * with the transfer they belong to.
 * Never: a rule of the ledger.
 */
import type { Delivery } from "../core/delivery.ts";
import type { RecordedEvent, TransferFilter } from "../core/projection.ts";
import type { Transfer, TransferOutcome } from "../core/transfer.ts";
import type { SourceEvent } from "../core/values.ts";
import { decodeDelivery } from "./codec.ts";
import type { ChangeRows, TransferRows } from "./rows.ts";
import { newestChanges } from "./rules.ts";
import type { Condition, Row, Statements } from "./sqlite-statements.ts";
import { equals, inPieces, isIn, jsonOf, numberOf, textOf, whereOf } from "./sqlite-statements.ts";

/** The next number of the one sequence of changes. */
export type NextChange = () => number;

/** One process writes the ledger, so the count goes on in memory from the highest number stored. */
export function createSqliteSequence({ one }: Statements): NextChange {
  const highest = (table: "events" | "deliveries"): number => {
    const row = one(`SELECT max(seq) AS seq FROM ${table}`);
    return row === null || row["seq"] === null ? 0 : numberOf(row, "seq");
  };
  let last = Math.max(highest("events"), highest("deliveries"));
  return () => {
    last += 1;
    return last;
  };
}

export const createSqliteChanges = ({ all }: Statements): ChangeRows => ({
  changes: (after, limit) => {
    const read = <T>(table: "events" | "deliveries", of: (row: Row) => T): readonly { readonly seq: number; readonly value: T }[] =>
      all(`SELECT * FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit).map((row) => ({ seq: numberOf(row, "seq"), value: of(row) }));
    const events = read("events", recordedOf);
    const deliveries = read<Delivery>("deliveries", (row) => decodeDelivery(textOf(row, "body")));
    return newestChanges(events, deliveries, after, limit);
  },
  recorded: (ids) =>
    inPieces(ids).flatMap((piece) => all(`SELECT * FROM events WHERE id IN (${piece.map(() => "?").join(", ")})`, ...piece).map(recordedOf)),
});

const recordedOf = (row: Row): RecordedEvent => ({ event: jsonOf(row, "body") as SourceEvent, recordedAt: numberOf(row, "recorded_at") });

/** Of the keys that begin with a text, this many are looked at. */
const prefixMatches = 1_000;
const afterAnyText = "\u{10ffff}";
const projectionName = "transfers";

export function createSqliteTransfers(statements: Statements): TransferRows {
  const { run, one, all } = statements;
  const { count, follow } = createUpkeep(statements);
  return {
    projection: () => {
      const row = one("SELECT cursor, fold FROM projections WHERE name = ?", projectionName);
      return row === null ? { cursor: 0, fold: "" } : { cursor: numberOf(row, "cursor"), fold: textOf(row, "fold") };
    },
    putProjection: ({ cursor, fold }) =>
      run(
        `INSERT INTO projections (name, cursor, fold) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, fold = excluded.fold`,
        projectionName, cursor, fold,
      ),
    transfer: (id) => {
      const row = one("SELECT body FROM transfers WHERE id = ?", id);
      return row === null ? null : transferOf(row);
    },
    putTransfer: (next, before, fold) => {
      const { id, bridge, kind, openedAt, outcome, endedAt } = next;
      run(
        `INSERT INTO transfers (id, bridge, kind, opened_at, outcome, is_open, fold, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET bridge = excluded.bridge, kind = excluded.kind, opened_at = excluded.opened_at,
           outcome = excluded.outcome, is_open = excluded.is_open, fold = excluded.fold, body = excluded.body`,
        id, bridge, kind, openedAt, outcome ?? "", endedAt === null ? 1 : 0, fold, JSON.stringify(next),
      );
      follow(next, before);
      if (before !== null) count(before, -1);
      count(next, 1);
    },
    removeTransfer: (row) => {
      run("DELETE FROM transfer_keys WHERE transfer = ?", row.id);
      run("DELETE FROM transfers WHERE id = ?", row.id);
      count(row, -1);
    },
    transfers: (filter) => {
      const { sql, values } = whereOf(conditionsOf(filter));
      // the plus keeps the order's index out of it where a few rows are named
      const by = filter.key ?? filter.text ?? filter.ids;
      const order = by === undefined ? "opened_at DESC, id DESC" : "+opened_at DESC, +id DESC";
      return all(`SELECT body FROM transfers ${sql} ORDER BY ${order} LIMIT ?`, ...values, filter.limit).map(transferOf);
    },
    transfersOfOtherFolds: (fold, limit) =>
      (["<", ">"] as const)
        .flatMap((sign) => all(`SELECT body FROM transfers WHERE fold ${sign} ? LIMIT ?`, fold, limit).map(transferOf))
        .slice(0, limit),
    transferCounts: () =>
      all("SELECT bridge, kind, outcome, count FROM transfer_counts WHERE count > 0 ORDER BY bridge, kind, outcome").map((row) => ({
        bridge: textOf(row, "bridge"), kind: textOf(row, "kind"),
        outcome: textOf(row, "outcome") === "" ? null : (textOf(row, "outcome") as TransferOutcome), count: numberOf(row, "count"),
      })),
  };
}

const transferOf = (row: Row): Transfer => jsonOf(row, "body") as Transfer;

/** What is written beside a transfer. */
function createUpkeep({ run }: Statements) {
  return {
    count: ({ bridge, kind, outcome }: Transfer, by: 1 | -1): void =>
      run(
        `INSERT INTO transfer_counts (bridge, kind, outcome, count) VALUES (?, ?, ?, ?)
         ON CONFLICT (bridge, kind, outcome) DO UPDATE SET count = count + excluded.count`,
        bridge, kind, outcome ?? "", by,
      ),
    follow: (next: Transfer, before: Transfer | null): void => {
      const [old, fresh] = [new Set(before?.keys), new Set(next.keys)];
      for (const key of old) if (!fresh.has(key)) run("DELETE FROM transfer_keys WHERE key = ? AND transfer = ?", key, next.id);
      for (const key of fresh) if (!old.has(key)) run("INSERT INTO transfer_keys (key, transfer) VALUES (?, ?)", key, next.id);
    },
  };
}

function conditionsOf({ open, bridge, kind, ids, key, text, fold, after }: TransferFilter): readonly (Condition | null)[] {
  return [
    // spelled out, so that the index of open ones can be used; the plus keeps the index by bridge and kind for those who name both
    open === undefined ? null : { sql: open ? "is_open = 1" : "is_open = 0", values: [] },
    equals(kind === undefined ? "+bridge" : "bridge", bridge), equals("kind", kind), isIn("id", ids), equals("+fold", fold),
    key === undefined ? null : { sql: "id IN (SELECT transfer FROM transfer_keys WHERE key = ?)", values: [key] },
    text === undefined ? null : {
      sql: `id IN (SELECT transfer FROM transfer_keys WHERE key >= ? AND key < ? LIMIT ${prefixMatches})`, values: [text, text + afterAnyText],
    },
    after === undefined ? null : { sql: "(opened_at, id) < (?, ?)", values: [after.openedAt, after.id] },
  ];
}
