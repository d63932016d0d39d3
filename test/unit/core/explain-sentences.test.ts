/** What people read: one sentence for every step of every journey, and one for every cause. Change them only on purpose. */
import { describe, expect, it } from "vitest";

import type { Cause } from "../../../src/core/causes.ts";
import { explain } from "../../../src/core/explain.ts";
import { installationCauses } from "../../../src/core/findings.ts";
import type { MonitoredWorld } from "../../../src/core/monitored-world.ts";
import type { Phase } from "../../../src/core/transfer.ts";
import { signerName } from "../../../src/core/values.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { failure, now } from "../../support/delivery.ts";
import { after, day, hour, inWorld, minute, quiet, scene, told, troubles } from "../../support/scenes.ts";
import type { Kind, Scene } from "../../support/scenes.ts";
import { issueCancelled, issuePaid, paid, payoutFact, requested, sweepDelivered, swept } from "../../support/transfer-stories.ts";

const explained = ({ transfer, journey, world, clocks }: Scene) => explain(transfer, journey, world, clocks);
const delivery = sweepDelivered("sent", 1).id;

const steps: readonly (readonly [Kind, Phase, string])[] = [
  ["deposit", "request-final", "It waits until the deposit's reveal is final on Ethereum, for 1 min now; 20 min is normal. It has 199 d left; then wallets no longer sweep it."],
  ["deposit", "payment", "It waits for the wallet to sweep it on Bitcoin, for 1 min now; 15 h is normal. The wallet's operators must act within 199 d; then wallets no longer sweep it."],
  ["deposit", "payment-final", "It waits until the sweep is final on Bitcoin, for 1 min now; 75 min is normal."],
  ["deposit", "provable", "It waits until the Bridge can verify the sweep, for 1 min now; 75 min is normal."],
  ["deposit", "send", "It waits for the relayer to send the proof, for 1 min now; 2 min is normal."],
  ["deposit", "include", "It waits until a block of Ethereum takes the proof, for 1 min now; 3 min is normal."],
  ["deposit", "final", "It waits until the credit is final on Ethereum, for 1 min now; 20 min is normal."],
  ["redemption", "request-final", "It waits until the request is final on Ethereum, for 1 min now; 20 min is normal. It has 5 d left; then the wallet no longer pays it."],
  ["redemption", "payment", "It waits for the wallet to pay it on Bitcoin, for 1 min now; 4.5 h is normal. The wallet's operators must act within 5 d; then the wallet no longer pays it."],
  ["redemption", "payment-final", "It waits until the payment is final on Bitcoin, for 1 min now; 75 min is normal. It has 5 d left; then anyone may report the time-out and the wallet's operators lose stake."],
  ["redemption", "provable", "It waits until the Bridge can verify the payment, for 1 min now; 75 min is normal. It has 5 d left; then anyone may report the time-out and the wallet's operators lose stake."],
  ["redemption", "send", "It waits for the relayer to send the proof, for 1 min now; 2 min is normal. The relayer must act within 5 d; then anyone may report the time-out and the wallet's operators lose stake."],
  ["redemption", "include", "It waits until a block of Ethereum takes the proof, for 1 min now; 3 min is normal. It has 5 d left; then anyone may report the time-out and the wallet's operators lose stake."],
  ["redemption", "final", "It waits until the proof is final on Ethereum, for 1 min now; 20 min is normal."],
  ["issue", "request-final", "It waits until the issue request is final on Polkadot, for 1 min now; 2 min is normal. It has 24 h left; then the issue may be cancelled."],
  ["issue", "payment", "It waits for the user to pay on Bitcoin, for 1 min now; 1 h is normal. The user must act within 24 h; then the issue may be cancelled."],
  ["issue", "payment-final", "It waits until the payment is final on Bitcoin, for 1 min now; 75 min is normal. It has 24 h left; then the issue may be cancelled."],
  ["issue", "provable", "It waits until the light client on Polkadot can verify the payment, for 1 min now; 75 min is normal. It has 24 h left; then the issue may be cancelled."],
  ["issue", "send", "It waits for the relayer to send the proof, for 1 min now; 2 min is normal. The relayer must act within 24 h; then the issue may be cancelled."],
  ["issue", "include", "It waits until a block of Polkadot takes the proof, for 1 min now; 3 min is normal. It has 24 h left; then the issue may be cancelled."],
  ["issue", "final", "It waits until the issue is final on Polkadot, for 1 min now; 2 min is normal."],
  ["redeem", "request-final", "It waits until the redeem request is final on Polkadot, for 1 min now; 2 min is normal. It has 48 h left; then the redeemer may call redeem.cancel_redeem (reimburse true: the vault's collateral for the tokens; false: the tokens back and a compensation)."],
  ["redeem", "payment", "It waits for the vault to pay on Bitcoin, for 1 min now; 1 h is normal. The vault must act within 48 h; then the redeemer may call redeem.cancel_redeem (reimburse true: the vault's collateral for the tokens; false: the tokens back and a compensation)."],
  ["redeem", "payment-final", "It waits until the payment is final on Bitcoin, for 1 min now; 75 min is normal. It has 48 h left; then the redeemer may call redeem.cancel_redeem (reimburse true: the vault's collateral for the tokens; false: the tokens back and a compensation)."],
  ["redeem", "provable", "It waits until the light client on Polkadot can verify the payment and the vault proves it, for 1 min now; 75 min is normal. The vault must act within 48 h; then the redeemer may call redeem.cancel_redeem (reimburse true: the vault's collateral for the tokens; false: the tokens back and a compensation)."],
  ["redeem", "final", "It waits until the redeem is final on Polkadot, for 1 min now; 2 min is normal."],
];

