/** The access file: for its owner only, gone when the process stops, never half written. */
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { accessPath, newToken, publishAccess, readAccess, sameToken } from "../../../src/web/access.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-access-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("is readable by its owner only and removed at the end", async () => {
  const path = accessPath(join(folder, "ledger.db"));
  const access = { url: "http://127.0.0.1:1", token: newToken(), pid: 42 };
  const remove = await publishAccess(path, access);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readAccess(path)).toEqual(access);
  await remove();
  expect(await readdir(folder)).toEqual([]);
});

test.each([["no file", null], ["broken text", "{"], ["another document", "{}"]])("%s means that nothing runs", async (_what, text) => {
  const path = join(folder, "x");
  if (text !== null) await writeFile(path, text);
  await expect(readAccess(path)).rejects.toMatchObject({ failure: { remedy: "Unavailable", code: "not-running" } });
});

test("tokens differ each time and are compared whole", () => {
  expect(newToken()).not.toBe(newToken());
  expect([sameToken("abc", "abc"), sameToken("abc", "abcd"), sameToken("", "abc")]).toEqual([true, false, false]);
});
