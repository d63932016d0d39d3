/**
 * Bitcoin's hash functions and the Merkle tree over a block's transaction ids.
 * Always: wire order; the last hash of an odd level is paired with itself; a tree is hashed once per list of ids.
 * Never: checks a proof (relayer/proofs/bitcoin-spv-check.ts does, on its own).
 */
import { hash } from "node:crypto";

import type { Hex } from "../../core/values.ts";

export const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");
/** Two rounds of SHA-256: transaction ids, block hashes, Merkle nodes. */
export const hash256 = (bytes: Uint8Array): Uint8Array => hash("sha256", hash("sha256", bytes, "buffer"), "buffer");
/** RIPEMD-160 of SHA-256: public key and script hashes. */
export const hash160 = (bytes: Uint8Array): Uint8Array => hash("ripemd160", hash("sha256", bytes, "buffer"), "buffer");

/**
 * `levels[0]` holds the leaves, the last one the root; each level is its nodes' 32 bytes one after the other.
 * `ambiguous`: some real pair is equal, so another list of transactions has the same root (CVE-2012-2459).
 */
export type MerkleTree = { readonly levels: readonly Buffer[]; readonly root: Hex; readonly ambiguous: boolean };

const nodeBytes = 32;

function levelAbove(level: Buffer): { readonly above: Buffer; readonly ambiguous: boolean } {
  const count = level.length / nodeBytes;
  const above = Buffer.allocUnsafe(Math.ceil(count / 2) * nodeBytes);
  const pair = Buffer.allocUnsafe(2 * nodeBytes);
  let ambiguous = false;
  for (let at = 0; at < count; at += 2) {
    const left = at * nodeBytes;
    const right = at + 1 < count ? left + nodeBytes : left;
    level.copy(pair, 0, left, left + nodeBytes);
    level.copy(pair, nodeBytes, right, right + nodeBytes);
    if (left !== right && pair.compare(pair, nodeBytes, 2 * nodeBytes, 0, nodeBytes) === 0) ambiguous = true;
    // "binary" text is the cheapest way to get 32 bytes out of node:crypto into an existing buffer
    above.write(hash("sha256", hash("sha256", pair, "buffer"), "binary"), left / 2, "latin1");
  }
  return { above, ambiguous };
}

const known = new WeakMap<readonly { readonly txid: Hex }[], MerkleTree>();

/** The tree over the ids of a block's transactions (at least one), hashed on the first call for this list. */
export function merkleTree(txs: readonly { readonly txid: Hex }[]): MerkleTree {
  const kept = known.get(txs);
  if (kept !== undefined) return kept;
  let level: Buffer = Buffer.from(txs.map((tx) => tx.txid.slice(2)).join(""), "hex");
  const levels = [level];
  let ambiguous = false;
  while (level.length > nodeBytes) {
    const next = levelAbove(level);
    level = next.above;
    ambiguous ||= next.ambiguous;
    levels.push(level);
  }
  const tree: MerkleTree = { levels, root: `0x${level.toString("hex")}`, ambiguous };
  known.set(txs, tree);
  return tree;
}

/** The siblings from leaf `index` up to below the root, leaf level first, one after the other, without leaf and root. */
export function merkleBranch(tree: MerkleTree, index: number): Hex {
  let branch = "0x";
  let at = index;
  for (const level of tree.levels.slice(0, -1)) {
    const sibling = (at ^ 1) * nodeBytes < level.length ? at ^ 1 : at;
    branch += level.toString("hex", sibling * nodeBytes, (sibling + 1) * nodeBytes);
    at >>= 1;
  }
  return branch as Hex;
}
