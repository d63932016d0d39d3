/**
 * The transfers that a piece of changes is about: as they were, and as they become.
 * Always: a fact reaches every transfer that it names, that knows it as its own, or that comes to know it in the same piece.
 * Never: a write.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { RecordedEvent } from "../core/projection.ts";
import type { Clocks } from "../core/transfer-clock.ts";
import { foldTransfer, subjectsOf, unseenOf } from "../core/transfer-fold.ts";
import type { BridgeJourneys, TransferChange } from "../core/transfer-fold.ts";
import type { Transfer } from "../core/transfer.ts";
import type { EventId, Millis, SourceEvent, TransferId } from "../core/values.ts";
import type { Ledger } from "../ports.ts";

/** no transfer has this many; guards against a key that everything shares */
const sharedAtMost = 500;
/** looked up without letting anything else run */
const factsAtOnce = 50;
/** rounds in which folded events may name further ones */
const relatedRounds = 5;

export type Fact = Exclude<TransferChange, { readonly clocks: Clocks }>;
export type Moved = { readonly before: Transfer | null; readonly now: Transfer };

export const factOf = ({ event, recordedAt }: RecordedEvent): { readonly event: SourceEvent; readonly seenAt: Millis } =>
  ({ event, seenAt: recordedAt === 0 ? (event.at?.time ?? 0) : recordedAt });

export interface Desk {
  /** folds facts into the transfers they are about */
  fold(facts: readonly Fact[]): Promise<void>;
  /** folds the time into these, and into those that facts were folded into; ended ones are left alone. `anew`: the journeys have changed */
  tick(clocks: Clocks, more: readonly Transfer[], anew?: boolean): void;
  moved(): readonly Moved[];
}

/** Those named by the change, and those that know the event as theirs. */
async function subjects(journeys: readonly BridgeJourneys[], ledger: Ledger, fact: Fact, fold: string): Promise<readonly TransferId[]> {
  const named = journeys.flatMap((one) => subjectsOf(one, fact));
  const keyed = await ledger.transfers({ key: fact.event.id, fold, limit: sharedAtMost });
  return [...new Set([...named, ...keyed.map(({ id }) => id)])];
}

/** `fold`: only transfers that this fold wrote are gone on with; others are folded from nothing. */
export function createDesk(
  journeys: readonly BridgeJourneys[], ledger: Ledger, open: ReadonlyMap<TransferId, Transfer>, fold: string,
): Desk {
  const before = new Map<TransferId, Transfer | null>();
  const after = new Map<TransferId, Transfer>();
  const bridgeOf = (id: TransferId): BridgeJourneys | undefined => journeys.find((one) => one.kindOf(id) !== null);

  async function fetch(ids: readonly TransferId[]): Promise<void> {
    const unknown = ids.filter((id) => !before.has(id));
    const stored = unknown.filter((id) => !open.has(id));
    const rows = new Map<TransferId, Transfer>();
    for (let first = 0; first < stored.length; first += sharedAtMost) {
      const some = stored.slice(first, first + sharedAtMost);
      for (const row of await ledger.transfers({ ids: some, fold, limit: some.length })) rows.set(row.id, row);
    }
    for (const id of unknown) before.set(id, open.get(id) ?? rows.get(id) ?? null);
  }

  function put(id: TransferId, change: TransferChange): void {
    const bridge = bridgeOf(id);
    const now = after.get(id) ?? before.get(id) ?? null;
    const next = bridge === undefined ? null : foldTransfer(bridge, id, now, change);
    if (next !== null && next !== now) after.set(id, next);
  }

  /** events that folded transfers name as theirs and that were recorded before the transfer knew of them */
  async function related(): Promise<void> {
    const asked = new Map([...before].map(([id, row]) => [id, new Set<string>(row?.keys)]));
    for (let round = 0; round < relatedRounds; round += 1) {
      const wanted = new Map<EventId, TransferId[]>();
      for (const transfer of after.values()) {
        const { id } = transfer;
        const bridge = bridgeOf(id);
        const known = asked.get(id) ?? new Set();
        // what it knew of before was asked for then, and has found it by its key since
        const missing = bridge === undefined ? [] : unseenOf(bridge, transfer).filter((event) => !known.has(event));
        for (const event of missing) wanted.set(event, [...(wanted.get(event) ?? []), id]);
        asked.set(id, new Set([...known, ...missing]));
      }
      if (wanted.size === 0) return;
      for (const one of await ledger.recorded([...wanted.keys()])) for (const id of wanted.get(one.event.id) ?? []) put(id, factOf(one));
    }
  }

  return {
    async fold(facts) {
      const about = new Map<Fact, readonly TransferId[]>();
      for (const [index, fact] of facts.entries()) {
        about.set(fact, await subjects(journeys, ledger, fact, fold));
        if (index % factsAtOnce === 0) await turn();
      }
      await fetch([...new Set([...about.values()].flat())]);
      for (const [fact, ids] of about) for (const id of ids) put(id, fact);
      await related();
    },
    tick(clocks, more, anew = false) {
      for (const transfer of more) if (!before.has(transfer.id)) before.set(transfer.id, transfer);
      for (const id of before.keys()) if ((after.get(id) ?? before.get(id))?.endedAt === null) put(id, { clocks, anew });
    },
    moved: () => [...after.values()].map((now) => ({ before: before.get(now.id) ?? null, now })),
  };
}
