import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { checkEthereum } from "../../src/chains/ethereum/start-check.ts";
import { createClock } from "../../src/clock.ts";
import { failureOf } from "../../src/core/errors.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import { eventId } from "../../src/core/values.ts";
import type { ChainSource, Found, FoundEvent } from "../../src/ports.ts";
import { createEthereumSource } from "../../watchers/ethereum/source.ts";
import type { EthereumReader } from "../../watchers/ethereum/source.ts";
import { ethereumStartHeight } from "../../watchers/ethereum/start-height.ts";
import { endpointsOf, startTestChain, topicOf } from "../support/ethereum.ts";
import type { TestChain } from "../support/ethereum.ts";
import { createRpcProxy } from "../support/rpc-proxy.ts";
import type { Rewrite, RpcProxy } from "../support/rpc-proxy.ts";

let chain: TestChain;
const proxies: RpcProxy[] = [];
const noWatches = { version: 0, watches: [] };

beforeAll(async () => {
  chain = await startTestChain();
});
afterAll(() => chain.close());
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
});

const proxyWith = async (rewrite: Rewrite): Promise<RpcProxy> => {
  const proxy = await createRpcProxy(chain.url);
  proxy.use(rewrite);
  proxies.push(proxy);
  return proxy;
};

/** Two kinds of log: topic 1 and topic 2; the data names the event. */
const reader = (): EthereumReader => ({
  addresses: [chain.contract],
  topics: [topicOf(1), topicOf(2)],
  async read(log, block, fetchTx): Promise<Found> {
    const tx = await fetchTx(log.txHash);
    const event: FoundEvent = { id: eventId(`log-${log.data}`), chain: "ethereum", kind: "test", at: block, payload: { input: tx?.input ?? null } };
    return { events: [event], births: [], watches: [] };
  },
  settle: () => ({ births: [], watches: [] }),
});
const sourceOver = (urls: Record<string, string>, timeoutMs?: number) => {
  const endpoints = endpointsOf(urls, timeoutMs);
  return { endpoints, source: createEthereumSource({ endpoints, readers: [reader()], clock: createClock() }) };
};
const plain = (): ChainSource => sourceOver({ node: chain.url }).source;

const emit = (topic: number, name: Hex): Promise<Hex> => chain.send(`${topicOf(topic)}${name.slice(2)}` as Hex);
const best = async (source = plain()): Promise<BlockRef> => (await source.head(chain.signal)).best;
const idsIn = (found: Found): string[] => found.events.map((event) => event.id);
const refusal = async (work: Promise<unknown>) => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));
/** as the watch loop does: until the range is done */
const scanAll = async (source: ChainSource, from: number, to: number): Promise<{ ids: string[]; rounds: number; blocks: BlockRef[] }> => {
  const all = { ids: [] as string[], rounds: 0, blocks: [] as BlockRef[] };
  for (let next = from; next <= to; all.rounds += 1) {
    const { scannedTo, found, blocks } = await source.scan(next, to, noWatches, chain.signal);
    all.ids.push(...idsIn(found));
    all.blocks.push(...blocks);
    next = scannedTo + 1;
  }
  return all;
};
let names = 0;
const name = (): Hex => `0x${(names += 1).toString(16).padStart(8, "0")}`;

describe("heads and blocks of a real node", () => {
  it("final is the node's finalized block and lags behind the best one", async () => {
    await chain.mine(5);
    const { best, final } = await plain().head(chain.signal);
    expect(best.height - final.height).toBe(2);
    expect(await plain().blockAt(final.height, chain.signal)).toEqual(final);
    expect(await plain().block(best.parent, chain.signal)).toEqual(await plain().blockAt(best.height - 1, chain.signal));
  });

  it("a node that knows no finalized block is waited for, not guessed at", async () => {
    const young = await proxyWith(async (call, ask) => (call.params[0] === "finalized" ? { error: { code: -32000, message: "finalized block not found" } } : ask()));
    expect(await refusal(sourceOver({ young: young.url }).source.head(chain.signal))).toMatchObject({ remedy: "Unavailable", code: "no-final-block" });
  });

  it("a head whose parent its own node does not have is a lie, and the other endpoint's head is used", async () => {
    const liar = await proxyWith(async (call, ask) => {
      const answer = await ask();
      const lies = call.method === "eth_getBlockByNumber" && call.params[0] === "latest" && "result" in answer;
      return lies ? { result: { ...(answer.result as object), parentHash: `0x${"5a".repeat(32)}` } } : answer;
    });
    const { source, endpoints } = sourceOver({ liar: liar.url, node: chain.url });
    expect(await best(source)).toEqual(await best());
    expect(endpoints.states()[0]).toMatchObject({ lastFailure: { code: "parent-does-not-link" } });
    expect(endpoints.states()[0]?.demotedUntil).not.toBeNull();
  });

  it("an unknown hash or height is Unavailable", async () => {
    expect(await refusal(plain().block(topicOf(9), chain.signal))).toMatchObject({ remedy: "Unavailable", code: "unknown-block" });
    expect(await refusal(plain().blockAt(999_999, chain.signal))).toMatchObject({ remedy: "Unavailable", code: "unknown-block" });
  });

  it("heads of endpoints that are not asked for anything else are known too", async () => {
    const { endpoints, source } = sourceOver({ node: chain.url, spare: chain.url });
    await source.head(chain.signal);
    await expect.poll(() => endpoints.states().map(({ head }) => head), { timeout: 30_000 }).not.toContain(null);
  });
});

