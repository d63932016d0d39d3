/**
 * The real servers of the devnet: bitcoind -regtest, anvil, redis-server, each on a free port of 127.0.0.1 with its data in
 * the run folder. Always: a server answers when its promise resolves; stop and start keep port and data.
 * Never: looks servers up in the environment; scripts/setup.sh does, and writes what it found to .cache/servers.json.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createJsonRpc } from "../src/chains/json-rpc.ts";
import type { JsonRpc } from "../src/chains/json-rpc.ts";
import { misconfigured } from "../src/core/errors.ts";
import { createServerProcess, freePort } from "./processes.ts";
import type { Server } from "./processes.ts";

/** Where the servers are. `redisUrl` wins over `redisServer`: then no Redis is started. */
export type ServerPaths = { readonly bitcoind: string | null; readonly redisServer: string | null; readonly redisUrl: string | null };

const servers = fileURLToPath(new URL("../.cache/servers.json", import.meta.url));

/** What scripts/setup.sh found or fetched. Throws Misconfigured "devnet-server-missing" when it was not run with `servers`. */
export async function findServers(): Promise<ServerPaths> {
  try {
    return JSON.parse(await readFile(servers, "utf8")) as ServerPaths;
  } catch (cause) {
    throw misconfigured("devnet-server-missing", "It is not known where bitcoind and Redis are. Run: sh scripts/setup.sh servers", { cause });
  }
}

const missing = (name: string): Error =>
  misconfigured("devnet-server-missing", `There is no ${name}. Run: sh scripts/setup.sh servers`);

const patient = { readyWithinMs: 90_000, graceMs: 15_000 };
const forever = (): AbortSignal => new AbortController().signal;

export interface BitcoinServer extends Server {
  readonly url: string;
  /** "user:password" as bitcoind writes it; new after each start */
  readonly cookieFile: string;
  readonly rpc: JsonRpc;
}

/** A plain node: no wallet, no transaction index, no peers. `extraArgs` come last. */
export async function startBitcoind(options: { readonly folder: string; readonly paths: ServerPaths; readonly name?: string; readonly extraArgs?: readonly string[] }): Promise<BitcoinServer> {
  const { folder, paths, name = "bitcoind", extraArgs = [] } = options;
  if (paths.bitcoind === null) throw missing("bitcoind");
  const dataFolder = join(folder, name);
  await mkdir(dataFolder, { recursive: true });
  // Bitcoin Knots takes tBTC's deposit scripts for data and does not relay them unless told to. Bitcoin Core does not know
  // these settings: on the command line it would refuse to start, in the file it only warns.
  await writeFile(join(dataFolder, "bitcoin.conf"), "[regtest]\nacceptnonstddatacarrier=1\ndatacarrierfullcount=0\n");
  const port = await freePort();
  const cookieFile = join(folder, `${name}.cookie`);
  const url = `http://127.0.0.1:${port}`;
  const rpc = createJsonRpc({
    name,
    url,
    // a stopped node has no cookie: the call itself then says that it cannot be reached
    authorization: async () => readFile(cookieFile).then((cookie) => `Basic ${cookie.toString("base64")}`, () => null),
    timeoutMs: 30_000,
  });
  const server = createServerProcess({
    name,
    folder,
    command: paths.bitcoind,
    args: ["-regtest", "-server", `-datadir=${dataFolder}`, `-rpccookiefile=${cookieFile}`, `-rpcport=${port}`, "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1", "-rpcthreads=16", "-rpcworkqueue=256",
      "-listen=0", "-connect=0", "-dnsseed=0", "-disablewallet", "-txindex=0", "-dbcache=16", "-printtoconsole=1", "-nodebuglogfile", ...extraArgs],
    ready: async () => typeof (await rpc.call("getblockcount", [], forever(), 2000)) === "number",
    ...patient,
  });
  await server.start();
  return { ...server, url, cookieFile, rpc };
}

export interface EthereumServer extends Server {
  readonly url: string;
  readonly rpc: JsonRpc;
}

function anvilBinary(): string {
  const system: Record<string, string> = { linux: "linux", darwin: "darwin", win32: "win32" };
  const machine: Record<string, string> = { x64: "amd64", arm64: "arm64" };
  const suffix = platform() === "win32" ? ".exe" : "";
  try {
    return createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${system[platform()]}-${machine[arch()]}/bin/anvil${suffix}`);
  } catch {
    throw missing(`anvil for ${platform()} ${arch()}`);
  }
}

/**
 * Chain 31337 with a block per transaction (interval mining is switched on later, see devnet/ethereum.ts); `finalized` is
 * latest - 2, `safe` latest - 1. State is written on a stop and read on a start; a kill loses it.
 */
export async function startAnvil(options: { readonly folder: string; readonly name?: string; readonly extraArgs?: readonly string[] }): Promise<EthereumServer> {
  const { folder, name = "anvil", extraArgs = [] } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const rpc = createJsonRpc({ name, url, timeoutMs: 30_000 });
  const server = createServerProcess({
    name,
    folder,
    command: anvilBinary(),
    args: ["--host", "127.0.0.1", "--port", String(port), "--chain-id", "31337", "--slots-in-an-epoch", "1", "--state", join(folder, `${name}.state`), "--silent", ...extraArgs],
    ready: async () => (await rpc.call("eth_chainId", [], forever(), 2000)) === "0x7a69",
    ...patient,
  });
  await server.start();
  return { ...server, url, rpc };
}

export interface RedisServer extends Server {
  readonly url: string;
  /** false: the user's own Redis. Never flush, stop or freeze that one (stop and start do nothing) */
  readonly ours: boolean;
}

/** One PING over a fresh connection. */
function redisAnswers(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(2000, () => socket.destroy(new Error("no answer")));
    socket.on("error", reject);
    socket.on("data", (data) => {
      socket.destroy();
      resolve(data.toString().startsWith("+PONG"));
    });
  });
}

/** Memory only, `noeviction` as the queue needs it. */
export async function startRedis(options: { readonly folder: string; readonly paths: ServerPaths; readonly name?: string }): Promise<RedisServer> {
  const { folder, paths, name = "redis" } = options;
  if (paths.redisUrl !== null) {
    const nothing = (): Promise<void> => Promise.resolve();
    return { name, url: paths.redisUrl, ours: false, pid: () => null, start: nothing, stop: nothing, kill: nothing, freeze: () => undefined, thaw: () => undefined };
  }
  if (paths.redisServer === null) throw missing("redis-server");
  const port = await freePort();
  const server = createServerProcess({
    name,
    folder,
    command: paths.redisServer,
    args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--daemonize", "no"],
    ready: () => redisAnswers(port),
    ...patient,
  });
  await server.start();
  return { ...server, url: `redis://127.0.0.1:${port}`, ours: true };
}
