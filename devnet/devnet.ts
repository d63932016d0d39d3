/**
 * One devnet: real bitcoind, anvil with the production tBTC contracts, Redis, on demand the Polkadot dev chain, and everybody
 * but the relayer.
 * Always: loopback only, all data in one temporary folder; when `stop` resolved, or this process died in any way, no
 * server and no folder is left. Never: starts or configures Gantry itself; cli/demo and the tests do.
 */
import type { Hex } from "../src/core/values.ts";
import { createBitcoinDevnet } from "./bitcoin.ts";
import type { BitcoinDevnet } from "./bitcoin.ts";
import { createEthereumDevnet } from "./ethereum.ts";
import type { BlockProduction, EthereumDevnet } from "./ethereum.ts";
import { writeKeyFiles } from "./keys.ts";
import type { KeyFiles } from "./keys.ts";
import type { InterbtcUser } from "./interbtc/user.ts";
import type { PolkadotDevnet } from "./polkadot-devnet.ts";
import { createRunFolder } from "./processes.ts";
import type { Server } from "./processes.ts";
import { findServers, startAnvil, startBitcoind, startRedis } from "./servers.ts";
import type { BitcoinServer, EthereumServer, RedisServer, ServerPaths } from "./servers.ts";
import { deployTbtc } from "./tbtc/deploy.ts";
import type { RelayChoice, Tbtc } from "./tbtc/deploy.ts";
import { createDepositor } from "./tbtc/depositor.ts";
import type { Depositor } from "./tbtc/depositor.ts";
import { createRedeemer } from "./tbtc/redeemer.ts";
import type { Redeemer } from "./tbtc/redeemer.ts";
import { createWallet } from "./tbtc/wallet.ts";
import type { Wallet } from "./tbtc/wallet.ts";

export type DevnetOptions = {
  /** default: what scripts/setup.sh found */
  readonly paths?: ServerPaths;
  /** Ethereum blocks once the contracts are there; default one per second */
  readonly blocks?: BlockProduction;
  /** an encrypted keystore besides the plain key file; default true */
  readonly encryptedKey?: boolean;
  readonly relay?: RelayChoice;
  readonly factor?: number;
  readonly poolWei?: bigint;
  readonly treasuryFees?: boolean;
  /** register the wallet at once; default true */
  readonly liveWallet?: boolean;
  /** the Polkadot dev chain too, with a vault; default false */
  readonly polkadot?: boolean;
  readonly onProgress?: (what: string) => void;
};

/** Who is who among the development accounts. 0 governs, 1 is the treasury, 2 the proxy's admin. */
export const roles = { relayer: 3, depositors: [4, 5, 6], redeemer: 7, rival: 8, stranger: 9 } as const;

export interface Devnet {
  readonly folder: string;
  readonly servers: { readonly bitcoin: BitcoinServer; readonly ethereum: EthereumServer; readonly redis: RedisServer };
  readonly bitcoin: BitcoinDevnet;
  readonly ethereum: EthereumDevnet;
  /** null unless asked for */
  readonly polkadot: PolkadotDevnet | null;
  readonly tbtc: Tbtc;
  readonly depositor: Depositor;
  readonly wallet: Wallet;
  readonly redeemer: Redeemer;
  /** account 3: authorised in the MaintainerProxy, with its key files */
  readonly relayer: { readonly address: Hex } & KeyFiles;
  /** Ethereum block in which the Bridge was deployed, and Bitcoin height then */
  readonly start: { readonly ethereumHeight: number; readonly bitcoinHeight: number };
  stop(): Promise<void>;
}

/** A restarted anvil is told again how to make blocks. */
export const keepingBlocks = (server: EthereumServer, ethereum: EthereumDevnet): EthereumServer => ({
  ...server,
  start: async () => {
    await server.start();
    await ethereum.setBlocks(ethereum.blocks());
  },
});

