/**
 * The parachain as the issue lane asks it, in memory: one branch, one issue, a light client whose values a test sets.
 * Always: the dev runtime's own metadata decodes calls; counts how often each storage item was asked for.
 * Never: checks a proof.
 */
import { createEndpoints } from "../../src/chains/endpoints.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { blake2 } from "../../src/chains/polkadot/header.ts";
import type { PolkadotCall, PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { bytesOf } from "../../src/core/hex.ts";
import { unavailable } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Json } from "../../src/core/values.ts";
import { createTestClock } from "./clock.ts";
import { createMemoryMeter } from "./quiet.ts";

export type IssueChain = {
  best: number;
  final: number;
  /** states below are gone */
  prunedBelow: number;
  /** an issue, or a refund (which has `completed`); null: there is no such request */
  request: { readonly [field: string]: Json } | null;
  /** height whose block executed the request, by this call (null: no extrinsic); null: none did */
  executed: { readonly height: number; readonly call: PolkadotCall | null } | null;
  /** values of BTCRelay and Security by item */
  relay: { [item: string]: Json };
  /** what the light client stores of Bitcoin, by block hash, and its main chain by height */
  headers: { readonly [hash: Hex]: { readonly blockHeight: number; readonly chainId: number; readonly paraHeight: number } };
  main: { readonly [height: number]: Hex };
  forks: readonly { readonly chainId: number; readonly startHeight: number; readonly maxHeight: number }[];
  /** accounts of active vaults, one for each vault */
  vaults: readonly Hex[];
};

export type MemoryInterbtc = { readonly chain: IssueChain; readonly client: PolkadotClient; readonly endpoints: Endpoints<PolkadotClient>; readonly asked: Map<string, number>; readonly at: (height: number) => BlockRef; readonly extrinsicOf: (call: PolkadotCall) => Hex };

const hashOf = (height: number): Hex => `0x${height.toString(16).padStart(64, "0")}`;
const at = (height: number): BlockRef => ({ chain: "polkadot", height, hash: hashOf(height), parent: hashOf(height - 1), time: 1_000 * height });
const zeroHash: Hex = `0x${"00".repeat(32)}`;

const requestId: Hex = `0x${"1d".repeat(32)}`;
/** A refund has no opening time; an issue does. */
const executionEvent = ({ request }: IssueChain) =>
  request !== null && "completed" in request ? { pallet: "Refund", name: "ExecuteRefund", data: { refundId: requestId } } : { pallet: "Issue", name: "ExecuteIssue", data: { issueId: requestId } };

export function createMemoryInterbtc(runtime: PolkadotRuntime, chain: IssueChain): MemoryInterbtc {
  const asked = new Map<string, number>();
  const { registry } = runtime;
  const extrinsicOf = (call: PolkadotCall): Hex => registry.createType("Extrinsic", registry.createType("Call", bytesOf(runtime.encodeCall(call)))).toHex();
  const value = (item: string, keys: readonly Json[], height: number): Json => {
    asked.set(item, (asked.get(item) ?? 0) + 1);
    const [first, second] = keys;
    switch (item) {
      case "IssueRequests":
        return chain.request === null ? null : { ...chain.request, ...(chain.executed !== null && height >= chain.executed.height ? { status: "Completed" } : {}) };
      case "RefundRequests":
        return chain.request === null ? null : { ...chain.request, completed: chain.executed !== null && height >= chain.executed.height };
      case "BlockHeaders":
        return { blockHeader: {}, blockHeight: 0, chainId: 0, paraHeight: 0, ...chain.headers[(first as { readonly content: Hex }).content] };
      case "ChainsHashes":
        return { content: first === 0 ? (chain.main[second as number] ?? zeroHash) : zeroHash };
      case "Chains":
        return chain.forks[(first as number) - 1]?.chainId ?? null;
      case "ChainsIndex":
        return chain.forks.find(({ chainId }) => chainId === first) ?? null;
      default:
        return chain.relay[item] ?? null;
    }
  };
  const heightOf = (block: Hex): number => {
    if (Number(block) < chain.prunedBelow) throw unavailable("block-pruned", "its state is gone");
    return Number(block);
  };
  const part: Partial<PolkadotClient> = {
    name: "memory",
    head: async (which) => at(which === "best" ? chain.best : chain.final),
    hashAt: async (height) => (height <= chain.best ? hashOf(height) : null),
    block: async (hash) => at(Number(hash)),
    runtimeOf: async () => runtime,
    storage: async (_pallet, item, keys, block) => value(item, keys, heightOf(block)),
    storages: async (items, block) => items.map(({ item, keys }) => value(item, keys, heightOf(block))),
    entries: async () => chain.vaults.map((accountId) => ({ keys: [], value: { id: { accountId }, status: { Active: true } } })),
    events: async (block) => (Number(block) === chain.executed?.height ? [{ index: 0, extrinsic: chain.executed.call === null ? null : 0, ...executionEvent(chain) }] : []),
    extrinsics: async (block) => {
      if (Number(block) !== chain.executed?.height || chain.executed.call === null) return [];
      const raw = extrinsicOf(chain.executed.call);
      return [{ index: 0, raw, hash: blake2(raw) }];
    },
  };
  const client = part as PolkadotClient;
  const endpoints = createEndpoints({ chain: "polkadot", endpoints: [{ name: "memory", client }], clock: createTestClock(), meter: createMemoryMeter() });
  return { chain, client, endpoints, asked, at, extrinsicOf };
}
