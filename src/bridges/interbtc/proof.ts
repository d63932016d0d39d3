/**
 * The proof that a Bitcoin transaction is in a block, as stored: bytes, the same for every dialect.
 * Always: wire order; both partial trees are of one block and flag exactly one leaf. Never: builds or checks itself.
 */
import type { Hex } from "../../core/values.ts";

/** A BIP 37 partial Merkle tree: bits and hashes depth first. */
export type PartialTree = { readonly flagBits: readonly boolean[]; readonly hashes: readonly Hex[] };

/** `transaction` as in the block, with its witness if it has one; `coinbase` is the block's first transaction, without witness. */
export type InterbtcProof = {
  readonly header: Hex;
  readonly transactionsCount: number;
  readonly transaction: Hex;
  readonly tree: PartialTree;
  readonly coinbase: Hex;
  readonly coinbaseTree: PartialTree;
};
