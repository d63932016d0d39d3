/** Forks in the parachain's light client: one that stops every proof and dies, and Bitcoin's own chain while it is only a fork there. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { branchOn, minedUntil, mintedSat, rivalOf, stored, told } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
let rival: Rival;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  [gantry, rival] = [await stage.gantry(), await rivalOf(stage)];
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterAll(async () => {
  await rival.close();
  await stage.stop();
});

const lane = { lane: "interbtc-headers" };
const height = async (): Promise<number> => (await stage.polkadot.state()).head.height;

test("a fork that stops every proof: the issue waits for its end, which the metric shows, and is executed once when it is left behind", async () => {
  const [issue, from, tokens] = [await stage.request(), await height(), await mintedSat(stage)];
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(5);
  await told(stage);
  const below = await stage.relay.header((await stage.bitcoin.tip()).hash);
  const [stale] = await branchOn(stage, below.parent, 1);
  if (stale === undefined) throw new RangeError("one header was asked for");
  expect((await rival.relay.store(stale, 9)).failure).toBeNull();
  await stage.bitcoin.mine(1);
  expect(await gantry.waitsFor(tx.txid, "ongoing-fork")).toMatchObject({ state: "final", slots: [], parked: null });
  await until("the metric to tell of the fork", async () => (await gantry.metric("light_client_blocked_seconds", lane)) > 0);
  await until("the metric to count it", async () => (await gantry.metric("light_client_forks", lane)) === 1);
  expect(await stage.executions(issue, from)).toBe(0);

  // the fork is the stable depth behind: it stops nothing any more
  await stage.bitcoin.mine(2);
  expect(await gantry.reaches(tx.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await stage.executions(issue, from)).toBe(1);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
  await until("the metric to be back", async () => (await gantry.metric("light_client_blocked_seconds", lane)) === 0);
});

test("Bitcoin's best chain is a fork for the light client: its headers are fed, the proof is made at once when it has won", async () => {
  await stage.bitcoin.mine(5);
  const [issue, from, tokens] = [await stage.request(), await height(), await mintedSat(stage)];
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(5);
  await told(stage);
  // the payment's new block is final for us at once, and on a fork for the light client: 1 block is not enough ahead
  await stage.bitcoin.reorg(5, { length: 6 });
  await stored(stage);
  expect(await gantry.waitsFor(tx.txid, "on-relay-fork")).toMatchObject({ state: "final", slots: [], parked: null });
  await until("the metric to tell of the lag", async () => (await gantry.metric("light_client_lag_blocks", lane)) === 6);
  expect(await stage.isExecuted(issue)).toBe(false);

  await stage.bitcoin.mine(2);
  await told(stage);
  await minedUntil(stage, "the execution", () => stage.isExecuted(issue));
  const { by, redos, lastError } = await gantry.reaches(tx.txid, "delivered");
  expect({ by, redos }).toEqual({ by: "us", redos: 0 });
  // a busy node may have kept a question waiting; nothing was refused
  expect(lastError?.code ?? "endpoint-").toMatch(/^(no-)?endpoint/u);
  expect(await stage.executions(issue, from)).toBe(1);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
});
