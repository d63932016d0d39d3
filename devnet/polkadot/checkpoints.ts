/**
 * Whole states now and then, so that no read walks back through all blocks: chopsticks keeps a block's storage as a layer on its
 * parent's, reads recursively, and runs out of stack some thousand blocks deep.
 * Always: a checkpoint says what its block's own layers say. Never: older than `every` blocks below any block.
 */
import { Block, RemoteStorageLayer, StorageLayer } from "@acala-network/chopsticks";
import type { Blockchain } from "@acala-network/chopsticks";

import { bug } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Genesis } from "./genesis.ts";

/** What the chain's file keeps of a block. */
export type StoredBlock = {
  readonly hash: Hex;
  readonly number: number;
  readonly header: Hex;
  readonly parentHash: Hex | null;
  readonly extrinsics: Hex[];
  readonly storageDiff: Record<Hex, Hex | null> | null;
  readonly timeMs: number;
};

type Changes = Map<Hex, Hex | null>;

const every = 256;

export interface Checkpoints {
  /** puts the block on a checkpoint of its own when its height asks for one; it becomes the head */
  keep(hash: Hex): Promise<void>;
}

export function createCheckpoints(blockchain: () => Blockchain, genesis: Genesis, blocks: ReadonlyMap<string, StoredBlock>): Checkpoints {
  const { top } = genesis.spec.genesis.raw;
  /** by the hash of a checkpoint's block: all that differs from genesis after it */
  const known = new Map<string, Changes>([[genesis.hash, new Map()]]);

  const changesAfter = (hash: Hex): Changes => {
    const above: StoredBlock[] = [];
    let at: string = hash;
    for (let base = known.get(at); base === undefined; base = known.get(at)) {
      const block = blocks.get(at);
      if (block === undefined) throw bug("devnet-lost-block", `The dev chain's file has no block ${at}.`);
      above.unshift(block);
      at = block.parentHash ?? genesis.hash;
    }
    const changes: Changes = new Map(known.get(at));
    for (const { storageDiff } of above) {
      for (const [key, value] of Object.entries(storageDiff ?? {}) as [Hex, Hex | null][]) {
        if (value === null && top[key] === undefined) changes.delete(key);
        else changes.set(key, value);
      }
    }
    return changes;
  };

  return {
    keep: async (hash) => {
      const stored = blocks.get(hash);
      if (stored === undefined || stored.number % every !== 0) return;
      const chain = blockchain();
      const parentHash = stored.parentHash ?? genesis.hash;
      const storage = new StorageLayer(new RemoteStorageLayer(chain.api, genesis.hash, undefined));
      storage.setAll([...changesAfter(parentHash)]);
      known.set(hash, changesAfter(hash));
      const registry = await chain.head.registry;
      const header = registry.createType("Header", stored.header);
      const parent = await chain.getBlock(parentHash);
      await chain.setHead(new Block(chain, stored.number, hash, parent, { header, extrinsics: stored.extrinsics, storage, storageDiff: stored.storageDiff ?? {} }));
    },
  };
}
