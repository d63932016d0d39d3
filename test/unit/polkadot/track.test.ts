import { describe, expect, it } from "vitest";
import { trackPolkadot } from "../../../relayer/submit/polkadot-track.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import { blake2 } from "../../../src/chains/polkadot/header.ts";
import { createClock } from "../../../src/clock.ts";
import type { Attempt, SlotRef } from "../../../src/core/delivery.ts";
import { failureOf, rejected, unavailable } from "../../../src/core/errors.ts";
import type { BlockRef, Hex } from "../../../src/core/values.ts";
import { signerName } from "../../../src/core/values.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

const account: Hex = `0x${"d4".repeat(32)}`;
const slot: SlotRef = { signer: signerName("polkadot"), slot: 7n };
const hashOf = (height: number): Hex => `0x${height.toString(16).padStart(64, "0")}`;
const refOf = (height: number): BlockRef => ({ chain: "polkadot", height, hash: hashOf(height), parent: hashOf(height - 1), time: height });

const attemptOf = (text: string, birth: number, period = 64): Attempt => {
  const raw: Hex = `0x${Buffer.from(text).toString("hex")}`;
  return {
    hash: blake2(raw), raw, slot, replaces: null, fee: 1n, purpose: "effect", signedAt: 0, broadcasts: 0, lastSentAt: null,
    detail: { birth, birthHash: hashOf(birth), period, tipPlanck: "0", specVersion: 1 },
  };
};

type Node = { readonly best: number; readonly final: number; readonly nonceAt: (height: number) => bigint; readonly pool?: readonly Hex[]; readonly holds?: { readonly [height: number]: Hex }; readonly prunedBelow?: number };
/** a node of a chain like that; `searched` are the heights whose bodies were looked at */
function nodeOf(name: string, node: Node) {
  const searched: number[] = [];
  const pruned = unavailable("block-pruned", "gone");
  // only what tracking asks for
  const client = {
    name,
    head: async (at: "best" | "final") => refOf(node[at]),
    hashAt: async (height: number) => (height <= node.best ? hashOf(height) : null),
    block: async (hash: Hex) => refOf(Number(hash)),
    nonce: async (_account: Hex, at: Hex) => {
      if (Number(at) < (node.prunedBelow ?? 0)) throw pruned;
      return node.nonceAt(Number(at));
    },
    pending: async () => node.pool ?? [],
    extrinsics: async (hash: Hex) => {
      searched.push(Number(hash));
      const raw = node.holds?.[Number(hash)];
      return raw === undefined ? [] : [{ index: 0, raw, hash: blake2(raw) }];
    },
    runtimeOf: async () => ({ dispatchFailure: () => ({ name: "X", about: "" }) }),
    events: async () => [{ index: 0, extrinsic: 0, pallet: "System", name: "ExtrinsicSuccess", data: {} }],
  };
  return { name, searched, client: client as unknown as PolkadotClient };
}
function track(nodes: readonly ReturnType<typeof nodeOf>[], attempts: readonly Attempt[]) {
  const endpoints = createEndpoints({ chain: "polkadot", endpoints: nodes, clock: createClock(), meter: createMemoryMeter() });
  return trackPolkadot({ endpoints, account, classify: ({ name }) => rejected("test", name) }, slot, attempts, new AbortController().signal);
}
const usedFrom = (height: number) => (at: number): bigint => (at >= height ? 8n : 7n);
const unused = (): bigint => 7n;

describe("an extrinsic of an unused nonce", () => {
  it("is pending where any node's pool has one of the attempts, else missing", async () => {
    const [old, bumped] = [attemptOf("old", 90), attemptOf("bumped", 95)];
    const empty = nodeOf("empty", { best: 100, final: 98, nonceAt: unused });
    expect(await track([empty], [old, bumped])).toEqual({ kind: "missing" });
    const knows = nodeOf("knows", { best: 100, final: 98, nonceAt: unused, pool: [old.raw] });
    expect(await track([empty, knows], [old, bumped])).toEqual({ kind: "pending" });
    expect(empty.searched).toEqual([]);
  });

  it("whose eras are over waits until that is final: a reorg could still bring it", async () => {
    const tx = attemptOf("tx", 90, 8);
    const at = (best: number, final: number) => track([nodeOf("node", { best, final, nonceAt: unused })], [tx]);
    expect(await at(96, 94)).toEqual({ kind: "missing" });
    expect(await at(97, 95)).toEqual({ kind: "pending" });
    expect(await at(99, 97)).toEqual({ kind: "missing" });
    expect(await track([nodeOf("node", { best: 99, final: 96, nonceAt: unused })], [tx, attemptOf("young", 97, 8)])).toEqual({ kind: "missing" });
  });
});

describe("a used nonce", () => {
  it("was used by the attempt that a block of its era holds; no other block is looked at", async () => {
    const [old, bumped] = [attemptOf("old", 90, 8), attemptOf("bumped", 110, 8)];
    const node = nodeOf("node", { best: 500, final: 490, nonceAt: usedFrom(112), holds: { 112: bumped.raw } });
    expect(await track([node], [old, bumped])).toMatchObject({ kind: "included", hash: bumped.hash, block: refOf(112), ok: true, final: true });
    expect(Math.max(...node.searched)).toBeLessThanOrEqual(117);
    expect(node.searched.every((height) => (height > 90 && height < 98) || (height > 110 && height < 118))).toBe(true);
  });

  it("is final only where the final block covers it", async () => {
    const tx = attemptOf("tx", 95);
    const node = (final: number) => nodeOf("node", { best: 100, final, nonceAt: usedFrom(99), holds: { 99: tx.raw } });
    expect(await track([node(98)], [tx])).toMatchObject({ kind: "included", final: false });
    expect(await track([node(99)], [tx])).toMatchObject({ kind: "included", final: true });
  });

  it("is a stranger's when no block of the eras holds ours, and final when the final state says so", async () => {
    const tx = attemptOf("tx", 95);
    expect(await track([nodeOf("node", { best: 100, final: 98, nonceAt: usedFrom(99) })], [tx])).toEqual({ kind: "taken", final: false, hash: null });
    expect(await track([nodeOf("node", { best: 101, final: 99, nonceAt: usedFrom(99) })], [tx])).toEqual({ kind: "taken", final: true, hash: null });
    expect(await track([nodeOf("node", { best: 101, final: 99, nonceAt: usedFrom(99), prunedBelow: 100 })], [tx])).toEqual({ kind: "taken", final: false, hash: null });
  });

  it("is nobody's yet while one node shows our extrinsic in a block and another does not", async () => {
    const tx = attemptOf("tx", 95);
    const without = nodeOf("without", { best: 101, final: 99, nonceAt: usedFrom(99) });
    const holding = nodeOf("holding", { best: 101, final: 99, nonceAt: usedFrom(99), holds: { 99: tx.raw } });
    const failure = await track([without, holding], [tx]).then(() => null, failureOf);
    expect(failure).toMatchObject({ remedy: "Unavailable", code: "endpoints-disagree" });
  });

  it("of an attempt that was stored without its era is our own mistake", async () => {
    const bad = { ...attemptOf("tx", 95), detail: null };
    const failure = await track([nodeOf("node", { best: 100, final: 98, nonceAt: usedFrom(99) })], [bad]).then(() => null, failureOf);
    expect(failure).toMatchObject({ remedy: "Bug", code: "attempt-without-era" });
  });
});
