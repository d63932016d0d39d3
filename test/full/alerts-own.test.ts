/**
 * The catalogue of stalls on real chains, the part that lies in the installation itself: its queue, its loops, its nodes, its keys.
 * Each raises exactly its own alert in a real Alertmanager and clears after the repair. Durations are a 120th of those in ops/.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { roles } from "../../devnet/devnet.ts";
import { freePort } from "../../devnet/processes.ts";
import { createWallet } from "../../devnet/tbtc/wallet.ts";
import type { Wallet } from "../../devnet/tbtc/wallet.ts";
import { until } from "../../devnet/until.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Alert } from "../../src/monitor/alerts.ts";
import type { StatusReport } from "../../src/monitor/status.ts";
import { startAlerting } from "../support/alerting.ts";
import type { Alerting } from "../support/alerting.ts";
import { createBitcoinProxy } from "../support/bitcoin-proxy.ts";
import type { Running } from "../support/gantry-process.ts";
import { createStage, editConfig } from "../support/gantry-stage.ts";
import type { ConfigText, Stage } from "../support/gantry-stage.ts";
import { createRpcProxy } from "../support/rpc-proxy.ts";
import type { Rewrite, RpcProxy } from "../support/rpc-proxy.ts";
import { createOthers, payAll, utxoOf } from "../support/tbtc-others.ts";
import { createToldTwice } from "../support/told-twice.ts";
import type { ToldTwice } from "../support/told-twice.ts";
import { startWebhook } from "../support/webhook.ts";

let stage: Stage;
let gantry: Running;
let alerting: Alerting;
let twice: ToldTwice;
let bitcoin: RpcProxy;
let ethereum: RpcProxy;
/** not yet there */
let next: Wallet;
const ends: (() => Promise<unknown>)[] = [];

const budgets = {
  loopSeconds: 20, overdueSeconds: 15, slotSeconds: 3_600, haltSeconds: 3_600, chains: { bitcoin: { skewSeconds: 3_600, lagBlocks: 200 }, ethereum: { skewSeconds: 31_536_000 } },
  steps: { "tbtc.deposit.proof-included": { normalSeconds: 5, lateSeconds: 15 }, "tbtc.moving-funds.proof-included": { normalSeconds: 2, lateSeconds: 5 } },
};
const honest: Rewrite = (_call, ask) => ask();

beforeAll(async () => {
  const port = await freePort();
  const webhook = await startWebhook();
  ends.push(() => webhook.close());
  const edit = (config: ConfigText): void => {
    Object.assign(config["http"] ?? {}, { port });
    Object.assign(config, { monitor: budgets, notify: { holdSeconds: 4, webhooks: [{ name: "test", url: webhook.url, severities: ["page", "ticket", "info"] }] } });
  };
  stage = await createStage({ edit });
  next = createWallet({ ...stage.devnet, label: "next wallet" });
  ends.push(() => stage.end());
  [bitcoin, ethereum] = await Promise.all([createBitcoinProxy(stage.devnet.servers.bitcoin.url), createRpcProxy(stage.devnet.servers.ethereum.url)]);
  ends.push(() => bitcoin.close(), () => ethereum.close());
  await editConfig(stage.config.file, ({ chains = {} }) => {
    for (const [name, { url }] of [["bitcoin", bitcoin], ["ethereum", ethereum]] as const) {
      const { endpoints } = chains[name] as { readonly endpoints: readonly { url: string }[] };
      for (const endpoint of endpoints) endpoint.url = url;
    }
  });
  gantry = await stage.run();
  alerting = await startAlerting({ folder: stage.devnet.folder, target: new URL(gantry.url).host, factor: 1 / 120 });
  ends.push(() => alerting.end());
  twice = createToldTwice(alerting, webhook);
});
afterEach(() => [bitcoin, ethereum].forEach((proxy) => proxy.use(honest)));
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

