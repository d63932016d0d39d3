/** Webhooks that listen, refuse, hang, redirect and come back, over real HTTP: who is told what, and what is remembered. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../devnet/processes.ts";
import { notifyTest } from "../../src/cli/notify.ts";
import { parseConfig } from "../../src/config/parse.ts";
import type { Config } from "../../src/config/schema.ts";
import { webhooksOf } from "../../src/app/notify.ts";
import { createMemoryLedger } from "../../src/ledger/memory.ts";
import { createSqliteLedger } from "../../src/ledger/sqlite.ts";
import type { Alert } from "../../src/monitor/alerts.ts";
import { notification } from "../../src/monitor/notification.ts";
import type { Notification } from "../../src/monitor/notification.ts";
import { createNotifier, post } from "../../src/monitor/notifier.ts";
import type { Ledger } from "../../src/ports.ts";
import { alertOf } from "../support/alert.ts";
import { createTestClock } from "../support/clock.ts";
import { createMemoryLog, createMemoryMeter } from "../support/quiet.ts";

type Heard = { readonly message: Notification; readonly headers: IncomingMessage["headers"]; readonly method: string | undefined };

let heard: Heard[];
let reply: (answer: ServerResponse) => void;
const takes = (answer: ServerResponse): void => void answer.writeHead(204).end();
const refuses = (status: number, headers: Record<string, string> = {}) => (answer: ServerResponse): void => void answer.writeHead(status, headers).end("no");
const server = createServer((request, answer) => {
  let body = "";
  request.on("data", (part: Buffer) => void (body += part.toString()));
  request.on("end", () => {
    heard.push({ message: notification.parse(JSON.parse(body)), headers: request.headers, method: request.method });
    reply(answer);
  });
});

let url: string;
/** where nobody listens */
let nobody: string;
let folder: string;
let ledger: Ledger;
let clock: ReturnType<typeof createTestClock>;
let meter: ReturnType<typeof createMemoryMeter>;
let log: ReturnType<typeof createMemoryLog>;
let stop: AbortController;

