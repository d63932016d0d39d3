import metadata from "@polkadot/types-support/metadata/static-substrate";
import { describe, expect, it } from "vitest";
import { createRuntime } from "../../../src/chains/polkadot/runtime.ts";
import { createStorageReads } from "../../../src/chains/polkadot/storage.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex, Json } from "../../../src/core/values.ts";

const { signal } = new AbortController();
const runtime = createRuntime({ specName: "node", specVersion: 268, transactionVersion: 2, apis: new Map() }, metadata);
const block: Hex = `0x${"b1".repeat(32)}`;
const other: Hex = `0x${"b2".repeat(32)}`;
const account = (byte: number): Hex => `0x${byte.toString(16).padStart(64, "0")}`;
const accountKey = (of: Hex): Hex => runtime.storageKey("System", "Account", [of]);
const number = { pallet: "System", item: "Number", keys: [] };
const blank = `0x${"00".repeat(80)}`;

/** a node that holds these values at `block`, and how often it was asked for what */
function over(state: ReadonlyMap<string, string>, lies: { readonly changes?: (changes: readonly Json[]) => Json; readonly keys?: (keys: readonly string[]) => Json; readonly block?: Hex } = {}) {
  const asked: string[] = [];
  const reads = createStorageReads("node", async (method, params) => {
    asked.push(method);
    if (method === "state_getKeysPaged") {
      const [prefix, count, after] = params as [string, number, string];
      const keys = [...state.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted().slice(0, count);
      return lies.keys?.(keys) ?? keys;
    }
    const changes = (params[0] as readonly string[]).map((key) => [key, state.get(key) ?? null]);
    return [{ block: lies.block ?? block, changes: lies.changes?.(changes) ?? changes }];
  }, async () => runtime);
  return { reads, asked };
}
const refusal = async (work: Promise<unknown>) => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));

describe("several values at once", () => {
  it("take one round trip, and come in the order asked for, each as often as asked for", async () => {
    const state = new Map([[runtime.storageKey("System", "Number", []), "0x01020000"]]);
    const { reads, asked } = over(state);
    const values = await reads.storages([{ pallet: "System", item: "BlockHash", keys: [7] }, number, number], block, signal);
    expect(values).toEqual([`0x${"00".repeat(32)}`, 513, 513]);
    expect(asked).toEqual(["state_queryStorageAt"]);
    expect(await reads.storages([], block, signal)).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["of another block", { block: other }],
    ["with a key left out", { changes: (changes: readonly Json[]) => changes.slice(1) }],
    ["that is no list", { changes: () => "0x" }],
    ["with a value that is no hex", { changes: () => [[runtime.storageKey("System", "Number", []), 7]] }],
  ])("an answer %s is the endpoint's fault", async (_name, lies) => {
    expect(await refusal(over(new Map(), lies).reads.storages([number], block, signal))).toMatchObject({ remedy: "Unavailable", code: "endpoint-bad-answer" });
  });
});

describe("a whole map", () => {
  const many = new Map(Array.from({ length: 2_300 }, (_, index) => [accountKey(account(index)), blank] as const));

  it("is read page by page with the keys behind its hashes, each entry once, and nothing of other items", async () => {
    const { reads, asked } = over(new Map([...many, [runtime.storageKey("System", "Number", []), "0x01000000"], ["0xff", "0x"]]));
    const found = await reads.entries("System", "Account", block, signal);
    expect(new Set(found.map(({ keys }) => keys[0]))).toEqual(new Set(Array.from({ length: 2_300 }, (_, index) => account(index))));
    expect(found).toHaveLength(2_300);
    expect(found[0]?.value).toMatchObject({ nonce: 0 });
    expect(asked.filter((method) => method === "state_getKeysPaged")).toHaveLength(3);
  });

  it("that is empty is an empty list", async () => {
    expect(await over(new Map()).reads.entries("System", "Account", block, signal)).toEqual([]);
  });

  it("with several keys gives all of them", () => {
    const key = runtime.storageKey("ImOnline", "AuthoredBlocks", [9, account(5)]);
    expect(runtime.storageKeys("ImOnline", "AuthoredBlocks", key)).toEqual([9, account(5)]);
  });

  it.each([
    ["keys of another item", { keys: () => [runtime.storageKey("System", "Number", [])] }],
    ["the same page again and again", { keys: () => Array.from({ length: 1_000 }, () => accountKey(account(1))) }],
  ])("told as %s is the endpoint's fault, not a loop", async (_name, lies) => {
    expect(await refusal(over(many, lies).reads.entries("System", "Account", block, signal))).toMatchObject({ remedy: "Unavailable", code: "endpoint-bad-answer" });
  });
});
