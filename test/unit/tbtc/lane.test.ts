import { beforeEach, describe, expect, it } from "vitest";
import { mainUtxoHash, noHash, outpointKey } from "../../../src/bridges/tbtc/keys.ts";
import { decodeProofCall } from "../../../src/bridges/tbtc/proof-calls.ts";
import { signerName } from "../../../src/core/values.ts";
import type { Hex } from "../../../src/core/values.ts";
import { createTbtcDepositSweepLane } from "../../../relayer/lanes/tbtc-deposit-sweep.ts";
import { createTbtcRedemptionLane } from "../../../relayer/lanes/tbtc-redemption.ts";
import type { TbtcLaneOptions } from "../../../relayer/lanes/tbtc-wallet-lane.ts";
import { addresses, createFakeBitcoin, createFakeEthereum, endpointsOf, eventOf, sweptMainHash } from "../../support/tbtc-fakes.ts";
import type { FakeEthereum } from "../../support/tbtc-fakes.ts";
import { redemption, sweep } from "../../support/tbtc-story.ts";

const { signal } = new AbortController();
const now = 1_736_000_000_000;
const sweepEvent = eventOf(sweep);
const redemptionEvent = eventOf(redemption);

let ethereum: FakeEthereum;
let tip: { height: number };
let options: TbtcLaneOptions;
beforeEach(() => {
  ethereum = createFakeEthereum();
  ethereum.mine(10);
  tip = { height: 812_451 };
  options = {
    signer: signerName("maintainer"), bridge: addresses.bridge, maintainerProxy: addresses.proxy,
    bitcoin: endpointsOf("bitcoin", createFakeBitcoin("one", tip)), ethereum: endpointsOf("ethereum", ethereum.client),
  };
});
const anchorSweep = () => createTbtcDepositSweepLane(options).anchor(sweepEvent, now, signal);
const anchorRedemption = () => createTbtcRedemptionLane(options).anchor(redemptionEvent, now, signal);
const afterSweep = () => {
  ethereum.says.mainUtxoHash = sweptMainHash;
  ethereum.says.sweptAt = 1_736_000_000;
};

describe("anchor of the sweep", () => {
  it("with one header waits for the next block", async () => {
    tip.height = 812_447;
    expect(await anchorSweep()).toMatchObject({ kind: "not-yet", code: "not-enough-work", waitsFor: { chain: "bitcoin", height: 812_448, at: "best" } });
  });

  it("with a second header of an epoch the relay has not seen is ready, built on its own block", async () => {
    tip.height = 812_448;
    expect(await anchorSweep()).toMatchObject({ kind: "ready", anchor: { headers: 2, requiredDifficulty: 3n, mainUtxo: null }, builtOn: [sweep.block.ref] });
  });

  it("has the end of the relay's window as deadline", async () => {
    const anchored = await anchorSweep();
    // epoch 402 can be judged until the relay reaches 404, which begins at 814464
    expect(anchored).toMatchObject({ deadline: now + (814_464 - 812_448) * 600_000 });
  });

  it("waits for the reveal that is missing, by its event", async () => {
    ethereum.says.revealed = [1, 0, 1];
    expect(await anchorSweep()).toMatchObject({ code: "deposit-not-revealed", waitsFor: { fact: `tbtc:reveal:${outpointKey(sweep.tx.inputs[1]?.outpoint ?? { txid: "0x", index: 0 })}` } });
  });

  it("waits when the block is not canonical on the endpoint that answers", async () => {
    tip.height = 812_446;
    expect(await anchorSweep()).toMatchObject({ kind: "not-yet", code: "block-not-canonical" });
  });

  it("waits when a node calls the block stale, or has another one at its height by the time of the headers", async () => {
    const honest = createFakeBitcoin("one", tip);
    const stale = { ...honest, header: async (hash: Hex, signal: AbortSignal) => {
      const found = await honest.header(hash, signal);
      return found === null ? null : { ...found, confirmations: -1 };
    } };
    const moved = { ...honest, headers: async (first: number, count: number, signal: AbortSignal) => honest.headers(first + 1, count, signal) };
    for (const client of [stale, moved]) {
      options = { ...options, bitcoin: endpointsOf("bitcoin", client) };
      expect(await anchorSweep()).toMatchObject({ kind: "not-yet", code: "block-not-canonical" });
    }
  });

  it("is not called impossible by a Bridge older than the transaction", async () => {
    ethereum.says.vaults = [`0x${"01".repeat(20)}`, `0x${"01".repeat(20)}`, `0x${"02".repeat(20)}`];
    const later = { ...sweepEvent, at: { ...sweep.block.ref, time: sweep.block.ref.time + 3_600_000 } };
    expect(await createTbtcDepositSweepLane(options).anchor(later, now, signal)).toMatchObject({ kind: "not-yet", code: "bridge-older-than-transaction", waitsFor: { chain: "ethereum", at: "best" } });
  });

  it("is impossible with deposits for different vaults", async () => {
    ethereum.says.vaults = [`0x${"01".repeat(20)}`, `0x${"01".repeat(20)}`, `0x${"02".repeat(20)}`];
    expect(await anchorSweep()).toMatchObject({ kind: "impossible", failure: { code: "tbtc-vaults-differ" } });
  });
});

