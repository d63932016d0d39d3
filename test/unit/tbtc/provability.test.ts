import { describe, expect, it } from "vitest";
import { classifyWalletTx } from "../../../src/bridges/tbtc/classify-wallet-tx.ts";
import { mainUtxoHash, movingFundsCommitment, noAddress, noHash, outpointKey, walletScripts } from "../../../src/bridges/tbtc/keys.ts";
import type { Utxo } from "../../../src/bridges/tbtc/keys.ts";
import { proofEvent, revealEvent } from "../../../src/bridges/tbtc/names.ts";
import { judgeRedemption, judgeSweep } from "../../../src/bridges/tbtc/provability.ts";
import type { DepositRecord, RedemptionState, RequestRecord, SweepState, WalletRecord } from "../../../src/bridges/tbtc/provability.ts";
import { walletTx } from "../../../src/bridges/tbtc/wallet-tx.ts";
import type { WalletTx } from "../../../src/bridges/tbtc/wallet-tx.ts";
import type { BitcoinTx } from "../../../src/chains/bitcoin/codec.ts";
import type { Hex } from "../../../src/core/values.ts";
import { redemption, story, sweep, wallet } from "../../support/tbtc-story.ts";

const walletTxFrom = (tx: BitcoinTx): WalletTx => {
  const what = classifyWalletTx(tx, wallet);
  if (what === null) throw new Error("not the wallet's");
  return walletTx(tx, wallet, what, () => null);
};
const sweepTx = walletTxFrom(sweep.tx);
const redemptionTx = walletTxFrom(redemption.tx);

const live: WalletRecord = { state: "Live", mainUtxoHash: noHash, movingFundsCommitment: noHash };
const revealed: readonly DepositRecord[] = story.deposits.map(({ valueSat }) => ({ amountSat: BigInt(valueSat), revealedAtSeconds: 100, sweptAtSeconds: 0, vault: noAddress }));
const sweepState: SweepState = { wallet: live, deposits: revealed, depositTxMaxFeeSat: 100_000n };
const withDeposit = (index: number, change: Partial<DepositRecord>): SweepState => ({ ...sweepState, deposits: revealed.map((deposit, at) => (at === index ? { ...deposit, ...change } : deposit)) });

const otherMain: Utxo = { outpoint: { txid: `0x${"ab".repeat(32)}`, index: 3 }, valueSat: 5_000_000n };
/** the recorded sweep with a main UTXO of the wallet as its last input, which adds its value to the output */
const sweepWithMain: WalletTx = {
  ...sweepTx,
  inputs: [...sweepTx.inputs, { outpoint: otherMain.outpoint, unlock: "wallet", valueSat: null }],
  outputs: sweepTx.outputs.map((output) => ({ ...output, valueSat: (BigInt(output.valueSat) + otherMain.valueSat).toString() })),
};

