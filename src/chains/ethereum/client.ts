/**
 * One Ethereum node, typed. Every answer is checked for shape and for being about what was asked.
 * Always: a call ends (time limits live in json-rpc.ts); a refusal is classified by errors.ts; a null answer is null here.
 * Never: waits for a transaction, retries, chooses between nodes (that is endpoints.ts), or knows a bridge.
 */
import { keccak256 } from "ethers";
import { GantryError } from "../../core/errors.ts";
import type { BlockRef, Hex } from "../../core/values.ts";
import type { JsonRpc } from "../json-rpc.ts";
import { RpcError } from "../json-rpc.ts";
import { classifyRefusal } from "./errors.ts";
import type { BareReceipt, EthereumBlock, EthereumLog, EthereumTransaction, Shapes } from "./shapes.ts";
import { badAnswer, createShapes } from "./shapes.ts";

type At = "latest" | "safe" | "finalized" | { readonly blockHash: Hex };
/** `topics` are alternatives for the first topic. */
type LogFilter = { readonly addresses: readonly Hex[]; readonly topics: readonly Hex[] } & (
  | { readonly blockHash: Hex }
  | { readonly from: number; readonly to: number }
);
export type EthereumReceipt = {
  readonly txHash: Hex; readonly block: BlockRef; readonly ok: boolean; readonly gasUsed: bigint; readonly effectiveGasPriceWei: bigint;
  readonly logs: readonly EthereumLog[];
};
/** Base fee of the next block, and the median over recent blocks of what their cheaper half paid on top; both in wei per gas. */
type FeeMarket = { readonly nextBaseFeeWei: bigint; readonly priorityFeeWei: bigint };
type GasQuestion = {
  readonly from: Hex; readonly to: Hex; readonly data: Hex; readonly maxFeePerGasWei: bigint; readonly maxPriorityFeePerGasWei: bigint;
};

export interface EthereumClient {
  /** the endpoint's configured name */
  readonly name: string;
  chainId(signal: AbortSignal): Promise<bigint>;
  /** a Hex is a block hash; null: the node has no such block */
  blockBy(at: "latest" | "safe" | "finalized" | Hex | number, signal: AbortSignal): Promise<EthereumBlock | null>;
  /** ordered by height and index; Rejected "log-range-too-large" when the node wants fewer blocks at once */
  logs(filter: LogFilter, signal: AbortSignal): Promise<readonly EthereumLog[]>;
  /** every log of a block, from its receipts */
  blockLogs(blockHash: Hex, signal: AbortSignal): Promise<readonly EthereumLog[]>;
  /** static call; Rejected "call-reverted" with evidence {reason, data} */
  call(tx: { readonly to: Hex; readonly data: Hex; readonly from?: Hex }, at: At, signal: AbortSignal): Promise<Hex>;
  code(address: Hex, signal: AbortSignal): Promise<Hex>;
  /** in wei */
  balance(address: Hex, at: At, signal: AbortSignal): Promise<bigint>;
  storage(address: Hex, slot: Hex, at: At, signal: AbortSignal): Promise<Hex>;
  nonce(address: Hex, at: At | "pending", signal: AbortSignal): Promise<bigint>;
  /** null: this node has never heard of it */
  transaction(hash: Hex, signal: AbortSignal): Promise<EthereumTransaction | null>;
  /** null: in no block. Unavailable "endpoint-bad-answer" while the node is between two chains */
  receipt(hash: Hex, signal: AbortSignal): Promise<EthereumReceipt | null>;
  /** in gas; fee fields are needed because contracts that refund gas cost more when the price is not 0 */
  estimateGas(tx: GasQuestion, signal: AbortSignal): Promise<bigint>;
  feeMarket(signal: AbortSignal): Promise<FeeMarket>;
  /** Rejected "already-known" and "nonce-too-low" are the two refusals that are no trouble */
  sendRaw(raw: Hex, signal: AbortSignal): Promise<void>;
}

const hexOf = (value: number | bigint): string => `0x${value.toString(16)}`;
const feeHistoryBlocks = 10;
const rewardPercentile = 50;

