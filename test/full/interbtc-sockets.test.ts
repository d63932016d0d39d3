/** Sockets to the parachain that close in the middle of a subscription, and a node that says nothing: heads are followed on, issues executed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/chains-story.ts";
import type { Gantry } from "../support/chains-story.ts";
import { arrived, told } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { createTestProxy } from "../support/proxy.ts";
import type { TestProxy } from "../support/proxy.ts";

let stage: InterbtcGantryStage;
let first: TestProxy;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  first = await createTestProxy(Number(new URL(stage.polkadot.url).port));
});
afterAll(async () => {
  await stage.stop();
  await first.close();
});

const cursor = (gantry: Gantry): Promise<number> => gantry.metric("chain_height", { chain: "polkadot", at: "cursor" });

test("every socket closed in the middle of a subscription: heads are heard of again, without waiting for the next poll", async () => {
  // nobody asks by himself: only what the node announces moves the view
  const gantry = await stage.gantry(({ chains: { polkadot } }) => {
    if (polkadot !== undefined) polkadot.pollMs = 600_000;
  });
  await until("the chain to be followed", async () => (await cursor(gantry)) >= (await stage.polkadot.state()).head.height - 3);
  for (let cuts = 0; cuts < 3; cuts += 1) {
    expect(await stage.polkadot.cut()).toBeGreaterThan(0);
    const { head } = await stage.polkadot.state();
    await until("a head after the cut", async () => (await cursor(gantry)) > head.height);
  }
  await gantry.stop();
});

test("the first of two nodes falls silent with its sockets open: the second takes over, the issue is executed and headers are told", async () => {
  const gantry = await stage.gantry(({ chains: { polkadot } }) => {
    if (polkadot === undefined) return;
    polkadot.timeoutMs = 2_000;
    polkadot.endpoints = [{ name: "first", url: `ws://127.0.0.1:${first.port}` }, { name: "second", url: stage.polkadot.url }];
  });
  const isUp = (endpoint: string): Promise<number> => gantry.metric("endpoint_up", { chain: "polkadot", endpoint });
  const issue = await stage.request(20_000n);
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(4);
  await told(stage);
  await until("both nodes to be up", async () => (await isUp("first")) + (await isUp("second")) === 2);
  first.hold(true);
  await stage.bitcoin.mine(2);
  await arrived(stage, gantry, issue, tx.txid);
  await until("the first node to be down and the second one up", async () => (await isUp("first")) === 0 && (await isUp("second")) === 1);
  await until("readiness on the second one alone", async () => (await isUp("first")) === 0 && (await gantry.ready()).ok);
  first.hold(false);
  await until("the first node to be up again", async () => (await isUp("first")) === 1);
  await gantry.stop();
});
