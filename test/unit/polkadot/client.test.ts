import metadata from "@polkadot/types-support/metadata/static-substrate";
import { describe, expect, it } from "vitest";
import { createPolkadotClient } from "../../../src/chains/polkadot/client.ts";
import { parseHeader } from "../../../src/chains/polkadot/header.ts";
import { RpcError } from "../../../src/chains/json-rpc.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex } from "../../../src/core/values.ts";

const { signal } = new AbortController();
const header = { parentHash: `0x${"11".repeat(32)}`, number: "0x7", stateRoot: `0x${"22".repeat(32)}`, extrinsicsRoot: `0x${"33".repeat(32)}`, digest: { logs: [] } };
const { hash } = parseHeader(header, "node");
const discarded = new RpcError(4003, "Client error: Api called for an unknown Block: State already discarded for 0x12", undefined);
const version = { specName: "node", specVersion: 268, transactionVersion: 2, apis: [["0xdf6acb689907609b", 5]] };

type Answers = { readonly [method: string]: (params: readonly unknown[]) => unknown };
/** a client over a node that answers by these functions, and what it was asked */
function over(answers: Answers) {
  const asked: string[] = [];
  const call = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    asked.push(method);
    const answer = answers[method]?.(params);
    if (answer instanceof Error) throw answer;
    return answer === undefined ? null : answer;
  };
  const client = createPolkadotClient({ name: "node", call, subscribe: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true as const, value: undefined }) }) }), close: () => undefined });
  return { client, asked };
}
const refusal = async (work: Promise<unknown>) => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));

describe("blocks", () => {
  it("carry the time of their state, or of their body where the state is gone", async () => {
    const kept = over({ chain_getHeader: () => header, state_getStorage: () => "0x75ab86fba1010000" });
    expect(await kept.client.block(hash, signal)).toEqual({ chain: "polkadot", height: 7, hash, parent: header.parentHash, time: 1_795_221_269_365 });
    const pruned = over({ chain_getHeader: () => header, state_getStorage: () => discarded, chain_getBlock: () => ({ block: { header, extrinsics: ["0x280401000b75ab86fba101"] } }) });
    expect(await pruned.client.block(hash, signal)).toEqual(await kept.client.block(hash, signal));
  });

  it("of another hash than was asked for are a lie", async () => {
    const other: Hex = `0x${"77".repeat(32)}`;
    const { client } = over({ chain_getHeader: () => header, chain_getBlock: () => ({ block: { header, extrinsics: [] } }) });
    expect(await refusal(client.block(other, signal))).toMatchObject({ remedy: "Invalid", code: "block-hash-mismatch" });
    expect(await refusal(client.extrinsics(other, signal))).toMatchObject({ remedy: "Invalid", code: "block-hash-mismatch" });
  });

  it("that the node does not have are null, and no answer for their events", async () => {
    const { client } = over({});
    expect(await client.block(hash, signal)).toBeNull();
    expect(await refusal(client.events(hash, signal))).toMatchObject({ remedy: "Unavailable", code: "unknown-block" });
  });

  it("whose events the node has dropped are pruned, not empty", async () => {
    const { client } = over({ chain_getHeader: () => header, state_getStorage: () => discarded, state_getRuntimeVersion: () => version, state_getMetadata: () => metadata });
    expect(await refusal(client.events(hash, signal))).toMatchObject({ remedy: "Unavailable", code: "block-pruned" });
  });
});

describe("runtimes", () => {
  it("are fetched once for all who ask at the same time, and again after a failure", async () => {
    let fails = 1;
    const { client, asked } = over({ chain_getHeader: () => header, state_getRuntimeVersion: () => version, state_getMetadata: () => (fails-- > 0 ? discarded : metadata) });
    expect(await refusal(client.runtimeAfter(hash, signal))).toMatchObject({ code: "block-pruned" });
    const all = await Promise.all([client.runtimeAfter(hash, signal), client.runtimeAfter(`0x${"99".repeat(32)}`, signal), client.runtimeOf(hash, signal)]);
    expect(new Set(all).size).toBe(1);
    expect(asked.filter((method) => method === "state_getMetadata")).toHaveLength(2);
  });
});

describe("answers that cannot be right", () => {
  it.each<[string, Answers, (client: ReturnType<typeof over>["client"]) => Promise<unknown>]>([
    ["a nonce that is text", { system_accountNextIndex: () => "5" }, (client) => client.nonce(hash, "pending", signal)],
    ["a nonce below zero", { system_accountNextIndex: () => -1 }, (client) => client.nonce(hash, "pending", signal)],
    ["pending extrinsics that are no list", { author_pendingExtrinsics: () => ({}) }, (client) => client.pending(signal)],
    ["a short block hash", { chain_getBlockHash: () => "0x12" }, (client) => client.hashAt(1, signal)],
    ["a head that the node does not have", { chain_getFinalizedHead: () => null }, (client) => client.head("final", signal)],
    ["the hash of another extrinsic", { author_submitExtrinsic: () => hash }, (client) => client.submit("0x1234", signal)],
  ])("%s are the endpoint's fault", async (_name, answers, work) => {
    expect(await refusal(work(over(answers).client))).toMatchObject({ remedy: "Unavailable", code: "endpoint-bad-answer" });
  });
});

describe("a dry run", () => {
  it("that a node keeps to itself is not asked for again", async () => {
    const { client, asked } = over({ system_dryRun: () => new RpcError(-32601, "RPC call is unsafe to be called externally", undefined) });
    expect([await client.dryRun("0x12", hash, signal), await client.dryRun("0x12", hash, signal)]).toEqual([null, null]);
    expect(asked).toHaveLength(1);
  });
});
