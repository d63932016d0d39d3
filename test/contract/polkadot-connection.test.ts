import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../devnet/until.ts";
import { createClock } from "../../src/clock.ts";
import { failureOf } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import { createPolkadotSource } from "../../watchers/polkadot/source.ts";
import { polkadotEndpoints, startTestPolkadot } from "../support/polkadot.ts";
import type { TestPolkadot } from "../support/polkadot.ts";

let chain: TestPolkadot;
const opened: { close(): void }[] = [];

beforeAll(async () => {
  chain = await startTestPolkadot();
});
afterAll(() => chain.close());
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

const sourceOver = (urls: Record<string, string>, more: { readonly timeoutMs?: number; readonly silentMs?: number } = {}) => {
  const endpoints = polkadotEndpoints(urls, more);
  opened.push(endpoints);
  return { endpoints, source: createPolkadotSource({ endpoints, readers: [], clock: createClock(), announcers: endpoints.clients }) };
};
const refusal = async (work: Promise<unknown>): Promise<Failure> => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));

describe("a lossy connection", () => {
  it("a silent socket is noticed by time, the other endpoint answers, and the first is used again later", async () => {
    const other = await startTestPolkadot();
    const { endpoints, source } = sourceOver({ silent: other.url, node: chain.url }, { timeoutMs: 8_000 });
    await source.head(chain.signal);
    await other.silence(true);
    const head = await source.head(chain.signal);
    expect(head).toEqual(await sourceOver({ node: chain.url }).source.head(chain.signal));
    expect(endpoints.states()[0]).toMatchObject({ name: "silent", up: false, lastFailure: { code: "endpoint-timeout" } });
    await other.silence(false);
    await until("the silent endpoint to answer", async () => (await endpoints.clients[0]?.head("best", chain.signal)) ?? null, { withinMs: 60_000 });
    await other.close();
  });

  it("a socket closed mid-subscription connects and subscribes again: new heads ring the bell as before", async () => {
    const { source } = sourceOver({ node: chain.url });
    const stop = new AbortController();
    let rings = 0;
    const listening = (async () => {
      for await (const _ of source.nudges?.(stop.signal) ?? []) rings += 1;
    })();
    await until("the first ring", async () => rings > 0, { withinMs: 60_000 });
    for (let cut = 0; cut < 2; cut += 1) {
      expect(await chain.cut()).toBeGreaterThan(0);
      const heard = rings;
      await until("rings after the cut", async () => {
        await chain.mine();
        return rings > heard + 1;
      }, { withinMs: 60_000, everyMs: 100 });
    }
    stop.abort();
    await listening;
  });

  it("a subscription that falls silent is begun anew", async () => {
    const endpoints = polkadotEndpoints({ node: chain.url }, { silentMs: 1_500, timeoutMs: 2_000 });
    opened.push(endpoints);
    const stop = new AbortController();
    const heights: number[] = [];
    const listening = (async () => {
      for await (const head of endpoints.clients[0]?.heads(stop.signal) ?? []) heights.push(head.height);
    })();
    await until("the first head", async () => heights.length > 0, { withinMs: 60_000 });
    await chain.silence(true);
    await chain.mine(2);
    const { head } = await chain.state();
    await until("the sockets to be given up", async () => endpoints.clients.length > 0 && (await refusal(endpoints.clients[0]?.head("best", chain.signal) ?? Promise.resolve())).code === "endpoint-timeout", { withinMs: 60_000 });
    await chain.silence(false);
    await until("the newest head", async () => heights.includes(head.height), { withinMs: 60_000 });
    stop.abort();
    await listening;
  });

  it("calls in flight when the socket is closed fail at once, and the next one connects again", async () => {
    const endpoints = polkadotEndpoints({ node: chain.url });
    opened.push(endpoints);
    const [client] = endpoints.clients;
    await client?.head("best", chain.signal);
    await chain.answerLate(10_000);
    const flying = refusal(client?.hashAt(0, chain.signal) ?? Promise.resolve());
    await until("the cut", async () => (await chain.cut()) > 0, { withinMs: 60_000 });
    expect(await flying).toMatchObject({ remedy: "Unavailable", code: "endpoint-unreachable" });
    await chain.answerLate(0);
    expect(await client?.hashAt(0, chain.signal)).toBe(chain.genesis);
  });

  it("a node that was killed is unreachable, and used again once it is back with its blocks", async () => {
    const { endpoints, source } = sourceOver({ node: chain.url });
    await chain.mine();
    const before = await source.head(chain.signal);
    await chain.kill();
    expect(await refusal(source.head(chain.signal))).toMatchObject({ remedy: "Unavailable", code: "no-endpoint" });
    expect(endpoints.states()[0]).toMatchObject({ up: false, lastFailure: { code: "endpoint-unreachable" } });
    await chain.start();
    expect((await source.head(chain.signal)).best).toEqual(before.best);
  });
});
