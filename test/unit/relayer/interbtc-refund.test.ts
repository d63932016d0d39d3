/** When a refund's payment is proved to a parachain of the first dialect, what it waits for, who settled it: the lane, without a chain. */
import { describe, expect, it } from "vitest";
import { createInterbtcIssueLane } from "../../../relayer/lanes/interbtc-issue.ts";
import { createInterbtcRefundLane } from "../../../relayer/lanes/interbtc-refund.ts";
import { refundsOf } from "../../../src/bridges/interbtc/dialects.ts";
import { refundDelivery, refundPaymentEvent } from "../../../src/bridges/interbtc/names.ts";
import { opReturnScript } from "../../../src/bridges/interbtc/op-return.ts";
import { rankedDelayBlocks } from "../../../src/bridges/interbtc/rank.ts";
import type { BitcoinClient } from "../../../src/chains/bitcoin/client.ts";
import { parseBlock, parseTx } from "../../../src/chains/bitcoin/codec.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import { blake2 } from "../../../src/chains/polkadot/header.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import type { Hex, SourceEvent } from "../../../src/core/values.ts";
import { signerName } from "../../../src/core/values.ts";
import { madeTx, mineBlock, rawOf } from "../../support/bitcoin-blocks.ts";
import { createTestClock } from "../../support/clock.ts";
import { deliveryIn } from "../../support/delivery.ts";
import { createV1Runtime } from "../../support/interbtc-v1.ts";
import { createMemoryInterbtc } from "../../support/memory-interbtc.ts";
import type { IssueChain } from "../../support/memory-interbtc.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { account, id, requester } from "../interbtc/facts.ts";

const runtime = createV1Runtime();
const refunds = refundsOf(runtime) ?? (() => { throw new Error("the genesis has refunds"); })();
const { signal } = new AbortController();
const now = 1_700_000_000_000;
const payee: Hex = `0xa914${"5c".repeat(20)}87`;
const height = 702_861;

/** The refund's payment, one that pays another sum, and one that names another request. */
const paying = (salt: number, names: Hex, valueSat: bigint) => {
  const tx = madeTx(salt, [payee, opReturnScript(names)]);
  tx.outs.forEach((output, at) => {
    output.value = at === 0 ? valueSat : 0n;
  });
  return tx;
};
const block = parseBlock(rawOf(mineBlock(`0x${"11".repeat(32)}`, height, [paying(1, id, 40_000n), paying(2, id, 40_000n), paying(3, requester, 40_000n)])));
const [paid, again, stranger] = block.txs.slice(1);
if (paid === undefined || again === undefined || stranger === undefined) throw new Error("the block has payments");
const stableHash: Hex = `0x${"5b".repeat(32)}`;

const eventOf = (txid: Hex, paidSat = 40_000n): SourceEvent => ({
  id: refundPaymentEvent(id, txid), chain: "bitcoin", kind: "interbtc-refund-payment", generation: 0, payload: { refundId: id, txid, paidSat: `${paidSat}`, flaw: null },
  at: { chain: "bitcoin", height, hash: block.header.hash, parent: block.header.parent, time: now },
});
const event = eventOf(paid.txid);
const stored = {
  vault: { accountId: account, currencies: { collateral: { Token: "DOT" }, wrapped: { Token: "INTERBTC" } } }, amountBtc: 40_000, fee: 200, transferFeeBtc: 498, issuer: requester,
  btcAddress: { P2SH: `0x${"5c".repeat(20)}` }, issueId: `0x${"2d".repeat(32)}`, completed: false,
};
const chainOf = (more: Partial<IssueChain> = {}): IssueChain => ({
  best: 5_000, final: 4_998, prunedBelow: 0, request: stored, executed: null,
  relay: { BestBlock: { content: stableHash }, BestBlockHeight: height + 2, StartBlockHeight: height - 100, ChainCounter: 1, StableBitcoinConfirmations: 3, StableParachainConfirmations: 10, DisableDifficultyCheck: true, ActiveBlockCount: 1_010 },
  headers: { [block.header.hash]: { blockHeight: height, chainId: 0, paraHeight: 1_000 }, [stableHash]: { blockHeight: height + 2, chainId: 0, paraHeight: 1_004 } },
  main: { [height]: block.header.hash, [height + 2]: stableHash }, forks: [], vaults: [], ...more,
});

function stageOf(chain: IssueChain, { siblings = [], rankedDelay = false }: { readonly siblings?: readonly Delivery[]; readonly rankedDelay?: boolean } = {}) {
  const polkadot = createMemoryInterbtc(runtime, chain);
  const node = { name: "node", block: async () => ({ ...block, height }) } as unknown as BitcoinClient;
  const bitcoin = createEndpoints({ chain: "bitcoin", endpoints: [{ name: "node", client: node }], clock: createTestClock(), meter: createMemoryMeter() });
  const options = { signer: signerName("polkadot"), account, bitcoin, polkadot: polkadot.endpoints, rankedDelay, siblings: async () => siblings };
  const lane = createInterbtcRefundLane(options);
  return { ...polkadot, options, lane, anchor: (of = event) => lane.anchor(of, now, signal) };
}
const relayed = (more: IssueChain["relay"]): Partial<IssueChain> => ({ relay: { ...chainOf().relay, ...more } });

