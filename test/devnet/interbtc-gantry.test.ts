/**
 * The whole program keeps a parachain's light client at Bitcoin's tip and executes issues, on real servers. What arrived is read
 * from the parachain.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { doneBy, isGapless } from "../support/interbtc-account.ts";
import { told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  gantry = await stage.gantry();
});
afterAll(() => stage.stop());

test("50 issues paid in one block are all executed, once each, and none costs a failed extrinsic", async () => {
  const from = (await stage.polkadot.state()).head.height;
  const issues = await stage.requests(50);
  await stage.bitcoin.pay(issues.map(({ script, totalSat }) => ({ script, valueSat: totalSat })));
  await stage.bitcoin.mine(6);
  for (const issue of issues) await until(`issue ${issue.id} to be executed`, () => stage.isExecuted(issue), 400_000);
  await told(stage);
  const done = await doneBy(stage, from);
  expect(done.flatMap(({ issues: ids }) => ids).toSorted()).toEqual(issues.map(({ id }) => id).toSorted());
  expect(done.filter(({ ok }) => !ok)).toEqual([]);
  expect(isGapless(done)).toBe(true);
  expect((await gantry.show(issues[0]?.id ?? ""))?.deliveries).toHaveLength(1);
}, 600_000);
