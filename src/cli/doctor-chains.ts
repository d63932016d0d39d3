/**
 * The doctor's questions to nodes and contracts, and its look at key files.
 * Always: the same checks as at the start of `run`, so that what passes here passes there.
 * Never: a transaction.
 */
import type { BitcoinClient } from "../chains/bitcoin/client.ts";
import { checkNetwork } from "../chains/bitcoin/network.ts";
import type { EthereumClient } from "../chains/ethereum/client.ts";
import { checkEthereum } from "../chains/ethereum/start-check.ts";
import type { Config } from "../config/schema.ts";
import { misconfigured } from "../core/errors.ts";
import type { Hex, Millis } from "../core/values.ts";
import { bitcoinNodes, ethereumNodes } from "../nodes.ts";
import type { Node } from "../nodes.ts";
import { checkTbtc } from "../../relayer/lanes/tbtc-start-check.ts";
import { createEthereumFileSigner } from "../signer/ethereum.ts";
import { ok, warn } from "./doctor-check.ts";
import type { Check, Finding } from "./doctor-check.ts";
import { span } from "./terminal.ts";

/** an older head is worth a look: the chain makes blocks far more often */
const oldHeadMs = { bitcoin: 2 * 3_600_000, ethereum: 300_000 } as const;

function headOf(chain: keyof typeof oldHeadMs, height: number, time: Millis, more: readonly string[] = []): Finding {
  const age = Date.now() - time;
  const said = [`block ${height}, ${span(age)} old`, ...more].join(", ");
  return age > oldHeadMs[chain] ? warn(`${said}; is the node synced, and this host's clock right?`) : ok(said);
}

const only = async <C>(nodes: Promise<readonly Node<C>[]>, name: string): Promise<C> => {
  const found = (await nodes).find((node) => node.name === name);
  if (found === undefined) throw misconfigured("no-such-endpoint", `there is no endpoint "${name}" in the configuration`);
  return found.client;
};

/** One check per endpoint. */
export function chainChecks({ chains: { bitcoin, ethereum } }: Config): readonly Check[] {
  return [
    ...(bitcoin?.endpoints ?? []).map(({ name }): Check => ({
      what: `bitcoin ${name}`,
      look: async (signal) => bitcoinEndpoint(await only(bitcoinNodes(nonNull(bitcoin)), name), nonNull(bitcoin), signal),
    })),
    ...(ethereum?.endpoints ?? []).map(({ name }): Check => ({
      what: `ethereum ${name}`,
      look: async (signal) => ethereumEndpoint(await only(ethereumNodes(nonNull(ethereum)), name), BigInt(nonNull(ethereum).chainId), signal),
    })),
  ];
}

function nonNull<T>(value: T | undefined): T {
  if (value === undefined) throw misconfigured("chain-missing", "the chain of this endpoint is not configured");
  return value;
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

/** Key files, and the contracts with the right to submit to them. */
export function bridgeChecks(config: Config): readonly Check[] {
  const { chains: { ethereum }, bridges: { tbtc }, signers } = config;
  const chainId = BigInt(ethereum?.chainId ?? 0);
  const open = (name: string) => {
    const signer = signers[name];
    if (signer === undefined) throw misconfigured("signer-missing", `bridges.tbtc.signer: there is no signer "${name}"; allowed are ${Object.keys(signers).join(", ") || "none configured"}`);
    const { keyFile, passphraseFile } = signer;
    return createEthereumFileSigner({ name, keyFile, chainId, ...(passphraseFile === undefined ? {} : { passphraseFile }) });
  };
  return [
    ...Object.keys(signers).map((name): Check => ({ what: `signer ${name}`, look: async (signal) => funds((await open(name)).address, ethereum, signal) })),
    ...(tbtc === undefined || ethereum === undefined ? [] : [{
      what: "tbtc contracts",
      look: async (signal: AbortSignal) => contracts(tbtc, ethereum, (await open(tbtc.signer)).address, signal),
    }]),
  ];
}

type EthereumConfig = NonNullable<Config["chains"]["ethereum"]>;

async function funds(address: Hex, ethereum: EthereumConfig | undefined, signal: AbortSignal): Promise<Finding> {
  const [node] = ethereum === undefined ? [] : await ethereumNodes(ethereum);
  if (node === undefined) return ok(address);
  const wei = await node.client.balance(address, "latest", signal);
  return wei === 0n ? warn(`${address} has no funds: send it some ether for fees`) : ok(`${address}, ${(Number(wei) / 1e18).toFixed(4)} ether`);
}

async function contracts(tbtc: NonNullable<Config["bridges"]["tbtc"]>, ethereum: EthereumConfig, maintainer: Hex, signal: AbortSignal): Promise<Finding> {
  const [node] = await ethereumNodes(ethereum);
  if (node === undefined) return warn("no endpoint to ask");
  await checkTbtc(node.client, {
    bridge: tbtc.bridge, bank: tbtc.bank ?? null, relay: tbtc.relay ?? null, walletRegistry: null, reimbursementPool: null,
    maintainerProxy: tbtc.maintainerProxy ?? null, maintainer,
  }, signal);
  return ok(tbtc.maintainerProxy === undefined ? "as configured; the right to submit directly shows with the first proof" : `as configured; ${maintainer} may submit`);
}