describe("sweep", () => {
  it("the recorded one is provable, without main UTXO", () => {
    expect(judgeSweep(sweepTx, null, sweepState)).toEqual({ kind: "provable", mainUtxo: null, vault: noAddress, deadlineSeconds: null });
  });

  it("with the Bridge's main UTXO among its inputs is provable", () => {
    const state = { ...sweepState, wallet: { ...live, mainUtxoHash: mainUtxoHash(otherMain) }, deposits: [...revealed, null] };
    expect(judgeSweep(sweepWithMain, otherMain, state)).toMatchObject({ kind: "provable", mainUtxo: otherMain });
  });

  it("waits while an earlier transaction of the wallet is unproven", () => {
    // the Bridge does not know the main UTXO yet that the sweep spends
    expect(judgeSweep(sweepWithMain, otherMain, { ...sweepState, deposits: [...revealed, null] })).toEqual({ kind: "not-yet", code: "main-utxo-not-mine", fact: proofEvent(otherMain.outpoint.txid) });
    // the Bridge has a main UTXO that an earlier, unproven redemption spent
    expect(judgeSweep(sweepTx, null, { ...sweepState, wallet: { ...live, mainUtxoHash: mainUtxoHash(otherMain) } })).toEqual({ kind: "not-yet", code: "main-utxo-not-mine", fact: null });
  });

  it("waits for a reveal that may still come", () => {
    const outpoint = sweepTx.inputs[1]?.outpoint ?? otherMain.outpoint;
    expect(judgeSweep(sweepTx, null, withDeposit(1, { revealedAtSeconds: 0 }))).toEqual({ kind: "not-yet", code: "deposit-not-revealed", fact: revealEvent(outpointKey(outpoint)) });
  });

  it("is taken once a deposit is swept", () => {
    expect(judgeSweep(sweepTx, null, withDeposit(2, { sweptAtSeconds: 200 }))).toEqual({ kind: "taken" });
  });

  it.each([
    ["deposits of two vaults", sweepTx, null, withDeposit(0, { vault: `0x${"11".repeat(20)}` }), "tbtc-vaults-differ"],
    ["a fee share above the limit, remainder included", sweepTx, null, { ...sweepState, depositTxMaxFeeSat: 10n }, "tbtc-fee-too-high"],
    ["a terminated wallet", sweepTx, null, { ...sweepState, wallet: { ...live, state: "Terminated" } }, "tbtc-wallet-not-live"],
    ["a closing wallet", sweepTx, null, { ...sweepState, wallet: { ...live, state: "Closing" } }, "tbtc-wallet-not-live"],
    ["a stranger's input", { ...sweepTx, inputs: sweepTx.inputs.map((input, at) => (at === 0 ? { ...input, unlock: "stranger" as const } : input)) }, null, withDeposit(0, { revealedAtSeconds: 0 }), "tbtc-unknown-input"],
    ["two inputs of the wallet's key", { ...sweepWithMain, inputs: [...sweepWithMain.inputs, ...sweepWithMain.inputs.slice(-1)] }, otherMain, { ...sweepState, deposits: [...revealed, null, null] }, "tbtc-unknown-input"],
  ] as const)("%s make it impossible", (_name, tx, main, state, code) => {
    expect(judgeSweep(tx, main, state)).toMatchObject({ kind: "impossible", failure: { remedy: "Rejected", code } });
  });

  it("accepts exactly the fee limit: the last deposit pays the remainder", () => {
    const feeSat = story.deposits.reduce((sum, { valueSat }) => sum + BigInt(valueSat), 0n) - BigInt(sweepTx.outputs[0]?.valueSat ?? 0);
    const shareSat = feeSat / 3n + (feeSat % 3n);
    expect(judgeSweep(sweepTx, null, { ...sweepState, depositTxMaxFeeSat: shareSat }).kind).toBe("provable");
    expect(judgeSweep(sweepTx, null, { ...sweepState, depositTxMaxFeeSat: shareSat - 1n }).kind).toBe("impossible");
  });

  it("counts what does not divide by three against the last deposit", () => {
    const tx = { ...sweepTx, outputs: sweepTx.outputs.map((output) => ({ ...output, valueSat: (BigInt(output.valueSat) - 1n).toString() })) };
    const feeSat = story.deposits.reduce((sum, { valueSat }) => sum + BigInt(valueSat), 0n) - BigInt(tx.outputs[0]?.valueSat ?? 0);
    expect(feeSat % 3n).toBe(1n);
    expect(judgeSweep(tx, null, { ...sweepState, depositTxMaxFeeSat: feeSat / 3n }).kind).toBe("impossible");
    expect(judgeSweep(tx, null, { ...sweepState, depositTxMaxFeeSat: feeSat / 3n + 1n }).kind).toBe("provable");
  });

  it("waits for a wallet the Bridge does not know (yet)", () => {
    expect(judgeSweep(sweepTx, null, { ...sweepState, wallet: { ...live, state: "Unknown" } })).toMatchObject({ kind: "not-yet", code: "wallet-unknown" });
  });
});

const main: Utxo = { outpoint: { txid: sweep.tx.txid, index: 0 }, valueSat: sweep.tx.outputs[0]?.valueSat ?? 0n };
const none: RequestRecord = { requestedSat: 0n, treasuryFeeSat: 0n, txMaxFeeSat: 0n, requestedAtSeconds: 0 };
const requests = redemptionTx.outputs.map((output) => {
  const request = story.redemptions.find(({ outputScript }) => outputScript === output.script);
  if (request === undefined) return null;
  return { pending: { requestedSat: BigInt(request.amountSat), treasuryFeeSat: BigInt(request.amountSat) / 2000n, txMaxFeeSat: 100_000n, requestedAtSeconds: 1_000 }, timedOut: none };
});
const redemptionState: RedemptionState = {
  wallet: { ...live, mainUtxoHash: mainUtxoHash(main) }, mainInputSpent: false, requests, redemptionTxMaxTotalFeeSat: 1_000_000n, redemptionTimeoutSeconds: 432_000,
};
const withRequest = (change: (request: { pending: RequestRecord; timedOut: RequestRecord }) => { pending: RequestRecord; timedOut: RequestRecord }): RedemptionState => ({
  ...redemptionState, requests: requests.map((request, at) => (at === 0 && request !== null ? change(request) : request)),
});

