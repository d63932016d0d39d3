/** One file per mistake in test/fixtures/config; its head lines `# => …` are the exact messages. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configInvalid, parseConfig } from "../../../src/config/parse.ts";
import { nearest } from "../../../src/config/problems.ts";

const folder = join(import.meta.dirname, "..", "..", "fixtures", "config");
const files = readdirSync(folder);

describe("each mistake has its message", () => {
  it("has the files", () => expect(files.length).toBeGreaterThan(25));

  it.each(files)("%s", (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const expected = text.split("\n").filter((line) => line.startsWith("# => ")).map((line) => line.slice(5));
    const { config, problems } = parseConfig(text);
    expect([...problems].sort()).toEqual(expected.sort());
    expect(config).toBeNull();
    expect(problems.join("\n")).not.toContain("hunter2");
  });
});

describe("the error of a whole file", () => {
  it("names the file, counts, and has one line for each mistake", () => {
    const { failure } = configInvalid("gantry.yml", ["a: missing", "b: unknown key"]);
    expect(failure).toMatchObject({ remedy: "Misconfigured", code: "config-invalid", evidence: { file: "gantry.yml", problems: ["a: missing", "b: unknown key"] } });
    expect(failure.message).toBe("gantry.yml has 2 mistakes:\n  a: missing\n  b: unknown key");
    expect(configInvalid("x", ["a: missing"]).failure.message).toBe("x has 1 mistake:\n  a: missing");
  });
});

describe("a key that was probably meant", () => {
  it("is found by nearness or by a common beginning", () => {
    expect(nearest("polMs", ["pollMs", "path"])).toBe("pollMs");
    expect(nearest("poll_ms", ["pollMs", "path"])).toBe("pollMs");
    expect(nearest("passphrase", ["keyFile", "passphraseFile"])).toBe("passphraseFile");
  });
  it("is not invented", () => {
    expect(nearest("webhook", ["host", "port", "hostNames"])).toBeNull();
    expect(nearest("x", [])).toBeNull();
  });
});
