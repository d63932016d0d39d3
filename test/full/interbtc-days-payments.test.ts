/**
 * Payments that are not as they were asked for: too little, too much, twice, late, after a cancellation, for two issues at once.
 * What becomes of each is read from the parachain; what people are told, from `show`, whatever they look it up by.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { dotPair } from "../../devnet/interbtc/parties.ts";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import { addressOf } from "../../src/chains/bitcoin/script-address.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { accountText } from "../../src/chains/polkadot/account.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Gantry } from "../support/chains-story.ts";
import { until } from "../support/chains-story.ts";
import { mintedSat, rivalOf, settled, told } from "../support/interbtc-days.ts";
import type { Rival } from "../support/interbtc-days.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

let stage: InterbtcGantryStage;
let gantry: Gantry;
let rival: Rival;
beforeAll(async () => {
  stage = await startInterbtcGantry();
  [gantry, rival] = [await stage.gantry(), await rivalOf(stage)];
  await until("readiness", async () => (await gantry.ready()).ok);
});
afterAll(async () => {
  await rival.close();
  await stage.stop();
});

/** what is finality for Gantry */
const burial = 6;
const height = async (): Promise<number> => (await stage.polkadot.state()).head.height;
/** Gantry watches the deposit address: the request's block is final. */
async function requested(): Promise<Issue> {
  const issue = await stage.request();
  await until("the request to be known", async () => (await gantry.show(issue.id)) !== null);
  return issue;
}
async function paid(issue: Issue, valueSat?: bigint): Promise<Hex> {
  const { tx } = await stage.pay(issue, valueSat);
  await stage.bitcoin.mine(burial);
  return tx.txid;
}
/** Everything that is said of an issue, waited for until it says this. */
const says = (query: string, words: RegExp): Promise<string> => {
  let last = "";
  return until(`show ${query} to say ${words}`, async () => {
    last = Object.values((await gantry.show(query))?.notes ?? {}).flat().join("\n");
    return words.test(last) ? last : null;
  }).catch((cause: unknown) => {
    throw new Error(`show ${query} says: ${last}`, { cause });
  });
};
/** The deposit address, the requester, the vault and the transaction lead to the same. */
async function saysEverywhere(issue: Issue, txid: Hex, words: RegExp): Promise<void> {
  const vault = accountText(stage.vault.id.accountId);
  for (const query of [issue.id, toDisplay(txid), addressOf(issue.script, "regtest") ?? "", accountText(stage.chain.account("//Dave")), vault]) await says(query, words);
}
async function executedOnce(issue: Issue, txid: Hex, from: number): Promise<void> {
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", redos: 0, parked: null });
  expect(await stage.executions(issue, from)).toBe(1);
}

test("too little: nothing is sent, people are told who alone may execute it, and a whole second payment executes it", async () => {
  const [issue, from, tokens] = [await requested(), await height(), await mintedSat(stage)];
  const little = await paid(issue, issue.totalSat - 1n);
  await saysEverywhere(issue, little, /1 sat too little: only the requester \w+ may execute it/u);
  expect((await gantry.show(issue.id))?.deliveries).toEqual([]);
  expect(await stage.isExecuted(issue)).toBe(false);

  const whole = await paid(issue);
  await executedOnce(issue, whole, from);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
  await says(issue.id, new RegExp(`executed, by us, with transaction ${toDisplay(whole)}`, "u"));
});

test("too much: the request grows, all of it is minted but the fee", async () => {
  const [issue, from, tokens] = [await requested(), await height(), await mintedSat(stage)];
  const { tx } = await stage.pay(issue, issue.totalSat * 2n);
  await stage.bitcoin.mine(1);
  await saysEverywhere(issue, tx.txid, new RegExp(`pays ${issue.totalSat} sat too much: the request grows`, "u"));
  await stage.bitcoin.mine(burial - 1);
  await executedOnce(issue, tx.txid, from);
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat * 2n);
});

