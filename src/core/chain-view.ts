/**
 * What we hold to be a chain: one final block and the hash-linked blocks above it.
 * Always: every block's parent is the hash before it; a reorg is an answer, never an exception.
 * Never: moves below `final` (that is `unsafe`), never trusts a height alone.
 */
import type { BlockRef } from "./values.ts";

/** `tip` is oldest first; `tip[0].parent === final.hash`. */
export type ChainView = { readonly final: BlockRef; readonly tip: readonly BlockRef[] };
