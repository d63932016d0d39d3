import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { rankedDelayBlocks } from "../../../src/bridges/interbtc/rank.ts";
import { hexOf } from "../../../src/core/hex.ts";
import type { Hex } from "../../../src/core/values.ts";
import { id } from "./facts.ts";

const accounts: readonly Hex[] = Array.from({ length: 20 }, (_, index) => hexOf(createHash("sha256").update(`vault ${index}`).digest()));
/** the order written down a second way */
const position = (account: Hex): string =>
  createHash("sha256").update(Buffer.from((BigInt(id) ^ BigInt(account)).toString(16).padStart(64, "0"), "hex")).digest("hex");
const ordered = [...accounts].sort((a, b) => (position(a) < position(b) ? -1 : 1));

describe("the ranked delay", () => {
  it("grows with the logarithm of the rank: 0, 1, 1, 2, 2, 2, 2, 3 …", () => {
    expect(ordered.map((own) => rankedDelayBlocks(id, own, accounts))).toEqual([0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4]);
  });

  it("is another order for another seed", () => {
    const seed: Hex = `0x${"2e".repeat(32)}`;
    expect(accounts.map((own) => rankedDelayBlocks(seed, own, accounts))).not.toEqual(accounts.map((own) => rankedDelayBlocks(id, own, accounts)));
  });

  it("counts an account once for each of its vaults", () => {
    const [first, second] = ordered as [Hex, Hex];
    expect(rankedDelayBlocks(id, second, [first])).toBe(1);
    expect(rankedDelayBlocks(id, second, [first, first, first])).toBe(2);
  });

  it("is none without vaults, and for a stranger to them it is his own place", () => {
    expect(rankedDelayBlocks(id, accounts[0] ?? id, [])).toBe(0);
    expect(rankedDelayBlocks(id, ordered[19] ?? id, ordered.slice(0, 19))).toBe(4);
  });
});
