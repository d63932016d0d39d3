/**
 * Every interleaving of a small world, through the production decide, perform, stepOf, upkeep and the ledger's rules. The
 * target accepts a second effect, so only our own law keeps an effect single.
 */
import { describe, expect, test } from "vitest";
import type { Budget } from "./moves.ts";
import { begin } from "./moves.ts";
import { search } from "./search.ts";

const none: Budget = { reorg: 0, crash: 0, rival: 0, abandon: 0, park: 0, evict: 0, stranger: 0, bump: 2 };
const maxStates = 400_000;

async function explore(deliveries: number, budget: Partial<Budget>, maxOpenSlots = 2): Promise<void> {
  const found = await search(begin(deliveries, { ...none, ...budget }, maxOpenSlots), maxStates);
  expect([found.broken, ...found.trace].join("\n"), `${found.states} states`).toBe("");
  process.stdout.write(`  ${found.states} states, ${found.resting} at rest: ${deliveries} deliveries, ${JSON.stringify(budget)}\n`);
}

describe("one delivery: no effect twice, nothing sent unsaved or above an empty slot, and from everywhere a way to rest", () => {
  const worlds: readonly Partial<Budget>[] = [
    {}, { crash: 2 }, { reorg: 1, crash: 1, rival: 1 }, { reorg: 2, crash: 1 }, { reorg: 1, evict: 1, crash: 1 }, { crash: 1, rival: 1, abandon: 1 },
    { reorg: 1, abandon: 1 }, { stranger: 1, crash: 1 }, { stranger: 1, reorg: 1 }, { park: 1, crash: 1 }, { park: 1, evict: 1 }, { park: 1, rival: 1 },
  ];
  test.each(worlds)("%j", (budget) => explore(1, budget));
});

describe("two deliveries of one signer with two open slots", () => {
  const worlds: readonly Partial<Budget>[] = [{ bump: 2 }, { crash: 1, bump: 1 }, { abandon: 1 }, { rival: 1 }, { reorg: 1 }, { park: 1 }];
  test.each(worlds)("%j", (budget) => explore(2, { bump: 0, ...budget }));
});

describe("two deliveries of one signer with one open slot: one in a block makes room for the next, also when that block is dropped", () => {
  const worlds: readonly Partial<Budget>[] = [{ bump: 1 }, { reorg: 1 }, { crash: 1, reorg: 1 }, { rival: 1 }, { park: 1 }];
  test.each(worlds)("%j", (budget) => explore(2, { bump: 0, ...budget }, 1));
});
