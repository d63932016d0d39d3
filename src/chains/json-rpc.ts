/**
 * JSON-RPC over HTTP to one endpoint, for every chain.
 * Always: keep-alive, one deadline over the whole exchange, an aborted or late call leaves no socket behind, idle sockets
 * never keep the process alive. Never: retries, judges what the node answered, or shows a URL, login or cookie.
 */
import * as http from "node:http";
import * as https from "node:https";
import { performance } from "node:perf_hooks";

import { unavailable } from "../core/errors.ts";
import type { GantryError } from "../core/errors.ts";

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] };
export type RpcAnswer = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: RpcError };

/** The node answered with an error. Only chains/<chain>/errors.ts says what it means. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export interface JsonRpc {
  /** the endpoint's configured name, safe to show */
  readonly name: string;
  /** the result; throws RpcError when the node refused, else Unavailable (codes "endpoint-…", "call-aborted") */
  call(method: string, params: readonly unknown[], signal: AbortSignal, timeoutMs?: number): Promise<unknown>;
  /** one HTTP request; answers stand in the order of the calls */
  batch(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcAnswer[]>;
}

export type JsonRpcOptions = {
  readonly name: string;
  readonly url: string;
  /** the Authorization header's value, asked for each request, so that a rewritten cookie file is seen at once */
  readonly authorization?: () => Promise<string | null>;
  readonly timeoutMs: number;
  readonly onCall?: (method: string, seconds: number, ok: boolean) => void;
};

type Reply = { readonly status: number; readonly retryAfter: string | undefined; readonly body: string };

const maxSockets = 8;
/** shorter than the servers' own limit (bitcoind: 30 s), so that a call never meets a socket that is just being closed */
const idleMs = 20_000;
/** a verbose 4 MB block stays far below; more is a broken or hostile answer */
const maxAnswerBytes = 256 * 1024 * 1024;

/** Runs `work` with a signal that also fires after `timeoutMs`; leaves no listener and no timer behind. */
async function withDeadline<T>(name: string, signal: AbortSignal, timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ends = new AbortController();
  const timer = setTimeout(() => ends.abort(), timeoutMs);
  const abort = (): void => ends.abort();
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await work(ends.signal);
  } catch (error) {
    if (signal.aborted) throw unavailable("call-aborted", `The call to endpoint "${name}" was given up by its caller.`, { cause: error });
    if (ends.signal.aborted) throw unavailable("endpoint-timeout", `Endpoint "${name}" did not answer within ${timeoutMs} ms.`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function readReply(reply: http.IncomingMessage, done: (body: string) => void, fail: (error: Error) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  reply.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxAnswerBytes) reply.destroy(new Error(`answer is larger than ${maxAnswerBytes} bytes`));
    else chunks.push(chunk);
  });
  reply.on("end", () => done(Buffer.concat(chunks).toString("utf8")));
  reply.on("error", fail);
  reply.on("close", () => {
    if (!reply.complete) fail(new Error("the connection closed inside the answer"));
  });
}

function exchange(url: URL, agent: http.Agent, headers: http.OutgoingHttpHeaders, body: string, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(url, { method: "POST", agent, headers, signal });
    request.on("error", reject);
    request.on("response", (reply) => {
      const retryAfter = reply.headers["retry-after"];
      readReply(reply, (text) => resolve({ status: reply.statusCode ?? 0, retryAfter, body: text }), reject);
    });
    request.end(body);
  });
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? ("code" in error && typeof error.code === "string" ? error.code : error.message) : String(error);

