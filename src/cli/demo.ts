/**
 * `gantry demo`: real nodes, real contracts, Gantry as an operator runs it, one issue, one deposit and one redemption.
 * Always: everything it started is stopped, whether it arrived, failed or was interrupted; bounded in time.
 * Never: success without the effect on the chains.
 */
import { startDevnet } from "../../devnet/devnet.ts";
import type { Devnet } from "../../devnet/devnet.ts";
import { failureOf } from "../core/errors.ts";
import { writeDevnetConfig } from "./devnet-config.ts";
import { openControl, say } from "./devnet-control.ts";
import type { Control } from "./devnet-control.ts";
import { startGantry } from "./demo-gantry.ts";
import type { DemoGantry } from "./demo-gantry.ts";
import { createJournal, journalTable } from "./demo-journal.ts";
import type { Journal } from "./demo-journal.ts";
import { deposit, followed, issue, redemption } from "./demo-story.ts";
import { exitCodeOf, exitCodes } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { firstSignal } from "./signals.ts";
import { printable } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export type DemoOptions = { readonly json: boolean; readonly keep: boolean };
type Urls = Readonly<Record<string, string>>;
type Started = { devnet: Devnet | null; gantry: DemoGantry | null; stopMining: (() => Promise<void>) | null; control: Control | null; urls: Urls };

const blockEverySeconds = 1;

export async function demo(terminal: Terminal, options: DemoOptions): Promise<ExitCode> {
  const interrupt = new AbortController();
  const interrupted = firstSignal(() => process.exit(exitCodes.temporary)).then(() => interrupt.abort(new Error("interrupted")));
  const journal = createJournal(terminal);
  const started: Started = { devnet: null, gantry: null, stopMining: null, control: null, urls: {} };
  const begun = Date.now();
  try {
    await play(journal, started, interrupt.signal);
    if (options.keep) await hand(started);
    finish(terminal, options, journal, started, begun);
    if (options.keep) await Promise.race([interrupted, ...(started.control === null ? [] : [started.control.asked])]);
    return exitCodes.ok;
  } catch (thrown) {
    return await fail(terminal, options, journal, started, thrown, interrupt.signal.aborted);
  } finally {
    interrupt.abort(new Error("over"));
    await stop(started, journal, terminal);
  }
}

async function play(journal: Journal, started: Started, signal: AbortSignal): Promise<void> {
  const devnet = await journal.step("devnet", "starts bitcoind, anvil with the tBTC contracts, the Polkadot dev chain, and Redis",
    async () => (started.devnet = await startDevnet({ polkadot: true, onProgress: (what) => journal.now(`devnet: ${what}`) })));
  signal.throwIfAborted(); // a start is not cut short: it ends soon, and then everything can be stopped
  started.stopMining = devnet.bitcoin.mineEvery(blockEverySeconds);
  const config = await writeDevnetConfig(devnet);
  const gantry = await journal.step("gantry", "starts", async () => (started.gantry = await startGantry(devnet.folder, config)));
  started.urls = {
    page: `${gantry.url}/`, status: `${gantry.url}/api/v1/status`, metrics: `${gantry.url}/metrics`, health: `${gantry.url}/healthz`, ready: `${gantry.url}/readyz`,
    bitcoin: devnet.servers.bitcoin.url, ethereum: devnet.servers.ethereum.url, polkadot: devnet.polkadot?.server.url ?? "", redis: devnet.servers.redis.url, config: config.file,
  };
  await journal.step("gantry", "is ready", () => gantry.ready(signal));
  const stage = { devnet, gantry, journal, signal };
  await followed(stage);
  await issue(stage);
  await deposit(stage);
  await redemption(stage);
}

/** The chains now obey `gantry devnet …`, unless another devnet does here already. */
async function hand(started: Started): Promise<void> {
  if (started.devnet !== null && (await say("")) === null) started.control = await openControl(started.devnet, started.urls["config"] ?? "");
}

function finish(terminal: Terminal, { json, keep }: DemoOptions, { steps }: Journal, { urls, control }: Started, begun: number): void {
  const seconds = (Date.now() - begun) / 1000;
  const kept = keep ? { urls } : {};
  if (json) {
    terminal.out(JSON.stringify({ ok: true, seconds, steps, ...kept }, null, 2));
    return;
  }
  for (const line of ["", ...journalTable(steps), ""]) terminal.out(line);
  terminal.out(terminal.paint("good", `An issue, a deposit and a redemption arrived in ${seconds.toFixed(1)} s.`));
  if (!keep) {
    terminal.out("To look around: npm run demo -- --keep leaves it all running, with its page.");
    return;
  }
  for (const [name, url] of Object.entries(urls)) terminal.out(`  ${name.padEnd(9)} ${url}`);
  terminal.out(`Everything keeps running until Ctrl-C. Ask it: npm run gantry -- status --config ${urls["config"] ?? ""}`);
  if (control !== null) terminal.out("Make something happen: npm run devnet -- interbtc request 0.01 (then pay, or leave it unpaid), npm run devnet -- polkadot stall on; --help lists more");
}

async function fail(terminal: Terminal, { json }: DemoOptions, { steps }: Journal, { gantry }: Started, thrown: unknown, interrupted: boolean): Promise<ExitCode> {
  const failure = failureOf(thrown);
  const said = interrupted ? { code: "demo-interrupted", message: "the demo was interrupted" } : { code: failure.code, message: failure.message };
  if (!interrupted && gantry !== null) for (const line of await gantry.complaints()) terminal.err(printable(line));
  if (json) terminal.out(JSON.stringify({ ok: false, error: said, steps }, null, 2));
  else if (steps.length > 0) for (const line of journalTable(steps)) terminal.out(line);
  terminal.err(`gantry: ${printable(said.message)} [${said.code}]`);
  return interrupted ? exitCodes.temporary : exitCodeOf(failure);
}

/** Gantry first, so that it is not left talking to nobody. */
async function stop(started: Started, journal: Journal, terminal: Terminal): Promise<void> {
  journal.now("stopping everything");
  await started.control?.close();
  await started.gantry?.stop();
  await started.stopMining?.();
  await started.devnet?.stop();
  if (terminal.live) terminal.err("everything is stopped");
}