export function createEthereumClient(rpc: JsonRpc): EthereumClient {
  const shapes = createShapes(rpc.name);
  const ask = async (method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> => {
    try {
      return await rpc.call(method, params, signal);
    } catch (thrown) {
      if (thrown instanceof RpcError) throw classifyRefusal(thrown, rpc.name, method);
      throw thrown;
    }
  };
  const blocks = createBlockCalls(ask, shapes);
  return {
    name: rpc.name,
    ...blocks,
    ...createStateCalls(ask, shapes),
    ...createTransactionCalls(ask, shapes, rpc.name, blocks.blockBy),
  };
}

type Ask = (method: string, params: readonly unknown[], signal: AbortSignal) => Promise<unknown>;
type BlockCalls = Pick<EthereumClient, "blockBy" | "logs" | "blockLogs">;

function createBlockCalls(ask: Ask, shapes: Shapes): BlockCalls {
  const receipts = async (blockHash: Hex, signal: AbortSignal): Promise<readonly BareReceipt[] | null> => {
    const answer = await ask("eth_getBlockReceipts", [blockHash], signal);
    return answer === null ? null : shapes.list(answer, "block receipts").map(shapes.receipt);
  };
  /** for nodes without eth_getBlockReceipts */
  const receiptsOneByOne = async (blockHash: Hex, signal: AbortSignal): Promise<readonly BareReceipt[]> => {
    const block = shapes.fields(await ask("eth_getBlockByHash", [blockHash, false], signal), "block");
    const found: BareReceipt[] = [];
    for (const hash of shapes.list(block["transactions"], "block transactions")) {
      found.push(shapes.receipt(await ask("eth_getTransactionReceipt", [shapes.bytes(hash, "transaction hash", 32)], signal)));
    }
    return found;
  };
  return {
    async blockBy(at, signal) {
      const byHash = typeof at === "string" && at.startsWith("0x");
      const answer = await ask(byHash ? "eth_getBlockByHash" : "eth_getBlockByNumber", [typeof at === "number" ? hexOf(at) : at, false], signal).catch(nullIf("unknown-block"));
      if (answer === null) return null;
      const block = shapes.block(answer);
      if (byHash && block.hash !== at) shapes.fail(`block ${block.hash} for the asked ${at}`);
      if (typeof at === "number" && block.height !== at) shapes.fail(`block ${block.height} for the asked height ${at}`);
      return block;
    },
    async logs(filter, signal) {
      const where = "blockHash" in filter ? { blockHash: filter.blockHash } : { fromBlock: hexOf(filter.from), toBlock: hexOf(filter.to) };
      const answer = await ask("eth_getLogs", [{ ...where, address: filter.addresses, topics: [filter.topics] }], signal);
      const logs = shapes.list(answer, "logs").map(shapes.log);
      const wrong = logs.find((log) => !answers(filter, log));
      if (wrong !== undefined) shapes.fail(`a log of block ${wrong.blockHeight} that was not asked for`);
      const sorted = logs.sort((a, b) => a.blockHeight - b.blockHeight || a.logIndex - b.logIndex);
      const twice = sorted.find((log, at) => log.blockHash === sorted[at - 1]?.blockHash && log.logIndex === sorted[at - 1]?.logIndex);
      if (twice !== undefined) shapes.fail(`log ${twice.logIndex} of block ${twice.blockHeight} twice`);
      return sorted;
    },
    async blockLogs(blockHash, signal) {
      const all = (await receipts(blockHash, signal).catch(nullIf("call-refused"))) ?? (await receiptsOneByOne(blockHash, signal));
      if (all.some((receipt) => receipt.blockHash !== blockHash)) shapes.fail(`receipts of another block than ${blockHash}`);
      return all.flatMap((receipt) => receipt.logs);
    },
  };
}

function answers(filter: LogFilter, log: EthereumLog): boolean {
  const topic = log.topics[0];
  const where = "blockHash" in filter ? log.blockHash === filter.blockHash : log.blockHeight >= filter.from && log.blockHeight <= filter.to;
  return where && topic !== undefined && filter.topics.includes(topic) && filter.addresses.includes(log.address);
}

type StateCalls = Pick<EthereumClient, "chainId" | "call" | "code" | "balance" | "storage" | "nonce" | "estimateGas" | "feeMarket">;

function createStateCalls(ask: Ask, shapes: Shapes): StateCalls {
  return {
    async chainId(signal) {
      return shapes.quantity(await ask("eth_chainId", [], signal), "chain id");
    },
    async call(tx, at, signal) {
      return shapes.bytes(await ask("eth_call", [tx, at], signal), "call result");
    },
    async code(address, signal) {
      return shapes.bytes(await ask("eth_getCode", [address, "latest"], signal), "code");
    },
    async balance(address, at, signal) {
      return shapes.quantity(await ask("eth_getBalance", [address, at], signal), "balance");
    },
    async storage(address, slot, at, signal) {
      return shapes.bytes(await ask("eth_getStorageAt", [address, slot, at], signal), "storage word", 32);
    },
    async nonce(address, at, signal) {
      return shapes.quantity(await ask("eth_getTransactionCount", [address, at], signal), "nonce");
    },
    async estimateGas(tx, signal) {
      const question = {
        from: tx.from, to: tx.to, data: tx.data,
        maxFeePerGas: hexOf(tx.maxFeePerGasWei), maxPriorityFeePerGas: hexOf(tx.maxPriorityFeePerGasWei),
      };
      return shapes.quantity(await ask("eth_estimateGas", [question, "latest"], signal), "gas estimate");
    },
    async feeMarket(signal) {
      const answer = shapes.fields(await ask("eth_feeHistory", [hexOf(feeHistoryBlocks), "latest", [rewardPercentile]], signal), "fee history");
      const bases = shapes.list(answer["baseFeePerGas"], "base fees").map((fee) => shapes.quantity(fee, "base fee"));
      const rewards = shapes.list(answer["reward"] ?? [], "rewards").map((row) => shapes.quantity(shapes.list(row, "rewards")[0], "reward"));
      // empty blocks say 0, which is no price
      const paid = rewards.filter((reward) => reward > 0n).sort((a, b) => (a < b ? -1 : 1));
      const nextBaseFeeWei = bases.at(-1);
      if (nextBaseFeeWei === undefined) return shapes.fail("a fee history without base fees");
      return { nextBaseFeeWei, priorityFeeWei: paid[Math.floor(paid.length / 2)] ?? 0n };
    },
  };
}

type TransactionCalls = Pick<EthereumClient, "transaction" | "receipt" | "sendRaw">;

function createTransactionCalls(ask: Ask, shapes: Shapes, endpoint: string, blockBy: EthereumClient["blockBy"]): TransactionCalls {
  return {
    async transaction(hash, signal) {
      const answer = await ask("eth_getTransactionByHash", [hash], signal).catch(nullIf("unknown-block"));
      if (answer === null) return null;
      const transaction = shapes.transaction(answer);
      if (transaction.hash !== hash) shapes.fail(`transaction ${transaction.hash} for the asked ${hash}`);
      return transaction;
    },
    async receipt(hash, signal) {
      const answer = await ask("eth_getTransactionReceipt", [hash], signal).catch(nullIf("unknown-block"));
      if (answer === null) return null;
      const { blockHash, blockHeight, ...receipt } = shapes.receipt(answer);
      if (receipt.txHash !== hash) shapes.fail(`receipt of ${receipt.txHash} for the asked ${hash}`);
      const block = await blockBy(blockHeight, signal);
      if (block === null || block.hash !== blockHash) throw badAnswer(endpoint, `a receipt in block ${blockHash}, which is not its block at height ${blockHeight}`);
      return { ...receipt, block: refOf(block) };
    },
    async sendRaw(raw, signal) {
      const hash = shapes.bytes(await ask("eth_sendRawTransaction", [raw], signal), "transaction hash", 32);
      if (hash !== keccak256(raw)) shapes.fail(`hash ${hash} for a transaction with another hash`);
    },
  };
}

/** Only what a BlockRef holds: blooms and fees stay out of the ledger. */
export function refOf(block: BlockRef): BlockRef {
  return { chain: block.chain, height: block.height, hash: block.hash, parent: block.parent, time: block.time };
}

const nullIf = (code: string) => (thrown: unknown): null => {
  if (thrown instanceof GantryError && thrown.failure.code === code) return null;
  throw thrown;
};

export type { EthereumBlock, EthereumLog } from "./shapes.ts";
