/**
 * When blocks are made: every so many seconds, at once when a transaction is ready, or only when told.
 * Always: one change of the chain at a time; a pause is after the last block, so that a slow machine does not pile them up.
 * Never: an empty block because a transaction was refused.
 */
import { rejected } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DevBlock, HeadMove } from "./blocks.ts";
import type { DevChain } from "./chain.ts";
import type { Pool } from "./pool.ts";
import type { Submissions } from "./submissions.ts";

/** "manual": only when told. Otherwise one every so many seconds (null: none) and one at once for a ready transaction. */
export type PolkadotBlocks = "manual" | { readonly everySeconds: number | null; readonly atOnce?: boolean };

/** "again": in the first new block; "pool": back in the pool, mined later; "lost": nobody remembers them */
export type ReorgTransactions = "again" | "pool" | "lost";

export interface Production {
  mine(count: number): Promise<readonly DevBlock[]>;
  /** a block with these, before the pool's or alone; throws Rejected "devnet-extrinsic-refused" when one is not in it */
  include(extrinsics: () => Promise<readonly Hex[]>, alone?: boolean): Promise<DevBlock>;
  setHead(at: Hex | number): Promise<DevBlock>;
  /** replaces the last `depth` blocks by `length` others; the head moves once, at the end */
  reorg(depth: number, length: number, transactions: ReorgTransactions): Promise<{ readonly dropped: readonly Hex[]; readonly added: readonly Hex[] }>;
  /** something became ready */
  poke(): void;
  setBlocks(blocks: PolkadotBlocks): void;
  /** no blocks by themselves until it ends; `mine` still works. Resolves when none is under way any more */
  stall(on: boolean): Promise<void>;
}

type Rhythm = Pick<Production, "poke" | "setBlocks"> & { readonly stall: (on: boolean) => void };

function createRhythm(initial: PolkadotBlocks, mine: () => Promise<unknown>, anyReady: () => boolean): Rhythm {
  let blocks = initial;
  let stalled = false;
  let timer: NodeJS.Timeout | undefined;
  let poked = false;
  const schedule = (): void => {
    clearTimeout(timer);
    if (stalled || blocks === "manual" || blocks.everySeconds === null) return;
    timer = setTimeout(() => void mine().catch(() => undefined).finally(schedule), blocks.everySeconds * 1000);
  };
  const poke = (): void => {
    if (poked || stalled || blocks === "manual" || blocks.atOnce === false) return;
    poked = true;
    // a moment for those that come together, as a block producer's proposer waits
    setTimeout(() => {
      poked = false;
      if (!stalled && anyReady()) void mine().catch(() => undefined);
    }, 20);
  };
  schedule();
  return {
    poke,
    setBlocks: (next) => {
      blocks = next;
      schedule();
      poke();
    },
    stall: (on) => {
      stalled = on;
      schedule();
      if (!on) poke();
    },
  };
}

type Parts = { readonly chain: DevChain; readonly pool: Pool; readonly submissions: Submissions; readonly blocks: PolkadotBlocks; readonly onHead: (move: HeadMove) => Promise<void> };
type Makers = { readonly readyRaws: () => readonly Hex[]; readonly announce: (retracted: "pool" | "lost") => Promise<void> };

/** The acts, each to be run in its turn. */
function createActs({ chain }: Parts, { readyRaws, announce }: Makers): Pick<Production, "mine" | "include" | "setHead" | "reorg"> {
  return {
    mine: async (count) => {
      const mined: DevBlock[] = [];
      for (let at = 0; at < count; at += 1) {
        mined.push((await chain.mine(readyRaws())).block);
        await announce("pool");
      }
      return mined;
    },
    include: async (extrinsics, alone = false) => {
      const own = await extrinsics();
      const { block, refused } = await chain.mine(alone ? own : [...own, ...readyRaws()]);
      await announce("pool");
      const failed = refused.find(({ raw }) => own.includes(raw));
      if (failed !== undefined) throw rejected("devnet-extrinsic-refused", `The runtime refused the devnet's extrinsic for block ${block.height}: ${failed.why}`);
      return block;
    },
    setHead: async (at) => {
      const block = typeof at === "number" ? chain.tree.at(at) : chain.tree.get(at);
      if (block === null) throw rejected("devnet-no-block", `This chain has no block ${at}.`);
      await chain.setHead(block.hash);
      await announce("pool");
      return block;
    },
    reorg: async (depth, length, transactions) => {
      const height = chain.tree.head().height;
      const base = chain.tree.at(height - depth);
      if (!(depth >= 1 && length >= 1) || base === null) throw rejected("devnet-bad-reorg", `A reorg replaces 1 to ${height} blocks by at least 1, not ${depth} by ${length}.`);
      const dropped = Array.from({ length: depth }, (_, index) => chain.tree.at(base.height + 1 + index)?.hash ?? base.hash);
      const again: Hex[] = [];
      // the first extrinsic is the time, which the new block has of its own
      if (transactions === "again") for (const hash of dropped) again.push(...(await chain.extrinsics(hash)).slice(1));
      await chain.setHead(base.hash);
      const added: Hex[] = [];
      for (let at = 0; at < length; at += 1) added.push((await chain.mine(at === 0 ? again : [])).block.hash);
      await announce(transactions === "lost" ? "lost" : "pool");
      return { dropped, added };
    },
  };
}

export function createProduction(parts: Parts): Production {
  const { chain, pool, submissions } = parts;
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };
  const readyRaws = (): readonly Hex[] => pool.ready().map(({ raw }) => raw);
  const acts = createActs(parts, {
    readyRaws,
    announce: async (retracted) => {
      const move = chain.follow();
      await submissions.moved(move, retracted);
      await parts.onHead(move);
    },
  });
  const rhythm = createRhythm(parts.blocks, () => inTurn(() => acts.mine(1)), () => pool.ready().length > 0);
  return {
    ...rhythm,
    stall: (on) => {
      rhythm.stall(on);
      return inTurn(() => Promise.resolve());
    },
    mine: (count) => inTurn(() => acts.mine(count)),
    include: (extrinsics, alone) => inTurn(() => acts.include(extrinsics, alone)),
    setHead: (at) => inTurn(() => acts.setHead(at)),
    reorg: (depth, length, transactions) => inTurn(() => acts.reorg(depth, length, transactions)),
  };
}
