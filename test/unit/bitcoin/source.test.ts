import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { createBitcoinClient } from "../../../src/chains/bitcoin/client.ts";
import type { BitcoinClient } from "../../../src/chains/bitcoin/client.ts";
import { parseBlock, parseHeader } from "../../../src/chains/bitcoin/codec.ts";
import { toDisplay } from "../../../src/chains/bitcoin/order.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import type { RpcCall } from "../../../src/chains/json-rpc.ts";
import { failureOf } from "../../../src/core/errors.ts";
import { concatHex, sliceHex } from "../../../src/core/hex.ts";
import type { Hex } from "../../../src/core/values.ts";
import type { ChainSource } from "../../../src/ports.ts";
import { createBitcoinSource } from "../../../watchers/bitcoin/source.ts";
import { hashOf, madeTx, mineBlock, rawOf } from "../../support/bitcoin-blocks.ts";
import { createMemoryNode, stored } from "../../support/bitcoin-node.ts";
import type { MemoryNode, StoredBlock } from "../../support/bitcoin-node.ts";
import { paymentReader, watching } from "../../support/bitcoin-reader.ts";
import { createTestClock } from "../../support/clock.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

const never = new AbortController().signal;
const ours: Hex = "0x0014aabb";

/** blocks `first`..; the one at `paidAt` pays our script */
function chainOf(first: number, count: number, paidAt: number, salt = 0): readonly StoredBlock[] {
  let parent: Hex = `0x${"44".repeat(32)}`;
  return Array.from({ length: count }, (_, at) => {
    const height = first + at;
    const block = mineBlock(parent, height, [madeTx(1000 * salt + height, ["0x51"]), ...(height === paidAt ? [madeTx(5_000 + height, ["0x51", ours])] : [])]);
    parent = hashOf(block);
    return stored(height, rawOf(block));
  });
}

function sourceOver(nodes: readonly MemoryNode[], finalDepth = 3, startHeight = 0) {
  const clock = createTestClock();
  const endpoints = createEndpoints<BitcoinClient>({ chain: "bitcoin", endpoints: nodes.map(({ rpc }) => ({ name: rpc.name, client: createBitcoinClient(rpc) })), clock, meter: createMemoryMeter() });
  const source = createBitcoinSource({ endpoints, readers: [paymentReader], finalDepth, startHeight, clock });
  const demoted = (): readonly string[] => endpoints.states().filter(({ demotedUntil }) => demotedUntil !== null).map(({ name }) => name);
  return { source, endpoints, demoted, clock };
}

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => "none", (thrown: unknown) => failureOf(thrown).code);

async function scanAll(source: ChainSource, from: number, to: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let next = from; next <= to;) {
    const piece = await source.scan(next, to, watching(1, ours), never);
    expect(piece.scannedTo).toBeGreaterThanOrEqual(next);
    expect(piece.blocks.map(({ hash }) => hash)).toEqual(piece.found.events.map(({ at }) => at?.hash));
    found.push(...piece.found.events.map(({ at }) => `${at?.height}`));
    next = piece.scannedTo + 1;
  }
  return found;
}

describe("the Bitcoin source's head", () => {
  it.each([
    [10, 3, 7],
    [10, 1, 9],
    [2, 6, 0],
    [1, 3, 0],
  ])("of %i blocks from height 0 with finality at %i is final at height %i", async (count, depth, final) => {
    const { source } = sourceOver([createMemoryNode("a", chainOf(0, count, -1))], depth);
    const head = await source.head(never);
    expect([head.best.height, head.final.height]).toEqual([count - 1, count === 10 ? 10 - depth : final]);
  });

  it("is the first block there is where the node's chain begins late", async () => {
    const { source } = sourceOver([createMemoryNode("a", chainOf(500, 4, -1))], 6);
    expect((await source.head(never)).final.height).toBe(500);
  });

  it("follows a reorg that replaces what was not final", async () => {
    const chain = chainOf(0, 10, -1);
    const node = createMemoryNode("a", chain);
    const { source } = sourceOver([node]);
    const before = await source.head(never);
    const fork = chain.slice(0, 8);
    let parent = before.final.hash;
    for (const height of [8, 9, 10]) {
      const block = mineBlock(parent, height, [madeTx(90_000 + height)]);
      parent = hashOf(block);
      fork.push(stored(height, rawOf(block)));
    }
    node.show(fork);
    const after = await source.head(never);
    expect([after.best.height, after.best.hash]).toEqual([10, parent]);
    expect((await source.block(after.best.parent, never)).height).toBe(9);
    expect((await source.blockAt(7, never)).hash).toBe(before.final.hash);
  });

  it("is never taken from headers that are not each other's parents", async () => {
    const [good, other] = [chainOf(0, 10, -1), chainOf(0, 10, -1, 1)];
    const liar = createMemoryNode("liar", other);
    liar.show(good.map((block, at) => (at === 8 ? (other[8] ?? block) : block)));
    const { source, demoted } = sourceOver([liar, createMemoryNode("honest", good)]);
    expect((await source.head(never)).best.height).toBe(9);
    expect(demoted()).toEqual(["liar"]);
  });

  it("waits while a node still downloads", async () => {
    const node = createMemoryNode("a", chainOf(0, 10, -1));
    node.lie(({ method }) => (method === "getblockchaininfo" ? { chain: "main", blocks: 9, headers: 500, bestblockhash: "00".repeat(32), initialblockdownload: true, pruned: false } : undefined));
    expect(await codeOf(sourceOver([node]).source.head(never))).toBe("no-endpoint");
  });
});

