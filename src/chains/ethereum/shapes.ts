/**
 * Turns what a node sent into typed values, or refuses it.
 * Always: a missing or malformed field throws Unavailable "endpoint-bad-answer" and names it; hex comes out in lower case.
 * Never: a default for a field that should be there.
 */
import { unavailable } from "../../core/errors.ts";
import type { BlockRef, Hex } from "../../core/values.ts";

export type EthereumLog = {
  readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex; readonly blockHash: Hex; readonly blockHeight: number;
  readonly txHash: Hex; readonly logIndex: number;
};
export type EthereumBlock = BlockRef & { readonly logsBloom: Hex; readonly baseFeeWei: bigint; readonly gasLimit: bigint };
export type EthereumTransaction = {
  readonly hash: Hex; readonly from: Hex; readonly to: Hex | null; readonly input: Hex; readonly nonce: bigint; readonly blockHash: Hex | null;
};
/** A receipt before its block was looked up. */
export type BareReceipt = {
  readonly txHash: Hex; readonly blockHash: Hex; readonly blockHeight: number; readonly ok: boolean; readonly gasUsed: bigint;
  readonly effectiveGasPriceWei: bigint; readonly logs: readonly EthereumLog[];
};

type Fields = Readonly<Record<string, unknown>>;

export function badAnswer(endpoint: string, what: string): Error {
  return unavailable("endpoint-bad-answer", `endpoint ${endpoint} answered something that cannot be right: ${what}; another endpoint is asked`, {
    evidence: { endpoint, what },
  });
}

/** Readers for the plain parts of an answer of one endpoint (its name goes into the errors). */
function createParts(endpoint: string) {
  const fail = (what: string): never => {
    throw badAnswer(endpoint, what);
  };
  const show = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 80);
  const fields = (value: unknown, what: string): Fields =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : fail(`${what} is ${show(value)}`);
  const list = (value: unknown, what: string): readonly unknown[] => (Array.isArray(value) ? value : fail(`${what} is ${show(value)}, not a list`));
  const bytes = (value: unknown, what: string, length?: number): Hex => {
    const good = typeof value === "string" && /^0x([0-9a-f]{2})*$/i.test(value) && (length === undefined || value.length === 2 + 2 * length);
    return good ? (value.toLowerCase() as Hex) : fail(`${what} is ${show(value)}`);
  };
  const bytesOrNull = (value: unknown, what: string, length: number): Hex | null =>
    value === undefined || value === null ? null : bytes(value, what, length);
  const quantity = (value: unknown, what: string): bigint =>
    typeof value === "string" && /^0x[0-9a-f]{1,64}$/i.test(value) ? BigInt(value) : fail(`${what} is ${show(value)}, not a quantity`);
  const height = (value: unknown, what: string): number => {
    const number = quantity(value, what);
    return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : fail(`${what} is ${number}`);
  };
  return { fail, fields, list, bytes, bytesOrNull, quantity, height };
}

export type Shapes = ReturnType<typeof createShapes>;

/** Readers for whole answers of one endpoint. */
export function createShapes(endpoint: string) {
  const parts = createParts(endpoint);
  const { fail, fields, list, bytes, bytesOrNull, quantity, height } = parts;
  const block = (value: unknown): EthereumBlock => {
    const raw = fields(value, "block");
    return {
      chain: "ethereum",
      height: height(raw["number"], "block number"),
      hash: bytes(raw["hash"], "block hash", 32),
      parent: bytes(raw["parentHash"], "parent hash", 32),
      time: height(raw["timestamp"], "block timestamp") * 1000,
      logsBloom: bytes(raw["logsBloom"], "logs bloom", 256),
      // blocks before London have none
      baseFeeWei: raw["baseFeePerGas"] === undefined || raw["baseFeePerGas"] === null ? 0n : quantity(raw["baseFeePerGas"], "base fee"),
      gasLimit: quantity(raw["gasLimit"], "gas limit"),
    };
  };
  const log = (value: unknown): EthereumLog => {
    const raw = fields(value, "log");
    if (raw["removed"] === true) fail("a removed log");
    return {
      address: bytes(raw["address"], "log address", 20),
      topics: list(raw["topics"], "log topics").map((topic) => bytes(topic, "log topic", 32)),
      data: bytes(raw["data"], "log data"),
      blockHash: bytes(raw["blockHash"], "log block hash", 32),
      blockHeight: height(raw["blockNumber"], "log block number"),
      txHash: bytes(raw["transactionHash"], "log transaction hash", 32),
      logIndex: height(raw["logIndex"], "log index"),
    };
  };
  const transaction = (value: unknown): EthereumTransaction => {
    const raw = fields(value, "transaction");
    return {
      hash: bytes(raw["hash"], "transaction hash", 32),
      from: bytes(raw["from"], "sender", 20),
      to: bytesOrNull(raw["to"], "recipient", 20),
      input: bytes(raw["input"], "input"),
      nonce: quantity(raw["nonce"], "nonce"),
      blockHash: bytesOrNull(raw["blockHash"], "transaction block hash", 32),
    };
  };
  const receipt = (value: unknown): BareReceipt => {
    const raw = fields(value, "receipt");
    const status = quantity(raw["status"], "receipt status");
    if (status > 1n) fail(`receipt status is ${status}`);
    return {
      txHash: bytes(raw["transactionHash"], "receipt transaction hash", 32),
      blockHash: bytes(raw["blockHash"], "receipt block hash", 32),
      blockHeight: height(raw["blockNumber"], "receipt block number"),
      ok: status === 1n,
      gasUsed: quantity(raw["gasUsed"], "gas used"),
      effectiveGasPriceWei: quantity(raw["effectiveGasPrice"], "effective gas price"),
      logs: list(raw["logs"], "receipt logs").map(log),
    };
  };
  return { ...parts, block, log, transaction, receipt };
}