describe("anchor of the redemption", () => {
  it("waits for the sweep before it, by the event of its proof", async () => {
    expect(await anchorRedemption()).toMatchObject({ code: "main-utxo-not-mine", waitsFor: { fact: "tbtc:proof:60a9e08c49913d6b3271109aab02851bf2e669b25f2d0d44f8bd98c4d2b26057" } });
  });

  it("then for the relay's retarget, however much work is there", async () => {
    afterSweep();
    expect(await anchorRedemption()).toMatchObject({ kind: "not-yet", code: "epoch-not-relayed", waitsFor: null });
  });

  it("then for the third header", async () => {
    afterSweep();
    ethereum.says.relay = { current: 2n, previous: 1n, epoch: 403 };
    tip.height = 812_450;
    expect(await anchorRedemption()).toMatchObject({ code: "not-enough-work", waitsFor: { height: 812_451 } });
    tip.height = 812_451;
    expect(await anchorRedemption()).toMatchObject({ kind: "ready", anchor: { headers: 3, requiredDifficulty: 6n, mainUtxoHash: sweptMainHash } });
  });

  it("has the requests' time-out as deadline when that is nearer", async () => {
    afterSweep();
    ethereum.says.relay = { current: 2n, previous: 1n, epoch: 403 };
    expect(await anchorRedemption()).toMatchObject({ deadline: (1_735_700_000 + 432_000) * 1000 });
  });

  it("works with a relay that does not number its epochs", async () => {
    afterSweep();
    ethereum.says.relay = { current: 2n, previous: 1n, epoch: null };
    expect(await anchorRedemption()).toMatchObject({ kind: "ready" });
  });
});

