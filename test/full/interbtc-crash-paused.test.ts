/** Governance pauses what the issue lane calls: issues wait and say so, headers are told on with the same key, and issues go on by themselves afterwards. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/chains-story.ts";
import type { Gantry } from "../support/chains-story.ts";
import { doneBy, isGapless } from "../support/interbtc-account.ts";
import { arrived, told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  gantry = await stage.gantry();
});
afterAll(() => stage.stop());

test("while Issue.execute_issue is paused an issue waits with 'interbtc-paused' and holds up nobody; unpaused, it is executed", async () => {
  const from = (await stage.polkadot.state()).head.height;
  const issue = await stage.request(20_000n);
  const { tx } = await stage.pay(issue);
  await stage.polkadot.pause("Issue", "execute_issue");
  await stage.bitcoin.mine(6);
  const { lastError } = await gantry.waitsFor(tx.txid, "interbtc-paused");
  expect(lastError?.evidence).toMatchObject({ error: "System.CallFiltered" });
  for (let blocks = 0; blocks < 3; blocks += 1) {
    await stage.bitcoin.mine(1);
    await told(stage);
  }
  expect(await stage.isExecuted(issue)).toBe(false);
  await until("the cause to be told", async () => (await gantry.metric("cause_active", { cause: "chain-paused" })) === 1, 60_000);
  await stage.polkadot.unpause("Issue", "execute_issue");
  await arrived(stage, gantry, issue, tx.txid);
  const done = await doneBy(stage, from);
  expect(done.filter(({ ok }) => !ok)).toEqual([]);
  expect(done.flatMap(({ issues }) => issues)).toEqual([issue.id]);
  expect(isGapless(done)).toBe(true);
  expect((await gantry.status()).halts).toEqual([]);
  await until("the cause to be over", async () => (await gantry.metric("cause_active", { cause: "chain-paused" })) === 0, 60_000);
});
