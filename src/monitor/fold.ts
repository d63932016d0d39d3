/**
 * Keeps the stored transfers in step with the ledger: reads what changed since the stored cursor, folds it, writes it back.
 * Always: in pieces that hold up nothing else; a restart goes on at the cursor; another version of the fold folds everything anew
 * while the old answers stay readable; open transfers are in memory, and follow journeys that change (a protocol's periods).
 * Never: a fact that is not in the ledger.
 */
import { setImmediate as turn } from "node:timers/promises";
import { GantryError } from "../core/errors.ts";
import type { Projection } from "../core/projection.ts";
import type { Clocks } from "../core/transfer-clock.ts";
import type { BridgeJourneys } from "../core/transfer-fold.ts";
import type { Transfer } from "../core/transfer.ts";
import type { Millis, TransferId } from "../core/values.ts";
import type { Ledger } from "../ports.ts";
import { createDesk, factOf } from "./fold-desk.ts";
import type { Moved } from "./fold-desk.ts";

/** To be raised when journeys or the fold make something else of the same facts. */
const foldVersion = 4;
/** changes of one piece, and transfers written at once: some tens of milliseconds each */
const pieceSize = 250;
const writtenAtOnce = 100;

export interface Folding {
  /** goes on until nothing is left to fold, the signal aborts or the time is over; false: there is more */
  catchUp(clocks: Clocks, forMs: Millis, signal: AbortSignal): Promise<boolean>;
  /** as of the last `catchUp` */
  open(): ReadonlyMap<TransferId, Transfer>;
}

export type FoldOptions = {
  readonly ledger: Ledger;
  readonly journeys: () => readonly BridgeJourneys[];
  readonly now: () => Millis;
  /** told of each transfer that ended */
  readonly onEnded: (transfer: Transfer) => void;
};

type Open = Map<TransferId, Transfer>;

export function createFolding(options: FoldOptions): Folding {
  const { ledger, journeys, now } = options;
  const open: Open = new Map();
  let at: Projection | null = null;
  let isTidy = false;
  // what open transfers were last made by; the journeys of a start may differ from those of the last one
  let madeBy: readonly BridgeJourneys[] = [];
  const foldName = (): string => `${foldVersion} ${journeys().map(({ bridge }) => bridge).sort().join(",")}`;

  async function run(clocks: Clocks, until: Millis, signal: AbortSignal): Promise<boolean> {
    if (at?.fold !== foldName()) {
      at = await load(ledger, open, foldName());
      isTidy = false;
    }
    const made = journeys();
    await tick(options, open, at, clocks, made.some((one, index) => one !== madeBy[index]));
    madeBy = made;
    while (!signal.aborted && now() < until) {
      const next = await foldPiece(options, open, at, clocks);
      if (next === null) {
        if (!isTidy) while ((await ledger.forgetTransfers(at.fold, writtenAtOnce)) > 0) await turn();
        isTidy = true;
        return true;
      }
      at = next;
      await turn();
    }
    return false;
  }

  return {
    open: () => open,
    async catchUp(clocks, forMs, signal) {
      try {
        return await run(clocks, now() + forMs, signal);
      } catch (thrown) {
        // whatever failed, what is stored is the truth
        at = null;
        if (thrown instanceof GantryError && thrown.failure.code === "projection-moved") return false;
        throw thrown;
      }
    },
  };
}

/** Where the projection stands, with its open transfers; at the beginning when another fold wrote it. */
async function load(ledger: Ledger, open: Open, fold: string): Promise<Projection> {
  const stored = await ledger.projection();
  open.clear();
  if (stored.fold !== fold) {
    const start = { cursor: 0, fold };
    await ledger.putTransfers([], start, stored);
    return start;
  }
  let page: readonly Transfer[] = [];
  do {
    const last = page.at(-1);
    page = await ledger.transfers({ open: true, fold, limit: pieceSize, ...(last === undefined ? {} : { after: last }) });
    for (const transfer of page) open.set(transfer.id, transfer);
    await turn();
  } while (page.length === pieceSize);
  return stored;
}

/** One piece of changes; null: nothing was left. */
async function foldPiece(options: FoldOptions, open: Open, from: Projection, clocks: Clocks): Promise<Projection | null> {
  const { ledger, journeys } = options;
  const { events, deliveries, cursor } = await ledger.changes(from.cursor, pieceSize);
  if (cursor === from.cursor) return null;
  const served = new Map((await ledger.recorded(deliveries.map(({ event }) => event))).map((one) => [one.event.id, one]));
  const desk = createDesk(journeys(), ledger, open, from.fold);
  await desk.fold([
    ...events.map(factOf),
    ...deliveries.flatMap((delivery) => {
      const event = served.get(delivery.event);
      return event === undefined ? [] : [{ ...factOf(event), delivery }];
    }),
  ]);
  desk.tick(clocks, []);
  const next = { cursor, fold: from.fold };
  await write(options, open, desk.moved(), next, from);
  return next;
}

/** What time alone changes: blocks become final, deadlines pass. `anew`: and what changed journeys make of the same facts. */
async function tick(options: FoldOptions, open: Open, from: Projection, clocks: Clocks, anew: boolean): Promise<void> {
  const all = [...open.values()];
  for (let first = 0; first < all.length; first += pieceSize) {
    const desk = createDesk(options.journeys(), options.ledger, open, from.fold);
    desk.tick(clocks, all.slice(first, first + pieceSize), anew);
    const moved = desk.moved();
    if (moved.length > 0) await write(options, open, moved, from, from);
    if (first % (4 * pieceSize) === 0) await turn();
  }
}

/** Many rows are written in several transactions, the cursor with the last: folding the same changes again changes nothing. */
async function write({ ledger, onEnded }: FoldOptions, open: Open, moved: readonly Moved[], next: Projection, from: Projection): Promise<void> {
  const rows = moved.map(({ now }) => now);
  let first = 0;
  for (; first + writtenAtOnce < rows.length; first += writtenAtOnce) {
    await ledger.putTransfers(rows.slice(first, first + writtenAtOnce), from, from);
    await turn();
  }
  await ledger.putTransfers(rows.slice(first), next, from);
  for (const { before, now } of moved) {
    if (now.endedAt === null) open.set(now.id, now);
    else open.delete(now.id);
    if (now.endedAt !== null && (before === null || before.endedAt === null)) onEnded(now);
  }
}