describe("effect", () => {
  const lane = () => createTbtcDepositSweepLane(options);

  it("costs one state call and no logs when nothing happened", async () => {
    expect(await lane().delivered(sweepEvent, "best", signal)).toBeNull();
    expect(ethereum.calls).toEqual(["deposits"]);
  });

  it("is where the Bridge named this Bitcoin transaction, whoever called it", async () => {
    afterSweep();
    const { block, tx } = ethereum.accept("DepositsSwept", sweep.tx.txid);
    ethereum.mine(3);
    expect(await lane().delivered(sweepEvent, "best", signal)).toMatchObject({ block: { height: block.height, hash: block.hash }, tx });
  });

  it("is final only in a final block", async () => {
    ethereum.finalize();
    afterSweep();
    ethereum.accept("DepositsSwept", sweep.tx.txid);
    expect(await lane().delivered(sweepEvent, "final", signal)).toBeNull();
    ethereum.finalize();
    expect(await lane().delivered(sweepEvent, "final", signal)).not.toBeNull();
  });

  it("of long ago is found at once, near its Bitcoin block's time, in pieces the node takes", async () => {
    afterSweep();
    ethereum.mine(60_000);
    const { block } = ethereum.accept("DepositsSwept", sweep.tx.txid);
    ethereum.mine(100_000);
    const mined = { ...sweepEvent, at: { ...sweep.block.ref, time: block.time - 3_600_000 } };
    expect(await createTbtcDepositSweepLane({ ...options, logSpanBlocks: 9_000 }).delivered(mined, "best", signal)).toMatchObject({ block: { height: block.height } });
    // both spans are asked for whole first, and then in the two halves that this node takes
    expect(ethereum.calls.filter((call) => call === "logs").length).toBeLessThanOrEqual(6);
  });

  it("is found wherever a range ends", async () => {
    afterSweep();
    ethereum.mine(2_000);
    const { tx } = ethereum.accept("DepositsSwept", sweep.tx.txid);
    const narrow = createTbtcDepositSweepLane({ ...options, logSpanBlocks: 3 });
    for (let blocks = 0; blocks < 9; blocks += 1) {
      expect(await narrow.delivered(sweepEvent, "best", signal)).toMatchObject({ tx });
      ethereum.mine(1);
    }
  });

  it("is not looked for where no proof can be: before the Bitcoin block, or below the Bridge's own beginning", async () => {
    afterSweep();
    ethereum.mine(40_000);
    const head = await ethereum.client.blockBy("latest", signal);
    const young = { ...sweepEvent, at: { ...sweep.block.ref, time: (head?.time ?? 0) + 80_000_000 } };
    expect(await createTbtcDepositSweepLane({ ...options, logSpanBlocks: 500 }).delivered(young, "best", signal)).toBeNull();
    expect(ethereum.calls.filter((call) => call === "logs").length).toBeLessThan(5);
    ethereum.calls.length = 0;
    expect(await createTbtcDepositSweepLane({ ...options, logSpanBlocks: 500, fromHeight: 39_000 }).delivered({ ...sweepEvent, at: null }, "best", signal)).toBeNull();
    expect(ethereum.calls.filter((call) => call === "logs").length).toBe(3);
  });

  it("is open while Ethereum reorganises under the search", async () => {
    afterSweep();
    const { client } = ethereum;
    const moving = { ...client, logs: async (...question: Parameters<typeof client.logs>) => {
      ethereum.reorg();
      return client.logs(...question);
    } };
    options = { ...options, ethereum: endpointsOf("ethereum", moving) };
    await expect(createTbtcDepositSweepLane(options).delivered(sweepEvent, "best", signal)).rejects.toMatchObject({ failure: { remedy: "Unavailable" } });
  });

  it("by another Bitcoin transaction is none", async () => {
    afterSweep();
    ethereum.accept("DepositsSwept", redemption.tx.txid);
    expect(await lane().delivered(sweepEvent, "best", signal)).toBeNull();
  });

  it("of a redemption is told by its spent input", async () => {
    const redemptions = createTbtcRedemptionLane(options);
    expect(await redemptions.delivered(redemptionEvent, "best", signal)).toBeNull();
    ethereum.says.spent = [outpointKey({ txid: sweep.tx.txid, index: 0 })];
    const { tx } = ethereum.accept("RedemptionsCompleted", redemption.tx.txid);
    expect(await redemptions.delivered(redemptionEvent, "best", signal)).toMatchObject({ tx });
  });
});

describe("a rival", () => {
  it("between our question and our anchor does not park us", async () => {
    afterSweep();
    ethereum.accept("DepositsSwept", sweep.tx.txid);
    expect(await anchorSweep()).toMatchObject({ kind: "not-yet", code: "already-proven", until: now });
  });

  it("who proved another transaction with our inputs is waited for until final, and then impossible", async () => {
    ethereum.finalize();
    afterSweep();
    ethereum.accept("DepositsSwept", redemption.tx.txid);
    expect(await anchorSweep()).toMatchObject({ kind: "not-yet", code: "inputs-taken-not-final" });
    ethereum.finalize();
    expect(await anchorSweep()).toMatchObject({ kind: "impossible", failure: { code: "tbtc-inputs-taken" } });
  });
});

