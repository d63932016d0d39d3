/**
 * Somebody else executes the issue first: before our check, between check and sending, and after our broadcast. That is success
 * by another: minted once, at most one fee of ours, and our account's nonces go on without a gap.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { doneBy, isGapless } from "../support/interbtc-account.ts";
import { mintedSat, rivalOf, settled } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { almostFinal, pending, withoutHeaders } from "../support/interbtc-pending.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
let rival: Rival;
beforeAll(async () => {
  stage = await startInterbtcGantry({
    edit: (config) => {
      withoutHeaders(config);
      Object.assign(config["policy"] as object, { bumpAfterSeconds: 60 });
    },
  });
  rival = await rivalOf(stage);
  gantry = await stage.gantry();
});
afterEach(() => stage.polkadot.stall(false));
afterAll(async () => {
  await rival.close();
  await stage.stop();
});

const byOther = (): Promise<number> => gantry.metric("submissions_total", { lane: "interbtc-issue", result: "delivered_by_other" });
const height = async (): Promise<number> => (await stage.polkadot.state()).head.height;
type Story = { readonly issue: Issue; readonly txid: Hex; readonly from: number; readonly tokens: bigint; readonly counted: number };

/** Minted once by the rival; `ours`: how our own tries ended. */
async function wonByRival({ issue, txid, from, tokens, counted }: Story, ours: readonly boolean[]): Promise<void> {
  await stage.polkadot.stall(false);
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "other", redos: 0, parked: null });
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
  await settled(gantry);
  const done = await doneBy(stage, from);
  expect(done.filter(({ call }) => call === "issue.executeIssue").map(({ ok }) => ok)).toEqual(ours);
  expect(isGapless(done)).toBe(true);
  await until("the race to be counted", async () => (await byOther()) === counted + 1);
}
const begun = async (): Promise<Pick<Story, "from" | "tokens" | "counted">> => ({ from: (await height()) + 1, tokens: await mintedSat(stage), counted: await byOther() });

test("before our check: nothing of ours is signed", async () => {
  const before = await begun();
  const { issue, txid } = await almostFinal(stage, rival);
  expect((await rival.execute(issue, txid)).failure).toBeNull();
  await stage.bitcoin.mine(1);
  await wonByRival({ ...before, issue, txid }, []);
  expect((await gantry.delivery(txid))?.slots).toEqual([]);
});

test("between our check and our sending: ours fails in the same block, and is the only fee", async () => {
  const before = await begun();
  const { issue, txid } = await almostFinal(stage, rival);
  await stage.polkadot.stall(true);
  await rival.submit(issue, txid);
  await stage.bitcoin.mine(1);
  await gantry.reaches(txid, "sent");
  await wonByRival({ ...before, issue, txid }, [false]);
});

test("after our broadcast, better paid: ours fails in the same block, and is the only fee", async () => {
  const before = await begun();
  const { issue, txid } = await pending(stage, gantry, rival);
  await rival.submit(issue, txid);
  await wonByRival({ ...before, issue, txid }, [false]);
});

test("after our broadcast, while a pool dropped ours: no fee of ours for it, and our nonce is not left open", async () => {
  const before = await begun();
  const { issue, txid, sent } = await pending(stage, gantry, rival);
  await stage.polkadot.dropExtrinsic(sent, { banned: true });
  await rival.submit(issue, txid);
  await wonByRival({ ...before, issue, txid }, []);
});

test("and the next issue is executed by us, in the next nonce", async () => {
  const nonce = await stage.nonce();
  const { issue, txid } = await almostFinal(stage, rival);
  await stage.bitcoin.mine(1);
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await stage.isExecuted(issue)).toBe(true);
  expect(await stage.nonce()).toBe(nonce + 1);
});
