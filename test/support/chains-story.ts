/**
 * The whole program on real servers, in this process: a devnet, an impatient configuration, and what an operator sees of it.
 * Always: asserts go through /metrics, /readyz, the log, reports and the contracts; everything started is stopped by `stop`.
 * Never: looks inside the program.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import { startDevnet } from "../../devnet/devnet.ts";
import type { Devnet, DevnetOptions } from "../../devnet/devnet.ts";
import type { Deposit } from "../../devnet/tbtc/depositor.ts";
import { until as poll } from "../../devnet/until.ts";
import { startApp } from "../../src/app.ts";
import type { App } from "../../src/app.ts";
import { createClient } from "../../src/cli/client.ts";
import type { Client } from "../../src/cli/client.ts";
import { writeDevnetConfig } from "../../src/cli/devnet-config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { State } from "../../src/core/delivery.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DeliveryReport, ShowReport } from "../../src/monitor/show.ts";
import type { StatusReport } from "../../src/monitor/status.ts";
import type { Clock } from "../../src/ports.ts";
import type { Order } from "../../src/web/commands.ts";
import { accessPath, readAccess } from "../../src/web/access.ts";
import { createMemoryLog } from "./quiet.ts";
import type { LogLine } from "./quiet.ts";

export type Endpoints = readonly { readonly name: string; readonly url: string }[];
export type GantryOptions = {
  /** default: the devnet's node alone */
  readonly bitcoin?: Endpoints;
  readonly ethereum?: Endpoints;
  /** how long a node may take to answer; short where a test has one that never does */
  readonly timeoutMs?: number;
  /** last changes to the configuration */
  readonly change?: (config: Config) => void;
};

export interface Gantry {
  readonly lines: readonly LogLine[];
  /** is there a line whose code or message has this text? */
  said(text: string): boolean;
  ready(): Promise<{ readonly ok: boolean; readonly reasons: readonly string[] }>;
  status(): Promise<StatusReport>;
  show(id: string): Promise<ShowReport | null>;
  delivery(txid: Hex): Promise<DeliveryReport | null>;
  order(order: Order): ReturnType<Client["order"]>;
  /** sum over the series of this name whose labels include these; prefix left out */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** waits for the delivery of a Bitcoin transaction to be in one of these states; tells where it was if it never comes */
  reaches(txid: Hex, ...states: readonly State[]): Promise<DeliveryReport>;
  /** waits until the delivery waits for this reason */
  waitsFor(txid: Hex, code: string): Promise<DeliveryReport>;
  stop(): Promise<void>;
}

export interface Story {
  readonly devnet: Devnet;
  /** transactions the relayer's account has in blocks */
  nonce(): Promise<bigint>;
  gantry(options?: GantryOptions): Promise<Gantry>;
  /** a fresh ledger for the next `gantry` */
  forget(): Promise<void>;
  /** one revealed deposit, swept and mined with `depth` blocks in all; txid of the sweep */
  sweep(depth?: number): Promise<{ readonly txid: Hex; readonly deposit: Deposit }>;
  deposit(): Promise<Deposit>;
  /** has the Bridge taken this deposit's sweep? */
  isSwept(deposit: Deposit): Promise<boolean>;
  stop(): Promise<void>;
}

/** for machines much slower than this one: a wait that is over costs nothing */
const patienceMs = 120_000;
export const until = <T>(what: string, look: () => Promise<T | null | undefined | false>, withinMs = patienceMs): Promise<T> =>
  poll(what, look, { withinMs, everyMs: 50 });

const depositSat = 10_000_000n;

export async function startStory(options: DevnetOptions = {}): Promise<Story> {
  const devnet = await startDevnet({ encryptedKey: false, ...options });
  const running = new Set<Gantry>();
  const { bitcoin, ethereum, depositor, wallet, tbtc } = devnet;
  const deposit = (): Promise<Deposit> =>
    depositor.deposit({ depositor: ethereum.account(4), valueSat: depositSat, walletPubKeyHash: wallet.pubKeyHash });
  return {
    devnet,
    nonce: async () => BigInt(String(await ethereum.rpc.call("eth_getTransactionCount", [devnet.relayer.address, "latest"], AbortSignal.timeout(10_000)))),
    async gantry(given = {}) {
      const started = await startGantry(devnet, given);
      running.add(started);
      return started;
    },
    forget: async () => {
      const { ledgerPath } = await writeDevnetConfig(devnet);
      for (const end of ["", "-wal", "-shm"]) await rm(`${ledgerPath}${end}`, { force: true });
    },
    deposit,
    sweep: async (depth = 6) => {
      const made = await deposit();
      await bitcoin.mine();
      const { tx } = await wallet.sweep([made]);
      await bitcoin.mine(depth);
      return { txid: tx.txid, deposit: made };
    },
    isSwept: async ({ key }) => {
      const [record] = (await ethereum.call(tbtc.bridge, "deposits", [key])) as readonly [readonly unknown[]];
      return Number(record[5]) > 0;
    },
    stop: async () => {
      for (const gantry of running) await gantry.stop();
      await devnet.stop();
    },
  };
}

