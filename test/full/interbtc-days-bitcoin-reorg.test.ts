/** Reorganisations of Bitcoin while an issue waits: it is executed once, with the payment in the block that stayed, or not at all. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { mintedSat, told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import type { Hex } from "../../src/core/values.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  gantry = await stage.gantry();
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterAll(() => stage.stop());

type Before = { readonly height: number; readonly tokens: bigint };
const now = async (): Promise<Before> => ({ height: (await stage.polkadot.state()).head.height, tokens: await mintedSat(stage) });

/** A paid issue with so many blocks on its payment (its own among them), and what was there before. */
async function paid(depth: number): Promise<{ readonly issue: Issue; readonly txid: Hex; readonly before: Before }> {
  const issue = await stage.request();
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(depth);
  await gantry.reaches(tx.txid, "seen", "final");
  return { issue, txid: tx.txid, before: await now() };
}

async function executedOnce({ issue, txid, before }: Awaited<ReturnType<typeof paid>>): Promise<void> {
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", parked: null });
  expect(await stage.isExecuted(issue)).toBe(true);
  expect(await stage.executions(issue, before.height)).toBe(1);
  expect((await mintedSat(stage)) - before.tokens).toBe(issue.amountSat);
}

test.each([
  { what: "1", depth: 1, payment: 1 },
  { what: "3", depth: 3, payment: 2 },
  { what: "5, more than the stable depth", depth: 5, payment: 5 },
])("a reorg of $what: the payment is mined again and proved once, in its new block", async ({ depth, payment }) => {
  await stage.bitcoin.mine(3);
  await told(stage);
  const story = await paid(payment);
  const { dropped } = await stage.bitcoin.reorg(depth);
  const seen = await until("the payment in its new block", async () => {
    const at = (await gantry.delivery(story.txid))?.event.at ?? null;
    return at !== null && !dropped.includes(at.hash) ? at : null;
  });
  // final for us is deeper than stable for the parachain, so that the new branch has won there, too
  await stage.bitcoin.mine(6);
  await executedOnce(story);
  await told(stage);
  expect((await gantry.delivery(story.txid))?.event.at?.hash).toBe(seen.hash);
});

test("a payment that is not mined again: its delivery is orphaned and nothing is sent; mined after all, it is executed", async () => {
  const story = await paid(2);
  const nonce = await stage.nonce();
  await stage.bitcoin.reorg(2, { leaveOut: [story.txid] });
  await gantry.reaches(story.txid, "orphaned");
  await stage.bitcoin.mine(4);
  await told(stage);
  await stage.polkadot.mine(3);
  expect(await gantry.delivery(story.txid)).toMatchObject({ state: "orphaned", slots: [] });
  expect(await stage.isExecuted(story.issue)).toBe(false);
  expect(await stage.executions(story.issue, story.before.height)).toBe(0);
  // headers alone have used nonces
  expect(await stage.nonce()).toBeGreaterThan(nonce);

  await stage.bitcoin.putBack([story.txid]);
  await stage.bitcoin.mine(6);
  await executedOnce(story);
});

test("a payment that is gone and another one to the same address: the other one is executed, once", async () => {
  const story = await paid(2);
  await stage.bitcoin.reorg(2, { leaveOut: [story.txid] });
  await gantry.reaches(story.txid, "orphaned");
  const { tx } = await stage.pay(story.issue);
  await stage.bitcoin.mine(6);
  await executedOnce({ ...story, txid: tx.txid });
  expect(await gantry.delivery(story.txid)).toMatchObject({ state: "orphaned", slots: [] });
});
