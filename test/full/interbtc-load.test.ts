/** 500 issues paid in one block, some of them urgent: all executed once, the nearest deadlines first, and the process does not grow. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import { until } from "../support/chains-story.ts";
import type { Running } from "../support/gantry-process.ts";
import { doneBy, isGapless } from "../support/interbtc-account.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

const megabyte = 1_048_576;
/** the runtime's own swing between two collections of garbage */
const growthBytes = 96 * megabyte;

let stage: InterbtcGantryStage;
let gantry: Running;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  gantry = await stage.run();
});
afterAll(() => stage.stop());

const delivered = async (): Promise<number> => (await gantry.metric('gantry_deliveries{lane="interbtc-issue",state="delivered"}')) ?? 0;
const memory = async (): Promise<number> => (await gantry.metric("gantry_process_resident_memory_bytes")) ?? Infinity;
/** a hundred to a transaction: with more, the devnet's fee is below what nodes relay */
async function pay(issues: readonly Issue[]): Promise<void> {
  for (let at = 0; at < issues.length; at += 100) await stage.bitcoin.pay(issues.slice(at, at + 100).map(({ script, totalSat }) => ({ script, valueSat: totalSat })));
}

test("500 issues in one block: executed once each, the urgent ones first, memory flat", async () => {
  const { chain, polkadot, bitcoin } = stage;
  const from = (await polkadot.state()).head.height;
  const patient = await stage.requests(400);
  // asked for last, and over first: the others have the preset's 200 blocks
  await chain.sudo(chain.call("issue", "setIssuePeriod", 50));
  const urgent = await stage.requests(100);
  await pay(patient);
  await pay(urgent);
  await bitcoin.mine(6);
  await until("100 issues to be delivered", async () => (await delivered()) >= 100, 900_000);
  const early = await memory(); // everything that is made once is made
  await until("all issues to be delivered", async () => (await delivered()) === 500, 1_500_000);
  // what the runtime has not given back yet is no growth: it does so once it has rested, on a busy machine minutes later
  await until("memory to be flat", async () => (await memory()) - early < growthBytes, 300_000);

  const done = await doneBy(stage, from);
  const order = done.flatMap(({ issues }) => issues);
  expect(order.toSorted()).toEqual([...patient, ...urgent].map(({ id }) => id).toSorted());
  expect(done.filter(({ ok }) => !ok)).toEqual([]);
  expect(isGapless(done)).toBe(true);
  const places = urgent.map(({ id }) => order.indexOf(id)).sort((a, b) => a - b);
  expect(places[90]).toBeLessThan(200);
}, 2_600_000);
