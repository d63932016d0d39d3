/** Payments that are made and in no block, on a real node: told as such, blamed for their fee, replaced, dropped, over restarts. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf, paymentOf } from "../../devnet/bitcoin.ts";
import type { SentTx } from "../../devnet/bitcoin.ts";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { Explanation } from "../../src/core/transfer.ts";
import type { Hex } from "../../src/core/values.ts";
import { startStory, until } from "../support/chains-story.ts";
import type { Gantry, Story } from "../support/chains-story.ts";
import { elsewhere } from "../support/interbtc.ts";
import { startInterbtcGantry } from "../support/interbtc-gantry.ts";
import type { InterbtcGantryStage } from "../support/interbtc-gantry.ts";

describe("payments of issues", () => {
  let stage: InterbtcGantryStage;
  let gantry: Gantry;
  const start = (): Promise<Gantry> => stage.gantry(({ chains, monitor }) => {
    if (chains.bitcoin !== undefined) chains.bitcoin.mempoolUpTo = 10_000;
    Object.assign(monitor.steps, { "interbtc.issue.payment": { normalSeconds: 5, lateSeconds: 600 } });
  });
  beforeAll(async () => {
    stage = await startInterbtcGantry();
    gantry = await start();
  });
  afterAll(() => stage.stop());

  const explained = async ({ id }: Issue): Promise<Explanation | null> => (await gantry.show(id))?.transfers[0]?.explanation ?? null;
  /** Waits until the issue is explained so. */
  const told = (issue: Issue, what: string, yes: (now: Explanation) => boolean): Promise<Explanation> => until(what, async () => {
    const now = await explained(issue);
    return now !== null && yes(now) ? now : null;
  });
  const isMade = (sent: SentTx) => ({ sentence }: Explanation): boolean => sentence.includes(`Transaction ${toDisplay(sent.tx.txid)} has been in the mempool`);
  const active = (cause: string) => gantry.metric("cause_active", { cause });
  const quiet = (cause: string): Promise<unknown> => until(`${cause} to be over`, async () => (await active(cause)) === 0);

  /** The same coins in another transaction, at this fee. */
  async function instead({ tx }: SentTx, feeSat: bigint, script: Hex, valueSat: bigint, hadFeeSat: bigint): Promise<SentTx> {
    const [input] = tx.inputs;
    if (input === undefined || tx.inputs.length !== 1) throw new RangeError("one coin was spent");
    const coin = { outpoint: input.outpoint, valueSat: tx.outputs.reduce((sum, output) => sum + output.valueSat, hadFeeSat) };
    return stage.bitcoin.send(paymentOf(keyOf("miner"), [coin], [{ script, valueSat }], feeSat).raw);
  }
  /** blocks full of payments at 70 sat/vB: the node learns what fees are paid */
  async function dearTimes(): Promise<void> {
    for (let block = 0; block < 12; block += 1) {
      for (let count = 0; count < 6; count += 1) await stage.bitcoin.pay([{ script: elsewhere, valueSat: 20_000n }]);
      await stage.bitcoin.mine(1);
    }
  }

  test("a payment in the mempool is told, with its fee, and in a block it goes on", async () => {
    const issue = await stage.request();
    await told(issue, "the issue to wait for its payment", ({ step }) => step === "payment");
    const sent = await stage.pay(issue);
    const { cause, who, sentence } = await told(issue, "the payment to be seen unmined", isMade(sent));
    expect({ cause, who }).toEqual({ cause: null, who: "chain" });
    expect(sentence).toMatch(/at 7\d(\.\d)? sat\/vB/u);
    await stage.bitcoin.mine(1);
    await told(issue, "the payment to be in a block", ({ step }) => step !== "payment");
  });

  test("bitcoin-fee-too-low: while others pay more, until it is replaced at a higher fee", async () => {
    await dearTimes();
    const issue = await stage.request();
    await told(issue, "the issue to wait for its payment", ({ step }) => step === "payment");
    const sent = await stage.bitcoin.pay([{ script: issue.script, valueSat: issue.totalSat }], 300n);
    const { action, evidence, who } = await told(issue, "its fee to be blamed", ({ cause }) => cause === "bitcoin-fee-too-low");
    expect(who).toBe("user");
    expect(action?.text).toContain("RBF");
    expect(evidence).toMatchObject({ txid: toDisplay(sent.tx.txid), gone: null });
    await until("the alert's series", async () => (await active("bitcoin-fee-too-low")) === 1);
    const better = await instead(sent, 20_000n, issue.script, issue.totalSat, 300n);
    const after = await told(issue, "the better payment to be seen", isMade(better));
    expect(after.cause).toBeNull();
    await quiet("bitcoin-fee-too-low");
    await stage.bitcoin.mine(1);
    await told(issue, "the better payment to be in a block", ({ step }) => step !== "payment");
  });

  test("transaction-evicted: replaced by one that pays somebody else, until the user pays again", async () => {
    const issue = await stage.request();
    await told(issue, "the issue to wait for its payment", ({ step }) => step === "payment");
    const sent = await stage.pay(issue);
    await told(issue, "the payment to be seen unmined", isMade(sent));
    const double = await instead(sent, 30_000n, elsewhere, 20_000n, 10_000n);
    const { sentence, who } = await told(issue, "the payment to be gone", ({ cause }) => cause === "transaction-evicted");
    expect(who).toBe("user");
    expect(sentence).toContain(`transaction ${toDisplay(double.tx.txid)} took its place`);
    await until("the alert's series", async () => (await active("transaction-evicted")) === 1);
    const again = await stage.pay(issue);
    await told(issue, "the new payment to be seen", isMade(again));
    await quiet("transaction-evicted");
    await stage.bitcoin.mine(1);
    await told(issue, "the new payment to be in a block", ({ step }) => step !== "payment");
  });

  test("transaction-evicted: dropped by a node that lost its mempool, remembered over a restart of Gantry", async () => {
    const issue = await stage.request();
    await told(issue, "the issue to wait for its payment", ({ step }) => step === "payment");
    const sent = await stage.pay(issue);
    await told(issue, "the payment to be seen unmined", isMade(sent));
    await gantry.stop();
    await stage.bitcoinServer.stop();
    await rm(join(stage.folder, "bitcoind", "regtest", "mempool.dat"), { force: true });
    await stage.bitcoinServer.start();
    gantry = await start();
    const { evidence, sentence } = await told(issue, "the payment to be gone", ({ cause }) => cause === "transaction-evicted");
    expect(evidence).toMatchObject({ txid: toDisplay(sent.tx.txid) });
    expect(sentence).toContain("no node has it any more");
    await stage.bitcoin.send(sent.raw);
    await told(issue, "the same payment to be back", isMade(sent));
    await quiet("transaction-evicted");
    await stage.bitcoin.mine(7);
    await until("the issue to be executed", () => stage.isExecuted(issue));
  });
});

