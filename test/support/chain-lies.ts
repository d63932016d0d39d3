/**
 * What a faulty node says, for the proxies in front of real ones.
 * Always: a lie changes nothing but the answers it names; the real node behind it stays as it is.
 */
import { setTimeout as pause } from "node:timers/promises";
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

/** bytes 4 to 36 of a header are the parent's hash, 36 to 68 the Merkle root */
const rewriteHeaders = (at: number, methods: readonly string[]): Rewrite => async (call, ask) => {
  const answer = await ask();
  return methods.includes(call.method) ? changed(answer, (result) => (isText(result) ? patched(result, at, nonsense) : result)) : answer;
};

/** Heights move by one: real headers, but not each other's parents. */
const parentDoesNotLink: Rewrite = async (call, ask) => {
  const answer = await ask();
  if (call.method !== "getblockheader") return answer;
  return changed(answer, (result) => (isText(result) ? patched(result, 4, nonsense) : result));
};

/** The last transaction is missing: the count says one less. Blocks of a coinbase alone stay as they are. */
const transactionLeftOut: Rewrite = async (call, ask) => {
  const answer = await ask();
  if (call.method !== "getblock" || call.params[1] !== 0) return answer;
  return changed(answer, (result) => {
    if (!isText(result)) return result;
    const count = Number.parseInt(result.slice(160, 162), 16);
    return count > 1 && count < 0xfd ? patched(result, 80, (count - 1).toString(16).padStart(2, "0")) : result;
  });
};

export const bitcoinLies = {
  honest, stalls, late, parentDoesNotLink, transactionLeftOut,
  merkleRootChanged: rewriteHeaders(36, ["getblock"]),
} satisfies Readonly<Record<string, Rewrite>>;

const logMethods = ["eth_getLogs"];
export const ethereumLies = {
  honest, stalls, late,
  parentDoesNotLink: async (call, ask) => {
    const answer = await ask();
    if (!call.method.startsWith("eth_getBlockBy")) return answer;
    return changed(answer, (result) => ({ ...(result as object), parentHash: `0x${nonsense}` }));
  },
  logsHidden: async (call, ask) => (logMethods.includes(call.method) ? { result: [] } : ask()),
} satisfies Readonly<Record<string, Rewrite>>;
