/**
 * One transaction of the watchers: view, blocks, events, births, watches and scan ranges, and whom that wakes.
 * Always: refused as a whole when the view or the watch set is not the one it was computed from; adding a watch and
 * opening its scan is one write. Never: a delivery's state (that is the relayer's), except to begin one.
 */
import { headOf } from "../core/chain-view.ts";
import type { Delivery, Woken } from "../core/delivery.ts";
import { isActive } from "../core/delivery.ts";
import { bug, conflict } from "../core/errors.ts";
import type { ChainName, DeliveryId, EventId, Watch } from "../core/values.ts";
import type { Commit, ScanRange } from "../ports.ts";
import { deliveryOf, eventAfter, eventDropped, firstRange, isClosed, orphanWakeAt, rangesFor } from "./rules.ts";
import type { Rows } from "./rows.ts";
import { hasWaitEnded, standingIn } from "./snapshot.ts";

/** Throws Conflict "view-moved" or "watch-set-moved", or Bug for a commit that cannot be. */
export function commitSeen(rows: Rows, commit: Commit): { readonly wake: readonly Woken[] } {
  const woken = new Map<DeliveryId, Delivery>();
  const wake = (delivery: Delivery | null): void => {
    if (delivery !== null) woken.set(delivery.id, delivery);
  };
  const wakeActive = (id: DeliveryId): void => {
    const delivery = rows.delivery(id);
    if (delivery !== null && isActive(delivery.state)) wake(delivery);
  };
  refuseIfStale(rows, commit);
  moveView(rows, commit);
  const moved = moveEvents(rows, commit);
  for (const id of bear(rows, commit)) wakeActive(id);
  addWatches(rows, commit);
  endWatches(rows, commit);
  moveRanges(rows, commit);
  if (commit.move !== null || commit.progress.length > 0) closeWatches(rows, commit.chain);
  for (const id of moved) for (const delivery of rows.find({ event: id })) wake(followEvent(rows, delivery, commit.now));
  for (const event of moved) for (const id of rows.waitingFor(event)) wakeActive(id);
  for (const id of losers(rows, commit)) wake(bereave(rows, id, commit.now));
  if (commit.move !== null) {
    const { view } = commit.move;
    for (const id of rows.ringAlarms(commit.chain, headOf(view).height, view.final.height)) wakeActive(id);
  }
  // A wake can be lost (the process or the queue may die before it is queued): an ended wait is due in the ledger itself.
  for (const { id, waitsFor } of woken.values()) if (hasWaitEnded(waitsFor, rows)) rows.makeDue(id, commit.now);
  return { wake: [...woken.values()].map(wokenOf).sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

const wokenOf = ({ id, lane, deadline }: Delivery): Woken => ({ id, lane, deadline });

function refuseIfStale(rows: Rows, { chain, move, watchSetVersion }: Commit): void {
  const view = move === null ? null : rows.view(chain);
  const head = view === null ? null : headOf(view).hash;
  if (move !== null && move.from !== head) {
    throw conflict("view-moved", `the view of ${chain} has head ${head ?? "none"}, this commit was computed from ${move.from ?? "none"}; look again`);
  }
  const version = rows.watchSetVersion(chain);
  if (watchSetVersion !== null && watchSetVersion !== version) {
    throw conflict("watch-set-moved", `the watch set of ${chain} is at version ${version}, the blocks were matched with ${watchSetVersion}; match again`);
  }
}

function moveView(rows: Rows, { chain, move, blocks, dropped }: Commit): void {
  if (move !== null) {
    const first = rows.view(chain) === null ? firstRange(chain, rows.watches(chain), move.view) : null;
    rows.putView(chain, move.view);
    if (first !== null) openRange(rows, first);
  }
  for (const block of dropped) rows.dropBlock(block);
  for (const block of blocks) rows.putBlock(block);
}

/** The events whose block changed. */
function moveEvents(rows: Rows, { dropped, found, now }: Commit): ReadonlySet<EventId> {
  const moved = new Set<EventId>();
  const put = (event: ReturnType<typeof eventAfter>): void => {
    if (event === null) return;
    rows.putEvent(event, now);
    moved.add(event.id);
  };
  if (dropped.length > 0) for (const event of rows.events({ at: dropped.map((block) => block.hash) })) put(eventDropped(event));
  for (const event of found.events) put(eventAfter(event, rows.event(event.id)));
  return moved;
}

function bear(rows: Rows, { found, now }: Commit): readonly DeliveryId[] {
  const born: DeliveryId[] = [];
  for (const birth of found.births) {
    if (rows.delivery(birth.id) !== null) continue;
    if (rows.event(birth.event) === null) {
      throw bug("birth-without-event", `delivery ${birth.id} would begin for event ${birth.event}, which is neither in the ledger nor in this commit`);
    }
    rows.putDelivery(deliveryOf(birth, now), null);
    born.push(birth.id);
  }
  return born;
}

/** Returns the delivery that its moved event wakes: an active one, or an orphan (made due, durably) whose event is back. */
function followEvent(rows: Rows, delivery: Delivery, now: number): Delivery | null {
  if (delivery.state !== "orphaned") return isActive(delivery.state) ? delivery : null;
  const event = rows.event(delivery.event);
  const wakeAt = orphanWakeAt(event, standingIn(rows, event?.at ?? null), now);
  if (wakeAt === delivery.wakeAt) return null;
  rows.putDelivery({ ...delivery, wakeAt, version: delivery.version + 1 }, delivery);
  return wakeAt === null ? null : delivery;
}

/** Who lost a block is looked at: an active one, or a delivered one (made due, durably) whose effect was undone below final. */
function bereave(rows: Rows, id: DeliveryId, now: number): Delivery | null {
  const delivery = rows.delivery(id);
  if (delivery === null || delivery.state !== "delivered") return delivery !== null && isActive(delivery.state) ? delivery : null;
  rows.putDelivery({ ...delivery, wakeAt: now, version: delivery.version + 1 }, delivery);
  return delivery;
}

/** Deliveries resting on a block that is dropped, or on a rival of a block that became canonical. */
function losers(rows: Rows, { blocks, dropped }: Commit): ReadonlySet<DeliveryId> {
  const ids = new Set<DeliveryId>();
  for (const block of dropped) {
    for (const { id, hash } of rows.restingAt(block.chain, block.height)) if (hash === block.hash) ids.add(id);
  }
  for (const block of blocks) {
    for (const { id, hash } of rows.restingAt(block.chain, block.height)) if (hash !== block.hash) ids.add(id);
  }
  return ids;
}

type Joining = { readonly fresh: Watch[]; readonly again: Watch[] };

function addWatches(rows: Rows, { found, renews }: Commit): void {
  const joining = new Map<ChainName, Joining>();
  for (const watch of found.watches) {
    const known = rows.watch(watch.id);
    if (known !== null && (renews !== true || known.untilHeight === undefined)) continue;
    rows.addWatch(watch, rows.watchSetVersion(watch.chain) + 1);
    const { fresh, again } = joining.get(watch.chain) ?? { fresh: [], again: [] };
    if (known?.untilHeight === undefined) fresh.push(watch);
    else again.push({ ...watch, heightHint: known.untilHeight + 1 });
    joining.set(watch.chain, { fresh, again });
  }
  for (const [chain, { fresh, again }] of joining) {
    const version = rows.watchSetVersion(chain) + 1;
    rows.putWatchSetVersion(chain, version);
    // up to its end each was searched for: one search begins at the first of the ends
    const heightHint = again.reduce((lowest, watch) => Math.min(lowest, watch.heightHint), Infinity);
    for (const range of rangesFor(chain, [...fresh, ...again.map((watch) => ({ ...watch, heightHint }))], version, rows.view(chain))) openRange(rows, range);
  }
}

/** Counted from the head of the watch's own chain; while nobody has seen that chain the watch stays as it is. */
function endWatches(rows: Rows, { found }: Commit): void {
  for (const { watch: id, afterBlocks } of found.ends ?? []) {
    const watch = rows.watch(id);
    const view = watch === null ? null : rows.view(watch.chain);
    if (view !== null) rows.endWatch(id, headOf(view).height + afterBlocks);
  }
}

/** Over are those whose last height is final, and searched: an open range may still come to it. */
function closeWatches(rows: Rows, chain: ChainName): void {
  const view = rows.view(chain);
  if (view === null) return;
  const [lowest] = rows.openRanges(chain);
  const searched = lowest === undefined ? view.final.height : Math.min(view.final.height, lowest.next - 1);
  const version = rows.watchSetVersion(chain) + 1;
  if (rows.closeWatches(chain, searched, version) > 0) rows.putWatchSetVersion(chain, version);
}

function openRange(rows: Rows, range: ScanRange): void {
  if (rows.range(range.id) === null) rows.putRange(range);
}

function moveRanges(rows: Rows, { opens, progress }: Commit): void {
  for (const range of opens) openRange(rows, range);
  for (const { id, next, missing } of progress) {
    const range = rows.range(id);
    if (range === null) throw bug("range-unknown", `scan range ${id} was never opened`);
    if (!isClosed(range)) rows.putRange({ ...range, next, missing });
  }
}
