/**
 * A ledger over a plain value that can be copied: every state of the model carries its own.
 * Always: the rules are the production ledger's (createLedger over these rows); only the storing is here.
 */
import type { ChainView } from "../../src/core/chain-view.ts";
import type { Attempt, Delivery, SlotRef } from "../../src/core/delivery.ts";
import type { BlockRef, Hex, SourceEvent } from "../../src/core/values.ts";
import { openSlotsOf } from "../../src/core/slot-room.ts";
import type { Ledger } from "../../src/ports.ts";
import { createLedger } from "../../src/ledger/ledger.ts";
import type { Rows, SlotRow } from "../../src/ledger/rows.ts";
import { hashOf } from "../support/delivery.ts";

export type Stored = {
  deliveries: Delivery[];
  slots: SlotRow[];
  attempts: Attempt[];
  /** of the target */
  view: ChainView;
  /** canonical target blocks below the view's tip, by height */
  past: Record<number, Hex>;
};

const isOpen = ({ state }: SlotRow): boolean => state === "reserved" || state === "live";
const same = (a: SlotRef, b: SlotRef): boolean => a.slot === b.slot;
const unused = (): never => {
  throw new Error("the model needs no such rows");
};

/** the source's only block, which holds every event */
export const sourceBlock: BlockRef = { chain: "bitcoin", height: 1, hash: hashOf("s1"), parent: hashOf("s0"), time: 0 };
const sourceView: ChainView = { final: sourceBlock, tip: [] };

/** `event` is final on the source for good: the model is about the target. */
export function createModelLedger(stored: Stored, eventOf: (id: string) => SourceEvent): Ledger {
  const ordered = (): readonly SlotRow[] => stored.slots.toSorted((a, b) => Number(a.ref.slot - b.ref.slot));
  const full = (row: SlotRow) => ({ ...row, attempts: stored.attempts.filter(({ slot }) => same(slot, row.ref)) });
  const rows: Partial<Rows> = {
    delivery: (id) => stored.deliveries.find((one) => one.id === id) ?? null,
    putDelivery: (next) => void (stored.deliveries = stored.deliveries.map((one) => (one.id === next.id ? next : one))),
    find: () => stored.deliveries,
    waitingForSlot: () => [],
    nearerForSlot: () => 0,
    slot: (ref) => stored.slots.find((row) => same(row.ref, ref)) ?? null,
    putSlot: (row) => void (stored.slots = [...stored.slots.filter(({ ref }) => !same(ref, row.ref)), row]),
    highestSlot: () => ordered().at(-1)?.ref.slot ?? null,
    openSlots: () => ordered().filter(isOpen),
    openCount: () => openSlotsOf(stored.slots.filter(isOpen)),
    hasReservedBelow: (ref) => stored.slots.some((row) => row.state === "reserved" && row.ref.slot < ref.slot),
    fullSlot: (ref) => {
      const row = stored.slots.find((one) => same(one.ref, ref));
      return row === undefined ? null : full(row);
    },
    slots: ({ open, atLeast }) =>
      ordered().filter((row) => (open === undefined || isOpen(row) === open) && (atLeast === undefined || row.ref.slot >= atLeast)).map(full),
    attemptCount: (ref) => stored.attempts.filter(({ slot }) => same(slot, ref)).length,
    slotOfAttempt: (hash) => stored.attempts.find((one) => one.hash === hash)?.slot ?? null,
    addAttempt: (tx) => void stored.attempts.push({ ...tx, broadcasts: 0, lastSentAt: null }),
    markSent: (hash, at) => void (stored.attempts = stored.attempts.map((one) => (one.hash === hash ? { ...one, broadcasts: 1, lastSentAt: at } : one))),
    view: (chain) => (chain === "ethereum" ? stored.view : sourceView),
    blockAt: (chain, height) => {
      const hash = stored.past[height];
      return hash === undefined ? null : { chain, height, hash, parent: "0x", time: 0 };
    },
    event: (id) => eventOf(id),
    halts: () => [],
    addAudit: () => undefined,
  };
  const all = new Proxy(rows, { get: (target, name) => Reflect.get(target, name) ?? unused }) as Rows;
  return createLedger({
    rows: all, read: (look) => look(), soon: queueMicrotask, close: () => undefined,
    transaction: { begin: () => undefined, commit: () => undefined, rollback: unused, mark: () => undefined, keep: () => undefined, undo: () => undefined, isBroken: () => false },
  });
}
