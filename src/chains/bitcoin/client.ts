/**
 * One bitcoind (or what speaks its RPC) as typed, read-only questions. No wallet and no txindex are needed.
 * Always: headers are hashed and compared with what was asked, a block's transactions with its Merkle root.
 * Never: trusts a height, count or amount where bytes can prove it; lets an unclassified node error out.
 */
import { failureOf, invalid } from "../../core/errors.ts";
import type { Hex, Outpoint } from "../../core/values.ts";
import type { JsonRpc, RpcCall } from "../json-rpc.ts";
import { answersOf } from "./answers.ts";
import { parseBlock, parseHeader } from "./codec.ts";
import type { BitcoinBlock, BitcoinHeader, BitcoinOutput } from "./codec.ts";
import { nodeError } from "./errors.ts";
import { mempoolQuestions } from "./mempool.ts";
import type { MempoolQuestions } from "./mempool.ts";
import { toDisplay } from "./order.ts";

type ChainInfo = {
  /** bitcoind's name of its network: "main", "testnet4", "signet", "regtest" */
  readonly chain: string;
  readonly blocks: number;
  readonly headers: number;
  readonly bestHash: Hex;
  readonly initialBlockDownload: boolean;
  readonly pruned: boolean;
  /** lowest block still complete; null on a node that keeps all */
  readonly pruneHeight: number | null;
};
/** `height` and `confirmations` are the node's word; −1 confirmations: not in its active chain */
type PlacedHeader = { readonly header: BitcoinHeader; readonly height: number; readonly confirmations: number };

