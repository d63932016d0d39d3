/** The only node of the parachain says nothing for half a minute, with its sockets open: nothing is lost, nothing hangs on afterwards. */
import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/chains-story.ts";
import type { Gantry } from "../support/chains-story.ts";
import { doneBy, isGapless } from "../support/interbtc-account.ts";
import { arrived, told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

const silentMs = 30_000;

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  gantry = await stage.gantry();
});
afterAll(() => stage.stop());

test("silent for 30 s while an issue becomes final: told as down, and executed once when it speaks again", async () => {
  const from = (await stage.polkadot.state()).head.height;
  const issue = await stage.request(20_000n);
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(5);
  await told(stage);
  await stage.polkadot.silence(true);
  const since = performance.now();
  await stage.bitcoin.mine(1);
  await until("the node to be told as down", async () => (await gantry.metric("endpoint_up", { chain: "polkadot", endpoint: "chopsticks" })) === 0);
  expect((await gantry.ready()).ok).toBe(false);
  await until("half a minute", async () => performance.now() - since > silentMs);
  expect((await gantry.delivery(tx.txid))?.state).not.toBe("parked");
  await stage.polkadot.silence(false);
  await arrived(stage, gantry, issue, tx.txid);
  await told(stage);
  await until("Gantry to be ready", async () => (await gantry.ready()).ok);
  const done = await doneBy(stage, from);
  expect(done.flatMap(({ issues }) => issues)).toEqual([issue.id]);
  expect(isGapless(done)).toBe(true);
  expect((await gantry.status()).halts).toEqual([]);
});
