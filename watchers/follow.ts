/**
 * Follows a chain's head: brings the view to the node's best and final block, one commit a block.
 * Always: a block's events, births and watches are committed with the move of the view; requests settle with the move of final.
 * Never: acts on a bare height, or moves below final (throws Unsafe "reorg-below-final").
 */
import type { ChainView } from "../src/core/chain-view.ts";
import { advance, finalize, headOf } from "../src/core/chain-view.ts";
import type { Failure } from "../src/core/errors.ts";
import { GantryError, unsafe } from "../src/core/errors.ts";
import type { BlockRef } from "../src/core/values.ts";
import type { Found } from "../src/ports.ts";
import type { WatchOptions } from "./commit.ts";
import { commit, matchAgainWhenMoved } from "./commit.ts";

/** Further than this behind, history is read as a scan range and the view begins anew at the node's final block. */
const maxWalkBlocks = 200;

/** Brings the view to the node's best block and its final block; every block is one commit. */
export async function follow(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { source, ledger, meter } = options;
  const { best, final } = await source.head(signal);
  meter.set("chain_height", { chain: source.chain, at: "best" }, best.height);
  meter.set("chain_head_timestamp_seconds", { chain: source.chain }, best.time / 1000);
  const view = (await ledger.view(source.chain)) ?? (await begin(final, options, signal));
  const caughtUp = await catchUp(view, best, final, options, signal);
  const settled = await settle(caughtUp, final, options, signal);
  meter.set("chain_height", { chain: source.chain, at: "cursor" }, headOf(settled).height);
  meter.set("chain_height", { chain: source.chain, at: "final" }, settled.final.height);
}

/** The first view: the node's final block, with everything from the start height up to it as history to read. */
async function begin(final: BlockRef, options: WatchOptions, signal: AbortSignal): Promise<ChainView> {
  const first = await options.startHeight(final, signal);
  const view: ChainView = { final, tip: [] };
  const opens = first <= final.height
    ? [{ id: `${final.chain}-history-${first}`, chain: final.chain, purpose: "events" as const, next: first, last: final.height, missing: [] }]
    : [];
  await commit({ move: { view, from: null }, blocks: [final], opens }, options);
  return view;
}

async function catchUp(view: ChainView, best: BlockRef, final: BlockRef, options: WatchOptions, signal: AbortSignal): Promise<ChainView> {
  const path: BlockRef[] = [best];
  let now = view;
  while (path.length > 0 && !signal.aborted) {
    const block = path[0];
    if (block === undefined) break;
    const step = advance(now, block);
    switch (step.kind) {
      case "known":
      case "rewound":
        path.shift();
        break;
      case "gap":
        if (path.length > maxWalkBlocks) return rebase(now, final, options, signal);
        path.unshift(await parentOf(block, options, signal));
        break;
      case "unsafe":
        throw belowFinal(step.final, step.rival);
      case "grew":
      case "fork":
        await readAndCommit(now, step.view, block, step.kind === "fork" ? step.dropped : [], options, signal);
        now = step.view;
        path.shift();
        break;
    }
  }
  return now;
}

async function parentOf(block: BlockRef, { source }: WatchOptions, signal: AbortSignal): Promise<BlockRef> {
  const parent = await source.block(block.parent, signal);
  if (parent.hash === block.parent && parent.height === block.height - 1) return parent;
  const failure: Failure = {
    remedy: "Invalid", code: "parent-does-not-link", evidence: { block: block.hash, parent: block.parent, got: parent.hash },
    message: `asked for the parent of block ${block.height} and got block ${parent.height} ${parent.hash}`,
  };
  source.distrust(failure);
  throw new GantryError(failure);
}

async function readAndCommit(
  before: ChainView, after: ChainView, block: BlockRef, dropped: readonly BlockRef[], options: WatchOptions, signal: AbortSignal,
): Promise<void> {
  const { source, ledger, meter, log } = options;
  if (dropped.length > 0) {
    meter.observe("chain_reorg_depth_blocks", { chain: source.chain }, dropped.length);
    log.warn({ chain: source.chain, code: "reorg", depth: dropped.length, from: dropped[0]?.hash, to: block.hash }, "reorg");
  }
  await matchAgainWhenMoved(async () => {
    const set = await ledger.watchSet(source.chain);
    const found = await source.read(block, set, signal);
    await commit({ move: { view: after, from: headOf(before).hash }, blocks: [block], dropped, watchSetVersion: set.version, found }, options);
  });
}

/** Moves final; requests that became final bring their watches and births in the same commit. */
async function settle(view: ChainView, final: BlockRef, options: WatchOptions, signal: AbortSignal): Promise<ChainView> {
  const { source, ledger } = options;
  const moved = finalize(view, final);
  if (moved.kind === "unsafe") throw belowFinal(moved.final, moved.rival);
  if (moved.kind !== "moved" || signal.aborted) return view;
  const events = await ledger.events({ at: moved.finalized.map(({ hash }) => hash) });
  const settled = events.map((event) => source.settle(event));
  const found: Found = { events: [], births: settled.flatMap(({ births }) => births), watches: settled.flatMap(({ watches }) => watches), ends: settled.flatMap(({ ends }) => ends ?? []) };
  await commit({ move: { view: moved.view, from: headOf(view).hash }, found }, options);
  return moved.view;
}

/** After a long absence: the old tip is given up, and all between our final and the node's is read as history. */
async function rebase(view: ChainView, final: BlockRef, options: WatchOptions, signal: AbortSignal): Promise<ChainView> {
  const { source } = options;
  if (final.height <= view.final.height) return view;
  const ours = await source.blockAt(view.final.height, signal);
  if (ours.hash !== view.final.hash) throw belowFinal(view.final, ours);
  const next = view.final.height + 1;
  const rebased: ChainView = { final, tip: [] };
  const opens = [{ id: `${final.chain}-history-${next}-${final.height}`, chain: final.chain, purpose: "events" as const, next, last: final.height, missing: [] }];
  await commit({ move: { view: rebased, from: headOf(view).hash }, blocks: [final], dropped: view.tip.toReversed(), opens }, options);
  return rebased;
}

function belowFinal(final: BlockRef, rival: BlockRef): GantryError {
  return unsafe(
    "reorg-below-final",
    `${final.chain}: a node now shows block ${rival.height} ${rival.hash}, but block ${final.height} ${final.hash} was final; effects stop until somebody looked`,
    { evidence: { final: final.hash, height: final.height, rival: rival.hash } },
  );
}
