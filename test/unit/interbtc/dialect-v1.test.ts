import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { merkleBlock, v1 } from "../../../src/bridges/interbtc/dialect-v1.ts";
import { dialectOf, refundsOf } from "../../../src/bridges/interbtc/dialects.ts";
import type { InterbtcProof } from "../../../src/bridges/interbtc/proof.ts";
import { parseHeader, parseTx } from "../../../src/chains/bitcoin/codec.ts";
import type { PolkadotCall } from "../../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../../src/chains/polkadot/shape.ts";
import { concatHex, reverseHex, sliceHex } from "../../../src/core/hex.ts";
import type { Hex } from "../../../src/core/values.ts";
import { createV1Runtime } from "../../support/interbtc-v1.ts";
import { account, blockOfPayments, id, proofOf, request, requester, thrownBy } from "./facts.ts";

const runtime = createV1Runtime();
const refunds = refundsOf(runtime) ?? (() => { throw new Error("the genesis has refunds"); })();
/** Bitcoin's block 1 */
const raw: Hex = "0x010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299";
const header = parseHeader(raw);

/** Transactions of mainnet block 702861 with their proofs as a node's gettxoutproof printed them. */
const recorded = new Map(readFileSync("runtime/bitcoin/testdata/mainnet-block-702861.txt", "utf8").split("\n").filter((line) => /^[a-z]/.test(line)).map((line) => line.split("\t") as [string, string]));
const proofs = [...recorded.keys()].filter((name) => name.startsWith("proof-")).map((name) => name.slice("proof-".length));
const hexIn = (name: string): Hex => `0x${recorded.get(name) ?? ""}`;

/** Takes a recorded proof apart, with counts below 253 as these have. */
function takenApart(position: string): InterbtcProof {
  const proof = hexIn(`proof-${position}`);
  const many = Number(sliceHex(proof, 84, 85));
  const flagsAt = 85 + 32 * many;
  const flagBits = [...Buffer.from(proof.slice(4 + 2 * flagsAt), "hex")].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> bit) & 1) === 1));
  return {
    header: sliceHex(proof, 0, 80), transactionsCount: Buffer.from(proof.slice(2), "hex").readUInt32LE(80), transaction: hexIn(`tx-${position}`),
    tree: { hashes: Array.from({ length: many }, (_, at) => sliceHex(proof, 85 + 32 * at, 117 + 32 * at)), flagBits }, coinbase: "0x", coinbaseTree: { hashes: [], flagBits: [] },
  };
}

describe("the genesis runtime", () => {
  it("is known by its metadata, and has all that is used of it", () => {
    expect(dialectOf(runtime)).toBe(v1);
    for (const needs of Object.values(v1.needs)) expect(thrownBy(() => checkShape(runtime, needs))).toBeNull();
  });

  it("names one-byte errors", () => {
    expect(runtime.dispatchFailure({ Module: { index: 17, error: 5 } }).name).toBe("BTCRelay.OutdatedBlock");
    expect(runtime.dispatchFailure({ Module: { index: 22, error: 1 } }).name).toBe("Issue.CommitPeriodExpired");
  });
});

describe("headers", () => {
  it("go as their 80 bytes, without a fork bound", () => {
    expect(runtime.encodeCall(v1.storeHeaders([header], 7))).toBe(concatHex("0x1201", raw));
    expect(runtime.encodeCall(v1.initialize(header, 806_400))).toBe(concatHex("0x1200", raw, "0x004e0c00"));
    expect(runtime.encodeCall(v1.storeHeaders([header, header], 7))).toBe(concatHex("0x0300", "0x08", "0x1201", raw, "0x1201", raw));
  });

  it("are looked up and read as today", () => {
    expect(runtime.storageKey("BTCRelay", "BlockHeaders", [v1.headerKey(header.hash)]).endsWith(header.hash.slice(2))).toBe(true);
    expect(v1.storedHeader(runtime.storageValue("BTCRelay", "BlockHeaders", null))).toBeNull();
    const fields = concatHex(`0x${"00".repeat(140)}`, "0x004e0c00", "0x02000000", "0x4d000000");
    expect(v1.storedHeader(runtime.storageValue("BTCRelay", "BlockHeaders", fields))).toEqual({ height: 806_400, chainId: 2, paraHeight: 77 });
  });
});

