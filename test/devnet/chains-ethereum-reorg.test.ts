/** Reorganisations of Ethereum above final that take an included proof away: one effect, the same nonce, no gap. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gantry, Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";

let story: Story;
let gantry: Gantry;
beforeAll(async () => {
  // blocks come when the test says so: a reorg above final needs the proof in the last two blocks
  story = await startStory({ blocks: "each-transaction" });
  gantry = await story.gantry();
  await story.devnet.ethereum.mine(3);
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterAll(() => story.stop());

const finish = (txid: `0x${string}`) => until("delivery", async () => {
  await story.devnet.ethereum.mine();
  const now = await gantry.delivery(txid);
  return now?.state === "delivered" || now?.state === "parked" ? now : null;
});

test.each([
  ["is in the new blocks too", true],
  ["is gone from blocks and pool, and goes out again", false],
])("an included proof that a reorg removed and that %s arrives once, in its nonce", async (_what, keepTransactions) => {
  const before = await story.nonce();
  const { ethereum } = story.devnet;
  const { txid, deposit } = await story.sweep();
  const included = await gantry.reaches(txid, "included");
  await ethereum.reorg(1, { keepTransactions });
  await ethereum.mine();
  await until("the proof to have left its block", async () => {
    const now = await gantry.delivery(txid);
    return now?.includedIn?.hash !== included.includedIn?.hash ? now : null;
  });
  const done = await finish(txid);
  expect(done).toMatchObject({ state: "delivered", by: "us", redos: 0, parked: null });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before + 1n);
  await until("the slot to be over", async () => {
    await ethereum.mine();
    return (await gantry.metric("signer_open_slots")) === 0;
  });
});
