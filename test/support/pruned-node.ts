/**
 * A second, real bitcoind that throws old blocks away when it is told to, and is given its blocks by the stage's own node.
 * Always: the same chain as that node's after each `follow`; small block files, so that a few hundred blocks are enough to prune.
 */
import { findServers, startBitcoind } from "../../devnet/servers.ts";
import type { BitcoinServer } from "../../devnet/servers.ts";
import type { Hex } from "../../src/core/values.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";

export interface PrunedNode extends BitcoinServer {
  /** takes every block of the other node's chain that it lacks */
  follow(): Promise<void>;
  /** mines on the other node, and follows, until this node can throw the block at `height` away; then it does */
  prune(height: number, mine: (count: number) => Promise<unknown>): Promise<void>;
  /** does it still have this block's transactions? */
  has(block: Hex): Promise<boolean>;
}

/** bitcoind keeps so many blocks below its tip whatever it is asked for; a block file of -fastprune (64 KiB) holds fewer empty ones */
const keptBlocks = 288;
const blocksPerStep = 100;

export async function startPrunedNode(folder: string, source: BitcoinServer): Promise<PrunedNode> {
  const node = await startBitcoind({ folder, paths: await findServers(), name: "bitcoind-pruned", extraArgs: ["-prune=1", "-fastprune"] });
  const call = <T>(server: BitcoinServer, method: string, ...params: readonly unknown[]): Promise<T> => server.rpc.call(method, params, AbortSignal.timeout(60_000)) as Promise<T>;
  const tipOf = (server: BitcoinServer): Promise<number> => call<number>(server, "getblockcount");
  const has: PrunedNode["has"] = (block) => call(node, "getblock", toDisplay(block), 0).then(() => true, () => false);
  const follow = async (): Promise<void> => {
    for (let height = (await tipOf(node)) + 1; height <= (await tipOf(source)); height += 1) {
      const hash = await call<string>(source, "getblockhash", height);
      await call(node, "submitblock", await call<string>(source, "getblock", hash, 0));
    }
  };
  return {
    ...node, follow, has,
    async prune(height, mine) {
      const hash = await call<string>(node, "getblockhash", height);
      for (let steps = 0; steps < 12; steps += 1) {
        const kept = (await tipOf(node)) - keptBlocks;
        if (kept > height) await call(node, "pruneblockchain", kept);
        if (!(await call(node, "getblock", hash, 0).then(() => true, () => false))) return;
        await mine(blocksPerStep);
        await follow();
      }
      throw new RangeError(`the node still has block ${height}`);
    },
  };
}