describe("what the Bitcoin source finds", () => {
  it("is every payment in history, once, in its block", async () => {
    const { source } = sourceOver([createMemoryNode("a", chainOf(0, 60, 42))]);
    expect(await scanAll(source, 0, 57)).toEqual(["42"]);
  });

  it("is complete where heights are missing because the chain begins late, with a gap", async () => {
    const late = [...chainOf(700, 1, -1), ...chainOf(2_300, 8, 2_303)];
    const { source } = sourceOver([createMemoryNode("a", late)]);
    expect(await scanAll(source, 0, 2_305)).toEqual(["2303"]);
  });

  it("does not reach below the configured start", async () => {
    const node = createMemoryNode("a", chainOf(0, 20, 4));
    const { source } = sourceOver([node], 3, 10);
    expect(await scanAll(source, 0, 17)).toEqual([]);
    expect(node.calls.some(({ method, params }) => method === "getblockhash" && Number(params[0]) < 10)).toBe(false);
  });

  it("does not end at heights that one node hides and another has", async () => {
    const whole = chainOf(0, 20, 4);
    const { source, demoted } = sourceOver([createMemoryNode("hides", whole.slice(10)), createMemoryNode("whole", whole)]);
    expect(await codeOf(source.scan(0, 17, watching(1, ours), never))).toBe("height-hidden");
    expect(demoted()).toEqual(["hides"]);
    expect(await scanAll(source, 0, 17)).toEqual(["4"]);
  });

  it("waits for a node that has not reached the heights asked for", async () => {
    const { source } = sourceOver([createMemoryNode("a", chainOf(0, 10, -1))]);
    expect(await codeOf(source.scan(8, 30, watching(1, ours), never))).toBe("height-not-reached");
  });

  it("keeps what it read before a pruned block, then names the heights that are gone", async () => {
    const node = createMemoryNode("a", chainOf(0, 20, 12));
    node.pruneBelow(5);
    const { source } = sourceOver([node]);
    const failure = await source.scan(2, 17, watching(1, ours), never).then(() => null, failureOf);
    expect(failure).toMatchObject({ remedy: "Unavailable", code: "block-pruned", evidence: { heights: [2, 3, 4] } });
    expect(await scanAll(source, 5, 17)).toEqual(["12"]);
    const below = await source.blockAt(3, never);
    expect(await source.read(below, watching(1, ours), never).then(() => null, failureOf)).toMatchObject({ code: "block-pruned", evidence: { heights: [3] } });
  });
});

type Chains = { readonly good: readonly StoredBlock[]; readonly other: readonly StoredBlock[] };

