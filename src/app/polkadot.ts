/**
 * The Polkadot chain wired: which chain is the right one, its endpoints, its signers and what they hold.
 * Always: an endpoint is checked before it is believed, also before its heads ring; every connection opened here is closed here.
 * Never: a reader or a lane; those belong to a bridge. Loaded only when such a chain is configured: its packages take a second.
 */
import { nativeBalance } from "../chains/polkadot/balance.ts";
import { createPolkadotClient } from "../chains/polkadot/client.ts";
import type { PolkadotClient } from "../chains/polkadot/client.ts";
import { createSocketRpc } from "../chains/polkadot/socket.ts";
import { checkPolkadot } from "../chains/polkadot/start-check.ts";
import type { PolkadotFacts } from "../chains/polkadot/start-check.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { createEndpoints } from "../chains/endpoints.ts";
import { endpointUrl } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { unavailable } from "../core/errors.ts";
import type { Hex, Millis, SignerName } from "../core/values.ts";
import { reportTo } from "../nodes.ts";
import type { Node, OnNodeCall } from "../nodes.ts";
import type { ChainSource, Clock, Log, Meter } from "../ports.ts";
import type { PolkadotSigner } from "../signer/polkadot.ts";
import { createPolkadotFileSigner } from "../signer/polkadot.ts";
import { createPolkadotSource } from "../../watchers/polkadot/source.ts";
import type { PolkadotSourceOptions } from "../../watchers/polkadot/source.ts";
import { checkAll, guardNodes, refuseTwice } from "./preflight.ts";

type PolkadotChain = NonNullable<Config["chains"]["polkadot"]>;
type Check = (client: PolkadotClient, signal: AbortSignal) => Promise<PolkadotFacts>;

