/**
 * The whole program keeps a parachain's light client at Bitcoin's tip and executes issues, on real servers. What arrived is read
 * from the parachain.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  gantry = await stage.gantry();
});
afterAll(() => stage.stop());

test("50 issues paid in one block are all executed, once each", async () => {
  const from = (await stage.polkadot.state()).head.height;
  const issues = [];
  for (let count = 0; count < 50; count += 1) issues.push(await stage.request(20_000n));
  const paid = await stage.bitcoin.pay(issues.map(({ script, totalSat }) => ({ script, valueSat: totalSat })));
  await stage.bitcoin.mine(6);
  for (const issue of issues) await until(`issue ${issue.id} to be executed`, async () => stage.isExecuted(issue), 120_000);
  expect(await stage.relay.bestHeight()).toBe((await stage.bitcoin.tip()).height);
  const executions = await Promise.all(issues.slice(0, 5).map((issue) => stage.executions(issue, from)));
  expect(executions).toEqual([1, 1, 1, 1, 1]);
  const shown = await gantry.show(issues[0]?.id ?? "");
  expect(shown?.deliveries).toHaveLength(1);
  expect(paid.tx.outputs.length).toBeGreaterThanOrEqual(50);
}, 300_000);
