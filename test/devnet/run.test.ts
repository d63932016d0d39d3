/** `gantry run` as a supervisor sees it: signals end it with 0, a taken ledger with 75, roles apart run apart. */
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { startDevnet } from "../../devnet/devnet.ts";
import type { Devnet } from "../../devnet/devnet.ts";
import { writeDevnetConfig } from "../../src/cli/devnet-config.ts";
import { accessPath } from "../../src/web/access.ts";
import { gantry, launch, mainFile, whenServing } from "../support/gantry-process.ts";
import type { GantryProcess } from "../support/gantry-process.ts";

type Part = Record<string, unknown>;
let devnet: Devnet;
let file = "";
let ledger = "";
let number = 0;
const started: GantryProcess[] = [];

beforeAll(async () => {
  devnet = await startDevnet();
  ({ file } = await writeDevnetConfig(devnet));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.kill()));
});
afterAll(() => devnet.stop());

/** The devnet's configuration with a ledger of its own and one thing changed. */
async function written(change: (config: Part) => void): Promise<string> {
  const config = parse(await readFile(file, "utf8")) as Part;
  number += 1;
  ledger = join(devnet.folder, `ledger-${number}.sqlite`);
  config["ledger"] = { path: ledger };
  change(config);
  const path = join(devnet.folder, `changed-${number}.yml`);
  await writeFile(path, stringify(config));
  return path;
}

/** The part of a configuration at a path of keys. */
const at = (config: Part, ...keys: readonly string[]): Part =>
  keys.reduce<Part>((part, key) => part[key] as Part, config);

function run(path: string): GantryProcess {
  const one = launch([mainFile, "run", "--config", path]);
  started.push(one);
  return one;
}

describe("signals", () => {
  test("SIGTERM ends it with 0, its API and its access file are gone, and the ledger is free again", async () => {
    const path = await written(() => undefined);
    const serving = await whenServing(run(path), ledger);
    serving.signal("SIGTERM");
    expect(await serving.ended).toEqual({ code: 0, signal: null });
    await expect(access(accessPath(ledger))).rejects.toThrow("ENOENT");
    await expect(fetch(serving.url)).rejects.toThrow("fetch failed");
    const again = await whenServing(run(path), ledger);
    again.signal("SIGINT");
    expect(await again.ended).toEqual({ code: 0, signal: null });
  });

  test("SIGTERM while no node answers ends it with 0 too", async () => {
    const serving = await whenServing(run(await written((config) => {
      at(config, "chains", "bitcoin")["endpoints"] = [{ name: "gone", url: "http://127.0.0.1:1" }];
      at(config, "chains", "ethereum")["endpoints"] = [{ name: "gone", url: "http://127.0.0.1:1" }];
    })), ledger);
    const { ok, reasons } = await serving.client.ready();
    expect(ok).toBe(false);
    expect(reasons.join("; ")).toContain("no fresh endpoint");
    serving.signal("SIGTERM");
    expect(await serving.ended).toEqual({ code: 0, signal: null });
  });
});

test("a second process on the same ledger ends with 75 and leaves the first alone", async () => {
  const path = await written(() => undefined);
  const first = await whenServing(run(path), ledger);
  const { code, err } = await gantry("run", "--config", path);
  expect(code).toBe(75);
  expect(err).toContain("another process uses the ledger");
  expect((await gantry("status", "--config", path)).code).toBe(0);
  first.signal("SIGTERM");
  expect((await first.ended).code).toBe(0);
});

test("processes with the roles apart serve what they are", async () => {
  const path = await written(() => undefined);
  const one = launch([mainFile, "run", "--config", path, "--role", "monitor"]);
  started.push(one);
  const serving = await whenServing(one, ledger);
  expect((await fetch(`${serving.url}/healthz`)).status).toBe(200);
  expect(await serving.metric('gantry_loop_last_turn_timestamp_seconds{loop="watch-bitcoin"}')).toBeNull();
  serving.signal("SIGTERM");
  expect((await serving.ended).code).toBe(0);
});
