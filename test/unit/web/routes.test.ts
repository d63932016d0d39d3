/** Every route answers what its schema says and stands in the OpenAPI document; nothing that can be typed breaks it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { invalid, unavailable } from "../../../src/core/errors.ts";
import { createApi } from "../../../src/web/api.ts";
import type { Api } from "../../../src/web/api.ts";
import { eventsRoute } from "../../../src/web/events-route.ts";
import { routesOf } from "../../../src/web/routes.ts";
import type { ApiParts } from "../../../src/web/parts.ts";
import { createApiStage } from "../../support/api-parts.ts";
import type { ApiStage } from "../../support/api-parts.ts";
import { createFakeTransfers, fakeTransfer } from "../../support/transfers.ts";
import type { FakeTransfers } from "../../support/transfers.ts";
import { blockAt, createSmallWorld, hashOf, lane, parkedBy, proved, signed, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

const token = "a".repeat(64);
let small: SmallWorld;
let stage: ApiStage;
let transfers: FakeTransfers;
let parts: ApiParts;
let api: Api;

beforeEach(async () => {
  small = await createSmallWorld();
  await small.add("a", hashOf(1), [sourceFinal, proved, "reserve", signed]);
  await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
  await small.ledger.halt({ scope: { kind: "chain", name: "ethereum" }, code: "paused", because: "upgrade", since: 5 }, { at: 5, who: "ada", what: "pause", subject: "chain:ethereum", because: "upgrade", detail: null });
  const now = small.clock.now();
  transfers = createFakeTransfers(Array.from({ length: 120 }, (_, at) => fakeTransfer(at, { done: at % 5, openedAt: now - at * 300_000, now })));
  stage = createApiStage(small, transfers);
  stage.heads.set("bitcoin", { best: blockAt("bitcoin", 105), final: blockAt("bitcoin", 100), seenAt: now, askedAt: now });
  stage.alerts.push({ id: "node-stalled", who: "operator", deadline: null, acknowledged: null, transfers: [], cause: "node-stalled", severity: "page", sentence: "No new bitcoin block for 90 min.", since: now, evidence: { height: 105 }, action: { text: "look", command: "gantry doctor" } });
  parts = { ...stage.parts, token, page: [] };
  api = createApi(parts);
});
afterEach(() => api.close());

const get = async (url: string) => {
  const answer = await api.inject(url);
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), text: answer.body };
};
type Listed = { readonly items: readonly { readonly id: string; readonly state: string; readonly lateMs: number; readonly kind: string }[]; readonly next: string | null };
const listed = async (query: string) => (await get(`/api/v1/transfers?${query}`)).body as unknown as Listed;
const first = `tbtc-deposit:${hashOf(7)}`;

describe("answers", () => {
  const asked: Readonly<Record<string, readonly string[]>> = {
    "/api/v1/deliveries/:id": [`/api/v1/deliveries/${lane}:a`, `/api/v1/deliveries/${lane}:b`, "/api/v1/deliveries/none"],
    "/api/v1/show/:id": [`/api/v1/show/${hashOf(2)}`, "/api/v1/show/none"],
    "/api/v1/transfers": ["/api/v1/transfers", "/api/v1/transfers?limit=3", "/api/v1/transfers?limit=0", "/api/v1/transfers?cursor=none"],
    "/api/v1/transfers/:id": [`/api/v1/transfers/${first}`, `/api/v1/transfers/${hashOf(7)}`, "/api/v1/transfers/none"],
  };
  test("of every route fit their schemas", async () => {
    const gets = routesOf(parts, () => []).filter(({ method }) => method === "GET");
    for (const { path, answers } of gets) {
      for (const url of asked[path] ?? [path]) {
        const answer = await api.inject(url);
        const spec = answers[answer.statusCode];
        expect(spec, `${url} answered ${answer.statusCode}: ${answer.body}`).toBeDefined();
        const body: unknown = String(answer.headers["content-type"]).startsWith("application/json") ? answer.json() : answer.body;
        expect(spec?.schema.safeParse(body).error, url).toBeUndefined();
      }
    }
  });
  test("stand in the document, which names no schema that it does not have", async () => {
    const { body, text } = await get("/api/v1/openapi.json");
    const { paths, components } = body as { paths: Record<string, Record<string, unknown>>; components: { schemas: Record<string, unknown> } };
    const wanted = [...routesOf(parts, () => []), eventsRoute].map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/gu, "{$1}")}`);
    const there = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(there.toSorted()).toEqual(wanted.toSorted());
    const refs = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/gu)].map(([, name]) => name ?? "");
    expect(refs.length).toBeGreaterThan(30);
    expect(refs.filter((name) => !(name in components.schemas))).toEqual([]);
  });
  test("tell each lane's halts, also those of its chains", async () => {
    const { body } = await get("/api/v1/lanes");
    expect(body).toMatchObject({ lanes: [{ name: lane, halts: [{ scope: { kind: "chain", name: "ethereum" }, code: "paused" }] }] });
  });
  test("hold no credentials, whoever said them", async () => {
    stage.alerts.push({ id: "node-lying", who: "operator", deadline: null, acknowledged: null, transfers: [], cause: "node-lying", severity: "page", sentence: "http://ada:s3cret@node.example/x said so", since: 0, evidence: ["ws://k3y@node.example"], action: null });
    const { text } = await get("/api/v1/alerts");
    expect(text).toContain("://[secret]@node.example/x");
    expect(text).not.toMatch(/s3cret|k3y/u);
    expect(JSON.parse(text)).toMatchObject({ alerts: [{}, { cause: "node-lying" }] });
  });
});

describe("transfers", () => {
  test("come newest first, page by page, each once", async () => {
    const ids: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: Listed = await listed(`limit=50${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(ids).toHaveLength(120);
    expect(new Set(ids).size).toBe(120);
    expect(ids[0]).toBe(`tbtc-deposit:${hashOf(0)}`);
  });
  test.each([
    ["state=ended", ({ state }: Listed["items"][number]) => state === "ended"],
    ["late=true", ({ lateMs }: Listed["items"][number]) => lateMs > 0],
    ["late=false&kind=redemption", ({ lateMs, kind }: Listed["items"][number]) => lateMs === 0 && kind === "redemption"],
  ])("with %s are only those", async (query, fits) => {
    const { items } = await listed(`${query}&limit=200`);
    expect(items.length).toBeGreaterThan(5);
    expect(items.filter((one) => !fits(one))).toEqual([]);
  });
  test.each([
    ["limit=0", null], ["limit=x", null], ["limit=201", null], ["limit=1.5", null], ["state=stuck", ["open", "ended"]], ["state=open&state=ended", ["open", "ended"]],
    ["late=yes", ["true", "false"]], ["bridge=%00", null], ["q=", null], ["cursor=nonsense", null],
    ["stat=open", ["state", "bridge", "kind", "late", "q", "cursor", "limit"]],
  ])("with %s are refused with what is allowed", async (query, allowed) => {
    const { status, body } = await get(`/api/v1/transfers?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: query.startsWith("cursor") ? "bad-cursor" : "bad-request", allowed } });
  });
});

describe("requests that nobody should make", () => {
  const urls = ["/api/v1/show/%", "/api/v1/show/%E0%A4%A", `/api/v1/show/${"x".repeat(2_000)}`, "/api/v1/transfers/%2e%2e%2f", "/../../etc/passwd", "//", "/api/v1/", "/api/v1/status?x=1",
    "/api/v1/deliveries/%00", "/assets/../index.html", "/api/v1/transfers?%", "/api/v1/transfers?__proto__=1", "/%2e%2e/package.json"];
  test.each(urls.map((url) => [url.slice(0, 40), url]))("%s: a typed refusal", async (_shown, url) => {
    const answer = await api.inject(url);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(answer.json()).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
    expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
  });
  test.each(["DELETE", "PUT", "PATCH", "OPTIONS"] as const)("%s is no method here", async (method) => {
    expect((await api.inject({ method, url: "/api/v1/status" })).statusCode).toBe(404);
  });
});

describe("what a part throws", () => {
  test.each([[unavailable("ledger-busy", "busy"), 503], [invalid("undecodable", "what?"), 422], [new Error("inside"), 500]])("%s", async (thrown, status) => {
    await api.close();
    api = createApi({ ...parts, transfers: { ...transfers.face, get: () => Promise.reject(thrown) } });
    const answer = await get("/api/v1/transfers/x");
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain("inside");
  });
});

test("a page that was not built is told as that", async () => {
  expect(await get("/")).toMatchObject({ status: 503, body: { error: { code: "page-not-built" } } });
});
