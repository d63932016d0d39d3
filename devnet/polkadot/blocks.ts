/**
 * The tree of blocks a dev chain has made, its head, and which block counts as final.
 * Always: final is `lag` blocks behind the head and never steps back on its own; when the head moves to a branch without it,
 * it moves there too, which no sound chain does and a follower must notice. Pure: no I/O, no clock.
 */
import type { Hex } from "../../src/core/values.ts";

export type DevBlock = { readonly hash: Hex; readonly height: number; readonly parent: Hex; readonly timeMs: number };

/** What one move of the head changed; retracted newest first, enacted and finalized oldest first. */
export type HeadMove = { readonly head: DevBlock; readonly retracted: readonly DevBlock[]; readonly enacted: readonly DevBlock[]; readonly finalized: readonly DevBlock[] };

export interface BlockTree {
  head(): DevBlock;
  final(): DevBlock;
  get(hash: string): DevBlock | null;
  /** on the branch of the head; null above it */
  at(height: number): DevBlock | null;
  add(block: DevBlock): void;
  moveHead(hash: Hex): HeadMove;
  /** from now on; blocks that this makes final at once */
  setLag(blocks: number): readonly DevBlock[];
}

export function createBlockTree(genesis: DevBlock, lagBlocks: number): BlockTree {
  const blocks = new Map<string, DevBlock>([[genesis.hash, genesis]]);
  let branch: DevBlock[] = [genesis];
  let final = genesis;
  let lag = lagBlocks;

  const head = (): DevBlock => branch.at(-1) ?? genesis;
  const onBranch = (block: DevBlock): boolean => branch[block.height]?.hash === block.hash;
  const finalize = (): readonly DevBlock[] => {
    const due = branch[Math.max(0, head().height - lag)] ?? genesis;
    if (onBranch(final) && due.height <= final.height) return [];
    const since = onBranch(final) ? final.height : due.height - 1;
    final = due;
    return branch.slice(Math.max(0, since + 1), due.height + 1);
  };

  return {
    head,
    final: () => final,
    get: (hash) => blocks.get(hash) ?? null,
    at: (height) => branch[height] ?? null,
    add: (block) => {
      blocks.set(block.hash, block);
    },
    moveHead: (hash) => {
      const enacted: DevBlock[] = [];
      let at = blocks.get(hash);
      while (at !== undefined && !onBranch(at)) {
        enacted.unshift(at);
        at = blocks.get(at.parent);
      }
      const common = at?.height ?? 0;
      const retracted = branch.slice(common + 1).toReversed();
      branch = [...branch.slice(0, common + 1), ...enacted];
      return { head: head(), retracted, enacted, finalized: finalize() };
    },
    setLag: (next) => {
      lag = next;
      return finalize();
    },
  };
}
