/**
 * A chain on a real runtime: chopsticks executes the blocks, this file says when they are, what time it is in them, and where
 * the head stands. Always: a block's hash is the hash of its header; siblings differ; times only grow along a branch; one
 * change at a time; every block is on disk before it is announced, so that a killed chain comes back with all of them.
 */
import { appendFile, readFile, writeFile } from "node:fs/promises";

import { APPLY_EXTRINSIC_ERROR, Api, Blockchain, BuildBlockMode, GenesisProvider } from "@acala-network/chopsticks";
import type { InherentProvider } from "@acala-network/chopsticks";

import { rejected } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";
import { createBlockTree } from "./blocks.ts";
import type { BlockTree, DevBlock, HeadMove } from "./blocks.ts";
import { createCheckpoints } from "./checkpoints.ts";
import type { Checkpoints, StoredBlock } from "./checkpoints.ts";
import type { Genesis } from "./genesis.ts";

export type Mined = { readonly block: DevBlock; readonly refused: readonly { readonly raw: Hex; readonly why: string }[] };

export interface DevChain {
  readonly blockchain: Blockchain;
  readonly tree: BlockTree;
  /** SCALE extrinsics of a block, the inherent ones first */
  extrinsics(hash: Hex): Promise<readonly Hex[]>;
  /** one block on top of the head; the tree's head stays where it is until `follow` */
  mine(transactions: readonly Hex[]): Promise<Mined>;
  setHead(hash: Hex): Promise<void>;
  /** moves the tree's head to where the chain is, and says what that changed */
  follow(): HeadMove;
  /** time of the next block, milliseconds since 1970; the clock goes on from there. Throws Rejected "devnet-time-passed" */
  setTime(timeMs: number): void;
}

type ChainClock = { next(parent: DevBlock, minimumMs: number): number; set(timeMs: number): void };

/** The machine's clock with an offset; never the same time twice, so that two blocks on one parent never are the same. */
function createChainClock(last: number): ChainClock {
  let offsetMs = 0;
  return {
    next: (parent, minimumMs) => {
      last = Math.max(Date.now() + offsetMs, parent.timeMs + minimumMs, last + 1);
      return last;
    },
    set: (timeMs) => {
      offsetMs = timeMs - Date.now();
      last = timeMs - 1;
    },
  };
}

/** The genesis as chopsticks reads it, but with the hash a node would give it. */
function genesisProvider({ spec, hash, stateRoot }: Genesis): GenesisProvider {
  const provider = new GenesisProvider(spec);
  const header = provider.getHeader;
  provider.getHeader = async () => ({ ...(await header()), stateRoot, parentHash: `0x${"00".repeat(32)}` });
  Object.defineProperty(provider, "blockHash", { value: hash });
  return provider;
}

/** Blocks of an earlier run. A half written last line is a block that nobody was told of: it goes. */
async function storedBlocks(file: string): Promise<readonly StoredBlock[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) await writeFile(file, whole);
  return whole.split("\n").slice(0, -1).map((line) => JSON.parse(line) as StoredBlock);
}

/** The blocks in memory and in the file, as the database chopsticks may ask. Storage values are all in the blocks. */
function createStore(file: string, blocks: Map<string, StoredBlock>, timeOf: () => number): NonNullable<ConstructorParameters<typeof Blockchain>[0]["db"]> {
  return {
    close: () => Promise.resolve(),
    saveBlock: async (block) => {
      const stored = { ...block, timeMs: timeOf() };
      blocks.set(block.hash, stored);
      await appendFile(file, `${JSON.stringify(stored)}\n`);
    },
    queryBlock: (hash) => Promise.resolve(blocks.get(hash) ?? null),
    queryBlockByNumber: () => Promise.resolve(null),
    queryHighestBlock: () => Promise.resolve(null),
    deleteBlock: () => Promise.resolve(),
    blocksCount: () => Promise.resolve(blocks.size),
    saveStorage: () => Promise.resolve(),
    queryStorage: () => Promise.resolve(null),
  };
}

/**
 * Opens the chain kept in `file`, or begins it with block 1. All blocks stay in memory (chopsticks alone keeps 500): an empty one
 * costs about 6 KB, so one a second 23 MB an hour.
 */
