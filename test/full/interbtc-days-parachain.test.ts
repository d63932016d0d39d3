/** The parachain stands still, loses blocks, or finality stops: everything waits, is sent again where it was lost, and takes effect once. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { mintedSat, settled, told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeAll(async () => {
  // a pool refuses for half an hour what it had in a block: other bytes in the same nonce are the way
  stage = await startInterbtcGantry({ edit: (config) => void Object.assign(config["policy"] as object, { bumpAfterSeconds: 5 }) });
  gantry = await stage.gantry();
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterEach(async () => {
  await stage.polkadot.stall(false);
  await stage.polkadot.setFinalityLag(2);
});
afterAll(() => stage.stop());

const height = async (): Promise<number> => (await stage.polkadot.state()).head.height;
type Story = { readonly issue: Issue; readonly txid: Hex; readonly from: number; readonly tokens: bigint };
/** Paid, with one block of Bitcoin on it, and seen: the request is final. */
async function paid(): Promise<Story> {
  const [issue, from, tokens] = [await stage.request(), await height(), await mintedSat(stage)];
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(1);
  await gantry.reaches(tx.txid, "seen");
  await told(stage);
  return { issue, txid: tx.txid, from, tokens };
}
/** A longer branch from this height on, in which nothing is that was in the blocks it replaces. */
async function withoutBlocksAbove(last: number): Promise<void> {
  await stage.polkadot.stall(true);
  await stage.polkadot.reorg((await height()) - last, { transactions: "lost" });
}
async function executedOnce({ issue, txid, from, tokens }: Story): Promise<void> {
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0, parked: null });
  expect(await stage.executions(issue, from)).toBe(1);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
  await settled(gantry);
}

test("a parachain that makes no blocks holds everything up, and nothing is lost when it goes on", async () => {
  const story = await paid();
  await stage.polkadot.stall(true);
  const before = (await stage.polkadot.state()).head;
  await stage.bitcoin.mine(5);
  await gantry.reaches(story.txid, "final");
  expect(await gantry.waitsFor(story.txid, "bitcoin-confirmations")).toMatchObject({ slots: [] });
  expect((await stage.polkadot.state()).head).toEqual(before);
  await stage.polkadot.stall(false);
  await told(stage);
  await executedOnce(story);
});

test("a reorg that drops our execution: it is sent again in its nonce, and its effect is there once", async () => {
  const [story, nonce] = [await paid(), await stage.nonce()];
  await stage.polkadot.setFinalityLag(1_000);
  await stage.bitcoin.mine(5);
  const { includedIn } = await gantry.reaches(story.txid, "included");
  const slots = (await gantry.delivery(story.txid))?.slots;
  await withoutBlocksAbove((includedIn?.height ?? 0) - 1);
  expect(await stage.isExecuted(story.issue)).toBe(false);
  await stage.polkadot.stall(false);
  await until("the execution in a new block", () => stage.isExecuted(story.issue));
  await stage.polkadot.setFinalityLag(2);
  await executedOnce(story);
  expect((await gantry.delivery(story.txid))?.slots.map(({ slot }) => slot)).toEqual(slots?.map(({ slot }) => slot));
  expect(await stage.nonce()).toBeGreaterThan(nonce);
  expect(await gantry.metric("chain_reorg_depth_blocks_count", { chain: "polkadot" })).toBe(1);
});

test("a reorg that drops headers we told: they are told again, and the issue above them is executed once", async () => {
  const story = await paid();
  await stage.polkadot.setFinalityLag(1_000);
  const last = await height();
  await stage.bitcoin.mine(4);
  await told(stage);
  await withoutBlocksAbove(last);
  expect(await stage.relay.bestHeight()).toBeLessThan((await stage.bitcoin.tip()).height);
  await stage.polkadot.stall(false);
  await told(stage);
  await stage.bitcoin.mine(1);
  await stage.polkadot.setFinalityLag(2);
  await executedOnce(story);
});

test("finality that stops for 30 blocks: the execution stays included and is not sent twice; it is delivered when finality goes on", async () => {
  const story = await paid();
  await stage.polkadot.setFinalityLag(1_000);
  await stage.bitcoin.mine(5);
  const { includedIn } = await gantry.reaches(story.txid, "included");
  const { final } = await stage.polkadot.state();
  await stage.polkadot.mine(30);
  expect((await stage.polkadot.state()).final).toEqual(final);
  const still = await gantry.waitsFor(story.txid, "target-not-final");
  expect(still).toMatchObject({ state: "included", includedIn: { hash: includedIn?.hash } });
  expect(await stage.executions(story.issue, story.from)).toBe(1);
  await stage.polkadot.setFinalityLag(2);
  await executedOnce(story);
});
