/** Reading a secret file: only its owner may, and the content is never in a message. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GantryError } from "../../../src/core/errors.ts";
import { readSecretFile } from "../../../src/secret.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-secret-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string, mode: number): Promise<string> {
  const at = join(folder, name);
  await writeFile(at, text);
  await chmod(at, mode);
  return at;
}
const codeOf = (work: Promise<unknown>) => work.then(() => "read", (error: unknown) => (error instanceof GantryError ? error.failure.code : String(error)));

it("gives the first line's text without the line end, and keeps other white space", async () => {
  expect((await readSecretFile(await file("a", " pass word \n", 0o600), "k")).reveal()).toBe(" pass word ");
  expect((await readSecretFile(await file("b", "x\r\n", 0o400), "k")).reveal()).toBe("x");
});

it.each([0o644, 0o640, 0o604, 0o620, 0o601])("refuses mode %o", async (mode) => {
  expect(await codeOf(readSecretFile(await file(`mode-${mode}`, "x", mode), "k"))).toBe("secret-file-mode");
});

it("tells a missing file, a folder and an empty file apart from a wrong mode", async () => {
  expect(await codeOf(readSecretFile(join(folder, "none"), "k"))).toBe("secret-file-missing");
  expect(await codeOf(readSecretFile(folder, "k"))).toBe("secret-file-missing");
  expect(await codeOf(readSecretFile(await file("empty", "\n", 0o600), "k"))).toBe("secret-file-empty");
});
