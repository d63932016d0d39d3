/**
 * The catalogue of stalls on real chains, interBTC's part: each raises exactly its own alert in a real Alertmanager and clears
 * after the repair. Durations are a 120th of those in ops/; budgets are short.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { devRuntime } from "../../devnet/polkadot/server.ts";
import { keyOf, paymentOf } from "../../devnet/bitcoin.ts";
import { freePort } from "../../devnet/processes.ts";
import { until } from "../../devnet/until.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { startAlerting } from "../support/alerting.ts";
import type { Alert, Alerting } from "../support/alerting.ts";
import type { Running } from "../support/gantry-process.ts";
import { elsewhere } from "../support/interbtc.ts";
import { foreignRemark } from "../support/interbtc-account.ts";
import { branchOn, rivalOf, stored, told } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";
import { renamedRuntime } from "../support/interbtc-renamed.ts";
import { createRedeems } from "../support/interbtc-redeems.ts";
import type { Redeems } from "../support/interbtc-redeems.ts";

let stage: InterbtcGantryStage;
let gantry: Running;
let rival: Rival;
let redeems: Redeems;
let alerting: Alerting;
const ends: (() => Promise<unknown>)[] = [];

const budgets = {
  lightClientSeconds: 10, slotSeconds: 3_600,
  // the oracle's prices grow old by moving the chain's clock
  chains: { polkadot: { skewSeconds: 31_536_000 } },
  steps: { "interbtc.issue.payment": { normalSeconds: 10, lateSeconds: 30 }, "interbtc.redeem.payment": { normalSeconds: 5, lateSeconds: 15 } },
};
/** of //Bob's vault: its deadlines are ours */
const vaultAccounts = ["5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"];
/** active blocks that a redeem may take, at one a second */
const redeemPeriod = 200;

beforeAll(async () => {
  const port = await freePort();
  stage = await startInterbtcGantry({ edit: (config) => {
    Object.assign(config, { http: { port }, monitor: budgets });
    Object.assign(config["bridges"]?.["interbtc"] as object, { vaultAccounts });
    Object.assign(config["chains"]?.["bitcoin"] as object, { mempoolUpTo: 10_000 });
  } });
  ends.push(() => stage.stop());
  rival = await rivalOf(stage);
  ends.push(() => rival.close());
  redeems = createRedeems(stage, rival);
  await stage.chain.sudo(stage.chain.call("redeem", "setRedeemPeriod", redeemPeriod));
  gantry = await stage.run();
  alerting = await startAlerting({ folder: stage.folder, target: new URL(gantry.url).host, factor: 1 / 120 });
  ends.push(() => alerting.end());
});
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

const order = (verb: "pause" | "resume" | "acknowledge", subject: string) => gantry.client.order({ verb, subject, because: "to see the alert", who: "test" });
const isHalted = async (scope: string): Promise<boolean> =>
  ((await gantry.client.status()) as { readonly halts: readonly { readonly scope: { readonly kind: string; readonly name: string } }[] }).halts.some(({ scope: { kind, name } }) => `${kind}:${name}` === scope);
/** final for Gantry, and stable for the light client */
const bury = async (): Promise<void> => {
  await stage.bitcoin.mine(6);
  await told(stage);
};
const executed = (issue: Issue): Promise<unknown> => until("the issue to be executed", () => stage.isExecuted(issue), { withinMs: 120_000, everyMs: 500 });
const settle = { withinMs: 120_000 } as const;
/** `gantry show` says it; what it asks the parachain for may come late */
const says = (id: string, words: string): Promise<unknown> => until(`show ${id} to say "${words}"`, async () => JSON.stringify(await gantry.client.show(id)).includes(words), { ...settle, everyMs: 500 });

test("healthy: an issue is paid and executed; a user who does not pay is no alert", async () => {
  const [unpaid, issue] = [await stage.request(10_000n), await stage.request(20_000n)];
  await stage.pay(issue);
  await bury();
  await executed(issue);
  await until("the unpaid one to be late", async () => ((await alerting.query('sum(gantry_transfers_late{cause="user-has-not-paid"})'))[0]?.value ?? 0) > 0, { withinMs: 120_000, everyMs: 500 });
  const listener = alerting.listen();
  const rounds = async (): Promise<number> => (await alerting.query('count_over_time(up{job="gantry"}[1h])'))[0]?.value ?? 0;
  const begun = await rounds();
  await until("every rule to have had its time", async () => (await rounds()) - begun > 20 || null, { withinMs: 120_000, everyMs: 500 });
  expect(await listener.end()).toEqual([]);
  await stage.pay(unpaid);
  await bury();
  await executed(unpaid);
});

test("paid-too-little: until the user pays the whole sum", async () => {
  const issue = await stage.request(20_000n);
  await stage.pay(issue, issue.totalSat / 2n);
  await stage.bitcoin.mine(1);
  await alerting.alone("PaidTooLittle", { cause: "paid-too-little", severity: "ticket" }, async () => {
    await stage.pay(issue);
    await bury();
    await executed(issue);
  }, settle);
});