describe("a proof", () => {
  it.each(proofs)("of mainnet's transaction %s is byte for byte what a node prints", (position) => {
    expect(merkleBlock(takenApart(position))).toBe(hexIn(`proof-${position}`));
  });

  it("has longer counts in their shortest form", () => {
    const with253 = merkleBlock({ header: raw, transactionsCount: 70_000, tree: { hashes: Array.from({ length: 253 }, () => id), flagBits: Array.from({ length: 253 * 8 }, () => true) } });
    expect(sliceHex(with253, 80, 87)).toBe("0x70110100fdfd00");
    expect(sliceHex(with253, 87 + 253 * 32, 90 + 253 * 32)).toBe("0xfdfd00");
    const with70000 = merkleBlock({ header: raw, transactionsCount: 1, tree: { hashes: Array.from({ length: 70_000 }, () => "0x" as const), flagBits: [true, false, true] } });
    expect(sliceHex(with70000, 84)).toBe("0xfe701101000105");
  });
});

describe("an execution", () => {
  const [position = ""] = proofs.slice(-1);
  const proof = takenApart(position);
  const txid = parseTx(proof.transaction).txid;
  /** SCALE: bytes behind their length, here of 64 to 16,383 bytes */
  const long = (bytes: Hex): Hex => {
    const length = (bytes.length / 2 - 1) * 4 + 1;
    return concatHex(`0x${Buffer.from([length & 0xff, length >> 8]).toString("hex")}`, bytes);
  };

  it("goes with raw proof and raw transaction", () => {
    expect(runtime.encodeCall(v1.executeIssue(id, proof))).toBe(concatHex("0x1601", id, long(hexIn(`proof-${position}`)), long(hexIn(`tx-${position}`))));
  });

  it("of a refund does, too", () => {
    expect(runtime.encodeCall(refunds.execute(id, proof))).toBe(concatHex("0x1a00", id, long(hexIn(`proof-${position}`)), long(hexIn(`tx-${position}`))));
  });

  it("keeps the witness, out of which this runtime reads where a refund goes", () => {
    const block = blockOfPayments();
    const withWitness = block.txs.find(({ inputs }) => inputs[0]?.outpoint.index !== 0xffffffff && (inputs[0]?.witness.length ?? 0) > 0);
    const args = v1.executeIssue(id, proofOf(block, withWitness?.txid ?? "0x")).args;
    expect(parseTx(args["rawTx"] as Hex).inputs[0]?.witness).toEqual(withWitness?.inputs[0]?.witness);
  });

  const call = v1.executeIssue(id, proof);
  const decoded = (outer: PolkadotCall): PolkadotCall => runtime.call(runtime.encodeCall(outer));

  it("tells the transaction it proves, also inside a batch", () => {
    expect(v1.provenTxid(decoded(call), id)).toBe(txid);
    expect(v1.provenTxid(decoded({ pallet: "Utility", name: "batch_all", args: { calls: [v1.executeIssue(requester, takenApart(proofs[0] ?? "")), call] } }), id)).toBe(txid);
    expect(v1.provenTxid(decoded(call), requester)).toBeNull();
    expect(v1.provenTxid({ ...call, args: { ...call.args, rawTx: "0x1234" } }, id)).toBeNull();
  });
});

describe("an issue request", () => {
  const little = (value: bigint | number, count: number): Hex => reverseHex(`0x${value.toString(16).padStart(2 * count, "0")}`);
  /** vault with DOT and INTERBTC, clocks, griefing, amount, fee, requester, P2WPKHv0, key, height */
  const before = concatHex(
    account, "0x0000", "0x0001", little(1_000, 4), little(7_200, 4), little(5, 16), little(99_850, 16), little(150, 16), requester,
    "0x029976874f125cfac32a3c5b32006066bc4525fff4", `0x02${"7b".repeat(32)}`, little(700, 4),
  );
  const read = (status: Hex) => runtime.storageValue("Issue", "IssueRequests", concatHex(before, status));

  it("is read from its bytes", () => {
    expect(v1.issueRequest(id, read("0x00"))).toEqual({ ...request, vault: { ...request.vault, wrapped: "INTERBTC" } });
  });

  it("is completed with or without a refund, or cancelled", () => {
    expect([read("0x0100"), read(concatHex("0x0101", id)), read("0x02")].map((value) => v1.issueRequest(id, value).status)).toEqual(["completed", "completed", "cancelled"]);
  });

  it("is what an event is about", () => {
    const phase = concatHex("0x00", little(2, 4));
    const executed = concatHex("0x1602", id, requester, account, "0x00000001", little(100_000, 16), little(150, 16));
    const [event] = runtime.events(concatHex("0x04", phase, executed, "0x00"));
    expect(event).toMatchObject({ extrinsic: 2, pallet: "Issue", name: "ExecuteIssue", data: { amount: "100000", fee: "150" } });
    expect(event === undefined ? null : v1.issueIdOf(event)).toBe(id);
  });
});

