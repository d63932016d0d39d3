/**
 * One Substrate node, typed. Every answer is checked for shape and for being about what was asked; headers are hashed.
 * Always: a call ends (time limits live in socket.ts); a refusal is classified by errors.ts; a block's events and calls are read
 * with the runtime that executed the block. Never: retries, chooses between nodes (that is endpoints.ts), or knows a bridge.
 */
import { setTimeout as pause } from "node:timers/promises";

import { encodeAddress } from "@polkadot/util-crypto";

import { bytesOf } from "../../core/hex.ts";
import type { BlockRef, Hex, Json, Millis } from "../../core/values.ts";
import { GantryError, invalid, unavailable } from "../../core/errors.ts";
import { RpcError } from "../json-rpc.ts";
import { classifyRefusal } from "./errors.ts";
import { badAnswer, blake2, bytesIn, parseHeader, timeInBody } from "./header.ts";
import type { PolkadotHeader } from "./header.ts";
import { palletBy, storageOf } from "./items.ts";
import { askOnce, createMemory } from "./memory.ts";
import { createRuntimes } from "./runtimes.ts";
import type { PolkadotEvent, PolkadotRuntime } from "./runtime.ts";
import { shareCalls } from "./shared-calls.ts";
import type { SocketRpc } from "./socket.ts";
import { createStorageReads } from "./storage.ts";
import type { StorageReads } from "./storage.ts";

export type PolkadotExtrinsic = { readonly index: number; readonly hash: Hex; readonly raw: Hex };
export type PolkadotProperties = { readonly ss58Format: number | null; readonly tokenSymbol: string | null; readonly tokenDecimals: number | null; /** as the node gives them */ readonly all: { readonly [name: string]: Json } };

export interface PolkadotClient extends StorageReads {
  /** the endpoint's configured name */
  readonly name: string;
  genesis(signal: AbortSignal): Promise<Hex>;
  properties(signal: AbortSignal): Promise<PolkadotProperties>;
  head(at: "best" | "final", signal: AbortSignal): Promise<BlockRef>;
  /** null: the node has no such block */
  block(hash: Hex, signal: AbortSignal): Promise<BlockRef | null>;
  /** on the node's best chain; null: no block there yet */
  hashAt(height: number, signal: AbortSignal): Promise<Hex | null>;
  /** the runtime that executed this block */
  runtimeOf(block: Hex, signal: AbortSignal): Promise<PolkadotRuntime>;
  /** the runtime that will execute a block on top of this one */
  runtimeAfter(block: Hex, signal: AbortSignal): Promise<PolkadotRuntime>;
  events(block: Hex, signal: AbortSignal): Promise<readonly PolkadotEvent[]>;
  /** all of a block, in order, inherent ones too */
  extrinsics(block: Hex, signal: AbortSignal): Promise<readonly PolkadotExtrinsic[]>;
  /** a runtime API at a block's state; bytes in, bytes out */
  runtimeCall(method: string, input: Hex, at: Hex, signal: AbortSignal): Promise<Hex>;
  /** the next nonce of an account (32 bytes) in a block's state; "pending" also counts what the node's pool holds ready */
  nonce(account: Hex, at: Hex | "pending", signal: AbortSignal): Promise<bigint>;
  /** raw extrinsics that the pool holds ready */
  pending(signal: AbortSignal): Promise<readonly Hex[]>;
  /** Rejected "already-known" and "nonce-too-low" are the two refusals that are no trouble */
  submit(raw: Hex, signal: AbortSignal): Promise<void>;
  /** SCALE ApplyExtrinsicResult of the signed bytes on a block's state; null: the node does not offer it */
  dryRun(raw: Hex, at: Hex, signal: AbortSignal): Promise<Hex | null>;
  /** best heads as the node announces them; connects again and subscribes again after a loss or a silence, until the signal aborts */
  heads(signal: AbortSignal): AsyncIterable<PolkadotHeader>;
  /** ends the connection; later calls are refused */
  close(): void;
}

