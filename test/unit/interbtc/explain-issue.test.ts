import { describe, expect, it } from "vitest";
import { explainIssue } from "../../../src/bridges/interbtc/explain-issue.ts";
import type { IssueFacts, SeenPayment } from "../../../src/bridges/interbtc/explain-issue.ts";
import type { LightClient, NotYetCode } from "../../../src/bridges/interbtc/light-client.ts";
import type { Hex } from "../../../src/core/values.ts";
import { request } from "./facts.ts";

const wire = (first: string): Hex => `0x${first}${"00".repeat(31)}`;
const shown = (first: string): string => `${"00".repeat(31)}${first}`;
const paid = (paidSat: bigint, more: Partial<SeenPayment> = {}): SeenPayment => ({ txid: wire("a1"), paidSat, height: 710, isFinal: true, ...more });
const clocks = { activeBlocks: 2_000, bitcoinHeight: 715, globalPeriod: 7_200, parachainBlocksPerBitcoinBlock: 50 };
const expired = { ...clocks, activeBlocks: 8_201, bitcoinHeight: 845 };
const lightClient: LightClient = {
  at: { chain: "polkadot", height: 1, hash: wire("01"), parent: wire("00"), time: 0 }, isInitialised: true, start: 0, best: { height: 715, hash: wire("02") },
  chainCounter: 2, forks: [{ chainId: 1, startHeight: 708, maxHeight: 712 }], stable: { bitcoin: 6, parachain: 300 }, activeBlocks: 2_000, isDifficultyChecked: true,
};
const facts: IssueFacts = { request, payments: [], dialect: "latest", clocks, lightClient, inclusion: null, delivery: { state: "final", code: null }, executed: null };
const display = { account: (account: Hex) => `<${account.slice(0, 6)}>`, address: () => "bcrt1q" };
const said = (more: Partial<IssueFacts>) => explainIssue({ ...facts, ...more }, display);
const cancelled = { ...request, status: "cancelled" } as const;
const notYet = (code: NotYetCode, untilActive: number | null = null): Partial<IssueFacts> => ({ payments: [paid(100_000n)], inclusion: { kind: "not-yet", code, untilActive } });
const exact = `Transaction ${shown("a1")} pays exactly what is asked, 100000 sat.`;
const ends = "active block 8200 and Bitcoin height 844, both";

