import { describe, expect, it } from "vitest";
import { explainPayout } from "../../../src/bridges/interbtc/explain-payout.ts";
import type { PayoutFacts, SeenPayout } from "../../../src/bridges/interbtc/explain-payout.ts";
import type { LightClient } from "../../../src/bridges/interbtc/light-client.ts";
import type { PayoutRequest } from "../../../src/bridges/interbtc/payout.ts";
import type { Hex } from "../../../src/core/values.ts";
import { account, id, requester } from "./facts.ts";

const wire = (first: string): Hex => `0x${first}${"00".repeat(31)}`;
const shown = (first: string): string => `${"00".repeat(31)}${first}`;
const paid = (more: Partial<SeenPayout> = {}): SeenPayout => ({ txid: wire("a1"), paidSat: 496_255n, flaw: null, height: 710, ...more });
const redeem: PayoutRequest = {
  kind: "redeem", id, requester, vault: { account, collateral: "DOT", wrapped: "IBTC" }, amountSat: 496_255n, script: "0x00149976874f125cfac32a3c5b32006066bc4525fff4",
  openActive: 1_000, periodActive: 7_200, bitcoinHeight: 700, status: "pending",
};
const replace: PayoutRequest = { ...redeem, kind: "replace" };
const clocks = { activeBlocks: 2_000, bitcoinHeight: 715, globalPeriod: 7_200, parachainBlocksPerBitcoinBlock: 50 };
const expired = { ...clocks, activeBlocks: 8_201, bitcoinHeight: 845 };
const lightClient: LightClient = {
  at: { chain: "polkadot", height: 1, hash: wire("01"), parent: wire("00"), time: 0 }, isInitialised: true, start: 0, best: { height: 715, hash: wire("02") },
  chainCounter: 1, forks: [], stable: { bitcoin: 6, parachain: 300 }, activeBlocks: 2_000, isDifficultyChecked: true,
};
const facts: PayoutFacts = { dialect: "latest", request: redeem, status: "pending", payments: [], isMinted: false, clocks, lightClient, inclusion: null };
const said = (more: Partial<PayoutFacts>) => explainPayout({ ...facts, ...more }, { account: (one: Hex) => `<${one.slice(0, 6)}>`, address: () => "bcrt1q" });

const may = `the redeemer <0x8e8e> alone may call redeem.cancel_redeem(${id}, reimburse): true for the vault's collateral instead of the tokens, false for the tokens and a compensation`;
const mayReplace = `anybody may call replace.cancel_replace(${id})`;
const ends = "active block 8200 and Bitcoin height 844, both";
const exact = `Transaction ${shown("a1")} pays exactly what is asked, 496255 sat.`;
const unproved = `It is not proved yet: the vault <0xd4d4> should call redeem.execute_redeem with its proof, and anybody may; Gantry does not. Its time ends after ${ends} (now at 2000 and 715); then ${may}, and the payment would count for nothing.`;

