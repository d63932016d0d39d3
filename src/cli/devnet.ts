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

/** Resolves when somebody connects: there is only one thing to ask for. */
function askedToEnd(path: string): Promise<{ readonly server: Server; readonly asked: Promise<void> }> {
  return new Promise((resolve, reject) => {
    let tell: () => void = () => undefined;
    const asked = new Promise<void>((done) => {
      tell = done;
    });
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      tell();
    });
    server.on("error", reject);
    server.listen(path, () => resolve({ server, asked }));
  });
}

export async function devnetUp(terminal: Terminal, json: boolean): Promise<ExitCode> {
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
      `A Bitcoin block every ${blockEverySeconds} s. Run Gantry on it: gantry run --config ${file}`,
      "Ends with Ctrl-C or: gantry devnet down",
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
  const none = (cause: unknown) => rejected("no-devnet", "no devnet runs here; gantry devnet up starts one", { cause });
  const state: unknown = await readFile(stateFile, "utf8").then((text) => JSON.parse(text) as unknown, (cause: unknown) => {
    throw none(cause);
  });
  const socket = typeof state === "object" && state !== null && "socket" in state ? String(state.socket) : "";
  await new Promise<void>((resolve, reject) => {
    const asking = connect(socket);
    asking.on("error", (cause) => reject(none(cause)));
    // The other side's end of the connection is its answer: the process is going.
    asking.on("close", () => resolve());
    asking.on("connect", () => asking.end());
    asking.resume();
  }).catch(async (thrown: unknown) => {
    await rm(stateFile, { force: true });
    throw thrown;
  });
  answer(terminal, json, { ok: true }, () => ["the devnet is going down"]);
  return exitCodes.ok;
}
