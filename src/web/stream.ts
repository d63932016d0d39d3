/**
 * The stream of events: what changed, pushed to whoever has the page open.
 * Always: nothing is computed while nobody listens; a turn that took long makes the next one wait longer; a client that does not read
 * is dropped, not buffered for; everything ends with the process.
 * Never: the only way to learn something: a client that missed events asks the API.
 */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { failureOf } from "../core/errors.ts";
import { withoutCredentials } from "../secret.ts";
import type { Status, TransferAnswer } from "./answers.ts";
import type { ApiParts } from "./parts.ts";
import { problemOf } from "./problem.ts";

/** Names of the events, with what they carry. */
export const eventNames = {
  status: "the answer of /api/v1/status",
  alerts: "the answer of /api/v1/alerts",
  transfer: "a transfer that changed, as /api/v1/transfers/:id gives it",
  problem: "what could not be read just now",
} as const;
type EventName = keyof typeof eventNames;

export type StreamOptions = {
  readonly maxClients: number;
  /** between two looks at what changed */
  readonly everyMs: number;
  /** between two looks at the transfers, which are many and judged anew only every few seconds */
  readonly transfersEveryMs: number;
  /** a comment that keeps proxies and sockets awake */
  readonly heartbeatMs: number;
  /** what may wait for a slow client */
  readonly maxWaitingBytes: number;
};
export const streamDefaults: StreamOptions = { maxClients: 32, everyMs: 1_000, transfersEveryMs: 3_000, heartbeatMs: 15_000, maxWaitingBytes: 1_048_576 };

export interface Stream {
  readonly isFull: () => boolean;
  /** takes over the response; `headers` are those of every answer */
  add(response: ServerResponse, headers: Readonly<Record<string, string>>): void;
  readonly clients: () => number;
  close(): void;
}

/** newest, and late ones, that are looked at in a turn; whoever looks at others asks for them */
const transfersAtMost = 100;
/** the next turn waits at least this many times as long as the last one took */
const restFactor = 5;
/** told again after this long although nothing changed: a page can see that it is not looking at the past */
const statusAgainMs = 10_000;

/** As text for comparing: without what changes by itself with time. */
const settled = ({ at: _at, chains, lanes, ...rest }: Status): string => JSON.stringify({
  ...rest,
  chains: chains.map(({ headAgeSeconds: _age, ...chain }) => chain),
  lanes: lanes.map((lane) => ({ ...lane, oldest: lane.oldest === null ? null : { ...lane.oldest, ageSeconds: 0 } })),
});
const settledTransfer = ({ lateMs, eta: _eta, steps, explanation, deadline, ...rest }: TransferAnswer): string => JSON.stringify({
  ...rest, isLate: lateMs > 0, hasPassed: deadline?.passed ?? null, cause: explanation?.cause ?? null, step: explanation?.step ?? null, steps: steps.map(({ lateMs: late, ...step }) => ({ ...step, isLate: late > 0 })),
});

export function createStream(parts: Pick<ApiParts, "status" | "alerts" | "transfers" | "log">, options: StreamOptions = streamDefaults): Stream {
  const clients = new Set<ServerResponse>();
  const stop = new AbortController();
  let loop: Promise<void> | null = null;
  let greeting: readonly string[] = [];

  const write = (client: ServerResponse, text: string): void => {
    if (client.writableLength > options.maxWaitingBytes) {
      parts.log.warn({ waitingBytes: client.writableLength }, "a reader of the event stream does not keep up; dropped");
      clients.delete(client);
      client.destroy();
      return;
    }
    client.write(text);
  };
  const toAll = (text: string): void => {
    for (const client of clients) write(client, text);
  };
  const run = async (): Promise<void> => {
    const look = createLook(parts, options.transfersEveryMs);
    while (clients.size > 0 && !stop.signal.aborted) {
      const startedAt = performance.now();
      const events = await look.turn();
      toAll(events.join(""));
      greeting = look.greeting();
      const restMs = Math.max(options.everyMs, restFactor * (performance.now() - startedAt));
      await sleep(restMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    greeting = [];
    loop = null;
  };
  const heartbeat = setInterval(() => toAll(": alive\n\n"), options.heartbeatMs).unref();
  return {
    isFull: () => clients.size >= options.maxClients || stop.signal.aborted,
    clients: () => clients.size,
    add(response, headers) {
      response.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
      response.write("retry: 2000\n\n");
      clients.add(response);
      response.on("close", () => clients.delete(response));
      response.on("error", () => clients.delete(response));
      write(response, greeting.join(""));
      loop ??= run();
    },
    close() {
      stop.abort();
      clearInterval(heartbeat);
      for (const client of clients) client.end();
      clients.clear();
    },
  };
}

const message = (event: EventName, data: unknown): string => `event: ${event}\ndata: ${withoutCredentials(JSON.stringify(data))}\n\n`;

/** Remembers what was told, so that only news is told. */
function createLook({ status, alerts, transfers }: Pick<ApiParts, "status" | "alerts" | "transfers">, transfersEveryMs: number) {
  let toldStatus = "";
  let toldStatusAt = -Infinity;
  let toldAlerts = "";
  let toldTransfers: ReadonlyMap<string, string> | null = null;
  let transfersAt = -Infinity;
  let last: Partial<Record<EventName, string>> = {};

  const statusNews = async (): Promise<readonly string[]> => {
    const now = await status();
    const text = settled(now);
    last = { ...last, status: message("status", now) };
    if (text === toldStatus && performance.now() - toldStatusAt < statusAgainMs) return [];
    toldStatus = text;
    toldStatusAt = performance.now();
    return [last.status ?? ""];
  };
  const alertNews = async (): Promise<readonly string[]> => {
    const text = message("alerts", { alerts: alerts() });
    last = { ...last, alerts: text };
    if (text === toldAlerts) return [];
    toldAlerts = text;
    return [text];
  };
  const transferNews = async (): Promise<readonly string[]> => {
    if (performance.now() - transfersAt < transfersEveryMs) return [];
    transfersAt = performance.now();
    const [newest, late] = await Promise.all([null, true].map((isLate) =>
      transfers.list({ state: isLate === true ? "open" : null, bridge: null, kind: null, late: isLate, q: null, cursor: null, limit: transfersAtMost })));
    const items = [...new Map([...(newest?.items ?? []), ...(late?.items ?? [])].map((item) => [item.id, item])).values()];
    const before = toldTransfers;
    toldTransfers = new Map(items.map((item) => [item.id, settledTransfer(item)]));
    // What is there when the first one begins to listen is no news: the page asks for it.
    if (before === null) return [];
    return items.filter((item) => before.get(item.id) !== toldTransfers?.get(item.id)).map((item) => message("transfer", item));
  };
  const or = async (news: () => Promise<readonly string[]>): Promise<readonly string[]> => {
    try {
      return await news();
    } catch (thrown) {
      const { code, message: said, remedy } = failureOf(thrown);
      return [message("problem", problemOf({ code, message: remedy === "Bug" ? "an error of Gantry; the log has the details" : said }))];
    }
  };
  return {
    turn: async (): Promise<readonly string[]> => (await Promise.all([or(statusNews), or(alertNews), or(transferNews)])).flat(),
    /** what one who comes later is told first */
    greeting: (): readonly string[] => Object.values(last),
  };
}
