import { Interface } from "ethers";
import { describe, expect, it } from "vitest";
import { lengthPrefixed, outpointKey, redemptionKey } from "../../../src/bridges/tbtc/keys.ts";
import { outpointWatch, scriptWatches } from "../../../src/bridges/tbtc/names.ts";
import { encodeSweepProof } from "../../../src/bridges/tbtc/proof-calls.ts";
import type { EthereumLog } from "../../../src/chains/ethereum/client.ts";
import type { BlockRef, Hex, Millis, SourceEvent } from "../../../src/core/values.ts";
import { createTbtcEthereumReader } from "../../../watchers/ethereum/tbtc.ts";
import { redemption, story, sweep, wallet } from "../../support/tbtc-story.ts";

const bridge: Hex = `0x${"b1".repeat(20)}`;
const pool: Hex = `0x${"90".repeat(20)}`;
const proxy: Hex = `0x${"33".repeat(20)}`;
const someone: Hex = `0x${"44".repeat(20)}`;
const txHash: Hex = `0x${"7e".repeat(32)}`;
const watchtower: Hex = `0x${"3a".repeat(20)}`;
const id32: Hex = `0x${"1d".repeat(32)}`;
const startHeight = 800_000;
const hint = (time: Millis | null) => (time === null ? startHeight : startHeight + 5_000);
const reader = createTbtcEthereumReader({ bridge, reimbursementPool: pool, maintainerProxy: proxy, watchtower, bitcoinHeightHint: hint });
const block: BlockRef = { chain: "ethereum", height: 50, hash: `0x${"0b".repeat(32)}`, parent: `0x${"0a".repeat(32)}`, time: 1_740_000_000_000 };

// signatures as the deployed contracts have them, written independently of the code under test
const contracts = new Interface([
  "event DepositRevealed(bytes32, uint32, address indexed, uint64, bytes8, bytes20 indexed, bytes20, bytes4, address)",
  "event DepositsSwept(bytes20, bytes32)",
  "event RedemptionRequested(bytes20 indexed, bytes, address indexed, uint64, uint64, uint64)",
  "event RedemptionsCompleted(bytes20 indexed, bytes32)",
  "event RedemptionTimedOut(bytes20 indexed, bytes)",
  "event MovingFundsCompleted(bytes20 indexed, bytes32)",
  "event MovedFundsSwept(bytes20 indexed, bytes32)",
  "event NewWalletRegistered(bytes32 indexed, bytes20 indexed)",
  "event WalletMovingFunds(bytes32 indexed, bytes20 indexed)",
  "event WalletClosing(bytes32 indexed, bytes20 indexed)",
  "event WalletClosed(bytes32 indexed, bytes20 indexed)",
  "event WalletTerminated(bytes32 indexed, bytes20 indexed)",
  "event MovingFundsCommitmentSubmitted(bytes20 indexed, bytes20[], address)",
  "event MovingFundsTimeoutReset(bytes20 indexed)",
  "event MovingFundsTimedOut(bytes20 indexed)",
  "event MovingFundsBelowDustReported(bytes20 indexed)",
  "event MovedFundsSweepTimedOut(bytes20 indexed, bytes32, uint32)",
  "event RedemptionParametersUpdated(uint64, uint64, uint64, uint64, uint32, uint96, uint32)",
  "event MovingFundsParametersUpdated(uint64, uint64, uint32, uint32, uint96, uint32, uint16, uint64, uint32, uint96, uint32)",
  "event ObjectionRaised(uint256 indexed, address indexed)",
  "event VetoFinalized(uint256 indexed)",
  "event VetoedFundsWithdrawn(uint256 indexed, address indexed, uint64)",
  "event WatchtowerParametersUpdated(uint32, uint64, uint32, uint32, uint32, uint32, uint64)",
  "event WatchtowerEnabled(uint32, address)",
  "event WatchtowerDisabled(uint32, address)",
  "event SendingEtherFailed(uint256, address)",
]);
const logOf = (event: string, values: readonly unknown[], address: Hex = bridge): EthereumLog => {
  const { topics, data } = contracts.encodeEventLog(event, values);
  return { address, topics: topics as Hex[], data: data as Hex, blockHash: block.hash, blockHeight: block.height, txHash, logIndex: 3 };
};
const none = () => Promise.resolve(null);
const readOne = async (log: EthereumLog, fetchTx: () => Promise<{ to: Hex | null; input: Hex } | null> = none): Promise<SourceEvent> => {
  const found = await reader.read(log, block, fetchTx);
  expect(found.births).toEqual([]);
  expect(found.watches).toEqual([]);
  const [event] = found.events;
  if (event === undefined || found.events.length > 1) throw new Error("not one event");
  return { ...event, generation: 0 };
};
const proofInput = encodeSweepProof({
  wallet, mainUtxo: null, vault: null,
  spv: { version: sweep.tx.version, inputVector: sweep.tx.inputVector, outputVector: sweep.tx.outputVector, locktime: sweep.tx.locktime, txIndex: 6, merkleProof: "0x", headers: "0x", coinbasePreimage: id32, coinbaseProof: "0x" },
});
const outpoint = sweep.tx.inputs[0]?.outpoint ?? { txid: id32, index: 0 };
const reveal = logOf("DepositRevealed", [outpoint.txid, outpoint.index, someone, 31_000_000, "0xb8310058c1c33523", wallet, wallet, "0x005786f4", someone]);