describe("transactions of tBTC's wallet, found by what they spend", () => {
  let story: Story;
  beforeAll(async () => {
    story = await startStory();
  });
  afterAll(() => story.stop());

  test("a sweep in the mempool is told before it is in a block, without a search of the mempool", async () => {
    const { bitcoin, wallet } = story.devnet;
    const gantry = await story.gantry({ change: ({ chains }) => {
      if (chains.bitcoin !== undefined) chains.bitcoin.mempoolUpTo = 0;
    } });
    const deposit = await story.deposit();
    await bitcoin.mine(6);
    const explained = async (): Promise<Explanation | null> => (await gantry.show(deposit.key))?.transfers[0]?.explanation ?? null;
    await until("the deposit to wait for its sweep", async () => (await explained())?.step === "sweep");
    const swept = await wallet.sweep([deposit]);
    const now = await until("the sweep to be seen unmined", async () => {
      const one = await explained();
      return one !== null && one.sentence.includes(toDisplay(swept.tx.txid)) ? one : null;
    });
    expect({ cause: now.cause, who: now.who }).toEqual({ cause: null, who: "chain" });
    expect(now.sentence).toContain("It waits until a block takes the sweep, which is made");
    expect(await gantry.metric("rpc_seconds_count", { chain: "bitcoin", method: "getrawmempool" })).toBe(0);
    await bitcoin.mine(1);
    await until("the sweep to be in a block", async () => (await explained())?.step === "payment-final");
  });
});
