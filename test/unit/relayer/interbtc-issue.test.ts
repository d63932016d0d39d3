/** When a payment of an issue is proved, what it waits for, and who executed it: every answer of the lane, without a chain. */
import { beforeAll, describe, expect, test } from "vitest";
import { createInterbtcIssueLane } from "../../../relayer/lanes/interbtc-issue.ts";
import type { PaymentLaneOptions } from "../../../relayer/lanes/interbtc-payment.ts";
import { buildInterbtcProof } from "../../../relayer/proofs/interbtc-proof.ts";
import { latest } from "../../../src/bridges/interbtc/dialect-latest.ts";
import { issueDelivery, issuePaymentEvent } from "../../../src/bridges/interbtc/names.ts";
import { rankedDelayBlocks } from "../../../src/bridges/interbtc/rank.ts";
import type { BitcoinClient } from "../../../src/chains/bitcoin/client.ts";
import type { BitcoinBlock } from "../../../src/chains/bitcoin/codec.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import { blake2 } from "../../../src/chains/polkadot/header.ts";
import type { PolkadotCall, PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { failureOf, unavailable } from "../../../src/core/errors.ts";
import type { Hex, SourceEvent } from "../../../src/core/values.ts";
import { signerName } from "../../../src/core/values.ts";
import { createTestClock } from "../../support/clock.ts";
import { deliveryIn } from "../../support/delivery.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { createMemoryInterbtc } from "../../support/memory-interbtc.ts";
import type { IssueChain } from "../../support/memory-interbtc.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { account, blockOfPayments, id, request } from "../interbtc/facts.ts";

let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

const { signal } = new AbortController();
const now = 1_700_000_000_000;
const block = blockOfPayments();
const height = 702_861;
const [paid, extra] = block.txs.slice(1);
if (paid === undefined || extra === undefined) throw new Error("the block has payments");
const stableHash: Hex = `0x${"5b".repeat(32)}`;

const eventOf = (txid: Hex, paidSat = 100_000n): SourceEvent => ({
  id: issuePaymentEvent(id, txid), chain: "bitcoin", kind: "interbtc-issue-payment", generation: 0, payload: { issueId: id, txid, paidSat: `${paidSat}`, index: 0 },
  at: { chain: "bitcoin", height, hash: block.header.hash, parent: block.header.parent, time: now },
});
const event = eventOf(paid.txid);

/** Told at active block 1,000; three Bitcoin blocks and ten active blocks make it stable, since 1,010. */
const stored = {
  vault: { accountId: account, currencies: { collateral: { Token: "DOT" }, wrapped: { Token: "IBTC" } } }, opentime: 900, period: 200, griefingCollateral: "1", griefingCurrency: { Token: "INTR" },
  amount: "99850", fee: "150", requester: request.requester, btcAddress: { P2WPKHv0: `0x${request.script.slice(6)}` }, btcPublicKey: `0x02${"11".repeat(32)}`, btcHeight: height - 1, status: "Pending",
};
const chainOf = (more: Partial<IssueChain> = {}): IssueChain => ({
  best: 5_000, final: 4_998, prunedBelow: 0, request: stored, executed: null,
  relay: { BestBlock: { content: stableHash }, BestBlockHeight: height + 2, StartBlockHeight: height - 100, ChainCounter: 1, StableBitcoinConfirmations: 3, StableParachainConfirmations: 10, DisableDifficultyCheck: true, ActiveBlockCount: 1_010 },
  headers: { [block.header.hash]: { blockHeight: height, chainId: 0, paraHeight: 1_000 }, [stableHash]: { blockHeight: height + 2, chainId: 0, paraHeight: 1_004 } },
  main: { [height]: block.header.hash, [height + 2]: stableHash }, forks: [], vaults: [], ...more,
});

type NodeOptions = { readonly give?: () => BitcoinBlock };
function stageOf(chain: IssueChain, options: Partial<PaymentLaneOptions> = {}, node: NodeOptions = {}) {
  const polkadot = createMemoryInterbtc(runtime, chain);
  let fetched = 0;
  const bitcoinClient = { name: "node", block: async () => {
    fetched += 1;
    return { ...(node.give?.() ?? block), height };
  } } as unknown as BitcoinClient;
  const bitcoin = createEndpoints({ chain: "bitcoin", endpoints: [{ name: "node", client: bitcoinClient }], clock: createTestClock(), meter: createMemoryMeter() });
  const lane = createInterbtcIssueLane({ signer: signerName("polkadot"), account, bitcoin, polkadot: polkadot.endpoints, rankedDelay: false, siblings: async () => [], ...options });
  return { ...polkadot, lane, bitcoin, fetched: () => fetched, anchor: (of = event) => lane.anchor(of, now, signal) };
}
const relayed = (more: IssueChain["relay"]): Partial<IssueChain> => ({ relay: { ...chainOf().relay, ...more } });
const storedAt = (more: object): Partial<IssueChain> => ({ headers: { ...chainOf().headers, [block.header.hash]: { blockHeight: height, chainId: 0, paraHeight: 1_000, ...more } } });

describe("a payment that is not provable yet", () => {
  test.each([
    ["relay-not-initialised", relayed({ BestBlock: { content: `0x${"00".repeat(32)}` } }), 1],
    ["block-not-relayed", { headers: {} }, 1],
    ["on-relay-fork", storedAt({ chainId: 3 }), 1],
    ["bitcoin-confirmations", relayed({ BestBlockHeight: height }), 1],
    ["ongoing-fork", { forks: [{ chainId: 3, startHeight: height, maxHeight: height }] }, 1],
    ["parachain-confirmations", storedAt({ paraHeight: 1_007 }), 7],
    ["issue-not-there", { request: null }, 1],
  ] as const)("says %s and looks again when the chain can have changed", async (code, more, blocks) => {
    const { anchor } = stageOf(chainOf(more));
    expect(await anchor()).toEqual({ kind: "not-yet", code, until: now + Math.max(60_000, blocks * 12_000), waitsFor: { chain: "polkadot", height: 5_000 + Math.max(1, blocks - 1), at: "best" } });
  });

  test.each([
    ["parachain-confirmations", storedAt({ paraHeight: 1_002 }), false], ["parachain-confirmations", storedAt({ paraHeight: 1_001 }), true],
    ["bitcoin-confirmations", relayed({ BestBlockHeight: height }), false], ["bitcoin-confirmations", relayed({ BestBlockHeight: height + 1 }), true],
  ] as const)("a block before the last that %s asks for, and only then, tells what it will be anchored in", async (code, more, isNear) => {
    const anchored = await stageOf(chainOf(more)).anchor();
    expect(anchored).toMatchObject({ code, waitsFor: { height: 5_001 } });
    expect("soon" in anchored ? anchored.soon : null).toEqual(isNear ? { block: event.at, asks: { script: request.script, sat: 100_000n, named: false } } : null);
  });

  test("is asked again in its own block, when the transaction has none", async () => {
    expect(await stageOf(chainOf()).anchor({ ...event, at: null })).toEqual({ kind: "not-yet", code: "transaction-not-in-chain", until: now + 6_000, waitsFor: null });
  });

  test("costs two questions while others wait with it: the light client is read once for a block", async () => {
    const { anchor, asked } = stageOf(chainOf(relayed({ BestBlockHeight: height + 1 })));
    for (let payments = 0; payments < 5; payments += 1) await anchor();
    expect([asked.get("BestBlock"), asked.get("IssueRequests")]).toEqual([1, 5]);
  });
});

describe("a provable payment", () => {
  test("is anchored in its block; the deadline is the later of both clocks", async () => {
    const anchored = await stageOf(chainOf()).anchor();
    // 90 active blocks are left, but four blocks of Bitcoin count from one below the payment's: one is left
    expect(anchored).toEqual({ kind: "ready", anchor: { block: event.at, asks: { script: request.script, sat: 100_000n, named: false } }, builtOn: [event.at], deadline: now + 90 * 12_000 });
    expect(await stageOf(chainOf({ request: { ...stored, btcHeight: height + 20 } })).anchor()).toMatchObject({ deadline: now + 22 * 600_000 });
  });

  test("of a cancelled request is tried as well: the rehearsal knows the vault's capacity", async () => {
    expect(await stageOf(chainOf({ request: { ...stored, status: "Cancelled" } })).anchor()).toMatchObject({ kind: "ready" });
  });

  test("lets the vaults before us go first, by facts of the chain alone, so that a restart changes nothing", async () => {
    const vaults = Array.from({ length: 400 }, (_, at): Hex => `0x${(at + 1).toString(16).padStart(4, "0").repeat(16)}`);
    const delay = rankedDelayBlocks(id, account, vaults);
    expect(delay).toBeGreaterThan(1);
    // since 1,010: the proof's clocks; since 1,020: the last Bitcoin block it needs came later
    for (const [since, last] of [[1_010, 1_004], [1_020, 1_020]] as const) {
      const at = async (active: number) => stageOf(chainOf({ vaults, ...relayed({ ActiveBlockCount: active }), headers: { ...chainOf().headers, [stableHash]: { blockHeight: height + 2, chainId: 0, paraHeight: last } } }), { rankedDelay: true }).anchor();
      expect(await at(since)).toMatchObject({ kind: "not-yet", code: "ranked-delay", waitsFor: { chain: "polkadot", height: 5_000 + Math.max(1, delay - 1), at: "best" } });
      expect(await at(since + delay - 1)).toMatchObject({ code: "ranked-delay", waitsFor: { height: 5_001 } });
      expect(await at(since + delay)).toMatchObject({ kind: "ready" });
    }
    expect(await stageOf(chainOf({ vaults })).anchor()).toMatchObject({ kind: "ready" });
  });

  test("of less than was asked is refused for good, with what was missing", async () => {
    const anchored = await stageOf(chainOf()).anchor(eventOf(paid.txid, 99_999n));
    expect(anchored).toMatchObject({ kind: "impossible", failure: { remedy: "Invalid", code: "interbtc-underpaid", evidence: { paidSat: "99999", askedSat: "100000", requester: request.requester } } });
  });
});

describe("proofs of many payments of one block", () => {
  const ready = { block: event.at ?? (() => { throw new Error("the payment is in a block"); })(), asks: { script: request.script, sat: 1_000n, named: false } };

  test("fetch it once, and once more after it was found wrong; its giver is asked last then", async () => {
    const { lane, fetched, bitcoin } = stageOf(chainOf());
    const proofs = await Promise.all([paid, extra].map(({ txid }) => lane.build(eventOf(txid), ready, signal)));
    expect(proofs.map((proof, at) => lane.check(eventOf((at === 0 ? paid : extra).txid), ready, proof))).toEqual([null, null]);
    expect(fetched()).toBe(1);
    const failure = lane.check(event, { ...ready, asks: { ...ready.asks, sat: 5_000n } }, proofs[0] ?? buildInterbtcProof(block, paid.txid));
    expect(failure).toMatchObject({ remedy: "Invalid", code: "interbtc-proof-wrong" });
    if (failure !== null) lane.distrust(failure);
    expect(bitcoin.states()[0]?.demotedUntil).not.toBeNull();
    await lane.build(event, ready, signal);
    expect(fetched()).toBe(2);
  });

  test("are built from fresh data after the parachain refused one, and not after another refusal", async () => {
    const { lane, fetched, anchor } = stageOf(chainOf());
    const anchored = await anchor();
    if (anchored.kind !== "ready") throw new Error(anchored.kind);
    await lane.build(event, anchored.anchor, signal);
    lane.classify({ name: "BTCRelay.OngoingFork", about: "" });
    await lane.build(event, anchored.anchor, signal);
    expect(fetched()).toBe(1);
    lane.classify({ name: "BTCRelay.InvalidMerkleProof", about: "" });
    await lane.build(event, anchored.anchor, signal);
    expect(fetched()).toBe(2);
  });

  test("name the block that no node keeps any more, and ask again", async () => {
    let isGone = true;
    const { lane } = stageOf(chainOf(), {}, { give: () => {
      if (isGone) throw unavailable("block-pruned", "gone");
      return block;
    } });
    const failure = failureOf(await lane.build(event, ready, signal).catch((thrown: unknown) => thrown));
    expect(failure).toMatchObject({ remedy: "Unavailable", code: "block-pruned", evidence: { heights: [height] } });
    expect(failure.message).toContain(`${height}`);
    isGone = false;
    expect(lane.check(event, ready, await lane.build(event, ready, signal))).toBeNull();
  });
});

describe("an execution", () => {
  const executeWith = (txid: Hex): PolkadotCall => latest.executeIssue(id, buildInterbtcProof(block, txid));
  const inBatch = (call: PolkadotCall): PolkadotCall => ({ pallet: "Utility", name: "batch_all", args: { calls: [{ pallet: "System", name: "remark", args: { remark: "0x" } }, call] } });

  test.each([1, 2, 3, 40, 2_500])("that is %i blocks old is found with its extrinsic, alone or inside a batch", async (age) => {
    for (const call of [executeWith(paid.txid), inBatch(executeWith(paid.txid))]) {
      const { lane, asked, extrinsicOf, at } = stageOf(chainOf({ executed: { height: 5_000 - age, call } }));
      expect(await lane.delivered(event, "best", signal)).toEqual({ block: at(5_000 - age), tx: blake2(extrinsicOf(call)) });
      expect(asked.get("IssueRequests")).toBeLessThan(28);
    }
  });

  test("is seen at the final state only when it is final", async () => {
    const { lane } = stageOf(chainOf({ executed: { height: 4_999, call: executeWith(paid.txid) } }));
    expect(await lane.delivered(event, "best", signal)).not.toBeNull();
    expect(await lane.delivered(event, "final", signal)).toBeNull();
  });

  test("with another payment is none of ours: that one waits for its finality, and parks then", async () => {
    const call = executeWith(extra.txid);
    const recent = stageOf(chainOf({ executed: { height: 4_999, call } }));
    expect(await recent.lane.delivered(event, "best", signal)).toBeNull();
    expect(await recent.anchor()).toMatchObject({ kind: "not-yet", code: "issue-paid-twice-not-final", waitsFor: { chain: "polkadot", height: 4_999, at: "final" } });
    expect(await stageOf(chainOf({ executed: { height: 4_990, call } })).anchor()).toMatchObject({ kind: "impossible", failure: { code: "issue-paid-twice", evidence: { executedWith: extra.txid, txid: paid.txid } } });
    expect(await stageOf(chainOf({ executed: { height: 4_990, call } })).anchor(eventOf(extra.txid))).toMatchObject({ kind: "not-yet", code: "already-proven" });
  });

  test("whose states the node no longer has counts from the block that is asked about", async () => {
    const { lane, at } = stageOf(chainOf({ executed: { height: 100, call: executeWith(paid.txid) }, prunedBelow: 4_800 }));
    expect(await lane.delivered(event, "best", signal)).toEqual({ block: at(5_000), tx: null });
  });

  test("of which nobody knows the maker any more belongs to the payment that our own records have it for", async () => {
    const born = (txid: Hex, createdAt: number, more: object): Delivery => deliveryIn("delivered", { id: issueDelivery(id, txid), event: issuePaymentEvent(id, txid), createdAt, ...more });
    const own = born(paid.txid, 2, { state: "final" });
    const answers = async (...siblings: readonly Delivery[]) => {
      const { lane, anchor } = stageOf(chainOf({ executed: { height: 100, call: executeWith(extra.txid) }, prunedBelow: 4_800 }), { siblings: async () => [own, ...siblings] });
      return [await lane.delivered(event, "best", signal), await anchor()];
    };
    for (const other of [born(extra.txid, 1, { effectTx: null }), born(extra.txid, 3, { effectTx: stableHash }), born(extra.txid, 1, { state: "included", effectTx: null })]) {
      expect(await answers(other)).toMatchObject([null, { kind: "impossible", failure: { code: "issue-paid-twice", evidence: { executedWith: extra.txid } } }]);
    }
    for (const other of [born(extra.txid, 3, { effectTx: null }), born(extra.txid, 1, { state: "parked" })]) {
      expect(await answers(other)).toMatchObject([{ tx: null }, { kind: "not-yet", code: "already-proven" }]);
    }
  });

  test("with another payment is one endpoint's word: when another shows ours, nobody parks", async () => {
    const liar = createMemoryInterbtc(runtime, chainOf({ executed: { height: 4_990, call: executeWith(extra.txid) } }));
    const honest = createMemoryInterbtc(runtime, chainOf({ executed: { height: 4_990, call: executeWith(paid.txid) } }));
    const endpoints = createEndpoints({ chain: "polkadot", endpoints: [{ name: "liar", client: liar.client }, { name: "honest", client: honest.client }], clock: createTestClock(), meter: createMemoryMeter() });
    const { lane } = stageOf(chainOf(), { polkadot: endpoints });
    const failure = failureOf(await lane.delivered(event, "best", signal).catch((thrown: unknown) => thrown));
    expect(failure).toMatchObject({ remedy: "Unavailable", code: "endpoints-disagree", evidence: { endpoints: ["liar", "honest"] } });
  });

  test("that nobody can look into, or that the chain made itself, mints all the same", async () => {
    const hidden: PolkadotCall = { pallet: "System", name: "remark", args: { remark: "0x1234" } };
    const { lane, extrinsicOf, at } = stageOf(chainOf({ executed: { height: 4_000, call: hidden } }));
    expect(await lane.delivered(event, "best", signal)).toEqual({ block: at(4_000), tx: blake2(extrinsicOf(hidden)) });
    expect(await stageOf(chainOf({ executed: { height: 4_000, call: null } })).lane.delivered(event, "best", signal)).toEqual({ block: at(4_000), tx: null });
  });
});

describe("for the submitter", () => {
  test("the lane encodes for the runtime that will execute, and names what a refusal means", () => {
    const { lane } = stageOf(chainOf());
    const proof = buildInterbtcProof(block, paid.txid);
    const call = lane.encode(event, proof, runtime);
    expect(call).toMatchObject({ pallet: "Issue", name: "execute_issue" });
    expect(latest.provenTxid(runtime.call(runtime.encodeCall(call)), id)).toBe(paid.txid);
    expect(lane.needs(runtime)).toBe(latest.needs.issue);
    expect(lane.classify({ name: "Issue.IssueCompleted", about: "" }).failure).toMatchObject({ remedy: "Rejected", code: "interbtc-already-executed" });
    expect(lane.describe(event)).toContain(id);
  });
});