describe("a transfer that takes its normal time", () => {
  it.each(steps)("%s, %s", (kind, phase, sentence) => {
    expect(explained(scene(kind, phase, minute))?.sentence).toBe(sentence);
  });
});

/** the middle of the sentence, and the command that goes with it */
const worldly: readonly (readonly [Cause, string, string | null])[] = [
  ["ledger-unwritable", "The ledger cannot be written (disk full), so nothing goes on.", "gantry doctor"],
  ["proof-refused", `Delivery ${delivery} was refused for good (tbtc-fee-too-high) and has been parked for 1 h.`, `gantry resume ${delivery} --because 'what made it safe again'`],
  ["chain-halted", "The chain ethereum has been stopped for 1 min (bug): a test says so.", "gantry resume chain ethereum --because 'what made it safe again'"],
  ["lane-halted", "The lane tbtc-deposit-sweep has been stopped for 1 min (bug): a test says so.", "gantry resume lane tbtc-deposit-sweep --because 'what made it safe again'"],
  ["signer-halted", "The signer maintainer has been stopped for 1 min (bug): a test says so.", "gantry resume signer maintainer --because 'what made it safe again'"],
  ["relayer-dead", "Gantry's loop watch-ethereum has not turned for 1 h (allowed: 1 min).", "gantry status"],
  ["node-lying", "The Ethereum node a said something that cannot be true (block-hash-mismatch).", "gantry doctor"],
  ["node-stalled", "No Ethereum node has shown a new block for 2 h (allowed: 1 h).", "gantry doctor"],
  ["node-lagging", "Gantry has read Ethereum up to block 200, 50 blocks behind its nodes.", "gantry status"],
  ["scan-backlog", "900 blocks of Ethereum are still to be searched, for 2 h now.", "gantry status"],
  ["chain-paused", "interbtc has been paused on Polkadot for 1 h: an upgrade.", null],
  ["oracle-outage", "interbtc has had no fresh price from its oracles for 1 h and takes no proof meanwhile.", null],
  ["light-client-on-another-fork", "interbtc's light client on Polkadot has followed another fork of Bitcoin for 1 h.", "gantry status"],
  ["light-client-blocked", "A fork that interbtc's light client knows has stopped every proof for 1 h.", "gantry status"],
  ["light-client-behind", "interbtc's light client on Polkadot has been behind Bitcoin for 2 h, 12 blocks now.", "gantry status"],
  ["signer-without-funds", "Signer maintainer has no funds left on Ethereum.", "gantry doctor"],
  ["signer-slot-taken", "A transaction not made here used its nonce.", "gantry status"],
  ["nonce-gap", "Nonce 7 of signer maintainer has been open for 2 h and holds up 2 later ones.", "gantry status"],
  ["transaction-evicted", "The nodes dropped its transaction; the same bytes were sent again and are in no block yet.", `gantry show ${delivery}`],
  ["bitcoin-fee-too-low", "Its transaction is not taken at the fee that is allowed (fee-cap).", "gantry status"],
  ["redis-down", "Redis cannot be reached; Gantry goes on by its ledger, more slowly.", "gantry doctor"],
  ["redis-evicts", "Redis has the eviction policy allkeys-lru and may drop wakes when it is full.", "gantry doctor"],
  ["queue-not-draining", "4 wakes of lane tbtc-deposit-sweep have been due for 1 h and not taken.", "gantry status"],
  ["relay-epoch-leaving", "In 30 Bitcoin blocks tbtc's relay leaves an epoch that an unproven transaction still needs.", "gantry status"],
];

