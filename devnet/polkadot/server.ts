/**
 * The Polkadot dev chain as a server of the devnet: a child process like bitcoind and anvil, with the verbs of its owner.
 * Always: loopback only, its files in the run folder, gone when we are; stop, kill and start keep ports, genesis and blocks.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createServerProcess, freePort } from "../processes.ts";
import type { Server } from "../processes.ts";
import { polkadotVerbs } from "./control.ts";
import type { PolkadotVerbs } from "./control.ts";
import type { NodeOptions } from "./node.ts";
import type { PolkadotBlocks } from "./production.ts";

export interface PolkadotServer extends Server, PolkadotVerbs {
  /** for clients: finality comes late, the pool has a node's rules */
  readonly url: string;
  /** chopsticks' own answers, unguarded, and the devnet_* verbs */
  readonly rawUrl: string;
}

export type PolkadotServerOptions = {
  readonly folder: string;
  readonly name?: string;
  /** a runtime; default the project's own */
  readonly wasm?: string;
  /** default: one a second and at once for a transaction */
  readonly blocks?: PolkadotBlocks;
  /** how many blocks final is behind the head; default 2 */
  readonly finalityLag?: number;
  readonly preset?: string;
  /** the Bitcoin network that the chain says it follows; default "bitcoin-regtest" */
  readonly bitcoinNetwork?: string;
};

/** the project's runtime, and the same with a higher spec version */
export const devRuntime = fileURLToPath(new URL("../../runtime/wasm/gantry-dev.wasm", import.meta.url));
export const upgradedRuntime = fileURLToPath(new URL("../../runtime/wasm/gantry-dev-upgrade.wasm", import.meta.url));
/** beside this file, whether it runs as source or compiled */
const nodeScript = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "node.ts" : "node.js", import.meta.url));

/** Starts the chain; resolves when block 1 is there. Throws Unavailable "devnet-server-failed" with the process' last words. */
export async function startPolkadot(options: PolkadotServerOptions): Promise<PolkadotServer> {
  const { folder, name = "polkadot" } = options;
  const port = await freePort();
  const rawPort = await freePort();
  const rawUrl = `ws://127.0.0.1:${rawPort}`;
  const nodeOptions: NodeOptions = {
    wasmFile: options.wasm ?? devRuntime,
    chainFile: join(folder, `${name}.blocks`),
    port,
    rawPort,
    blocks: options.blocks ?? { everySeconds: 1 },
    finalityLag: options.finalityLag ?? 2,
    preset: options.preset ?? "development",
    ...(options.bitcoinNetwork === undefined ? {} : { properties: { bitcoinNetwork: options.bitcoinNetwork } }),
  };
  const optionsFile = join(folder, `${name}.json`);
  await writeFile(optionsFile, JSON.stringify(nodeOptions), { mode: 0o600 });
  const verbs = polkadotVerbs(rawUrl);
  const server = createServerProcess({
    name,
    folder,
    command: "env",
    args: ["LOG_LEVEL=warn", process.execPath, nodeScript, optionsFile],
    ready: async () => (await verbs.state()).head.height > 0,
    readyWithinMs: 120_000,
    graceMs: 5_000,
  });
  await server.start();
  return { ...server, ...verbs, url: `ws://127.0.0.1:${port}`, rawUrl };
}