describe("what it asks for", () => {
  it("is every event it can read, and nothing twice", () => {
    const all: string[] = [];
    contracts.forEachEvent(({ topicHash }) => all.push(topicHash));
    expect([...reader.topics].sort()).toEqual(all.sort());
    expect(reader.addresses).toEqual([bridge, pool, watchtower]);
  });
});

describe("events", () => {
  it("reveal: named by the deposit's key, with the transfer it begins", async () => {
    const key = outpointKey(outpoint);
    expect(await readOne(reveal)).toMatchObject({ id: `tbtc:reveal:${key}`, kind: "tbtc-deposit-revealed", at: block, payload: { wallet, depositKey: key, transfer: `tbtc-deposit-${key}`, amountSat: "31000000", vault: someone, depositor: someone } });
  });

  it("redemption request and its time-out: named by key and transaction, script without its length", async () => {
    const script = story.redemptions[1]?.outputScript ?? "0x";
    const key = redemptionKey(script, wallet);
    expect(await readOne(logOf("RedemptionRequested", [wallet, lengthPrefixed(script), someone, 5_500_000, 2_750, 100_000]))).toMatchObject({
      id: `tbtc:redemption-request:${key}:${txHash}`, kind: "tbtc-redemption-requested", payload: { script, redemptionKey: key, transfer: `tbtc-redemption-${key}`, requestedSat: "5500000", treasuryFeeSat: "2750", txMaxFeeSat: "100000", redeemer: someone },
    });
    expect(await readOne(logOf("RedemptionTimedOut", [wallet, lengthPrefixed(script)]))).toMatchObject({ id: `tbtc:redemption-timeout:${key}:${txHash}`, kind: "tbtc-redemption-timed-out", payload: { redemptionKey: key } });
  });

  it.each([
    ["NewWalletRegistered", "registered"], ["WalletMovingFunds", "moving-funds"], ["WalletClosing", "closing"], ["WalletClosed", "closed"], ["WalletTerminated", "terminated"],
  ])("%s: named by the wallet", async (name, stage) => {
    expect(await readOne(logOf(name, [id32, wallet]))).toMatchObject({ id: `tbtc:wallet-${stage}:${wallet}`, kind: `tbtc-wallet-${stage}`, payload: { wallet } });
  });

  it.each([
    ["MovingFundsCommitmentSubmitted", [wallet, [someone, wallet], someone], "committed", { targets: [someone, wallet] }], ["MovingFundsTimedOut", [wallet], "timed-out", {}], ["MovingFundsBelowDustReported", [wallet], "below-dust", {}],
  ] as const)("%s: named by the wallet", async (name, values, what, more) => {
    expect(await readOne(logOf(name, values))).toMatchObject({ id: `tbtc:wallet-moving-funds-${what}:${wallet}`, kind: `tbtc-moving-funds-${what}`, payload: { wallet, tx: txHash, ...more } });
  });

  it("a reset of the time to move funds: each one is an event of its own", async () => {
    expect(await readOne(logOf("MovingFundsTimeoutReset", [wallet]))).toMatchObject({ id: `tbtc:moving-funds-reset:${wallet}:${txHash}`, kind: "tbtc-moving-funds-reset", payload: { wallet } });
  });

  it("moved funds that were not swept in time: named by their output", async () => {
    const key = outpointKey({ txid: id32, index: 3 });
    expect(await readOne(logOf("MovedFundsSweepTimedOut", [wallet, id32, 3]))).toMatchObject({ id: `tbtc:moved-funds-timeout:${key}`, kind: "tbtc-moved-funds-timed-out", payload: { outpointKey: key, transfer: `tbtc-moved-funds-${key}` } });
  });

  it.each([
    ["RedemptionParametersUpdated", [1, 1, 1, 1, 1, 1, 1], "redemption", bridge], ["MovingFundsParametersUpdated", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], "moving-funds", bridge],
    ["WatchtowerParametersUpdated", [1, 1, 1, 1, 1, 1, 1], "watchtower", watchtower], ["WatchtowerDisabled", [1, someone], "watchtower-disabled", watchtower],
  ] as const)("%s: says which periods are to be read again", async (name, values, what, from) => {
    expect(await readOne(logOf(name, values, from))).toMatchObject({ id: `tbtc:parameters:${what}:${txHash}`, kind: "tbtc-parameters-updated", payload: { what } });
  });

  it("objection, veto, withdrawal: named by the redemption, from its watchtower only", async () => {
    const about = { redemptionKey: id32, transfer: `tbtc-redemption-${id32}` };
    expect(await readOne(logOf("ObjectionRaised", [BigInt(id32), someone], watchtower))).toMatchObject({ id: `tbtc:redemption-objection:${id32}:${someone}`, kind: "tbtc-redemption-objected", payload: { ...about, guardian: someone } });
    expect(await readOne(logOf("VetoFinalized", [BigInt(id32)], watchtower))).toMatchObject({ id: `tbtc:redemption-veto:${id32}`, kind: "tbtc-redemption-vetoed", payload: about });
    expect(await readOne(logOf("VetoedFundsWithdrawn", [BigInt(id32), someone, 5n], watchtower))).toMatchObject({ id: `tbtc:redemption-veto-withdrawn:${id32}`, kind: "tbtc-redemption-veto-withdrawn", payload: { ...about, amountSat: "5" } });
    expect((await reader.read(logOf("VetoFinalized", [BigInt(id32)], bridge), block, none)).events).toEqual([]);
  });

  it("failed refund: a fact of its own, from the pool only", async () => {
    expect(await readOne(logOf("SendingEtherFailed", [123n, someone], pool))).toMatchObject({ id: `tbtc:refund-failed:${txHash}:${someone}`, kind: "tbtc-refund-failed", payload: { amountWei: "123", receiver: someone } });
    expect((await reader.read(logOf("SendingEtherFailed", [123n, someone], someone), block, none)).events).toEqual([]);
  });

  it("keep their id when the block or the log's position changes", async () => {
    const moved = { ...reveal, blockHash: id32, logIndex: 90, txHash: id32 };
    expect((await readOne(moved)).id).toBe((await readOne(reveal)).id);
  });

  it("a Bridge log that does not decode is not an event", async () => {
    expect((await reader.read({ ...reveal, data: "0x12" }, block, none)).events).toEqual([]);
  });
});

