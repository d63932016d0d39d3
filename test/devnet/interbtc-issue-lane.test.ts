/**
 * The issue lane and the Polkadot submitter on a real bitcoind and the dev chain: from a payment in a block to minted tokens,
 * and every way in which a payment is not, not yet, or no longer worth them.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { SentTx } from "../../devnet/bitcoin.ts";
import { executeIssue, requestIssue, wrappedOf } from "../../devnet/interbtc/parties.ts";
import type { Issue, Vault } from "../../devnet/interbtc/parties.ts";
import { fullProof } from "../../devnet/interbtc/proof.ts";
import { issueDelivery, issueLane, issuePaymentEvent } from "../../src/bridges/interbtc/names.ts";
import { blake2 } from "../../src/chains/polkadot/header.ts";
import type { Hex, SourceEvent } from "../../src/core/values.ts";
import { deliveryIn } from "../support/delivery.ts";
import { elsewhere, stable, startWithVault } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";
import { createIssueBench } from "../support/interbtc-lane.ts";
import type { IssueBench } from "../support/interbtc-lane.ts";

let stage: InterbtcStage;
let vault: Vault;
let bench: IssueBench;
beforeAll(async () => {
  ({ stage, vault } = await startWithVault());
  bench = await createIssueBench(stage);
});
afterAll(async () => {
  await bench.close();
  await stage.stop();
});

const amountSat = 100_000n;
const codeOf = async (event: SourceEvent): Promise<string> => {
  const anchored = await bench.anchor(event);
  return anchored.kind === "not-yet" ? anchored.code : anchored.kind === "ready" ? "ready" : anchored.failure.code;
};
const minted = async (who: string): Promise<bigint> => (await wrappedOf(stage.chain, who)).freeSat;

/** A request and transactions that pay it, all in one block, stable on both clocks. */
async function paidIssue(who: string, ...amounts: readonly ((total: bigint) => bigint)[]): Promise<{ readonly issue: Issue; readonly sent: readonly SentTx[]; readonly events: readonly SourceEvent[]; readonly block: Hex }> {
  const issue = await requestIssue(stage.chain, who, vault, amountSat);
  const sent: SentTx[] = [];
  for (const amount of amounts) sent.push(await stage.bitcoin.pay([{ script: elsewhere, valueSat: 5_000n }, { script: issue.script, valueSat: amount(issue.totalSat) }]));
  const [block = "0x"] = await stage.relay.mine(stable.bitcoin);
  await stage.polkadot.mine(stable.polkadot);
  return { issue, sent, block, events: await Promise.all(sent.map(({ tx }) => bench.paid(issue, tx, block))) };
}
async function onePaid(who: string): Promise<{ readonly issue: Issue; readonly event: SourceEvent; readonly rival: () => Promise<void> }> {
  const { issue, events: [event], sent: [payment], block } = await paidIssue(who, (total) => total);
  if (event === undefined || payment === undefined) throw new Error("nothing was paid");
  const rival = async (): Promise<void> => {
    const outcome = await executeIssue(stage.chain, "//Eve", issue.id, fullProof(await stage.relay.block(block), payment.tx.txid));
    expect(outcome.failure).toBeNull();
  };
  return { issue, event, rival };
}