test("twice: the first is executed, the second is parked for a person and says with which the issue was executed", async () => {
  const [issue, from, tokens] = [await requested(), await height(), await mintedSat(stage)];
  const [first, second] = [(await stage.pay(issue)).tx.txid, (await stage.pay(issue)).tx.txid];
  await stage.bitcoin.mine(burial);
  await until("one of them to be parked", async () => (await gantry.metric("deliveries_parked", { lane: "interbtc-issue", code: "issue-paid-twice" })) === 1);
  const [one, other] = (await gantry.delivery(first))?.state === "parked" ? [second, first] : [first, second];
  await executedOnce(issue, one, from);
  const parked = await gantry.delivery(other);
  expect(parked).toMatchObject({ state: "parked", slots: [], parked: { code: "issue-paid-twice", evidence: { executedWith: one } } });
  expect((await mintedSat(stage)) - tokens).toBe(issue.amountSat);
  await saysEverywhere(issue, other, new RegExp(`${toDisplay(other)} is another payment, of ${issue.totalSat} sat: .* executed once, with ${toDisplay(one)}.*owes it back`, "u"));

  expect(await gantry.order({ verb: "abandon", subject: parked?.id ?? "", because: "the vault paid it back", who: "test" })).toMatchObject({ done: true });
  await until("nothing to be parked", async () => (await gantry.metric("deliveries_parked", { code: "issue-paid-twice" })) === 0);
  expect(await stage.executions(issue, from)).toBe(1);
});

test("two issues in one transaction: both are executed, once each, with the same payment", async () => {
  const [one, other, from, tokens] = [await requested(), await requested(), await height(), await mintedSat(stage)];
  const { tx } = await stage.bitcoin.pay([one, other].map(({ script, totalSat }) => ({ script, valueSat: totalSat })));
  await stage.bitcoin.mine(burial);
  for (const issue of [one, other]) {
    await until("the execution", () => stage.isExecuted(issue));
    expect(await stage.executions(issue, from)).toBe(1);
    await says(issue.id, new RegExp(`executed, by us, with transaction ${toDisplay(tx.txid)}`, "u"));
  }
  expect((await gantry.show(toDisplay(tx.txid)))?.deliveries.map(({ serves }) => serves).flat().toSorted()).toEqual([one, other].map(({ id }) => `interbtc-issue-${id}`).toSorted());
  expect((await mintedSat(stage)) - tokens).toBe(one.amountSat + other.amountSat);
});

test("late, and after a cancellation: it is executed all the same, and until then people are told what it hangs on", async () => {
  await stage.chain.sudo(stage.chain.call("issue", "setIssuePeriod", 2));
  const [late, cancelled, from, tokens] = [await requested(), await requested(), await height(), await mintedSat(stage)];
  await stage.polkadot.mine(3);
  await stage.bitcoin.mine(2);
  await told(stage);
  await says(late.id, /its time is over .*should not be paid any more/u);
  await rival.chain.done("//Ferdie", rival.chain.call("issue", "cancelIssue", cancelled.id));
  await says(cancelled.id, /it is cancelled: it should not be paid any more/u);

  const txids = [(await stage.pay(late)).tx.txid, (await stage.pay(cancelled)).tx.txid] as const;
  await stage.bitcoin.mine(1);
  await says(late.id, /time is over on both clocks.*payment came late: it can be executed as before until somebody cancels it/u);
  await says(cancelled.id, /is cancelled: the payment can be executed only while the vault accepts issues/u);
  await stage.bitcoin.mine(burial - 1);
  await executedOnce(late, txids[0], from);
  await executedOnce(cancelled, txids[1], from);
  expect((await mintedSat(stage)) - tokens).toBe(late.amountSat + cancelled.amountSat);
  await settled(gantry);
});

test("after a cancellation, to a vault that takes nothing new: it waits by that name while headers go on, and is executed when the vault takes issues again", async () => {
  const [issue, from] = [await requested(), await height()];
  await stage.chain.done("//Dave", stage.chain.call("issue", "cancelIssue", issue.id));
  await rival.chain.done("//Bob", rival.chain.call("vaultRegistry", "acceptNewIssues", dotPair, false));
  const txid = await paid(issue);
  expect(await gantry.waitsFor(txid, "interbtc-vault-full")).toMatchObject({ parked: null, lastError: { code: "interbtc-vault-full" } });
  await stage.bitcoin.mine(1);
  await told(stage);
  expect(await stage.executions(issue, from)).toBe(0);
  await rival.chain.done("//Bob", rival.chain.call("vaultRegistry", "acceptNewIssues", dotPair, true));
  // a vault's own decision is looked at once a minute
  await until("the execution", () => stage.isExecuted(issue), 300_000);
  expect(await gantry.reaches(txid, "delivered")).toMatchObject({ by: "us", parked: null });
  expect(await stage.executions(issue, from)).toBe(1);
});
