/** From the command line's client through the loopback API to the ledger and back, as one running process offers it. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepGauges, showFace } from "../../../src/app/face.ts";
import type { Face } from "../../../src/app/face.ts";
import { createClient } from "../../../src/cli/client.ts";
import type { Client } from "../../../src/cli/client.ts";
import { order, show, status } from "../../../src/cli/reports.ts";
import type { Terminal } from "../../../src/cli/terminal.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { createMetrics } from "../../../src/monitor/metrics.ts";
import type { Metrics } from "../../../src/monitor/metrics.ts";
import { accessPath, readAccess } from "../../../src/web/access.ts";
import { createMemoryLog } from "../../support/quiet.ts";
import { createSmallWorld, hashOf, lane, parkedBy, policy, signer, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

let folder = "";
let small: SmallWorld;
let metrics: Metrics;
let face: Face;
let client: Client;
const printed: string[] = [];
const terminal: Terminal = { out: (line) => void printed.push(line), err: () => undefined, progress: () => undefined, live: false, paint: (_colour, text) => text };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-face-"));
  printed.length = 0;
  small = await createSmallWorld();
  await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
  metrics = createMetrics({
    version: "1", chains: ["bitcoin", "ethereum"], endpoints: [{ chain: "bitcoin", name: "core-a" }], lanes: [lane],
    signers: [{ chain: "ethereum", name: signer }], loops: ["monitor"],
  });
  const { config } = parseConfig("instance: test\nhttp: { port: 0 }\n");
  if (config === null) throw new Error("the smallest configuration is not valid");
  const path = join(folder, "ledger.sqlite");
  face = await showFace({
    config: { ...config, ledger: { path } }, world: small.world, metrics, policyOf: () => policy, maxLagBlocks: 2,
    log: { ...createMemoryLog(), setLevel: () => undefined }, loops: [{ loop: "monitor", budgetMs: 30_000 }],
  });
  client = createClient(await readAccess(accessPath(path)));
});
afterEach(async () => {
  await face.close();
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

test("status and show print what the ledger holds", async () => {
  expect(await status(client, terminal, false)).toBe(0);
  expect(await show(client, terminal, false, hashOf(2))).toBe(0);
  expect(printed.join("\n")).toContain(`${lane}:b is parked`);
  expect(printed.join("\n")).toContain("proof-refused");
  await expect(show(client, terminal, false, "nothing-here")).rejects.toMatchObject({ failure: { code: "unknown-id", remedy: "Rejected" } });
});

test("an order is carried out and recorded with the person's login; one that cannot be is a usage error", async () => {
  expect(await order(client, terminal, false, { verb: "resume", subject: `${lane}:b`, because: "looked at it" })).toBe(0);
  expect((await small.ledger.auditLog({ subject: `${lane}:b` })).at(-1)).toMatchObject({ what: "resume", because: "looked at it" });
  await expect(order(client, terminal, false, { verb: "resume", subject: `${lane}:b`, because: "again" })).rejects.toMatchObject({ failure: { code: "not-possible-now" } });
  expect(await order(client, terminal, true, { verb: "pause", subject: "lane:other", because: "why not" })).toBe(64);
  expect(JSON.parse(printed.at(-1) ?? "")).toMatchObject({ done: false, code: "unknown-scope" });
});

test("ready says no with reasons until everything was read; health goes by the loops' last turns", async () => {
  expect(await client.ready()).toEqual({ ok: true, reasons: [] });
  await small.queue.close();
  const healthz = async () => (await fetch(new URL("/healthz", face.url))).status;
  expect(await healthz()).toBe(200);
  await small.clock.advance(31_000);
  expect(await healthz()).toBe(503);
  const stop = new AbortController();
  const loop = keepGauges(face.gauges, { world: small.world, metrics }, 5_000, stop.signal);
  await expect.poll(healthz).toBe(200);
  stop.abort();
  await loop;
});

test("metrics are served as the gauges were last refreshed", async () => {
  await face.gauges.refresh(new AbortController().signal);
  const text = await (await fetch(new URL("/metrics", face.url))).text();
  expect(text).toContain(`gantry_deliveries_parked{lane="${lane}",code="proof-refused"} 1`);
});

test("nobody answering is told as that", async () => {
  const gone = createClient({ url: "http://127.0.0.1:1", token: "x", pid: 1 });
  await expect(gone.status()).rejects.toMatchObject({ failure: { code: "not-running", remedy: "Unavailable" } });
});