function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** The JSON of a reply; refuses what is no JSON-RPC. An error status with a JSON-RPC body is the node's answer. */
function jsonOf(name: string, reply: Reply): unknown {
  const evidence = { endpoint: name, status: reply.status };
  if (reply.status === 401 || reply.status === 403) {
    throw unavailable("endpoint-unauthorized", `Endpoint "${name}" refused the login (HTTP ${reply.status}). Check its cookie or password file.`, { evidence });
  }
  // bitcoind answers 503 when its work queue is full
  if (reply.status === 429 || reply.status === 503) {
    const wait = retryAfterMs(reply.retryAfter);
    throw unavailable("endpoint-throttled", `Endpoint "${name}" asks for fewer calls (HTTP ${reply.status}).`, {
      evidence,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    });
  }
  try {
    return JSON.parse(reply.body);
  } catch (cause) {
    throw unavailable("endpoint-bad-answer", `Endpoint "${name}" answered HTTP ${reply.status} with something that is not JSON.`, { evidence, cause });
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const badAnswer = (name: string, what: string): GantryError =>
  unavailable("endpoint-bad-answer", `Endpoint "${name}" answered with something that is not JSON-RPC: ${what}.`, { evidence: { endpoint: name } });

function answerOf(name: string, value: unknown): RpcAnswer {
  if (!isRecord(value)) throw badAnswer(name, "no object");
  const { error, result } = value;
  if (error === undefined || error === null) {
    if (result === undefined) throw badAnswer(name, "neither result nor error");
    return { ok: true, result };
  }
  if (!isRecord(error) || typeof error.code !== "number") throw badAnswer(name, "an error without code");
  return { ok: false, error: new RpcError(error.code, typeof error.message === "string" ? error.message : "", error.data) };
}

function answersOf(name: string, value: unknown, count: number): readonly RpcAnswer[] {
  if (!Array.isArray(value)) {
    // some servers refuse a whole batch with one error object
    const single = answerOf(name, value);
    if (!single.ok) return Array.from({ length: count }, () => single);
    throw badAnswer(name, "no list for a batch");
  }
  const byId = new Map<unknown, unknown>(value.filter(isRecord).map((item) => [item.id, item]));
  return Array.from({ length: count }, (_, id) => {
    const item = byId.get(id);
    if (item === undefined) throw badAnswer(name, `no answer ${id} of ${count} in a batch`);
    return answerOf(name, item);
  });
}

/** A JSON-RPC 2.0 client for one URL. `name` is what people see; the URL may hold a key and is never shown. */
export function createJsonRpc(options: JsonRpcOptions): JsonRpc {
  const { name, timeoutMs: defaultTimeoutMs } = options;
  const url = new URL(options.url);
  const agent = new (url.protocol === "https:" ? https : http).Agent({ keepAlive: true, maxSockets, timeout: idleMs });

  const post = async (payload: unknown, signal: AbortSignal, timeoutMs: number): Promise<Reply> => {
    const body = JSON.stringify(payload);
    return withDeadline(name, signal, timeoutMs, async (ends) => {
      const authorization = await options.authorization?.();
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...(authorization === undefined || authorization === null ? {} : { authorization }),
      };
      try {
        return await exchange(url, agent, headers, body, ends);
      } catch (cause) {
        if (ends.aborted) throw cause;
        throw unavailable("endpoint-unreachable", `Endpoint "${name}" cannot be reached: ${reasonOf(cause)}. Is the node running, and is its address right?`, { evidence: { endpoint: name }, cause });
      }
    });
  };

  const timed = async <T>(method: string, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    let ok = false;
    try {
      const value = await work();
      ok = true;
      return value;
    } finally {
      options.onCall?.(method, (performance.now() - began) / 1000, ok);
    }
  };

  return {
    name,
    call: (method, params, signal, timeoutMs = defaultTimeoutMs) =>
      timed(method, async () => {
        const reply = await post({ jsonrpc: "2.0", id: 0, method, params }, signal, timeoutMs);
        const answer = answerOf(name, jsonOf(name, reply));
        if (!answer.ok) throw answer.error;
        return answer.result;
      }),
    batch: async (calls, signal) => {
      if (calls.length === 0) return [];
      return timed("batch", async () => {
        const payload = calls.map(({ method, params }, id) => ({ jsonrpc: "2.0", id, method, params }));
        return answersOf(name, jsonOf(name, await post(payload, signal, defaultTimeoutMs)), calls.length);
      });
    },
  };
}