test("transaction-evicted: the user replaces a payment by one to himself, until he pays again", async () => {
  const issue = await stage.request(20_000n);
  const { tx } = await stage.pay(issue);
  await says(issue.id, `Transaction ${toDisplay(tx.txid)} has been in the mempool`);
  const [input] = tx.inputs;
  if (input === undefined) throw new RangeError("a payment spends a coin");
  const coin = { outpoint: input.outpoint, valueSat: tx.outputs.reduce((sum, { valueSat }) => sum + valueSat, 10_000n) };
  await stage.bitcoin.send(paymentOf(keyOf("miner"), [coin], [{ script: elsewhere, valueSat: 20_000n }], 30_000n).raw);
  await alerting.alone("TransactionEvicted", { cause: "transaction-evicted", severity: "ticket" }, async () => {
    await says(issue.id, "took its place, spends the same coins and does not pay this.");
    await stage.pay(issue);
    await bury();
    await executed(issue);
  }, settle);
});

test("vault-silent: a redeem that its vault does not pay, until it has paid and proved it", async () => {
  const redeem = await redeems.request();
  const alert = await alerting.alone("VaultSilent", { cause: "vault-silent", severity: "ticket" }, async () => {
    await says(redeem.id, "The vault has not paid.");
    await says(redeem.id, `owes exactly ${redeem.amountSat} sat`);
    await redeems.prove(redeem, await redeems.pay(redeem));
  }, settle);
  expect(alert.annotations["description"]).toContain("interbtc redeem (payment)");
  await says(redeem.id, '"outcome":"completed"');
});

test("payment-unusable: a vault that pays one satoshi too little, until it pays again", async () => {
  const redeem = await redeems.request();
  await redeems.pay(redeem, redeem.amountSat - 1n);
  await stage.bitcoin.mine(1);
  await alerting.alone("PaymentUnusable", { cause: "payment-unusable", severity: "ticket" }, async () => redeems.prove(redeem, await redeems.pay(redeem)), settle);
});

test("deadline-near and deadline-passed: a redeem of our own vault, on both clocks; paid after all, it is executed all the same", async () => {
  const redeem = await redeems.request();
  await alerting.raised("VaultSilent", { cause: "vault-silent" }, 120_000);
  await redeems.runOut(redeem, 1);
  await alerting.alone("DeadlineNear", { cause: "deadline-near", severity: "page" }, async () => {
    await stage.polkadot.stall(false);
    await alerting.raised("DeadlinePassed", { cause: "deadline-passed", severity: "page" }, 120_000);
    await says(redeem.id, `redeem.cancel_redeem(${redeem.id}, reimburse)`);
    await redeems.prove(redeem, await redeems.pay(redeem));
  }, { ...settle, beside: ["VaultSilent", "DeadlinePassed"] });
});

test("light-client-behind: nobody relays headers", async () => {
  await order("pause", "lane:interbtc-headers");
  await stage.bitcoin.mine(4);
  await alerting.alone("LightClientBehind", { cause: "light-client-behind", severity: "page" }, () => order("resume", "lane:interbtc-headers"), settle);
  await told(stage);
});

test("light-client-blocked: a fork stops every proof until it is left behind", async () => {
  const tip = await stage.relay.header((await stage.bitcoin.tip()).hash);
  const [stale] = await branchOn(stage, tip.parent, 1);
  if (stale === undefined) throw new RangeError("one header was asked for");
  expect((await rival.relay.store(stale, 9)).failure).toBeNull();
  await alerting.alone("LightClientBlocked", { cause: "light-client-blocked" }, () => stage.bitcoin.mine(3), settle);
  await told(stage);
});

test("light-client-on-another-fork: Bitcoin's best chain is a fork there, until it has won", async () => {
  await bury();
  await stage.bitcoin.reorg(5, { length: 6 });
  await stored(stage);
  await alerting.alone("LightClientOnAnotherFork", { cause: "light-client-on-another-fork" }, () => stage.bitcoin.mine(4), { ...settle, beside: ["LightClientBlocked"] });
  await told(stage);
});

test("chain-paused: governance pauses what the lane calls", async () => {
  const issue = await stage.request(20_000n);
  await stage.pay(issue);
  await stage.polkadot.pause("Issue", "execute_issue");
  await bury();
  await alerting.alone("ChainPaused", { cause: "chain-paused" }, async () => {
    await stage.polkadot.unpause("Issue", "execute_issue");
    await executed(issue);
  }, settle);
});

test("node-stalled: the parachain's node falls silent", async () => {
  await stage.polkadot.silence(true);
  await alerting.alone("NodeStalled", { cause: "node-stalled", chain: "polkadot" }, async () => {
    await stage.polkadot.silence(false);
    await stage.polkadot.cut();
  }, settle);
});

