/**
 * `gantry devnet up`, `down`, `polkadot …` and `interbtc …`: the real local chains without Gantry, for trying things by hand.
 * Always: `up` holds them and ends them, whoever asks (Ctrl-C, `down`, or its own death); everything is in one temporary folder.
 */
import { rm } from "node:fs/promises";
import { startDevnet } from "../../devnet/devnet.ts";
import { polkadotVerbs } from "../../devnet/polkadot/control.ts";
import { GantryError, rejected } from "../core/errors.ts";
import { writeDevnetConfig } from "./devnet-config.ts";
import { down, noDevnet, openControl, say } from "./devnet-control.ts";
import type { Control, Reply } from "./devnet-control.ts";
import { readState, stateFile } from "./devnet-state.ts";
import { exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import type { UserOrder } from "./interbtc-verbs.ts";
import type { PolkadotOrder } from "./polkadot-verbs.ts";
import { answer } from "./reports.ts";
import { firstSignal } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const blockEverySeconds = 5;

/** @throws Rejected `devnet-runs` when one runs already */
export async function devnetUp(terminal: Terminal, json: boolean): Promise<ExitCode> {
  if ((await say("")) !== null) throw rejected("devnet-runs", "a devnet runs here already; gantry devnet down stops it");
  const signalled = firstSignal(() => process.exit(exitCodes.temporary));
  const devnet = await startDevnet({ polkadot: true, onProgress: (what) => terminal.progress(what) });
  const stopMining = devnet.bitcoin.mineEvery(blockEverySeconds);
  let control: Control | null = null;
  try {
    const { file } = await writeDevnetConfig(devnet);
    const { servers, polkadot } = devnet;
    control = await openControl(devnet, file);
    const urls = { bitcoin: servers.bitcoin.url, ethereum: servers.ethereum.url, polkadot: polkadot?.server.url ?? "", redis: servers.redis.url, config: file };
    answer(terminal, json, urls, () => [
      ...Object.entries(urls).map(([name, url]) => `${name.padEnd(9)} ${url}`),
      "Its user asks for tokens and pays: npm run devnet -- interbtc --help",
      `A Bitcoin block every ${blockEverySeconds} s, others every second. A vault is registered on the Polkadot chain: npm run devnet -- polkadot --help`,
      `Run Gantry on it: npm run gantry -- run --config ${file}`,
      "Ends with Ctrl-C or: npm run devnet -- down",
    ]);
    await Promise.race([signalled, control.asked]);
    return exitCodes.ok;
  } finally {
    await control?.close();
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

/** @throws Rejected `no-devnet` when none runs */
export async function devnetDown(terminal: Terminal, json: boolean): Promise<ExitCode> {
  if ((await say(down)) === null) {
    await rm(stateFile, { force: true });
    throw noDevnet();
  }
  answer(terminal, json, { ok: true }, () => ["the devnet is going down"]);
  return exitCodes.ok;
}
