/**
 * The ledger's rules as pure functions, used by every store: standing of blocks, who gets which slot, what moves an event,
 * which ranges a new watch opens, what a delivery is woken by.
 * Always: the same answer for memory and SQLite. Never: I/O, a clock, or a store.
 */
import type { ChainView } from "../core/chain-view.ts";
import { headOf, viewAt } from "../core/chain-view.ts";
import type { Delivery, SlotRef, SlotState } from "../core/delivery.ts";
import { isActive } from "../core/delivery.ts";
import { unavailable } from "../core/errors.ts";
import { openSlotsOf, rankOf, roomFor } from "../core/slot-room.ts";
import type { Changes, RecordedEvent } from "../core/projection.ts";
import type { BlockRef, ChainName, EventId, Halt, Hex, Millis, SignerName, SourceEvent, Standing, Watch } from "../core/values.ts";
import { eventId } from "../core/values.ts";
import type { Birth, FoundEvent, Save, ScanRange } from "../ports.ts";
import type { SlotRow } from "./rows.ts";

/**
 * How a block stands. The view speaks for its own heights, `remembered` (the hash we hold to be canonical at that height)
 * for those below it. A height above the head, or one nobody ever remembered, is "unknown": wait.
 */
export function standingOf(block: BlockRef, view: ChainView | null, remembered: Hex | null): Standing {
  if (view === null || block.height > headOf(view).height) return "unknown";
  const canonical = viewAt(view, block.height)?.hash ?? remembered;
  if (canonical === null) return "unknown";
  if (canonical !== block.hash) return "dropped";
  return block.height <= view.final.height ? "final" : "tip";
}

export const isOpenSlot = (state: SlotState): boolean => state === "reserved" || state === "live";

export const sameSlot = (a: SlotRef | null, b: SlotRef | null): boolean =>
  a === null || b === null ? a === b : a.signer === b.signer && a.slot === b.slot;

/**
 * The slot a reservation gets, and the ownerless reserved slots below the floor, which the chain can no longer use.
 * An ownerless reserved slot is taken over even at the cap (roomFor): the number of open slots stays the same, and everything
 * above it waits for its bytes. Throws Unavailable "no-open-slot".
 */
export function allocateSlot(
  { signer, floor, maxOpenSlots, settled = true }: NonNullable<Save["reserve"]>,
  open: readonly SlotRow[],
  highest: bigint | null,
): { readonly slot: SlotRef; readonly voids: readonly SlotRef[] } {
  const ownerless = open.filter((row) => row.state === "reserved" && row.delivery === null).map((row) => row.ref);
  const lowest = ownerless.map((ref) => ref.slot).reduce<bigint | null>((a, b) => (a === null || b < a ? b : a), null) ?? (highest === null ? null : highest + 1n);
  if (!settled && (lowest === null || floor > lowest)) {
    throw unavailable(
      "signer-not-settled",
      `signer ${signer} has transactions this ledger does not know, up to slot ${floor - 1n}, and they are not final yet; wait until they are final or gone`,
      { evidence: { signer, floor: floor.toString(), lowest: lowest?.toString() ?? null } },
    );
  }
  const voids = ownerless.filter((ref) => ref.slot < floor);
  const [free] = ownerless.filter((ref) => ref.slot >= floor).sort((a, b) => (a.slot < b.slot ? -1 : 1));
  if (free !== undefined) return { slot: free, voids };
  const kept = openSlotsOf(open.filter(({ ref }) => !voids.includes(ref)));
  if (roomFor(kept, maxOpenSlots) <= 0) {
    const { open: openSlots, included } = kept;
    throw unavailable(
      "no-open-slot",
      `signer ${signer} has ${openSlots - included} transactions on their way and may have ${maxOpenSlots} (${included} more are in blocks that are not final); wait until one of them is in a block or ends`,
      { evidence: { signer, openSlots, included, maxOpenSlots, lowest: open[0]?.ref.slot.toString() ?? null } },
    );
  }
  const above = highest === null ? floor : highest + 1n;
  return { slot: { signer, slot: above > floor ? above : floor }, voids };
}

/** The stored event after it was found at `found.at`; null when nothing moved. */
export function eventAfter(found: FoundEvent, before: SourceEvent | null): SourceEvent | null {
  if (before === null) return { ...found, generation: 0 };
  if ((before.at?.hash ?? null) === (found.at?.hash ?? null)) return null;
  return { ...found, generation: before.generation + 1 };
}

export const eventDropped = (event: SourceEvent): SourceEvent => ({ ...event, at: null, generation: event.generation + 1 });

export function deliveryOf(birth: Birth, now: Millis): Delivery {
  const { proven } = birth;
  return {
    id: birth.id, lane: birth.lane, event: birth.event, serves: birth.serves, state: proven === undefined ? "seen" : "proven", parked: null, by: null,
    proof: proven?.proof ?? null, builtOn: [], includedIn: null, effectTx: null, slot: null, deadline: birth.deadline, createdAt: now,
    since: now, wakeAt: proven?.wakeAt ?? now, waitsFor: null, waitCode: null, tries: 0, redos: 0, lastError: null, version: 1,
  };
}

/** A height at which a delivery is woken early. */
export type Alarm = { readonly chain: ChainName; readonly at: "best" | "final"; readonly height: number };

