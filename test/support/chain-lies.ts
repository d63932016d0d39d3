/**
 * What a faulty node says, for the proxies in front of real ones.
 * Always: a lie changes nothing but the answers it names; the real node behind it stays as it is.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Block } from "bitcoinjs-lib";
import type { ProxyAnswer, Rewrite } from "./rpc-proxy.ts";

/** longer than the time-out of these tests' configurations */
const lateMs = 2_500;

const honest: Rewrite = (_call, ask) => ask();
const stalls: Rewrite = () => Promise.resolve(null);
const late: Rewrite = async (_call, ask) => {
  await pause(lateMs);
  return ask();
};

const changed = (answer: ProxyAnswer, change: (result: unknown) => unknown): ProxyAnswer =>
  "result" in answer && answer.result !== null && answer.result !== undefined ? { result: change(answer.result) } : answer;

/** Overwrites bytes of a hex text at a byte offset. */
const patched = (hex: string, at: number, bytes: string): string => hex.slice(0, 2 * at) + bytes + hex.slice(2 * at + bytes.length);
const nonsense = "5a".repeat(32);
const isText = (value: unknown): value is string => typeof value === "string";

/** Real headers, whose parent (bytes 4 to 36) is none. */
const parentDoesNotLink: Rewrite = async (call, ask) => {
  const answer = await ask();
  return call.method === "getblockheader" ? changed(answer, (result) => (isText(result) ? patched(result, 4, nonsense) : result)) : answer;
};

/** The last transaction of a raw block is missing. Blocks of a coinbase alone stay as they are. */
const leaveOut = (withOwnRoot: boolean): Rewrite => async (call, ask) => {
  const answer = await ask();
  if (call.method !== "getblock" || call.params[1] !== 0) return answer;
  return changed(answer, (result) => {
    const block = Block.fromHex(String(result));
    if (block.transactions === undefined || block.transactions.length < 2) return result;
    block.transactions.pop();
    if (withOwnRoot) block.merkleRoot = Block.calculateMerkleRoot(block.transactions);
    return block.toHex(false);
  });
};

export const bitcoinLies = {
  honest, stalls, late, parentDoesNotLink,
  transactionLeftOut: leaveOut(false),
  /** the block agrees with itself, its header is another one */
  merkleRootChanged: leaveOut(true),
} satisfies Readonly<Record<string, Rewrite>>;

const logMethods = ["eth_getLogs"];
export const ethereumLies = {
  honest, stalls, late,
  parentDoesNotLink: async (call, ask) => {
    const answer = await ask();
    if (!call.method.startsWith("eth_getBlockBy")) return answer;
    return changed(answer, (result) => ({ ...(result as object), parentHash: `0x${nonsense}` }));
  },
  /** truthful about single blocks, silent about history */
  historyHidden: async (call, ask) => (logMethods.includes(call.method) && !JSON.stringify(call.params).includes("blockHash") ? { result: [] } : ask()),
  /** what the relayer asks for is hidden, what the watcher asks for is not: the latter names more kinds of logs */
  proofsHidden: async (call, ask) => {
    const [filter] = call.params as readonly { readonly topics?: readonly (readonly string[])[] }[];
    return logMethods.includes(call.method) && (filter?.topics?.[0]?.length ?? 0) <= 4 ? { result: [] } : ask();
  },
  logsHidden: async (call, ask) => (logMethods.includes(call.method) ? { result: [] } : ask()),
} satisfies Readonly<Record<string, Rewrite>>;