describe("a redeem or a replace", () => {
  it.each<[string, Partial<PayoutFacts>, readonly string[]]>([
    ["not paid", {}, [`No block holds a payment yet: the vault <0xd4d4> owes exactly 496255 sat to bcrt1q, with the id in an OP_RETURN; its time ends after ${ends} (now at 2000 and 715), and then ${may}.`]],
    ["not paid, clocks unknown", { clocks: null }, [`No block holds a payment yet: the vault <0xd4d4> owes exactly 496255 sat to bcrt1q, with the id in an OP_RETURN; its time ends after 7200 active blocks after active block 1000, on both clocks, and then ${may}.`]],
    ["not paid, under a longer period that is in force now", { clocks: { ...clocks, globalPeriod: 14_400 } }, [`No block holds a payment yet: the vault <0xd4d4> owes exactly 496255 sat to bcrt1q, with the id in an OP_RETURN; its time ends after active block 15400 and Bitcoin height 988, both (now at 2000 and 715), and then ${may}.`]],
    ["not paid, its time over", { clocks: expired }, [`Nobody has paid, and its time is over (after ${ends} (now at 8201 and 845)): ${may}. Until then the vault <0xd4d4> owes exactly 496255 sat to bcrt1q, with the id in an OP_RETURN and may still pay and prove it, at the risk that it is cancelled meanwhile.`]],
    ["a replace, not paid", { request: replace }, [`No block holds a payment yet: the old vault <0xd4d4> owes exactly 496255 sat to bcrt1q, with the id in an OP_RETURN; its time ends after ${ends} (now at 2000 and 715), and then ${mayReplace}.`]],
    ["paid, provable", { payments: [paid()], inclusion: { kind: "provable", sinceActive: 1_990 } }, [exact, "The light client can verify the payment since active block 1990.", unproved]],
    ["paid, its block unknown there", { payments: [paid({ height: 716 })], inclusion: { kind: "not-yet", code: "block-not-relayed", untilActive: null } }, [exact, "The light client does not know the payment's block at height 716 yet; its best height is 715.", unproved]],
    ["paid, and its time over", { payments: [paid({ height: 846 })], clocks: { ...expired, bitcoinHeight: 850 } }, [
      `Transaction ${shown("a1")} pays exactly what is asked, 496255 sat, late by Bitcoin's clock.`,
      `It is not proved yet: the vault <0xd4d4> should call redeem.execute_redeem with its proof, and anybody may; Gantry does not. Its time is over (after ${ends} (now at 8201 and 850)): ${may}, and the payment would count for nothing.`,
    ]],
    ["a replace, paid", { request: replace, payments: [paid()] }, [exact, `It is not proved yet: the old vault <0xd4d4> should call replace.execute_replace with its proof, and anybody may; Gantry does not. Its time ends after ${ends} (now at 2000 and 715); then ${mayReplace}, and the payment would have to be executed all the same.`]],
    ["paid too much, then right, then again", { payments: [paid({ txid: wire("b2"), paidSat: 496_256n, flaw: "too-much" }), paid(), paid({ txid: wire("c3"), height: 712 })] }, [
      `Transaction ${shown("b2")} carries its id and pays 496256 sat, 1 sat too much: no proof of it is taken, and payments are not added up.`,
      `Transaction ${shown("c3")} pays 496255 sat a second time: one payment is proved, and the other is the vault's loss.`, exact, unproved,
    ]],
    ["executed", { status: "completed", payments: [paid()] }, [`It is executed: transaction ${shown("a1")} paid 496255 sat and was proved.`]],
    ["executed, by a payment nobody saw", { status: "completed" }, ["It is executed, with a payment that is not known here."]],
    ["retried", { status: "retried" }, ["The redeemer <0x8e8e> cancelled it and has the tokens back, with a compensation out of the vault's collateral: he may ask another vault."]],
    ["reimbursed", { status: "reimbursed" }, ["The redeemer <0x8e8e> cancelled it and was paid out of the vault's collateral; the tokens go to the vault, by redeem.mint_tokens_for_reimbursed_redeem if it lacked the collateral for them."]],
    ["reimbursed, the vault has minted", { status: "reimbursed", isMinted: true }, ["The redeemer <0x8e8e> cancelled it and was paid out of the vault's collateral; the vault has the tokens instead."]],
    ["reimbursed though paid", { status: "reimbursed", isMinted: true, payments: [paid()] }, [
      "The redeemer <0x8e8e> cancelled it and was paid out of the vault's collateral; the vault has the tokens instead.",
      `Transaction ${shown("a1")} paid it all the same: a redeem that was cancelled takes no proof, so the vault's 496255 sat are gone unless the redeemer gives them back.`,
    ]],
    ["a replace, cancelled though paid", { request: replace, status: "cancelled", payments: [paid()] }, [
      "It is cancelled, and the old vault <0xd4d4> keeps its tokens.",
      `Transaction ${shown("a1")} paid it all the same: anybody may still call replace.execute_replace with its proof, and it is taken if the vault that takes over, <0x8e8e>, has the collateral for it.`,
    ]],
    ["a replace, cancelled though paid, on the first runtime", { dialect: "v1", request: replace, status: "cancelled", payments: [paid()] }, [
      "It is cancelled, and the old vault <0xd4d4> keeps its tokens.",
      `Transaction ${shown("a1")} paid it all the same: this runtime takes no proof of what was cancelled, so the vault's 496255 sat are gone unless the vault that takes over, <0x8e8e>, gives them back.`,
    ]],
    ["a replace, paid, its time over, on the first runtime", { dialect: "v1", request: replace, payments: [paid()], clocks: expired }, [
      exact, `It is not proved yet: the old vault <0xd4d4> should call replace.execute_replace with its proof, and anybody may; Gantry does not. Its time is over (after ${ends} (now at 8201 and 845)): the vault that takes over, <0x8e8e>, alone may call replace.cancel_replace(${id}), and the payment would count for nothing.`,
    ]],
    ["paid in a block that is gone", { payments: [paid({ height: null })] }, [
      `Transaction ${shown("a1")} was in a block that is not in Bitcoin's chain any more; it is mined again, or replaced.`,
      `No block holds a payment yet: the vault <0xd4d4> owes exactly 496255 sat to bcrt1q, with the id in an OP_RETURN; its time ends after ${ends} (now at 2000 and 715), and then ${may}.`,
    ]],
  ])("%s", (_case, more, sentences) => {
    expect(said(more)).toEqual(sentences);
  });

  it.each([
    ["too-little", { paidSat: 1n }, "pays 1 sat, 496254 sat too little"],
    ["too-many-outputs", {}, "has more than three outputs"],
    ["unknown-output", {}, "has an output of a kind the parachain does not know (taproot, for one)"],
    ["several-op-returns", {}, "has more than one OP_RETURN"],
    ["op-return-with-value", {}, "pays into its OP_RETURN"],
    ["address-paid-twice", {}, "pays one address twice"],
    ["other-address", { paidSat: 0n }, "pays nothing to the asked address"],
  ] as const)("says why a payment does not count: %s", (flaw, more, what) => {
    expect(said({ payments: [paid({ flaw, ...more })] })[0]).toBe(`Transaction ${shown("a1")} carries its id and ${what}: no proof of it is taken, and payments are not added up.`);
  });
});
