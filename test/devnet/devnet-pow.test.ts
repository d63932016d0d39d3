/** The recorded chain is served as a node would, and its story meets the work rules of production contracts. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startPowDevnet } from "../../devnet/pow-devnet.ts";
import type { PowDevnet } from "../../devnet/pow-devnet.ts";
import { readPowChain } from "../../devnet/pow-chain.ts";
import { startPowNode } from "../../devnet/pow-node.ts";
import type { Lie, PowNode } from "../../devnet/pow-node.ts";
import { noVault } from "../../devnet/tbtc/depositor.ts";
import { until } from "../../devnet/until.ts";
import { createJsonRpc } from "../../src/chains/json-rpc.ts";
import type { JsonRpc } from "../../src/chains/json-rpc.ts";
import { createBitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { fromDisplay, toDisplay } from "../../src/chains/bitcoin/order.ts";
import { parseBlock } from "../../src/chains/bitcoin/codec.ts";
import type { Hex } from "../../src/core/values.ts";
import { plainProof } from "../support/plain-proof.ts";

const signal = new AbortController().signal;
const rpcTo = (node: PowNode): JsonRpc => createJsonRpc({ name: "pow", url: node.url, timeoutMs: 20_000 });

describe("the stand-in node", () => {
  let node: PowNode;
  let rpc: JsonRpc;
  beforeAll(async () => {
    node = await startPowNode({ chain: await readPowChain(), shown: 2 });
    rpc = rpcTo(node);
  });
  afterAll(() => node.close());

  test("shows what was revealed and nothing below or above", async () => {
    expect(await rpc.call("getblockcount", [], signal)).toBe(812447);
    for (const height of [0, 812445, 812448]) await expect(rpc.call("getblockhash", [height], signal)).rejects.toMatchObject({ code: -8, message: "Block height out of range" });
    await expect(rpc.call("getblockheader", ["00".repeat(32)], signal)).rejects.toMatchObject({ code: -5, message: "Block not found" });
    expect(await rpc.call("getbestblockhash", [], signal)).toBe(await rpc.call("getblockhash", [812447], signal));
  });

  test("is believed by the production client", async () => {
    const client = createBitcoinClient(rpc);
    expect(await client.chainInfo(signal)).toMatchObject({ chain: "regtest", blocks: 812447, pruned: false });
    const headers = await client.headers(812446, 4, signal);
    expect(headers.map(({ height, header }) => [height, header.difficulty])).toEqual([[812446, 1n], [812447, 1n]]);
    expect((await client.block(headers[1]?.header.hash ?? "0x", signal)).txs).toHaveLength(8);
  });

  test("ends a long poll when the next block is revealed", async () => {
    const poll = rpc.call("waitfornewblock", [60_000], signal, 90_000);
    await until("the poll to arrive", () => Promise.resolve(node.asked.includes("waitfornewblock")), { withinMs: 60_000 });
    node.reveal();
    expect(await poll).toMatchObject({ height: 812448 });
    node.setHeight(812447);
  });

  test("stalls without closing until told otherwise", async () => {
    node.stall(true);
    await expect(rpc.call("getblockcount", [], signal, 200)).rejects.toMatchObject({ failure: { code: "endpoint-timeout" } });
    node.stall(false);
    expect(await rpc.call("getblockcount", [], signal)).toBe(812447);
  });

  test.each<[Lie, string]>([
    ["wrong-parent", "block-hash-mismatch"],
    ["wrong-merkle-root", "merkle-root-mismatch"],
    ["foreign-transactions", "merkle-root-mismatch"],
    ["missing-transaction", "merkle-root-mismatch"],
  ])("tells a lie the production client sees through: %s", async (lie, code) => {
    const hash = fromDisplay(String(await rpc.call("getblockhash", [812447], signal)));
    node.lie(lie);
    await expect(createBitcoinClient(rpc).block(hash, signal)).rejects.toMatchObject({ failure: { code } });
    node.lie(null);
  });
});

describe("the story with real work", () => {
  let devnet: PowDevnet;
  beforeAll(async () => {
    devnet = await startPowDevnet({ blocks: "each-transaction" });
    devnet.node.reveal(6);
  });
  afterAll(() => devnet.stop());

  const proofOf = async (txid: Hex, headerCount: number): Promise<readonly unknown[]> => {
    const { chain } = devnet;
    const at = chain.blocks.findIndex((block) => block.txids.includes(toDisplay(txid)));
    const raw = String(await rpcTo(devnet.node).call("getblock", [chain.blocks[at]?.hash, 0], signal));
    return plainProof(parseBlock(`0x${raw}`), txid, chain.blocks.slice(at, at + headerCount).map(({ header }) => header));
  };
  const submit = (fn: string, args: readonly unknown[]): Promise<unknown> => devnet.ethereum.transact(devnet.relayer.address, devnet.story.tbtc.maintainerProxy, fn, args);

  test("goes through the contracts exactly when there is enough work", async () => {
    const { story } = devnet;
    const { outpoint, valueSat } = story.sweptUtxo;
    await story.revealDeposits();
    const sweep = async (headers: number): Promise<unknown> => submit("submitDepositSweepProof", [...(await proofOf(story.sweepTxid, headers)), [`0x${"00".repeat(32)}`, 0, 0], noVault]);
    await expect(sweep(1)).rejects.toThrow(/Insufficient accumulated difficulty/);
    await sweep(2);
    expect(await story.requestRedemptions()).toHaveLength(3);
    const pay = async (headers: number): Promise<unknown> => submit("submitRedemptionProof", [...(await proofOf(story.redemptionTxid, headers)), [outpoint.txid, outpoint.index, valueSat], story.walletPubKeyHash]);
    await expect(pay(3)).rejects.toThrow(/Not at current or previous difficulty/);
    await story.retarget();
    await expect(pay(2)).rejects.toThrow(/Insufficient accumulated difficulty/);
    await pay(3);
  });
});
