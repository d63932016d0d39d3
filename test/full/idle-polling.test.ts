/** What a node hears of an idle Gantry with the polling times an operator gets by default. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gantry, Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";
import { defaultPolicy } from "../../src/core/policy.ts";

const windowMs = 30_000;

let story: Story;
let gantry: Gantry;
beforeAll(async () => {
  story = await startStory({ blocks: "none" });
  gantry = await story.gantry({
    change: ({ chains, policy }) => {
      if (chains.bitcoin !== undefined) chains.bitcoin.pollMs = 10_000;
      if (chains.ethereum !== undefined) chains.ethereum.pollMs = 6_000;
      policy.maxWaitSeconds = defaultPolicy("bitcoin", "ethereum").maxWaitMs / 1_000;
    },
  });
  await until("both chains to be read", async () => (await gantry.ready()).ok);
});
afterAll(() => story.stop());

test("no endpoint is asked more than once a second while nothing happens", async () => {
  const asked = async () => Promise.all((["bitcoin", "ethereum"] as const).map((chain) => gantry.metric("rpc_seconds_count", { chain })));
  const before = await asked();
  await pause(windowMs); // a rate is a count over a time: there is nothing to wait for
  const counts = (await asked()).map((count, chain) => count - (before[chain] ?? 0));
  for (const count of counts) {
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(windowMs / 1_000);
  }
});