/** each makes the first node give something that cannot be true; the second one is honest */
const lies: readonly (readonly [what: string, lie: (chains: Chains, call: RpcCall) => unknown, code: string])[] = [
  ["another block than was asked for", ({ other }, { method }) => (method === "getblock" ? other[4]?.raw.slice(2) : undefined), "block-hash-mismatch"],
  [
    "a block with a transaction that its Merkle root does not hold",
    ({ good, other }, { method }) => (method === "getblock" ? `${good[4]?.raw.slice(2, 162)}${other[5]?.raw.slice(162)}` : undefined),
    "merkle-root-mismatch",
  ],
  ["half a block", ({ good }, { method }) => (method === "getblock" ? good[4]?.raw.slice(2, 400) : undefined), "undecodable-block"],
  ["bytes that are not hex", (_, { method }) => (method === "getblock" ? "zz" : undefined), "endpoint-bad-answer"],
  [
    "a block whose parent is not the block before",
    ({ other }, { method, params }) => (method === "getblockhash" && params[0] === 4 ? toDisplay(parseHeader(sliceHex(other[4]?.raw ?? "0x", 0, 80)).hash) : undefined),
    "parent-does-not-link",
  ],
  ["a block of another height", (_, { method, params }) => (method === "getblockheader" && params[1] === true ? { height: 3, confirmations: 1 } : undefined), "block-height-mismatch"],
];

describe("a node that gives what cannot be true", () => {
  it.each(lies)("%s: no event comes of it, it is put aside and another one is used", async (_, lie, code) => {
    const chains = { good: chainOf(0, 10, 4), other: chainOf(0, 10, 5, 1) };
    const liar = createMemoryNode("liar", chains.other);
    liar.show(chains.good);
    liar.lie((call) => lie(chains, call));
    const { source, endpoints } = sourceOver([liar, createMemoryNode("honest", chains.good)]);
    expect(await scanAll(source, 2, 7)).toEqual(["4"]);
    expect(endpoints.states()[0]?.lastFailure?.code).toBe(code);
    const asked = liar.calls.length;
    await scanAll(source, 2, 7);
    expect(liar.calls.length).toBe(asked);
  });

  it("alone, without another one to ask, yields an error and never an event", async () => {
    const liar = createMemoryNode("liar", chainOf(0, 10, 4));
    liar.lie(({ method }) => (method === "getblock" ? chainOf(0, 10, 4, 1)[4]?.raw.slice(2) : undefined));
    expect(await codeOf(sourceOver([liar]).source.scan(2, 7, watching(1, ours), never))).toBe("block-hash-mismatch");
  });

  it("is the one demoted when what it gave turns out wrong later", async () => {
    const chain = chainOf(0, 10, 4);
    const { source, demoted } = sourceOver([createMemoryNode("a", chain), createMemoryNode("b", chain)]);
    await source.head(never);
    source.distrust({ remedy: "Invalid", code: "spv-proof-wrong", message: "", evidence: null });
    expect(demoted()).toEqual(["a"]);
  });
});

describe("nudges", () => {
  it("rest longer and longer on a node that has none, ask nothing meanwhile, and end with the signal", async () => {
    const node = createMemoryNode("a", chainOf(0, 3, -1));
    const { source, clock, endpoints } = sourceOver([node]);
    const ending = new AbortController();
    const next = source.nudges?.(ending.signal)[Symbol.asyncIterator]().next();
    for (const restMs of [1_000, 2_000, 4_000]) {
      await expect.poll(() => clock.sleepers(), { timeout: 30_000 }).toBe(1);
      const asked = node.calls.length;
      await clock.advance(restMs - 1);
      expect(node.calls.length).toBe(asked);
      await clock.advance(1);
      expect(node.calls.length).toBe(asked + 1);
    }
    expect(endpoints.states()[0]?.up).toBe(true);
    ending.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe("a chain with real work around a retarget", () => {
  type Fixture = { readonly blocks: readonly { readonly height: number; readonly header: Hex; readonly txs: readonly Hex[] }[] };
  const fixture = JSON.parse(readFileSync(new URL("../../fixtures/pow-chain-up.json", import.meta.url), "utf8")) as Fixture;
  const blocks = fixture.blocks.map(({ height, header, txs }) => stored(height, concatHex(header, `0x${txs.length.toString(16).padStart(2, "0")}`, ...txs)));

  it("is read from its first block on, though nothing lies below", async () => {
    const { source } = sourceOver([createMemoryNode("a", blocks)], 2, 810_432);
    const { best, final } = await source.head(never);
    expect([best.height, final.height]).toEqual([812_451, 812_450]);
    const deposit: Hex = blocks.flatMap(({ raw }) => parseBlock(raw).txs).flatMap(({ outputs }) => outputs).find(({ script }) => script.startsWith("0x0020"))?.script ?? "0x";
    const found = await source.scan(812_400, final.height, watching(1, deposit), never);
    expect(found.found.events.length).toBeGreaterThan(0);
  });
});
