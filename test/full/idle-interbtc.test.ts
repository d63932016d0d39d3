/** What the nodes hear of an idle Gantry with interBTC on, by its own clock: ten minutes in which nothing happens on either chain. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultPolicy } from "../../src/core/policy.ts";
import { until } from "../support/chains-story.ts";
import type { Gantry } from "../support/chains-story.ts";
import { createTestClock } from "../support/clock.ts";
import type { TestClock } from "../support/clock.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

const seconds = 600;

let stage: InterbtcGantryStage;
let gantry: Gantry;
let clock: TestClock;
beforeAll(async () => {
  stage = await startInterbtcGantry({ blocks: { everySeconds: null, atOnce: true } });
  // somebody asks and pays, and no block comes: mempools are looked at
  await stage.pay(await stage.request());
  clock = createTestClock(Date.now());
  gantry = await stage.gantry(({ chains, policy, bridges: { interbtc } }) => {
    // as an operator has it by default
    if (chains.bitcoin !== undefined) Object.assign(chains.bitcoin, { pollMs: 10_000, mempoolUpTo: 10_000 });
    if (chains.polkadot !== undefined) chains.polkadot.pollMs = 6_000;
    policy.maxWaitSeconds = defaultPolicy("bitcoin", "polkadot").maxWaitMs / 1_000;
    policy.trackEverySeconds = defaultPolicy("bitcoin", "polkadot").trackEveryMs / 1_000;
    if (interbtc !== undefined) Object.assign(interbtc.lanes.headers, { rankedDelay: true });
  }, clock);
});
afterAll(async () => {
  // its loops sleep by this clock
  const stopping = stage.stop();
  await clock.advance(60_000);
  await stopping;
});

/** One second of the program's time, and as much of ours as its questions need to be answered. */
async function second(): Promise<void> {
  await clock.advance(1_000);
  await pause(20);
}

test("no endpoint is asked more than once a second while nothing happens", async () => {
  const asked = async () => Promise.all((["bitcoin", "polkadot"] as const).map((chain) => gantry.metric("rpc_seconds_count", { chain })));
  await until("both chains to be read, and the light client to be looked at", async () => {
    await second();
    return (await gantry.ready()).ok && (await gantry.metric("loop_last_turn_timestamp_seconds", { loop: "sync" })) > 0;
  });
  for (let settled = 0; settled < 60; settled += 1) await second();
  const before = await asked();
  for (let passed = 0; passed < seconds; passed += 1) await second();
  const counts = (await asked()).map((count, chain) => count - (before[chain] ?? 0));
  for (const count of counts) {
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(seconds);
  }
});
