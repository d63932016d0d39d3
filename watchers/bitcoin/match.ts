/**
 * Matching a block's transactions against the watch set, in one pass. Pure.
 * Always: at most one map lookup per output and per input, however many watches there are; watches that a transaction brings
 * count for every later one. Never: looks at scripts by prefix, or at anything the block does not commit to.
 */
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import type { BlockRef, Hex, Outpoint, SourceEvent, Watch, WatchId } from "../../src/core/values.ts";
import type { Birth, Found, FoundEvent, Settled, WatchSet } from "../../src/ports.ts";

/** How a bridge looks at Bitcoin. Pure: same input, same answer. */
export interface BitcoinReader {
  /** called for each transaction that pays a watched script or spends a watched output; `hits` are all such watches, also other bridges' */
  read(tx: BitcoinTx, block: BlockRef, hits: readonly Watch[]): Found;
  settle(event: SourceEvent): Settled;
}

export interface WatchIndex {
  add(watch: Watch): void;
  remove(watch: Watch): void;
  /** the watches a transaction hits, each once, or null for none (by far the most transactions) */
  hits(tx: BitcoinTx): ReadonlyMap<WatchId, Watch> | null;
}

const outpointKey = ({ txid, index }: Outpoint): string => `${txid}:${index}`;

/** bits of a sieve: ten thousand strings fill a hundredth of it, and it stays in the processor's cache */
const sieveBits = 2 ** 20;
/** the digits it looks at lie in the hash of every usual kind of script, behind what all of a kind begin with, and in a txid */
const sievedFrom = 8;
const digitAt = (hex: Hex, at: number): number => {
  const code = hex.charCodeAt(at);
  return code < 58 ? code - 48 : code - 87;
};
/** Digits that are not there (NaN) count as zero. */
const sieveBitOf = (hex: Hex): number =>
  (digitAt(hex, sievedFrom) << 16) | (digitAt(hex, sievedFrom + 1) << 12) | (digitAt(hex, sievedFrom + 2) << 8) | (digitAt(hex, sievedFrom + 3) << 4) | digitAt(hex, sievedFrom + 4);

/** Says for certain that a string was not added, from its length and five of its digits: a map has to read all of it. */
function createSieve() {
  const lengths = new Set<number>();
  let bits: Uint8Array | null = null;
  return {
    add(hex: Hex): void {
      lengths.add(hex.length);
      bits ??= new Uint8Array(sieveBits / 8);
      const bit = sieveBitOf(hex);
      bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
    },
    mayHave(hex: Hex): boolean {
      if (bits === null || !lengths.has(hex.length)) return false;
      const bit = sieveBitOf(hex);
      return ((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
    },
  };
}

/** An index that also answers from `base`, without changing it. */
export function createWatchIndex(watches: readonly Watch[], base: WatchIndex | null = null): WatchIndex {
  const byScript = new Map<Hex, Watch[]>();
  const byOutpoint = new Map<string, Watch[]>();
  const sieve = createSieve();
  const into = <K>(map: Map<K, Watch[]>, key: K, watch: Watch): void => {
    const there = map.get(key);
    if (there === undefined) map.set(key, [watch]);
    else there.push(watch);
  };
  const add = (watch: Watch): void => {
    if ("script" in watch.target) {
      sieve.add(watch.target.script);
      into(byScript, watch.target.script, watch);
    } else into(byOutpoint, outpointKey(watch.target.outpoint), watch);
  };
  const outOf = <K>(map: Map<K, Watch[]>, key: K, { id }: Watch): void => {
    const rest = (map.get(key) ?? []).filter((watch) => watch.id !== id);
    if (rest.length === 0) map.delete(key);
    else map.set(key, rest);
  };
  for (const watch of watches) add(watch);
  return {
    add,
    // the sieve goes on letting its script through to the map
    remove: (watch) => ("script" in watch.target ? outOf(byScript, watch.target.script, watch) : outOf(byOutpoint, outpointKey(watch.target.outpoint), watch)),
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
      if (byScript.size > 0) for (const { script } of tx.outputs) if (sieve.mayHave(script)) take(byScript.get(script));
      return found;
    },
  };
}

type Kept = { readonly version: number; readonly index: WatchIndex; /** taken out since it was built */ readonly over: number };

/** so many removals, and as many as there are watches, until the sieve is made anew */
const leastRemoved = 1_000;

/**
 * The index of a watch set, brought up to date by what came and went. Who still matches with an older set may see newer watches: its
 * commit is refused for the set that moved, and it matches again.
 */
export function createIndexOf(): (set: WatchSet) => WatchIndex {
  let kept: Kept | null = null;
  const upToDate = ({ version, watches, since }: WatchSet): Kept => {
    const changes = kept === null ? null : (since?.(kept.version) ?? null);
    if (kept === null || changes === null) return { version, index: createWatchIndex(watches), over: 0 };
    const over = kept.over + changes.over.length;
    if (over > Math.max(leastRemoved, watches.length)) return { version, index: createWatchIndex(watches), over: 0 };
    for (const watch of changes.over) kept.index.remove(watch);
    for (const watch of changes.added) kept.index.add(watch);
    return { version, index: kept.index, over };
  };
  return (set) => {
    if (kept?.version !== set.version) kept = upToDate(set);
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
