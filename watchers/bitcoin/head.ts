/**
 * The best block of one endpoint and the final one below it, proved to be one chain.
 * Always: `final` is an ancestor of `best` along parent hashes. Never: a final block taken from a bare height.
 */
import type { BitcoinHeader } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { unavailable } from "../../src/core/errors.ts";
import type { BlockRef } from "../../src/core/values.ts";

export type Head = { readonly best: BlockRef; readonly final: BlockRef };

export const blockRef = (header: BitcoinHeader, height: number): BlockRef => ({
  chain: "bitcoin", height, hash: header.hash, parent: header.parent, time: header.timeSeconds * 1000,
});

const looks = 3;

/**
 * A block with `finalDepth` blocks, itself counted, is final: best.height − finalDepth + 1, not below the first block the
 * node has. Throws Unavailable "endpoint-syncing" while the node knows of many blocks it has not yet, "chain-moving"
 * when its chain changed under every look, Invalid when its headers contradict each other. A `known` head is not asked again.
 */
export async function headOf(client: BitcoinClient, finalDepth: number, known: Head | null, signal: AbortSignal): Promise<Head> {
  for (let look = 0; look < looks; look += 1) {
    const info = await client.chainInfo(signal);
    if (known !== null && known.best.hash === info.bestHash) return known;
    if (info.initialBlockDownload && info.headers - info.blocks > finalDepth) {
      throw unavailable("endpoint-syncing", `Bitcoin endpoint "${client.name}" has ${info.blocks} of ${info.headers} blocks. Waiting until it has caught up.`, {
        evidence: { endpoint: client.name, blocks: info.blocks, headers: info.headers },
      });
    }
    const lowest = Math.max(0, info.blocks - finalDepth + 1);
    const first = await firstFrom(client, lowest, info.blocks, signal);
    const chain = await client.headers(first, info.blocks - first + 1, signal);
    const [final, best] = [chain[0], chain.at(-1)];
    if (final === undefined || best === undefined || best.header.hash !== info.bestHash) continue;
    return { best: blockRef(best.header, best.height), final: blockRef(final.header, final.height) };
  }
  throw unavailable("chain-moving", `The chain of Bitcoin endpoint "${client.name}" changed during ${looks} looks at its head. Looking again.`);
}

/** The lowest height from `lowest` to `best` above which the node has every block: its chain may begin late. */
async function firstFrom(client: BitcoinClient, lowest: number, best: number, signal: AbortSignal): Promise<number> {
  const hashes = await client.hashesAt(lowest, best - lowest + 1, signal);
  return lowest + hashes.lastIndexOf(null) + 1;
}
