/** What a bridge's own machinery is blamed for: how near the relay is to forgetting an epoch, and who waits for a light client that is behind. */
import { describe, expect, it, test } from "vitest";
import { bridgeFindings, lightClientFindings } from "../../../src/core/findings-bridges.ts";
import type { BridgeView, LightClientView } from "../../../src/core/monitored-world.ts";
import { transferId } from "../../../src/core/values.ts";
import type { TransferId } from "../../../src/core/values.ts";

const now = 1_000_000_000;
const hour = 3_600_000;
const bridge: BridgeView = { name: "tbtc", chain: "ethereum", paused: null, oracleOutSince: null, refundPool: null, epoch: null };
const client: LightClientView = { lane: null, bridge: "tbtc", chain: "ethereum", height: 40, lagBlocks: 3, lagBudgetBlocks: 0, behindSince: now - 2 * hour, behindBudgetMs: hour, otherForkSince: null, blockedSince: null };

describe("an epoch that is still needed", () => {
  const cases: readonly (readonly [NonNullable<BridgeView["epoch"]>, string | null, string])[] = [
    [{ marginBlocks: 145, budgetBlocks: 144 }, null, ""],
    [{ marginBlocks: 144, budgetBlocks: 144 }, "In 144 Bitcoin blocks tbtc's relay leaves an epoch that an unproven transaction still needs.", "before the next retarget"],
    [{ marginBlocks: 1, budgetBlocks: 144 }, "In 1 Bitcoin block tbtc's relay leaves an epoch that an unproven transaction still needs.", "before the next retarget"],
    [{ marginBlocks: 0, budgetBlocks: 144, hasLeft: false }, "With the next retarget tbtc's relay leaves an epoch that an unproven transaction still needs.", "before the next retarget"],
    [{ marginBlocks: -1, budgetBlocks: 0, hasLeft: true }, "tbtc's relay has left an epoch that an unproven transaction still needs.", "No proof of it is possible any more"],
  ];
  it.each(cases)("%o", (epoch, sentence, action) => {
    const [found, ...more] = bridgeFindings({ ...bridge, epoch }, now);
    expect([found?.sentence ?? null, more]).toEqual([sentence, []]);
    if (found !== undefined) expect([found.cause, found.action.text.includes(action)]).toEqual(["relay-epoch-leaving", true]);
  });
});

test("a light client that is behind is told, and held against, only what waits for what it does not know; where anything may, always", () => {
  const a = transferId("a");
  const held = (neededBy: readonly TransferId[]) => lightClientFindings({ ...client, neededBy }, now).map((one) => [one.cause, one.only]);
  expect([held([a]), held([])]).toEqual([[["light-client-behind", [a]]], []]);
  expect(lightClientFindings(client, now)[0]).not.toHaveProperty("only");
});
