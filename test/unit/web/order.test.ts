/** From the command line's client through the loopback API to the ledger and back, as one running process offers it. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient } from "../../../src/cli/client.ts";
import type { Client } from "../../../src/cli/client.ts";
import { order, show, status } from "../../../src/cli/reports.ts";
import type { Terminal } from "../../../src/cli/terminal.ts";
import { accessPath, readAccess } from "../../../src/web/access.ts";
import { serveApi } from "../../../src/web/serve.ts";
import type { Served } from "../../../src/web/serve.ts";
import { createApiStage } from "../../support/api-parts.ts";
import { createFakeTransfers } from "../../support/transfers.ts";
import { createSmallWorld, hashOf, lane, parkedBy, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

let folder = "";
let small: SmallWorld;
let face: Served;
let client: Client;
const printed: string[] = [];
const terminal: Terminal = { out: (line) => void printed.push(line), err: () => undefined, progress: () => undefined, live: false, paint: (_colour, text) => text };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-order-"));
  printed.length = 0;
  small = await createSmallWorld();
  await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
  const path = join(folder, "ledger.sqlite");
  face = await serveApi(createApiStage(small, createFakeTransfers([])).parts, { host: "127.0.0.1", port: 0, accessFile: accessPath(path) });
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

test("not being ready is an answer, not an error", async () => {
  expect(await client.ready()).toEqual({ ok: false, reasons: ["bitcoin: no block read yet"] });
});

test("nobody answering is told as that", async () => {
  const gone = createClient({ url: "http://127.0.0.1:1", token: "x", pid: 1 });
  await expect(gone.status()).rejects.toMatchObject({ failure: { code: "not-running", remedy: "Unavailable" } });
});
