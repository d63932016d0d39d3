/**
 * Deliveries, slots and attempts as rows.
 * Always: the search columns are written together with the body they are copied from.
 * Never: a rule of the ledger.
 */
import type { Attempt, Delivery, DeliveryFilter, Slot, SlotRef, SlotState, State } from "../core/delivery.ts";
import type { DeliveryId, Hex, Json, LaneName, SignerName } from "../core/values.ts";
import { openSlotsOf } from "../core/slot-room.ts";
import { decodeDelivery, encodeDelivery, slotKey, slotOfKey } from "./codec.ts";
import { alarmsOf, factOf, restsOn, slotWaitOf } from "./rules.ts";
import type { DeliveryRows, SlotFilter, SlotRow, SlotRows } from "./rows.ts";
import type { Condition, Row, Statements } from "./sqlite-statements.ts";
import { equals, isIn, jsonOf, limitOf, numberOf, numberOrNull, textOf, textOrNull, whereOf } from "./sqlite-statements.ts";
import type { NextChange } from "./sqlite-transfers.ts";

const columns = "lane, event, state, created_at, wake_at, version, wait_chain, wait_at, wait_height, wait_fact, wait_signer, wait_rank, included_chain, included_height, body, seq";
const insertSql = `INSERT INTO deliveries (${columns}, id) VALUES (${"?, ".repeat(columns.split(", ").length)}?)`;
const updateSql = `UPDATE deliveries SET ${columns.split(", ").map((column) => `${column} = ?`).join(", ")} WHERE id = ?`;
const countSqlFor = (values: string): string =>
  `INSERT INTO delivery_counts (lane, state, count) VALUES ${values} ON CONFLICT (lane, state) DO UPDATE SET count = count + excluded.count`;
const countOneSql = countSqlFor("(?, ?, ?)");
const countTwoSql = countSqlFor("(?, ?, ?), (?, ?, ?)");
const ringWaitSql = `UPDATE deliveries SET wait_chain = NULL, wait_at = NULL, wait_height = NULL
  WHERE wait_chain = ? AND wait_at = ? AND wait_height <= ? RETURNING id`;
const ringIncludedSql = `UPDATE deliveries SET included_chain = NULL, included_height = NULL
  WHERE included_chain = ? AND included_height <= ? RETURNING id`;

export function createSqliteDeliveries({ run, one, all }: Statements, nextChange: NextChange): DeliveryRows {
  function write(sql: string, next: Delivery): void {
    const { wait, included } = alarmsOf(next);
    const slotWait = slotWaitOf(next);
    run(
      sql, next.lane, next.event, next.state, next.createdAt, next.wakeAt, next.version,
      wait?.chain ?? null, wait?.at ?? null, wait?.height ?? null, factOf(next), slotWait?.signer ?? null, slotWait?.rank ?? null, included?.chain ?? null, included?.height ?? null,
      encodeDelivery(next), nextChange(), next.id,
    );
  }

  function follow(next: Delivery, before: Delivery | null): void {
    const old = before === null ? [] : restsOn(before);
    const fresh = restsOn(next);
    if (old.length === fresh.length && old.every((block, index) => block.hash === fresh[index]?.hash)) return;
    if (old.length > 0) run("DELETE FROM delivery_blocks WHERE delivery = ?", next.id);
    for (const { chain, height, hash } of fresh) {
      run("INSERT INTO delivery_blocks (chain, height, hash, delivery) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", chain, height, hash, next.id);
    }
  }

  return {
    delivery: (id) => {
      const row = one("SELECT body FROM deliveries WHERE id = ?", id);
      return row === null ? null : decodeDelivery(textOf(row, "body"));
    },
    putDelivery: (next, before) => {
      write(before === null ? insertSql : updateSql, next);
      if (before === null) {
        for (const transfer of new Set(next.serves)) run("INSERT INTO delivery_serves (transfer, delivery) VALUES (?, ?)", transfer, next.id);
      }
      follow(next, before);
      countMove(run, next, before);
    },
    find: (filter) => {
      const { sql, values } = whereOf(conditionsOf(filter));
      const order = filter.dueBefore === undefined ? "created_at, id" : "wake_at, id";
      const rows = all(`SELECT body FROM deliveries ${sql} ORDER BY ${order} LIMIT ?`, ...values, limitOf(filter.limit));
      return rows.map((row) => decodeDelivery(textOf(row, "body")));
    },
    counts: () =>
      all("SELECT lane, state, count FROM delivery_counts WHERE count > 0 ORDER BY lane, state").map((row) => ({
        lane: textOf(row, "lane") as LaneName, state: textOf(row, "state") as State, count: numberOf(row, "count"),
      })),
    waitingFor: (event) => all("SELECT id FROM deliveries WHERE wait_fact = ?", event).map((row) => textOf(row, "id") as DeliveryId),
    waitingForSlot: (signer, dueFrom, limit) =>
      all("SELECT body FROM deliveries WHERE wait_signer = ? AND wake_at >= ? ORDER BY wait_rank, created_at, id LIMIT ?", signer, dueFrom, limit).map((row) => decodeDelivery(textOf(row, "body"))),
    nearerForSlot: (signer, dueFrom, rank, limit) => all("SELECT 1 FROM deliveries WHERE wait_signer = ? AND wake_at >= ? AND wait_rank < ? LIMIT ?", signer, dueFrom, rank, limit).length,
    ringAlarms: (chain, bestHeight, finalHeight) => {
      const rung = [...all(ringWaitSql, chain, "best", bestHeight), ...all(ringWaitSql, chain, "final", finalHeight), ...all(ringIncludedSql, chain, finalHeight)];
      return rung.map((row) => textOf(row, "id") as DeliveryId);
    },
    makeDue: (id, at) => run("UPDATE deliveries SET wake_at = ? WHERE id = ? AND wake_at > ?", at, id, at),
    dropProof: (delivery) => run("UPDATE deliveries SET body = ? WHERE id = ?", encodeDelivery({ ...delivery, proof: null }), delivery.id),
    restingAt: (chain, height) =>
      all("SELECT delivery, hash FROM delivery_blocks WHERE chain = ? AND height = ?", chain, height).map((row) => ({
        id: textOf(row, "delivery") as DeliveryId, hash: textOf(row, "hash") as Hex,
      })),
  };
}