describe("a transfer held up by this installation or its chains", () => {
  it.each(worldly)("%s", (cause, sentence, command) => {
    const kind = cause.startsWith("light-client") || cause === "oracle-outage" || cause === "chain-paused" ? "issue" : "deposit";
    const trouble = troubles[cause];
    const told = explained(trouble?.(scene(kind, "send", minute)) ?? scene(kind, "send"));
    expect([told?.sentence.startsWith(`It waits for the relayer to send the proof, for 1 min now; 2 min is normal. ${sentence}`), told?.sentence, told?.action?.command]).toEqual([true, told?.sentence, command]);
  });
});

describe("a transfer held up by others, or by time", () => {
  const mayCancel = "then the redeemer may call redeem.cancel_redeem (reimburse true: the vault's collateral for the tokens; false: the tokens back and a compensation).";
  const requestedAt = requested().at?.time ?? 0;
  const cases: readonly (readonly [Cause, Scene, string, string | null])[] = [
    ["user-has-not-paid", scene("issue", "payment", 7 * hour), "It waits for the user to pay on Bitcoin, for 7 h now; 1 h is normal. The user has not paid. The user must act within 24 h; then the issue may be cancelled.", null],
    ["vault-silent", scene("redeem", "payment", 5 * hour), "It waits for the vault to pay on Bitcoin, for 5 h now; 1 h is normal. The vault has not paid. The vault must act within 48 h; then the redeemer may call redeem.cancel_redeem (reimburse true: the vault's collateral for the tokens; false: the tokens back and a compensation).", "gantry show"],
    ["vault-silent", scene("redeem", "provable", 4 * hour), `It waits until the light client on Polkadot can verify the payment and the vault proves it, for 4 h now; 75 min is normal. The vault has paid, and nobody has proved it. The vault must act within 48 h; ${mayCancel}`, "gantry show"],
    ["payment-unusable", told("redeem", scene("redeem", "payment"), { event: payoutFact("redeem", "payment", 50, { paidSat: 500_001n, flaw: "too-much" }), seenAt: now }), `It waits for the vault to pay on Bitcoin, for 0 s now; 1 h is normal. A transaction with its id pays 500001 sat where exactly 500000 are asked for: no proof of it is taken. The vault must act within 48 h; ${mayCancel}`, "gantry show"],
    ["payment-unusable", told("redeem", scene("redeem", "payment"), { event: payoutFact("redeem", "payment", 50, { flaw: "unknown-output" }), seenAt: now }), `It waits for the vault to pay on Bitcoin, for 0 s now; 1 h is normal. A transaction with its id pays in a form of which no proof is taken (unknown-output). The vault must act within 48 h; ${mayCancel}`, "gantry show"],
    ["paid-and-cancelled", told("redeem", scene("redeem", "payment-final"), { event: payoutFact("redeem", "cancelled", 950), seenAt: now }), "It waits until the payment is final on Bitcoin, for 0 s now; 75 min is normal. The vault paid 500000 sat, and it was cancelled before that was proved: no proof is taken any more, the bitcoin is gone.", "gantry show"],
    ["wallet-silent", scene("redemption", "payment", 9 * hour), "It waits for the wallet to pay it on Bitcoin, for 9 h now; 4.5 h is normal. The wallet's operators have not acted. The wallet's operators must act within 4.5 d; then the wallet no longer pays it.", "gantry show"],
    ["paid-too-little", told("issue", scene("issue", "payment"), { event: issuePaid(50, 5n, "dust"), seenAt: now }), "It waits for the user to pay on Bitcoin, for 0 s now; 1 h is normal. The user paid 5 sat where 1001500 were asked for. The user must act within 24 h; then the issue may be cancelled.", null],
    ["paid-too-late", told("issue", scene("issue", "payment-final"), { event: issueCancelled(950), seenAt: now }, { event: issuePaid(190, 1_001_500n, "issue-pay", 1), seenAt: now }), "It waits until the payment is final on Bitcoin, for 0 s now; 75 min is normal. The payment came after the request had run out. The user must act within 24 h; then the issue may be cancelled.", "gantry show"],
    ["source-reorged-out", told("deposit", scene("deposit", "payment"), { event: swept(), seenAt: now }, { event: swept(null, 1), seenAt: now }), "It waits for the wallet to sweep it on Bitcoin, for 0 s now; 15 h is normal. A reorg of bitcoin dropped the block it rests on, and no block holds it now. It has 199 d left; then wallets no longer sweep it.", "gantry show"],
    ["wallet-silent", after(scene("redemption", "payment"), requestedAt - now + 5 * day - hour), "It waits for the wallet to pay it on Bitcoin, for 5 d now; 4.5 h is normal. The wallet's operators have not acted. The deadline passed 1 h ago: the wallet no longer pays it. In 1 h anyone may report the time-out and the wallet's operators lose stake.", "gantry show"],
    ["deadline-near", after(told("redemption", patient("payment-final"), { event: paid(), seenAt: now }), requestedAt - now + 5 * day - 3 * hour), "It waits until the payment is final on Bitcoin, for 5 d now; 75 min is normal. It has 3 h left; then anyone may report the time-out and the wallet's operators lose stake.", "gantry show"],
    ["deadline-passed", after(patient("provable"), requestedAt - now + 5 * day + 2 * hour), "It waits until the Bridge can verify the payment, for 5 d now; 75 min is normal. The deadline passed 2 h ago: anyone may report the time-out and the wallet's operators lose stake.", "gantry show"],
    ["unexplained", waits({ waitCode: "main-utxo-not-mine" }), "It waits until the Bridge can verify the sweep, for 4 h now; 75 min is normal. It is late, and nothing that Gantry knows of explains it. Its delivery waits (main-utxo-not-mine).", "gantry show"],
    ["unexplained", waits({ tries: 3, lastError: failure("Misconfigured") }), "It waits until the Bridge can verify the sweep, for 4 h now; 75 min is normal. It is late, and nothing that Gantry knows of explains it. Its delivery failed 3 times: it happened.", "gantry show"],
    ["unexplained", scene("deposit", "send", 20 * minute), "It waits for the relayer to send the proof, for 20 min now; 2 min is normal. It is late, and nothing that Gantry knows of explains it.", "gantry show"],
  ];
  it.each(cases)("%s", (cause, one, sentence, command) => {
    const told = explained(one);
    expect([told?.cause, told?.sentence, told?.action?.command ?? null]).toEqual([cause, sentence, command === null ? null : `${command} ${one.transfer.id}`]);
  });
});