describe("logs of one block", () => {
  it("are those of exactly this block, with the transaction that made them", async () => {
    const [one, two] = [name(), name()];
    await emit(1, one);
    await chain.mine();
    const before = await best();
    await emit(2, two);
    await emit(3, name()); // no reader wants this topic
    await chain.mine();
    const source = plain();
    expect(idsIn(await source.read(before, noWatches, chain.signal))).toEqual([`log-${one}`]);
    const found = await source.read(await best(), noWatches, chain.signal);
    expect(idsIn(found)).toEqual([`log-${two}`]);
    expect(found.events[0]).toMatchObject({ at: await best(), payload: { input: `${topicOf(2)}${two.slice(2)}` } });
  });

  it("of a block that a reorg removed cannot be read; the event is found where it was mined again", async () => {
    const id = name();
    await emit(1, id);
    await chain.mine();
    const old = await best();
    await chain.mine();
    const raw = { from: "0x70997970c51812dc3a010c7d01b50e0d17dc79c8", to: chain.contract, data: `${topicOf(1)}${id.slice(2)}`, gas: "0x30d40" };
    await chain.rpc("anvil_reorg", 2, [[raw, 1]]);
    const source = plain();
    expect(await refusal(source.read(old, noWatches, chain.signal))).toMatchObject({ remedy: "Unavailable", code: "unknown-block" });
    const now = await source.blockAt(old.height, chain.signal);
    expect(now.hash).not.toBe(old.hash);
    expect(idsIn(await source.read(now, noWatches, chain.signal))).toEqual([]);
    expect(idsIn(await source.read(await source.blockAt(old.height + 1, chain.signal), noWatches, chain.signal))).toEqual([`log-${id}`]);
  });

  const empties = (methods: readonly string[]): Rewrite => async (call, ask) => (methods.includes(call.method) ? { result: [] } : ask());

  it("that an endpoint leaves out are noticed by the header's filter, and the other endpoint is used", async () => {
    const id = name();
    await emit(1, id);
    await chain.mine();
    const liar = await proxyWith(empties(["eth_getLogs"]));
    const { endpoints, source } = sourceOver({ liar: liar.url, honest: chain.url });
    expect(idsIn(await source.read(await best(), noWatches, chain.signal))).toEqual([`log-${id}`]);
    expect(endpoints.states()[0]).toMatchObject({ name: "liar", lastFailure: { code: "logs-left-out" } });
    expect(endpoints.states()[0]?.demotedUntil).toBeGreaterThan(0);
    expect(endpoints.meter.total("errors_total")).toBe(1);
  });

  it.each([
    ["in its logs", ["eth_getLogs"], "logs-left-out"],
    ["in its logs and receipts", ["eth_getLogs", "eth_getBlockReceipts"], "receipts-incomplete"],
  ])("that the only endpoint leaves out %s are waited for", async (_name, methods, code) => {
    await emit(1, name());
    await chain.mine();
    const liar = await proxyWith(empties(methods));
    const { endpoints, source } = sourceOver({ liar: liar.url });
    expect(await refusal(source.read(await best(), noWatches, chain.signal))).toMatchObject({ remedy: "Unavailable", code: "block-logs-doubtful" });
    expect(endpoints.states()[0]?.lastFailure?.code).toBe(code);
  });

  it("are checked through single receipts where a node has no receipts by block", async () => {
    await emit(1, name());
    await chain.mine();
    const old = await proxyWith(async (call, ask) => {
      if (call.method === "eth_getBlockReceipts") return { error: { code: -32601, message: "Method not found" } };
      return empties(["eth_getLogs"])(call, ask);
    });
    const { endpoints, source } = sourceOver({ old: old.url });
    expect(await refusal(source.read(await best(), noWatches, chain.signal))).toMatchObject({ code: "block-logs-doubtful" });
    expect(endpoints.states()[0]?.lastFailure?.code).toBe("logs-left-out");
  });

  it("of another block, address or filter are refused", async () => {
    const id = name();
    await emit(1, id);
    await chain.mine();
    for (const wrong of [{ blockHash: topicOf(7) }, { address: `0x${"77".repeat(20)}` }, { topics: [topicOf(8)] }, { removed: true }, { blockNumber: "0x1" }]) {
      const liar = await proxyWith(async (call, ask) => {
        const answer = await ask();
        return call.method === "eth_getLogs" && "result" in answer ? { result: (answer.result as object[]).map((log) => ({ ...log, ...wrong })) } : answer;
      });
      const { source } = sourceOver({ liar: liar.url, honest: chain.url });
      expect(idsIn(await source.read(await best(), noWatches, chain.signal))).toEqual([`log-${id}`]);
      expect((await refusal(sourceOver({ liar: liar.url }).source.read(await best(), noWatches, chain.signal))).remedy).toBe("Unavailable");
    }
  });

  it("come from the other endpoint when one stalls without closing", async () => {
    const id = name();
    await emit(1, id);
    await chain.mine();
    const silent = await proxyWith(() => Promise.resolve(null));
    const { endpoints, source } = sourceOver({ silent: silent.url, honest: chain.url }, 2_000);
    expect(idsIn(await source.read(await best(), noWatches, chain.signal))).toEqual([`log-${id}`]);
    expect(endpoints.states()[0]).toMatchObject({ up: false, lastFailure: { code: "endpoint-timeout" } });
  });
});

