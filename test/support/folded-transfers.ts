/**
 * Transfers kept up to date in memory, as the monitor does it from the ledger: by named ids, by keys, and by events that
 * came before what names them.
 * Always: deterministic; `changes` may come in any order.
 */
import { foldTransfer, subjectsOf, unseenOf } from "../../src/core/transfer-fold.ts";
import type { BridgeJourneys, TransferChange } from "../../src/core/transfer-fold.ts";
import type { ChainClock, Clocks } from "../../src/core/transfer-clock.ts";
import type { Transfer } from "../../src/core/transfer.ts";
import type { ChainName, EventId, Millis, SourceEvent, TransferId } from "../../src/core/values.ts";

export function foldedAll(journeys: BridgeJourneys, changes: readonly TransferChange[]): ReadonlyMap<TransferId, Transfer> {
  const transfers = new Map<TransferId, Transfer>();
  const events = new Map<EventId, { event: SourceEvent; seenAt: Millis }>();
  const foldOne = (id: TransferId, change: TransferChange): void => {
    const after = foldTransfer(journeys, id, transfers.get(id) ?? null, change);
    if (after === null || after === transfers.get(id)) return;
    transfers.set(id, after);
    for (const missing of unseenOf(journeys, after)) {
      const found = events.get(missing);
      if (found !== undefined) foldOne(id, found);
    }
  };
  for (const change of changes) {
    if ("clocks" in change) {
      for (const { id, endedAt } of transfers.values()) if (endedAt === null) foldOne(id, change);
      continue;
    }
    const known = events.get(change.event.id);
    if (known === undefined || known.event.generation < change.event.generation) events.set(change.event.id, { event: change.event, seenAt: change.seenAt });
    const keyed = [...transfers.values()].filter(({ keys }) => keys.includes(change.event.id)).map(({ id }) => id);
    for (const id of new Set([...subjectsOf(journeys, change), ...keyed])) foldOne(id, change);
  }
  return transfers;
}

const paces: Readonly<Record<ChainName, number>> = { bitcoin: 600_000, polkadot: 12_000, ethereum: 12_000 };

export const chainClock = (chain: ChainName, height: number, now: Millis, more: Partial<ChainClock> = {}): ChainClock => ({
  bestHeight: height, finalHeight: height, headTime: now, headSeenAt: now, msPerBlock: paces[chain], activeBlocks: null, relayedHeights: {}, ...more,
});

/** Both clocks of a story: everything up to these heights is final. */
export const clocksAt = (now: Millis, heights: Readonly<Partial<Record<ChainName, number>>>, activeBlocks: number | null = null): Clocks => ({
  now,
  chains: Object.fromEntries(Object.entries(heights).map(([chain, height]) => [chain, chainClock(chain as ChainName, height, now, chain === "polkadot" ? { activeBlocks } : {})])),
});

/** What does not depend on when each fact was first seen. */
export const shapeOf = ({ id, kind, outcome, steps, deadlines, keys, deliveries, endedAt }: Transfer): unknown => ({
  id, kind, outcome, isOpen: endedAt === null, deadlines, keys, deliveries,
  steps: steps.map((step) => `${step.name}${step.endedAt === null ? " …" : ""}`),
});