const ask = (method: string, ...params: readonly unknown[]): Promise<unknown> => stage.devnet.ethereum.rpc.call(method, params, new AbortController().signal);
/** A sweep that Gantry knows and that five more blocks make final. */
async function seenSweep(wallet = stage.devnet.wallet): Promise<Hex> {
  const { bitcoin: chain, depositor, ethereum: target } = stage.devnet;
  const deposit = await depositor.deposit({ depositor: target.account(roles.depositors[0]), valueSat: 10_000_000n, walletPubKeyHash: wallet.pubKeyHash });
  await chain.mine(1);
  const { tx: { txid } } = await wallet.sweep([deposit]);
  await stage.bury(1);
  await stage.reaches(gantry, txid, () => true);
  return txid;
}

test("queue-not-draining: somebody paused the queue in a dashboard of BullMQ", async () => {
  const txid = await seenSweep();
  const queue = new Queue("tbtc-deposit-sweep", { connection: { url: stage.devnet.servers.redis.url }, prefix: "gantry:devnet" });
  onTestFinished(() => queue.close());
  await queue.pause();
  await stage.bury();
  await twice.both("QueueNotDraining", "queue-not-draining", { lane: "tbtc-deposit-sweep" }, async () => {
    expect((await stage.delivery(gantry, txid))?.state).not.toBe("delivered");
    await queue.resume();
    await stage.reaches(gantry, txid, "delivered");
  }, { withinMs: 120_000 });
});

test("transaction-evicted: the pool forgets our transaction", async () => {
  const txid = await seenSweep();
  await stage.devnet.ethereum.setBlocks("none");
  await stage.bury();
  const { slots } = await stage.reaches(gantry, txid, ({ state, wait }) => state === "sent" && wait?.code === "transaction-pending");
  await ask("anvil_dropTransaction", slots.at(-1)?.attempts.at(-1)?.hash);
  await twice.both("TransactionEvicted", "transaction-evicted", {}, async () => {
    await stage.devnet.ethereum.setBlocks({ everySeconds: 1 });
    await stage.reaches(gantry, txid, "delivered");
  }, { withinMs: 120_000 });
});

test("unexplained: the node refuses our transaction in words that nobody knows; it is said who looks at it", async () => {
  const txid = await seenSweep();
  ethereum.use(async ({ method }, next) => (method === "eth_sendRawTransaction" ? { error: { code: -32_099, message: "not in the mood" } } : next()));
  await stage.bury();
  await twice.both("Unexplained", "unexplained", {}, async () => {
    expect(twice.of("unexplained")[0]?.sentence).toContain("not in the mood");
    await gantry.client.order({ verb: "acknowledge", subject: toDisplay(txid), because: "asking the node's operator", who: "ada" });
    const looks = expect.objectContaining({ acknowledged: expect.objectContaining({ who: "ada", because: "asking the node's operator" }) as object });
    await until("the alert to say who looks at it", async () => ((await gantry.client.alerts()) as { readonly alerts: readonly Alert[] }).alerts.some((one) => one.cause === "unexplained" && one.acknowledged?.who === "ada"), { withinMs: 120_000 });
    expect(await gantry.client.show(toDisplay(txid))).toMatchObject({ transfers: [looks] });
    ethereum.use(honest);
    await stage.reaches(gantry, txid, "delivered");
  }, { withinMs: 120_000 });
});

test("relayer-dead: the loop that reads Bitcoin does not get round, because its node is slow and much is to be read", async () => {
  bitcoin.use(async ({ method }, next) => {
    if (method === "getblock") await pause(1_500);
    return next();
  });
  await stage.bury(60);
  await twice.both("RelayerDead", "relayer-dead", { loop: "watch-bitcoin" }, async () => bitcoin.use(honest), { withinMs: 120_000 });
});

