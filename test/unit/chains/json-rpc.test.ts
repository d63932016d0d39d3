import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { createJsonRpc, RpcError } from "../../../src/chains/json-rpc.ts";
import type { JsonRpcOptions } from "../../../src/chains/json-rpc.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Failure } from "../../../src/core/errors.ts";

type Serve = (body: { readonly id: unknown; readonly method: string }, request: IncomingMessage, response: ServerResponse) => void;

const open: Server[] = [];

async function serving(serve: Serve): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => serve(JSON.parse(text) as { id: unknown; method: string }, request, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  return { server, port: (server.address() as AddressInfo).port };
}

async function rpcTo(serve: Serve, more: Partial<JsonRpcOptions> = {}) {
  const { server, port } = await serving(serve);
  return { server, rpc: createJsonRpc({ name: "node-a", url: `http://127.0.0.1:${port}/key-in-path`, timeoutMs: 5_000, ...more }) };
}

const json = (response: ServerResponse, value: unknown, status = 200): void => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
const never = new AbortController().signal;

async function failure(work: Promise<unknown>): Promise<Failure> {
  return work.then(() => expect.fail("it answered"), failureOf);
}

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

describe("JSON-RPC over HTTP", () => {
  it("sends the call and gives back the result, with the login asked for each time", async () => {
    const seen: (string | undefined)[] = [];
    let cookie = 0;
    const { rpc } = await rpcTo((body, request, response) => {
      seen.push(request.headers.authorization);
      json(response, { jsonrpc: "2.0", id: body.id, result: body.method });
    }, { authorization: async () => `Basic ${(cookie += 1)}` });
    expect(await rpc.call("one", [], never)).toBe("one");
    expect(await rpc.call("two", [1], never)).toBe("two");
    expect(seen).toEqual(["Basic 1", "Basic 2"]);
  });

  it("uses one connection for calls that follow each other", async () => {
    const ports = new Set<number | undefined>();
    const { rpc } = await rpcTo((body, request, response) => {
      ports.add(request.socket.remotePort);
      json(response, { id: body.id, result: null });
    });
    for (let call = 0; call < 5; call += 1) await rpc.call("again", [], never);
    expect(ports.size).toBe(1);
  });

  it("throws the node's own error, whatever the HTTP status", async () => {
    const { rpc } = await rpcTo((body, _, response) => json(response, { id: body.id, result: null, error: { code: -8, message: "Block height out of range" } }, 500));
    const error = await rpc.call("getblockhash", [9], never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: -8, message: "Block height out of range" });
  });

  it("keeps a batch's answers in the order of its calls, also when the server does not", async () => {
    const { rpc } = await rpcTo((body, _, response) => {
      const calls = body as unknown as readonly { id: number; method: string }[];
      json(response, calls.toReversed().map(({ id, method }) => (method === "bad" ? { id, error: { code: -5, message: "no" } } : { id, result: method })));
    });
    const answers = await rpc.batch([{ method: "a", params: [] }, { method: "bad", params: [] }, { method: "c", params: [] }], never);
    expect(answers.map((answer) => (answer.ok ? answer.result : answer.error.code))).toEqual(["a", -5, "c"]);
  });

  it("gives one answer per call when the server refuses the whole batch at once", async () => {
    const { rpc } = await rpcTo((_, __, response) => json(response, { id: null, error: { code: -32005, message: "too many" } }));
    const answers = await rpc.batch([{ method: "a", params: [] }, { method: "b", params: [] }], never);
    expect(answers.map((answer) => answer.ok)).toEqual([false, false]);
  });

  it("refuses a batch with an answer missing", async () => {
    const { rpc } = await rpcTo((_, __, response) => json(response, [{ id: 0, result: 1 }]));
    expect((await failure(rpc.batch([{ method: "a", params: [] }, { method: "b", params: [] }], never))).code).toBe("endpoint-bad-answer");
  });

  it.each([
    ["a refused login", 401, "", {}, "endpoint-unauthorized"],
    ["a forbidden address", 403, "", {}, "endpoint-unauthorized"],
    ["too many calls", 429, "slow down", {}, "endpoint-throttled"],
    ["a full work queue", 503, "Work queue depth exceeded", {}, "endpoint-throttled"],
    ["a gateway's page", 502, "<html>Bad gateway</html>", {}, "endpoint-bad-answer"],
    ["JSON that is no JSON-RPC", 200, "[]", {}, "endpoint-bad-answer"],
    ["an error without code", 200, '{"error":"boom"}', {}, "endpoint-bad-answer"],
  ])("says what %s means", async (_, status, body, headers, code) => {
    const { rpc } = await rpcTo((__, ___, response) => void response.writeHead(status, headers).end(body));
    expect(await failure(rpc.call("any", [], never))).toMatchObject({ remedy: "Unavailable", code });
  });

  it("passes on how long a throttling server wants to be left alone", async () => {
    const { rpc } = await rpcTo((_, __, response) => void response.writeHead(429, { "retry-after": "7" }).end());
    expect((await failure(rpc.call("any", [], never))).retryAfterMs).toBe(7_000);
  });

  it("gives up on a server that accepts and never answers, and leaves no connection behind", async () => {
    const { rpc, server } = await rpcTo(() => undefined);
    expect((await failure(rpc.call("any", [], never, 50))).code).toBe("endpoint-timeout");
    await expect.poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))), { timeout: 30_000 }).toBe(0);
  });

  it("gives up on a server that begins an answer and stalls", async () => {
    const { rpc } = await rpcTo((_, __, response) => void response.writeHead(200, { "content-length": "100" }).write('{"result":'));
    expect((await failure(rpc.call("any", [], never, 100))).code).toBe("endpoint-timeout");
  });

  it("refuses an answer cut off in the middle", async () => {
    const { rpc } = await rpcTo((_, __, response) => {
      response.writeHead(200, { "content-length": "100" }).write('{"result":', () => response.destroy());
    });
    expect((await failure(rpc.call("any", [], never))).code).toBe("endpoint-unreachable");
  });

  it("ends at once when its caller gives up, before and during the call", async () => {
    const aborting = new AbortController();
    const { rpc } = await rpcTo(() => aborting.abort());
    expect((await failure(rpc.call("any", [], aborting.signal))).code).toBe("call-aborted");
    expect((await failure(rpc.call("any", [], aborting.signal))).code).toBe("call-aborted");
  });

  it("names the endpoint and never its URL or login when it cannot be reached", async () => {
    const { server, rpc } = await rpcTo(() => undefined, { authorization: async () => "Basic c2VjcmV0" });
    server.close();
    const told = await failure(rpc.call("any", [], never));
    expect(told).toMatchObject({ code: "endpoint-unreachable" });
    expect(JSON.stringify(told)).toContain("node-a");
    expect(JSON.stringify(told)).not.toMatch(/key-in-path|c2VjcmV0|127\.0\.0\.1/);
  });

  it("reports each call's method, time and outcome", async () => {
    const calls: [string, boolean][] = [];
    const { rpc } = await rpcTo((body, _, response) => json(response, body.method === "good" ? { result: 1 } : { error: { code: 1, message: "" } }), {
      onCall: (method, seconds, ok) => {
        expect(seconds).toBeGreaterThanOrEqual(0);
        calls.push([method, ok]);
      },
    });
    await rpc.call("good", [], never);
    await rpc.call("bad", [], never).catch(() => undefined);
    expect(calls).toEqual([["good", true], ["bad", false]]);
  });
});
