/** The HTTP face: judgements with reasons, orders only with the token, no request that breaks it. */
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createApi, isOurHost } from "../../../src/web/api.ts";
import type { Status } from "../../../src/web/answers.ts";
import { verbs } from "../../../src/web/commands.ts";
import type { Answer, Commands, Order } from "../../../src/web/commands.ts";
import { unavailable } from "../../../src/core/errors.ts";
import { createMemoryLog } from "../../support/quiet.ts";
import { createFakeTransfers } from "../../support/transfers.ts";

const token = "a".repeat(64);
let health = { ok: true, reasons: [] as string[] };
const nothing: Status = { at: 0, chains: [], lanes: [], lightClients: null, signers: [], halts: [], queue: { reachable: true, failure: null, overdue: {} } };
let status: () => Promise<Status> = () => Promise.resolve(nothing);
let given: string[] = [];

const record = (verb: string) => (subject: unknown, because: string, who: string): Promise<Answer> => {
  const name = typeof subject === "string" ? subject : JSON.stringify(subject);
  given.push(`${verb} ${name} because ${because} by ${who}`);
  return Promise.resolve(name === "gone"
    ? { done: false, subject: name, code: "unknown-delivery", said: "no such delivery" }
    : { done: true, subject: name, now: "final", said: "done" });
};
const commands: Commands = {
  retry: record("retry"), park: record("park"), resume: record("resume"), abandon: record("abandon"),
  pause: record("pause"), resumeScope: record("resumeScope"), acknowledge: record("acknowledge"), logLevel: record("logLevel"),
};
const log = createMemoryLog();
const api = createApi({
  status: () => status(),
  show: (id) => Promise.resolve(id === "known/id" ? { query: id, notes: {}, deliveries: [], events: [] } : null),
  transfers: createFakeTransfers([]).face, alerts: () => [],
  metrics: { contentType: "text/plain; version=0.0.4; charset=utf-8", text: () => Promise.resolve("gantry_redis_up 1\n") },
  health: () => Promise.resolve(health),
  ready: () => Promise.resolve({ ok: false, reasons: ["bitcoin: no block read yet"] }),
  commands, token, hostNames: ["gantry.internal"], page: [], version: "0.0.0", log,
});
afterAll(() => api.close());
beforeEach(() => {
  health = { ok: true, reasons: [] };
  status = () => Promise.resolve(nothing);
  given = [];
});

const good: Order = { verb: "retry", subject: "tbtc-sweep/1", because: "node was down", who: "ada" };
const order = (payload: unknown, headers: Record<string, string> = { authorization: `Bearer ${token}` }) =>
  api.inject({ method: "POST", url: "/api/v1/commands", headers: { "content-type": "application/json", ...headers },
    payload: typeof payload === "string" ? payload : JSON.stringify(payload) });