export type PolkadotPool = {
  readonly endpoints: Endpoints<PolkadotClient>;
  /** hash of block 0. Throws Unavailable "no-endpoint" on the development chain before its first answer */
  genesis(): Hex;
  /** for following the chain with a bridge's readers: nodes' announcements of new heads ring */
  source(reading: Pick<PolkadotSourceOptions, "readers" | "onMisfit">): ChainSource;
  /** best and final block, for who only wants to know where the chain is */
  head(signal: AbortSignal): ReturnType<ChainSource["head"]>;
  /** what an account can spend on fees, in whole tokens. Throws Unavailable "balance-unknown" */
  balance(account: Hex, signal: AbortSignal): Promise<number>;
  /** asks every endpoint that answers whether it is on the right chain. Throws Misconfigured "wrong-genesis", "wrong-runtime" */
  check(log: Log, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

/** the runtime's name on the project's development chain: keys are worth nothing there */
const developmentRuntime = "gantry-dev";
const askAgainMs: Millis = 2_000;

/** One client with a connection per endpoint; who opens them closes them. Throws Misconfigured "secret-file-…". */
export function polkadotNodes(chain: PolkadotChain, onCall?: OnNodeCall): Promise<readonly Node<PolkadotClient>[]> {
  return Promise.all(chain.endpoints.map(async (endpoint) => {
    const { name } = endpoint;
    const options = { name, url: await endpointUrl(endpoint, "ws"), timeoutMs: chain.timeoutMs, ...reportTo("polkadot", name, onCall) };
    return { name, client: createPolkadotClient(createSocketRpc(options)) };
  }));
}

/** What a chain with the interBTC pallets says of the Bitcoin network its light client follows. */
const bitcoinNetworks = { mainnet: "bitcoin-mainnet", testnet4: "bitcoin-testnet", signet: "bitcoin-signet", regtest: "bitcoin-regtest" } as const;

/**
 * Without a genesis hash the chain is the development chain, and all endpoints have the genesis of the first that answered.
 * For interBTC its light client must follow the configured Bitcoin network.
 */
export function polkadotCheck(chain: PolkadotChain, { chains: { bitcoin }, bridges: { interbtc } }: Pick<Config, "chains" | "bridges">, onGenesis: (genesis: Hex) => void = () => undefined): Check {
  const { genesis } = chain;
  let first = genesis;
  const properties = interbtc === undefined || bitcoin === undefined ? {} : { properties: { bitcoinNetwork: bitcoinNetworks[bitcoin.network] } };
  return async (client, signal) => {
    const seen = await client.genesis(signal);
    first ??= seen; // only now: several endpoints are asked at once
    const facts = await checkPolkadot(client, { genesis: first, ...properties, ...(genesis === undefined ? { specName: developmentRuntime } : {}) }, signal);
    onGenesis(first);
    return facts;
  };
}

/** Throws Misconfigured "secret-file-…" when an endpoint's file is not usable. */
export async function openPolkadot(chain: PolkadotChain, config: Config, tools: { readonly clock: Clock; readonly meter: Meter }, onCall: OnNodeCall): Promise<PolkadotPool> {
  const nodes = await polkadotNodes(chain, onCall);
  let genesis = chain.genesis;
  const facts = polkadotCheck(chain, config, (seen) => {
    genesis = seen;
  });
  const check = async (client: PolkadotClient, signal: AbortSignal): Promise<void> => void (await facts(client, signal));
  const guarded = guardNodes(nodes, check);
  const announcers = nodes.map(({ client }, at) => announcer(client, guarded[at], tools.clock));
  const endpoints = createEndpoints({ chain: "polkadot", endpoints: guarded, ...tools, demoteMs: chain.demoteSeconds * 1_000, maxLagBlocks: chain.maxLagBlocks });
  const headSource = createPolkadotSource({ endpoints, readers: [], clock: tools.clock });
  return {
    endpoints,
    genesis: () => {
      if (genesis !== undefined) return genesis;
      throw unavailable("no-endpoint", "no Polkadot endpoint has answered yet, so the chain's genesis is not known; it is asked again");
    },
    source: (reading) => createPolkadotSource({ endpoints, clock: tools.clock, announcers, ...reading }),
    head: (signal) => headSource.head(signal),
    balance: async (account, signal) => wholeTokens((await endpoints.ask((client, signal) => fundsOf(client, account, signal), signal)).value),
    check: (log, signal) => checkAll("polkadot", nodes, check, log, signal),
    close: () => {
      for (const { client } of nodes) client.close();
      return Promise.resolve();
    },
  };
}

/** Heads of a node, from when it passed its check. */
function announcer(client: PolkadotClient, guarded: Node<PolkadotClient> | undefined, clock: Clock): PolkadotClient {
  return {
    ...client,
    async *heads(signal) {
      const passed = (): Promise<boolean> => (guarded === undefined ? Promise.resolve(false) : guarded.client.genesis(signal).then(() => true, () => false));
      while (!signal.aborted && !(await passed())) await clock.sleep(askAgainMs, signal);
      if (!signal.aborted) yield* client.heads(signal);
    },
  };
}

/** Reads the key files of the configuration's Polkadot signers. */
export async function openPolkadotSigners({ chains: { polkadot }, signers }: Config): Promise<ReadonlyMap<SignerName, PolkadotSigner>> {
  if (polkadot === undefined) return new Map();
  const ours = Object.entries(signers).filter(([, { chain }]) => chain === "polkadot");
  const all = await Promise.all(ours.map(([name, { keyFile, passphraseFile }]) => createPolkadotFileSigner({
    name, keyFile, isDevelopmentChain: polkadot.genesis === undefined, ...(passphraseFile === undefined ? {} : { passphraseFile }),
  })));
  refuseTwice(all.map(({ account }) => account));
  return new Map(all.map((signer) => [signer.name, signer]));
}

export type Funds = { readonly planck: bigint; readonly decimals: number; readonly symbol: string };

/** What an account can spend on fees, at the best block. Throws Unavailable "balance-unknown" when the runtime keeps it where nobody here knows. */
export async function fundsOf(client: PolkadotClient, account: Hex, signal: AbortSignal): Promise<Funds> {
  const [best, { tokenDecimals, tokenSymbol }] = await Promise.all([client.head("best", signal), client.properties(signal)]);
  const held = await nativeBalance(client, account, best.hash, signal);
  if (held === null || tokenDecimals === null) {
    throw unavailable("balance-unknown", `endpoint ${client.name} does not say how much ${account} holds: its runtime has neither Balances nor Tokens with the symbol and decimals of its properties; fees are refused by the chain when there is too little`);
  }
  const free = held.freePlanck - held.frozenPlanck;
  return { planck: free > 0n ? free : 0n, decimals: tokenDecimals, symbol: tokenSymbol ?? "tokens" };
}

/** In whole tokens, for display. */
export const wholeTokens = ({ planck, decimals }: Funds): number => Number(planck) / 10 ** decimals;
