/** An upgrade that changes the shape of one call we use: its lane halts and names the call, the process lives, the other lane goes on. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/chains-story.ts";
import type { Gantry } from "../support/chains-story.ts";
import { told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { renamedRuntime } from "../support/interbtc-renamed.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  gantry = await stage.gantry();
});
afterAll(() => stage.stop());

test("a runtime that calls execute_issue otherwise halts the issue lane alone, with the call's name; headers are told on", async () => {
  const issue = await stage.request(20_000n);
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(5);
  await told(stage);
  await stage.polkadot.upgrade(await renamedRuntime(stage.folder, "execute_issue", "execute_other"));
  await stage.bitcoin.mine(1);
  const [halt] = await until("the lane to be halted", async () => {
    const { halts } = await gantry.status();
    return halts.length > 0 ? halts : null;
  });
  expect(halt).toMatchObject({ scope: { kind: "lane", name: "interbtc-issue" }, code: "shape-changed" });
  expect(halt?.because).toContain("Issue.execute_issue");
  await stage.bitcoin.mine(2);
  await told(stage);
  expect((await gantry.status()).halts).toHaveLength(1);
  await until("the halt to be in the metrics", async () => (await gantry.metric("halted", { code: "shape-changed" })) === 1);
  expect(await stage.isExecuted(issue)).toBe(false);
  expect((await gantry.delivery(tx.txid))?.state).not.toBe("parked");
  await until("readiness", async () => (await gantry.ready()).ok);
});
