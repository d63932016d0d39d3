/**
 * The doctor's questions to nodes and contracts, and its look at key files.
 * Always: the same checks as at the start of `run`, so that what passes here passes there.
 * Never: a transaction.
 */
import { checkTbtc } from "../app/tbtc-start-check.ts";
import type { BitcoinClient } from "../chains/bitcoin/client.ts";
import { checkNetwork } from "../chains/bitcoin/network.ts";
import type { EthereumClient } from "../chains/ethereum/client.ts";
import { checkEthereum } from "../chains/ethereum/start-check.ts";
import type { Config } from "../config/schema.ts";
import { failureOf } from "../core/errors.ts";
import type { Hex, Millis } from "../core/values.ts";
import { bitcoinNodes, ethereumNodes } from "../nodes.ts";
import type { Node } from "../nodes.ts";
import { createEthereumFileSigner } from "../signer/ethereum.ts";
import { ok, warn } from "./doctor-check.ts";
import type { Check, Finding } from "./doctor-check.ts";
import { span } from "./terminal.ts";

/** an older head is worth a look: the chain makes blocks far more often. So is one from the future */
const oldHeadMs = { bitcoin: 2 * 3_600_000, ethereum: 300_000, polkadot: 300_000 } as const;

/** Where an endpoint stands, with a warning when that is long ago or ahead. */
export function headOf(chain: keyof typeof oldHeadMs, height: number, time: Millis, more: readonly string[] = []): Finding {
  const age = Date.now() - time;
  const said = [`block ${height}, ${age < 0 ? `${span(-age)} ahead of this host's clock` : `${span(age)} old`}`, ...more].join(", ");
  return Math.abs(age) > oldHeadMs[chain] ? warn(`${said}; is the node synced, and this host's clock right?`) : ok(said);
}

/** One check per endpoint. */
export function chainChecks({ chains: { bitcoin, ethereum } }: Config): readonly Check[] {
  const ofBitcoin = bitcoin === undefined ? [] : bitcoin.endpoints.map((endpoint): Check => ({
    what: `bitcoin ${endpoint.name}`,
    look: async (signal) => askFirst(await bitcoinNodes({ ...bitcoin, endpoints: [endpoint] }), (client) => bitcoinEndpoint(client, bitcoin, signal)),
  }));
  const ofEthereum = ethereum === undefined ? [] : ethereum.endpoints.map((endpoint): Check => ({
    what: `ethereum ${endpoint.name}`,
    look: async (signal) => askFirst(await ethereumNodes({ ...ethereum, endpoints: [endpoint] }), (client) => ethereumEndpoint(client, BigInt(ethereum.chainId), signal)),
  }));
  return [...ofBitcoin, ...ofEthereum];
}

/** Asks the first node that is there. */
export async function askFirst<C>([node, ...others]: readonly Node<C>[], ask: (client: C) => Promise<Finding>): Promise<Finding> {
  if (node === undefined) return warn("there is no endpoint to ask");
  try {
    return await ask(node.client);
  } catch (thrown) {
    if (others.length === 0 || failureOf(thrown).remedy !== "Unavailable") throw thrown;
    return askFirst(others, ask);
  }
}

async function bitcoinEndpoint(client: BitcoinClient, chain: NonNullable<Config["chains"]["bitcoin"]>, signal: AbortSignal): Promise<Finding> {
  await checkNetwork(client, chain.network, signal);
  const info = await client.chainInfo(signal);
  const head = await client.header(info.bestHash, signal);
  if (info.initialBlockDownload && chain.network !== "regtest") return warn(`still syncing: ${info.blocks} of ${info.headers} blocks`);
  if (info.pruneHeight !== null && info.pruneHeight > chain.startHeight) {
    return warn(`pruned below ${info.pruneHeight}, but startHeight is ${chain.startHeight}: older transactions cannot be proved from this node`);
  }
  return headOf("bitcoin", info.blocks, (head?.header.timeSeconds ?? 0) * 1000, [chain.network]);
}

async function ethereumEndpoint(client: EthereumClient, chainId: bigint, signal: AbortSignal): Promise<Finding> {
  await checkEthereum(client, { chainId, contracts: [] }, signal);
  const [latest, final] = await Promise.all([client.blockBy("latest", signal), client.blockBy("finalized", signal)]);
  if (latest === null) return warn("no block yet");
  if (final === null) return warn(`block ${latest.height}; it does not answer "finalized": use a node that does`);
  return headOf("ethereum", latest.height, latest.time, [`final ${final.height}`, `chain ${chainId}`]);
}

type EthereumConfig = NonNullable<Config["chains"]["ethereum"]>;
type Signer = Config["signers"][string];

/** Key files, and the contracts with the right to submit to them. */
export function bridgeChecks({ chains: { ethereum }, bridges: { tbtc }, signers }: Config): readonly Check[] {
  if (ethereum === undefined) return [];
  const acting = tbtc === undefined ? undefined : signers[tbtc.signer];
  return [
    ...Object.entries(signers).filter(([, { chain }]) => chain === "ethereum").map(([name, signer]): Check => ({ what: `signer ${name}`, look: async (signal) => funds(await addressOf(signer, ethereum), ethereum, signal) })),
    ...(tbtc === undefined || acting === undefined ? [] : [{
      what: "tbtc contracts",
      look: async (signal: AbortSignal) => contracts(tbtc, ethereum, await addressOf(acting, ethereum), signal),
    }]),
  ];
}

/** Opens the key file as `run` would. */
async function addressOf({ keyFile, passphraseFile }: Signer, { chainId }: EthereumConfig): Promise<Hex> {
  const { address } = await createEthereumFileSigner({ keyFile, chainId: BigInt(chainId), ...(passphraseFile === undefined ? {} : { passphraseFile }) });
  return address;
}

const funds = async (address: Hex, ethereum: EthereumConfig, signal: AbortSignal): Promise<Finding> =>
  askFirst(await ethereumNodes(ethereum), async (client) => {
    const wei = await client.balance(address, "latest", signal);
    return wei === 0n ? warn(`${address} has no funds: send it some ether for fees`) : ok(`${address}, ${(Number(wei) / 1e18).toFixed(4)} ether`);
  });

const contracts = async (tbtc: NonNullable<Config["bridges"]["tbtc"]>, ethereum: EthereumConfig, maintainer: Hex, signal: AbortSignal): Promise<Finding> =>
  askFirst(await ethereumNodes(ethereum), async (client) => {
    await checkTbtc(client, {
      bridge: tbtc.bridge, bank: tbtc.bank ?? null, relay: tbtc.relay ?? null, walletRegistry: null, reimbursementPool: null,
      maintainerProxy: tbtc.maintainerProxy ?? null, maintainer,
    }, signal);
    return ok(tbtc.maintainerProxy === undefined ? "as configured; the right to submit directly shows with the first proof" : `as configured; ${maintainer} may submit`);
  });
