/**
 * Takes in what is open on a chain as its own state tells it, for whatever was never seen as an event.
 * Always: what the ledger knows at a block stays there; bounded work between two looks at anything else, however much is open;
 * taken again at every start and after every resume, it changes nothing that is known.
 * Never: moves the view, or takes a state that may still change.
 */
import { setImmediate as letOthersRun } from "node:timers/promises";

import { headOf } from "../src/core/chain-view.ts";
import { chainNames } from "../src/core/values.ts";
import type { Watch } from "../src/core/values.ts";
import type { Found, FoundEvent, Ledger, WatchEnd } from "../src/ports.ts";
import type { WatchOptions } from "./commit.ts";
import { commit, nothingFound } from "./commit.ts";

/** events or watches written in one commit */
const pieceSize = 200;

/** Reads the census at the final block of the view, which the ledger holds to be canonical, and commits it. */
export async function takeCensus(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { source, ledger, census, log } = options;
  const view = await ledger.view(source.chain);
  if (census === undefined || view === null || signal.aborted) return;
  const fresh = await commitCensus(await census(view.final, signal), options, signal);
  if (fresh.events + fresh.watches === 0) return;
  log.info({ chain: source.chain, height: view.final.height, ...fresh }, "the chain's state holds what no event had told; it is taken in");
}

/** How many events and watches were news. A piece is committed whole; one that is not is there again in the next census. */
export async function commitCensus(found: Found, options: WatchOptions, signal: AbortSignal): Promise<{ readonly events: number; readonly watches: number }> {
  const { ledger } = options;
  const fresh = { events: 0, watches: 0 };
  for (const piece of piecesOf(found.events)) {
    signal.throwIfAborted();
    const events = await unknownIn(piece, ledger);
    if (events.length > 0) await commit({ found: { ...nothingFound, events } }, options);
    fresh.events += events.length;
    await letOthersRun();
  }
  for (const chain of chainNames) {
    const watches = await newWatches(found.watches.filter((watch) => watch.chain === chain), ledger);
    for (const piece of piecesOf(watches)) {
      signal.throwIfAborted();
      await commit({ found: { ...nothingFound, watches: searchedTogether(piece) }, renews: true }, options);
      await letOthersRun();
    }
    fresh.watches += watches.length;
  }
  await commitEnds(await endsOfWatched(found.ends ?? [], ledger), options, signal);
  return fresh;
}

/** Ends the watches that nothing can come of any more; one that has an end keeps it. */
export async function endOver(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { source, ledger, over, log } = options;
  const view = await ledger.view(source.chain);
  if (over === undefined || view === null || signal.aborted) return;
  const sets = await Promise.all(chainNames.map((chain) => ledger.watchSet(chain)));
  const ends: WatchEnd[] = [];
  for (const { watch: id, upTo } of await over(view.final, sets.flatMap(({ watches }) => watches), signal)) {
    const watch = await ledger.watch(id);
    if (watch === null || watch.untilHeight !== undefined) continue;
    const its = await ledger.view(watch.chain);
    // our own view of that chain may have stood still while payments came
    ends.push({ watch: id, afterBlocks: its === null ? 0 : Math.max(0, upTo - headOf(its).height) });
  }
  await commitEnds(ends, options, signal);
  if (ends.length > 0) log.info({ chain: source.chain, height: view.final.height, watches: ends.length }, "the time of what they are for was over long ago; they are not searched for any more");
}

async function commitEnds(ends: readonly WatchEnd[], options: WatchOptions, signal: AbortSignal): Promise<void> {
  for (const piece of piecesOf(ends)) {
    signal.throwIfAborted();
    await commit({ found: { ...nothingFound, ends: piece } }, options);
    await letOthersRun();
  }
}

const piecesOf = <T>(list: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(list.length / pieceSize) }, (_, at) => list.slice(at * pieceSize, (at + 1) * pieceSize));

/** An event the ledger knows in a block is better placed than by a census; one without a block is brought back. */
async function unknownIn(events: readonly FoundEvent[], ledger: Ledger): Promise<readonly FoundEvent[]> {
  const known = await ledger.events({ ids: events.map(({ id }) => id) });
  const placed = new Set(known.filter(({ at }) => at !== null).map(({ id }) => id));
  return events.filter(({ id }) => !placed.has(id));
}

/** Those that are not there, and those that have an end (a set in use does not tell of it) although what they are for is open still. */
async function newWatches(watches: readonly Watch[], ledger: Ledger): Promise<readonly Watch[]> {
  const fresh: Watch[] = [];
  for (const piece of piecesOf(watches)) {
    const known = await Promise.all(piece.map(({ id }) => ledger.watch(id)));
    fresh.push(...piece.filter((_, at) => known[at] === null || known[at]?.untilHeight !== undefined));
    await letOthersRun();
  }
  return fresh.sort((a, b) => a.heightHint - b.heightHint);
}

/** Most of what ever came to its end was over long ago. */
async function endsOfWatched(ends: readonly WatchEnd[], ledger: Ledger): Promise<readonly WatchEnd[]> {
  if (ends.length === 0) return [];
  const sets = await Promise.all(chainNames.map((chain) => ledger.watchSet(chain)));
  const watched = new Set(sets.flatMap(({ watches }) => watches.map(({ id }) => id)));
  return ends.filter(({ watch }) => watched.has(watch));
}

/** Each hint opens a search of its own: those of one piece begin with its lowest. */
const searchedTogether = (piece: readonly Watch[]): readonly Watch[] => piece.map((watch) => ({ ...watch, heightHint: piece[0]?.heightHint ?? watch.heightHint }));