describe("redemption", () => {
  it("the recorded one is provable, until the first request times out", () => {
    expect(judgeRedemption(redemptionTx, main, redemptionState)).toEqual({ kind: "provable", mainUtxo: main, vault: null, deadlineSeconds: 433_000 });
  });

  it("waits until its input is the Bridge's main UTXO", () => {
    for (const hash of [noHash, mainUtxoHash(otherMain)]) {
      expect(judgeRedemption(redemptionTx, main, { ...redemptionState, wallet: { ...live, mainUtxoHash: hash } })).toEqual({ kind: "not-yet", code: "main-utxo-not-mine", fact: proofEvent(sweep.tx.txid) });
    }
  });

  it("does not take a wrong value of its input for the main UTXO", () => {
    expect(judgeRedemption(redemptionTx, { ...main, valueSat: main.valueSat - 1n }, redemptionState)).toMatchObject({ kind: "not-yet", code: "main-utxo-not-mine" });
  });

  it("is provable when it pays a timed-out request late", () => {
    const state = withRequest(({ pending }) => ({ pending: none, timedOut: pending }));
    expect(judgeRedemption(redemptionTx, main, state).kind).toBe("provable");
  });

  it("is taken once its input is marked as spent", () => {
    expect(judgeRedemption(redemptionTx, main, { ...redemptionState, mainInputSpent: true })).toEqual({ kind: "taken" });
  });

  it.each([
    ["an output nobody requested", redemptionTx, withRequest(() => ({ pending: none, timedOut: none })), "tbtc-output-not-requested"],
    ["more paid than requested", redemptionTx, withRequest(({ pending }) => ({ pending: { ...pending, treasuryFeeSat: pending.treasuryFeeSat + 100_000n }, timedOut: none })), "tbtc-redemption-value"],
    ["less paid than the request's fee allows", redemptionTx, withRequest(({ pending }) => ({ pending: { ...pending, txMaxFeeSat: 10n }, timedOut: none })), "tbtc-redemption-value"],
    ["a fee above the limit", redemptionTx, { ...redemptionState, redemptionTxMaxTotalFeeSat: 100n }, "tbtc-fee-too-high"],
    ["a closed wallet", redemptionTx, { ...redemptionState, wallet: { ...redemptionState.wallet, state: "Closed" } }, "tbtc-wallet-not-live"],
    ["change alone", { ...redemptionTx, outputs: redemptionTx.outputs.slice(3) }, { ...redemptionState, requests: [null] }, "tbtc-no-redemption"],
    ["change of value zero", { ...redemptionTx, outputs: redemptionTx.outputs.map((output) => (output.toWallet ? { ...output, valueSat: "0" } : output)) }, redemptionState, "tbtc-output-not-requested"],
    ["a second output to the wallet", { ...redemptionTx, outputs: [...redemptionTx.outputs, ...redemptionTx.outputs.slice(3)] }, { ...redemptionState, requests: [...requests, null] }, "tbtc-output-not-requested"],
  ] as const)("%s makes it impossible", (_name, tx, state, code) => {
    expect(judgeRedemption(tx, main, state)).toMatchObject({ kind: "impossible", failure: { remedy: "Rejected", code } });
  });

  it("leaves moving funds to whoever serves them", () => {
    const targets: readonly Hex[] = [`0x${"01".repeat(20)}`, `0x${"02".repeat(20)}`];
    const tx: WalletTx = { ...redemptionTx, outputs: targets.map((target) => ({ valueSat: "1000", script: walletScripts(target)[0], toWallet: false })) };
    const state: RedemptionState = { ...redemptionState, wallet: { ...redemptionState.wallet, state: "MovingFunds", movingFundsCommitment: movingFundsCommitment(targets) }, requests: targets.map(() => ({ pending: none, timedOut: none })) };
    expect(judgeRedemption(tx, main, state)).toEqual({ kind: "not-yet", code: "moving-funds-not-served", fact: proofEvent(redemptionTx.txid) });
  });
});