test("paid-too-late: the request had run out on both clocks", async () => {
  await stage.chain.sudo(stage.chain.call("issue", "setIssuePeriod", 2));
  const issue = await stage.request(20_000n);
  await stage.polkadot.mine(4);
  await stage.bitcoin.mine(3);
  await told(stage);
  await says(issue.id, '"expired"');
  await stage.pay(issue);
  await stage.bitcoin.mine(1);
  await alerting.alone("PaidTooLate", { cause: "paid-too-late" }, async () => {
    await bury();
    await executed(issue);
  }, settle);
});

test("oracle-outage: prices have grown old", async () => {
  const feed = async (): Promise<void> => {
    for (const [token, price] of prices) await stage.polkadot.setPrice(token, price);
  };
  const priceOf = async (token: string): Promise<number> => Number(BigInt((await stage.chain.read("oracle", "aggregate", { ExchangeRate: { Token: token } })) as string) / 10n ** 18n);
  const prices = await Promise.all(["DOT", "INTR"].map(async (token) => [token, await priceOf(token)] as const));
  // the development preset's prices never expire; a real chain's do
  await stage.chain.sudo(stage.chain.call("system", "killStorage", [stage.chain.api.query["oracle"]?.["neverExpires"]?.key()]));
  await feed();
  await stage.polkadot.setTime(Date.now() + 3 * 3_600_000);
  await stage.polkadot.mine(2);
  await alerting.alone("OracleOutage", { cause: "oracle-outage" }, feed, settle);
});

test("lane-halted: an upgrade gives a call that the lane makes another shape, until the upgrade is taken back", async () => {
  const issue = await stage.request(20_000n);
  await stage.pay(issue);
  await stage.bitcoin.mine(5);
  await told(stage);
  const { specVersion: before } = await stage.polkadot.state();
  await stage.polkadot.upgrade(await renamedRuntime(stage.folder, "execute_issue", "execute_other"));
  await stage.bitcoin.mine(1);
  await alerting.alone("LaneHalted", { cause: "lane-halted", scope: "lane:interbtc-issue", code: "shape-changed" }, async () => {
    await stage.chain.sudo(stage.chain.call("system", "setStorage", [["0x3a636f6465", hexOf(await readFile(devRuntime))]]));
    await until("the old runtime to run again", async () => (await stage.polkadot.state()).specVersion === before, { withinMs: 120_000 });
    await stage.bitcoin.mine(1);
    // resumed before Gantry has seen the old runtime run again, the lane halts once more
    await until("the issue to be executed", async () => {
      if (!(await stage.isExecuted(issue)) && (await isHalted("lane:interbtc-issue"))) await order("resume", "lane:interbtc-issue");
      return stage.isExecuted(issue);
    }, { withinMs: 120_000, everyMs: 1_000 });
  }, settle);
});

test("signer-slot-taken: a stranger uses the key", async () => {
  const issue = await stage.request(20_000n);
  await stage.pay(issue);
  await stage.bitcoin.mine(5);
  await told(stage);
  await until("every nonce to be over", async () => ((await gantry.client.status()) as { readonly signers: readonly { readonly openSlots: number }[] }).signers.every(({ openSlots }) => openSlots === 0), { withinMs: 120_000 });
  const nonce = await stage.nonce();
  await stage.polkadot.stall(true);
  await stage.bitcoin.mine(1);
  await until("our extrinsic to wait in the pool", async () => (await stage.polkadot.state()).ready.length > 0, { withinMs: 120_000 });
  await foreignRemark(stage, nonce);
  await stage.polkadot.stall(false);
  // it is told for an hour, which is not shortened here
  await alerting.raised("SignerSlotTaken", { cause: "signer-slot-taken", signer: "vault" }, 120_000);
  await alerting.only("SignerSlotTaken");
  await executed(issue);
});

test("paid-and-cancelled: a redeem that was paid and not proved is cancelled, and that stays told", async () => {
  // so many blocks in a row would make the oracle's prices old
  await stage.chain.sudo(stage.chain.call("redeem", "setRedeemPeriod", 10));
  const redeem = await redeems.request();
  await redeems.pay(redeem);
  await redeems.runOut(redeem, 0);
  await stage.polkadot.stall(false);
  expect(await redeems.cancel(redeem, true)).toBeNull();
  await alerting.raised("PaidAndCancelled", { cause: "paid-and-cancelled", severity: "ticket" }, 120_000);
  const known = ["PaidAndCancelled", "SignerSlotTaken"];
  // what the shortened rule tells for half a minute stays a cause for the hour that is not shortened
  const isKnown = ({ name, labels }: Alert): boolean => known.includes(name) || (name === "CauseWithoutAlert" && labels["cause"] === "signer-slot-taken");
  const others = async () => (await alerting.told()).filter((alert) => !isKnown(alert)).map(({ name, annotations }) => `${name}: ${annotations["description"]}`);
  let rest: readonly string[] = [];
  await until("nothing else to be told but what is told for an hour", async () => (rest = await others()).length === 0 || null, { withinMs: 120_000, everyMs: 500 }).catch(() => undefined);
  expect(rest).toEqual([]);
  await says(redeem.id, "are gone unless the redeemer gives them back");
});