describe("a refund", () => {
  const little = (value: bigint | number, count: number): Hex => reverseHex(`0x${value.toString(16).padStart(2 * count, "0")}`);
  /** vault with DOT and INTERBTC, amount, fee, inclusion fee, issuer, P2SH, issue */
  const before = concatHex(account, "0x0000", "0x0001", little(40_000, 16), little(200, 16), little(498, 16), requester, "0x01", `0x${"5c".repeat(20)}`, `0x${"2d".repeat(32)}`);
  const read = (completed: Hex) => runtime.storageValue("Refund", "RefundRequests", concatHex(before, completed));
  const asked = { id, issueId: `0x${"2d".repeat(32)}`, requester, vault: { account, collateral: "DOT", wrapped: "INTERBTC" }, amountSat: 40_000n, feeSat: 200n, script: `0xa914${"5c".repeat(20)}87` };

  it("is there by the metadata alone, and has all that is used of it", () => {
    expect(refundsOf(createV1Runtime("Refund"))).toBeNull();
    for (const needs of Object.values(refunds.needs)) expect(thrownBy(() => checkShape(runtime, needs))).toBeNull();
    expect(runtime.dispatchFailure({ Module: { index: 26, error: 4 } }).name).toBe("Refund.RefundCompleted");
  });

  it("is read from its bytes, open or settled", () => {
    expect(refunds.request(id, read("0x00"))).toEqual({ ...asked, isCompleted: false });
    expect(refunds.request(id, read("0x01"))).toEqual({ ...asked, isCompleted: true });
    expect(thrownBy(() => refunds.request(id, null))).toMatchObject({ remedy: "Invalid", code: "interbtc-undecodable" });
  });

  it("is what its events are about", () => {
    const phase = concatHex("0x00", little(2, 4));
    const requested = concatHex("0x1a00", id, requester, little(40_000, 16), account, "0x00000001", "0x01", `0x${"5c".repeat(20)}`, `0x${"2d".repeat(32)}`, little(200, 16), little(498, 16));
    const executed = concatHex("0x1a01", id, requester, account, "0x00000001", little(40_000, 16), little(200, 16));
    const events = runtime.events(concatHex("0x08", phase, requested, "0x00", phase, executed, "0x00"));
    expect(events).toMatchObject([{ name: "RequestRefund", data: { amount: "40000", issueId: asked.issueId } }, { name: "ExecuteRefund", data: { fee: "200" } }]);
    expect(events.map((event) => refunds.idOf(event))).toEqual([id, id]);
  });

  it("tells the transaction that a call proves, also inside a batch", () => {
    const proof = takenApart(proofs[0] ?? "");
    const call = refunds.execute(id, proof);
    const outer: PolkadotCall = { pallet: "Utility", name: "batch", args: { calls: [refunds.execute(requester, takenApart(proofs.at(-1) ?? "")), call] } };
    expect(refunds.provenTxid(runtime.call(runtime.encodeCall(outer)), id)).toBe(parseTx(proof.transaction).txid);
    expect(refunds.provenTxid(call, account)).toBeNull();
  });
});

it("a vault that stole is none of the active ones", () => {
  const value = (status: Hex) => runtime.storageValue("VaultRegistry", "Vaults", concatHex(account, "0x00000001", status, "0x00"));
  expect(value("0x0001")).toMatchObject({ id: { accountId: account }, status: { Active: true } });
  expect([value("0x01"), value("0x02")]).toMatchObject([{ status: "Liquidated" }, { status: "CommittedTheft" }]);
});
