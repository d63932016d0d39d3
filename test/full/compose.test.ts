/**
 * docker-compose.yml's devnet without containers: each service's own program started with that file's arguments and the files
 * that it mounts, until Gantry proves a deposit on it, Prometheus scrapes it and Alertmanager hears of that.
 * Grafana is not here; its files are checked in test/unit/ops.
 */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRunFolder, createServerProcess, freePort } from "../../devnet/processes.ts";
import type { RunFolder, Server } from "../../devnet/processes.ts";
import { findServers } from "../../devnet/servers.ts";
import { until } from "../../devnet/until.ts";
import { commandOf, replaced, serviceOf } from "../support/compose.ts";
import { redisCommand } from "../support/redis.ts";
import { findMonitoring, tool } from "../support/monitoring.ts";

const started: Server[] = [];
let folder: RunFolder;
/** what stands in the file → what stands for it on this machine */
const places: Record<string, string> = {};
const ports: Record<string, number> = {};

/** Everything in ops/ that a container mounts, with this machine's places in it. */
async function ownCopy(path: string): Promise<void> {
  await mkdir(join(folder.path, path, ".."), { recursive: true });
  await cp(path, join(folder.path, path), { recursive: true });
}

async function rewrite(path: string): Promise<void> {
  const file = join(folder.path, path);
  await writeFile(file, replaced(await readFile(file, "utf8"), places));
}

beforeAll(async () => {
  folder = await createRunFolder();
  for (const name of ["18443", "8545", "9944", "9945", "6379", "9090", "9093", "9464"]) ports[name] = await freePort();
  for (const path of ["home", "chain", "devnet", "prometheus-data", "alertmanager-data", "secrets"]) await mkdir(join(folder.path, path));
  for (const path of ["ops/prometheus", "ops/alertmanager", "ops/compose"]) await ownCopy(path);
  // Bitcoin Knots takes deposit scripts for data; Bitcoin Core, which the file names, does not need to be told
  await writeFile(join(folder.path, "home/bitcoin.conf"), "[regtest]\nacceptnonstddatacarrier=1\ndatacarrierfullcount=0\n");
  const at = (path: string): string => join(folder.path, path);
  Object.assign(places, {
    "/home/bitcoin/.bitcoin": at("home"), "/chain": at("chain"), "/devnet": at("devnet"), "/etc/prometheus": at("ops/prometheus"), "=/prometheus": `=${at("prometheus-data")}`,
    "/etc/alertmanager/secrets": at("secrets"), "/etc/alertmanager": at("ops/alertmanager"), "=/alertmanager": `=${at("alertmanager-data")}`,
    "ops/compose/": `${at("ops/compose")}/`, "0.0.0.0": "127.0.0.1", "scripts/compose-devnet.ts": join(process.cwd(), "scripts/compose-devnet.ts"), "devnet/polkadot/node.ts": join(process.cwd(), "devnet/polkadot/node.ts"),
    "src/cli/main.ts": join(process.cwd(), "src/cli/main.ts"), "runtime/wasm/": join(process.cwd(), "runtime/wasm/"),
    "//bitcoind:": "//127.0.0.1:", "//anvil:": "//127.0.0.1:", "//polkadot:": "//127.0.0.1:", "//redis:": "//127.0.0.1:", '"gantry:': '"127.0.0.1:', '"alertmanager:': '"127.0.0.1:',
    ...Object.fromEntries(Object.entries(ports).map(([there, here]) => [there, String(here)])),
  });
  for (const path of ["ops/prometheus/prometheus.yml", "ops/alertmanager/alertmanager.yml", "ops/compose/devnet.json", "ops/compose/polkadot.json"]) await rewrite(path);
});

afterAll(async () => {
  for (const server of started.toReversed()) await server.stop();
  await folder.remove();
});

const answers = async (url: string): Promise<boolean> => (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;

/** The service's own health check where it is a program of ours. */
async function isWell(name: string): Promise<boolean> {
  const [, ...check] = serviceOf(name).healthcheck?.test ?? [];
  const [command = "", ...args] = check.map((word) => replaced(word, places));
  return (await tool(command === "node" ? process.execPath : command, args)).ok;
}

async function start(name: string, program: string, ready: () => Promise<boolean>): Promise<void> {
  const [first = "", ...rest] = commandOf(name, places);
  // an image whose entry point is the program gets options alone
  const args = first.startsWith("-") ? [first, ...rest] : rest;
  const server = createServerProcess({ name, folder: folder.path, command: program, args, ready, readyWithinMs: 180_000, graceMs: 10_000 });
  started.push(server);
  await server.start();
}

const json = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

test("every service answers, a deposit is proved, and the monitors hear of it", async () => {
  const { bitcoind, redisServer } = await findServers();
  const { prometheus, alertmanager } = await findMonitoring();
  const node = process.execPath;
  const bitcoinCli = (bitcoind ?? "").replace(/bitcoind$/u, "bitcoin-cli");
  const [, , ...cliArgs] = serviceOf("bitcoind").healthcheck?.test ?? [];
  await Promise.all([
    start("bitcoind", bitcoind ?? "", async () => (await tool(bitcoinCli, cliArgs.map((word) => replaced(word, places)))).ok),
    start("anvil", join(process.cwd(), "node_modules/.bin/anvil"), () => isWell("anvil")),
    start("polkadot", node, () => isWell("polkadot")),
    start("prometheus", prometheus, () => answers(`http://127.0.0.1:${ports["9090"]}/-/ready`)),
    start("alertmanager", alertmanager, () => answers(`http://127.0.0.1:${ports["9093"]}/-/ready`)),
    ...(redisServer === null ? [] : [start("redis", redisServer, async () => (await redisCommand(ports["6379"] ?? 0, "PING")).startsWith("+PONG"))]),
  ]);
  await start("parties", node, () => isWell("parties"));
  await start("gantry-devnet", node, () => isWell("gantry-devnet"));

  await until("the sweep's proof to be told by Gantry's metrics", async () => {
    const text = await (await fetch(`http://127.0.0.1:${ports["9464"]}/metrics`)).text();
    return /^gantry_deliveries\{lane="tbtc-deposit-sweep",state="delivered"\} [1-9]/mu.test(text) ? true : null;
  }, { withinMs: 300_000, everyMs: 500 });

  type Targets = { readonly data: { readonly activeTargets: readonly { readonly labels: { readonly job: string }; readonly health: string }[] } };
  const api = `http://127.0.0.1:${ports["9090"]}/api/v1`;
  await until("Prometheus to scrape Gantry and Alertmanager", async () => {
    const { data: { activeTargets } } = await json<Targets>(`${api}/targets`);
    const up = activeTargets.filter(({ health }) => health === "up").map(({ labels: { job } }) => job);
    return up.includes("gantry") && up.includes("alertmanager") ? true : null;
  }, { withinMs: 120_000, everyMs: 500 });
  const { data: { groups } } = await json<{ readonly data: { readonly groups: readonly { readonly name: string }[] } }>(`${api}/rules`);
  expect(groups.map(({ name }) => name).sort()).toEqual(["gantry-able", "gantry-alive", "gantry-missing", "gantry-moving", "gantry-seeing", "gantry-stuck"]);
  await until("Alertmanager to hear the watchdog", async () => {
    const alerts = await json<readonly { readonly labels: { readonly alertname: string } }[]>(`http://127.0.0.1:${ports["9093"]}/api/v2/alerts`);
    return alerts.some(({ labels: { alertname } }) => alertname === "Watchdog") ? true : null;
  }, { withinMs: 120_000, everyMs: 500 });
});
