/**
 * One piece of Bitcoin's final history, read from one endpoint: hashes by height, blocks by hash, each linked to the last.
 * Always: all of a piece comes from the same endpoint, so a contradiction is that endpoint's. Never: passes over a height
 * that the node's chain should have.
 */
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { failureOf, invalid, unavailable } from "../../src/core/errors.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import type { Found } from "../../src/ports.ts";
import { blockRef } from "./head.ts";
import { matchBlock } from "./match.ts";
import type { BitcoinReader, WatchIndex } from "./match.ts";

/** `absent`: heights the endpoint's chain does not have although it is longer; `blocks`: those that events were found in */
export type Piece = { readonly scannedTo: number; readonly found: Found; readonly blocks: readonly BlockRef[]; readonly absent: readonly number[] };

/** blocks read before what was found is committed, and heights looked up at once */
const blocksPerPiece = 20;
const heightsPerLookup = 500;
/** a parked range names at most this many missing heights */
const heightsNamed = 1_000;

/**
 * The active chain's hashes from `first` to at most `last`; null: the node's chain has no block there although it is longer
 * (it begins late). Throws Unavailable "height-not-reached" when the chain just is not that long.
 */
export async function hashesIn(client: BitcoinClient, first: number, last: number, signal: AbortSignal): Promise<readonly (Hex | null)[]> {
  const count = Math.min(heightsPerLookup, last - first + 1);
  const hashes = await client.hashesAt(first, count, signal);
  if (!hashes.includes(null)) return hashes;
  const { blocks } = await client.chainInfo(signal);
  if (blocks >= first + count - 1) return hashes;
  throw unavailable("height-not-reached", `Bitcoin endpoint "${client.name}" has ${blocks} blocks and was asked for ${first + count - 1}. Waiting until it has caught up.`, {
    evidence: { endpoint: client.name, blocks, asked: first + count - 1 },
  });
}

async function prunedHeights(client: BitcoinClient, first: number, last: number, signal: AbortSignal): Promise<readonly number[]> {
  const { pruneHeight } = await client.chainInfo(signal);
  const end = Math.min(last, Math.max(first, (pruneHeight ?? 0) - 1), first + heightsNamed - 1);
  return Array.from({ length: end - first + 1 }, (_, at) => first + at);
}

/** Unavailable "block-pruned" with the heights that are gone, as the scan's caller wants it. */
export const prunedAt = (endpoint: string, heights: readonly number[]): Error =>
  unavailable("block-pruned", `Bitcoin endpoint "${endpoint}" has deleted blocks from height ${heights[0]} on. Give an endpoint that keeps them.`, {
    evidence: { heights, endpoint },
  });

/** Throws as client.block and hashesIn do; Invalid "parent-does-not-link", "block-height-mismatch"; "block-pruned" with {heights}. */
export async function readPiece(
  client: BitcoinClient,
  first: number,
  last: number,
  index: WatchIndex,
  readers: readonly BitcoinReader[],
  signal: AbortSignal,
): Promise<Piece> {
  const hashes = await hashesIn(client, first, last, signal);
  const found: Found[] = [];
  const blocks: BlockRef[] = [];
  const absent: number[] = [];
  let scannedTo = first - 1;
  for (const [at, hash] of hashes.entries()) {
    if (blocks.length === blocksPerPiece) break;
    if (hash === null) absent.push(first + at);
    else {
      const block = await blockOrPruned(client, hash, first + at, last, blocks.length > 0, signal);
      if (block === null) break;
      const ref = linked(blocks.at(-1), blockRef(block.header, block.height), first + at, client.name);
      found.push(matchBlock(block.txs, ref, index, readers));
      blocks.push(ref);
    }
    scannedTo = first + at;
  }
  const merged = merge(found);
  const holding = new Set(merged.events.map(({ at }) => at?.hash));
  return { scannedTo, found: merged, blocks: blocks.filter(({ hash }) => holding.has(hash)), absent };
}

type Block = Awaited<ReturnType<BitcoinClient["block"]>>;

/** null: pruned, but what was read before it can be kept first. */
async function blockOrPruned(client: BitcoinClient, hash: Hex, height: number, last: number, some: boolean, signal: AbortSignal): Promise<Block | null> {
  try {
    return await client.block(hash, signal);
  } catch (error) {
    if (failureOf(error).code !== "block-pruned") throw error;
    if (some) return null;
    throw prunedAt(client.name, await prunedHeights(client, height, last, signal));
  }
}

function linked(before: BlockRef | undefined, block: BlockRef, height: number, endpoint: string): BlockRef {
  const evidence = { endpoint, height, hash: block.hash, parent: block.parent, before: before?.hash ?? null };
  if (block.height !== height) {
    throw invalid("block-height-mismatch", `Bitcoin endpoint "${endpoint}" gave block ${block.hash} for height ${height} and says it is ${block.height}.`, { evidence });
  }
  if (before === undefined || before.height !== height - 1 || before.hash === block.parent) return block;
  throw invalid("parent-does-not-link", `Bitcoin endpoint "${endpoint}" gave block ${height} whose parent is not the block ${before.height} it gave before.`, { evidence });
}

const merge = (found: readonly Found[]): Found => ({
  events: found.flatMap(({ events }) => events),
  births: found.flatMap(({ births }) => births),
  watches: found.flatMap(({ watches }) => watches),
});
