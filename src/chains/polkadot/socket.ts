/**
 * JSON-RPC over one websocket to one endpoint, with subscriptions.
 * Always: connects when first needed and again after a loss; every call ends in time; a socket that said nothing while a call
 * timed out is dropped; an idle or closed one never keeps the process alive. Never: retries a call, or shows a URL.
 */
import { performance } from "node:perf_hooks";

import { WebSocket } from "ws";

import { unavailable } from "../../core/errors.ts";
import type { GantryError } from "../../core/errors.ts";
import type { Millis } from "../../core/values.ts";
import { RpcError } from "../json-rpc.ts";

export interface SocketRpc {
  /** the endpoint's configured name, safe to show */
  readonly name: string;
  /** the result; throws RpcError when the node refused, else Unavailable (codes "endpoint-…", "call-aborted") */
  call(method: string, params: readonly unknown[], signal: AbortSignal, timeoutMs?: Millis): Promise<unknown>;
  /**
   * What the node notifies, oldest first. Ends when the signal aborts; throws Unavailable "endpoint-unreachable" when the
   * connection is lost and "endpoint-silent" when nothing came for `silentMs`. To go on, subscribe again.
   */
  subscribe(subscription: Subscription, signal: AbortSignal): AsyncIterable<unknown>;
  /** ends the connection and all calls; later calls are refused */
  close(): void;
}

export type Subscription = { readonly method: string; readonly unsubscribe: string; readonly params: readonly unknown[]; readonly silentMs: Millis };

export type SocketRpcOptions = {
  readonly name: string;
  readonly url: string;
  readonly timeoutMs: Millis;
  /** a connection without calls and subscriptions ends after this; default 20 s */
  readonly idleMs?: Millis;
  readonly onCall?: (method: string, seconds: number, ok: boolean) => void;
};

type Waiting = { readonly done: (result: unknown) => void; readonly fail: (error: Error) => void };
type Stream = { readonly push: (value: unknown) => void; readonly fail: (error: Error) => void };
type Link = {
  readonly socket: WebSocket;
  readonly open: Promise<void>;
  readonly waiting: Map<number, Waiting>;
  readonly streams: Map<string, Stream>;
  /** fails all that hangs on it */
  readonly end: (error: Error) => void;
  heardAt: number;
};

/** metadata is some megabytes, a block with a runtime upgrade too; more is a broken or hostile answer */
const maxAnswerBytes = 256 * 1024 * 1024;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const keyOf = (id: unknown): string => String(id);

function lost(name: string, why: string): GantryError {
  return unavailable("endpoint-unreachable", `Endpoint "${name}" cannot be reached: ${why}. Is the node running, and is its address right?`, { evidence: { endpoint: name } });
}
const aborted = (name: string): GantryError => unavailable("call-aborted", `The call to endpoint "${name}" was given up by its caller.`);

/** One message of the node to whom it belongs. What belongs to nobody (an answer after its time-out) is dropped. */
function hear(link: Link, data: unknown): void {
  let message: unknown;
  try {
    message = JSON.parse(String(data));
  } catch {
    return; // no JSON-RPC: the call it may have answered ends by time
  }
  if (!isRecord(message)) return;
  if (isRecord(message["params"]) && "subscription" in message["params"]) {
    link.streams.get(keyOf(message["params"]["subscription"]))?.push(message["params"]["result"]);
    return;
  }
  const waiting = typeof message["id"] === "number" ? link.waiting.get(message["id"]) : undefined;
  const { error } = message;
  if (isRecord(error)) waiting?.fail(new RpcError(Number(error["code"] ?? 0), typeof error["message"] === "string" ? error["message"] : "", error["data"]));
  else waiting?.done(message["result"] ?? null);
}

function connect(name: string, url: string, timeoutMs: Millis, gone: (link: Link) => void): Link {
  // Node's own WebSocket cannot leave a silent peer: it waits for the other's farewell and keeps the process alive meanwhile
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: maxAnswerBytes, handshakeTimeout: timeoutMs });
  const waiting: Link["waiting"] = new Map();
  const streams: Link["streams"] = new Map();
  let opened = (): void => undefined;
  let failed: (error: Error) => void = () => undefined;
  const open = new Promise<void>((resolve, reject) => {
    opened = resolve;
    failed = reject;
  });
  open.catch(() => undefined);
  const end = (error: Error): void => {
    gone(link);
    failed(error);
    for (const { fail } of [...waiting.values(), ...streams.values()]) fail(error);
    waiting.clear();
    streams.clear();
  };
  const link: Link = { socket, open, waiting, streams, end, heardAt: performance.now() };
  const ended = (): void => end(lost(name, "the connection was closed"));
  socket.addEventListener("open", () => opened());
  socket.addEventListener("message", ({ data }) => {
    link.heardAt = performance.now();
    hear(link, data);
  });
  socket.addEventListener("error", ended);
  socket.addEventListener("close", ended);
  return link;
}

