/** The only Bitcoin node, a real one that prunes, has thrown away the payment's block before it could be proved: Gantry names the block, and goes on with an endpoint that has it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { Config } from "../../src/config/schema.ts";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { mintedSat, rivalOf } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { withoutHeaders } from "../support/interbtc-pending.ts";
import { startPrunedNode } from "../support/pruned-node.ts";
import type { PrunedNode } from "../support/pruned-node.ts";

let stage: InterbtcGantryStage;
let pruned: PrunedNode;
/** tells the light client of just those headers that a proof needs */
let rival: Rival;
beforeAll(async () => {
  stage = await startInterbtcGantry({ edit: withoutHeaders });
  [pruned, rival] = [await startPrunedNode(stage.folder, stage.bitcoinServer), await rivalOf(stage)];
  await pruned.follow();
});
afterAll(async () => {
  await pruned.stop();
  await rival.close();
  await stage.stop();
});

type Node = { readonly name: string; readonly url: string; readonly cookieFile: string };
const prunes = (): Node => ({ name: "prunes", url: pruned.url, cookieFile: pruned.cookieFile });
const archive = (): Node => ({ name: "archive", url: stage.bitcoinServer.url, cookieFile: stage.bitcoinServer.cookieFile });
const endpoints = (...nodes: readonly Node[]) => ({ chains }: Config): void => {
  if (chains.bitcoin === undefined) return;
  chains.bitcoin.endpoints = nodes.map((node) => ({ ...chains.bitcoin?.endpoints[0], ...node })) as typeof chains.bitcoin.endpoints;
};
const isAtTip = (gantry: Gantry): Promise<unknown> =>
  until("Gantry to have read everything", async () => (await gantry.metric("chain_height", { chain: "bitcoin", at: "cursor" })) === (await stage.bitcoin.tip()).height && (await gantry.metric("scan_backlog_blocks", { chain: "bitcoin" })) === 0);

test("a node that pruned the payment's block: the delivery waits and says which one; with an endpoint added that has it, it is proved once", async () => {
  const [issue, tokens] = [await stage.request(), await mintedSat(stage)];
  const from = (await stage.polkadot.state()).head.height;
  let gantry = await stage.gantry(endpoints(prunes()));
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(2);
  await pruned.follow();
  const { event } = await gantry.reaches(tx.txid, "seen");
  const block = event.at ?? { hash: "0x" as const, height: 0 };
  await stage.bitcoin.mine(4);
  await pruned.follow();
  expect(await gantry.waitsFor(tx.txid, "block-not-relayed")).toMatchObject({ state: "final" });
  const headers = await rival.relay.missing();

  await pruned.prune(block.height, (count) => stage.bitcoin.mine(count));
  await isAtTip(gantry);
  expect(await pruned.has(block.hash)).toBe(false);
  for (const header of headers) expect((await rival.relay.store(header)).failure).toBeNull();
  await stage.polkadot.mine(2);
  const waiting = await gantry.waitsFor(tx.txid, "block-pruned");
  expect(waiting).toMatchObject({ state: "final", parked: null, slots: [], lastError: { remedy: "Unavailable", evidence: { heights: [block.height], block: block.hash } } });
  expect(waiting.lastError?.message).toContain(`block ${block.height} (${toDisplay(block.hash)})`);
  expect(await stage.executions(issue, from)).toBe(0);
  await gantry.stop();

  // still asked first, and still without the block
  gantry = await stage.gantry((config) => {
    endpoints(prunes(), archive())(config);
    if (config.bridges.interbtc !== undefined) config.bridges.interbtc.watchExecutedBlocks = 4;
  });
  expect(await gantry.reaches(tx.txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await pruned.has(block.hash)).toBe(false);
  expect(await stage.executions(issue, from)).toBe(1);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);

  // what is executed for good is not searched for any more
  await until("the deposit address to be counted", async () => (await gantry.metric("watches", { chain: "bitcoin" })) === 1);
  await stage.bitcoin.mine(4 + 6);
  await until("the deposit address to be forgotten", async () => (await gantry.metric("watches", { chain: "bitcoin" })) === 0);
  await gantry.stop();
});