describe("a payment on its way to tokens", () => {
  test("waits for what is missing, by name, and is proved, sent and final when nothing is", async () => {
    const { chain, bitcoin, relay, polkadot } = stage;
    const { lane, submitter, signal } = bench;
    const issue = await requestIssue(chain, "//Charlie", vault, amountSat);
    for (let others = 0; others < 4; others += 1) await bitcoin.pay([{ script: elsewhere, valueSat: 5_000n }]);
    const { tx } = await bitcoin.pay([{ script: elsewhere, valueSat: 7_000n }, { script: issue.script, valueSat: issue.totalSat }]);
    const [block = "0x"] = await bitcoin.mine(1);
    const event = await bench.paid(issue, tx, block);
    expect(await codeOf({ ...event, at: null })).toBe("transaction-not-in-chain");
    expect(await codeOf(event)).toBe("block-not-relayed");
    await relay.follow();
    expect(await codeOf(event)).toBe("bitcoin-confirmations");
    await bitcoin.mine(stable.bitcoin - 1);
    await relay.follow();
    const head = (await chain.api.rpc.chain.getHeader()).number.toNumber();
    const waits = await bench.anchor(event);
    if (waits.kind === "not-yet") expect(waits).toMatchObject({ code: "parachain-confirmations", waitsFor: { chain: "polkadot", height: head + 1, at: "best" } });
    await polkadot.mine(stable.polkadot);

    const anchored = await bench.anchor(event);
    expect(anchored).toMatchObject({ kind: "ready", builtOn: [event.at], anchor: { asks: { script: issue.script, sat: issue.totalSat } } });
    if (anchored.kind === "ready") expect((anchored.deadline ?? 0) - Date.now()).toBeGreaterThan(600_000);
    const proof = await bench.prove(event);
    await submitter.rehearse(event, proof, signal);
    expect(await lane.delivered(event, "best", signal)).toBeNull();
    const signed = await bench.sign(event, proof);
    const ours = chain.call("issue", "executeIssue", issue.id, fullProof(await relay.block(block), tx.txid)).method.toHex();
    expect(signed.raw).toContain(ours.slice(2));

    const included = await bench.land(signed);
    expect(included).toMatchObject({ kind: "included", hash: signed.hash, ok: true, final: false, failure: null });
    if (included.kind === "included") expect(await lane.delivered(event, "best", signal)).toEqual({ block: included.block, tx: signed.hash });
    expect(await lane.delivered(event, "final", signal)).toBeNull();
    await polkadot.mine(20);
    expect(await bench.track(signed)).toMatchObject({ kind: "included", final: true });
    expect(await lane.delivered(event, "final", signal)).toMatchObject({ tx: signed.hash });
    expect(await minted("//Charlie")).toBe(issue.amountSat);
  });

  test("of more than was asked mints all of it; a cancelled request is executed, too", async () => {
    const { chain } = stage;
    const { issue, events: [over] } = await paidIssue("//Ferdie", (total) => total + 50_000n);
    if (over === undefined) throw new Error("nothing was paid");
    await bench.land(await bench.sign(over, await bench.prove(over)));
    expect(await minted("//Ferdie")).toBeGreaterThan(issue.amountSat + 49_000n);
    const before = await minted("//Ferdie");
    const { issue: late, event } = await onePaid("//Ferdie");
    expect((await chain.done("//Ferdie", chain.call("issue", "cancelIssue", late.id))).failure).toBeNull();
    await bench.land(await bench.sign(event, await bench.prove(event)));
    expect(await minted("//Ferdie")).toBe(before + late.amountSat);
  });
});

describe("what is not the payment", () => {
  test("passes neither our own check nor, brought to the chain all the same, the rehearsal", async () => {
    const { lane, submitter, signal } = bench;
    const { issue, event, rival } = await onePaid("//Charlie");
    const other = await stage.bitcoin.pay([{ script: elsewhere, valueSat: issue.totalSat }]);
    const [block = "0x"] = await stage.relay.mine(stable.bitcoin);
    await stage.polkadot.mine(stable.polkadot);
    const stranger = { ...(await bench.paid(issue, other.tx, block)), payload: { issueId: issue.id, txid: other.tx.txid, paidSat: `${issue.totalSat}`, index: 0 } };
    const anchored = await bench.anchor(stranger);
    if (anchored.kind !== "ready") throw new Error(`not provable: ${anchored.kind}`);
    const proof = await lane.build(stranger, anchored.anchor, signal);
    expect(lane.check(stranger, anchored.anchor, proof)).toMatchObject({ remedy: "Invalid", code: "interbtc-proof-wrong", evidence: { rule: expect.stringContaining("the first output to the deposit address") } });
    const real = await bench.prove(event);
    expect(lane.check(stranger, anchored.anchor, real)).toMatchObject({ code: "interbtc-proof-wrong" });
    const signed = await bench.sign(stranger, proof);
    expect(await submitter.rehearseSigned?.(signed, signal)).toMatchObject({ remedy: "Invalid", code: "interbtc-payment-refused" });
    await bench.giveUp(signed);
    await rival();
  });

  test("less than was asked parks: only the requester may settle for it", async () => {
    const { events: [event] } = await paidIssue("//Charlie", (total) => total - 1n);
    if (event === undefined) throw new Error("nothing was paid");
    expect(await bench.anchor(event)).toMatchObject({ kind: "impossible", failure: { code: "interbtc-underpaid", evidence: { requester: stage.chain.account("//Charlie") } } });
  });

  test("a payment of a request that is not there waits", async () => {
    const { event } = await onePaid("//Charlie");
    const unknown: SourceEvent = { ...event, payload: { ...(event.payload as { readonly [key: string]: string }), issueId: `0x${"ee".repeat(32)}` } };
    expect(await codeOf(unknown)).toBe("issue-not-there");
  });
});

