/**
 * Issues and redeems after their time: when they end, who may end them, and what a late payment is still worth.
 * Always: periods of 2 blocks, so that time passes by a few blocks on each clock.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { keyOf } from "../../devnet/bitcoin.ts";
import type { SentTx } from "../../devnet/bitcoin.ts";
import { eventIn } from "../../devnet/interbtc/chain.ts";
import { askIssue, askRedeem, dotPair, executeIssue, executeRedeem, idOutput, requestIssue, requestRedeem, wrappedOf } from "../../devnet/interbtc/parties.ts";
import type { Issue, Redeem, Vault } from "../../devnet/interbtc/parties.ts";
import { depositWatchId, issueDelivery } from "../../src/bridges/interbtc/names.ts";
import type { Hex } from "../../src/core/values.ts";
import { createMemoryLedger } from "../../src/ledger/memory.ts";
import type { Ledger } from "../../src/ports.ts";
import { issued, startWithVault } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";
import { watchInterbtc } from "../support/interbtc-watch.ts";
import type { Watching } from "../support/interbtc-watch.ts";

const period = 2;
const amountSat = 1_000_000n;
const user = keyOf("interbtc user");
let stage: InterbtcStage;
let vault: Vault;
beforeAll(async () => {
  ({ stage, vault } = await startWithVault());
  const { chain } = stage;
  await chain.sudo(chain.call("issue", "setIssuePeriod", period));
  await chain.sudo(chain.call("redeem", "setRedeemPeriod", period));
});
afterAll(() => stage.stop());

const cancelIssue = async (who: string, { id }: { readonly id: Hex }): Promise<string | null> => (await stage.chain.send(who, stage.chain.call("issue", "cancelIssue", id))).failure;
const cancelRedeem = async (who: string, { id }: { readonly id: Hex }, reimburse: boolean): Promise<string | null> =>
  (await stage.chain.send(who, stage.chain.call("redeem", "cancelRedeem", id, reimburse))).failure;
const payIssue = ({ script, totalSat }: Issue): Promise<SentTx> => stage.bitcoin.pay([{ script, valueSat: totalSat }]);
const payRedeem = ({ id, script, amountSat: valueSat }: Redeem): Promise<SentTx> => stage.bitcoin.pay([{ script, valueSat }, idOutput(id)]);
/** more than the period here, and more Bitcoin blocks than it stands for */
const expire = async (): Promise<void> => {
  await stage.polkadot.mine(period + 1);
  await stage.relay.mine(2);
};

describe("a late issue", () => {
  const open = (): Promise<Issue> => requestIssue(stage.chain, "//Charlie", vault, amountSat);

  test("both clocks must run out before anybody may cancel it", async () => {
    const slowBitcoin = await open();
    await stage.polkadot.mine(period + 1);
    expect(await cancelIssue("//Eve", slowBitcoin)).toBe("Issue.TimeNotExpired");
    await stage.relay.mine(1);
    expect(await cancelIssue("//Eve", slowBitcoin)).toBe("Issue.TimeNotExpired");
    await stage.relay.mine(1);
    expect(await cancelIssue("//Eve", slowBitcoin)).toBeNull();
    expect(await cancelIssue("//Eve", slowBitcoin)).toBe("Issue.IssueCancelled");

    await stage.chain.sudo(stage.chain.call("issue", "setIssuePeriod", 40));
    const slowChain = await open();
    await stage.relay.mine(5);
    expect(await cancelIssue("//Eve", slowChain)).toBe("Issue.TimeNotExpired");
    await stage.polkadot.mine(41);
    expect(await cancelIssue("//Eve", slowChain)).toBeNull();
    await stage.chain.sudo(stage.chain.call("issue", "setIssuePeriod", period));
  });

  test("its requester may cancel at any time, and nobody finds an unknown one", async () => {
    expect(await cancelIssue("//Charlie", await open())).toBeNull();
    expect(await cancelIssue("//Charlie", { id: `0x${"5a".repeat(32)}` })).toBe("Issue.IssueIdNotFound");
  });

  test("expired but not cancelled, a payment counts in full", async () => {
    const issue = await open();
    await expire();
    const before = await wrappedOf(stage.chain, "//Charlie");
    const outcome = await executeIssue(stage.chain, "//Eve", issue.id, await stage.settled(await payIssue(issue)));
    expect(eventIn(outcome, "Issue.ExecuteIssue")).toMatchObject({ amount: String(amountSat) });
    expect((await wrappedOf(stage.chain, "//Charlie")).freeSat - before.freeSat).toBe(issue.amountSat);
  });

  test("cancelled, a payment counts while the vault takes new issues", async () => {
    const { chain } = stage;
    const issue = await open();
    await expire();
    expect(await cancelIssue("//Eve", issue)).toBeNull();
    const proof = await stage.settled(await payIssue(issue));
    const accept = (on: boolean) => chain.done("//Bob", chain.call("vaultRegistry", "acceptNewIssues", dotPair, on));
    await accept(false);
    expect((await executeIssue(chain, "//Charlie", issue.id, proof)).failure).toBe("VaultRegistry.VaultNotAcceptingIssueRequests");
    expect((await askIssue(chain, "//Charlie", vault, amountSat)).failure).toBe("Issue.VaultNotAcceptingNewIssues");
    await accept(true);
    expect((await executeIssue(chain, "//Eve", issue.id, proof)).failure).toBeNull();
    expect(await cancelIssue("//Charlie", issue)).toBe("Issue.IssueCompleted");
  });
});