/** a late deposit whose delivery tells this */
const waits = (more: Partial<Delivery>): Scene =>
  inWorld(scene("deposit", "provable", 4 * hour), { deliveries: [{ delivery: { ...sweepDelivered("final", 2), waitCode: null, ...more }, slot: null, eventStanding: "final" }] });

/** a redemption whose steps may take for ever */
function patient(phase: Phase): Scene {
  const one = scene("redemption", phase);
  return { ...one, journey: { ...one.journey, steps: one.journey.steps.map((step) => ({ ...step, lateAfterMs: 365 * day })) } };
}

describe("what is wrong with the installation though no transfer waits for it", () => {
  const signer = { name: signerName("maintainer"), chain: "ethereum", balance: 0.5, runwayMs: null, runwayBudgetMs: day, openSlots: 0, maxOpenSlots: 8, lowest: null, lowestBudgetMs: hour, foreign: { count: 0, lastAt: null } } as const;
  const bridge = { name: "tbtc", chain: "ethereum", paused: null, oracleOutSince: null, epoch: null } as const;
  const bitcoin = quiet.chains.slice(0, 1);
  const cases: readonly (readonly [Cause, Partial<MonitoredWorld>, string])[] = [
    ["clock-skew", { chains: bitcoin.map((chain) => ({ ...chain, skewMs: -90_000 })) }, "This machine's clock and Bitcoin's newest block are 90 s apart (allowed: 30 s)."],
    ["refund-pool-empty", { bridges: [{ ...bridge, refundPool: { balance: 0.1, leastBalance: 1, failedAt: null } }] }, "tbtc's refund pool holds 0.1; below 1 refunds may fail."],
    ["refund-pool-empty", { bridges: [{ ...bridge, refundPool: { balance: null, leastBalance: 1, failedAt: now - hour } }] }, "tbtc could not refund a proof's gas 1 h ago; the signer pays it alone."],
    ["signer-slot-taken", { signers: [{ ...signer, foreign: { count: 2, lastAt: now } }] }, "2 transactions of signer maintainer within the last hour were not made here."],
    ["signer-without-funds", { signers: [{ ...signer, runwayMs: 3 * hour }] }, "Signer maintainer has funds on Ethereum for 3 h at the present pace."],
    ["node-lagging", { chains: bitcoin.map((chain) => ({ ...chain, endpoints: [...chain.endpoints, { name: "b", up: true, lagBlocks: 9, demotedUntil: null, lastFailure: null }] })) }, "The Bitcoin node b is 9 blocks behind (allowed: 5)."],
    ["node-stalled", { chains: bitcoin.map((chain) => ({ ...chain, endpoints: [{ name: "a", up: false, lagBlocks: null, demotedUntil: null, lastFailure: { remedy: "Unavailable", code: "endpoint-timeout", message: "", evidence: null } }] })) }, "No Bitcoin node answers (a: endpoint-timeout)."],
    ["scan-backlog", { chains: bitcoin.map((chain) => ({ ...chain, backlog: { blocks: 4, since: null, missing: [7, 8, 9, 10] } })) }, "4 blocks of Bitcoin (7, 8, 9, …) cannot be searched: no node has them any more."],
    ["relayer-dead", { loops: [{ loop: "upkeep", chain: null, lastTurnAt: null, startedAt: now - 3 * minute, budgetMs: minute }] }, "Gantry's loop upkeep has not turned for 3 min (allowed: 1 min)."],
  ];
  it.each(cases)("%s", (cause, more, sentence) => {
    expect(installationCauses({ ...quiet, ...more }, now).map((one) => [one.cause, one.sentence])).toEqual([[cause, sentence]]);
  });

  it("strangers that a signer is halted for are told by the halt: the sighting is a note beside it", () => {
    const name = signerName("hot");
    const taken: MonitoredWorld = { ...quiet, signers: [{ name, chain: "ethereum", balance: 1, runwayMs: null, runwayBudgetMs: day, openSlots: 0, maxOpenSlots: 8, lowest: null, lowestBudgetMs: hour, foreign: { count: 4, lastAt: now } }] };
    const halt = (name: string, code: string) => ({ scope: { kind: "signer" as const, name }, code, because: "x", since: now, acknowledged: null });
    const severities = (...halts: readonly ReturnType<typeof halt>[]) => installationCauses({ ...taken, halts }, now).filter(({ cause }) => cause === "signer-slot-taken").map(({ severity }) => severity ?? "its own");
    expect([severities(), severities(halt(name, "foreign-transactions"))]).toEqual([["its own"], ["info"]]);
    expect([severities(halt(name, "bug")), severities(halt("another", "foreign-transactions"))]).toEqual([["its own"], ["its own"]]);
  });

  it("a halt that nobody looked at is one more thing, until somebody says he looks; a pause never is", () => {
    const halt = { scope: { kind: "lane", name: "tbtc-redemption" }, code: "bug", because: "x", since: now - 2 * hour, acknowledged: null } as const;
    const found = (more: object) => installationCauses(inWorld(scene("deposit", "send"), { halts: [{ ...halt, ...more }] }).world, now).map(({ cause }) => cause);
    expect(found({})).toEqual(["lane-halted", "halt-not-looked-at"]);
    expect(found({ acknowledged: { at: now, who: "ada", because: null } })).toEqual(["lane-halted"]);
    expect(found({ code: "paused" })).toEqual(["lane-halted"]);
    expect(found({ since: now - minute })).toEqual(["lane-halted"]);
  });

  it("finds nothing in a quiet world", () => {
    expect(installationCauses(quiet, now)).toEqual([]);
  });
});
