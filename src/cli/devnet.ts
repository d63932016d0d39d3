/**
 * `gantry devnet up` and `down`: the real local chains without Gantry, for trying things by hand.
 * Always: `up` holds them and ends them, whoever asks (Ctrl-C, `down`, or its own death); everything is in one temporary folder.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDevnet } from "../../devnet/devnet.ts";
import { rejected } from "../core/errors.ts";
import { writeDevnetConfig } from "./devnet-config.ts";
import { exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { answer } from "./reports.ts";
import { firstSignal } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const blockEverySeconds = 5;
/** where `down` finds what `up` started */
const stateFile = fileURLToPath(new URL("../../.cache/devnet.json", import.meta.url));

/** Listens for the one thing there is to ask for. A connection that says nothing only wants to know whether somebody is there. */
function askedToEnd(path: string): Promise<{ readonly server: Server; readonly asked: Promise<void> }> {
  return new Promise((resolve, reject) => {
    let tell: () => void = () => undefined;
    const asked = new Promise<void>((done) => {
      tell = done;
    });
    const server = createServer((socket) => socket.on("error", () => undefined).on("data", () => tell()));
    server.on("error", reject);
    server.listen(path, () => resolve({ server, asked }));
  });
}

/** Says `word` to the running devnet; false when there is none. Resolves when the other side has hung up. */
async function say(word: string): Promise<boolean> {
  const state: unknown = await readFile(stateFile, "utf8").then((text) => JSON.parse(text) as unknown, () => null);
  if (typeof state !== "object" || state === null || !("socket" in state)) return false;
  const path = String(state.socket);
  return new Promise((resolve) => {
    const asking = connect(path, () => asking.end(word));
    asking.on("error", () => resolve(false)).on("close", (hadError) => resolve(!hadError));
    asking.resume();
  });
}

/** @throws Rejected `devnet-runs` when one runs already */
export async function devnetUp(terminal: Terminal, json: boolean): Promise<ExitCode> {
  if (await say("")) throw rejected("devnet-runs", "a devnet runs here already; gantry devnet down stops it");
  const signalled = firstSignal(() => process.exit(exitCodes.temporary));
  const devnet = await startDevnet({ onProgress: (what) => terminal.progress(what) });
  const stopMining = devnet.bitcoin.mineEvery(blockEverySeconds);
  try {
    const { file } = await writeDevnetConfig(devnet);
    const socket = join(devnet.folder, "control");
    const { server, asked } = await askedToEnd(socket);
    await writeFile(stateFile, JSON.stringify({ socket, config: file }), { mode: 0o600 });
    const { servers } = devnet;
    const urls = { bitcoin: servers.bitcoin.url, ethereum: servers.ethereum.url, redis: servers.redis.url, config: file };
    answer(terminal, json, urls, () => [
      ...Object.entries(urls).map(([name, url]) => `${name.padEnd(9)} ${url}`),
      `A Bitcoin block every ${blockEverySeconds} s. Run Gantry on it: npm run gantry -- run --config ${file}`,
      "Ends with Ctrl-C or: npm run devnet -- down",
    ]);
    await Promise.race([signalled, asked]);
    server.close();
    return exitCodes.ok;
  } finally {
    await rm(stateFile, { force: true });
    await stopMining();
    await devnet.stop();
  }
}

/** @throws Rejected `no-devnet` when none runs */
export async function devnetDown(terminal: Terminal, json: boolean): Promise<ExitCode> {
  if (!(await say("down"))) {
    await rm(stateFile, { force: true });
    throw rejected("no-devnet", "no devnet runs here; gantry devnet up starts one");
  }
  answer(terminal, json, { ok: true }, () => ["the devnet is going down"]);
  return exitCodes.ok;
}