describe("proof", () => {
  it("of the sweep passes its check and becomes a call of the proxy", async () => {
    const lane = createTbtcDepositSweepLane(options);
    const anchored = await anchorSweep();
    if (anchored.kind !== "ready") throw new Error(anchored.kind);
    const proof = await lane.build(sweepEvent, anchored.anchor, signal);
    expect(lane.check(sweepEvent, anchored.anchor, proof)).toBeNull();
    const call = lane.encodeCall(sweepEvent, JSON.parse(JSON.stringify(proof)) as typeof proof);
    expect(call.to).toBe(addresses.proxy);
    expect(decodeProofCall(call.data)).toMatchObject({ effect: "sweep", tx: { txid: sweep.tx.txid } });
    expect(createTbtcDepositSweepLane({ ...options, maintainerProxy: null }).encodeCall(sweepEvent, proof).to).toBe(addresses.bridge);
  });

  it("of the redemption carries the main UTXO's preimage", async () => {
    afterSweep();
    ethereum.says.relay = { current: 2n, previous: 1n, epoch: 403 };
    const lane = createTbtcRedemptionLane(options);
    const anchored = await anchorRedemption();
    if (anchored.kind !== "ready") throw new Error(anchored.kind);
    const proof = await lane.build(redemptionEvent, anchored.anchor, signal);
    expect(lane.check(redemptionEvent, anchored.anchor, proof)).toBeNull();
    expect(proof.mainUtxo).toEqual({ txid: sweep.tx.txid, index: 0, valueSat: sweep.tx.outputs[0]?.valueSat.toString() });
  });

  it("from a lying node fails its check, and distrust sends the next build to another node", async () => {
    const liar = createFakeBitcoin("liar", tip, (block) => ({ ...block, txs: block.txs.map((tx, at) => (at === 1 ? { ...tx, txid: noHash } : tx)) }));
    options = { ...options, bitcoin: endpointsOf("bitcoin", liar, createFakeBitcoin("honest", tip)) };
    const lane = createTbtcDepositSweepLane(options);
    const anchored = await anchorSweep();
    if (anchored.kind !== "ready") throw new Error(anchored.kind);
    const failure = lane.check(sweepEvent, anchored.anchor, await lane.build(sweepEvent, anchored.anchor, signal));
    expect(failure).toMatchObject({ remedy: "Invalid" });
    if (failure !== null) lane.distrust(failure);
    expect(options.bitcoin.states().find(({ name }) => name === "liar")?.demotedUntil).not.toBeNull();
    expect(lane.check(sweepEvent, anchored.anchor, await lane.build(sweepEvent, anchored.anchor, signal))).toBeNull();
  });

  it("is not built from fewer headers than were there when it was asked for", async () => {
    const lane = createTbtcDepositSweepLane(options);
    const anchored = await anchorSweep();
    if (anchored.kind !== "ready") throw new Error(anchored.kind);
    tip.height = 812_447;
    await expect(lane.build(sweepEvent, anchored.anchor, signal)).rejects.toMatchObject({ failure: { remedy: "Unavailable" } });
  });

  it("of a transaction that does not spend the main UTXO, or is of the other lane, fails its check", async () => {
    const anchored = await anchorSweep();
    if (anchored.kind !== "ready") throw new Error(anchored.kind);
    const { anchor } = anchored;
    const proof = await createTbtcDepositSweepLane(options).build(sweepEvent, anchor, signal);
    const mainUtxo = { txid: redemption.tx.txid, index: 3, valueSat: "5" };
    const foreign = mainUtxoHash({ outpoint: { txid: mainUtxo.txid, index: 3 }, valueSat: 5n });
    expect(createTbtcDepositSweepLane(options).check(sweepEvent, { ...anchor, mainUtxoHash: foreign }, { ...proof, mainUtxo })).toMatchObject({ code: "tbtc-proof-wrong" });
    expect(createTbtcRedemptionLane(options).check(sweepEvent, anchor, proof)).toMatchObject({ code: "tbtc-proof-wrong" });
  });

  it("that names another main UTXO, vault, wallet or block fails its check", async () => {
    const lane = createTbtcDepositSweepLane(options);
    const anchored = await anchorSweep();
    if (anchored.kind !== "ready") throw new Error(anchored.kind);
    const { anchor } = anchored;
    const proof = await lane.build(sweepEvent, anchor, signal);
    const codeOf = (change: object, anchorChange: object = {}) => lane.check(sweepEvent, { ...anchor, ...anchorChange }, { ...proof, ...change })?.code ?? null;
    expect(codeOf({ mainUtxo: { txid: sweep.tx.txid, index: 0, valueSat: "1" } })).toBe("tbtc-proof-wrong");
    expect(codeOf({ vault: addresses.proxy })).toBe("tbtc-proof-wrong");
    expect(codeOf({ vault: null })).toBe("tbtc-proof-wrong");
    expect(codeOf({ wallet: addresses.proxy })).toBe("tbtc-proof-wrong");
    expect(codeOf({}, { block: redemption.block.ref })).toBe("tbtc-proof-wrong");
    expect(codeOf({}, { mainUtxoHash: sweptMainHash })).toBe("tbtc-proof-wrong");
  });
});