/** Kept with every put: counting a million rows at each look would take a tenth of a second. */
function countMove(run: Statements["run"], next: Delivery, before: Delivery | null): void {
  if (before?.state === next.state) return;
  if (before === null) run(countOneSql, next.lane, next.state, 1);
  else run(countTwoSql, before.lane, before.state, -1, next.lane, next.state, 1);
}

/** No column by itself, so that no index of it is used: few are due, and very many may wait for one signer's slots. */
const dueSigner = "coalesce(wait_signer, '')";

function conditionsOf({ lane, states, dueBefore, serves, event, slotOf }: DeliveryFilter): readonly (Condition | null)[] {
  return [
    equals("lane", lane), isIn("state", states), equals("event", event), equals(dueBefore === undefined ? "wait_signer" : dueSigner, slotOf),
    dueBefore === undefined ? null : { sql: "wake_at <= ?", values: [dueBefore] },
    serves === undefined ? null : { sql: "id IN (SELECT delivery FROM delivery_serves WHERE transfer = ?)", values: [serves] },
  ];
}

/** A later attempt of a slot is always the dearer one. */
const dearestSql = `SELECT fee, signed_at FROM attempts AS a WHERE signer = ?
  AND NOT EXISTS (SELECT 1 FROM attempts AS b WHERE b.signer = a.signer AND b.slot_key = a.slot_key AND b.position > a.position)
  ORDER BY slot_key DESC LIMIT ?`;
const isOpenSql = "state IN ('reserved', 'live')";
const openCountSql = `SELECT count(*) AS open, coalesce(sum(is_included), 0) AS included,
  coalesce(sum(state = 'reserved' AND delivery IS NULL), 0) AS given_back FROM slots WHERE signer = ? AND ${isOpenSql}`;

