/** Any sequence of blocks a node may name keeps the view a chain above an unmoved final. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChainView } from "../../src/core/chain-view.ts";
import { advance, finalize, headOf, viewAt } from "../../src/core/chain-view.ts";
import type { BlockRef } from "../../src/core/values.ts";
import { hashOf } from "../support/delivery.ts";

const genesis: BlockRef = { chain: "ethereum", height: 100, hash: hashOf("g"), parent: hashOf("before"), time: 0 };

/** A tree of blocks: each number names the parent among the blocks before it, near the end more often than not. */
const trees = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 40 }).map((backs) => {
  const blocks: BlockRef[] = [genesis];
  for (const [index, back] of backs.entries()) {
    const parent = blocks[Math.max(0, blocks.length - 1 - back)] ?? genesis;
    blocks.push({ chain: "ethereum", height: parent.height + 1, hash: hashOf(`b${index}`), parent: parent.hash, time: index });
  }
  return blocks;
});
const tellings = fc.tuple(trees, fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 60 }));

function expectLinked({ final, tip }: ChainView): void {
  let below = final;
  for (const block of tip) {
    expect(block.parent).toBe(below.hash);
    expect(block.height).toBe(below.height + 1);
    below = block;
  }
}

const hashes = (blocks: readonly BlockRef[]): readonly string[] => blocks.map(({ hash }) => hash);

function advanceAndCheck(view: ChainView, block: BlockRef, blocks: readonly BlockRef[]): ChainView {
  const step = advance(view, block);
  switch (step.kind) {
    case "grew":
    case "fork": {
      const dropped = step.kind === "fork" ? step.dropped : [];
      const kept = step.view.tip.slice(0, -1);
      expect(hashes([...kept, ...dropped.toReversed()])).toEqual(hashes(view.tip));
      expect(headOf(step.view)).toBe(block);
      expect(step.view.final).toBe(view.final);
      if (step.kind === "fork") expect(dropped.length).toBeGreaterThan(0);
      return step.view;
    }
    case "gap":
      expect(step.need).toBe(block.parent);
      expect(view.tip.some(({ hash }) => hash === block.parent)).toBe(false);
      return view;
    case "unsafe":
      // A true contradiction: the block's branch really misses our final block.
      expect(isAncestor(view.final, block, blocks)).toBe(false);
      return view;
    case "known":
    case "rewound":
      return view;
  }
}

function isAncestor(old: BlockRef, young: BlockRef, blocks: readonly BlockRef[]): boolean {
  let at: BlockRef | undefined = young;
  while (at !== undefined && at.height > old.height) {
    const { parent }: BlockRef = at;
    at = blocks.find(({ hash }) => hash === parent);
  }
  return at?.hash === old.hash;
}

describe("a chain view", () => {
  test("stays hash-linked, never moves below final, and loses exactly what it says it dropped", () => {
    fc.assert(fc.property(tellings, ([blocks, telling]) => {
      let view: ChainView = { final: genesis, tip: [] };
      for (const [isFinal, index] of telling) {
        const block = blocks[index % blocks.length] ?? genesis;
        const before = view;
        if (isFinal) {
          const moved = finalize(view, block);
          if (moved.kind === "moved") {
            view = moved.view;
            expect(hashes([...moved.finalized, ...view.tip])).toEqual(hashes(before.tip));
            expect(moved.finalized.at(-1)).toBe(view.final);
          }
        } else {
          view = advanceAndCheck(view, block, blocks);
        }
        expectLinked(view);
        expect(view.final.height).toBeGreaterThanOrEqual(before.final.height);
      }
    }), { numRuns: 200 });
  });

  test("reaches any head above final by fetching what it asks for, and asks for nothing twice", () => {
    fc.assert(fc.property(trees, fc.nat(), fc.nat(), (blocks, first, second) => {
      let view: ChainView = { final: genesis, tip: [] };
      for (const index of [first, second]) {
        const goal = blocks[index % blocks.length] ?? genesis;
        const path = [goal];
        for (let turns = 0; path.length > 0; turns++) {
          expect(turns).toBeLessThan(200);
          const block = path[0] ?? genesis;
          const step = advance(view, block);
          if (step.kind === "gap") {
            const parent = blocks.find(({ hash }) => hash === step.need);
            expect(parent).toBeDefined();
            path.unshift(parent ?? genesis);
            continue;
          }
          expect(step.kind).not.toBe("unsafe");
          if (step.kind === "grew" || step.kind === "fork") view = step.view;
          path.shift();
        }
        expect(viewAt(view, goal.height)?.hash).toBe(goal.hash);
      }
    }), { numRuns: 200 });
  });
});
