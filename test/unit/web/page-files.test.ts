/** The page's files: served as built, kept by browsers only when their name says what is in them, nothing else reachable. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApi } from "../../../src/web/api.ts";
import type { Api } from "../../../src/web/api.ts";
import { readPage } from "../../../src/web/page.ts";
import { createApiStage } from "../../support/api-parts.ts";
import { createFakeTransfers } from "../../support/transfers.ts";
import { createSmallWorld } from "../../support/world.ts";

let folder = "";
let api: Api;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-page-"));
  await mkdir(join(folder, "assets"));
  for (const [name, text] of [["index.html", "<!doctype html>"], ["digest", "secret of the build"], ["assets/index-1.js", "1"], ["assets/index-1.css", "a{}"]] as const) await writeFile(join(folder, name), text);
  api = createApi({ ...createApiStage(await createSmallWorld(), createFakeTransfers([])).parts, token: "t", page: await readPage(folder) });
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

test("the document may run its own scripts and nothing inline, and is asked for again each time", async () => {
  const { statusCode, headers, body } = await api.inject("/");
  expect([statusCode, body, headers["content-type"], headers["cache-control"]]).toEqual([200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"]);
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/unsafe|http|\*/u);
  const again = await api.inject({ url: "/", headers: { "if-none-match": String(headers["etag"]) } });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
});

test("files named by their content are kept", async () => {
  const { statusCode, headers } = await api.inject("/assets/index-1.js");
  expect([statusCode, headers["content-type"], headers["cache-control"]]).toEqual([200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"]);
});

test.each(["/digest", "/assets/", "/assets/../digest", "/assets/%2e%2e/digest", "/index.html", "/assets/index-2.js"])("%s is nothing", async (url) => {
  expect((await api.inject(url)).statusCode).toBe(404);
});

test("a folder that is not there is an empty page", async () => {
  expect(await readPage(join(folder, "none"))).toEqual([]);
});
