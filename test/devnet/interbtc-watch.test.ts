/**
 * Issues and their payments as Gantry sees them on a real parachain and a real bitcoind: in whatever order the two chains are
 * seen, through reorgs, cancellations, restarts and a runtime upgrade.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { executeIssue, requestIssue } from "../../devnet/interbtc/parties.ts";
import type { Issue, Vault } from "../../devnet/interbtc/parties.ts";
import { upgradedRuntime } from "../../devnet/polkadot/server.ts";
import { requestFromJson } from "../../src/bridges/interbtc/issue-request.ts";
import { depositWatchId, issueCancelledEvent, issueDelivery, issueExecutedEvent, issuePaymentEvent, issueRequestEvent } from "../../src/bridges/interbtc/names.ts";
import { decide } from "../../src/core/decide.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import { stepOf } from "../../src/core/step.ts";
import { laneName } from "../../src/core/values.ts";
import type { Hex, SourceEvent } from "../../src/core/values.ts";
import type { Ledger } from "../../src/ports.ts";
import type { PolkadotReader } from "../../watchers/polkadot/source.ts";
import { startWithVault } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";
import { watchInterbtc } from "../support/interbtc-watch.ts";
import type { Watching } from "../support/interbtc-watch.ts";

let stage: InterbtcStage;
let vault: Vault;
const watching: Watching[] = [];
beforeAll(async () => {
  ({ stage, vault } = await startWithVault());
}, 240_000);
afterAll(() => stage.stop());
afterEach(() => {
  for (const one of watching.splice(0)) one.stop();
});

const finality = 2;
const amountSat = 100_000n;
const watch = (...given: [] | [NonNullable<Parameters<typeof watchInterbtc>[1]>]): Watching => {
  const one = watchInterbtc(stage, ...given);
  watching.push(one);
  return one;
};
const request = (): Promise<Issue> => requestIssue(stage.chain, "//Charlie", vault, amountSat);
/** pays in one transaction, in the next block; its id */
async function paid(...outputs: readonly (readonly [Issue, bigint])[]): Promise<Hex> {
  const { tx } = await stage.bitcoin.pay(outputs.map(([{ script }, valueSat]) => ({ script, valueSat })));
  await stage.relay.mine(1);
  return tx.txid;
}
const exactly = (issue: Issue): readonly [Issue, bigint] => [issue, issue.totalSat];
/** so many blocks that what is in the head now is final */
const finalise = (): Promise<unknown> => stage.polkadot.mine(finality);

const eventOf = async ({ ledger }: Watching, id: SourceEvent["id"]): Promise<SourceEvent | null> => (await ledger.events({ ids: [id] }))[0] ?? null;
const watched = async ({ ledger }: Watching, { id }: Issue): Promise<boolean> => (await ledger.watch(depositWatchId(id))) !== null;
const paymentOf = (one: Watching, { id }: Issue, txid: Hex): Promise<SourceEvent | null> => eventOf(one, issuePaymentEvent(id, txid));
const deliveryOf = async ({ ledger }: Watching, { id }: Issue, txid: Hex): Promise<Delivery | null> => (await ledger.load(issueDelivery(id, txid), []))?.delivery ?? null;

describe("a request", () => {
  it("made and paid before the watching began is there, with its payment", async () => {
    const issue = await request();
    const txid = await paid(exactly(issue));
    await finalise();
    const one = watch();
    await one.both();
    const event = await eventOf(one, issueRequestEvent(issue.id));
    expect(requestFromJson(event?.payload ?? null)).toMatchObject({ id: issue.id, script: issue.script, amountSat: issue.amountSat, status: "pending", vault: { account: vault.id.accountId, collateral: "DOT", wrapped: "IBTC" } });
    expect(event?.at).toEqual((await one.ledger.view("polkadot"))?.final);
    expect(await paymentOf(one, issue, txid)).toMatchObject({ kind: "interbtc-issue-payment", payload: { paidSat: `${issue.totalSat}`, issueId: issue.id } });
    expect(await deliveryOf(one, issue, txid)).toMatchObject({ state: "seen" });
    expect(one.findings()).toBe(0);
  });

  it("made while watching is an event at once, and watched when it is final", async () => {
    const one = watch();
    await one.polkadot();
    const issue = await request();
    const head = await one.polkadot();
    expect(await eventOf(one, issueRequestEvent(issue.id))).toMatchObject({ at: head, generation: 0 });
    expect(await watched(one, issue)).toBe(false);
    await finalise();
    await one.polkadot();
    expect(await watched(one, issue)).toBe(true);
    expect(one.findings()).toBe(0);
  });

  it("in blocks below the view's beginning is placed right by history, without a finding", async () => {
    const issue = await request();
    const { head } = await stage.polkadot.state();
    await finalise();
    const one = watch({ from: head.height - 1 });
    await one.polkadot();
    expect(await eventOf(one, issueRequestEvent(issue.id))).toMatchObject({ at: { height: head.height, hash: head.hash } });
    expect(await watched(one, issue)).toBe(true);
    expect(one.findings()).toBe(0);
  });

  it("that is replaced by a fork and comes back is the same event in its new block", async () => {
    const one = watch();
    await one.polkadot();
    const issue = await request();
    await one.polkadot();
    await stage.polkadot.reorg(1);
    await one.polkadot();
    const event = await eventOf(one, issueRequestEvent(issue.id));
    expect(event).toMatchObject({ generation: expect.toSatisfy((value: number) => value > 0) });
    expect((await one.ledger.view("polkadot"))?.tip.map(({ hash }) => hash)).toContain(event?.at?.hash);
    expect(await watched(one, issue)).toBe(false);
    await finalise();
    await one.polkadot();
    expect(await watched(one, issue)).toBe(true);
  });

  it("of a vault that is not the operator's is shown and not watched", async () => {
    const one = watch({ watchVaults: [stage.chain.account("//Dave")] });
    const issue = await request();
    await finalise();
    await one.polkadot();
    expect(await eventOf(one, issueRequestEvent(issue.id))).not.toBeNull();
    expect(await watched(one, issue)).toBe(false);
  });
});

