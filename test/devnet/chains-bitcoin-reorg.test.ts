/** Reorganisations of Bitcoin above final: a proof rests on the block its sweep is in, or nothing is sent. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gantry, Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";

let story: Story;
let gantry: Gantry;
beforeAll(async () => {
  story = await startStory();
  gantry = await story.gantry();
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterAll(() => story.stop());

test("a sweep that is dropped and mined again is proved once, in its new block", async () => {
  const before = await story.nonce();
  const { bitcoin } = story.devnet;
  const { txid, deposit } = await story.sweep(3);
  const seen = await gantry.reaches(txid, "seen");
  await bitcoin.reorg(3);
  const moved = await until("the sweep in its new block", async () => {
    const now = await gantry.delivery(txid);
    return now !== null && now.event.at !== null && now.event.at.hash !== seen.event.at?.hash ? now : null;
  });
  expect(moved.state).toBe("seen");
  await bitcoin.mine(6);
  const done = await gantry.reaches(txid, "delivered");
  expect(done).toMatchObject({ by: "us", redos: 0, event: { at: { hash: moved.event.at?.hash } } });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before + 1n);
  expect(await gantry.metric("chain_reorg_depth_blocks_count", { chain: "bitcoin" })).toBe(1);
});

test("a sweep that is dropped and not mined again is orphaned and nothing is sent; mined after all, it arrives", async () => {
  const before = await story.nonce();
  const { bitcoin } = story.devnet;
  const { txid, deposit } = await story.sweep(3);
  await gantry.reaches(txid, "seen");
  await bitcoin.reorg(3, { leaveOut: [txid] });
  await gantry.reaches(txid, "orphaned");
  const { height } = await bitcoin.tip();
  await bitcoin.mine(8);
  await until("the new blocks to be final for Gantry", async () => (await gantry.metric("chain_height", { chain: "bitcoin", at: "final" })) > height);
  expect(await gantry.delivery(txid)).toMatchObject({ state: "orphaned", slots: [] });
  expect(await story.nonce()).toBe(before);
  expect(await gantry.metric("deliveries", { state: "parked" })).toBe(0);

  await bitcoin.putBack([txid]);
  await bitcoin.mine(6);
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before + 1n);
});

test("a sweep that another one of the same deposit replaced for good is orphaned, and the other one is proved", async () => {
  const before = await story.nonce();
  const { bitcoin, wallet } = story.devnet;
  const main = wallet.newest();
  const { txid: dropped, deposit } = await story.sweep(2);
  await gantry.reaches(dropped, "seen");
  await bitcoin.reorg(2, { leaveOut: [dropped] });
  await gantry.reaches(dropped, "orphaned");
  wallet.rewind(main);
  // the miner prefers the dearer one of two that spend the same
  const { tx } = await wallet.sweep([deposit], { feeSat: 20_000n });
  await bitcoin.mine(6);
  expect(await gantry.reaches(tx.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await gantry.delivery(dropped)).toMatchObject({ state: "orphaned", slots: [] });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before + 1n);
});
