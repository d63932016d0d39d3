/**
 * The devnet for work rules: the recorded chain with real work behind a stand-in node, production contracts on anvil, Redis.
 * Always: as `startDevnet`, nothing outlives `stop` or this process.
 */
import type { Hex } from "../src/core/values.ts";
import { keepingBlocks, roles } from "./devnet.ts";
import { createEthereumDevnet } from "./ethereum.ts";
import type { BlockProduction, EthereumDevnet } from "./ethereum.ts";
import { writeKeyFiles } from "./keys.ts";
import type { KeyFiles } from "./keys.ts";
import { readPowChain } from "./pow-chain.ts";
import type { PowChain } from "./pow-chain.ts";
import { startPowNode } from "./pow-node.ts";
import type { PowNode } from "./pow-node.ts";
import { createRunFolder } from "./processes.ts";
import type { Server } from "./processes.ts";
import { findServers, startAnvil, startRedis } from "./servers.ts";
import type { EthereumServer, RedisServer } from "./servers.ts";
import { createPowStory } from "./tbtc/pow-story.ts";
import type { PowStory } from "./tbtc/pow-story.ts";

export interface PowDevnet {
  readonly folder: string;
  readonly chain: PowChain;
  /** shows no block yet */
  readonly node: PowNode;
  readonly servers: { readonly ethereum: EthereumServer; readonly redis: RedisServer };
  readonly ethereum: EthereumDevnet;
  readonly story: PowStory;
  /** account 3: authorised in the MaintainerProxy, with its plain key file */
  readonly relayer: { readonly address: Hex } & KeyFiles;
  stop(): Promise<void>;
}

export async function startPowDevnet(options: { readonly blocks?: BlockProduction } = {}): Promise<PowDevnet> {
  const { blocks = { everySeconds: 1 } } = options;
  const folder = await createRunFolder();
  const abort = new AbortController();
  const servers: Server[] = [];
  const chain = await readPowChain();
  const node = await startPowNode({ chain });
  const stop = async (): Promise<void> => {
    abort.abort();
    await Promise.all([node.close(), ...servers.splice(0).map((server) => server.stop())]);
    await folder.remove();
  };
  try {
    const ethereumServer = await startAnvil({ folder: folder.path });
    servers.push(ethereumServer);
    const redis = await startRedis({ folder: folder.path, paths: await findServers() });
    servers.push(redis);
    const ethereum = createEthereumDevnet({ rpc: ethereumServer.rpc, signal: abort.signal });
    const address = ethereum.account(roles.relayer);
    const story = await createPowStory({ ethereum, chain, maintainers: [address, ethereum.account(roles.rival)] });
    await ethereum.setBlocks(blocks);
    const keys = await writeKeyFiles({ folder: folder.path, name: "relayer", privateKey: ethereum.privateKey(roles.relayer), encrypted: false });
    return { folder: folder.path, chain, node, servers: { ethereum: keepingBlocks(ethereumServer, ethereum), redis }, ethereum, story, relayer: { address, ...keys }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