export type PolkadotClientOptions = {
  /** without a new head for so long the subscription is begun anew; default 30 s */
  readonly silentMs?: Millis;
  /** pause before it connects again; default 1 s */
  readonly againMs?: Millis;
};

type Ask = (method: string, params: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

const timestampNow: Hex = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";
const systemEvents: Hex = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";
const keptBlocks = 4096;
/** a busy block has some megabytes of them */
const keptEvents = 32;

export function littleEndian(hex: Hex): bigint {
  return bytesOf(hex).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

const nullIf = (...codes: readonly string[]) => (thrown: unknown): null => {
  if (thrown instanceof GantryError && codes.includes(thrown.failure.code)) return null;
  throw thrown;
};

export function createPolkadotClient(rpc: SocketRpc, options: PolkadotClientOptions = {}): PolkadotClient {
  const ask: Ask = shareCalls(async (method, params, signal) => {
    try {
      return await rpc.call(method, params, signal);
    } catch (thrown) {
      if (thrown instanceof RpcError) throw classifyRefusal({ code: thrown.code, message: thrown.message, data: thrown.data }, rpc.name, method);
      throw thrown;
    }
  });
  const blocks = createBlockCalls(rpc.name, ask);
  return {
    name: rpc.name,
    ...blocks,
    ...createStateCalls(rpc.name, ask, blocks.header),
    ...createPoolCalls(rpc.name, ask),
    heads: (signal) => follow(rpc, options.silentMs ?? 30_000, options.againMs ?? 1_000, signal),
    close: () => rpc.close(),
  };
}

type BlockCalls = Pick<PolkadotClient, "genesis" | "properties" | "head" | "block" | "hashAt" | "extrinsics"> & { readonly header: (hash: Hex, signal: AbortSignal) => Promise<PolkadotHeader | null> };

function createBlockCalls(name: string, ask: Ask): BlockCalls {
  const headers = createMemory<PolkadotHeader>(keptBlocks);
  const refs = createMemory<BlockRef>(keptBlocks);
  const bodies = createMemory<readonly PolkadotExtrinsic[]>(keptBlocks / 4);

  const header = async (hash: Hex, signal: AbortSignal): Promise<PolkadotHeader | null> => {
    const kept = headers.get(hash);
    if (kept !== undefined) return kept;
    const answer = await ask("chain_getHeader", [hash], signal).catch(nullIf("unknown-block"));
    if (answer === null) return null;
    const parsed = parseHeader(answer, name);
    if (parsed.hash !== hash) throw invalid("block-hash-mismatch", `endpoint ${name} gave the header of block ${parsed.hash} for the asked ${hash}; another endpoint is used`, { evidence: { endpoint: name, asked: hash, got: parsed.hash } });
    return headers.set(hash, parsed);
  };
  const block = async (hash: Hex, signal: AbortSignal): Promise<BlockRef | null> => {
    const kept = refs.get(hash);
    if (kept !== undefined) return kept;
    const found = await header(hash, signal);
    if (found === null) return null;
    return refs.set(hash, { chain: "polkadot", height: found.height, hash, parent: found.parent, time: await timeOf(hash, signal) });
  };
  const timeOf = async (hash: Hex, signal: AbortSignal): Promise<Millis> => {
    try {
      const now = await ask("state_getStorage", [timestampNow, hash], signal);
      return now === null ? 0 : Number(littleEndian(bytesIn(name, "the time of a block", now, 8)));
    } catch (thrown) {
      if (!(thrown instanceof GantryError) || thrown.failure.code !== "block-pruned") throw thrown;
      // the state is gone, but nodes keep the blocks themselves
      return timeInBody((await extrinsics(hash, signal)).map(({ raw }) => raw)) ?? 0;
    }
  };
  const extrinsics = async (hash: Hex, signal: AbortSignal): Promise<readonly PolkadotExtrinsic[]> => {
    const kept = bodies.get(hash);
    if (kept !== undefined) return kept;
    return bodies.set(hash, await bodyOf(name, ask, hash, signal));
  };
  const hashAt = async (height: number, signal: AbortSignal): Promise<Hex | null> => {
    const hash = await ask("chain_getBlockHash", [height], signal);
    return hash === null ? null : bytesIn(name, "a block hash", hash, 32);
  };
  return {
    header,
    block,
    hashAt,
    async genesis(signal) {
      return (await hashAt(0, signal)) ?? bytesIn(name, "the genesis hash", null);
    },
    properties: askOnce((signal) => propertiesOf(ask, signal)),
    async head(at, signal) {
      const hash = at === "final"
        ? bytesIn(name, "the final block's hash", await ask("chain_getFinalizedHead", [], signal), 32)
        : bytesIn(name, "the best block's hash", await ask("chain_getBlockHash", [], signal), 32);
      const found = await block(hash, signal);
      if (found === null) throw unavailable("unknown-block", `endpoint ${name} does not have its own ${at} block ${hash} now; it is asked again`);
      return found;
    },
    extrinsics,
  };
}

async function bodyOf(name: string, ask: Ask, hash: Hex, signal: AbortSignal): Promise<readonly PolkadotExtrinsic[]> {
  const answer = (await ask("chain_getBlock", [hash], signal)) as { readonly block?: { readonly header?: unknown; readonly extrinsics?: unknown } } | null;
  if (answer === null) throw unavailable("unknown-block", `endpoint ${name} does not have block ${hash} now; another endpoint is asked, or it is waited for`);
  const got = parseHeader(answer.block?.header, name);
  if (got.hash !== hash) throw invalid("block-hash-mismatch", `endpoint ${name} gave block ${got.hash} for the asked ${hash}; another endpoint is used`, { evidence: { endpoint: name, asked: hash, got: got.hash } });
  const list = answer.block?.extrinsics;
  if (!Array.isArray(list)) throw badAnswer(name, `block ${hash} without extrinsics`);
  return list.map((raw: unknown, index) => {
    const bytes = bytesIn(name, "an extrinsic", raw);
    return { index, raw: bytes, hash: blake2(bytes) };
  });
}

async function propertiesOf(ask: Ask, signal: AbortSignal): Promise<PolkadotProperties> {
  const raw = ((await ask("system_properties", [], signal)) ?? {}) as { readonly [key: string]: Json };
  // chains with several tokens give lists; the native one comes first
  const one = (key: string): unknown => (Array.isArray(raw[key]) ? (raw[key] as readonly Json[])[0] : raw[key]);
  const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
  const symbol = one("tokenSymbol");
  return { ss58Format: number(one("ss58Format")), tokenDecimals: number(one("tokenDecimals")), tokenSymbol: typeof symbol === "string" ? symbol : null, all: raw };
}

type StateCalls = Pick<PolkadotClient, "runtimeOf" | "runtimeAfter" | "events" | "runtimeCall" | "nonce"> & StorageReads;

function createStateCalls(name: string, ask: Ask, header: BlockCalls["header"]): StateCalls {
  const runtimes = createRuntimes(name, ask);
  const happened = createMemory<readonly PolkadotEvent[]>(keptEvents);
  const nonces = createMemory<bigint>(keptBlocks);
  const runtimeOf = async (block: Hex, signal: AbortSignal): Promise<PolkadotRuntime> => {
    const found = await header(block, signal);
    if (found === null) throw unavailable("unknown-block", `endpoint ${name} does not have block ${block} now; another endpoint is asked, or it is waited for`);
    // the code that ran is the one in the parent's state: a block that sets new code was still run by the old
    return runtimes.at(found.height === 0 ? block : found.parent, signal);
  };
  const runtimeCall = async (method: string, input: Hex, at: Hex, signal: AbortSignal): Promise<Hex> =>
    bytesIn(name, `the answer of ${method}`, await ask("state_call", [method, input, at], signal));
  const stored = async (key: Hex, at: Hex, signal: AbortSignal): Promise<Hex | null> => {
    const value = await ask("state_getStorage", [key, at], signal);
    return value === null ? null : bytesIn(name, "a storage value", value);
  };
  const reads = createStorageReads(name, ask, runtimeOf);
  /** from storage: a runtime that is asked has to run; one that keeps accounts elsewhere is asked */
  const nonceAt = async (account: Hex, at: Hex, signal: AbortSignal): Promise<bigint> => {
    const { registry } = await runtimeOf(at, signal);
    if (storageOf(palletBy(registry, "System"), "Account") === null) return littleEndian(await runtimeCall("AccountNonceApi_account_nonce", account, at, signal));
    const { nonce } = ((await reads.storage("System", "Account", [account], at, signal)) ?? {}) as { readonly nonce?: Json };
    return typeof nonce === "number" || typeof nonce === "string" ? BigInt(nonce) : bytesFail(name, nonce);
  };
  return {
    runtimeOf,
    runtimeAfter: (block, signal) => runtimes.at(block, signal),
    runtimeCall,
    async events(block, signal) {
      const known = happened.get(block);
      if (known !== undefined) return known;
      const [runtime, bytes] = await Promise.all([runtimeOf(block, signal), stored(systemEvents, block, signal)]);
      // a block always has events, but genesis has none
      return happened.set(block, bytes === null ? [] : runtime.events(bytes));
    },
    ...reads,
    async nonce(account, at, signal) {
      if (at !== "pending") return nonces.get(`${at} ${account}`) ?? nonces.set(`${at} ${account}`, await nonceAt(account, at, signal));
      const next = await ask("system_accountNextIndex", [encodeAddress(account)], signal);
      return typeof next === "number" && Number.isSafeInteger(next) && next >= 0 ? BigInt(next) : bytesFail(name, next);
    },
  };
}

function bytesFail(name: string, value: unknown): never {
  throw badAnswer(name, `a nonce that is ${(JSON.stringify(value) ?? "nothing").slice(0, 80)}`);
}

type PoolCalls = Pick<PolkadotClient, "pending" | "submit" | "dryRun">;

function createPoolCalls(name: string, ask: Ask): PoolCalls {
  let offersDryRun = true;
  return {
    async pending(signal) {
      const list = await ask("author_pendingExtrinsics", [], signal);
      if (!Array.isArray(list)) throw badAnswer(name, "pending extrinsics that are no list");
      return list.map((raw: unknown) => bytesIn(name, "a pending extrinsic", raw));
    },
    async submit(raw, signal) {
      const hash = bytesIn(name, "an extrinsic's hash", await ask("author_submitExtrinsic", [raw], signal), 32);
      if (hash !== blake2(raw)) throw badAnswer(name, `hash ${hash} for an extrinsic with another hash`);
    },
    async dryRun(raw, at, signal) {
      if (!offersDryRun) return null;
      const answer = await ask("system_dryRun", [raw, at], signal).catch(nullIf("method-unknown"));
      offersDryRun = answer !== null;
      return answer === null ? null : bytesIn(name, "the outcome of a dry run", answer);
    },
  };
}

async function* follow(rpc: SocketRpc, silentMs: Millis, againMs: Millis, signal: AbortSignal): AsyncGenerator<PolkadotHeader, void, undefined> {
  const subscription = { method: "chain_subscribeNewHeads", unsubscribe: "chain_unsubscribeNewHeads", params: [], silentMs };
  while (!signal.aborted) {
    try {
      for await (const head of rpc.subscribe(subscription, signal)) yield parseHeader(head, rpc.name);
    } catch {
      // the calls tell what is wrong with the endpoint; heads only wait for it
      await pause(againMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
