/**
 * `gantry devnet up`, `down`, `polkadot …` and `interbtc …`: the real local chains without Gantry, for trying things by hand.
 * Always: `up` holds them and ends them, whoever asks (Ctrl-C, `down`, or its own death); everything is in one temporary folder.
 */
import { rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startDevnet } from "../../devnet/devnet.ts";
import { polkadotVerbs } from "../../devnet/polkadot/control.ts";
import { addressOf } from "../chains/bitcoin/script-address.ts";
import { failureOf, GantryError, rejected } from "../core/errors.ts";
import type { Failure } from "../core/errors.ts";
import { writeDevnetConfig } from "./devnet-config.ts";
import { readState, stateFile } from "./devnet-state.ts";
import type { DevnetState } from "./devnet-state.ts";
import { exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { createUserDesk } from "./interbtc-verbs.ts";
import type { UserAnswer, UserOrder } from "./interbtc-verbs.ts";
import type { PolkadotOrder } from "./polkadot-verbs.ts";
import { answer } from "./reports.ts";
import { firstSignal } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const blockEverySeconds = 5;

type Desk = (order: UserOrder) => Promise<UserAnswer>;
type Reply = { readonly answer: UserAnswer } | { readonly failure: Failure };
const down = "down";

/**
 * Listens for what can be asked for: an end, or something of the user, in one line each. A connection that says nothing only wants
 * to know whether somebody is there.
 */
function listening(path: string, desk: Desk): Promise<{ readonly server: Server; readonly asked: Promise<void> }> {
  return new Promise((resolve, reject) => {
    let tell: () => void = () => undefined;
    const asked = new Promise<void>((done) => {
      tell = done;
    });
    const obey = async (socket: Socket, line: string): Promise<void> => {
      if (line === down) {
        socket.end();
        return tell();
      }
      const reply: Reply = await Promise.resolve().then(() => desk(JSON.parse(line) as UserOrder)).then((answer) => ({ answer }), (thrown: unknown) => ({ failure: failureOf(thrown) }));
      socket.end(`${JSON.stringify(reply)}\n`);
    };
    // the asking side ends its half after the line, and an answer may take a while
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let lines = 0;
      socket.on("error", () => undefined).on("end", () => (lines === 0 ? socket.end() : undefined));
      createInterface({ input: socket }).on("error", () => undefined).on("line", (line) => {
        lines += 1;
        void obey(socket, line);
      });
    });
    server.on("error", reject);
    server.listen(path, () => resolve({ server, asked }));
  });
}

/** Says a line to the running devnet and gives what it said before it hung up; null when there is none. */
async function say(line: string): Promise<string | null> {
  const state = await readState();
  if (state === null) return null;
  return new Promise((resolve) => {
    let said = "";
    const asking = connect(state.socket, () => (line === "" ? asking.end() : asking.end(`${line}\n`)));
    asking.on("data", (bytes) => (said += bytes.toString()));
    asking.on("error", () => resolve(null)).on("close", (hadError) => resolve(hadError ? null : said));
  });
}

/** @throws Rejected `devnet-runs` when one runs already */
export async function devnetUp(terminal: Terminal, json: boolean): Promise<ExitCode> {
  if ((await say("")) !== null) throw rejected("devnet-runs", "a devnet runs here already; gantry devnet down stops it");
  const signalled = firstSignal(() => process.exit(exitCodes.temporary));
  const devnet = await startDevnet({ polkadot: true, onProgress: (what) => terminal.progress(what) });
  const stopMining = devnet.bitcoin.mineEvery(blockEverySeconds);
  try {
    const { file } = await writeDevnetConfig(devnet);
    const socket = join(devnet.folder, "control");
    const { servers, polkadot } = devnet;
    const desk: Desk = polkadot === null ? () => Promise.reject(noDevnet()) : createUserDesk(polkadot.user, (script) => addressOf(script, "regtest") ?? script);
    const { server, asked } = await listening(socket, desk);
    const state: DevnetState = { socket, config: file, polkadotRawUrl: polkadot?.server.rawUrl ?? "" };
    await writeFile(stateFile, JSON.stringify(state), { mode: 0o600 });
    const urls = { bitcoin: servers.bitcoin.url, ethereum: servers.ethereum.url, polkadot: polkadot?.server.url ?? "", redis: servers.redis.url, config: file };
    answer(terminal, json, urls, () => [
      ...Object.entries(urls).map(([name, url]) => `${name.padEnd(9)} ${url}`),
      "Its user asks for tokens and pays: npm run devnet -- interbtc --help",
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
  if (state === null || (await say("")) === null) throw noDevnet();
  const chain = polkadotVerbs(state.polkadotRawUrl);
  await act(chain);
  const { head, final, specVersion, ready, future } = await chain.state();
  answer(terminal, json, { head, final, specVersion, ready, future }, () => [
    `${said}: head ${head.height} (${head.hash.slice(0, 10)}…) of ${new Date(head.timeMs).toISOString()}, final ${final.height}, runtime ${specVersion}, ${ready.length + future.length} transactions wait`,
  ]);
  return exitCodes.ok;
}

/** @throws Rejected `no-devnet` when none runs; what the chains refuse */
export async function devnetInterbtc(terminal: Terminal, json: boolean, order: UserOrder): Promise<ExitCode> {
  const said = await say(JSON.stringify(order));
  if (said === null) throw noDevnet();
  const reply = JSON.parse(said) as Reply;
  if ("failure" in reply) throw new GantryError(reply.failure);
  answer(terminal, json, reply.answer.facts, () => [reply.answer.said]);
  return exitCodes.ok;
}

const noDevnet = (): Error => rejected("no-devnet", "no devnet runs here; gantry devnet up starts one");

/** @throws Rejected `no-devnet` when none runs */
export async function devnetDown(terminal: Terminal, json: boolean): Promise<ExitCode> {
  if ((await say(down)) === null) {
    await rm(stateFile, { force: true });
    throw noDevnet();
  }
  answer(terminal, json, { ok: true }, () => ["the devnet is going down"]);
  return exitCodes.ok;
}