/** Hangs up, ends all servers at once and deletes the folder; safe to call twice. */
function ending(users: readonly InterbtcUser[], servers: readonly Server[], abort: AbortController, remove: () => Promise<void>): () => Promise<void> {
  let ended: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    abort.abort();
    await Promise.all(users.map((user) => user.close()));
    await Promise.all(servers.map((server) => server.stop()));
    await remove();
  };
  return () => (ended ??= end());
}

export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
  const { paths = await findServers(), blocks = { everySeconds: 1 }, onProgress = () => undefined } = options;
  const folder = await createRunFolder();
  const abort = new AbortController();
  const started: Server[] = [];
  const users: InterbtcUser[] = [];
  const stop = ending(users, started, abort, () => folder.remove());
  const keep = async <S extends Server>(starting: Promise<S>): Promise<S> => {
    const server = await starting;
    started.push(server);
    onProgress(`${server.name} answers`);
    return server;
  };
  try {
    const withPolkadot = options.polkadot === true ? await import("./polkadot-devnet.ts") : null;
    const polkadotStart = withPolkadot === null ? Promise.resolve(null) : keep(withPolkadot.startPolkadotServer(folder.path));
    const starts = [keep(startBitcoind({ folder: folder.path, paths })), keep(startAnvil({ folder: folder.path })), keep(startRedis({ folder: folder.path, paths }))] as const;
    await Promise.allSettled([...starts, polkadotStart]); // so that a failure of one leaves no other one starting behind our back
    const [bitcoinServer, ethereumServer, redis] = await Promise.all(starts);

    const polkadotServer = await polkadotStart;
    const bitcoinReady = createBitcoinDevnet({ rpc: bitcoinServer.rpc, signal: abort.signal });
    const polkadotReady = withPolkadot === null || polkadotServer === null ? Promise.resolve(null) : withPolkadot.openParties({ folder: folder.path, server: polkadotServer, bitcoin: bitcoinReady });
    for (const ready of [bitcoinReady, polkadotReady]) ready.catch(() => undefined);
    const ethereum = createEthereumDevnet({ rpc: ethereumServer.rpc, signal: abort.signal });
    const ethereumHeight = await ethereum.height();
    const address = ethereum.account(roles.relayer);
    const tbtc = await deployTbtc({
      ethereum,
      maintainers: [address, ethereum.account(roles.rival)],
      ...pick(options),
    });
    onProgress("tBTC contracts are deployed");
    const bitcoin = await bitcoinReady;
    onProgress("the miner has coins");
    const parties = { bitcoin, ethereum, tbtc };
    const wallet = createWallet(parties);
    if (options.liveWallet !== false) await wallet.register();
    await ethereum.setBlocks(blocks);
    const keys = await writeKeyFiles({ folder: folder.path, name: "relayer", privateKey: ethereum.privateKey(roles.relayer), encrypted: options.encryptedKey !== false });
    const polkadot = await polkadotReady;
    if (polkadot !== null) users.push(polkadot.user);
    if (polkadot !== null) onProgress("a vault is registered on the Polkadot chain");
    const { height: bitcoinHeight } = await bitcoin.tip();
    return {
      folder: folder.path,
      servers: { bitcoin: bitcoinServer, ethereum: keepingBlocks(ethereumServer, ethereum), redis },
      ...parties,
      polkadot,
      depositor: createDepositor(parties),
      wallet,
      redeemer: createRedeemer(parties),
      relayer: { address, ...keys },
      start: { ethereumHeight, bitcoinHeight },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const pick = ({ relay, factor, poolWei, treasuryFees }: DevnetOptions): Pick<DevnetOptions, "relay" | "factor" | "poolWei" | "treasuryFees"> => ({
  ...(relay === undefined ? {} : { relay }),
  ...(factor === undefined ? {} : { factor }),
  ...(poolWei === undefined ? {} : { poolWei }),
  ...(treasuryFees === undefined ? {} : { treasuryFees }),
});