describe("an issue that is paid twice", () => {
  test("is executed with the first payment; the second waits, and parks when that is final", async () => {
    const { lane, signal, siblings } = bench;
    const { issue, events, sent } = await paidIssue("//Charlie", (total) => total, (total) => total);
    const [first, second] = events;
    const [paid, extra] = sent;
    if (first === undefined || second === undefined || paid === undefined || extra === undefined) throw new Error("nothing was paid");
    const born = (txid: Hex, createdAt: number) => deliveryIn("final", { id: issueDelivery(issue.id, txid), lane: issueLane, event: issuePaymentEvent(issue.id, txid), createdAt });
    siblings.push(born(paid.tx.txid, 1), born(extra.tx.txid, 2));
    expect([await codeOf(first), await codeOf(second)]).toEqual(["ready", "issue-other-payment-first"]);
    siblings[0] = { ...born(paid.tx.txid, 1), state: "parked" };
    expect(await codeOf(second)).toBe("ready");
    siblings.length = 0;

    const signed = await bench.sign(first, await bench.prove(first));
    await bench.land(signed);
    expect(await lane.delivered(first, "best", signal)).toMatchObject({ tx: signed.hash });
    expect(await lane.delivered(second, "best", signal)).toBeNull();
    expect(await bench.anchor(second)).toMatchObject({ kind: "not-yet", code: "issue-paid-twice-not-final", waitsFor: { chain: "polkadot", at: "final" } });
    await stage.polkadot.mine(2);
    expect(await bench.anchor(second)).toMatchObject({ kind: "impossible", failure: { remedy: "Rejected", code: "issue-paid-twice", evidence: { executedWith: paid.tx.txid, txid: extra.tx.txid } } });
    expect(await bench.anchor(first)).toMatchObject({ kind: "not-yet", code: "already-proven" });
  });
});

describe("a rival", () => {
  test("who was first is seen before we rehearse, with his extrinsic", async () => {
    const { event, rival } = await onePaid("//Charlie");
    const proof = await bench.prove(event);
    await rival();
    await stage.polkadot.mine(5);
    const effect = await bench.lane.delivered(event, "best", bench.signal);
    expect(effect?.tx).not.toBeNull();
    const { block } = await stage.chain.api.rpc.chain.getBlock(effect?.block.hash);
    expect(block.extrinsics.map((extrinsic) => blake2(extrinsic.toHex()))).toContain(effect?.tx);
    expect(await codeOf(event)).toBe("already-proven");
    const signed = await bench.sign(event, proof);
    expect(await bench.submitter.rehearseSigned?.(signed, bench.signal)).toMatchObject({ remedy: "Rejected", code: "interbtc-already-executed" });
    await bench.giveUp(signed);
  });

  test("who comes between rehearsal and sending costs us nothing", async () => {
    const { event, rival } = await onePaid("//Charlie");
    const proof = await bench.prove(event);
    await bench.submitter.rehearse(event, proof, bench.signal);
    const signed = await bench.sign(event, proof);
    await rival();
    expect(await bench.submitter.rehearseSigned?.(signed, bench.signal)).toMatchObject({ remedy: "Rejected", code: "interbtc-already-executed" });
    expect(await bench.track(signed)).toEqual({ kind: "missing" });
    expect((await bench.lane.delivered(event, "best", bench.signal))?.tx).not.toBe(signed.hash);
    await bench.giveUp(signed);
  });
});

describe("a reorg of Bitcoin", () => {
  test("that moves the payment makes its old proof worthless; the new one is provable when its fork has won", async () => {
    const { chain, bitcoin, relay, polkadot } = stage;
    const issue = await requestIssue(chain, "//Charlie", vault, amountSat);
    const { tx } = await bitcoin.pay([{ script: issue.script, valueSat: issue.totalSat }]);
    const [old = "0x"] = await relay.mine(1);
    const oldEvent = await bench.paid(issue, tx, old);
    const { added } = await bitcoin.reorg(1);
    await relay.follow();
    const at = added.find(() => true) ?? "0x";
    const event = await bench.paid(issue, tx, at);
    expect(event.at?.hash).not.toBe(oldEvent.at?.hash);
    expect(await codeOf(event)).toBe("on-relay-fork");
    expect(["bitcoin-confirmations", "ongoing-fork"]).toContain(await codeOf(oldEvent));
    await relay.mine(stable.bitcoin);
    await polkadot.mine(stable.polkadot);
    expect(await codeOf(oldEvent)).toBe("on-relay-fork");
    expect(await codeOf(event)).toBe("ready");
    const before = await minted("//Charlie");
    await bench.land(await bench.sign(event, await bench.prove(event)));
    expect(await minted("//Charlie")).toBe(before + issue.amountSat);
  });
});
