/**
 * The catalogue of stalls on real chains, tBTC's part: each raises exactly its own alert in a real Alertmanager and clears after
 * the repair, and a webhook of `notify` is told the same with the sentence. Durations are a 120th of those in ops/; budgets are short.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../devnet/processes.ts";
import { until } from "../../devnet/until.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { Cause } from "../../src/core/causes.ts";
import { startAlerting } from "../support/alerting.ts";
import type { Alerting } from "../support/alerting.ts";
import { createBitcoinProxy } from "../support/bitcoin-proxy.ts";
import { bitcoinLies } from "../support/chain-lies.ts";
import { fillDisk, freeDisk } from "../support/full-disk.ts";
import type { Running } from "../support/gantry-process.ts";
import { createStage, editConfig } from "../support/gantry-stage.ts";
import type { ConfigText, Stage } from "../support/gantry-stage.ts";
import { redisCommand } from "../support/redis.ts";
import type { ProxyAnswer, RpcProxy } from "../support/rpc-proxy.ts";
import { startWebhook } from "../support/webhook.ts";
import type { Webhook } from "../support/webhook.ts";

let stage: Stage;
let gantry: Running;
let alerting: Alerting;
let proxy: RpcProxy;
let webhook: Webhook;
const ends: (() => Promise<unknown>)[] = [];

const budgets = {
  haltSeconds: 25, slotSeconds: 25, overdueSeconds: 15, chains: { bitcoin: { skewSeconds: 3_600 }, ethereum: { skewSeconds: 31_536_000 } },
  steps: { "tbtc.deposit.sweep": { normalSeconds: 30, lateSeconds: 60 } },
};

beforeAll(async () => {
  const port = await freePort();
  webhook = await startWebhook();
  ends.push(() => webhook.close());
  const edit = (config: ConfigText): void => {
    Object.assign(config["http"] ?? {}, { port });
    Object.assign(config["chains"]?.["bitcoin"] ?? {}, { timeoutMs: 2_000, demoteSeconds: 10 });
    Object.assign(config["chains"]?.["ethereum"] ?? {}, { timeoutMs: 2_000 });
    Object.assign(config, { monitor: budgets, notify: { holdSeconds: 4, webhooks: [{ name: "test", url: webhook.url, severities: ["page", "ticket", "info"] }] } });
  };
  stage = await createStage({ edit });
  ends.push(() => stage.end());
  proxy = await createBitcoinProxy(stage.devnet.servers.bitcoin.url);
  ends.push(() => proxy.close());
  await behindProxy();
  gantry = await stage.run();
  alerting = await startAlerting({ folder: stage.devnet.folder, target: new URL(gantry.url).host, factor: 1 / 120 });
  ends.push(() => alerting.end());
});
afterEach(() => proxy.use(bitcoinLies.honest));
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

/** A faulty node in front of the good one. */
const behindProxy = (): Promise<void> => editConfig(stage.config.file, (config) => {
  const bitcoin = config["chains"]?.["bitcoin"] as { endpoints: { readonly url: string }[] };
  const [good] = bitcoin.endpoints;
  bitcoin.endpoints = [{ ...good, name: "faulty", url: proxy.url }, ...bitcoin.endpoints] as typeof bitcoin.endpoints;
});

const ask = (method: string, ...params: readonly unknown[]): Promise<unknown> => stage.devnet.ethereum.rpc.call(method, params, new AbortController().signal);
const order = (verb: "pause" | "resume" | "acknowledge", subject: string) => gantry.client.order({ verb, subject, because: "to see the alert", who: "test" });

/** What `notify` told of a cause. */
const toldOf = (cause: Cause) => webhook.heard().filter((one) => one.cause === cause);
/** Alone in Alertmanager, told by `notify` too, and over in both after the repair. */
async function both(name: string, cause: Cause, labels: Readonly<Record<string, string>>, repair: () => Promise<unknown>, options: Parameters<Alerting["alone"]>[3] = {}): Promise<void> {
  await alerting.alone(name, { cause, ...labels }, async () => {
    await until(`the webhook to hear of ${cause}`, async () => toldOf(cause).length > 0, { withinMs: 120_000 });
    await repair();
  }, options);
  await notified(cause);
}
async function notified(cause: Cause): Promise<void> {
  await until(`the webhook to hear that ${cause} is over`, async () => toldOf(cause).at(-1)?.status === "resolved", { withinMs: 120_000 });
  expect(toldOf(cause)[0]).toMatchObject({ status: "firing", instance: "devnet" });
  expect(toldOf(cause)[0]?.sentence.length).toBeGreaterThan(20);
}