export async function openChain(options: { readonly genesis: Genesis; readonly file: string; readonly lagBlocks: number }): Promise<DevChain> {
  const { genesis, file } = options;
  const blocks = new Map<string, StoredBlock>();
  const past = await storedBlocks(file);
  for (const block of past) blocks.set(block.hash, block);
  const root: DevBlock = { hash: genesis.hash, height: 0, parent: `0x${"00".repeat(32)}`, timeMs: 0 };
  const tree = createBlockTree(root, options.lagBlocks);
  const clock = createChainClock(Math.max(0, ...past.slice(-1000).map(({ timeMs }) => timeMs)));
  let timeMs = 0;

  const setTimestamp: InherentProvider = {
    createInherents: async (newBlock) => {
      const parent = await newBlock.parentBlock;
      if (parent === undefined) return [];
      const meta = await parent.meta;
      const minimumMs = Number(meta.consts["timestamp"]?.["minimumPeriod"]?.toString() ?? 1);
      timeMs = clock.next(tree.get(parent.hash) ?? root, Math.max(1, minimumMs));
      const set = meta.tx["timestamp"]?.["set"];
      return set === undefined ? [] : [meta.registry.createType("Extrinsic", set(timeMs)).toHex()];
    },
  };
  const api = new Api(genesisProvider(genesis));
  await api.isReady;
  const blockchain = new Blockchain({
    api,
    buildBlockMode: BuildBlockMode.Manual,
    inherentProviders: [setTimestamp],
    header: { hash: genesis.hash, number: 0 },
    registeredTypes: {},
    db: createStore(file, blocks, () => timeMs),
    maxMemoryBlockCount: Number.MAX_SAFE_INTEGER,
    processQueuedMessages: false,
  });
  const checkpoints = createCheckpoints(() => blockchain, genesis, blocks);
  const chain = movable(blockchain, tree, () => timeMs, clock, checkpoints);
  for (const block of past) {
    tree.add({ hash: block.hash, height: block.number, parent: block.parentHash ?? root.hash, timeMs: block.timeMs });
    await checkpoints.keep(block.hash);
  }
  const last = past.at(-1);
  if (last === undefined) await chain.mine([]);
  else await chain.setHead(last.hash);
  chain.follow();
  return chain;
}

function movable(blockchain: Blockchain, tree: BlockTree, timeMs: () => number, clock: ChainClock, checkpoints: Checkpoints): DevChain {
  return {
    blockchain,
    tree,
    extrinsics: async (hash) => (await (await blockchain.getBlock(hash))?.extrinsics) ?? [],
    mine: async (transactions) => {
      const refused: { raw: Hex; why: string }[] = [];
      const note = ([raw, error]: readonly [Hex, unknown]): void => void refused.push({ raw, why: String(error) });
      blockchain.txPool.event.on(APPLY_EXTRINSIC_ERROR, note);
      try {
        await blockchain.newBlockWithParams({ transactions: [...transactions], upwardMessages: {}, downwardMessages: [], horizontalMessages: {} });
      } finally {
        blockchain.txPool.event.off(APPLY_EXTRINSIC_ERROR, note);
        for (const raw of blockchain.txPool.pendingExtrinsics) refused.push({ raw, why: "the runtime panicked" });
        blockchain.txPool.clear();
      }
      const { hash, number } = blockchain.head;
      const parent = await blockchain.head.parentBlock;
      const block: DevBlock = { hash, height: number, parent: parent?.hash ?? tree.head().hash, timeMs: timeMs() };
      tree.add(block);
      await checkpoints.keep(hash);
      return { block, refused };
    },
    setHead: async (hash) => {
      const block = await blockchain.getBlock(hash);
      if (block === undefined) throw rejected("devnet-no-block", `This chain has no block ${hash}.`);
      await blockchain.setHead(block);
    },
    follow: () => tree.moveHead(blockchain.head.hash),
    setTime: (next) => {
      const now = tree.head().timeMs;
      if (next <= now) throw rejected("devnet-time-passed", `The head's time is ${now}; ${next} is not after it. A chain's time only goes forward.`);
      clock.set(next);
    },
  };
}
