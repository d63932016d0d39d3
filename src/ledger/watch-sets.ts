/**
 * The watch set of each chain as it is asked for with every block: kept in memory, and brought up to date by what changed.
 * Always: a set once given never changes; reading it again costs what came and went, not what it holds.
 * Never: the truth; that is in the rows, and the set is read from them whole when this process begins.
 */
import type { ChainName, Watch, WatchId } from "../core/values.ts";
import type { WatchChanges, WatchSet } from "../ports.ts";
import type { ChainRows } from "./rows.ts";

type Rows = Pick<ChainRows, "watches" | "watchesSince" | "watchSetVersion">;
/** `before`: the version these changes were made to; `version`: the one they made */
type Step = WatchChanges & { readonly before: number; readonly version: number };
type Kept = { readonly set: WatchSet; readonly byId: Map<WatchId, Watch>; readonly steps: readonly Step[] };

/** who matches blocks asks after each step; one that is so far behind looks at the whole set */
const keptSteps = 64;

export function createWatchSets(rows: Rows): (chain: ChainName) => WatchSet {
  const kept = new Map<ChainName, Kept>();
  return (chain) => {
    const version = rows.watchSetVersion(chain);
    const known = kept.get(chain);
    if (known?.set.version === version) return known.set;
    const next = known === undefined ? begin(rows, chain, version) : goOn(rows, chain, version, known);
    kept.set(chain, next);
    return next.set;
  };
}

function begin(rows: Rows, chain: ChainName, version: number): Kept {
  const watches = rows.watches(chain);
  return { set: { version, watches, since: sinceIn(version, []) }, byId: new Map(watches.map((watch) => [watch.id, watch])), steps: [] };
}

function goOn(rows: Rows, chain: ChainName, version: number, { set, byId, steps: earlier }: Kept): Kept {
  const changed = rows.watchesSince(chain, set.version);
  // what came and went between two looks is in neither list
  const over = changed.filter(({ watch, isOver }) => isOver && byId.has(watch.id)).map(({ watch }) => watch);
  const added = changed.filter(({ watch, isOver }) => !isOver && !byId.has(watch.id)).map(({ watch }) => watch);
  for (const { id } of over) byId.delete(id);
  // one that is there already may go on without its end
  for (const { watch, isOver } of changed) if (!isOver) byId.set(watch.id, watch);
  const steps = [...earlier, { before: set.version, version, added, over }].slice(-keptSteps);
  return { set: { version, watches: [...byId.values()], since: sinceIn(version, steps) }, byId, steps };
}

const sinceIn = (newest: number, steps: readonly Step[]): NonNullable<WatchSet["since"]> => (version) => {
  if (version === newest) return { added: [], over: [] };
  const first = steps.findIndex(({ before }) => before === version);
  if (first === -1) return null;
  const added = new Map<WatchId, Watch>();
  const over = new Map<WatchId, Watch>();
  for (const step of steps.slice(first)) {
    for (const watch of step.added) added.set(watch.id, watch);
    for (const watch of step.over) if (!added.delete(watch.id)) over.set(watch.id, watch);
  }
  return { added: [...added.values()], over: [...over.values()] };
};
