import { describe, expect, it } from "vitest";
import { createEthereumClient } from "../../../src/chains/ethereum/client.ts";
import type { EthereumClient } from "../../../src/chains/ethereum/client.ts";
import type { JsonRpc } from "../../../src/chains/json-rpc.ts";
import { RpcError } from "../../../src/chains/json-rpc.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex } from "../../../src/core/values.ts";

const { signal } = new AbortController();
const word = (byte: string): Hex => `0x${byte.repeat(32)}`;
const block = {
  number: "0x10", hash: word("aa"), parentHash: word("bb"), timestamp: "0x65", logsBloom: `0x${"00".repeat(256)}`, baseFeePerGas: "0x7", gasLimit: "0x1c9c380",
};
const log = {
  address: `0x${"11".repeat(20)}`, topics: [word("01")], data: "0x", blockHash: word("aa"), blockNumber: "0x10", transactionHash: word("cc"), logIndex: "0x0", removed: false,
};
const receipt = { transactionHash: word("cc"), blockHash: word("aa"), blockNumber: "0x10", status: "0x1", gasUsed: "0x5208", effectiveGasPrice: "0x9", logs: [] };

type Answers = Readonly<Record<string, unknown>>;
const clientOf = (answers: Answers): EthereumClient => {
  const rpc: JsonRpc = {
    name: "node",
    call: (method) => {
      const answer = answers[method];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    batch: () => Promise.reject(new Error("not used")),
  };
  return createEthereumClient(rpc);
};
const failure = async (work: Promise<unknown>) => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));
const filter = { addresses: [`0x${"11".repeat(20)}` as const], topics: [word("01")], from: 1, to: 16 };

describe("answers of a node", () => {
  it("become typed values with times in milliseconds", async () => {
    const client = clientOf({ eth_getBlockByNumber: block, eth_getTransactionReceipt: receipt });
    expect(await client.blockBy(16, signal)).toMatchObject({ chain: "ethereum", height: 16, time: 101_000, baseFeeWei: 7n, gasLimit: 30_000_000n });
    expect(await client.receipt(word("cc"), signal)).toEqual({
      txHash: word("cc"), ok: true, gasUsed: 21_000n, effectiveGasPriceWei: 9n, logs: [],
      block: { chain: "ethereum", height: 16, hash: word("aa"), parent: word("bb"), time: 101_000 },
    });
  });

  it("null is null: no block, no receipt, no transaction", async () => {
    const client = clientOf({ eth_getBlockByHash: null, eth_getTransactionReceipt: null, eth_getTransactionByHash: null });
    expect(await Promise.all([client.blockBy(word("aa"), signal), client.receipt(word("cc"), signal), client.transaction(word("cc"), signal)])).toEqual([null, null, null]);
    const refusing = clientOf({ eth_getBlockByHash: new RpcError(-32000, "header not found", undefined) });
    expect(await refusing.blockBy(word("aa"), signal)).toBeNull();
  });

  it.each<[string, Answers, (client: EthereumClient) => Promise<unknown>]>([
    ["a block without hash", { eth_getBlockByNumber: { ...block, hash: undefined } }, (client) => client.blockBy("latest", signal)],
    ["a block with a short parent hash", { eth_getBlockByNumber: { ...block, parentHash: "0xbb" } }, (client) => client.blockBy("latest", signal)],
    ["another height", { eth_getBlockByNumber: block }, (client) => client.blockBy(17, signal)],
    ["another hash", { eth_getBlockByHash: block }, (client) => client.blockBy(word("ab"), signal)],
    ["a list for a block", { eth_getBlockByNumber: [] }, (client) => client.blockBy("latest", signal)],
    ["a number that is not hex", { eth_chainId: 1 }, (client) => client.chainId(signal)],
    ["a nonce beyond any bound", { eth_getTransactionCount: `0x${"f".repeat(65)}` }, (client) => client.nonce(word("aa"), "latest", signal)],
    ["odd hex", { eth_call: "0x123" }, (client) => client.call({ to: word("aa"), data: "0x" }, "latest", signal)],
    ["logs that are no list", { eth_getLogs: {} }, (client) => client.logs(filter, signal)],
    ["a log outside the range", { eth_getLogs: [{ ...log, blockNumber: "0x11" }] }, (client) => client.logs(filter, signal)],
    ["a log of another address", { eth_getLogs: [{ ...log, address: `0x${"12".repeat(20)}` }] }, (client) => client.logs(filter, signal)],
    ["a log without topics", { eth_getLogs: [{ ...log, topics: [] }] }, (client) => client.logs(filter, signal)],
    ["the same log twice", { eth_getLogs: [log, log] }, (client) => client.logs(filter, signal)],
    ["the receipt of another transaction", { eth_getTransactionReceipt: receipt, eth_getBlockByNumber: block }, (client) => client.receipt(word("cd"), signal)],
    ["a receipt in a block that is not canonical", { eth_getTransactionReceipt: receipt, eth_getBlockByNumber: { ...block, hash: word("ad") } }, (client) => client.receipt(word("cc"), signal)],
    ["a receipt with status 2", { eth_getTransactionReceipt: { ...receipt, status: "0x2" }, eth_getBlockByNumber: block }, (client) => client.receipt(word("cc"), signal)],
    ["a hash that is not the sent transaction's", { eth_sendRawTransaction: word("ee") }, (client) => client.sendRaw("0x02", signal)],
    ["a fee history without base fees", { eth_feeHistory: { baseFeePerGas: [] } }, (client) => client.feeMarket(signal)],
  ])("are refused when they cannot be right: %s", async (_name, answers, ask) => {
    expect(await failure(ask(clientOf(answers)))).toMatchObject({ remedy: "Unavailable", code: "endpoint-bad-answer" });
  });

  it("logs come in the order of the chain whatever the order they were given in", async () => {
    const given = [{ ...log, logIndex: "0x2" }, { ...log, blockNumber: "0x3", blockHash: word("03"), logIndex: "0x9" }, { ...log, logIndex: "0x1" }];
    const logs = await clientOf({ eth_getLogs: given }).logs(filter, signal);
    expect(logs.map(({ blockHeight, logIndex }) => [blockHeight, logIndex])).toEqual([[3, 9], [16, 1], [16, 2]]);
  });

  it("the market's tip is the middle of what blocks paid; empty blocks say nothing", async () => {
    const answer = { baseFeePerGas: ["0x1", "0x2", "0x5"], reward: [["0x0"], ["0x9"], ["0x3"], ["0x4"], ["0x0"]] };
    expect(await clientOf({ eth_feeHistory: answer }).feeMarket(signal)).toEqual({ nextBaseFeeWei: 5n, priorityFeeWei: 4n });
    expect(await clientOf({ eth_feeHistory: { baseFeePerGas: ["0x5"], reward: null } }).feeMarket(signal)).toEqual({ nextBaseFeeWei: 5n, priorityFeeWei: 0n });
  });
});
