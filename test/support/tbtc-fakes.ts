/**
 * A Bridge and a Bitcoin chain made of plain objects, for tests of the tBTC lanes.
 * Always: answers are encoded by ethers from their own signatures, not by the code under test; any state can be set.
 */
import { Interface, ZeroHash } from "ethers";
import { mainUtxoHash, noAddress, outpointKey, redemptionKey } from "../../src/bridges/tbtc/keys.ts";
import { createTbtcBitcoinReader } from "../../watchers/bitcoin/tbtc.ts";
import { scriptWatches } from "../../src/bridges/tbtc/names.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { EthereumBlock, EthereumClient, EthereumLog } from "../../src/chains/ethereum/client.ts";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import { rejected } from "../../src/core/errors.ts";
import type { Hex, SourceEvent } from "../../src/core/values.ts";
import { createTestClock } from "./clock.ts";
import { createMemoryMeter } from "./quiet.ts";
import { story, storyBlocks, sweep, wallet } from "./tbtc-story.ts";
import type { StoryBlock } from "./tbtc-story.ts";

const request = "tuple(address,uint64,uint64,uint64,uint32)";
const contracts = new Interface([
  "function wallets(bytes20) view returns (tuple(bytes32,bytes32,uint64,uint32,uint32,uint32,uint32,uint8,bytes32))",
  "function deposits(uint256) view returns (tuple(address,uint64,uint32,address,uint64,uint32,bytes32))",
  `function pendingRedemptions(uint256) view returns (${request})`,
  `function timedOutRedemptions(uint256) view returns (${request})`,
  "function spentMainUTXOs(uint256) view returns (bool)",
  "function contractReferences() view returns (address,address,address,address)",
  "function txProofDifficultyFactor() view returns (uint256)",
  "function depositParameters() view returns (uint64,uint64,uint64,uint32)",
  "function redemptionParameters() view returns (uint64,uint64,uint64,uint64,uint32,uint96,uint32)",
  "function getCurrentEpochDifficulty() view returns (uint256)",
  "function getPrevEpochDifficulty() view returns (uint256)",
  "function currentEpoch() view returns (uint64)",
  "function bridge() view returns (address)",
  "function isSpvMaintainer(address) view returns (uint256)",
  "event DepositsSwept(bytes20 walletPubKeyHash, bytes32 sweepTxHash)",
  "event RedemptionsCompleted(bytes20 indexed walletPubKeyHash, bytes32 redemptionTxHash)",
]);

export const addresses = { bridge: `0x${"b1".repeat(20)}`, bank: `0x${"ba".repeat(20)}`, relay: `0x${"5e".repeat(20)}`, registry: `0x${"4e".repeat(20)}`, pool: `0x${"90".repeat(20)}`, proxy: `0x${"33".repeat(20)}`, maintainer: `0x${"3a".repeat(20)}` } as const satisfies Record<string, Hex>;

/** What the fake Bridge says; change it between calls. */
type BridgeSays = {
  state: number;
  mainUtxoHash: string;
  sweptAt: number;
  revealed: number[];
  vaults: string[];
  spent: string[];
  requested: boolean;
  factor: bigint;
  relay: { current: bigint; previous: bigint; epoch: number | null };
  txMaxFee: bigint;
  maintainers: string[];
};

export type FakeEthereum = {
  readonly says: BridgeSays;
  readonly client: EthereumClient;
  readonly calls: string[];
  /** the Bridge accepts a proof in a new block; `final` also moves finality there. Returns the block and the transaction */
  accept(event: "DepositsSwept" | "RedemptionsCompleted", txid: Hex): { readonly block: EthereumBlock; readonly tx: Hex };
  mine(blocks: number): void;
  finalize(): void;
  /** the newest block is replaced by another one */
  reorg(): void;
};

const hashOf = (height: number, fork: number): Hex => `0x${(height * 1000 + fork).toString(16).padStart(64, "0")}`;
const secondsPerBlock = 12;
/** just after the recorded transactions were mined */
const genesisSeconds = 1_740_001_000;