describe("a payment", () => {
  it("made before our view of the parachain has the request is found when it has", async () => {
    const one = watch();
    await one.both();
    const issue = await request();
    const txid = await paid(exactly(issue));
    await stage.bitcoin.mine(4);
    await one.bitcoin();
    expect(await paymentOf(one, issue, txid)).toBeNull();
    await finalise();
    await one.polkadot();
    await one.bitcoin();
    expect(await paymentOf(one, issue, txid)).toMatchObject({ payload: { txid, index: 0 } });
    expect(await deliveryOf(one, issue, txid)).toMatchObject({ state: "seen", lane: "interbtc-issue", serves: [`interbtc-issue-${issue.id}`] });
  });

  it("of two requests in one transaction is two deliveries; too little for one is none", async () => {
    const [first, second, third] = [await request(), await request(), await request()];
    await finalise();
    const one = watch();
    await one.both();
    const txid = await paid(exactly(first), [second, second.totalSat + 1n], [third, third.totalSat - 1n]);
    await one.bitcoin();
    const events = await Promise.all([first, second, third].map((issue) => paymentOf(one, issue, txid)));
    expect(events.map((event) => (event?.payload as { readonly index: number } | undefined)?.index)).toEqual([0, 1, 2]);
    const deliveries = await Promise.all([first, second, third].map((issue) => deliveryOf(one, issue, txid)));
    expect(deliveries.map((delivery) => delivery?.state)).toEqual(["seen", "seen", undefined]);
  });

  it("whose block is replaced loses its place, and its delivery begins again in the new block", async () => {
    const issue = await request();
    await finalise();
    const one = watch();
    await one.both();
    const txid = await paid(exactly(issue));
    await one.bitcoin();
    const before = await paymentOf(one, issue, txid);
    await stage.bitcoin.reorg(1, { leaveOut: [txid] });
    await one.bitcoin();
    expect(await paymentOf(one, issue, txid)).toMatchObject({ at: null, generation: 1 });
    expect(await stepped(one.ledger, issue, txid)).toMatchObject({ state: "orphaned", wakeAt: null });

    await stage.bitcoin.putBack([txid]);
    await stage.relay.mine(1);
    await one.bitcoin();
    const after = await paymentOf(one, issue, txid);
    expect(after).toMatchObject({ generation: 2, payload: before?.payload });
    expect(after?.at?.hash).not.toBe(before?.at?.hash);
    expect((await deliveryOf(one, issue, txid))?.wakeAt).not.toBeNull();
    expect(await stepped(one.ledger, issue, txid)).toMatchObject({ state: "seen" });
  });
});

/** What the relayer saves when it looks at the delivery now and the ledger alone tells it what happened. */
async function stepped(ledger: Ledger, { id }: Issue, txid: Hex): Promise<Delivery> {
  const snapshot = await ledger.load(issueDelivery(id, txid), []);
  if (snapshot === null) throw new RangeError("no such delivery");
  const policy = defaultPolicy("bitcoin", "polkadot");
  const act = decide(snapshot, policy, Date.now());
  if (act.do !== "note") throw new RangeError(`the ledger alone has no news, but: ${act.do}`);
  return ledger.save({ ...stepOf(snapshot, act.outcome, policy, Date.now()), audit: { at: 1, who: "relay", what: act.outcome.kind, subject: "test", because: null, detail: null } });
}

