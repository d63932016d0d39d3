/** How a block that a node names moves our view, and how final moves in it. */
import { describe, expect, test } from "vitest";
import type { ChainView } from "../../../src/core/chain-view.ts";
import { advance, finalize, headOf, viewAt } from "../../../src/core/chain-view.ts";
import type { BlockRef } from "../../../src/core/values.ts";
import { blockOf, hashOf } from "../../support/delivery.ts";

const on = (height: number, branch = "a"): BlockRef => blockOf("ethereum", height, branch);
const onto = (height: number, branch: string, parent: BlockRef): BlockRef => ({ ...on(height, branch), parent: parent.hash });
const view: ChainView = { final: on(10), tip: [on(11), on(12), on(13)] };
const b12 = onto(12, "b", on(11));
const b11 = onto(11, "b", on(10));

describe("advance", () => {
  test("the head again is no news", () => expect(advance(view, on(13))).toEqual({ kind: "known" }));
  test("the next block grows the tip", () => {
    expect(advance(view, on(14))).toEqual({ kind: "grew", view: { final: on(10), tip: [on(11), on(12), on(13), on(14)] } });
  });
  test.each([[on(12)], [on(11)], [on(10)], [on(9)], [onto(3, "z", on(2))]])("a block already passed is no news (%#)", (block) => {
    expect(advance(view, block)).toEqual({ kind: "rewound" });
  });
  test("a rival of the head drops one block", () => {
    expect(advance(view, onto(13, "b", on(12)))).toEqual({ kind: "fork", view: { final: on(10), tip: [on(11), on(12), onto(13, "b", on(12))] }, dropped: [on(13)] });
  });
  test("a rival lower down drops all above it, newest first", () => {
    expect(advance(view, b12)).toEqual({ kind: "fork", view: { final: on(10), tip: [on(11), b12] }, dropped: [on(13), on(12)] });
    expect(advance(view, b11)).toMatchObject({ kind: "fork", dropped: [on(13), on(12), on(11)] });
  });
  test.each([[on(15), on(14)], [onto(13, "b", b12), b12], [onto(14, "b", onto(13, "b", b12)), onto(13, "b", b12)], [onto(12, "c", b11), b11]])(
    "a block whose parent is not in the view asks for it (%#)", (block, parent) => {
      expect(advance(view, block)).toEqual({ kind: "gap", need: parent.hash });
    });
  test("a rival of final, or a child of one, is unsafe", () => {
    const rival = onto(10, "b", on(9));
    expect(advance(view, rival)).toEqual({ kind: "unsafe", final: on(10), rival });
    expect(advance(view, onto(11, "b", rival))).toMatchObject({ kind: "unsafe", final: on(10) });
  });
  test("a view of nothing but final grows from it", () => {
    expect(advance({ final: on(10), tip: [] }, on(11))).toEqual({ kind: "grew", view: { final: on(10), tip: [on(11)] } });
    expect(advance({ final: on(10), tip: [] }, on(10))).toEqual({ kind: "known" });
  });
});

describe("finalize", () => {
  test("our own final, or a lower one, is old news", () => {
    expect(finalize(view, on(10))).toEqual({ kind: "same" });
    expect(finalize(view, on(9, "z"))).toEqual({ kind: "same" });
  });
  test.each([[11, 1], [12, 2], [13, 3]])("block %i of the tip: %i blocks become final", (height, count) => {
    expect(finalize(view, on(height))).toEqual({ kind: "moved", view: { final: on(height), tip: view.tip.slice(count) }, finalized: view.tip.slice(0, count) });
  });
  test("above our head, or on a branch we do not follow yet: first catch up", () => {
    expect(finalize(view, on(14))).toEqual({ kind: "ahead" });
    expect(finalize(view, b12)).toEqual({ kind: "ahead" });
  });
  test("another block at our final height is unsafe", () => {
    expect(finalize(view, onto(10, "b", on(9)))).toMatchObject({ kind: "unsafe" });
  });
});

test("a height outside the view has no block", () => {
  expect(headOf(view)).toEqual(on(13));
  expect(viewAt(view, 10)?.hash).toBe(hashOf("a10"));
  expect(viewAt(view, 13)?.hash).toBe(hashOf("a13"));
  expect(viewAt(view, 9)).toBeNull();
  expect(viewAt(view, 14)).toBeNull();
});
