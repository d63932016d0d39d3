/** The stream of events over a real socket: news as it happens, nothing while nobody listens, nobody who can clog it. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../../devnet/until.ts";
import { createApi } from "../../../src/web/api.ts";
import type { Api } from "../../../src/web/api.ts";
import type { ApiParts } from "../../../src/web/parts.ts";
import { streamDefaults } from "../../../src/web/stream.ts";
import { createApiStage } from "../../support/api-parts.ts";
import type { ApiStage } from "../../support/api-parts.ts";
import { createFakeTransfers, fakeTransfer } from "../../support/transfers.ts";
import type { FakeTransfers } from "../../support/transfers.ts";
import { createSmallWorld, hashOf, lane, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

type Event = { readonly event: string; readonly data: Record<string, unknown> };
type Reader = { text(): string; events(): readonly Event[]; readonly ended: Promise<unknown>; stop(): void; readonly socket: Socket };

let small: SmallWorld;
let stage: ApiStage;
let transfers: FakeTransfers;
let looked = 0;
let api: Api;
let url: URL;
const readers: Reader[] = [];

const open = async (options: Partial<typeof streamDefaults> = {}, change: Partial<ApiParts> = {}): Promise<void> => {
  const parts: ApiParts = {
    ...stage.parts, token: "t", page: [],
    status: () => {
      looked += 1;
      return stage.parts.status();
    },
    ...change,
  };
  api = createApi(parts, { ...streamDefaults, everyMs: 10, transfersEveryMs: 10, ...options });
  url = new URL(await api.listen("127.0.0.1", 0));
};

function read(): Reader {
  let text = "";
  const socket = connect(Number(url.port), url.hostname);
  socket.on("data", (bytes: Buffer) => void (text += bytes.toString()));
  socket.on("error", () => undefined);
  const ended = new Promise((resolve) => socket.on("close", resolve));
  socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
  const events = (): readonly Event[] => [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gmu)].map(([, event = "", data = ""]) => ({ event, data: JSON.parse(data) as Record<string, unknown> }));
  const reader = { text: () => text, events, ended, stop: () => socket.destroy(), socket };
  readers.push(reader);
  return reader;
}
const waits = { withinMs: 50_000, everyMs: 5 };
const named = (reader: Reader, event: string) => reader.events().filter((one) => one.event === event);

beforeEach(async () => {
  looked = 0;
  small = await createSmallWorld();
  const now = small.clock.now();
  transfers = createFakeTransfers([1, 2, 3].map((at) => fakeTransfer(at, { done: 1, openedAt: now, now })));
  stage = createApiStage(small, transfers);
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.stop();
  await api.close();
});

test("a reader is told how things are, then only what changes", async () => {
  await open();
  const reader = read();
  await until("the first status", async () => named(reader, "status")[0] ?? null, waits);
  await until("five more looks", async () => (looked > 5 ? true : null), waits);
  expect(named(reader, "status")).toHaveLength(1);
  expect(named(reader, "transfer")).toHaveLength(0);
  await small.add("a", hashOf(1), [sourceFinal]);
  await until("the second status", async () => named(reader, "status")[1] ?? null, waits);
  expect(named(reader, "status")[1]?.data).toMatchObject({ lanes: [{ name: lane, counts: { final: 1 } }] });
  stage.alerts.push({ id: "redis-down", who: "operator", deadline: null, acknowledged: null, transfers: [], cause: "redis-down", severity: "ticket", sentence: "Redis is away.", since: 1, evidence: null, action: null });
  await until("the alert", async () => named(reader, "alerts").find(({ data }) => (data["alerts"] as unknown[]).length === 1) ?? null, waits);
  const headers = reader.text().split("\r\n\r\n")[0]?.toLowerCase() ?? "";
  expect(headers).toContain("text/event-stream");
  expect(headers).toContain("content-security-policy");
});

test("a transfer that moves is told; one that only grows older is not", async () => {
  await open();
  const reader = read();
  await until("some looks", async () => (looked > 3 ? true : null), waits);
  const now = small.clock.now();
  const one = transfers.get(`tbtc-deposit:${hashOf(1)}`);
  transfers.put({ ...one, eta: { medianAt: now + 1, p90At: now + 2, afterDeadlineMs: 0 } });
  transfers.put(fakeTransfer(2, { done: 2, openedAt: now, now }));
  const told = await until("the transfer", async () => named(reader, "transfer")[0] ?? null, waits);
  expect(told.data).toMatchObject({ id: `tbtc-deposit:${hashOf(2)}`, explanation: { step: "proved" } });
  expect(named(reader, "transfer")).toHaveLength(1);
});

test("who comes later is told the same at once, and nothing is looked at after the last one left", async () => {
  await open();
  const early = read();
  await until("the first status", async () => named(early, "status")[0] ?? null, waits);
  const later = read();
  await until("its own status", async () => named(later, "status")[0] ?? null, waits);
  early.stop();
  later.stop();
  const settled = async (): Promise<number> => {
    const before = looked;
    await new Promise((resolve) => setTimeout(resolve, 60));
    return looked - before;
  };
  await until("no more looks", async () => ((await settled()) === 0 ? true : null), waits);
});

test("there is a heartbeat, a limit, and an end with the process", async () => {
  await open({ maxClients: 1, heartbeatMs: 20 });
  const reader = read();
  await until("a heartbeat", async () => (reader.text().includes("\n: alive\n") ? true : null), waits);
  const refused = await fetch(new URL("/api/v1/events", url));
  expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([503, "too-many-streams"]);
  await api.close();
  await reader.ended;
});

test("a part that is away is told as a problem, and the stream goes on", async () => {
  let isAway = true;
  await open({}, { status: () => (isAway ? Promise.reject(new Error("inside")) : stage.parts.status()) });
  const reader = read();
  const problem = await until("the problem", async () => named(reader, "problem")[0] ?? null, waits);
  expect(JSON.stringify(problem.data)).not.toContain("inside");
  isAway = false;
  await until("the status", async () => named(reader, "status")[0] ?? null, waits);
});

test("a reader that does not read is dropped", async () => {
  await open({ maxWaitingBytes: 65_536 });
  const slow = read();
  await until("the first status", async () => named(slow, "status")[0] ?? null, waits);
  slow.socket.pause();
  const big = "x".repeat(200_000);
  let turn = 0;
  await until("the reader to be dropped", async () => {
    turn += 1;
    stage.alerts.splice(0, 1, { id: "redis-down", who: "operator", deadline: null, acknowledged: null, transfers: [], cause: "redis-down", severity: "ticket", sentence: `${turn} ${big}`, since: 1, evidence: null, action: null });
    return stage.log.lines.some(({ message }) => message.includes("does not keep up")) ? true : null;
  }, waits);
  slow.socket.resume();
  await slow.ended;
});
