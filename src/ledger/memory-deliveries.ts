/**
 * Deliveries, slots and attempts in memory, with the indexes that keep a large simulation quick.
 * Always: values go in and out as they would through text, so nothing is shared with the caller.
 * Never: a rule of the ledger.
 */
import type { Attempt, Delivery, DeliveryFilter, SlotRef } from "../core/delivery.ts";
import type { BlockRef, DeliveryId, Hex, Millis, SignerName } from "../core/values.ts";
import { openSlotsOf, rankOf } from "../core/slot-room.ts";
import { asStored, decodeDelivery, encodeDelivery, slotKey } from "./codec.ts";
import type { Journal } from "./memory-table.ts";
import { createIndex, createTable } from "./memory-table.ts";
import type { Alarm } from "./rules.ts";
import { alarmsOf, factOf, isOpenSlot, restsOn, slotWaitOf } from "./rules.ts";
import type { Counts, DeliveryRows, SlotFilter, SlotRow, SlotRows } from "./rows.ts";

type Alarms = { readonly id: DeliveryId; readonly wait: Alarm | null; readonly included: Alarm | null };

type DueAt = (delivery: Delivery) => Millis | null;

const heightKey = ({ chain, height }: Pick<BlockRef, "chain" | "height">): string => `${chain} ${height}`;

export function createMemoryDeliveries(journal: Journal): DeliveryRows {
  const byId = createTable<DeliveryId, Delivery>(journal);
  const byEvent = createIndex<string, DeliveryId>(journal);
  const byHeight = createIndex<string, DeliveryId>(journal);
  const byFact = createIndex<string, DeliveryId>(journal);
  const bySlotWait = createIndex<SignerName, DeliveryId>(journal);
  const alarms = createTable<DeliveryId, Alarms>(journal);
  const dueFrom = createTable<DeliveryId, Millis>(journal);
  const waiting = (signer: SignerName, from: Millis): Delivery[] => candidates({ slotOf: signer }).filter(({ wakeAt }) => wakeAt !== null && wakeAt >= from);
  const dueAt: DueAt = ({ id, wakeAt }) => (wakeAt === null ? null : Math.min(wakeAt, dueFrom.get(id) ?? Infinity));

  function candidates({ event, slotOf }: DeliveryFilter): readonly Delivery[] {
    if (event === undefined && slotOf === undefined) return [...byId.values()];
    return (event === undefined ? bySlotWait.of(slotOf as SignerName) : byEvent.of(event)).flatMap((id) => byId.get(id) ?? []);
  }

  function putAlarms(next: Alarms): void {
    if (next.wait !== null || next.included !== null) alarms.set(next.id, next);
    else if (alarms.get(next.id) !== undefined) alarms.delete(next.id);
  }

  return {
    delivery: (id) => byId.get(id) ?? null,
    putDelivery: (next, before) => {
      byId.set(next.id, decodeDelivery(encodeDelivery(next)));
      if (dueFrom.get(next.id) !== undefined) dueFrom.delete(next.id);
      byEvent.add(next.event, next.id);
      if (before !== null) for (const block of restsOn(before)) byHeight.remove(heightKey(block), next.id);
      for (const block of restsOn(next)) byHeight.add(heightKey(block), next.id);
      const [left, waits] = [before === null ? null : factOf(before), factOf(next)];
      if (left !== null) byFact.remove(left, next.id);
      if (waits !== null) byFact.add(waits, next.id);
      const [asked, asks] = [before === null ? null : slotWaitOf(before), slotWaitOf(next)];
      if (asked !== null) bySlotWait.remove(asked.signer, next.id);
      if (asks !== null) bySlotWait.add(asks.signer, next.id);
      putAlarms({ id: next.id, ...alarmsOf(next) });
    },
    find: (where) => {
      const found = candidates(where).filter((delivery) => matches(delivery, where, dueAt)).sort(byOrder(where, dueAt));
      return found.slice(0, where.limit ?? found.length);
    },
    counts: () => countsOf(byId.values()),
    waitingFor: (event) => byFact.of(event),
    waitingForSlot: (signer, dueFrom, limit) => waiting(signer, dueFrom).sort(byTurn).slice(0, limit),
    nearerForSlot: (signer, dueFrom, rank, limit) => waiting(signer, dueFrom).filter((one) => rankOf(one) < rank).slice(0, limit).length,
    ringAlarms: (chain, bestHeight, finalHeight) => {
      const rings = (alarm: Alarm | null): boolean => alarm !== null && alarm.chain === chain && alarm.height <= (alarm.at === "best" ? bestHeight : finalHeight);
      const ringing = [...alarms.values()].filter(({ wait, included }) => rings(wait) || rings(included));
      for (const { id, wait, included } of ringing) {
        putAlarms({ id, wait: rings(wait) ? null : wait, included: rings(included) ? null : included });
      }
      return ringing.map(({ id }) => id);
    },
    makeDue: (id, at) => dueFrom.set(id, Math.min(at, dueFrom.get(id) ?? Infinity)),
    dropProof: (delivery) => byId.set(delivery.id, { ...delivery, proof: null }),
    restingAt: (chain, height) =>
      byHeight.of(heightKey({ chain, height })).flatMap((id) => {
        const delivery = byId.get(id);
        const blocks = delivery === undefined ? [] : restsOn(delivery);
        return blocks.filter((block) => block.chain === chain && block.height === height).map(({ hash }) => ({ id, hash }));
      }),
  };
}

