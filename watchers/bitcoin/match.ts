/**
 * Matching a block's transactions against the watch set, in one pass. Pure.
 * Always: one map lookup per output and per input, however many watches there are; watches that a transaction brings count
 * for every later one. Never: looks at scripts by prefix, or at anything the block does not commit to.
 */
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import type { BlockRef, Hex, Outpoint, SourceEvent, Watch, WatchId } from "../../src/core/values.ts";
import type { Birth, Found, FoundEvent, WatchSet } from "../../src/ports.ts";

/** How a bridge looks at Bitcoin. Pure: same input, same answer. */
export interface BitcoinReader {
  /** called for each transaction that pays a watched script or spends a watched output; `hits` are all such watches, also other bridges' */
  read(tx: BitcoinTx, block: BlockRef, hits: readonly Watch[]): Found;
  settle(event: SourceEvent): Pick<Found, "births" | "watches">;
}

export interface WatchIndex {
  add(watch: Watch): void;
  /** the watches a transaction hits, each once, or null for none (by far the most transactions) */
  hits(tx: BitcoinTx): ReadonlyMap<WatchId, Watch> | null;
}

const outpointKey = ({ txid, index }: Outpoint): string => `${txid}:${index}`;

/** An index that also answers from `base`, without changing it. */
export function createWatchIndex(watches: readonly Watch[], base: WatchIndex | null = null): WatchIndex {
  const byScript = new Map<Hex, Watch[]>();
  const byOutpoint = new Map<string, Watch[]>();
  // looking a script up means reading it; most kinds of scripts are told apart by their length alone
  const lengths = new Set<number>();
  const into = <K>(map: Map<K, Watch[]>, key: K, watch: Watch): void => {
    const there = map.get(key);
    if (there === undefined) map.set(key, [watch]);
    else there.push(watch);
  };
  const add = (watch: Watch): void => {
    if ("script" in watch.target) {
      lengths.add(watch.target.script.length);
      into(byScript, watch.target.script, watch);
    } else into(byOutpoint, outpointKey(watch.target.outpoint), watch);
  };
  for (const watch of watches) add(watch);
  return {
    add,
    hits(tx) {
      // by far the most transactions hit nothing: no work but the lookups for them
      let found: Map<WatchId, Watch> | null = null;
      const take = (watches: Iterable<Watch> | undefined): void => {
        if (watches === undefined) return;
        found ??= new Map();
        for (const watch of watches) found.set(watch.id, watch);
      };
      take(base?.hits(tx)?.values());
      if (byOutpoint.size > 0) for (const { outpoint } of tx.inputs) take(byOutpoint.get(outpointKey(outpoint)));
      if (byScript.size > 0) for (const { script } of tx.outputs) if (lengths.has(script.length)) take(byScript.get(script));
      return found;
    },
  };
}

/** An index per watch-set version: built once, however many blocks are matched with it. */
export function createIndexOf(): (set: WatchSet) => WatchIndex {
  let kept: { readonly version: number; readonly index: WatchIndex } | null = null;
  return ({ version, watches }) => {
    kept = kept?.version === version ? kept : { version, index: createWatchIndex(watches) };
    return kept.index;
  };
}

/** What the readers find in one block. New watches are added to `index` at once, for later transactions and the caller's next blocks. */
export function matchBlock(txs: readonly BitcoinTx[], block: BlockRef, index: WatchIndex, readers: readonly BitcoinReader[]): Found {
  const events: FoundEvent[] = [];
  const births: Birth[] = [];
  const watches: Watch[] = [];
  for (const tx of txs) {
    const hits = index.hits(tx);
    if (hits === null) continue;
    for (const reader of readers) {
      const found = reader.read(tx, block, [...hits.values()]);
      events.push(...found.events);
      births.push(...found.births);
      watches.push(...found.watches);
      for (const watch of found.watches) if (watch.chain === "bitcoin") index.add(watch);
    }
  }
  return { events, births, watches };
}