test("healthy: a deposit is proved, and nothing is told", async () => {
  const listener = alerting.listen();
  const txid = await stage.sweep(await stage.deposit());
  await stage.bury();
  await stage.reaches(gantry, txid, "delivered");
  expect(await listener.end()).toEqual([]);
  expect(webhook.heard()).toEqual([]);
});

test("one of two nodes is away", async () => {
  proxy.use(bitcoinLies.stalls);
  await alerting.alone("EndpointDown", { endpoint: "faulty", severity: "ticket" }, async () => proxy.use(bitcoinLies.honest));
});

test("node-lagging: one of two nodes shows old blocks", async () => {
  const before = new Map<string, ProxyAnswer>();
  proxy.use(async (call, next) => {
    if (!["getblockchaininfo", "getbestblockhash", "getblockcount"].includes(call.method)) return next();
    const known = before.get(call.method) ?? (await next());
    before.set(call.method, known);
    return known;
  });
  await until("the node to have shown its head", async () => before.has("getblockchaininfo"), { withinMs: 120_000 });
  await stage.bury(5);
  await both("NodeLagging", "node-lagging", { endpoint: "faulty" }, async () => proxy.use(bitcoinLies.honest));
});

test("node-lying: one of two nodes gives blocks that cannot be", async () => {
  proxy.use(bitcoinLies.merkleRootChanged);
  const txid = await stage.sweep(await stage.deposit());
  await stage.bury();
  await both("NodeLying", "node-lying", { endpoint: "faulty" }, async () => proxy.use(bitcoinLies.honest));
  await stage.reaches(gantry, txid, "delivered");
});

test("node-stalled: the only Ethereum node answers nothing", async () => {
  const { ethereum } = stage.devnet.servers;
  ethereum.freeze();
  await both("NodeStalled", "node-stalled", { chain: "ethereum" }, async () => ethereum.thaw());
});

test("clock-skew: Bitcoin's newest block is from the future", async () => {
  const time = (at: number) => stage.devnet.bitcoin.rpc.call("setmocktime", [at], new AbortController().signal);
  await time(Math.round(Date.now() / 1_000) + 5_400);
  await stage.bury(1);
  await both("ClockSkew", "clock-skew", { chain: "bitcoin" }, async () => {
    await time(0);
    await stage.bury(1);
  });
});

test("redis-evicts: Redis may throw wakes away", async () => {
  const evict = (policy: string) => redisCommand(Number(new URL(stage.devnet.servers.redis.url).port), `CONFIG SET maxmemory-policy ${policy}`);
  await evict("allkeys-lru");
  await both("RedisEvicts", "redis-evicts", {}, () => evict("noeviction"));
});

test("refund-pool-empty: the pool that refunds gas has nothing left", async () => {
  const pool = stage.devnet.tbtc.reimbursementPool.address;
  const before = await ask("eth_getBalance", pool, "latest");
  await ask("anvil_setBalance", pool, "0x0");
  await both("RefundPoolEmpty", "refund-pool-empty", {}, () => ask("anvil_setBalance", pool, before));
});

test("wallet-silent: a deposit is not swept", async () => {
  const deposit = await stage.deposit();
  // wallets do not sweep what is not deep enough, and are not blamed for that
  await stage.bury();
  await both("WalletSilent", "wallet-silent", {}, async () => {
    await stage.sweep(deposit);
    await stage.bury();
  }, { withinMs: 120_000 });
  expect(toldOf("wallet-silent")[0]).toMatchObject({ who: "wallet", severity: "ticket", deadline: { what: expect.any(String) as string }, url: expect.stringContaining("/#/transfers/tbtc-deposit-0x") as string });
});

test("source-reorged-out: the wallet's transaction loses its block and is in no other", async () => {
  const txid = await stage.sweep(await stage.deposit());
  await stage.bury(1);
  await stage.reaches(gantry, txid, () => true);
  await stage.devnet.bitcoin.reorg(1, { leaveOut: [txid] });
  await both("SourceReorgedOut", "source-reorged-out", {}, async () => {
    await stage.devnet.bitcoin.putBack([txid]);
    await stage.bury();
  });
  await stage.reaches(gantry, txid, "delivered");
});

test("nonce-gap: the lowest nonce is not mined", async () => {
  const txid = await stage.sweep(await stage.deposit());
  await stage.devnet.bitcoin.mine(1);
  await stage.reaches(gantry, txid, () => true);
  await stage.devnet.ethereum.setBlocks("none");
  await stage.bury();
  await stage.reaches(gantry, txid, "sent");
  await both("NonceGap", "nonce-gap", {}, () => stage.devnet.ethereum.setBlocks({ everySeconds: 1 }), { withinMs: 120_000 });
  await stage.reaches(gantry, txid, "delivered");
});

