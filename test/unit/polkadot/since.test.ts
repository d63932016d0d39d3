/** The search for the block since which something holds: right for every age, few looks, honest about what is gone. */
import { describe, expect, test } from "vitest";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import { holdsSince } from "../../../src/chains/polkadot/since.ts";
import { failureOf, unavailable } from "../../../src/core/errors.ts";
import type { BlockRef, Hex } from "../../../src/core/values.ts";

const hashOf = (height: number): Hex => `0x${height.toString(16).padStart(64, "0")}`;
const refOf = (height: number): BlockRef => ({ chain: "polkadot", height, hash: hashOf(height), parent: hashOf(height - 1), time: height });
const { signal } = new AbortController();

type Chain = { readonly best: number; readonly since: number; readonly prunedBelow?: number; readonly atMost?: number };
async function search({ best, since, prunedBelow = 0, atMost = Infinity }: Chain, hashAt = hashOf) {
  const looked: number[] = [];
  const client = { hashAt: async (height: number) => hashAt(height), block: async (hash: Hex) => refOf(Number(hash)) } as unknown as PolkadotClient;
  const holds = async (block: Hex): Promise<boolean> => {
    looked.push(Number(block));
    if (Number(block) < prunedBelow) throw unavailable("block-pruned", "gone");
    return Number(block) >= since;
  };
  return { found: await holdsSince(client, { head: refOf(best), holds, atMost }, signal), looked };
}

describe("the block since which something holds", () => {
  test("is found at every age, by looking at few states", async () => {
    for (let age = 0; age <= 130; age += 1) expect((await search({ best: 130, since: 130 - age })).found).toEqual(refOf(130 - age));
    const { found, looked } = await search({ best: 10_000_000, since: 9_000_001 });
    expect(found).toEqual(refOf(9_000_001));
    expect(looked.length).toBeLessThan(45);
    expect((await search({ best: 10_000_000, since: 9_999_998 })).looked.length).toBeLessThan(5);
  });

  test("is unknown when it is older than the states that are left, or than was asked for", async () => {
    expect((await search({ best: 1_000, since: 700, prunedBelow: 745 })).found).toBeNull();
    expect((await search({ best: 1_000, since: 745, prunedBelow: 745 })).found).toBeNull();
    expect((await search({ best: 1_000, since: 746, prunedBelow: 745 })).found).toEqual(refOf(746));
    expect((await search({ best: 1_000, since: 700, atMost: 256 })).found).toBeNull();
    expect((await search({ best: 1_000, since: 800, atMost: 256 })).found).toEqual(refOf(800));
  });

  test("is not told of a chain that changed meanwhile", async () => {
    const forked = (height: number): Hex => (height === 1_000 ? `0x${"ff".repeat(32)}` : hashOf(height));
    const failure = failureOf(await search({ best: 1_000, since: 990 }, forked).catch((thrown: unknown) => thrown));
    expect(failure).toMatchObject({ remedy: "Unavailable", code: "target-moved" });
  });
});