export function createSqliteSlots({ run, one, all }: Statements): SlotRows {
  const attemptsOf = (ref: SlotRef): readonly Attempt[] =>
    all("SELECT * FROM attempts WHERE signer = ? AND slot_key = ? ORDER BY position", ref.signer, slotKey(ref.slot)).map(attemptOf);
  const full = (row: SlotRow): Slot => ({ ...row, attempts: attemptsOf(row.ref) });
  const slot = (ref: SlotRef): SlotRow | null => {
    const row = one("SELECT * FROM slots WHERE signer = ? AND slot_key = ?", ref.signer, slotKey(ref.slot));
    return row === null ? null : slotRowOf(row);
  };
  const attemptCount = (ref: SlotRef): number => {
    const row = one("SELECT count(*) AS count FROM attempts WHERE signer = ? AND slot_key = ?", ref.signer, slotKey(ref.slot));
    return row === null ? 0 : numberOf(row, "count");
  };

  return {
    slot,
    putSlot: ({ ref, delivery, state, isIncluded }) =>
      run(
        `INSERT INTO slots (signer, slot_key, delivery, state, is_included) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (signer, slot_key) DO UPDATE SET delivery = excluded.delivery, state = excluded.state, is_included = excluded.is_included`,
        ref.signer, slotKey(ref.slot), delivery, state, isIncluded ? 1 : 0,
      ),
    highestSlot: (signer) => {
      const row = one("SELECT max(slot_key) AS slot_key FROM slots WHERE signer = ?", signer);
      const key = row === null ? null : textOrNull(row, "slot_key");
      return key === null ? null : slotOfKey(signer, key).slot;
    },
    openSlots: (signer) => all(`SELECT * FROM slots WHERE signer = ? AND ${isOpenSql} ORDER BY slot_key`, signer).map(slotRowOf),
    openCount: (signer) => {
      const row = one(openCountSql, signer);
      return row === null ? openSlotsOf([]) : { open: numberOf(row, "open"), included: numberOf(row, "included"), isGivenBack: numberOf(row, "given_back") > 0 };
    },
    hasReservedBelow: ({ signer, slot }) =>
      one(`SELECT 1 AS found FROM slots WHERE signer = ? AND slot_key < ? AND ${isOpenSql} AND state = 'reserved' LIMIT 1`, signer, slotKey(slot)) !== null,
    fullSlot: (ref) => {
      const row = slot(ref);
      return row === null ? null : full(row);
    },
    slots: (filter) => {
      const { sql, values } = whereOf(slotConditionsOf(filter));
      return all(`SELECT * FROM slots ${sql} ORDER BY signer, slot_key`, ...values).map((row) => full(slotRowOf(row)));
    },
    attemptCount,
    slotOfAttempt: (hash) => {
      const row = one("SELECT signer, slot_key FROM attempts WHERE hash = ?", hash);
      return row === null ? null : refOf(row);
    },
    addAttempt: (tx) =>
      run(
        `INSERT INTO attempts (hash, signer, slot_key, position, raw, replaces, fee, purpose, detail, signed_at, broadcasts, last_sent_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL)`,
        tx.hash, tx.slot.signer, slotKey(tx.slot.slot), attemptCount(tx.slot), tx.raw, tx.replaces, tx.fee.toString(), tx.purpose,
        JSON.stringify(tx.detail), tx.signedAt,
      ),
    markSent: (hash, at) => run("UPDATE attempts SET broadcasts = broadcasts + 1, last_sent_at = ? WHERE hash = ?", at, hash),
    dropBytes: ({ signer, slot }) => run("UPDATE attempts SET raw = '0x', detail = 'null' WHERE signer = ? AND slot_key = ?", signer, slotKey(slot)),
    dearestAttempts: (signer, limit) =>
      all(dearestSql, signer, limit).map((row) => ({ fee: BigInt(textOf(row, "fee")), signedAt: numberOf(row, "signed_at") })),
  };
}

function slotConditionsOf({ signer, open, delivery, atLeast }: SlotFilter): readonly (Condition | null)[] {
  return [
    equals("signer", signer), equals("delivery", delivery),
    open === undefined ? null : { sql: open ? isOpenSql : `NOT (${isOpenSql})`, values: [] },
    atLeast === undefined ? null : { sql: "slot_key >= ?", values: [slotKey(atLeast)] },
  ];
}

const refOf = (row: Row): SlotRef => slotOfKey(textOf(row, "signer") as SignerName, textOf(row, "slot_key"));

const slotRowOf = (row: Row): SlotRow => ({
  ref: refOf(row), delivery: textOrNull(row, "delivery") as DeliveryId | null, state: textOf(row, "state") as SlotState,
  isIncluded: numberOf(row, "is_included") === 1,
});

const attemptOf = (row: Row): Attempt => ({
  hash: textOf(row, "hash") as Hex, raw: textOf(row, "raw") as Hex, slot: refOf(row), replaces: textOrNull(row, "replaces") as Hex | null,
  fee: BigInt(textOf(row, "fee")), purpose: textOf(row, "purpose") as Attempt["purpose"], detail: (jsonOf(row, "detail") as Json),
  signedAt: numberOf(row, "signed_at"), broadcasts: numberOf(row, "broadcasts"), lastSentAt: numberOrNull(row, "last_sent_at"),
});
