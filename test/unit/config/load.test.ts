/** A configuration on disk: where it is looked for, what its files must be, and that a secret never shows. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { configFile, endpointUrl, loadConfig } from "../../../src/config/load.ts";
import { GantryError } from "../../../src/core/errors.ts";

let folder: string;
let serial = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-config-"));
  await mkdir(join(folder, "secrets"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const at = join(folder, name);
  await writeFile(at, text);
  await chmod(at, mode);
  return at;
}
const config = (text: string): Promise<string> => file(`${(serial += 1)}.yml`, text);
const failureOf = async (work: Promise<unknown>) => {
  const thrown = await work.then(() => null, (error: unknown) => error);
  if (!(thrown instanceof GantryError)) throw new Error(`no GantryError: ${String(thrown)}`);
  return thrown.failure;
};
const signer = (keyFile: string, more = ""): string => `signers: { main: { chain: ethereum, keyFile: ${keyFile}${more} } }\n`;

it("makes paths absolute from the configuration's own folder", async () => {
  await file("secrets/key.json", "{}");
  const loaded = await loadConfig(await config(`ledger: { path: data/gantry.sqlite }\n${signer("secrets/key.json")}`));
  expect(loaded.ledger.path).toBe(join(folder, "data/gantry.sqlite"));
  expect(loaded.signers["main"]?.keyFile).toBe(join(folder, "secrets/key.json"));
  expect((await loadConfig(await config("log:\n"))).ledger.path).toBe(join(folder, "gantry.sqlite"));
});

it("wants secret files to be there, and says which key names them", async () => {
  const at = await config(signer("secrets/none.json"));
  const failure = await failureOf(loadConfig(at));
  expect(failure).toMatchObject({ remedy: "Misconfigured", code: "config-invalid" });
  expect(failure.message).toBe(
    `${at} has 1 mistake:\n  signers.main.keyFile: no file at "${join(folder, "secrets/none.json")}"; create it with mode 0600, or correct the path`,
  );
});

it("refuses a secret file that others can read, and does not show its content", async () => {
  const open = await file("secrets/open", "hunter2", 0o640);
  await file("secrets/tight", "{}", 0o400);
  const failure = await failureOf(loadConfig(await config(signer("secrets/tight", ", passphraseFile: secrets/open"))));
  expect(failure.message).toContain(
    `signers.main.passphraseFile: "${open}" has mode 0640, others can read it; only 0600 or 0400 is allowed: chmod 600 "${open}"`,
  );
  expect(JSON.stringify(failure)).not.toContain("hunter2");
});

it("reports mistakes of the text and of the files together", async () => {
  const failure = await failureOf(loadConfig(await config(`log: { level: loud }\n${signer("secrets/none.json")}redis: { passwordFile: secrets }\n`)));
  const keys = failure.message.split("\n").slice(1).map((line) => line.trim().split(":")[0] ?? "");
  expect(new Set(keys)).toEqual(new Set(["log.level", "signers.main.keyFile", "redis.passwordFile"]));
  expect(keys).toHaveLength(3);
});

it("does not want a cookie file to be there: the node writes it when it starts", async () => {
  const loaded = await loadConfig(await config('chains: { bitcoin: { network: regtest, endpoints: [{ name: a, url: "http://127.0.0.1:1", cookieFile: node/.cookie }] } }'));
  expect(loaded.chains.bitcoin?.endpoints[0]?.cookieFile).toBe(join(folder, "node/.cookie"));
});

it("does not look for a file under a pasted key, nor show the key", async () => {
  const key = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
  const failure = await failureOf(loadConfig(await config(signer(`"${key}"`))));
  expect(failure.message).toContain("signers.main.keyFile: a value that looks like a key (not shown)");
  expect(JSON.stringify(failure)).not.toContain(key);
});

it("says how to go on when there is no configuration", async () => {
  const failure = await failureOf(loadConfig(join(folder, "none.yml")));
  expect(failure).toMatchObject({ remedy: "Misconfigured", code: "config-missing" });
  expect(failure.message).toContain("gantry.example.yml");
});

it("looks where it is told, else where GANTRY_CONFIG says, else in the usual place", () => {
  vi.stubEnv("GANTRY_CONFIG", undefined);
  expect(configFile("/etc/gantry.yml")).toBe("/etc/gantry.yml");
  expect(configFile()).toBe("gantry.yml");
  vi.stubEnv("GANTRY_CONFIG", "/elsewhere.yml");
  expect([configFile(), configFile("/told.yml")]).toEqual(["/elsewhere.yml", "/told.yml"]);
  vi.unstubAllEnvs();
});

it("reads an endpoint's URL from its file when the URL is a secret", async () => {
  const urlFile = await file("secrets/url", "https://node.example/v2/hunter2\n");
  expect(await endpointUrl({ name: "far", urlFile })).toBe("https://node.example/v2/hunter2");
  expect(await endpointUrl({ name: "near", url: "http://127.0.0.1:8545" })).toBe("http://127.0.0.1:8545");
  expect(await endpointUrl({ name: "socket", urlFile: await file("secrets/ws", "wss://node.example/hunter2\n") }, "ws")).toBe("wss://node.example/hunter2");
  expect((await failureOf(endpointUrl({ name: "socket", urlFile }, "ws"))).message).toContain("one line with a ws:// or wss:// URL is needed");
  const bad = await file("secrets/bad-url", "hunter2");
  const failure = await failureOf(endpointUrl({ name: "far", urlFile: bad }));
  expect(failure.code).toBe("endpoint-url-invalid");
  expect(failure.message).not.toContain("hunter2");
});