describe("an issue", () => {
  it.each<[string, Partial<IssueFacts>, readonly string[]]>([
    ["not paid", {}, [`No block holds a payment yet: it waits for 100000 sat to bcrt1q, in one output; its time ends after ${ends} (now at 2000 and 715).`]],
    ["not paid, clocks unknown", { clocks: null }, ["No block holds a payment yet: it waits for 100000 sat to bcrt1q, in one output; its time ends after 7200 active blocks after active block 1000, on both clocks."]],
    ["not paid, its time over", { clocks: expired }, [`Nobody has paid, and its time is over (after ${ends} (now at 8201 and 845)): anybody may cancel it, and it should not be paid any more.`]],
    ["not paid, cancelled", { request: cancelled }, ["Nobody has paid, and it is cancelled: it should not be paid any more, as nobody promises to mint for it."]],
    ["paid too little", { payments: [paid(99_000n)] }, [
      `Transaction ${shown("a1")} pays 99000 sat, 1000 sat too little: only the requester <0x8e8e> may execute it and settle for less; payments are not added up; watched for: a second payment of the whole 100000 sat in one output, or the end of its time (after ${ends} (now at 2000 and 715)).`,
    ]],
    ["paid too little, its time over", { payments: [paid(99_000n)], clocks: expired }, [
      `Transaction ${shown("a1")} pays 99000 sat, 1000 sat too little: only the requester <0x8e8e> may execute it and settle for less; payments are not added up; its time is over.`,
    ]],
    ["paid too little, then enough", { payments: [paid(99_000n, { txid: wire("b2") }), paid(100_000n)] }, [
      `Transaction ${shown("b2")} is another payment, of 99000 sat: an issue is executed once, with ${shown("a1")}, so this one cannot be executed; the vault owes it back.`, exact,
    ]],
    ["paid too much", { payments: [paid(120_000n)] }, [`Transaction ${shown("a1")} pays 20000 sat too much: the request grows as far as the vault <0xd4d4> has capacity; what is beyond that, the vault keeps.`]],
    ["paid too much, on the first runtime", { payments: [paid(120_000n)], dialect: "v1" }, [
      `Transaction ${shown("a1")} pays 20000 sat too much: the request grows as far as the vault <0xd4d4> has capacity; what is beyond that, the vault is asked to pay back.`,
    ]],
    ["paid twice", { payments: [paid(100_000n), paid(100_000n, { txid: wire("b2") })] }, [
      exact, `Transaction ${shown("b2")} is another payment, of 100000 sat: an issue is executed once, with ${shown("a1")}, so this one cannot be executed; the vault owes it back.`,
    ]],
    ["paid twice, executed with the second", { payments: [paid(100_000n), paid(100_000n, { txid: wire("b2") })], executed: { txid: wire("b2"), amountSat: 99_850n, feeSat: 150n, by: "other" } }, [
      `It is executed, by another, with transaction ${shown("b2")}: 99850 sat are minted for the requester and 150 sat as fee.`,
      `Transaction ${shown("a1")} is another payment, of 100000 sat: an issue is executed once, with ${shown("b2")}, so this one cannot be executed; the vault owes it back.`,
    ]],
    ["paid, and executed with a payment that was not seen here", { payments: [paid(100_000n)], executed: { txid: wire("c3"), amountSat: 99_850n, feeSat: 150n, by: "other" } }, [
      `It is executed, by another, with transaction ${shown("c3")}: 99850 sat are minted for the requester and 150 sat as fee.`,
      `Transaction ${shown("a1")} is another payment, of 100000 sat: an issue is executed once, with ${shown("c3")}, so this one cannot be executed; the vault owes it back.`,
    ]],
    ["executed by us", { payments: [paid(100_000n)], executed: { txid: wire("a1"), amountSat: 99_850n, feeSat: 150n, by: "us" } }, [
      `It is executed, by us, with transaction ${shown("a1")}: 99850 sat are minted for the requester and 150 sat as fee.`,
    ]],
    ["executed with a payment whose block is gone", { payments: [paid(100_000n, { height: null })], executed: { txid: wire("a1"), amountSat: 99_850n, feeSat: 150n, by: "us" } }, [
      `It is executed, by us, with transaction ${shown("a1")}: 99850 sat are minted for the requester and 150 sat as fee.`,
      `Transaction ${shown("a1")} is in no block of Bitcoin's chain now, though tokens were minted for it: unless it is mined again, the vault does not have these 100000 sat; tell its operator at once.`,
    ]],
    ["executed with a payment nobody saw", { executed: { txid: null, amountSat: 1n, feeSat: 0n, by: "other" } }, ["It is executed, by another, with a payment that is not known here: 1 sat are minted for the requester and 0 sat as fee."]],
    ["paid in time, its time over", { payments: [paid(100_000n)], clocks: expired }, [
      exact, "The request's time is over on both clocks: it can be executed as before until somebody cancels it, and after that only while the vault accepts issues and has capacity for 100000 sat.",
    ]],
    ["paid late", { payments: [paid(100_000n, { height: 845 })], clocks: expired }, [
      exact, "The request's time is over on both clocks, and the payment came late: it can be executed as before until somebody cancels it, and after that only while the vault accepts issues and has capacity for 100000 sat.",
    ]],
    ["paid late, on the first runtime", { payments: [paid(100_000n)], clocks: expired, dialect: "v1" }, [
      exact, "The request's time is over on both clocks: this runtime does not execute it any more; the payer must settle with the vault.",
    ]],
    ["paid and cancelled", { payments: [paid(100_000n)], request: cancelled }, [exact, "The request is cancelled: the payment can be executed only while the vault accepts issues and has capacity for 100000 sat."]],
    ["paid and cancelled, on the first runtime", { payments: [paid(100_000n)], request: cancelled, dialect: "v1" }, [
      exact, "The request is cancelled: this runtime does not execute it any more; the payer must settle with the vault.",
    ]],
    ["reorganised away", { payments: [paid(100_000n, { height: null })] }, [`Transaction ${shown("a1")} was in a block that is not in Bitcoin's chain any more; it is mined again, or replaced.`, exact]],
    ["paid, light client not begun", notYet("relay-not-initialised"), [exact, "The parachain's Bitcoin light client has not begun; no payment can be verified."]],
    ["paid, not relayed", notYet("block-not-relayed"), [exact, "The light client does not know the payment's block at height 710 yet; its best height is 715."]],
    ["paid, on a fork", notYet("on-relay-fork"), [exact, "The payment's block at height 710 is on a fork for the light client; it can be verified once that fork is 6 blocks ahead."]],
    ["paid, too few Bitcoin blocks", { ...notYet("bitcoin-confirmations"), payments: [paid(100_000n, { height: 712 })] }, [exact, "The payment has 4 of 6 Bitcoin blocks that the parachain asks for, its own among them."]],
    ["paid, too few parachain blocks", notYet("parachain-confirmations", 2_100), [exact, "The light client has to know the payment's block for 300 active blocks: until active block 2100, now at 2000."]],
    ["paid, a fork stops proofs", notYet("ongoing-fork"), [exact, "A fork near the light client's best height 715 stops every proof: it reaches height 712 and must be 6 blocks behind."]],
    ["paid and provable", { payments: [paid(100_000n)], inclusion: { kind: "provable", sinceActive: 1_900 } }, [exact, "The light client can verify the payment since active block 1900."]],
    ["not served", { payments: [paid(100_000n)], delivery: null }, [exact, "No delivery here serves this payment: its vault is not watched, or the lane is off."]],
    ["waiting in its delivery", { payments: [paid(100_000n)], delivery: { state: "final", code: "ranked-delay" } }, [exact, "Its delivery waits (ranked-delay)."]],
    ["sent", { payments: [paid(100_000n)], delivery: { state: "sent", code: null } }, [exact, "Its execution is sent and in no block yet."]],
    ["included", { payments: [paid(100_000n)], delivery: { state: "included", code: null } }, [exact, "Its execution is in a block that is not final."]],
    ["delivered", { payments: [paid(100_000n)], delivery: { state: "delivered", code: null } }, [exact, "Its execution is in a block that is final."]],
    ["parked", { payments: [paid(100_000n)], delivery: { state: "parked", code: "interbtc-vault-gone" } }, [exact, "Its delivery is parked (interbtc-vault-gone): a person must look at it."]],
  ])("%s", (_name, more, sentences) => {
    expect(said(more)).toEqual(sentences);
  });

  it("is told the same way each time", () => {
    const more = { ...notYet("ongoing-fork"), clocks: expired };
    expect(said(more)).toEqual(said(more));
  });
});