export function createFakeEthereum(): FakeEthereum {
  const says: BridgeSays = {
    state: 1, mainUtxoHash: ZeroHash, sweptAt: 0, revealed: story.deposits.map(() => 1), vaults: story.deposits.map(() => noAddress), spent: [], requested: true,
    factor: 3n, relay: { current: 1n, previous: 0n, epoch: 402 }, txMaxFee: 100_000n, maintainers: [addresses.maintainer],
  };
  const forks: number[] = [0];
  const logs: EthereumLog[] = [];
  const calls: string[] = [];
  let final = 0;
  /** what finality knows is the state when it last moved */
  let finalSays = { ...says };

  const block = (height: number): EthereumBlock | null =>
    forks[height] === undefined ? null : { chain: "ethereum", height, hash: hashOf(height, forks[height]), parent: height === 0 ? hashOf(0, 999) : hashOf(height - 1, forks[height - 1] ?? 0), time: (genesisSeconds + secondsPerBlock * height) * 1000, logsBloom: "0x", baseFeeWei: 1n, gasLimit: 30_000_000n };
  const head = () => forks.length - 1;
  const mine = (blocks: number) => {
    for (let count = 0; count < blocks; count += 1) forks.push(0);
  };
  const answer = (to: Hex, data: Hex, state: BridgeSays): Hex => {
    const call = contracts.parseTransaction({ data });
    if (call === null) throw rejected("call-reverted", "no such function", { evidence: { reason: null, data: "0x" } });
    calls.push(call.name);
    return contracts.encodeFunctionResult(call.name, answers[call.name]?.(state, call.args.length === 0 ? "" : String(call.args[0]), to) ?? []) as Hex;
  };

  const client = {
    name: "fake",
    blockBy: async (at: "latest" | "safe" | "finalized" | Hex | number) => {
      if (at === "latest") return block(head());
      if (at === "finalized" || at === "safe") return block(final);
      return typeof at === "number" ? block(at) : ((Array.from({ length: forks.length }, (_, height) => block(height)).find((found) => found?.hash === at)) ?? null);
    },
    call: async (tx: { to: Hex; data: Hex }, at: "latest" | "safe" | "finalized" | { blockHash: Hex }) =>
      answer(tx.to, tx.data, typeof at === "object" && at.blockHash === block(final)?.hash ? finalSays : says),
    logs: async (filter: { from: number; to: number }) => {
      calls.push("logs");
      if (filter.to - filter.from >= 5_000) throw rejected("log-range-too-large", "fewer blocks");
      return logs.filter((log) => log.blockHeight >= filter.from && log.blockHeight <= filter.to && block(log.blockHeight)?.hash === log.blockHash);
    },
    code: async (address: Hex) => ((Object.values(addresses) as readonly Hex[]).includes(address) ? ("0x60" as Hex) : ("0x" as Hex)),
  } as unknown as EthereumClient;

  return {
    says, client, calls, mine,
    accept(event, txid) {
      mine(1);
      const at = block(head()) as EthereumBlock;
      const encoded = contracts.encodeEventLog(event, [wallet, txid]);
      const tx: Hex = `0x${"7e".repeat(31)}${logs.length.toString(16).padStart(2, "0")}`;
      logs.push({ address: addresses.bridge, topics: encoded.topics as Hex[], data: encoded.data as Hex, blockHash: at.hash, blockHeight: at.height, txHash: tx, logIndex: 0 });
      return { block: at, tx };
    },
    finalize() {
      final = head();
      finalSays = { ...says };
    },
    reorg() {
      forks[head()] = (forks[head()] ?? 0) + 1;
    },
  };
}

const depositIndex = (key: string): number => sweep.tx.inputs.findIndex(({ outpoint }) => BigInt(outpointKey(outpoint)) === BigInt(key));
const requestOf = (key: string) => story.redemptions.find(({ outputScript }) => BigInt(redemptionKey(outputScript, wallet)) === BigInt(key));
const noRequest = [[noAddress, 0, 0, 0, 0]];