test("scan-backlog: a wallet is new, and no node has the blocks any more in which it may have been paid", async () => {
  const call = (method: string, ...params: readonly unknown[]): Promise<unknown> => stage.devnet.bitcoin.rpc.call(method, params, new AbortController().signal);
  const seen = async () => ((await gantry.client.status()) as StatusReport).chains.find(({ name }) => name === "bitcoin");
  await stage.bury(12);
  const height = Number(await call("getblockcount"));
  await until("everything to be read", async () => (await seen())?.cursor?.height === height, { withinMs: 120_000 });
  const heightOf = async (hash: unknown): Promise<number> => ((await call("getblockheader", hash)) as { readonly height: number }).height;
  bitcoin.use(async ({ method, params }, next) => (method === "getblock" && (await heightOf(params[0])) < height - 6 ? { error: { code: -1, message: "Block not available (pruned data)" } } : next()));
  await next.register();
  await until("a range to be parked", async () => (await seen())?.ranges.some(({ missing }) => missing.length > 0) ?? false, { withinMs: 120_000 });
  await twice.both("ScanBacklog", "scan-backlog", { chain: "bitcoin" }, async () => {
    bitcoin.use(honest);
    gantry.signal("SIGTERM");
    await gantry.ended;
    gantry = await stage.run();
  }, { withinMs: 120_000, beside: ["GantryDown"] });
});

test("proof-missing: a wallet has moved its funds, and no maintainer proves it", async () => {
  const { bitcoin: chain, ethereum: target, tbtc, wallet } = stage.devnet;
  const others = createOthers(stage.devnet);
  const main = await wallet.proved();
  if (main === null) throw new Error("the wallet has nothing to move");
  const anyone = target.account(roles.stranger);
  await others.govern("Wallet", { 3: 10n ** 12n });
  await target.transact(anyone, tbtc.bridge, "notifyWalletCloseable", [wallet.pubKeyHash, utxoOf(main)]);
  await target.transact(anyone, tbtc.bridge, "submitMovingFundsCommitment", [wallet.pubKeyHash, utxoOf(main), [1], 1, [next.pubKeyHash]]);
  const move = await payAll(wallet, next.script, main);
  const [block] = await chain.mine(6);
  await twice.both("ProofMissing", "proof-missing", {}, () => others.prove("submitMovingFundsProof", move.txid, block ?? "0x", main, wallet.pubKeyHash), { withinMs: 120_000 });
});

test("signer-halted: a stranger used the key four times within an hour", async () => {
  const txid = await seenSweep(next);
  const { address } = stage.devnet.relayer;
  await stage.devnet.ethereum.setBlocks("none");
  await stage.bury();
  for (let taken = 1; taken <= 4; taken += 1) {
    await until("ours to wait in the pool", async () => (await stage.inPool()) > 0n, { withinMs: 120_000 });
    const nonce = `0x${(await stage.nonce()).toString(16)}`;
    await ask("eth_sendTransaction", { from: address, to: address, nonce, gas: "0x5208", maxFeePerGas: "0x2e90edd000", maxPriorityFeePerGas: "0x2e90edd000" });
    await stage.devnet.ethereum.mine(3);
    await until("Gantry to have noticed", async () => ((await gantry.metric('gantry_foreign_slots_total{signer="relayer"}')) ?? 0) >= taken, { withinMs: 120_000 });
  }
  await alerting.raised("SignerHalted", { cause: "signer-halted", code: "foreign-transactions" }, 120_000);
  await alerting.only("SignerHalted");
  await twice.heard("signer-halted");
  await stage.devnet.ethereum.setBlocks({ everySeconds: 1 });
  await gantry.client.order({ verb: "resume", subject: "signer:relayer", because: "the other program is off", who: "test" });
  await until("the halt to be over", async () => (await alerting.firing()).every(({ name }) => name !== "SignerHalted"), { withinMs: 120_000 });
  await twice.over("signer-halted");
  await stage.reaches(gantry, txid, "delivered");
});