/** Waits are short here: what takes an operator minutes must not take a test minutes. */
async function configOf(devnet: Devnet, { bitcoin, ethereum, timeoutMs = 15_000, change }: GantryOptions): Promise<{ config: Config; ledgerPath: string }> {
  const { file, ledgerPath } = await writeDevnetConfig(devnet);
  const raw = parse(await readFile(file, "utf8")) as { chains: Record<"bitcoin" | "ethereum", { endpoints: unknown; timeoutMs?: number }> };
  const { cookieFile } = devnet.servers.bitcoin;
  raw.chains.bitcoin.timeoutMs = timeoutMs;
  raw.chains.ethereum.timeoutMs = timeoutMs;
  if (bitcoin !== undefined) raw.chains.bitcoin.endpoints = bitcoin.map((one) => ({ ...one, cookieFile }));
  if (ethereum !== undefined) raw.chains.ethereum.endpoints = ethereum;
  await writeFile(file, stringify(raw), { mode: 0o600 });
  const config = await loadConfig(file);
  if (config.chains.bitcoin !== undefined) config.chains.bitcoin.pollMs = 300;
  if (config.chains.ethereum !== undefined) config.chains.ethereum.pollMs = 300;
  config.policy.backoffCapSeconds = 2;
  config.policy.trackEverySeconds = 1;
  config.policy.maxWaitSeconds = 5;
  change?.(config);
  return { config, ledgerPath };
}

async function startGantry(devnet: Devnet, options: GantryOptions): Promise<Gantry> {
  const { config, ledgerPath } = await configOf(devnet, options);
  return runGantry(config, ledgerPath);
}

/** The program with this configuration, in this process; its time is real unless a clock is given. */
export async function runGantry(config: Config, ledgerPath: string, clock?: Clock): Promise<Gantry> {
  const log = createMemoryLog();
  const app: App = await startApp(config, { roles: ["watch", "relay", "monitor"], log: { ...log, setLevel: () => undefined }, ...(clock === undefined ? {} : { clock }) });
  const client = createClient(await readAccess(accessPath(ledgerPath)));
  const show = async (id: string): Promise<ShowReport | null> => (await client.show(id)) as ShowReport | null;
  const delivery = async (txid: Hex): Promise<DeliveryReport | null> => {
    const deliveries = (await show(toDisplay(txid)))?.deliveries ?? [];
    // a transfer paid twice has another one beside it
    return deliveries.find(({ event }) => event.id.includes(toDisplay(txid))) ?? deliveries[0] ?? null;
  };
  const whenDelivery = async (txid: Hex, what: string, yes: (report: DeliveryReport) => boolean): Promise<DeliveryReport> => {
    let last: DeliveryReport | null = null;
    const look = async (): Promise<DeliveryReport | null> => {
      last = await delivery(txid);
      return last !== null && yes(last) ? last : null;
    };
    return until(`the delivery of ${toDisplay(txid)} ${what}`, look).catch((cause: unknown) => {
      throw new Error(`not ${what}: ${brief(last)}; last complaints: ${complaints(log.lines)}`, { cause });
    });
  };
  let stopped: Promise<void> | null = null;
  return {
    lines: log.lines,
    said: (text) => log.lines.some(({ fields, message }) => fields["code"] === text || message.includes(text)),
    ready: () => client.ready(),
    status: async () => (await client.status()) as StatusReport,
    show,
    delivery,
    order: (order) => client.order(order),
    metric: async (name, labels = {}) => sumOf(await (await fetch(`${app.urls.api}/metrics`)).text(), name, labels),
    reaches: (txid, ...states) => whenDelivery(txid, `to be ${states.join(" or ")}`, ({ state }) => states.includes(state)),
    waitsFor: (txid, code) => whenDelivery(txid, `to wait for ${code}`, ({ wait }) => wait?.code === code),
    stop: () => (stopped ??= app.stop(3_000)),
  };
}

const brief = (one: DeliveryReport | null): string =>
  one === null ? "nothing is known of it" : JSON.stringify({ state: one.state, wait: one.wait, parked: one.parked, error: one.lastError, event: one.event.at?.height, halts: one.halts });

const complaints = (lines: readonly LogLine[]): string =>
  lines.filter(({ level }) => level !== "debug" && level !== "info").slice(-5).map(({ message }) => message).join(" | ");

function sumOf(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return text
    .split("\n")
    .filter((line) => /^gantry_(\w+)/u.exec(line)?.[1] === name && wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
