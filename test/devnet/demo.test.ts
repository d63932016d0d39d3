/**
 * The demo as people run it: a process that moves a deposit and a redemption over real nodes and contracts, and leaves nothing.
 * What is left is asked of the temporary folder, which holds every server's data and goes with the last of them.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../devnet/until.ts";
import { gantry } from "../support/gantry-process.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
let folder = "";
let child: ChildProcess | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-demo-test-"));
});
afterEach(async () => {
  if (child !== null && child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  child = null;
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The demo in a temporary folder of its own, so that nobody else's leftovers count. */
function demo(...args: readonly string[]) {
  const running = spawn("env", [`TMPDIR=${folder}`, process.execPath, main, "demo", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  child = running;
  const said = { out: "", err: "" };
  running.stdout.on("data", (data) => void (said.out += String(data)));
  running.stderr.on("data", (data) => void (said.err += String(data)));
  const ended = once(running, "close").then(([code]) => code as number | null);
  return { running, said, ended };
}

const left = async (): Promise<readonly string[]> => readdir(folder);

type Document = { readonly ok: boolean; readonly urls: Readonly<Record<string, string>>; readonly steps: readonly { readonly who: string; readonly what: string; readonly txs: readonly { readonly chain: string; readonly id: string }[] }[] };

test("moves an issue, a deposit and a redemption, tells each step with its transactions; kept, it obeys the devnet's verbs; down leaves nothing", async () => {
  const { running, said, ended } = demo("--json", "--keep");
  await until("the story to be told", () => Promise.resolve(said.out.endsWith("}\n") || running.exitCode !== null), { withinMs: 500_000 });
  expect(running.exitCode, said.err).toBeNull();
  const { ok, steps, urls } = JSON.parse(said.out) as Document;
  expect(ok, said.err).toBe(true);
  expect(steps.map(({ who }) => who)).toEqual(expect.arrayContaining(["devnet", "polkadot", "depositor", "wallet", "gantry", "bank", "redeemer", "bridge"]));
  const proofs = steps.filter(({ who, txs }) => who === "gantry" && txs.length > 0);
  expect(proofs.map(({ txs }) => txs[0]?.chain)).toEqual(["polkadot", "ethereum", "ethereum"]);
  expect(steps.map(({ who, what }) => `${who} ${what}`)).toEqual(expect.arrayContaining(["gantry tells the parachain of Bitcoin's headers", "parachain mints the tokens"]));
  expect(steps.map(({ who, what }) => `${who} ${what}`)).toContain("gantry follows the Polkadot chain");
  expect(steps.at(-1)).toMatchObject({ who: "bridge", what: "closes the request" });

  const asked = await gantry("devnet", "interbtc", "request", "0.01", "--json");
  const { issue } = JSON.parse(asked.out) as { readonly issue: string };
  await until("Gantry to say whom the new issue waits for", async () => (await gantry("show", issue, "--config", urls["config"] ?? "")).out.includes("It waits for the user to pay"), { withinMs: 180_000 });
  expect((await gantry("devnet", "down")).code).toBe(0);
  expect(await ended, said.err).toBe(0);
  expect(await left()).toEqual([]);
}, 800_000);

test("interrupted in the middle it stops everything and says so", async () => {
  const { running, said, ended } = demo();
  await until("the wallet to sweep", () => Promise.resolve(said.err.includes("sweeps the deposit") || running.exitCode !== null), { withinMs: 300_000 });
  expect(said.err).toContain("sweeps the deposit");
  running.kill("SIGINT");
  expect(await ended).toBe(75);
  expect(said.err).toContain("interrupted");
  expect(await left()).toEqual([]);
}, 600_000);

test("killed in the middle its servers and files go all the same", async () => {
  const { running, said, ended } = demo();
  await until("the wallet to sweep", () => Promise.resolve(said.err.includes("sweeps the deposit") || running.exitCode !== null), { withinMs: 300_000 });
  expect(said.err).toContain("sweeps the deposit");
  running.kill("SIGKILL");
  await ended;
  await until("the folder to be empty", async () => (await left()).length === 0, { withinMs: 60_000 });
}, 600_000);