test("bitcoin-fee-too-low: fees are above what the signer may pay", async () => {
  const txid = await stage.sweep(await stage.deposit());
  await stage.devnet.bitcoin.mine(1);
  await stage.reaches(gantry, txid, () => true);
  const baseFee = (gwei: number) => ask("anvil_setNextBlockBaseFeePerGas", `0x${(BigInt(gwei) * 1_000_000_000n).toString(16)}`);
  const cheaper = new AbortController();
  onTestFinished(() => cheaper.abort());
  // an empty block lowers it by an eighth
  const keep = (async () => {
    while (!cheaper.signal.aborted) {
      await baseFee(500);
      await pause(200);
    }
    await baseFee(1);
  })();
  const dear = async () => BigInt(((await ask("eth_getBlockByNumber", "latest", false)) as { readonly baseFeePerGas: string }).baseFeePerGas) > 200_000_000_000n;
  await until("fees to be high", dear, { withinMs: 120_000 });
  await stage.bury();
  await both("BitcoinFeeTooLow", "bitcoin-fee-too-low", {}, async () => {
    cheaper.abort();
    await keep;
  }, { beside: ["NonceGap"] });
  await stage.reaches(gantry, txid, "delivered");
});

test("a lane that a person paused is a note at once, and a ticket when it was forgotten", async () => {
  const before = webhook.heard().length;
  await order("pause", "lane:tbtc-redemption");
  await alerting.alone("CauseWithoutAlert", { cause: "lane-halted", severity: "ticket" }, () => order("resume", "lane:tbtc-redemption"));
  expect(webhook.heard().slice(before).map(({ cause, severity, status }) => `${status} ${severity} ${cause ?? ""}`)).toContain("firing info lane-halted");
});

test("chain-halted, then halt-not-looked-at until somebody looks: a reorg below final", async () => {
  await stage.devnet.bitcoin.reorg(9);
  await alerting.raised("ChainHalted", { cause: "chain-halted", scope: "chain:bitcoin" }, 120_000);
  await alerting.raised("HaltNotLookedAt", { cause: "halt-not-looked-at" }, 120_000);
  await alerting.only("HaltNotLookedAt");
  await order("acknowledge", "chain:bitcoin");
  await alerting.raised("ChainHalted", { scope: "chain:bitcoin" }, 120_000);
  await order("resume", "chain:bitcoin");
  await alerting.quiet(120_000);
  await notified("chain-halted");
  await notified("halt-not-looked-at");
});

test("ledger-unwritable: the disk is full", async () => {
  await fillDisk(gantry.pid);
  await both("LedgerUnwritable", "ledger-unwritable", {}, () => freeDisk(gantry.pid), { withinMs: 120_000 });
});

test("a receiver of notifications that refuses is told of by Prometheus", async () => {
  const { redis } = stage.devnet.servers;
  webhook.refuse(true);
  await redis.stop();
  await alerting.raised("NotificationsFailing", {}, 120_000);
  await redis.start();
  webhook.refuse(false);
  await alerting.quiet(120_000);
});

test("a process that does not turn: frozen, then let go on", async () => {
  gantry.signal("SIGSTOP");
  await alerting.alone("GantryDown", { cause: "relayer-dead" }, async () => gantry.signal("SIGCONT"), { withinMs: 120_000 });
});

test("deadline-near, then deadline-passed: a redemption is paid and not proved, and the Bridge's clock goes on", async () => {
  const day = 24 * 3_600;
  const txid = await stage.sweep(await stage.deposit());
  await stage.bury();
  await stage.reaches(gantry, txid, "delivered");
  const redemption = await stage.redeem(await stage.request(1_000_000n));
  await stage.bury(1);
  await stage.reaches(gantry, redemption, () => true);
  const show = async (): Promise<string> => JSON.stringify(await gantry.client.show(toDisplay(redemption)));
  await until("the payment to be part of the redemption", async () => (await show()).includes('"payment-final"'), { withinMs: 120_000 });
  // a fifth of the time it gave counts as near: 18 s here, which must be long enough to be told on a slow machine
  await ask("evm_increaseTime", 5 * day - 90);
  await alerting.raised("DeadlineNear", { cause: "deadline-near", severity: "page" }, 120_000);
  await both("DeadlinePassed", "deadline-passed", { severity: "page" }, async () => {
    await stage.bury();
    await stage.reaches(gantry, redemption, "delivered", 90_000);
  }, { withinMs: 180_000, beside: ["DeadlineNear"] });
});
