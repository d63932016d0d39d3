/**
 * What a lifted halt begins with: the view is put back onto the chain as it is now.
 * Always: everything remembered above the common ancestor is dropped in one commit, so that each delivery resting on it is
 * looked at again; the loop then follows from there.
 * Never: runs without a person's resume. Moving below final by itself is what the halt prevents.
 */
import { headOf } from "../src/core/chain-view.ts";
import type { ChainView } from "../src/core/chain-view.ts";
import { unsafe } from "../src/core/errors.ts";
import type { BlockRef, DeliveryId } from "../src/core/values.ts";
import type { WatchOptions } from "./commit.ts";
import { commit } from "./commit.ts";

/** Further down no remembered block is compared: then history below is for people, not for a loop. */
const maxDepthBlocks = 10_000;

/** Throws Unsafe "no-common-ancestor" when as many remembered blocks as are compared are all off the chain. */
export async function rederive(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { source, ledger, log } = options;
  const view = await ledger.view(source.chain);
  if (view === null) return;
  const { best } = await source.head(signal);
  const dropped: BlockRef[] = view.tip.toReversed();
  for (let height = view.final.height; height >= 0 && view.final.height - height < maxDepthBlocks; height--) {
    signal.throwIfAborted();
    const ours = await ledger.blockAt(source.chain, height);
    if (ours === null) continue;
    // a reorg may also have made the chain shorter
    const now = height > best.height ? null : await source.blockAt(height, signal);
    if (now?.hash === ours.hash) {
      if (height === view.final.height) return;
      log.warn({ chain: source.chain, code: "view-rederived", height, hash: ours.hash, dropped: dropped.length }, "the view goes on from the last block both chains share");
      const undone = await restingIn(dropped, options);
      await commit({ move: { view: { final: ours, tip: [] }, from: headOf(view).hash }, dropped }, options);
      tellUndone(undone, options);
      return;
    }
    dropped.push(ours);
  }
  if (dropped.length < maxDepthBlocks) return beginAnew(view, dropped, options, signal);
  throw unsafe("no-common-ancestor", `${source.chain}: none of the last ${maxDepthBlocks} remembered blocks is on the chain the nodes show; is this the right network? Begin with a new ledger if it is`);
}

/** All that is remembered is younger than the fork (a young ledger): the view begins at the node's final block, and history is read again. */
async function beginAnew(view: ChainView, dropped: readonly BlockRef[], options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { source, ledger, log } = options;
  const { final } = await source.head(signal);
  const hints = (await ledger.watchSet(source.chain)).watches.map(({ heightHint }) => heightHint);
  const next = [await options.startHeight(final, signal), ...hints, ...dropped.map(({ height }) => height)].reduce((a, b) => Math.min(a, b));
  log.warn({ chain: source.chain, code: "view-rederived", height: final.height, hash: final.hash, dropped: dropped.length }, `no remembered block is on the chain now; the view begins anew and history is read again from block ${next}`);
  const id = `${source.chain}-history-${next}-${final.hash}`;
  const opens = next <= final.height ? [{ id, chain: source.chain, purpose: "events" as const, next, last: final.height, missing: [] }] : [];
  const undone = await restingIn(dropped, options);
  await commit({ move: { view: { final, tip: [] }, from: headOf(view).hash }, blocks: [final], dropped, opens }, options);
  tellUndone(undone, options);
}

/** Deliveries whose effect is in one of these blocks. Looked up before the commit that drops them: it wakes each, to be sought anew. */
async function restingIn(dropped: readonly BlockRef[], { ledger }: WatchOptions): Promise<readonly DeliveryId[]> {
  const gone = new Set(dropped.map(({ hash }) => hash));
  const delivered = await ledger.find({ states: ["delivered"] });
  return delivered.filter(({ includedIn }) => includedIn !== null && gone.has(includedIn.hash)).map(({ id }) => id);
}

function tellUndone(undone: readonly DeliveryId[], { source, log }: WatchOptions): void {
  if (undone.length === 0) return;
  log.error({ chain: source.chain, code: "effect-undone", deliveries: undone }, `${undone.length} effects were in final blocks that are gone; each is sought anew, and made again where it is not back in a new block`);
}
