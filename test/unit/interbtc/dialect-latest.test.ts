import metadata from "@polkadot/types-support/metadata/static-substrate";
import { beforeAll, describe, expect, it } from "vitest";
import { fullProof } from "../../../devnet/interbtc/proof.ts";
import { latest } from "../../../src/bridges/interbtc/dialect-latest.ts";
import { dialectOf } from "../../../src/bridges/interbtc/dialects.ts";
import { parseHeader } from "../../../src/chains/bitcoin/codec.ts";
import { createRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { PolkadotCall, PolkadotEvent, PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../../src/chains/polkadot/shape.ts";
import { storageOf, palletBy } from "../../../src/chains/polkadot/items.ts";
import { concatHex, hexOf, reverseHex } from "../../../src/core/hex.ts";
import type { Hex, Json } from "../../../src/core/values.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { account, blockOfPayments, id, proofOf, request, requester, thrownBy } from "./facts.ts";

let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

/** SCALE bytes of a storage value, made by the library from plain values. */
function stored(pallet: string, item: string, value: Json): Hex {
  const { registry } = runtime;
  const type = storageOf(palletBy(registry, pallet), item)?.entry.type;
  if (type === undefined) throw new RangeError(`no ${pallet}.${item}`);
  return hexOf(registry.createTypeUnsafe(registry.createLookupType(type.isPlain ? type.asPlain : type.asMap.value), [value]).toU8a());
}

describe("a runtime of today", () => {
  it("is known by its metadata, and has all that is used of it", () => {
    expect(dialectOf(runtime)).toBe(latest);
    for (const needs of Object.values(latest.needs)) expect(thrownBy(() => checkShape(runtime, needs))).toBeNull();
  });

  it("is no runtime of another chain: that stops the lane, by name", () => {
    const other = createRuntime({ specName: "node", specVersion: 268, transactionVersion: 2, apis: new Map() }, metadata);
    expect(thrownBy(() => dialectOf(other))).toMatchObject({ remedy: "Unsafe", code: "shape-changed", evidence: { item: "call BTCRelay.store_block_header" } });
  });
});

describe("headers", () => {
  // Bitcoin's block 1: version 1, bits 1d00ffff, nonce 2573394689, 2009-01-09
  const raw: Hex = "0x010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299";
  const header = parseHeader(raw);
  const [root, parent] = ["0x982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e", "0x6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000"] as const;
  const hash = reverseHex("0x00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048");
  const target = reverseHex("0x00000000ffff0000000000000000000000000000000000000000000000000000");
  const bytes = concatHex(root, target, "0x61bc6649", "0x01000000", hash, parent, "0x01e36299");

  it("go byte for byte as the published interface has them", () => {
    expect(runtime.encodeCall(latest.storeHeaders([header], 3))).toBe(concatHex("0x3201", bytes, "0x03000000"));
    expect(runtime.encodeCall(latest.initialize(header, 806_400))).toBe(concatHex("0x3200", bytes, "0x004e0c00"));
  });

  it("go together as a batch that keeps what came before a failure", () => {
    expect(runtime.encodeCall(latest.storeHeaders([header, header], 3))).toBe(concatHex("0x0300", "0x08", "0x3201", bytes, "0x03000000", "0x3201", bytes, "0x03000000"));
  });

  it("may have a version with the highest bit set", () => {
    const odd = parseHeader(`0xffffffff${raw.slice(10)}`);
    expect(runtime.call(runtime.encodeCall(latest.storeHeaders([odd], 1))).args["blockHeader"]).toMatchObject({ version: -1 });
  });

  it("are looked up by their hash in wire order", () => {
    expect(runtime.storageKey("BTCRelay", "BlockHeaders", [latest.headerKey(hash)]).endsWith(hash.slice(2))).toBe(true);
  });

  it("are read with height, chain and time; what is not stored is null", () => {
    const value = { blockHeader: latest.initialize(header, 1).args["blockHeader"] ?? null, blockHeight: 806_400, chainId: 2, paraHeight: 77 };
    expect(latest.storedHeader(runtime.storageValue("BTCRelay", "BlockHeaders", stored("BTCRelay", "BlockHeaders", value)))).toEqual({ height: 806_400, chainId: 2, paraHeight: 77 });
    expect(latest.storedHeader(runtime.storageValue("BTCRelay", "BlockHeaders", null))).toBeNull();
    expect(latest.storedHeader(null)).toBeNull();
    expect(thrownBy(() => latest.storedHeader({ blockHeight: 1 }))).toMatchObject({ code: "interbtc-undecodable" });
  });
});

describe("an execution", () => {
  const block = blockOfPayments();

  it.each(block.txs.slice(1).map(({ txid }, at) => [at + 1, txid] as const))("of transaction %i of a block goes as an independent writer has it", (_at, txid) => {
    const twin = JSON.parse(JSON.stringify(fullProof(block, txid), (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))) as Json;
    const theirs = runtime.encodeCall({ pallet: "Issue", name: "execute_issue", args: { issueId: id, uncheckedTransaction: twin } });
    expect(runtime.encodeCall(latest.executeIssue(id, proofOf(block, txid)))).toBe(theirs);
  });

  const txid = block.txs[3]?.txid ?? "0x";
  const call = latest.executeIssue(id, proofOf(block, txid));
  const decoded = (outer: PolkadotCall): PolkadotCall => runtime.call(runtime.encodeCall(outer));
  const other = latest.executeIssue(requester, proofOf(block, block.txs[1]?.txid ?? "0x"));

  it.each<[string, PolkadotCall]>([
    ["alone", call],
    ["in a batch, behind another issue's", { pallet: "Utility", name: "batch_all", args: { calls: [other, call] } }],
    ["by sudo, in a batch, in a batch", { pallet: "Sudo", name: "sudo", args: { call: { pallet: "Utility", name: "batch", args: { calls: [{ pallet: "Utility", name: "force_batch", args: { calls: [call] } }] } } } }],
  ])("tells the transaction it proves: %s", (_name, outer) => {
    expect(latest.provenTxid(decoded(outer), id)).toBe(txid);
  });

  it("of another issue, or another call, proves nothing for this one", () => {
    expect(latest.provenTxid(decoded(other), id)).toBeNull();
    expect(latest.provenTxid(decoded({ pallet: "Issue", name: "cancel_issue", args: { issueId: id } }), id)).toBeNull();
  });

  it.each([
    [702_861, "0x038db90a"],
    [128, "0x028000"],
    [17, "0x0111"],
    [16, "0x60"],
    [0, "0x00"],
  ] as const)("of a coinbase tells it also when the height %i stands apart", (height, push) => {
    const coinbase = { version: 1, inputs: [{ source: { Coinbase: height }, script: "0xabcd", sequence: 5, witness: [] }], outputs: [], lockAt: { BlockHeight: 0 } };
    const whole = { ...coinbase, inputs: [{ source: { Coinbase: null }, script: concatHex(push, "0xabcd"), sequence: 5, witness: [] }] };
    const proves = (transaction: Json) => latest.provenTxid({ pallet: "Issue", name: "execute_issue", args: { issueId: id, uncheckedTransaction: { userTxProof: { transaction } } } }, id);
    expect(proves(coinbase)).toBe(proves(whole));
    expect(proves(coinbase)).toMatch(/^0x[0-9a-f]{64}$/);
  });
});

describe("an issue request", () => {
  const vault = { accountId: account, currencies: { collateral: { Token: "DOT" }, wrapped: { Token: "IBTC" } } };
  const value = {
    vault, opentime: 1_000, period: 7_200, griefingCollateral: "5", griefingCurrency: { Token: "INTR" }, amount: "99850", fee: "150", requester,
    btcAddress: { P2WPKHv0: "0x9976874f125cfac32a3c5b32006066bc4525fff4" }, btcPublicKey: `0x02${"7b".repeat(32)}`, btcHeight: 700, status: "Pending",
  };
  const read = (more: { readonly [field: string]: Json } = {}) => latest.issueRequest(id, runtime.storageValue("Issue", "IssueRequests", stored("Issue", "IssueRequests", { ...value, ...more })));

  it("is read from storage", () => {
    expect(read()).toEqual(request);
    expect(read({ amount: "340282366920938463463374607431768211455" }).amountSat).toBe(2n ** 128n - 1n);
  });

  it.each([["Pending", "pending"], ["Completed", "completed"], ["Cancelled", "cancelled"]])("may be %s", (status, word) => {
    expect(read({ status }).status).toBe(word);
  });

  it.each<[Json, string]>([
    [{ P2PKH: `0x${"11".repeat(20)}` }, `0x76a914${"11".repeat(20)}88ac`],
    [{ P2SH: `0x${"22".repeat(20)}` }, `0xa914${"22".repeat(20)}87`],
    [{ P2WSHv0: `0x${"33".repeat(32)}` }, `0x0020${"33".repeat(32)}`],
  ])("may be paid to %j", (btcAddress, script) => {
    expect(read({ btcAddress }).script).toBe(script);
  });

  it.each<[Json, string]>([
    [{ ForeignAsset: 1 }, "ForeignAsset:1"],
    [{ LendToken: 2 }, "LendToken:2"],
    [{ LpToken: [{ Token: "DOT" }, { ForeignAsset: 3 }] }, "LpToken:(DOT,ForeignAsset:3)"],
  ])("may be backed by %j", (collateral, word) => {
    expect(read({ vault: { ...vault, currencies: { ...vault.currencies, collateral } } }).vault.collateral).toBe(word);
  });

  it.each<[string, Json]>([
    ["no request", null],
    ["without a vault", { ...value, vault: null }],
    ["with a status nobody knows", { ...value, status: "Asleep" }],
    ["with an address nobody knows", { ...value, btcAddress: { P2TR: `0x${"11".repeat(32)}` } }],
    ["with a hash of another length", { ...value, btcAddress: { P2WPKHv0: "0x11" } }],
    ["with an amount that is none", { ...value, amount: "many" }],
    ["with a height as text", { ...value, btcHeight: "700" }],
  ])("is refused: %s", (_name, json) => {
    expect(thrownBy(() => latest.issueRequest(id, json))).toMatchObject({ remedy: "Invalid", code: "interbtc-undecodable" });
  });
});

describe("an event", () => {
  const event = (pallet: string, name: string, issueId: Json = id): PolkadotEvent => ({ index: 0, extrinsic: 1, pallet, name, data: { issueId } });

  it("is about an issue when it is one of three", () => {
    for (const name of ["RequestIssue", "ExecuteIssue", "CancelIssue"]) expect(latest.issueIdOf(event("Issue", name))).toBe(id);
    expect(latest.issueIdOf(event("Issue", "IssueAmountChange"))).toBeNull();
    expect(latest.issueIdOf(event("Redeem", "RequestIssue"))).toBeNull();
    expect(latest.issueIdOf(event("Issue", "ExecuteIssue", "0x11"))).toBeNull();
  });
});

it("names of failures come from the table of this runtime", () => {
  expect(runtime.dispatchFailure({ Module: { index: 50, error: "0x0c000000" } }).name).toBe("BTCRelay.OngoingFork");
  expect(runtime.dispatchFailure({ Module: { index: 50, error: "0x0c" } }).name).toBe("BTCRelay.OngoingFork");
});