describe("the search for a late payment", () => {
  const watching: Watching[] = [];
  afterEach(() => {
    for (const one of watching.splice(0)) one.stop();
  });
  /** at each start the parachain is asked what is open and what is over */
  async function started(ledger: Ledger): Promise<Watching> {
    const one = watchInterbtc(stage, { ledger, keep: { executedBlocks: 6, overBlocks: 0 } });
    watching.push(one);
    await one.both();
    return one;
  }
  /** what was told to end does, unless it is wanted still */
  async function finalised(one: Watching): Promise<void> {
    await stage.bitcoin.mine(4);
    await one.bitcoin();
  }
  const isSearchedFor = async ({ ledger }: Watching, { id }: Issue): Promise<boolean> => (await ledger.watchSet("bitcoin")).watches.some((watch) => watch.id === depositWatchId(id));

  test("goes on while either clock is not past the end; when the issue gets more time, what was paid meanwhile is found", async () => {
    const { chain, polkadot, relay, bitcoin } = stage;
    const ledger = createMemoryLedger();
    const issue = await requestIssue(chain, "//Charlie", vault, amountSat);
    await polkadot.mine(2);
    await started(ledger);
    await relay.mine(4);
    const byBitcoinAlone = await started(ledger);
    await finalised(byBitcoinAlone);
    expect(await isSearchedFor(byBitcoinAlone, issue)).toBe(true);

    // a block of Bitcoin's worth of the parachain's, beyond the period, and final
    await polkadot.mine(60);
    const byBoth = await started(ledger);
    await finalised(byBoth);
    expect(await isSearchedFor(byBoth, issue)).toBe(false);
    const { tx: { txid } } = await payIssue(issue);
    await bitcoin.mine(1);
    await byBoth.both();
    const delivery = async () => (await ledger.load(issueDelivery(issue.id, txid), []))?.delivery ?? null;
    expect(await delivery()).toBeNull();

    await chain.sudo(chain.call("issue", "setIssuePeriod", 7_200));
    await polkadot.mine(2);
    expect(await isSearchedFor(await started(ledger), issue)).toBe(true);
    expect(await delivery()).toMatchObject({ state: "seen" });
    await chain.sudo(chain.call("issue", "setIssuePeriod", period));
  });
});

describe("a late redeem", () => {
  const open = (): Promise<Redeem> => requestRedeem(stage.chain, "//Charlie", vault, amountSat, user);
  beforeAll(() => issued(stage, vault, 5n * amountSat));

  test("expired but not cancelled, the vault's payment counts", async () => {
    const redeem = await open();
    await expire();
    expect(await cancelRedeem("//Eve", redeem, true)).toBe("Redeem.UnauthorizedRedeemer");
    expect((await executeRedeem(stage.chain, "//Eve", redeem.id, await stage.settled(await payRedeem(redeem)))).failure).toBeNull();
    expect(await cancelRedeem("//Charlie", redeem, true)).toBe("Redeem.RedeemCompleted");
  });

  test("the redeemer cancels when both clocks ran out; then no payment counts, and the vault is banned for a while", async () => {
    const { chain } = stage;
    const [retried, reimbursed] = [await open(), await open()];
    await stage.polkadot.mine(period + 1);
    expect(await cancelRedeem("//Charlie", retried, false)).toBe("Redeem.TimeNotExpired");
    await stage.relay.mine(2);
    const held = await wrappedOf(chain, "//Charlie");
    expect(await cancelRedeem("//Charlie", retried, false)).toBeNull();
    expect(await wrappedOf(chain, "//Charlie")).toEqual({ freeSat: held.freeSat + amountSat, lockedSat: held.lockedSat - amountSat });
    expect(await cancelRedeem("//Charlie", reimbursed, true)).toBeNull();
    for (const one of [retried, reimbursed]) expect(await cancelRedeem("//Charlie", one, true)).toBe("Redeem.RedeemCancelled");
    expect((await askRedeem(chain, "//Charlie", vault, amountSat, user)).failure).toBe("VaultRegistry.VaultBanned");
    expect((await askIssue(chain, "//Charlie", vault, amountSat)).failure).toBe("VaultRegistry.VaultBanned");

    const proofs = await stage.settledAll([await payRedeem(retried), await payRedeem(reimbursed)]);
    for (const [at, { id }] of [retried, reimbursed].entries()) {
      const proof = proofs[at];
      if (proof === undefined) throw new Error("each payment has a proof");
      expect((await executeRedeem(chain, "//Eve", id, proof)).failure).toBe("Redeem.RedeemCancelled");
    }
  });
});
