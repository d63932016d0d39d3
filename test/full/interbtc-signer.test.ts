/**
 * What happens to an execution between sending and its block: dropped from the pool, its nonce used by a stranger, its bytes
 * worthless after a runtime upgrade, no money left. Each time the issue is executed once, and the operator is told.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { upgradedRuntime } from "../../devnet/polkadot/server.ts";
import { until } from "../support/chains-story.ts";
import type { Gantry } from "../support/chains-story.ts";
import { doneBy, foreignRemark, hold, isGapless, plenty } from "../support/interbtc-account.ts";
import type { Done } from "../support/interbtc-account.ts";
import { rivalOf } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { almostFinal, deliveryOf, inPool, pending, withoutHeaders } from "../support/interbtc-pending.ts";
import type { Pending } from "../support/interbtc-pending.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
let rival: Rival;
beforeAll(async () => {
  stage = await startInterbtcGantry({ edit: withoutHeaders });
  rival = await rivalOf(stage);
  gantry = await stage.gantry();
});
afterEach(() => stage.polkadot.stall(false));
afterAll(async () => {
  await rival.close();
  await stage.stop();
});

/** Everything our account did since: all of it without a gap, and the issue executed once, by us. */
async function executedOnce({ issue, txid, from }: Pick<Pending, "issue" | "txid" | "from">): Promise<readonly Done[]> {
  await stage.polkadot.stall(false);
  const { by } = await gantry.reaches(txid, "delivered");
  expect(by).toBe("us");
  const done = await doneBy(stage, from);
  expect(done.flatMap(({ issues }) => issues)).toEqual([issue.id]);
  expect(isGapless(done)).toBe(true);
  return done;
}

test("dropped from the pool, the same bytes are sent again", async () => {
  const waiting = await pending(stage, gantry, rival);
  expect(await stage.polkadot.dropExtrinsic(waiting.sent)).toEqual([waiting.sent]);
  expect(await inPool(stage)).toBe(waiting.sent);
  expect((await executedOnce(waiting)).map(({ hash }) => hash)).toEqual([waiting.sent]);
  const { slots } = (await deliveryOf(gantry, waiting.issue)) ?? { slots: [] };
  // what was signed and put off before it was ever sent does not count
  expect(slots.map(({ attempts }) => attempts.filter(({ broadcasts }) => broadcasts > 0).map(({ hash }) => hash))).toEqual([[waiting.sent]]);
});

test("a stranger with our key takes its nonce: a warning that names it, and the execution goes out in the next one", async () => {
  const waiting = await pending(stage, gantry, rival);
  const foreign = await foreignRemark(stage, waiting.nonce);
  const done = await executedOnce(waiting);
  expect(done.map(({ call, nonce }) => [call, nonce])).toEqual([["system.remark", waiting.nonce], ["issue.executeIssue", waiting.nonce + 1]]);
  expect(gantry.lines.filter(({ level, fields }) => level === "warn" && fields["code"] === "slot-taken")).toMatchObject([{ fields: { signer: "vault", tx: foreign } }]);
  expect(await gantry.metric("foreign_slots_total", { signer: "vault" })).toBe(1);
  expect((await gantry.status()).halts).toEqual([]);
});

test("an account without money waits and says so, and goes on when it is topped up", async () => {
  await hold(stage, 0n);
  const { issue, txid } = await almostFinal(stage, rival);
  const from = (await stage.polkadot.state()).head.height;
  await stage.bitcoin.mine(1);
  const { lastError } = await gantry.waitsFor(txid, "insufficient-funds");
  expect(lastError?.message).toContain("top it up");
  await until("the balance to be told", async () => (await gantry.metric("signer_balance", { signer: "vault" })) === 0);
  expect(await stage.isExecuted(issue)).toBe(false);
  await hold(stage, plenty);
  await executedOnce({ issue, txid, from });
});

test("a runtime upgrade makes its bytes worthless: new ones go out in the same nonce, and it is executed once", async () => {
  const waiting = await pending(stage, gantry, rival);
  await stage.polkadot.upgrade(upgradedRuntime);
  const done = await executedOnce(waiting);
  expect(done.map(({ call, nonce }) => [call, nonce])).toEqual([["issue.executeIssue", waiting.nonce]]);
  expect(done[0]?.hash).not.toBe(waiting.sent);
  expect((await gantry.status()).halts).toEqual([]);
});