describe("history", () => {
  it("is read completely through a node that limits the range, each find in its canonical block", async () => {
    const from = (await best()).height + 1;
    const wanted: string[] = [];
    for (let at = 0; at < 12; at += 1) {
      const id = name();
      wanted.push(`log-${id}`);
      await emit(1 + (at % 2), id);
      await chain.mine(1 + (at % 3));
    }
    const to = (await best()).height;
    let refused = 0;
    const strict = await proxyWith(async (call, ask) => {
      const { fromBlock, toBlock } = (call.params[0] ?? {}) as { fromBlock?: string; toBlock?: string };
      if (call.method !== "eth_getLogs" || Number(toBlock) - Number(fromBlock) < 5) return ask();
      refused += 1;
      return { error: { code: -32005, message: "query returned more than 10000 results" } };
    });
    const { source } = sourceOver({ strict: strict.url });
    const all = await scanAll(source, from, to);
    expect(all.ids).toEqual(wanted);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(8);
    for (const block of all.blocks) expect(await source.blockAt(block.height, chain.signal)).toEqual(block);
    expect((await scanAll(plain(), from, to)).rounds).toBe(1);
  });

  it("is not taken from a node that is behind the range's end", async () => {
    const id = name();
    await emit(1, id);
    await chain.mine();
    const { height } = await best();
    const behind = await proxyWith(async (call, ask) => {
      if (call.method === "eth_getBlockByNumber" && call.params[0] === `0x${height.toString(16)}`) return { result: null };
      return call.method === "eth_getLogs" ? { result: [] } : ask();
    });
    expect((await scanAll(sourceOver({ behind: behind.url, honest: chain.url }).source, height, height)).ids).toEqual([`log-${id}`]);
    expect(await refusal(scanAll(sourceOver({ behind: behind.url }).source, height, height))).toMatchObject({ remedy: "Unavailable", code: "unknown-block" });
  });

  it("in a block that is no longer canonical is read again", async () => {
    await emit(1, name());
    await chain.mine();
    const { height } = await best();
    const torn = await proxyWith(async (call, ask) => {
      const answer = await ask();
      return call.method === "eth_getLogs" && "result" in answer ? { result: (answer.result as object[]).map((log) => ({ ...log, blockHash: topicOf(5) })) } : answer;
    });
    expect(await refusal(scanAll(sourceOver({ torn: torn.url }).source, height, height))).toMatchObject({ remedy: "Unavailable", code: "log-block-not-canonical" });
  });

  it("that a node has pruned names the missing heights", async () => {
    const pruned = await proxyWith(async (call, ask) => (call.method === "eth_getLogs" ? { error: { code: 4444, message: "Pruned history unavailable" } } : ask()));
    expect(await refusal(scanAll(sourceOver({ pruned: pruned.url }).source, 2, 4))).toMatchObject({ code: "block-pruned", evidence: { heights: [2, 3, 4] } });
  });

  it("begins at the configured height, or so many days back by the blocks' own times", async () => {
    const endpoints = endpointsOf({ node: chain.url });
    expect(await ethereumStartHeight(endpoints, { startHeight: 7 }, chain.signal)).toBe(7);
    await chain.rpc("evm_increaseTime", 10 * 86_400);
    await chain.mine();
    const { height } = await best();
    expect(await ethereumStartHeight(endpoints, { depthDays: 9 }, chain.signal)).toBe(height);
    expect(await ethereumStartHeight(endpoints, { depthDays: 10_000 }, chain.signal)).toBe(0);
  });
});

describe("the check at start", () => {
  it("passes on the configured chain and contracts, and names what is not as configured", async () => {
    const contracts = [{ name: "tbtc.bridge", address: chain.contract }];
    await checkEthereum(chain.client, { chainId: 31337n, contracts }, chain.signal);
    const wrongChain = await refusal(checkEthereum(chain.client, { chainId: 1n, contracts }, chain.signal));
    expect(wrongChain).toMatchObject({ remedy: "Misconfigured", code: "wrong-chain-id" });
    const nowhere: { name: string; address: Hex }[] = [{ name: "tbtc.bridge", address: `0x${"12".repeat(20)}` }];
    const noCode = await refusal(checkEthereum(chain.client, { chainId: 31337n, contracts: nowhere }, chain.signal));
    expect(noCode).toMatchObject({ remedy: "Misconfigured", code: "contract-without-code" });
    expect(noCode.message).toContain("tbtc.bridge");
  });
});
