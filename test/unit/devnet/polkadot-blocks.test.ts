/** Which block of the dev chain is final, whatever its head does. */
import { expect, test } from "vitest";

import { createBlockTree } from "../../../devnet/polkadot/blocks.ts";
import type { BlockTree, DevBlock, HeadMove } from "../../../devnet/polkadot/blocks.ts";
import type { Hex } from "../../../src/core/values.ts";

const hash = (name: string): Hex => `0x${Buffer.from(name).toString("hex")}`;
const block = (name: string, height: number, parent: string): DevBlock => ({ hash: hash(name), height, parent: hash(parent), timeMs: height });
const genesis: DevBlock = { hash: hash("g"), height: 0, parent: "0x00", timeMs: 0 };

/** a1 … a5 on genesis, head at a5, final 2 behind */
function chain(): { readonly tree: BlockTree; readonly grow: (names: readonly string[], on: string, height: number) => HeadMove } {
  const tree = createBlockTree(genesis, 2);
  const grow = (names: readonly string[], on: string, height: number): HeadMove => {
    names.forEach((name, index) => tree.add(block(name, height + index, index === 0 ? on : (names[index - 1] ?? on))));
    return tree.moveHead(hash(names.at(-1) ?? on));
  };
  grow(["a1", "a2", "a3", "a4", "a5"], "g", 1);
  return { tree, grow };
}
const hashes = (blocks: readonly DevBlock[]): readonly Hex[] => blocks.map((one) => one.hash);

test("final follows the head at its distance and names each block once", () => {
  const { tree, grow } = chain();
  expect(tree.final().hash).toBe(hash("a3"));
  expect(hashes(grow(["a6", "a7"], "a5", 6).finalized)).toEqual([hash("a4"), hash("a5")]);
});

test("a reorg above final leaves final where it is, even when the head is lower", () => {
  const { tree, grow } = chain();
  const back = tree.moveHead(hash("a3"));
  expect([hashes(back.retracted), hashes(back.finalized), tree.final().hash]).toEqual([[hash("a5"), hash("a4")], [], hash("a3")]);
  const move = grow(["b4", "b5", "b6"], "a3", 4);
  expect([hashes(move.enacted), hashes(move.finalized)]).toEqual([[hash("b4"), hash("b5"), hash("b6")], [hash("b4")]]);
  expect(tree.at(5)?.hash).toBe(hash("b5"));
});

test("a head on a branch without the final block takes finality with it, and says so", () => {
  const { tree, grow } = chain();
  const move = grow(["c2", "c3", "c4", "c5", "c6"], "a1", 2);
  expect(tree.final().hash).toBe(hash("c4"));
  expect(hashes(move.finalized)).toEqual([hash("c4")]);
  expect(hashes(move.retracted)).toEqual([hash("a5"), hash("a4"), hash("a3"), hash("a2")]);
});

test("a smaller lag makes blocks final at once, a larger one takes nothing back", () => {
  const { tree } = chain();
  expect(hashes(tree.setLag(0))).toEqual([hash("a4"), hash("a5")]);
  expect(tree.setLag(4)).toEqual([]);
  expect(tree.final().hash).toBe(hash("a5"));
});
