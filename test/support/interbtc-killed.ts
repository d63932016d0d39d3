/**
 * One issue, or one update of headers, whose process is killed at one exact point, and the next process that finds it so.
 * Always: everything Redis had is gone in between; what is asserted is read from the parachain's blocks and its pool, and from
 * what the operator is told. Never: another delivery of the same lane meanwhile.
 */
import { expect } from "vitest";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import { headersLane, issueLane } from "../../src/bridges/interbtc/names.ts";
import type { LaneName } from "../../src/core/values.ts";
import type { StatusReport } from "../../src/monitor/status.ts";
import { until } from "./chains-story.ts";
import type { Running } from "./gantry-process.ts";
import type { DeliveryPoint } from "./gantry-points.ts";
import { doneBy, isGapless } from "./interbtc-account.ts";
import type { Done } from "./interbtc-account.ts";
import type { InterbtcGantryStage } from "./interbtc-gantry.ts";
import { redisCommand } from "./redis.ts";

const patienceMs = 180_000;

/** Dies at `point` of the lane's next delivery, forgets Redis, and lives on; stopped again when `arrived` and all slots are spent. */
async function diesAndGoesOn(stage: InterbtcGantryStage, point: DeliveryPoint, lane: LaneName, arrived: (gantry: Running) => Promise<boolean>): Promise<void> {
  const dying = stage.launchKilled(point, lane);
  expect(await dying.ended, dying.err()).toEqual({ code: null, signal: "SIGKILL" });
  expect(await redisCommand(Number(new URL(stage.redis.url).port), "FLUSHALL")).toContain("+OK");
  const gantry = await stage.run();
  await until(`what died ${point} to arrive`, () => arrived(gantry), patienceMs);
  // a header that is told only by the next process would be another delivery of it
  await until("the light client to be at Bitcoin's tip", async () => (await stage.relay.bestHeight()) === (await stage.bitcoin.tip()).height, patienceMs);
  await until("every nonce to be spent", async () => ((await gantry.client.status()) as StatusReport).signers.every(({ openSlots }) => openSlots === 0), patienceMs);
  gantry.signal("SIGTERM");
  expect(await gantry.ended, gantry.err()).toEqual({ code: 0, signal: null });
}

async function expectOnce(stage: InterbtcGantryStage, from: number): Promise<readonly Done[]> {
  const done = await doneBy(stage, from);
  expect(done.filter(({ ok }) => !ok)).toEqual([]);
  expect(isGapless(done), JSON.stringify(done.map(({ nonce }) => nonce))).toBe(true);
  const { ready, future } = await stage.polkadot.state();
  expect([...ready, ...future]).toEqual([]);
  return done;
}

/** An issue paid and final on Bitcoin: executed once. */
export async function issueKilled(stage: InterbtcGantryStage, point: DeliveryPoint): Promise<void> {
  const from = (await stage.polkadot.state()).head.height;
  const issue: Issue = await stage.request(20_000n);
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(6);
  await diesAndGoesOn(stage, point, issueLane, async ({ client }) => ((await client.show(issue.id)) as { readonly deliveries: readonly { readonly state: string; readonly by: string | null }[] } | null)?.deliveries.some(({ state, by }) => state === "delivered" && by === "us") ?? false);
  const done = await expectOnce(stage, from);
  expect(done.flatMap(({ issues }) => issues), `of ${tx.txid}`).toEqual([issue.id]);
  expect(done.filter(({ call }) => call === "issue.executeIssue")).toHaveLength(1);
}

/** One more Bitcoin block: its header is stored once, by one extrinsic. */
export async function headerKilled(stage: InterbtcGantryStage, point: DeliveryPoint): Promise<void> {
  const from = (await stage.polkadot.state()).head.height;
  const [hash] = await stage.bitcoin.mine(1);
  await diesAndGoesOn(stage, point, headersLane, async () => (await stage.relay.bestHeight()) === (await stage.bitcoin.tip()).height);
  const done = await expectOnce(stage, from);
  expect(done.map(({ call, headers }) => [call, headers])).toEqual([["btcRelay.storeBlockHeader", [hash]]]);
}
