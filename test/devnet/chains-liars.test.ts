/**
 * Two endpoints of a chain, the first of them silent, late or lying: nothing is sent on bad data, it is left for the other
 * one, which metrics show, and the delivery arrives. With the liar alone nothing is sent until the lie stops.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createBitcoinProxy } from "../support/bitcoin-proxy.ts";
import { bitcoinLies, ethereumLies } from "../support/chain-lies.ts";
import type { Gantry, Story } from "../support/chains-story.ts";
import { startStory, until } from "../support/chains-story.ts";
import type { RpcProxy } from "../support/rpc-proxy.ts";
import { createRpcProxy } from "../support/rpc-proxy.ts";

let story: Story;
let bitcoin: RpcProxy;
let ethereum: RpcProxy;
let gantry: Gantry;
beforeAll(async () => {
  story = await startStory();
  bitcoin = await createBitcoinProxy(story.devnet.servers.bitcoin.url);
  ethereum = await createRpcProxy(story.devnet.servers.ethereum.url);
});
afterEach(() => gantry.stop());
afterAll(async () => {
  await Promise.all([bitcoin.close(), ethereum.close()]);
  await story.stop();
});

/** The faulty node in front, the good one behind it. */
const both = (lie?: string) => ({
  // what it costs to find out that nobody answers
  ...(lie === "stalls" || lie === "late" ? { timeoutMs: 1_500 } : {}),
  bitcoin: [{ name: "faulty", url: bitcoin.url }, { name: "good", url: story.devnet.servers.bitcoin.url }],
  ethereum: [{ name: "faulty", url: ethereum.url }, { name: "good", url: story.devnet.servers.ethereum.url }],
});
const honest = (): void => {
  bitcoin.use((_call, ask) => ask());
  ethereum.use((_call, ask) => ask());
};

describe.each([
  ["stalls without closing", "stalls", "endpoint_up"],
  ["answers after the time-out", "late", "endpoint_up"],
  ["shows a head whose parent does not link", "parentDoesNotLink", "endpoint_demotions_total"],
  ["gives blocks without the transaction", "transactionLeftOut", "endpoint_demotions_total"],
  ["gives blocks with a Merkle root of its own", "merkleRootChanged", "endpoint_demotions_total"],
] as const)("the first Bitcoin node %s", (_what, lie, metric) => {
  test("the other one is used, and the sweep arrives with one transaction", async () => {
    const before = await story.nonce();
    honest();
    gantry = await story.gantry(both(lie));
    await until("readiness", async () => (await gantry.ready()).ok);
    bitcoin.use(bitcoinLies[lie]);
    const { txid, deposit } = await story.sweep();
    expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
    expect(await story.isSwept(deposit)).toBe(true);
    expect(await story.nonce()).toBe(before + 1n);
    const shown = async (): Promise<boolean> => {
      const value = await gantry.metric(metric, { chain: "bitcoin", endpoint: "faulty" });
      return metric === "endpoint_up" ? value === 0 : value > 0;
    };
    await until(`${metric} to show the faulty node`, shown);
    expect(await gantry.metric("endpoint_demotions_total", { chain: "bitcoin", endpoint: "good" })).toBe(0);
  });
});

describe.each([
  ["stalls without closing", "stalls", "endpoint_up"],
  ["answers after the time-out", "late", "endpoint_up"],
  ["shows a block whose parent is not the one before", "parentDoesNotLink", "endpoint_demotions_total"],
  ["hides logs", "logsHidden", "endpoint_demotions_total"],
] as const)("the first Ethereum node %s", (_what, lie, metric) => {
  test("the other one is used, and the sweep arrives with one transaction", async () => {
    const before = await story.nonce();
    honest();
    gantry = await story.gantry(both(lie));
    await until("readiness", async () => (await gantry.ready()).ok);
    ethereum.use(ethereumLies[lie]);
    const { txid, deposit } = await story.sweep();
    expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
    expect(await story.isSwept(deposit)).toBe(true);
    expect(await story.nonce()).toBe(before + 1n);
    const shown = async (): Promise<boolean> => {
      const value = await gantry.metric(metric, { chain: "ethereum", endpoint: "faulty" });
      return metric === "endpoint_up" ? value === 0 : value > 0;
    };
    await until(`${metric} to show the faulty node`, shown);
    expect(await gantry.metric("endpoint_demotions_total", { chain: "ethereum", endpoint: "good" })).toBe(0);
  });
});

test("a Bitcoin node that leaves the transaction out only when the proof is built is left for the other one", async () => {
  const before = await story.nonce();
  honest();
  gantry = await story.gantry(both());
  await until("readiness", async () => (await gantry.ready()).ok);
  const { txid } = await story.sweep(3);
  await gantry.reaches(txid, "seen");
  bitcoin.use(bitcoinLies.transactionLeftOut);
  await story.devnet.bitcoin.mine(3);
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0, tries: 0 });
  expect(await story.nonce()).toBe(before + 1n);
  expect(await gantry.metric("endpoint_demotions_total", { chain: "bitcoin", endpoint: "faulty" })).toBeGreaterThan(0);
});
