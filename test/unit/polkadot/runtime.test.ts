import metadata from "@polkadot/types-support/metadata/static-substrate";
import { describe, expect, it } from "vitest";
import { outcomeOf } from "../../../src/chains/polkadot/dispatch.ts";
import { createRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { PolkadotCall, PolkadotEvent, RuntimeVersion } from "../../../src/chains/polkadot/runtime.ts";
import { checkShape, checkSigning } from "../../../src/chains/polkadot/shape.ts";
import type { Needs } from "../../../src/chains/polkadot/shape.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex, Json } from "../../../src/core/values.ts";

const version: RuntimeVersion = { specName: "node", specVersion: 268, transactionVersion: 2, apis: new Map() };
/** the metadata of a Substrate node as published with the library */
const runtime = createRuntime(version, metadata);
const account: Hex = `0x${"d4".repeat(32)}`;
const thrownBy = (work: () => unknown) => {
  try {
    work();
  } catch (thrown) {
    return failureOf(thrown);
  }
  return null;
};

describe("calls", () => {
  const transfer: PolkadotCall = { pallet: "Balances", name: "transfer_keep_alive", args: { dest: { Id: account }, value: "340282366920938463463374607431768211455" } };

  it("come back as they went in", () => {
    expect(runtime.call(runtime.encodeCall(transfer))).toEqual(transfer);
  });

  it("may hold calls", () => {
    const batch: PolkadotCall = { pallet: "Utility", name: "batch_all", args: { calls: [transfer, transfer] } };
    const bytes = runtime.encodeCall(batch);
    expect(runtime.call(bytes)).toEqual(batch);
    expect(bytes.split(runtime.encodeCall(transfer).slice(2))).toHaveLength(3);
  });

  it.each([
    ["an argument left out", { pallet: "Balances", name: "transfer_keep_alive", args: { dest: { Id: account } } }, "value"],
    ["an argument too many", { ...transfer, args: { ...transfer.args, tip: 1 } }, "tip"],
    ["another name", { ...transfer, name: "transferKeepAlive" }, "transferKeepAlive"],
    ["another pallet", { ...transfer, pallet: "Coins" }, "Coins"],
  ] as const)("with %s stop the lane, named", (_name, call, word) => {
    const failure = thrownBy(() => runtime.encodeCall(call));
    expect(failure).toMatchObject({ remedy: "Unsafe", code: "shape-changed" });
    expect(failure?.message).toContain(word);
  });

  it("with a value that is not of its type are our own mistake", () => {
    expect(thrownBy(() => runtime.encodeCall({ ...transfer, args: { dest: { Nobody: account }, value: "1" } }))).toMatchObject({ remedy: "Bug", code: "call-not-encodable" });
  });
});

describe("storage", () => {
  it("keys are hashed as chains do", () => {
    expect(runtime.storageKey("System", "Number", [])).toBe("0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac");
    expect(runtime.storageKey("System", "Account", [account])).toMatch(/^0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9[0-9a-f]{32}(d4){32}$/);
  });

  it("numbers are read lowest byte first, absent values are the default or null", () => {
    expect(runtime.storageValue("System", "Number", "0x01020000")).toBe(513);
    expect(runtime.storageValue("System", "Number", null)).toBe(0);
    expect(runtime.storageValue("Sudo", "Key", null)).toBeNull();
    expect(runtime.constant("System", "BlockHashCount")).toBeTypeOf("number");
  });

  it("bytes that are too few or too many are the node's fault", () => {
    for (const bytes of ["0x0102", "0x0102000000"] as const) expect(thrownBy(() => runtime.storageValue("System", "Number", bytes))).toMatchObject({ remedy: "Invalid", code: "scale-undecodable" });
    expect(thrownBy(() => runtime.events("0x04ffff"))).toMatchObject({ remedy: "Invalid", code: "scale-undecodable" });
  });
});

describe("shapes", () => {
  const good: Needs = {
    events: { "Balances.Transfer": { from: "[u8; 32]", to: "[u8; 32]", amount: "u128" } },
    calls: { "System.remark": { remark: "[u8]" }, "Balances.transfer_keep_alive": { dest: "_", value: "Compact<u128>" } },
    storage: { "System.Number": { keys: [], value: "u32" }, "System.Account": { keys: ["[u8; 32]"], value: "_" } },
    constants: { "System.BlockHashCount": "u32" },
  };

  it("that are as known pass", () => {
    expect(thrownBy(() => checkShape(runtime, good))).toBeNull();
  });

  it("may leave a part of a type open, and only that part", () => {
    const value = (words: string): Needs => ({ storage: { "System.Account": { keys: ["_"], value: words } } });
    const account = "{nonce: u32, consumers: u32, providers: u32, sufficients: u32, data: _}";
    expect(thrownBy(() => checkShape(runtime, value(account)))).toBeNull();
    expect(thrownBy(() => checkShape(runtime, value(account.replace("u32", "_"))))).toBeNull();
    for (const other of [account.replace("nonce: u32", "nonce: u64"), account.replace(", sufficients: u32", ""), account.replace("data", "info"), account.replace("_", "_, more: _")]) {
      expect(thrownBy(() => checkShape(runtime, value(other)))).toMatchObject({ code: "shape-changed" });
    }
  });

  it.each<[string, Needs, string]>([
    ["an event that is gone", { events: { "Balances.Sent": {} } }, "event Balances.Sent"],
    ["a field that is gone", { events: { "Balances.Transfer": { from: "_", to: "_" } } }, "event Balances.Transfer"],
    ["fields in another order", { events: { "Balances.Transfer": { to: "_", from: "_", amount: "_" } } }, "event Balances.Transfer"],
    ["a field of another type", { events: { "Balances.Transfer": { from: "_", to: "_", amount: "u64" } } }, "event Balances.Transfer"],
    ["a call that is gone", { calls: { "System.remarks": {} } }, "call System.remarks"],
    ["a storage item that is gone", { storage: { "System.Height": { keys: [], value: "_" } } }, "storage System.Height"],
    ["a storage item with other keys", { storage: { "System.Account": { keys: [], value: "_" } } }, "storage System.Account"],
    ["a storage item of another type", { storage: { "System.Number": { keys: [], value: "u64" } } }, "storage System.Number"],
    ["a constant of another type", { constants: { "System.BlockHashCount": "u64" } }, "constant System.BlockHashCount"],
  ])("with %s are named", (_name, needs, item) => {
    expect(thrownBy(() => checkShape(runtime, needs))).toMatchObject({ remedy: "Unsafe", code: "shape-changed", evidence: { item, specVersion: 268 } });
  });
});

describe("signing", () => {
  it("is possible with the extensions that everybody knows", () => {
    expect(thrownBy(() => checkSigning(runtime))).toBeNull();
  });

  it("is refused, by name, where a runtime wants bytes that nobody here knows", () => {
    const odd = createRuntime(version, `0x${metadata.slice(2).replaceAll(Buffer.from("CheckGenesis").toString("hex"), Buffer.from("CheckEverest").toString("hex"))}`);
    expect(thrownBy(() => checkSigning(odd))).toMatchObject({ remedy: "Unsafe", code: "shape-changed", evidence: { item: "signed extension CheckEverest" } });
  });
});

describe("how an extrinsic ended", () => {
  const event = (pallet: string, name: string, data: { readonly [field: string]: Json }, extrinsic = 1): PolkadotEvent => ({ index: 0, extrinsic, pallet, name, data });
  const success = event("System", "ExtrinsicSuccess", { dispatchInfo: null });
  const paid = event("TransactionPayment", "TransactionFeePaid", { who: account, actualFee: "125", tip: "25" });
  const moduleError: Json = { Module: { index: 6, error: "0x02000000" } };

  it("well: with what it paid", () => {
    expect(outcomeOf(runtime, [event("System", "ExtrinsicFailed", { dispatchError: "BadOrigin" }, 0), paid, success], 1)).toEqual({ ok: true, failure: null, feePaid: 125n });
  });

  it.each<[string, PolkadotEvent[], string]>([
    ["failed", [event("System", "ExtrinsicFailed", { dispatchError: "BadOrigin" })], "BadOrigin"],
    ["failed in a module", [event("System", "ExtrinsicFailed", { dispatchError: moduleError })], "Balances.InsufficientBalance"],
    ["failed on a token", [event("System", "ExtrinsicFailed", { dispatchError: { Token: "FundsUnavailable" } })], "Token.FundsUnavailable"],
    ["interrupted as a batch", [event("Utility", "BatchInterrupted", { index: 1, error: moduleError }), success], "Balances.InsufficientBalance"],
    ["a batch with a failed item", [event("Utility", "ItemFailed", { error: "BadOrigin" }), event("Utility", "BatchCompletedWithErrors", {}), success], "BadOrigin"],
    ["sudo that failed", [event("Sudo", "Sudid", { sudoResult: { Err: "BadOrigin" } }), success], "BadOrigin"],
    ["a proxied call that failed", [event("Proxy", "ProxyExecuted", { result: { Err: moduleError } }), success], "Balances.InsufficientBalance"],
    ["events without names", [event("Utility", "BatchInterrupted", { 0: 1, 1: "BadOrigin" }), success], "BadOrigin"],
  ])("badly: %s", (_name, events, name) => {
    expect(outcomeOf(runtime, events, 1)).toMatchObject({ ok: false, failure: { name } });
  });

  it("sudo that went well is no failure, and no event is no answer", () => {
    expect(outcomeOf(runtime, [event("Sudo", "Sudid", { sudoResult: { Ok: [] } }), success], 1)).toMatchObject({ ok: true });
    expect(outcomeOf(runtime, [success], 2)).toBeNull();
  });
});
