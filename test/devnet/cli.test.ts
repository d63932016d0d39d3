/** The real command as a process: exit codes, one clear line, JSON on stdout. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit.ts";

describe("the real command", () => {
  const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gantry-cli-"));
    await writeFile(join(folder, "ok.yml"), "instance: test\n");
    await writeFile(join(folder, "bad.yml"), "instanze: test\n");
  });
  afterAll(() => rm(folder, { recursive: true }));

  const gantry = (...args: readonly string[]) => new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { cwd: folder }, (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }));
  });

  test("help and version are fine", async () => {
    expect(await gantry("--version")).toMatchObject({ code: 0, out: "0.1.0\n", err: "" });
    expect(await gantry("show", "--help")).toMatchObject({ code: 0, err: "" });
  });
  test("a wrong line is 64", async () => {
    expect((await gantry("jump")).code).toBe(exitCodes.usage);
  });
  test("a wrong configuration is 78, and one line names the key", async () => {
    const { code, err } = await gantry("config", "check", "--config", "bad.yml");
    expect(code).toBe(exitCodes.config);
    expect(err).toContain("instanze");
    expect(err).not.toMatch(/\bat .*\.ts/u);
    expect((await gantry("status", "--config", "missing.yml")).code).toBe(exitCodes.config);
  });
  test("nobody running is 75, also as JSON on stdout", async () => {
    const { code, out } = await gantry("status", "--config", "ok.yml", "--json");
    expect(code).toBe(exitCodes.temporary);
    expect(JSON.parse(out)).toMatchObject({ error: { code: "not-running" } });
  });
  test("a valid configuration is 0", async () => {
    expect(await gantry("config", "check", "--config", "ok.yml")).toMatchObject({ code: 0, out: "ok.yml is valid\n" });
  });
});