export interface BitcoinClient extends MempoolQuestions {
  /** the endpoint's configured name, safe to show */
  readonly name: string;
  chainInfo(signal: AbortSignal): Promise<ChainInfo>;
  /** the active chain's hash at a height; null: the node's chain has no such height */
  hashAt(height: number, signal: AbortSignal): Promise<Hex | null>;
  /** the same for `count` heights from `first` on, in one request */
  hashesAt(first: number, count: number, signal: AbortSignal): Promise<readonly (Hex | null)[]>;
  /** null: unknown hash. Throws Invalid "block-hash-mismatch" */
  header(hash: Hex, signal: AbortSignal): Promise<PlacedHeader | null>;
  /**
   * Active-chain headers from a height on, each linked to the one before; shorter, even empty, where the chain has no more.
   * Throws Invalid "headers-do-not-link" when a second look still gives headers that do not belong together.
   */
  headers(first: number, count: number, signal: AbortSignal): Promise<readonly { readonly header: BitcoinHeader; readonly height: number }[]>;
  /** Throws Invalid "block-hash-mismatch", "merkle-root-mismatch", "undecodable-block"; Unavailable "block-unknown", "block-pruned" */
  block(hash: Hex, signal: AbortSignal): Promise<BitcoinBlock & { readonly height: number }>;
  /**
   * The outputs that a transaction of this block spends, in input order (none for a coinbase); null when undo data is gone.
   * The node's word: nothing in the block commits to them. Throws Invalid "transaction-not-in-block"
   */
  prevouts(hash: Hex, txid: Hex, signal: AbortSignal): Promise<readonly BitcoinOutput[] | null>;
  /**
   * Of an unspent output: how deep its block is, 0 in the mempool. Null: spent ("mempool": or about to be), or never there.
   * The node's word.
   */
  confirmations(outpoint: Outpoint, as: "chain" | "mempool", signal: AbortSignal): Promise<number | null>;
  /** resolves on a new tip, and after `timeoutMs` without one */
  waitForNewBlock(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

type HeaderQuestions = Pick<BitcoinClient, "chainInfo" | "hashAt" | "hashesAt" | "header" | "headers">;
type BlockQuestions = Pick<BitcoinClient, "block" | "prevouts" | "confirmations" | "waitForNewBlock">;

/** what the long poll may take beyond its own time before the endpoint counts as silent */
const longPollGraceMs = 5_000;

/** One answer of a batch, classified: its value, or what to throw. */
type Said = { readonly value: unknown } | { readonly error: unknown };
const valueOf = (said: Said | undefined): unknown => {
  if (said !== undefined && "value" in said) return said.value;
  throw said?.error ?? new RangeError("a batch has one answer per call");
};
/** the value, or null when the node refused with exactly this code */
const valueUnless = (said: Said | undefined, code: string): unknown =>
  said !== undefined && "error" in said && failureOf(said.error).code === code ? null : valueOf(said);

type Calls = {
  one(method: string, params: readonly unknown[], signal: AbortSignal, timeoutMs?: number): Promise<unknown>;
  many(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly Said[]>;
};

const classified = (rpc: JsonRpc): Calls => ({
  async one(method, params, signal, timeoutMs) {
    try {
      return await rpc.call(method, params, signal, timeoutMs);
    } catch (error) {
      throw nodeError(error, rpc.name);
    }
  },
  many: async (calls, signal) =>
    (await rpc.batch(calls, signal)).map((answer) => (answer.ok ? { value: answer.result } : { error: nodeError(answer.error, rpc.name) })),
});

function sameHash(asked: Hex, header: BitcoinHeader, endpoint: string): BitcoinHeader {
  if (header.hash === asked) return header;
  throw invalid("block-hash-mismatch", `Bitcoin endpoint "${endpoint}" was asked for block ${toDisplay(asked)} and gave ${toDisplay(header.hash)}.`, {
    evidence: { endpoint, asked, got: header.hash },
  });
}

const isLinked = (headers: readonly BitcoinHeader[]): boolean => headers.every((header, at) => at === 0 || header.parent === headers[at - 1]?.hash);

function headerQuestions(calls: Calls, name: string): HeaderQuestions {
  const read = answersOf(name);
  const hashesAt: BitcoinClient["hashesAt"] = async (first, count, signal) => {
    const answers = await calls.many(Array.from({ length: count }, (_, at) => ({ method: "getblockhash", params: [first + at] })), signal);
    return answers.map((said) => {
      const hash = valueUnless(said, "height-out-of-range");
      return hash === null ? null : read.hash(hash, "a block hash");
    });
  };
  const rawHeaders = async (hashes: readonly Hex[], signal: AbortSignal): Promise<readonly BitcoinHeader[]> => {
    const answers = await calls.many(hashes.map((hash) => ({ method: "getblockheader", params: [toDisplay(hash), false] })), signal);
    return hashes.map((hash, at) => sameHash(hash, parseHeader(read.raw(valueOf(answers[at]), "a header")), name));
  };
  return {
    hashesAt,
    hashAt: async (height, signal) => (await hashesAt(height, 1, signal))[0] ?? null,
    async chainInfo(signal) {
      const info = read.fields(await calls.one("getblockchaininfo", [], signal), "getblockchaininfo");
      return {
        chain: read.text(info.chain, "chain"),
        blocks: read.height(info.blocks, "blocks"),
        headers: read.height(info.headers, "headers"),
        bestHash: read.hash(info.bestblockhash, "bestblockhash"),
        initialBlockDownload: read.flag(info.initialblockdownload, "initialblockdownload"),
        pruned: read.flag(info.pruned, "pruned"),
        pruneHeight: info.pruneheight === undefined ? null : read.height(info.pruneheight, "pruneheight"),
      };
    },
    async header(hash, signal) {
      const ask = (verbose: boolean): RpcCall => ({ method: "getblockheader", params: [toDisplay(hash), verbose] });
      const [raw, placed] = await calls.many([ask(false), ask(true)], signal);
      const found = valueUnless(raw, "block-unknown");
      if (found === null) return null;
      const header = sameHash(hash, parseHeader(read.raw(found, "a header")), name);
      const place = read.fields(valueOf(placed), "a header");
      return { header, height: read.height(place.height, "height"), confirmations: read.number(place.confirmations, "confirmations") };
    },
    async headers(first, count, signal) {
      // between the two requests a reorg may come: one second look before it counts as a lie
      for (let look = 0; look < 2; look += 1) {
        const hashes = await hashesAt(first, count, signal);
        const end = hashes.indexOf(null);
        const there = hashes.slice(0, end === -1 ? count : end).filter((hash) => hash !== null);
        const headers = await rawHeaders(there, signal);
        if (isLinked(headers)) return headers.map((header, at) => ({ header, height: first + at }));
      }
      throw invalid("headers-do-not-link", `Bitcoin endpoint "${name}" gave headers from height ${first} on that are not each other's parents.`, {
        evidence: { endpoint: name, first, count },
      });
    },
  };
}

function blockQuestions(calls: Calls, name: string): BlockQuestions {
  const read = answersOf(name);
  return {
    async block(hash, signal) {
      const display = toDisplay(hash);
      const [raw, placed] = await calls.many([{ method: "getblock", params: [display, 0] }, { method: "getblockheader", params: [display, true] }], signal);
      const block = parseBlock(read.raw(valueOf(raw), "a block"));
      sameHash(hash, block.header, name);
      return { ...block, height: read.height(read.fields(valueOf(placed), "a header").height, "height") };
    },
    async prevouts(hash, txid, signal) {
      const block = read.fields(await calls.one("getblock", [toDisplay(hash), 3], signal), "getblock");
      const tx = read.list(block.tx, "tx").find((candidate) => candidate.txid === toDisplay(txid));
      if (tx === undefined) {
        throw invalid("transaction-not-in-block", `Bitcoin endpoint "${name}" shows no transaction ${toDisplay(txid)} in block ${toDisplay(hash)}.`, {
          evidence: { endpoint: name, hash, txid },
        });
      }
      const inputs = read.list(tx.vin, "vin").filter((input) => input.coinbase === undefined);
      if (inputs.some((input) => input.prevout === undefined)) return null;
      return inputs.map((input) => {
        const prevout = read.fields(input.prevout, "prevout");
        const script = read.fields(prevout.scriptPubKey, "scriptPubKey");
        return { valueSat: read.valueSat(prevout.value, "value"), script: read.raw(script.hex, "scriptPubKey.hex") };
      });
    },
    async confirmations({ txid, index }, as, signal) {
      const found = await calls.one("gettxout", [toDisplay(txid), index, as === "mempool"], signal);
      return found === null ? null : read.height(read.fields(found, "gettxout").confirmations, "confirmations");
    },
    async waitForNewBlock(timeoutMs, signal) {
      await calls.one("waitfornewblock", [timeoutMs], signal, timeoutMs + longPollGraceMs);
    },
  };
}

/** Asks over `rpc`; node errors come out classified by errors.ts. */
export function createBitcoinClient(rpc: JsonRpc): BitcoinClient {
  const calls = classified(rpc);
  return { name: rpc.name, ...headerQuestions(calls, rpc.name), ...blockQuestions(calls, rpc.name), ...mempoolQuestions((asked, signal) => calls.many(asked, signal), rpc.name) };
}