export function isReached({ at, height }: Alarm, view: ChainView | null): boolean {
  return view !== null && height <= (at === "best" ? headOf(view) : view.final).height;
}

/** What an active delivery waits for, and the finality of the block its effect is in. */
export function alarmsOf(delivery: Delivery): { readonly wait: Alarm | null; readonly included: Alarm | null } {
  if (!isActive(delivery.state)) return { wait: null, included: null };
  const { waitsFor, includedIn } = delivery;
  return {
    wait: waitsFor !== null && "chain" in waitsFor ? waitsFor : null,
    included: includedIn === null ? null : { chain: includedIn.chain, at: "final", height: includedIn.height },
  };
}

/** The event whose commit wakes the delivery before its time; null = none. */
export const factOf = ({ state, waitsFor }: Delivery): EventId | null =>
  isActive(state) && waitsFor !== null && "fact" in waitsFor ? eventId(waitsFor.fact) : null;

/** The signer whose slot an active delivery waits for, and its place among those that do. */
export function slotWaitOf({ state, slot, waitsFor, serves, deadline }: Delivery): { readonly signer: SignerName; readonly rank: number } | null {
  if (!isActive(state) || slot !== null || waitsFor === null || !("signer" in waitsFor)) return null;
  return { signer: waitsFor.signer, rank: rankOf({ serves, deadline }) };
}

/** The blocks whose loss wakes the delivery: for a delivered one the block of its effect, else none at rest. */
export function restsOn(delivery: Delivery): readonly BlockRef[] {
  if (delivery.state === "delivered") return delivery.includedIn === null ? [] : [delivery.includedIn];
  if (!isActive(delivery.state)) return [];
  return delivery.includedIn === null ? delivery.builtOn : [...delivery.builtOn, delivery.includedIn];
}

/**
 * When an orphaned delivery is looked at: at once when its event is back, else never. Stored, so that the audit finds it
 * even when every wake was lost.
 */
export function orphanWakeAt(event: SourceEvent | null, standing: Standing, now: Millis): Millis | null {
  return event !== null && event.at !== null && (standing === "tip" || standing === "final") ? now : null;
}

export const isClosed = (range: Pick<ScanRange, "next" | "last" | "missing">): boolean =>
  range.next > range.last && range.missing.length === 0;

const scanRange = (id: string, chain: ChainName, next: number, last: number): ScanRange => ({
  id, chain, purpose: "watches", next, last, missing: [],
});

/** What must be searched for watches that joined version `version` of a set while the view was `view`: one range per hint. */
export function rangesFor(chain: ChainName, added: readonly Watch[], version: number, view: ChainView | null): readonly ScanRange[] {
  if (view === null) return [];
  const { height } = headOf(view);
  const hints = new Set(added.map((watch) => watch.heightHint).filter((hint) => hint <= height));
  return [...hints].map((hint) => scanRange(`watches:${chain}:${version}:${hint}`, chain, hint, height));
}

/** What must be searched when a chain gets its first view after watches were already there. */
export function firstRange(chain: ChainName, watches: readonly Watch[], view: ChainView): ScanRange | null {
  const { height } = headOf(view);
  const hints = watches.map((watch) => watch.heightHint).filter((hint) => hint <= height);
  if (hints.length === 0) return null;
  const lowest = hints.reduce((a, b) => Math.min(a, b));
  return scanRange(`watches:${chain}:first`, chain, lowest, height);
}

/** The end it was given later counts, not the one it began with. */
export function withEnd({ watch, untilHeight }: { readonly watch: Watch; readonly untilHeight: number | null }): Watch {
  const { untilHeight: _first, ...rest } = watch;
  return untilHeight === null ? rest : { ...rest, untilHeight };
}

type Numbered<T> = { readonly seq: number; readonly value: T };

/** The first `limit` of both together; each list is in order already. */
export function newestChanges(
  events: readonly Numbered<RecordedEvent>[], deliveries: readonly Numbered<Delivery>[], after: number, limit: number,
): Changes {
  const numbers = [...events, ...deliveries].map(({ seq }) => seq).sort((a, b) => a - b);
  const cursor = numbers[Math.min(limit, numbers.length) - 1] ?? after;
  const upTo = <T>(list: readonly Numbered<T>[]): readonly T[] => list.filter(({ seq }) => seq <= cursor).map(({ value }) => value);
  return { events: upTo(events), deliveries: upTo(deliveries), cursor };
}

/** The sum of what was signed since then, newest first given; of as much time as `most` values tell of. */
export function spentSince(attempts: readonly { readonly fee: bigint; readonly signedAt: Millis }[], since: Millis, most: number): { readonly fees: bigint; readonly since: Millis } {
  const recent = attempts.filter(({ signedAt }) => signedAt >= since);
  const oldest = recent.reduce((least, { signedAt }) => Math.min(least, signedAt), Infinity);
  return { fees: recent.reduce((sum, { fee }) => sum + fee, 0n), since: recent.length === most ? oldest : since };
}

/** The code of a halt that a person asked for; every other code is a fact. */
const pauseCode = "paused";

/** One halt per scope. The first stands, but a fact takes the place of a person's pause: lifting a pause must not lift a fact. */
export const haltAfter = (standing: Halt | null, halt: Halt): Halt =>
  standing === null || (standing.code === pauseCode && halt.code !== pauseCode) ? halt : standing;