describe("a refund's payment that is not provable yet", () => {
  it.each([
    ["block-not-relayed", { headers: {} }],
    ["bitcoin-confirmations", relayed({ BestBlockHeight: height + 1 })],
    ["refund-not-there", { request: null }],
  ] as const)("says %s", async (code, more) => {
    expect(await stageOf(chainOf(more)).anchor()).toMatchObject({ kind: "not-yet", code, waitsFor: { chain: "polkadot", height: 5_001, at: "best" } });
  });

  it("lets the vaults before us go first, by the refund's id", async () => {
    const vaults = Array.from({ length: 400 }, (_, at): Hex => `0x${(at + 1).toString(16).padStart(4, "0").repeat(16)}`);
    const delay = rankedDelayBlocks(id, account, vaults);
    expect(delay).toBeGreaterThan(1);
    expect(await stageOf(chainOf({ vaults }), { rankedDelay: true }).anchor()).toMatchObject({ code: "ranked-delay", waitsFor: { height: 5_000 + Math.max(1, delay - 1) } });
    expect(await stageOf(chainOf({ vaults, ...relayed({ ActiveBlockCount: 1_010 + delay }) }), { rankedDelay: true }).anchor()).toMatchObject({ kind: "ready" });
  });
});

describe("a provable payment of a refund", () => {
  it("asks for just the sum under the refund's name, without a deadline", async () => {
    expect(await stageOf(chainOf()).anchor()).toEqual({ kind: "ready", anchor: { block: event.at, asks: { script: payee, sat: 40_000n, named: true } }, builtOn: [event.at], deadline: null });
  });

  it("is proved with raw proof and raw transaction, which the runtime's own call holds", async () => {
    const { lane, anchor } = stageOf(chainOf());
    const anchored = await anchor();
    if (anchored.kind !== "ready") throw new Error("it is provable");
    const proof = await lane.build(event, anchored.anchor, signal);
    expect(lane.check(event, anchored.anchor, proof)).toBeNull();
    const call = lane.encode(event, proof, runtime);
    const decoded = runtime.call(runtime.encodeCall(call));
    expect(decoded).toMatchObject({ pallet: "Refund", name: "execute_refund", args: { refundId: id } });
    expect(parseTx(decoded.args["rawTx"] as Hex).txid).toBe(paid.txid);
    expect(Object.keys(lane.needs(runtime).calls ?? {})).toEqual(["Refund.execute_refund"]);
  });

  it("of another sum, or without the refund's name, passes no check", async () => {
    const { lane, anchor } = stageOf(chainOf());
    expect(await anchor(eventOf(paid.txid, 40_001n))).toMatchObject({ kind: "impossible", failure: { remedy: "Invalid", code: "refund-wrong-amount", evidence: { paidSat: "40001", askedSat: "40000" } } });
    if (event.at === null) throw new Error("it is in a block");
    const ready = { block: event.at, asks: { script: payee, sat: 40_000n, named: true } };
    const proof = await lane.build(eventOf(stranger.txid), ready, signal);
    expect(lane.check(eventOf(stranger.txid), ready, proof)).toMatchObject({ code: "interbtc-proof-wrong", evidence: { rule: "one OP_RETURN, without value, holds the request's id" } });
    const less = { ...ready, asks: { ...ready.asks, sat: 39_999n } };
    expect(lane.check(event, less, await lane.build(event, less, signal))).toMatchObject({ evidence: { rule: "the output to the address holds just 39999 satoshi" } });
  });

  it("waits for an older payment of the same refund", async () => {
    const sibling = (txid: Hex, createdAt: number) => ({ ...deliveryIn("proven"), id: refundDelivery(id, txid), event: refundPaymentEvent(id, txid), createdAt });
    const { anchor } = stageOf(chainOf(), { siblings: [sibling(again.txid, 1), sibling(paid.txid, 2)] });
    expect(await anchor()).toMatchObject({ kind: "not-yet", code: "refund-other-payment-first" });
  });
});

describe("a refund that was settled", () => {
  const executedWith = async (txid: Hex): Promise<NonNullable<IssueChain["executed"]>> => {
    const { lane } = stageOf(chainOf());
    if (event.at === null) throw new Error("it is in a block");
    const proof = await lane.build(eventOf(txid), { block: event.at, asks: { script: payee, sat: 40_000n, named: true } }, signal);
    return { height: 4_990, call: refunds.execute(id, proof) };
  };

  it("with this payment is delivered, by whoever's extrinsic", async () => {
    const executed = await executedWith(paid.txid);
    const { lane, at, extrinsicOf } = stageOf(chainOf({ executed }));
    expect(await lane.delivered(event, "final", signal)).toEqual({ block: at(4_990), tx: executed.call === null ? null : blake2(extrinsicOf(executed.call)) });
  });

  it("with another payment is told apart: the vault paid twice", async () => {
    const { lane, anchor } = stageOf(chainOf({ executed: await executedWith(again.txid) }));
    expect(await lane.delivered(event, "best", signal)).toBeNull();
    expect(await anchor()).toMatchObject({ kind: "impossible", failure: { remedy: "Rejected", code: "refund-paid-twice", evidence: { refundId: id, executedWith: again.txid } } });
  });
});

it("a runtime without refunds stops the refund lane, not the lane of issues", () => {
  const without = createV1Runtime("Refund");
  const { lane, options } = stageOf(chainOf());
  expect(() => lane.needs(without)).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: "shape-changed", remedy: "Unsafe" }) }));
  expect(Object.keys(createInterbtcIssueLane(options).needs(without).calls ?? {})).toEqual(["Issue.execute_issue"]);
});
