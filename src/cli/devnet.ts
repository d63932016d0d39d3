/**
 * `gantry devnet up`, `down` and `polkadot …`: the real local chains without Gantry, for trying things by hand.
 * Always: `up` holds them and ends them, whoever asks (Ctrl-C, `down`, or its own death); everything is in one temporary folder.
 */
import { rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { startDevnet } from "../../devnet/devnet.ts";
import { polkadotVerbs } from "../../devnet/polkadot/control.ts";
import { rejected } from "../core/errors.ts";
import { writeDevnetConfig } from "./devnet-config.ts";
import { readState, stateFile } from "./devnet-state.ts";
import type { DevnetState } from "./devnet-state.ts";
import { exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import type { PolkadotOrder } from "./polkadot-verbs.ts";
import { answer } from "./reports.ts";
import { firstSignal } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const blockEverySeconds = 5;

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
  const state = await readState();
  if (state === null) return false;
  return new Promise((resolve) => {
    const asking = connect(state.socket, () => asking.end(word));
    asking.on("error", () => resolve(false)).on("close", (hadError) => resolve(!hadError));
    asking.resume();
  });
}

/** @throws Rejected `devnet-runs` when one runs already */
export async function devnetUp(terminal: Terminal, json: boolean): Promise<ExitCode> {
  if (await say("")) throw rejected("devnet-runs", "a devnet runs here already; gantry devnet down stops it");
  const signalled = firstSignal(() => process.exit(exitCodes.temporary));
  const devnet = await startDevnet({ polkadot: true, onProgress: (what) => terminal.progress(what) });
  const stopMining = devnet.bitcoin.mineEvery(blockEverySeconds);
  try {
    const { file } = await writeDevnetConfig(devnet);
    const socket = join(devnet.folder, "control");
    const { server, asked } = await askedToEnd(socket);
    const { servers, polkadot } = devnet;
    const state: DevnetState = { socket, config: file, polkadotRawUrl: polkadot?.server.rawUrl ?? "" };
    await writeFile(stateFile, JSON.stringify(state), { mode: 0o600 });
    const urls = { bitcoin: servers.bitcoin.url, ethereum: servers.ethereum.url, polkadot: polkadot?.server.url ?? "", redis: servers.redis.url, config: file };
    answer(terminal, json, urls, () => [
      ...Object.entries(urls).map(([name, url]) => `${name.padEnd(9)} ${url}`),
      `A Bitcoin block every ${blockEverySeconds} s, others every second. A vault is registered on the Polkadot chain: npm run devnet -- polkadot --help`,
      `Run Gantry on it: npm run gantry -- run --config ${file}`,
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

/** @throws Rejected `no-devnet` when none runs; what the chain refuses */
export async function devnetPolkadot(terminal: Terminal, json: boolean, { said, act }: PolkadotOrder): Promise<ExitCode> {
  const state = await readState();
  if (state === null || !(await say(""))) throw noDevnet();
  const chain = polkadotVerbs(state.polkadotRawUrl);
  await act(chain);
  const { head, final, specVersion, ready, future } = await chain.state();
  answer(terminal, json, { head, final, specVersion, ready, future }, () => [
    `${said}: head ${head.height} (${head.hash.slice(0, 10)}…) of ${new Date(head.timeMs).toISOString()}, final ${final.height}, runtime ${specVersion}, ${ready.length + future.length} transactions wait`,
  ]);
  return exitCodes.ok;
}

const noDevnet = (): Error => rejected("no-devnet", "no devnet runs here; gantry devnet up starts one");

/** @throws Rejected `no-devnet` when none runs */
export async function devnetDown(terminal: Terminal, json: boolean): Promise<ExitCode> {
  if (!(await say("down"))) {
    await rm(stateFile, { force: true });
    throw noDevnet();
  }
  answer(terminal, json, { ok: true }, () => ["the devnet is going down"]);
  return exitCodes.ok;
}
