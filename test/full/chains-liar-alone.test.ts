/**
 * One endpoint of a chain, and it lies or is silent: nothing is sent on bad data, the delivery waits (or parks with what was
 * seen), and arrives with one transaction when the lie stops.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Hex } from "../../src/core/values.ts";
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

/** what it costs to find out that nobody answers */
const patienceFor = (lie?: string) => (lie === "stalls" || lie === "late" ? { timeoutMs: 1_500 } : {});
/** Each with its proxy as the only endpoint, and a short memory for lies, so that truth is believed again soon. */
const alone = (lie?: string) => story.gantry({
  ...patienceFor(lie),
  bitcoin: [{ name: "only", url: bitcoin.url }],
  ethereum: [{ name: "only", url: ethereum.url }],
});
const honest = (): void => {
  bitcoin.use(bitcoinLies.honest);
  ethereum.use(ethereumLies.honest);
};
const start = async (lie?: string): Promise<void> => {
  honest();
  gantry = await alone(lie);
  await until("readiness", async () => (await gantry.ready()).ok);
  const height = await story.devnet.ethereum.height();
  await until("the wallet to be known for good", async () => (await gantry.metric("chain_height", { chain: "ethereum", at: "final" })) >= height);
};
/** the failure was met often enough that a careless program would have gone on */
const metOften = (code: string, times = 3): Promise<boolean> =>
  until(`${code} to be met ${times} times`, async () => (await gantry.metric("errors_total", { code })) >= times);

test.each([
  ["stalls", "no-endpoint"],
  ["late", "no-endpoint"],
  ["parentDoesNotLink", "block-hash-mismatch"],
  ["transactionLeftOut", "merkle-root-mismatch"],
  ["merkleRootChanged", "block-hash-mismatch"],
] as const)("Bitcoin alone, %s: nothing is sent until it stops", async (lie, code) => {
  const before = await story.nonce();
  await start(lie);
  bitcoin.use(bitcoinLies[lie]);
  const { txid, deposit } = await story.sweep();
  await metOften(code);
  expect(await gantry.delivery(txid)).toBeNull();
  expect(await story.nonce()).toBe(before);
  expect(await gantry.metric("submissions_total", { result: "sent" })).toBe(0);
  honest();
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before + 1n);
});

test.each([
  ["stalls", "no-endpoint"],
  ["late", "no-endpoint"],
  ["parentDoesNotLink", "parent-does-not-link"],
] as const)("Ethereum alone, %s: nothing wrong is sent, and all arrives when it stops", async (lie, code) => {
  const before = await story.nonce();
  await start(lie);
  ethereum.use(ethereumLies[lie]);
  const { txid, deposit } = await story.sweep();
  await metOften(code);
  honest();
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0 });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before + 1n);
  await until("readiness", async () => (await gantry.ready()).ok);
});

test("Ethereum alone hides logs: new blocks wait, the proof that is there is not believed missing, and all arrives when it stops", async () => {
  const before = await story.nonce();
  await start();
  ethereum.use(ethereumLies.logsHidden);
  const { txid, deposit } = await story.sweep();
  await until("the proof to be on the Bridge", () => story.isSwept(deposit));
  await metOften("block-logs-doubtful");
  expect((await gantry.delivery(txid))?.state).not.toBe("delivered");
  honest();
  expect(await gantry.reaches(txid, "delivered", "parked")).toMatchObject({ state: "delivered", by: "us", redos: 0 });
  expect(await story.nonce()).toBe(before + 1n);
});

const faultyFirst = () => story.gantry({ ethereum: [{ name: "faulty", url: ethereum.url }, { name: "good", url: story.devnet.servers.ethereum.url }] });

test("logs hidden from history at the first start are found through the other endpoint", async () => {
  const before = await story.nonce();
  honest();
  const { txid } = await story.sweep();
  // nothing about the wallet in the blocks above final, which are read one by one
  await story.devnet.ethereum.mine(6);
  await story.forget();
  ethereum.use(ethereumLies.historyHidden);
  gantry = await faultyFirst();
  expect(await gantry.reaches(txid, "delivered", "parked")).toMatchObject({ state: "delivered", by: "us", redos: 0 });
  expect(await story.nonce()).toBe(before + 1n);
  expect(await gantry.metric("endpoint_demotions_total", { chain: "ethereum", endpoint: "faulty" })).toBeGreaterThan(0);
  expect(await gantry.metric("endpoint_demotions_total", { chain: "ethereum", endpoint: "good" })).toBe(0);
});

test("a proof whose log one endpoint hides is found through the other one: nothing parks, nothing is sent again", async () => {
  honest();
  const first = await faultyFirst();
  const { txid } = await story.sweep();
  await first.reaches(txid, "delivered");
  await first.stop();
  const before = await story.nonce();
  await story.forget();
  await story.devnet.ethereum.mine(6);
  gantry = await faultyFirst();
  ethereum.use(ethereumLies.historyHidden);
  expect(await gantry.reaches(txid, "delivered", "parked")).toMatchObject({ state: "delivered" });
  expect(await story.nonce()).toBe(before);
});

const resumed = async (txid: Hex): Promise<void> => {
  const id = (await gantry.delivery(txid))?.id ?? "";
  expect(await gantry.order({ verb: "resume", subject: id, because: "the node was repaired", who: "test" })).toMatchObject({ done: true });
};

test("the only node hides the log of a proof that is there: it parks with what was seen, and a resume finds it", async () => {
  honest();
  const first = await alone();
  const { txid } = await story.sweep();
  await first.reaches(txid, "delivered");
  await first.stop();
  const before = await story.nonce();
  await story.forget();
  ethereum.use(ethereumLies.proofsHidden);
  gantry = await alone();
  expect((await gantry.reaches(txid, "parked")).parked).toMatchObject({ code: "tbtc-inputs-taken" });
  honest();
  await resumed(txid);
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ slots: [] });
  expect(await story.nonce()).toBe(before);
});

test("the only node leaves the transaction out when the proof is built: it parks with what was seen, and a resume delivers it", async () => {
  const before = await story.nonce();
  await start();
  const { txid, deposit } = await story.sweep(3);
  await gantry.reaches(txid, "seen");
  bitcoin.use(bitcoinLies.transactionLeftOut);
  await story.devnet.bitcoin.mine(3);
  expect((await gantry.reaches(txid, "parked")).parked).toMatchObject({ from: "final", code: "merkle-root-mismatch" });
  expect(await story.nonce()).toBe(before);
  honest();
  await resumed(txid);
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us" });
  expect(await story.isSwept(deposit)).toBe(true);
  expect(await story.nonce()).toBe(before + 1n);
});
