/**
 * What the configuration says about chains: which network, which endpoints, how deep, how often.
 * Always: every key has a meaning and, where one is safe, a default.
 * Never: rules between keys; those are in rules.ts, so that one mistake does not hide another.
 */
import { z } from "zod";
import { blockHash, choice, httpUrl, name, path, socketUrl, whole } from "./leaf.ts";

const endpointName = (example: string) =>
  name({ description: "What this endpoint is called in logs, metrics and messages. Unique within its chain.", example });
const endpointUrl = (example: string) =>
  httpUrl({ description: "Where its JSON-RPC listens. Either url or urlFile.", example }).optional();
const urlFile = path({
  description: "File that holds the URL, for providers whose URL contains a key.", file: "secret", example: "secrets/endpoint-url", off: true,
}).optional();
const timeoutMs = whole(100, 300_000, {
  description: "A call that takes longer is given up and the next endpoint is asked, in milliseconds. Larger: a stalled node holds up the work longer. Smaller: a slow but honest node counts as down.",
}).default(10_000);
const maxLagBlocks = whole(0, 1_000, {
  description: "An endpoint this many blocks behind the best one is only asked when no better one answers.",
}).default(2);
const demoteSeconds = whole(1, 86_400, {
  description: "How long an endpoint that said something impossible is the last choice.",
}).default(600);

const bitcoinEndpoint = z.strictObject({
  name: endpointName("local"),
  url: endpointUrl("http://127.0.0.1:8332"),
  urlFile,
  cookieFile: path({
    description: "The node's .cookie file, read again for each call because the node writes a new one at each start. Or user with passwordFile.",
    file: "later", example: "/var/lib/bitcoind/.cookie",
  }).optional(),
  user: z.string().min(1).meta({ description: "The node's rpcuser.", allowed: "text", example: "gantry", off: true }).optional(),
  passwordFile: path({ description: "File with that user's password.", file: "secret", example: "secrets/bitcoin-rpc-password", off: true }).optional(),
});

const ethereumEndpoint = z.strictObject({
  name: endpointName("local"),
  url: endpointUrl("http://127.0.0.1:8545"),
  urlFile,
  headerFile: path({
    description: "File with the value of the Authorization header, for example `Bearer …`.", file: "secret", example: "secrets/ethereum-authorization", off: true,
  }).optional(),
});

const bitcoinNetworks = ["mainnet", "testnet4", "signet", "regtest"] as const;

const bitcoin = z.strictObject({
  network: choice(bitcoinNetworks, {
    description: "Which Bitcoin network. Every endpoint's genesis block is compared with it at the start.", example: "mainnet",
  }),
  endpoints: z.array(bitcoinEndpoint).min(1).meta({
    description: "One or more nodes, asked in order of health. With two, a lying or stalled one is noticed and left.", allowed: "a list with at least one endpoint",
  }),
  finalDepth: whole(1, 1_000, {
    description: "A block with this many blocks, itself included, counts as final. Larger: everything takes longer by ten minutes per block. Smaller: a reorg is more likely to go below it, which halts the lanes that read Bitcoin.",
  }).default(6),
  startHeight: whole(0, 100_000_000, {
    description: "Blocks below this height are never read. Larger: a shorter first search, but older transfers are not seen. It must not be below what a pruned node still has.", example: 750_000,
  }).default(0),
  pollMs: whole(1_000, 600_000, {
    description: "How often the head is asked for, in milliseconds, when the node does not tell by itself. Smaller: more calls, little gain.",
  }).default(10_000),
  mempoolUpTo: whole(0, 100_000, {
    description: "Payments of watched addresses that are in no block yet are looked for in the node's mempool, to tell of them, while it holds at most so many transactions; each is fetched once and takes about 2 kB of memory. 0: not at all. What spends a watched output, as wallets' transactions do, is found without.",
  }).default(0),
  timeoutMs, maxLagBlocks, demoteSeconds,
});

const ethereum = z.strictObject({
  chainId: whole(1, Number.MAX_SAFE_INTEGER, {
    description: "The chain's id. Every endpoint is asked for it at the start; another answer is refused.", example: 1,
  }),
  endpoints: z.array(ethereumEndpoint).min(1).meta({
    description: "One or more nodes, asked in order of health.", allowed: "a list with at least one endpoint",
  }),
  final: choice(["finalized", "safe"], {
    description: "Which block counts as final. finalized: about 13 minutes on mainnet and economically safe. safe: sooner, and a reorg below it halts the lanes of this chain.",
  }).default("finalized"),
  startBlock: whole(0, 1_000_000_000, {
    description: "First block whose events are read; wins over historyDays.", example: 16_399_102, off: true,
  }).optional(),
  historyDays: whole(1, 3_650, {
    description: "How many days of events are read at the first start. Larger: a longer first search. Smaller than the bridge's longest waiting time: requests still open are not seen.",
  }).default(270),
  pollMs: whole(1_000, 600_000, {
    description: "How often the head is asked for, in milliseconds. Smaller: more calls, and nothing sooner than the chain's own block time.",
  }).default(6_000),
  timeoutMs, maxLagBlocks, demoteSeconds,
});

const polkadotEndpoint = z.strictObject({
  name: endpointName("local"),
  url: socketUrl({ description: "Where its JSON-RPC listens. Either url or urlFile.", example: "ws://127.0.0.1:9944" }).optional(),
  urlFile,
});

const polkadot = z.strictObject({
  genesis: blockHash({
    description: "Hash of the chain's block 0. Every endpoint is asked for it at the start; another answer is refused. Left out: the chain must be the project's development chain, and keys that are not encrypted are taken.",
    example: "0xbf88efe70e9e0e916416e8bed61f2b45717f517d7f3523e33c7b001e5ffcbc72",
  }).optional(),
  endpoints: z.array(polkadotEndpoint).min(1).meta({
    description: "One or more nodes, asked in order of health.", allowed: "a list with at least one endpoint",
  }),
  startBlock: whole(0, 1_000_000_000, {
    description: "First block whose events are read at the first start. Left out: the first block that becomes final after it. Nodes that keep no old states cannot be asked for older ones.", example: 1, off: true,
  }).optional(),
  pollMs: whole(1_000, 600_000, {
    description: "How often the head is asked for, in milliseconds, when the node does not tell by itself. Smaller: more calls, little gain.",
  }).default(6_000),
  timeoutMs, maxLagBlocks, demoteSeconds,
});

export const chains = z.strictObject({
  bitcoin: bitcoin.meta({ description: "The Bitcoin network." }).optional(),
  ethereum: ethereum.meta({ description: "The Ethereum network." }).optional(),
  polkadot: polkadot.meta({ description: "A Substrate chain. It is followed and shown; no lane reads or writes it yet." }).optional(),
});