describe("main UTXO after a proof, from its call data", () => {
  const swept = logOf("DepositsSwept", [wallet, sweep.tx.txid]);
  const mainUtxo = { txid: sweep.tx.txid, index: 0, valueSat: sweep.tx.outputs[0]?.valueSat.toString() };

  it.each([["MaintainerProxy", proxy], ["Bridge", bridge]])("of a call to the %s", async (_name, to) => {
    expect(await readOne(swept, () => Promise.resolve({ to, input: proofInput }))).toMatchObject({ id: `tbtc:proof:${story.sweepTxid}`, kind: "tbtc-deposits-swept", payload: { wallet, txid: sweep.tx.txid, call: "direct", mainUtxo } });
  });

  it.each<[string, { to: Hex | null; input: Hex } | null, string]>([
    ["through another contract", { to: someone, input: proofInput }, "wrapped"],
    ["of another function", { to: proxy, input: "0xdeadbeef" }, "wrapped"],
    ["that creates a contract", { to: null, input: proofInput }, "wrapped"],
    ["no endpoint keeps", null, "not-kept"],
  ])("is open after a call %s, and says so", async (_name, tx, call) => {
    expect((await readOne(swept, () => Promise.resolve(tx))).payload).toMatchObject({ call, mainUtxo: null });
  });

  it("is not taken from a call that proves another transaction than the event names", async () => {
    const event = await readOne(logOf("DepositsSwept", [wallet, redemption.tx.txid]), () => Promise.resolve({ to: proxy, input: proofInput }));
    expect(event.payload).toMatchObject({ call: "wrapped", mainUtxo: null });
  });

  it("once final is watched, beside the wallet's scripts", async () => {
    const event = await readOne(swept, () => Promise.resolve({ to: proxy, input: proofInput }));
    expect(reader.settle(event)).toEqual({
      births: [],
      watches: [...scriptWatches(wallet, startHeight), outpointWatch(wallet, { txid: sweep.tx.txid, index: 0 }, sweep.tx.outputs[0]?.valueSat ?? 0n, startHeight)],
    });
  });
});

describe("watches of a wallet", () => {
  it("open from its creation when the event is that, from the start otherwise, always under the same ids", async () => {
    const created = reader.settle(await readOne(logOf("NewWalletRegistered", [id32, wallet]))).watches;
    const revealed = reader.settle(await readOne(reveal)).watches;
    expect(created.map(({ heightHint }) => heightHint)).toEqual([hint(1), hint(1)]);
    expect(revealed.map(({ heightHint }) => heightHint)).toEqual([startHeight, startHeight]);
    expect(created.map(({ id }) => id)).toEqual(revealed.map(({ id }) => id));
    expect(created.every(({ forWhom }) => forWhom === `tbtc:${wallet}`)).toBe(true);
  });

  it("are not opened by what names no wallet", async () => {
    expect(reader.settle(await readOne(logOf("SendingEtherFailed", [1n, someone], pool)))).toEqual({ births: [], watches: [] });
  });
});
