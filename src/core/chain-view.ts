/**
 * What we hold to be a chain: one final block and the hash-linked blocks above it.
 * Always: every block's parent is the hash before it; a reorg is an answer, never an exception.
 * Never: moves below `final` (that is `unsafe`), never trusts a height alone.
 */
import type { BlockRef, Hex } from "./values.ts";

/** `tip` is oldest first; `tip[0].parent === final.hash`. */
export type ChainView = { readonly final: BlockRef; readonly tip: readonly BlockRef[] };

export const headOf = (view: ChainView): BlockRef => view.tip.at(-1) ?? view.final;

/** The block of this height in the view, or null when the height lies outside it. */
export function viewAt(view: ChainView, height: number): BlockRef | null {
  if (height === view.final.height) return view.final;
  return view.tip[height - view.final.height - 1] ?? null;
}

export type Advance =
  /** the view's head again */
  | { readonly kind: "known" }
  /** the block extends the head */
  | { readonly kind: "grew"; readonly view: ChainView }
  /** its parent is not in the view: fetch `need`, and offer that first */
  | { readonly kind: "gap"; readonly need: Hex }
  /** it extends an older block of the view: `dropped` (newest first) are no longer canonical */
  | { readonly kind: "fork"; readonly view: ChainView; readonly dropped: readonly BlockRef[] }
  /** a block we already passed (a lagging node, or a head that was taken back): no news until a rival block appears */
  | { readonly kind: "rewound" }
  /** contradicts a final block */
  | { readonly kind: "unsafe"; readonly final: BlockRef; readonly rival: BlockRef };

/** Where a block that a node calls part of its best chain puts our view. */
export function advance(view: ChainView, block: BlockRef): Advance {
  const head = headOf(view);
  if (block.hash === head.hash) return { kind: "known" };
  if (block.height < view.final.height) return { kind: "rewound" };
  if (viewAt(view, block.height)?.hash === block.hash) return { kind: "rewound" };
  if (block.height === view.final.height) return { kind: "unsafe", final: view.final, rival: block };
  const parentInView = viewAt(view, block.height - 1);
  if (parentInView?.hash !== block.parent) {
    return block.height === view.final.height + 1
      ? { kind: "unsafe", final: view.final, rival: block }
      : { kind: "gap", need: block.parent };
  }
  const kept = view.tip.slice(0, block.height - view.final.height - 1);
  const grown = { final: view.final, tip: [...kept, block] };
  if (parentInView.hash === head.hash) return { kind: "grew", view: grown };
  return { kind: "fork", view: grown, dropped: view.tip.slice(kept.length).toReversed() };
}

export type Finalized =
  | { readonly kind: "same" }
  | { readonly kind: "moved"; readonly view: ChainView; readonly finalized: readonly BlockRef[] }
  /** the named final block is above our head, or not on our branch yet: the view must catch up first */
  | { readonly kind: "ahead" }
  | { readonly kind: "unsafe"; readonly final: BlockRef; readonly rival: BlockRef };

/** Moves `final` up to a block of the view. A lower final than ours is old news, never a step back. */
export function finalize(view: ChainView, final: BlockRef): Finalized {
  if (final.hash === view.final.hash || final.height < view.final.height) return { kind: "same" };
  if (final.height === view.final.height) return { kind: "unsafe", final: view.final, rival: final };
  if (viewAt(view, final.height)?.hash !== final.hash) return { kind: "ahead" };
  const count = final.height - view.final.height;
  return { kind: "moved", view: { final, tip: view.tip.slice(count) }, finalized: view.tip.slice(0, count) };
}
