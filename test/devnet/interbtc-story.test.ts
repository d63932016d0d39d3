/**
 * Issue and redeem with a plain @polkadot/api client: hand-built calls, real regtest blocks, the chain's own runtime.
 * Always: the redeem is paid with the coin of the issue, by the key that only the vault can derive.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { keyOf, paymentOf, witnessScript } from "../../devnet/bitcoin.ts";
import { eventIn } from "../../devnet/interbtc/chain.ts";
import { authorizeOracle, depositKey, executeIssue, executeRedeem, feedPrice, idOutput, registerVault, requestIssue, requestRedeem, wrappedOf } from "../../devnet/interbtc/parties.ts";
import type { Issue, Redeem, Vault } from "../../devnet/interbtc/parties.ts";
import type { FullTransactionProof } from "../../devnet/interbtc/proof.ts";
import type { Hex } from "../../src/core/values.ts";
import { collateralPlanck, elsewhere, stable, startInterbtc } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";

let stage: InterbtcStage;
beforeAll(async () => {
  stage = await startInterbtc();
});
afterAll(() => stage.stop());

describe("from bitcoin to tokens and back", () => {
  const amountSat = 1_000_000n;
  const feeSat = 1_500n; // 0.15 %
  let vault: Vault;
  let issue: Issue;
  let deposit: { readonly txid: Hex; readonly index: number };
  let issueProof: FullTransactionProof;
  let redeem: Redeem;

  test("the relay starts anywhere on regtest and takes real headers for free", async () => {
    const { relay, bitcoin, chain } = stage;
    const start = await relay.initialize();
    expect(start).toMatchObject({ failure: null, feePlanck: 0n });
    expect(eventIn(start, "BTCRelay.Initialized")).toMatchObject({ blockHeight: (await bitcoin.tip()).height });
    await bitcoin.mine(1);
    const [outcome] = await relay.follow();
    const tip = await bitcoin.tip();
    expect(outcome).toMatchObject({ failure: null, feePlanck: 0n });
    expect(outcome?.events).toContainEqual({ name: "BTCRelay.StoreMainChainHeader", data: { blockHeight: tip.height, blockHash: { content: tip.hash }, relayerId: chain.account("//Eve") } });
    await relay.mine(stable.bitcoin);
    expect(await relay.bestHeight()).toBe(tip.height + stable.bitcoin);
    expect(await relay.follow()).toEqual([]);
  });

  test("an oracle feeds a price and a vault registers", async () => {
    const { chain } = stage;
    await authorizeOracle(chain, "//Ferdie");
    const fed = await feedPrice(chain, "//Ferdie", { Token: "DOT" }, 1_000_000n);
    expect(eventIn(fed, "Oracle.FeedValues")).toMatchObject({ oracleId: chain.account("//Ferdie") });
    vault = await registerVault(chain, { who: "//Bob", key: keyOf("interbtc vault"), collateralPlanck });
    expect(await chain.read("vaultRegistry", "vaults", vault.id)).toMatchObject({ status: { Active: true }, issuedTokens: "0" });
  });

  test("a paid issue mints, whoever proves it", async () => {
    const { chain, bitcoin } = stage;
    issue = await requestIssue(chain, "//Charlie", vault, amountSat);
    expect(issue).toMatchObject({ totalSat: amountSat, amountSat: amountSat - feeSat });
    expect(issue.script).toBe(witnessScript(depositKey(vault.key, issue.id).publicKey));
    for (let others = 0; others < 4; others += 1) await bitcoin.pay([{ script: elsewhere, valueSat: 5_000n }]);
    const sent = await bitcoin.pay([{ script: elsewhere, valueSat: 7_000n }, { script: issue.script, valueSat: issue.totalSat }]);
    deposit = { txid: sent.tx.txid, index: 1 };
    issueProof = await stage.settled(sent);
    expect(issueProof.userTxProof.merkleProof.transactionsCount).toBe(6);
    const outcome = await executeIssue(chain, "//Eve", issue.id, issueProof);
    expect(eventIn(outcome, "Issue.ExecuteIssue")).toMatchObject({ issueId: issue.id, requester: chain.account("//Charlie"), amount: String(amountSat), fee: String(feeSat) });
    expect(outcome.feePlanck).toBeGreaterThan(0n);
    expect(await wrappedOf(chain, "//Charlie")).toEqual({ freeSat: amountSat - feeSat, lockedSat: 0n });
  });

  test("an issue is executed once", async () => {
    expect((await executeIssue(stage.chain, "//Eve", issue.id, issueProof)).failure).toBe("Issue.IssueCompleted");
    expect((await wrappedOf(stage.chain, "//Charlie")).freeSat).toBe(amountSat - feeSat);
  });

  test("a redeem is paid out of the deposit by the vault's derived key, and proved for free", async () => {
    const { chain, bitcoin } = stage;
    redeem = await requestRedeem(chain, "//Charlie", vault, 500_000n, keyOf("interbtc user"));
    expect(redeem).toMatchObject({ amountSat: 500_000n - 2_500n - 1_245n, script: witnessScript(keyOf("interbtc user").publicKey) });
    expect(await wrappedOf(chain, "//Charlie")).toEqual({ freeSat: amountSat - feeSat - 500_000n, lockedSat: 500_000n });
    const coin = { outpoint: deposit, valueSat: issue.totalSat };
    const { raw } = paymentOf(depositKey(vault.key, issue.id), [coin], [{ script: redeem.script, valueSat: redeem.amountSat }, idOutput(redeem.id)], 1_245n);
    const proof = await stage.settled(await bitcoin.send(raw));
    const outcome = await executeRedeem(chain, "//Dave", redeem.id, proof);
    expect(eventIn(outcome, "Redeem.ExecuteRedeem")).toMatchObject({ redeemId: redeem.id, amount: String(redeem.amountSat), fee: "2500", transferFee: "1245" });
    expect(outcome.feePlanck).toBe(0n);
    expect(await wrappedOf(chain, "//Charlie")).toEqual({ freeSat: amountSat - feeSat - 500_000n, lockedSat: 0n });
    expect((await executeRedeem(chain, "//Dave", redeem.id, proof)).failure).toBe("Redeem.RedeemCompleted");
  });

  test("a proof of another payment moves nothing", async () => {
    const open = await requestRedeem(stage.chain, "//Charlie", vault, 100_000n, keyOf("interbtc user"));
    expect((await executeRedeem(stage.chain, "//Dave", open.id, issueProof)).failure).toBe("BTCRelay.InvalidOpReturnTransaction");
    const next = await requestIssue(stage.chain, "//Charlie", vault, amountSat);
    expect((await executeIssue(stage.chain, "//Charlie", next.id, issueProof)).failure).toBe("BTCRelay.MalformedTransaction");
  });
});
