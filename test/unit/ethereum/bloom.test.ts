import { describe, expect, it } from "vitest";
import { bloomAllows, bloomOf } from "../../../src/chains/ethereum/bloom.ts";
import type { Hex } from "../../../src/core/values.ts";

const address = (last: number): Hex => `0x${last.toString(16).padStart(40, "0")}`;
const topic = (last: number): Hex => `0x${last.toString(16).padStart(64, "0")}`;
const empty: Hex = `0x${"00".repeat(256)}`;

describe("the header's log filter", () => {
  it("allows every address and topic of its logs, and an empty one allows nothing", () => {
    const logs = Array.from({ length: 20 }, (_, at) => ({ address: address(at + 1), topics: [topic(at + 1), topic(at + 100)] }));
    const bloom = bloomOf(logs);
    for (const log of logs) {
      expect(bloomAllows(bloom, [log.address], log.topics)).toBe(true);
      expect(bloomAllows(empty, [log.address], log.topics)).toBe(false);
    }
  });

  it("needs both the address and the topic", () => {
    const bloom = bloomOf([{ address: address(1), topics: [topic(1)] }]);
    expect(bloomAllows(bloom, [address(1)], [topic(2)])).toBe(false);
    expect(bloomAllows(bloom, [address(2)], [topic(1)])).toBe(false);
    expect(bloomAllows(bloom, [address(2), address(1)], [topic(2), topic(1)])).toBe(true);
  });

  it("sets at most three bits for each item", () => {
    const bloom = bloomOf([{ address: address(1), topics: [] }]);
    const ones = bloom.slice(2).split("").reduce((sum, digit) => sum + Number.parseInt(digit, 16).toString(2).replaceAll("0", "").length, 0);
    expect(ones).toBeGreaterThan(0);
    expect(ones).toBeLessThanOrEqual(3);
  });
});
