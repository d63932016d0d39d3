/**
 * A chain in memory that costs nothing: blocks are made on demand, and are final when told.
 * Always: linked by hash; every lookup is a map's. Never: reorganises, fails, or waits.
 */
import { unavailable } from "../src/core/errors.ts";
import type { BlockRef, ChainName, Hex } from "../src/core/values.ts";
import type { Birth, ChainSource, Found, FoundEvent } from "../src/ports.ts";

export interface MemoryChain {
  readonly source: ChainSource;
  best(): BlockRef;
  final(): BlockRef;
  /** a new best block; `found` gets it as its place */
  add(found?: (at: BlockRef) => Pick<Found, "events" | "births">): BlockRef;
  /** the best block is final from now on */
  settle(): void;
}

const nothing: Found = { events: [], births: [], watches: [] };

export function createMemoryChain(chain: ChainName, serial: number): MemoryChain {
  const hashAt = (height: number): Hex => `0x${chain === "bitcoin" ? "b" : "e"}${serial.toString(16).padStart(7, "0")}${height.toString(16).padStart(56, "0")}`;
  const refAt = (height: number): BlockRef => ({ chain, height, hash: hashAt(height), parent: hashAt(height - 1), time: Date.now() });
  const byHash = new Map<Hex, { readonly ref: BlockRef; readonly found: Found }>();
  const keep = (ref: BlockRef, found: Found): BlockRef => {
    byHash.set(ref.hash, { ref, found });
    return ref;
  };
  let best = keep(refAt(1), nothing);
  let final = best;
  const need = (hash: Hex): { readonly ref: BlockRef; readonly found: Found } => {
    const block = byHash.get(hash);
    if (block === undefined) throw unavailable("block-unknown", `there is no block ${hash}`);
    return block;
  };
  return {
    best: () => best,
    final: () => final,
    add: (found) => {
      const ref = refAt(best.height + 1);
      const { events, births }: { readonly events: readonly FoundEvent[]; readonly births: readonly Birth[] } = found?.(ref) ?? nothing;
      best = keep(ref, { events, births, watches: [] });
      return best;
    },
    settle: () => {
      final = best;
    },
    source: {
      chain,
      head: async () => ({ best, final }),
      block: async (hash) => need(hash).ref,
      blockAt: async (height) => need(hashAt(height)).ref,
      read: async (block) => need(block.hash).found,
      scan: async (_from, to) => ({ scannedTo: to, found: nothing, blocks: [] }),
      settle: () => ({ births: [], watches: [] }),
      distrust: () => undefined,
    },
  };
}
