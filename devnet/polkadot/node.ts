/**
 * The process of the dev chain: `node node.ts OPTIONS.json`. One port for clients, one raw port with chopsticks' own answers and
 * the devnet_* verbs. Always: answers only when both are open; keeps the chain in a file, so that a new start goes on with it.
 */
import { readFile } from "node:fs/promises";

import { createServer } from "@acala-network/chopsticks/server";

import { failureOf, unavailable } from "../../src/core/errors.ts";
import type { HeadMove } from "./blocks.ts";
import { openChain } from "./chain.ts";
import { createControl } from "./control.ts";
import { genesisFromWasm } from "./genesis.ts";
import type { ChainProperties } from "./genesis.ts";
import { createPool } from "./pool.ts";
import { createProduction } from "./production.ts";
import type { PolkadotBlocks, Production } from "./production.ts";
import { createHeads, createRpc, fromChopsticks } from "./rpc.ts";
import { openDoor } from "./sockets.ts";
import { createSubmissions } from "./submissions.ts";

export type NodeOptions = {
  readonly wasmFile: string;
  readonly chainFile: string;
  /** where clients are served; default loopback. In a container of its own: 0.0.0.0 */
  readonly host?: string;
  readonly port: number;
  readonly rawPort: number;
  readonly blocks: PolkadotBlocks;
  readonly finalityLag: number;
  readonly preset: string;
  /** what the chain says of itself that differs from the usual */
  readonly properties?: ChainProperties;
};

async function run(options: NodeOptions): Promise<void> {
  const genesis = await genesisFromWasm(await readFile(options.wasmFile), { preset: options.preset, properties: options.properties ?? {} });
  const chain = await openChain({ genesis, file: options.chainFile, lagBlocks: options.finalityLag });
  const pool = createPool();
  const submissions = createSubmissions(chain, pool);
  const heads = createHeads(chain);
  const tell = (move: HeadMove): Promise<void> => heads.tell(move);
  const production: Production = createProduction({ chain, pool, submissions, blocks: options.blocks, onHead: tell });
  let lateMs = 0;
  const rpc = createRpc({ chain, pool, submissions, heads, production: () => production, properties: genesis.spec.properties, lateMs: () => lateMs });
  const inner = await createServer(rpc, 0, "127.0.0.1");
  const door = await openDoor(options.port, inner.port, options.host);
  const control = createControl({
    chain, pool, submissions, production, door,
    setLate: (ms) => {
      lateMs = ms;
    },
    onFinal: tell,
  });
  const raw = await createServer(
    async ({ method, params }, subscriptions) => {
      const verb = control[method];
      if (verb === undefined) return fromChopsticks(chain, method, params, subscriptions);
      // chopsticks' HTTP answers have no error codes: the words travel in an answer
      return verb((params as readonly unknown[])[0] as { readonly [name: string]: unknown }).then((value) => ({ value: value ?? null }), (error: unknown) => ({ refused: failureOf(error) }));
    },
    options.rawPort,
    "127.0.0.1",
  );
  if (raw.port !== options.rawPort) throw unavailable("devnet-server-failed", `Port ${options.rawPort} is taken.`);
}

await run(JSON.parse(await readFile(process.argv[2] ?? "", "utf8")) as NodeOptions);