/** Ends with `work`, the time-out, or the abort, whichever is first; leaves no timer and no listener behind. */
function within<T>(name: string, work: Promise<T>, signal: AbortSignal, timeoutMs: Millis, late: (error: GantryError) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => settle(() => reject(aborted(name)));
    const timer = setTimeout(() => {
      const error = unavailable("endpoint-timeout", `Endpoint "${name}" did not answer within ${timeoutMs} ms.`, { evidence: { endpoint: name } });
      settle(() => reject(error));
      late(error);
    }, timeoutMs);
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      end();
    };
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    else work.then((value) => settle(() => resolve(value)), (error: unknown) => settle(() => reject(error)));
  });
}

type Connection = { link(): Link; drop(link: Link, why: Error): void; rest(): void; close(): void };

/** The one connection, made when it is missing. */
function createConnection(name: string, url: string, timeoutMs: Millis, idleMs: Millis): Connection {
  let current: Link | null = null;
  let closed = false;
  let idle: NodeJS.Timeout | undefined;
  const forget = (link: Link): void => {
    if (current === link) current = null;
  };
  const drop = (link: Link, why: Error): void => {
    link.end(why);
    link.socket.terminate();
  };
  return {
    link: () => {
      if (closed) throw lost(name, "its client was closed");
      clearTimeout(idle);
      current ??= connect(name, url, timeoutMs, forget);
      return current;
    },
    drop,
    rest: () => {
      clearTimeout(idle);
      idle = setTimeout(() => {
        if (current !== null && current.waiting.size === 0 && current.streams.size === 0) drop(current, lost(name, "nobody asked anything for a while"));
      }, idleMs);
      idle.unref();
    },
    close: () => {
      closed = true;
      clearTimeout(idle);
      if (current !== null) drop(current, lost(name, "its client was closed"));
    },
  };
}

/** A queue that one reader takes from; a failure comes after what was already there. */
function createStream(): Stream & { next(): Promise<unknown> } {
  const ready: unknown[] = [];
  let failure: Error | null = null;
  let wake = (): void => undefined;
  return {
    push: (value) => {
      ready.push(value);
      wake();
    },
    fail: (error) => {
      failure ??= error;
      wake();
    },
    next: async () => {
      while (ready.length === 0) {
        if (failure !== null) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return ready.shift();
    },
  };
}

/** A JSON-RPC 2.0 client for one ws(s) URL. `name` is what people see; the URL may hold a key and is never shown. */
export function createSocketRpc(options: SocketRpcOptions): SocketRpc {
  const { name, url, timeoutMs: usualMs, idleMs = 20_000 } = options;
  const connection = createConnection(name, url, usualMs, idleMs);
  let ids = 0;

  const ask = async (method: string, params: readonly unknown[], signal: AbortSignal, timeoutMs: Millis, onResult?: (result: unknown, link: Link) => void): Promise<unknown> => {
    if (signal.aborted) throw aborted(name);
    const link = connection.link();
    const id = (ids += 1);
    const sentAt = performance.now();
    const answer = new Promise<unknown>((resolve, reject) => {
      const done = (result: unknown): void => {
        onResult?.(result, link); // before the next message is heard
        resolve(result);
      };
      link.waiting.set(id, { done, fail: reject });
    });
    answer.catch(() => undefined);
    const work = link.open.then(() => {
      // given up before the connection was there: its bytes must not go out later
      if (link.waiting.has(id)) link.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      return answer;
    });
    let ok = false;
    try {
      const result = await within(name, work, signal, timeoutMs, (error) => {
        // others that wait on a dead socket need not wait for their own time-out
        if (link.heardAt <= sentAt) connection.drop(link, error);
      });
      ok = true;
      return result;
    } finally {
      link.waiting.delete(id);
      if (link.waiting.size === 0 && link.streams.size === 0) connection.rest();
      options.onCall?.(method, (performance.now() - sentAt) / 1000, ok);
    }
  };

  return {
    name,
    call: (method, params, signal, timeoutMs = usualMs) => ask(method, params, signal, timeoutMs),
    subscribe: (subscription, signal) => follow(name, subscription, signal, (onResult) => ask(subscription.method, subscription.params, signal, usualMs, onResult), (id) => {
      ask(subscription.unsubscribe, [id], AbortSignal.timeout(usualMs), usualMs).catch(() => undefined);
    }),
    close: () => connection.close(),
  };
}

async function* follow(
  name: string, { silentMs }: Subscription, signal: AbortSignal, begin: (onResult: (id: unknown, link: Link) => void) => Promise<unknown>, end: (id: unknown) => void,
): AsyncGenerator<unknown, void, undefined> {
  const stream = createStream();
  let on: Link | null = null;
  const id = await begin((id, link) => {
    on = link;
    link.streams.set(keyOf(id), stream);
  }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  const abort = (): void => stream.fail(aborted(name));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    for (;;) {
      const quiet = setTimeout(() => stream.fail(unavailable("endpoint-silent", `Endpoint "${name}" told of nothing new for ${silentMs} ms; it is asked anew.`, { evidence: { endpoint: name } })), silentMs);
      let value: unknown;
      try {
        value = await stream.next();
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      } finally {
        clearTimeout(quiet);
      }
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    const link = on as Link | null;
    if (link?.streams.delete(keyOf(id)) === true) end(id);
  }
}