describe("reading", () => {
  test("health is 200 while loops tick and 503 with reasons when not", async () => {
    expect((await api.inject("/healthz")).statusCode).toBe(200);
    health = { ok: false, reasons: ["loop monitor: last turn 99 s ago"] };
    const answer = await api.inject("/healthz");
    expect([answer.statusCode, answer.json()]).toEqual([503, health]);
  });
  test("readiness gives its reasons in the body", async () => {
    const answer = await api.inject("/readyz");
    expect([answer.statusCode, answer.json()]).toEqual([503, { ok: false, reasons: ["bitcoin: no block read yet"] }]);
  });
  test("metrics keep Prometheus' content type", async () => {
    const answer = await api.inject("/metrics");
    expect(answer.headers["content-type"]).toContain("version=0.0.4");
    expect(answer.body).toBe("gantry_redis_up 1\n");
  });
  test("show takes ids with any characters, and says 404 for what nobody knows", async () => {
    expect((await api.inject(`/api/v1/show/${encodeURIComponent("known/id")}`)).json()).toMatchObject({ query: "known/id" });
    const answer = await api.inject("/api/v1/show/nothing");
    expect([answer.statusCode, answer.json().error.code]).toEqual([404, "unknown-id"]);
  });
  test("a part that is away is 503 with its code; a bug tells nothing but that", async () => {
    status = () => Promise.reject(unavailable("ledger-busy", "the ledger does not answer"));
    const away = await api.inject("/api/v1/status");
    expect([away.statusCode, away.json().error]).toEqual([503, { code: "ledger-busy", message: "the ledger does not answer", allowed: null }]);
    status = () => Promise.reject(new Error("secret inside"));
    const bug = await api.inject("/api/v1/status");
    expect(bug.statusCode).toBe(500);
    expect(bug.body).not.toContain("secret inside");
  });
  test("every answer forbids scripts, frames and sniffing", async () => {
    for (const url of ["/healthz", "/metrics", "/nowhere"]) {
      const { headers } = await api.inject(url);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
  });
});

describe("orders", () => {
  test("reach the command they mean, with who and why", async () => {
    expect((await order(good)).json()).toEqual({ done: true, subject: "tbtc-sweep/1", now: "final", said: "done" });
    await order({ ...good, verb: "resume", subject: "lane:tbtc-redemption" });
    await order({ ...good, verb: "resume", subject: "tbtc-redemption:0xab:0" });
    expect(given).toEqual([
      "retry tbtc-sweep/1 because node was down by ada",
      'resumeScope {"kind":"lane","name":"tbtc-redemption"} because node was down by ada',
      "resume tbtc-redemption:0xab:0 because node was down by ada",
    ]);
  });
  test.each([
    ["no token", {}],
    ["a wrong token", { authorization: `Bearer ${"b".repeat(64)}` }],
    ["another scheme", { authorization: `Basic ${token}` }],
  ])("are refused with %s, before the body is looked at", async (_what, headers) => {
    for (const body of [good, "{"]) {
      const answer = await order(body, headers);
      expect([answer.statusCode, answer.json().error.code]).toEqual([401, "unauthorized"]);
    }
    expect(given).toEqual([]);
  });
  test.each([
    ["broken JSON", "{", 400],
    ["no JSON object", "[]", 400],
    ["an unknown verb", { ...good, verb: "delete" }, 400, [...verbs]],
    ["an unknown key", { ...good, force: true }, 400, ["verb", "subject", "because", "who"]],
    ["no reason", { ...good, because: "" }, 400],
    ["a number as subject", { ...good, subject: 7 }, 400],
    ["a huge body", { ...good, because: "x".repeat(20_000) }, 413],
  ])("with %s get a typed error", async (_what, body, code, allowed?: readonly string[]) => {
    const answer = await order(body);
    expect(answer.statusCode).toBe(code);
    expect(answer.json().error).toEqual({ code: "bad-request", message: expect.any(String), allowed: allowed ?? null });
    expect(given).toEqual([]);
  });
  test("for what does not exist are 404, and pausing a delivery is explained", async () => {
    expect((await order({ ...good, subject: "gone" })).statusCode).toBe(404);
    const answer = await order({ ...good, verb: "pause" });
    expect([answer.statusCode, answer.json().code]).toEqual([404, "unknown-scope"]);
  });
});

describe("host names", () => {
  test("a foreign name is refused, also with the right token", async () => {
    expect((await order(good, { authorization: `Bearer ${token}`, host: "evil.example" })).statusCode).toBe(421);
    const refused = await api.inject({ url: "/metrics", headers: { host: "evil.example:80" } });
    expect(refused.statusCode).toBe(421);
    expect(refused.body).toContain("http.hostNames");
    expect(given).toEqual([]);
  });
  test.each([["localhost:9464", true], ["127.0.0.1:9464", true], ["[::1]:9464", true], ["10.0.0.7", true], ["GANTRY.internal:80", true],
    ["127.0.0.1.evil.example", false], ["localhost.evil", false], [undefined, false], ["", false]])("%s: %s", (header, ours) => {
    expect(isOurHost(header, ["gantry.internal"])).toBe(ours);
  });
});
