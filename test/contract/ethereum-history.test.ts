/** History of Ethereum over several endpoints: a range has no header to be checked against, so they are compared. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createClock } from "../../src/clock.ts";
import type { Hex } from "../../src/core/values.ts";
import { eventId } from "../../src/core/values.ts";
import type { ChainSource } from "../../src/ports.ts";
import { createEthereumSource } from "../../watchers/ethereum/source.ts";
import type { EthereumReader } from "../../watchers/ethereum/source.ts";
import { endpointsOf, startTestChain, topicOf } from "../support/ethereum.ts";
import type { TestChain } from "../support/ethereum.ts";
import { createRpcProxy } from "../support/rpc-proxy.ts";
import type { ProxyCall, Rewrite, RpcProxy } from "../support/rpc-proxy.ts";

let chain: TestChain;
const proxies: RpcProxy[] = [];
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
const reader = (): EthereumReader => ({
  addresses: [chain.contract],
  topics: [topicOf(1)],
  read: async (log, block) => ({ events: [{ id: eventId(`log-${log.data}`), chain: "ethereum", kind: "test", at: block, payload: null }], births: [], watches: [] }),
  settle: () => ({ births: [], watches: [] }),
});
const sourceOver = (urls: Record<string, string>) => {
  const endpoints = endpointsOf(urls);
  return { endpoints, source: createEthereumSource({ endpoints, readers: [reader()], clock: createClock() }) };
};
/** as the watch loop does: until the range is done, and again after an error */
const scanAll = async (source: ChainSource, from: number, to: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  let errors = 0;
  for (let next = from; next <= to; ) {
    const piece = await source.scan(next, to, { version: 0, watches: [] }, chain.signal).catch((thrown: unknown) => {
      errors += 1;
      if (errors > 1) throw thrown;
      return null;
    });
    if (piece === null) continue;
    ids.push(...piece.found.events.map(({ id }) => id));
    next = piece.scannedTo + 1;
  }
  return ids;
};
/** one log in a block of its own; its event and its height */
let names = 0;
const emit = async (): Promise<{ readonly id: string; readonly height: number }> => {
  const name: Hex = `0x${(names += 1).toString(16).padStart(8, "0")}`;
  await chain.send(`${topicOf(1)}${name.slice(2)}` as Hex);
  await chain.mine();
  return { id: `log-${name}`, height: Number(await chain.rpc("eth_blockNumber")) };
};
const isLogs = ({ method }: ProxyCall): boolean => method === "eth_getLogs";
const isRange = ({ method, params }: ProxyCall): boolean => method === "eth_getLogs" && !JSON.stringify(params).includes("blockHash");

it.each([["ranges only", isRange], ["every answer", isLogs]] as const)(
  "a log that one endpoint leaves out of %s is found through the other, whichever is asked first, and the one that left it out is demoted",
  async (_where, hides) => {
    const { id, height } = await emit();
    await chain.mine(3);
    const hiding = (await proxyWith(async (call, ask) => (hides(call) ? { result: [] } : ask()))).url;
    for (const urls of [{ hiding, honest: chain.url }, { honest: chain.url, hiding }]) {
      const { source, endpoints } = sourceOver(urls);
      expect(await scanAll(source, height - 1, height + 3)).toEqual([id]);
      expect(endpoints.states().filter(({ demotedUntil }) => demotedUntil !== null).map((state) => state.name)).toEqual(["hiding"]);
    }
  },
);

it("a second endpoint that is behind has no say, and is not blamed", async () => {
  const { id, height } = await emit();
  const behind = await proxyWith(async (call, ask) => {
    if (call.method === "eth_getLogs") return { result: [] };
    return call.method === "eth_getBlockByHash" ? { result: null } : ask();
  });
  const { source, endpoints } = sourceOver({ honest: chain.url, behind: behind.url });
  expect(await scanAll(source, height, height)).toEqual([id]);
  expect(endpoints.states().every(({ demotedUntil }) => demotedUntil === null)).toBe(true);
});

it("ranges become as small as the second endpoint wants them, so that it can be compared", async () => {
  const { id, height } = await emit();
  await chain.mine(8);
  const hiding = await proxyWith(async (call, ask) => (isRange(call) ? { result: [] } : ask()));
  const strict = await proxyWith(async (call, ask) => {
    const { fromBlock, toBlock } = (call.params[0] ?? {}) as { fromBlock?: string; toBlock?: string };
    return isRange(call) && Number(toBlock) - Number(fromBlock) > 1 ? { error: { code: -32005, message: "query returned more than 10000 results" } } : ask();
  });
  const { source } = sourceOver({ hiding: hiding.url, strict: strict.url });
  expect(await scanAll(source, height, height + 8)).toEqual([id]);
});