function matches(delivery: Delivery, { lane, states, dueBefore, serves, event, slotOf }: DeliveryFilter, dueAt: DueAt): boolean {
  return (lane === undefined || delivery.lane === lane)
    && (states === undefined || states.includes(delivery.state))
    && (dueBefore === undefined || isDue(dueAt(delivery), dueBefore))
    && (serves === undefined || delivery.serves.includes(serves))
    && (event === undefined || delivery.event === event)
    && (slotOf === undefined || slotWaitOf(delivery)?.signer === slotOf);
}

const isDue = (at: Millis | null, before: Millis): boolean => at !== null && at <= before;

function byOrder({ dueBefore }: DeliveryFilter, dueAt: DueAt): (a: Delivery, b: Delivery) => number {
  const timeOf = (delivery: Delivery): number => (dueBefore === undefined ? delivery.createdAt : (dueAt(delivery) ?? 0));
  return (a, b) => timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1);
}

const byTurn = (a: Delivery, b: Delivery): number => rankOf(a) - rankOf(b) || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

function countsOf(deliveries: Iterable<Delivery>): Counts {
  const counts = new Map<string, Counts[number]>();
  for (const { lane, state } of deliveries) {
    const key = `${lane} ${state}`;
    counts.set(key, { lane, state, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}

export function createMemorySlots(journal: Journal): SlotRows {
  const slotId = (ref: SlotRef): string => `${ref.signer} ${slotKey(ref.slot)}`;
  const rows = createTable<string, SlotRow>(journal);
  const open = createIndex<SignerName, string>(journal);
  const highest = createTable<SignerName, bigint>(journal);
  const attempts = createTable<Hex, Attempt>(journal);
  const bySlot = createIndex<string, Hex>(journal);

  const attemptsOf = (ref: SlotRef): readonly Attempt[] => bySlot.of(slotId(ref)).flatMap((hash) => attempts.get(hash) ?? []);
  const ordered = (found: readonly SlotRow[]): readonly SlotRow[] => [...found].sort((a, b) => (slotId(a.ref) < slotId(b.ref) ? -1 : 1));
  const openOf = (signer: SignerName): readonly SlotRow[] => ordered(open.of(signer).flatMap((id) => rows.get(id) ?? []));
  const full = (row: SlotRow): SlotRow & { attempts: readonly Attempt[] } => ({ ...row, attempts: attemptsOf(row.ref) });

  return {
    slot: (ref) => rows.get(slotId(ref)) ?? null,
    putSlot: ({ ref, delivery, state, isIncluded }) => {
      const id = slotId(ref);
      rows.set(id, { ref: { ...ref }, delivery, state, isIncluded });
      if (isOpenSlot(state)) open.add(ref.signer, id);
      else open.remove(ref.signer, id);
      if (ref.slot > (highest.get(ref.signer) ?? -1n)) highest.set(ref.signer, ref.slot);
    },
    highestSlot: (signer) => highest.get(signer) ?? null,
    openSlots: openOf,
    openCount: (signer) => openSlotsOf(open.of(signer).flatMap((id) => rows.get(id) ?? [])),
    hasReservedBelow: (ref) => openOf(ref.signer).some((row) => row.state === "reserved" && row.ref.slot < ref.slot),
    fullSlot: (ref) => {
      const row = rows.get(slotId(ref));
      return row === undefined ? null : full(row);
    },
    slots: (where) => ordered([...rows.values()].filter((row) => slotMatches(row, where))).map(full),
    attemptCount: (ref) => bySlot.of(slotId(ref)).length,
    slotOfAttempt: (hash) => attempts.get(hash)?.slot ?? null,
    addAttempt: (tx) => {
      attempts.set(tx.hash, { ...tx, slot: { ...tx.slot }, detail: asStored(tx.detail), broadcasts: 0, lastSentAt: null });
      bySlot.add(slotId(tx.slot), tx.hash);
    },
    markSent: (hash, at) => {
      const attempt = attempts.get(hash);
      if (attempt !== undefined) attempts.set(hash, { ...attempt, broadcasts: attempt.broadcasts + 1, lastSentAt: at });
    },
    dropBytes: (ref) => {
      for (const attempt of attemptsOf(ref)) attempts.set(attempt.hash, { ...attempt, raw: "0x", detail: null });
    },
    dearestAttempts: (signer, limit) =>
      ordered([...rows.values()].filter(({ ref }) => ref.signer === signer)).toReversed()
        .flatMap(({ ref }) => attemptsOf(ref).slice(-1)).slice(0, limit).map(({ fee, signedAt }) => ({ fee, signedAt })),
  };
}

function slotMatches(row: SlotRow, { signer, open, delivery, atLeast }: SlotFilter): boolean {
  return (signer === undefined || row.ref.signer === signer)
    && (open === undefined || isOpenSlot(row.state) === open)
    && (delivery === undefined || row.delivery === delivery)
    && (atLeast === undefined || row.ref.slot >= atLeast);
}