const answers: Readonly<Record<string, (says: BridgeSays, argument: string, to: Hex) => unknown[]>> = {
  wallets: (says) => [[ZeroHash, says.mainUtxoHash, 0, 1, 0, 0, 0, says.state, ZeroHash]],
  deposits: (says, key) => {
    const index = depositIndex(key);
    const funding = sweep.tx.inputs[index];
    const value = story.deposits.find(({ script }) => (funding?.witness.at(-1) ?? funding?.scriptSig ?? "0x").includes(script.slice(2)))?.valueSat ?? 0;
    return [[noAddress, value, says.revealed[index] ?? 0, says.vaults[index] ?? noAddress, 0, says.sweptAt, ZeroHash]];
  },
  pendingRedemptions: (says, key) => {
    const found = says.requested ? requestOf(key) : undefined;
    return found === undefined ? noRequest : [[noAddress, found.amountSat, Math.floor(found.amountSat / 2000), 100_000, 1_735_700_000]];
  },
  timedOutRedemptions: () => noRequest,
  spentMainUTXOs: (says, key) => [says.spent.some((spent) => BigInt(spent) === BigInt(key))],
  contractReferences: () => [addresses.bank, addresses.relay, addresses.registry, addresses.pool],
  txProofDifficultyFactor: (says) => [says.factor],
  depositParameters: (says) => [1_000_000, 0, says.txMaxFee, 0],
  redemptionParameters: () => [1_000_000, 2000, 100_000, 1_000_000, 432_000, 0, 0],
  getCurrentEpochDifficulty: (says) => [says.relay.current],
  getPrevEpochDifficulty: (says) => [says.relay.previous],
  currentEpoch: (says) => {
    if (says.relay.epoch === null) throw rejected("call-reverted", "no such function", { evidence: { reason: null, data: "0x" } });
    return [says.relay.epoch];
  },
  bridge: () => [addresses.bridge],
  isSpvMaintainer: (says, account) => [says.maintainers.includes(account.toLowerCase()) ? 1 : 0],
};

/** The recorded chain up to some height, as a node tells it. `spoil` may change a block's transactions (a lying node). */
export function createFakeBitcoin(name: string, tip: { height: number }, spoil: (block: StoryBlock) => StoryBlock = (block) => block): BitcoinClient {
  const known = () => storyBlocks.filter(({ height }) => height <= tip.height);
  return {
    name,
    header: async (hash: Hex) => {
      const found = known().find(({ header }) => header.hash === hash);
      return found === undefined ? null : { header: found.header, height: found.height, confirmations: tip.height - found.height + 1 };
    },
    headers: async (first: number, count: number) => known().filter(({ height }) => height >= first).slice(0, count).map(({ header, height }) => ({ header, height })),
    block: async (hash: Hex) => {
      const found = storyBlocks.find(({ header }) => header.hash === hash);
      if (found === undefined) throw rejected("block-unknown", "unknown");
      const { header, height, txs } = spoil(found);
      return { header, height, txs };
    },
    prevouts: async () => [{ valueSat: sweep.tx.outputs[0]?.valueSat ?? 0n, script: "0x" as Hex }],
  } as unknown as BitcoinClient;
}

export const endpointsOf = <C extends { readonly name: string }>(chain: "bitcoin" | "ethereum", ...clients: readonly C[]) =>
  createEndpoints<C>({ chain, endpoints: clients.map((client) => ({ name: client.name, client })), clock: createTestClock(), meter: createMemoryMeter() });

/** The event the reader makes of a recorded transaction, knowing the wallet's scripts alone. */
export function eventOf({ tx, block }: typeof sweep): SourceEvent {
  const [event] = createTbtcBitcoinReader().read(tx, block.ref, scriptWatches(wallet, 0)).events;
  if (event === undefined) throw new Error("not a wallet's transaction");
  return { ...event, generation: 0 };
}

/** Main UTXO hash the Bridge holds after the recorded sweep. */
export const sweptMainHash = mainUtxoHash({ outpoint: { txid: sweep.tx.txid, index: 0 }, valueSat: sweep.tx.outputs[0]?.valueSat ?? 0n });
