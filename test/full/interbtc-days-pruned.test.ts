/** The only Bitcoin node has thrown away the payment's block before it could be proved: Gantry names the block, and another endpoint that has it is enough. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { fromDisplay } from "../../src/chains/bitcoin/order.ts";
import type { Config } from "../../src/config/schema.ts";
import { createBitcoinProxy } from "../support/bitcoin-proxy.ts";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { mintedSat } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import type { RpcProxy } from "../support/rpc-proxy.ts";
import type { Hex } from "../../src/core/values.ts";

let stage: InterbtcGantryStage;
let pruned: RpcProxy;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  pruned = await createBitcoinProxy(stage.bitcoinServer.url);
});
afterEach(() => pruned.use((_call, ask) => ask()));
afterAll(async () => {
  await stage.stop();
  await pruned.close();
});

/** The node keeps headers, and has no transactions of this block any more. */
const without = (block: Hex): void =>
  pruned.use(({ method, params }, ask) => (method === "getblock" && fromDisplay(String(params[0])) === block ? Promise.resolve({ error: { code: -1, message: "Block not available (pruned data)" } }) : ask()));
const endpoints = (...named: readonly (readonly [string, string])[]) => ({ chains }: Config): void => {
  if (chains.bitcoin === undefined) return;
  chains.bitcoin.endpoints = named.map(([name, url]) => ({ ...chains.bitcoin?.endpoints[0], name, url })) as typeof chains.bitcoin.endpoints;
};

/** An issue whose payment was seen while the node still had its block, and has none now. */
async function seenThenPruned(gantry: Gantry) {
  const [issue, tokens] = [await stage.request(), await mintedSat(stage)];
  const { tx } = await stage.pay(issue);
  await stage.bitcoin.mine(1);
  const { event } = await gantry.reaches(tx.txid, "seen");
  const block = event.at ?? { hash: "0x" as const, height: 0 };
  without(block.hash);
  return { issue, tokens, txid: tx.txid, block };
}

test("with that node alone: it waits, says which block is missing, and goes on when the node has it again", async () => {
  const gantry = await stage.gantry(endpoints(["pruned", pruned.url]));
  const { issue, tokens, txid, block } = await seenThenPruned(gantry);
  await stage.bitcoin.mine(5);
  expect(await gantry.waitsFor(txid, "block-pruned")).toMatchObject({ state: "final", parked: null, lastError: { evidence: { heights: [block.height] } } });
  expect((await gantry.delivery(txid))?.lastError?.message).toContain(`block ${block.height}`);
  expect(await stage.isExecuted(issue)).toBe(false);
  pruned.use((_call, ask) => ask());
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
  await gantry.stop();
});

test("with another endpoint that has the block: it is taken from there", async () => {
  const gantry = await stage.gantry(endpoints(["pruned", pruned.url], ["archive", stage.bitcoinServer.url]));
  const { issue, tokens, txid } = await seenThenPruned(gantry);
  await stage.bitcoin.mine(5);
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0, lastError: null });
  await until("the tokens", async () => (await mintedSat(stage)) - tokens === issue.amountSat);
  expect(pruned.calls.some(({ method }) => method === "getblock")).toBe(true);
  await gantry.stop();
});