beforeEach(async () => {
  [heard, reply, clock, meter, log, stop, ledger] = [[], takes, createTestClock(), createMemoryMeter(), createMemoryLog(), new AbortController(), createMemoryLedger()];
  folder = await mkdtemp(join(tmpdir(), "gantry-notify-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  nobody = `http://127.0.0.1:${await freePort()}/`;
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cret`;
});
afterEach(async () => {
  stop.abort();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await ledger.close();
  await rm(folder, { recursive: true });
});

function configured(...webhooks: readonly string[]): Config {
  const { config, problems } = parseConfig(`notify: { holdSeconds: 0, pageUrl: "https://gantry.example", webhooks: [${webhooks.join(", ")}] }`);
  if (config === null) throw new Error(problems.join("\n"));
  return config;
}
const plain = (): string => `{ name: team, url: "${url}", repeatMinutes: 10 }`;
const away = (): string => `{ name: away, url: "${nobody}" }`;
const open = (...webhooks: readonly string[]) => createNotifier({ webhooks: webhooksOf(configured(...webhooks)), sender: { instance: "main", pageUrl: "https://gantry.example" }, ledger, clock, log, meter, stop: stop.signal });
const tell = async (notifier: ReturnType<typeof open>, ...alerts: readonly Alert[]): Promise<readonly string[]> => {
  heard = [];
  notifier.tell(alerts);
  await notifier.settled();
  return heard.map(({ message }) => `${message.status} ${message.id}`);
};
const begun = "firing node-stalled chain:bitcoin";

test("a webhook hears what begins, lasts and ends, as JSON with its login; the login is read anew each time", async () => {
  const [urlFile, headerFile] = [join(folder, "url"), join(folder, "header")];
  await writeFile(urlFile, `${url}\n`, { mode: 0o600 });
  await writeFile(headerFile, "Bearer one\n", { mode: 0o600 });
  const notifier = open(`{ name: team, urlFile: "${urlFile}", headerFile: "${headerFile}", repeatMinutes: 10 }`);
  expect(await tell(notifier, alertOf())).toEqual([begun]);
  expect(heard[0]).toMatchObject({ method: "POST", headers: { "content-type": "application/json", authorization: "Bearer one" } });
  expect(await tell(notifier, alertOf())).toEqual([]);
  await writeFile(headerFile, "Bearer two\n", { mode: 0o600 });
  await clock.advance(600_000);
  expect(await tell(notifier, alertOf())).toEqual([begun]);
  expect(heard[0]?.headers.authorization).toBe("Bearer two");
  expect(await tell(notifier)).toEqual(["resolved node-stalled chain:bitcoin"]);
  expect(meter.total("notifications_total")).toBe(3);
});

test("what was refused is tried again, later each time, not before the time the webhook names, and told once", async () => {
  const notifier = open(plain());
  reply = refuses(500);
  expect(await tell(notifier, alertOf())).toEqual([begun]);
  expect(await tell(notifier, alertOf())).toEqual([]);
  await clock.advance(2_000);
  reply = refuses(429, { "retry-after": "60" });
  expect(await tell(notifier, alertOf())).toEqual([begun]);
  await clock.advance(59_000);
  expect(await tell(notifier, alertOf())).toEqual([]);
  await clock.advance(1_000);
  reply = takes;
  expect(await tell(notifier, alertOf())).toEqual([begun]);
  await clock.advance(300_000);
  expect(await tell(notifier, alertOf())).toEqual([]);
  expect(log.lines.filter(({ level }) => level === "warn").map(({ fields }) => fields["code"])).toEqual(["webhook-refused", "webhook-refused"]);
});

test("a webhook that is away holds up no other", async () => {
  const notifier = open(away(), plain());
  expect(await tell(notifier, alertOf())).toEqual([begun]);
  expect(log.lines.find(({ fields }) => fields["webhook"] === "away")).toMatchObject({ level: "warn", fields: { code: "webhook-unreachable" } });
});

test("a webhook that never answers is left at a stop, and told again by the next process", async () => {
  reply = () => undefined;
  const notifier = open(plain());
  notifier.tell([alertOf()]);
  await expect.poll(() => heard.length, { timeout: 30_000 }).toBe(1);
  stop.abort();
  await notifier.settled();
  expect(meter.total("notifications_total")).toBe(0);
  [stop, reply] = [new AbortController(), takes];
  expect(await tell(open(plain()), alertOf())).toEqual([begun]);
});

test("a restart repeats nothing, and tells the end of what the process before has told", async () => {
  const path = join(folder, "gantry.sqlite");
  await ledger.close();
  ledger = await createSqliteLedger({ path, log });
  expect(await tell(open(plain()), alertOf(), alertOf({ cause: "clock-skew" }))).toEqual([begun, "firing clock-skew chain:bitcoin"]);
  await ledger.close();
  ledger = await createSqliteLedger({ path, log });
  const again = open(plain());
  expect(await tell(again, alertOf({ since: clock.now() }), alertOf({ cause: "clock-skew" }))).toEqual([]);
  expect(await tell(again, alertOf())).toEqual(["resolved clock-skew chain:bitcoin"]);
  expect((await ledger.auditLog({ subject: "webhook team" })).map(({ who, what }) => `${who} ${what}`)).toEqual(Array(3).fill("monitor notified"));
});

test("without a ledger people are told all the same, and once", async () => {
  const notifier = open(plain());
  await tell(notifier);
  await ledger.close();
  const unwritable = alertOf({ cause: "ledger-unwritable", id: "ledger-unwritable" });
  expect(await tell(notifier, unwritable)).toEqual(["firing ledger-unwritable"]);
  expect(await tell(notifier, unwritable)).toEqual([]);
  ledger = createMemoryLedger();
});

test("a redirect is not followed: it would carry the login elsewhere", async () => {
  reply = refuses(302, { location: nobody });
  const [webhook] = webhooksOf(configured(plain()));
  if (webhook === undefined) throw new Error("no webhook");
  await tell(open(plain()), alertOf());
  expect(log.lines.at(-1)).toMatchObject({ fields: { code: "webhook-refused" }, message: expect.stringContaining("HTTP 302") as unknown });
  expect(JSON.stringify(log.lines)).not.toContain("s3cret");
  await expect(post({ ...webhook, url: () => Promise.resolve(`${nobody}s3cret`) }, heard[0]?.message ?? ({} as Notification), stop.signal)).rejects.toThrow(/^Webhook "team" cannot be reached \(ECONNREFUSED\)/u);
});

test("gantry notify test sends to each, prints what happened, and ends by the gravest", async () => {
  const printed: string[] = [];
  const terminal = { out: (line: string) => void printed.push(line), err: () => undefined, progress: () => undefined, live: false, paint: (_colour: string, text: string) => text };
  expect(await notifyTest(configured(plain()), terminal, false)).toBe(0);
  expect(heard.map(({ message }) => message)).toMatchObject([{ status: "test", cause: null, instance: "main", url: "https://gantry.example/#/alerts" }]);
  reply = refuses(403);
  expect(await notifyTest(configured(plain(), away()), terminal, false)).toBe(75);
  expect(printed.join("\n")).toMatch(/ok +team +took the test message\nfail +team +Webhook "team" answered HTTP 403; .*\[webhook-refused\]\nfail +away +Webhook "away" cannot be reached \(ECONNREFUSED\).*\[webhook-unreachable\]/u);
  expect(printed.join("\n")).not.toContain("s3cret");
  await expect(notifyTest(configured(), terminal, false)).rejects.toMatchObject({ failure: { code: "no-webhooks", remedy: "Rejected" } });
});