describe("the end of an issue", () => {
  it("is an event with the extrinsic that did it and what was minted", async () => {
    const issue = await request();
    const proof = await stage.settled(await stage.bitcoin.pay([{ script: issue.script, valueSat: issue.totalSat }]));
    const one = watch();
    await one.polkadot();
    const outcome = await executeIssue(stage.chain, "//Eve", issue.id, proof);
    expect(outcome.failure).toBeNull();
    await one.polkadot();
    const event = await eventOf(one, issueExecutedEvent(issue.id));
    expect(event).toMatchObject({ kind: "interbtc-issue-executed", at: { hash: outcome.block }, payload: { issueId: issue.id, amountSat: `${issue.totalSat}`, feeSat: `${issue.totalSat - issue.amountSat}` } });
    const { extrinsics } = (await stage.chain.api.rpc.chain.getBlock(outcome.block)).block;
    expect(extrinsics.map((extrinsic) => extrinsic.hash.toHex())).toContain((event?.payload as { readonly tx: Hex } | undefined)?.tx);
  });

  it("by cancellation is an event; a late payment is a delivery even so, and a fresh start still watches for it", async () => {
    const issue = await request();
    const one = watch();
    await one.polkadot();
    await stage.chain.done("//Charlie", stage.chain.call("issue", "cancelIssue", issue.id));
    await finalise();
    await one.both();
    expect(await eventOf(one, issueCancelledEvent(issue.id))).toMatchObject({ kind: "interbtc-issue-cancelled", payload: { issueId: issue.id, tx: expect.stringMatching(/^0x[0-9a-f]{64}$/u) } });
    const fresh = watch();
    await fresh.both();
    expect((await eventOf(fresh, issueRequestEvent(issue.id)))?.payload).toMatchObject({ status: "cancelled" });
    const txid = await paid(exactly(issue));
    for (const each of [one, fresh]) {
      await each.bitcoin();
      expect(await deliveryOf(each, issue, txid)).toMatchObject({ state: "seen" });
    }
  });
});

describe("a ledger that begins anew", () => {
  it("comes to the same payments and deliveries of open requests as one that saw everything", async () => {
    const old = watch();
    await old.both();
    const issues = [await request(), await request()];
    await finalise();
    await old.both();
    for (const issue of issues) await paid(exactly(issue));
    await old.both();
    const fresh = watch();
    await fresh.both();
    const paymentsIn = async ({ ledger }: Watching): Promise<ReadonlyMap<string, unknown>> =>
      new Map((await ledger.events({ kind: "interbtc-issue-payment" })).map(({ id, at, payload }) => [id, { at, payload: { ...(payload as object), request: null } }]));
    const [all, again] = [await paymentsIn(old), await paymentsIn(fresh)];
    expect(again.size).toBeGreaterThanOrEqual(issues.length);
    for (const [id, payment] of again) expect(all.get(id)).toEqual(payment);
    const deliveriesIn = async ({ ledger }: Watching): Promise<readonly string[]> => (await ledger.find({})).map(({ id }) => id).toSorted();
    expect(await deliveriesIn(fresh)).toEqual(await deliveriesIn(old));
    expect(old.findings() + fresh.findings()).toBe(0);
  });
});

describe("a runtime upgrade while following", () => {
  const lane = laneName("fee-lane");
  /** knows one call of the old runtime that the upgrade changes */
  const narrow: PolkadotReader = {
    needs: () => ({ calls: { "Fee.set_punishment_fee": { fee: "u128" } } }),
    read: async () => ({ events: [], births: [], watches: [] }),
    settle: () => ({ births: [], watches: [] }),
  };

  it("halts the lanes of the reader it concerns, keeps its blocks, and concerns nobody else", async () => {
    const one = watch({ beside: [{ reader: narrow, lanes: [lane] }] });
    await one.polkadot();
    expect(await one.ledger.halts()).toEqual([]);
    const upgrading = await stage.polkadot.upgrade(upgradedRuntime);
    await one.polkadot();
    expect(await one.ledger.halts()).toEqual([]);
    const issue = await request();
    await finalise();
    const head = await one.polkadot();
    expect(head.height).toBeGreaterThan(upgrading.height);
    expect(await one.ledger.halts()).toMatchObject([{ scope: { kind: "lane", name: lane }, code: "shape-changed", because: expect.stringContaining("Fee.set_punishment_fee") }]);
    expect(await one.ledger.ranges("polkadot")).toMatchObject([{ next: upgrading.height + 1, missing: [upgrading.height + 1] }]);
    expect(await watched(one, issue)).toBe(true);
    expect(one.findings()).toBe(0);
  });

  it("is no misfit where nothing that is used changed: a later start reads on", async () => {
    const one = watch();
    const issue = await request();
    await finalise();
    const txid = await paid(exactly(issue));
    await one.both();
    expect(await deliveryOf(one, issue, txid)).toMatchObject({ state: "seen" });
    expect(await one.ledger.halts()).toEqual([]);
    expect(await one.ledger.ranges("polkadot")).toEqual([]);
  });
});
