import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { RpcError } from "../../../src/chains/json-rpc.ts";
import { createSocketRpc } from "../../../src/chains/polkadot/socket.ts";
import type { SocketRpc } from "../../../src/chains/polkadot/socket.ts";
import { failureOf } from "../../../src/core/errors.ts";
import { startWsPeer } from "../../support/ws-peer.ts";
import type { Answer, WsPeer } from "../../support/ws-peer.ts";

const opened: { close(): unknown }[] = [];
const { signal } = new AbortController();
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const result = (id: number, value: unknown): string => JSON.stringify({ jsonrpc: "2.0", id, result: value });
const notice = (subscription: string, value: unknown): string => JSON.stringify({ jsonrpc: "2.0", method: "heads", params: { subscription, result: value } });
async function pair(answer: Answer, timeoutMs = 5_000): Promise<{ peer: WsPeer; rpc: SocketRpc }> {
  const peer = await startWsPeer(answer);
  const rpc = createSocketRpc({ name: "node", url: peer.url, timeoutMs });
  opened.push(rpc, peer);
  return { peer, rpc };
}
const refusal = async (work: Promise<unknown>) => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));
const heads = { method: "subscribe", unsubscribe: "unsubscribe", params: [], silentMs: 5_000 };

describe("calls over one websocket", () => {
  it("share a connection and get their own answers, whatever the order", async () => {
    const late: number[] = [];
    const { peer, rpc } = await pair(({ id, method }) => {
      late.push(id);
      return method === "last" ? late.toReversed().map((one) => result(one, `answer ${one}`)) : null;
    });
    const all = ["first", "second", "last"].map((method) => rpc.call(method, [], signal));
    expect(await Promise.all(all)).toEqual(["answer 1", "answer 2", "answer 3"]);
    expect(peer.connections()).toBe(1);
  });

  it("give the node's refusal as it is", async () => {
    const { rpc } = await pair(({ id }) => [JSON.stringify({ id, error: { code: 1010, message: "Invalid Transaction", data: "stale" } })]);
    const thrown: unknown = await rpc.call("x", [], signal).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(RpcError);
    expect(thrown).toMatchObject({ code: 1010, message: "Invalid Transaction", data: "stale" });
  });

  it("to a silent peer end by time, all of them, and the next call connects anew", async () => {
    let silent = true;
    const { peer, rpc } = await pair(({ id }) => (silent ? null : [result(id, "here")]), 1_500);
    const both = [rpc.call("a", [], signal), rpc.call("b", [], signal, 60_000)];
    expect(await Promise.all(both.map(async (one) => (await refusal(one)).code))).toEqual(["endpoint-timeout", "endpoint-timeout"]);
    silent = false;
    expect(await rpc.call("c", [], signal)).toBe("here");
    expect(peer.connections()).toBe(2);
  });

  it("that only this node is slow with do not cost the others their connection", async () => {
    const { peer, rpc } = await pair(({ id, method }) => (method === "slow" ? null : [result(id, "quick")]), 1_500);
    const slow = refusal(rpc.call("slow", [], signal));
    expect(await rpc.call("quick", [], signal)).toBe("quick");
    expect((await slow).code).toBe("endpoint-timeout");
    expect(await rpc.call("quick", [], signal)).toBe("quick");
    expect(peer.connections()).toBe(1);
  });

  it("that their caller gives up end at once; unreachable ones say so without the URL", async () => {
    const { rpc } = await pair(() => null);
    const gone = new AbortController();
    const given = refusal(rpc.call("a", [], gone.signal));
    gone.abort();
    expect((await given).code).toBe("call-aborted");
    const nobody = createSocketRpc({ name: "node", url: "ws://127.0.0.1:1/secret-path", timeoutMs: 5_000 });
    opened.push(nobody);
    const failure = await refusal(nobody.call("a", [], signal));
    expect(failure).toMatchObject({ remedy: "Unavailable", code: "endpoint-unreachable" });
    expect(JSON.stringify(failure)).not.toContain("secret-path");
  });
});

describe("subscriptions", () => {
  it("miss nothing that comes together with their own beginning", async () => {
    const { rpc } = await pair(({ id }) => [result(id, "s1"), notice("s1", 1), notice("s1", 2), notice("other", 9)]);
    const seen: unknown[] = [];
    for await (const head of rpc.subscribe(heads, signal)) if (seen.push(head) === 2) break;
    expect(seen).toEqual([1, 2]);
  });

  it("say when the connection is lost, or when nothing comes for too long, after what came before", async () => {
    const { peer, rpc } = await pair(({ id }) => [result(id, "s1"), notice("s1", 1)]);
    const read = async (silentMs: number, onFirst: () => void) => {
      const seen: unknown[] = [];
      const ended = (async () => {
        for await (const head of rpc.subscribe({ ...heads, silentMs }, signal)) {
          seen.push(head);
          onFirst();
        }
      })();
      return { code: (await refusal(ended)).code, seen };
    };
    expect(await read(5_000, () => peer.cut())).toEqual({ code: "endpoint-unreachable", seen: [1] });
    expect(await read(100, () => undefined)).toEqual({ code: "endpoint-silent", seen: [1] });
  });

  it("end with their signal, and tell the node", async () => {
    const { peer, rpc } = await pair(({ id, method }) => (method === "subscribe" ? [result(id, "s1"), notice("s1", 1)] : [result(id, true)]));
    const stop = new AbortController();
    for await (const _ of rpc.subscribe(heads, stop.signal)) stop.abort();
    await expect.poll(() => peer.calls.map(({ method, params }) => [method, params]), { timeout: 30_000 }).toContainEqual(["unsubscribe", ["s1"]]);
  });
});

describe("a process", () => {
  it.each(["rpc.close()", "undefined"])("is not kept alive by a silent peer after %s", async (ending) => {
    const { peer } = await pair(() => null);
    const module = new URL("../../../src/chains/polkadot/socket.ts", import.meta.url).href;
    const script = `
      const { createSocketRpc } = await import(${JSON.stringify(module)});
      const rpc = createSocketRpc({ name: "node", url: ${JSON.stringify(peer.url)}, timeoutMs: 5000, idleMs: 50 });
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 1_000);
      await rpc.call("x", [], stop.signal).catch(() => undefined);
      ${ending};`;
    await expect(promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { timeout: 50_000 })).resolves.toMatchObject({ stderr: "" });
    expect(peer.calls).toHaveLength(1);
  });
});
