import { describe, expect, it } from "vitest";
import { firstLogRange, narrowed, widened } from "../../../watchers/ethereum/log-range.ts";

describe("how many blocks are asked at once", () => {
  it("grows to a bound while all goes well", () => {
    let range = firstLogRange;
    for (let turn = 0; turn < 20; turn += 1) range = widened(range, range.blocks);
    expect(range.blocks).toBe(50_000);
  });

  it("comes below any fixed limit in a few refusals and rarely meets it again", () => {
    for (const limit of [1, 100, 2_000, 10_000]) {
      let range = firstLogRange;
      let refused = 0;
      let answered = 0;
      for (let turn = 0; turn < 200; turn += 1) {
        if (range.blocks > limit) {
          refused += 1;
          range = narrowed(range.blocks);
        } else {
          answered += 1;
          range = widened(range, range.blocks);
        }
      }
      expect(refused).toBeLessThanOrEqual(25);
      expect(answered).toBeGreaterThanOrEqual(175);
      expect(range.blocks).toBeGreaterThanOrEqual(Math.max(1, limit / 4));
    }
  });

  it("a short question at the end of the history says nothing about the size", () => {
    expect(widened(firstLogRange, 3)).toEqual(firstLogRange);
  });

  it("never asks for no block", () => {
    expect(narrowed(1).blocks).toBe(1);
  });
});
