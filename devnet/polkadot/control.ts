/**
 * What the devnet's owner can do to the dev chain, as JSON-RPC methods devnet_*: on the raw port only, which never stalls.
 * Always: one object as parameter, one as answer; `polkadotVerbs` is the other end of the wire, for any process that knows the URL.
 */
import { readFile } from "node:fs/promises";

import { createJsonRpc } from "../../src/chains/json-rpc.ts";
import { GantryError, rejected } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { DevBlock, HeadMove } from "./blocks.ts";
import type { DevChain } from "./chain.ts";
import { setPaused } from "./pause.ts";
import type { Pausable } from "./pause.ts";
import type { Pool } from "./pool.ts";
import type { PolkadotBlocks, Production, ReorgTransactions } from "./production.ts";
import type { Door } from "./sockets.ts";
import type { Submissions } from "./submissions.ts";
import { signedBy, upgradeBySudo } from "./sudo.ts";

export type PolkadotState = { readonly head: DevBlock; readonly final: DevBlock; readonly specVersion: number; readonly ready: readonly Hex[]; readonly future: readonly Hex[] };
export type Reorg = { readonly dropped: readonly Hex[]; readonly added: readonly Hex[] };

/** `gantry devnet polkadot …`, and what tests do. All wait until it is so; errors are those of the chain's process */
export interface PolkadotVerbs {
  state(): Promise<PolkadotState>;
  /** blocks at once, with everything that is ready; they take about 0.1 s each */
  mine(count?: number): Promise<readonly DevBlock[]>;
  /** the head is this block of any branch, by hash, or of the head's branch, by height; below the final one is allowed and breaks finality */
  setHead(at: Hex | number): Promise<DevBlock>;
  /** replaces the last `depth` blocks by `length` (default depth + 1); default: their transactions are in the first new block */
  reorg(depth: number, options?: { readonly length?: number; readonly transactions?: ReorgTransactions }): Promise<Reorg>;
  /** time of the next block in milliseconds since 1970, forward only; the chain's clock goes on from there */
  setTime(timeMs: number): Promise<void>;
  setBlocks(blocks: PolkadotBlocks): Promise<void>;
  /** no blocks by themselves; transactions wait */
  stall(on: boolean): Promise<void>;
  /** how many blocks final is behind the head from now on; a large number stops finality */
  setFinalityLag(blocks: number): Promise<void>;
  /** the next block carries this runtime (a .wasm file); blocks after it run it. Its spec version must be higher */
  upgrade(wasmFile: string): Promise<DevBlock>;
  /**
   * What the oracle says from the next block on: planck of a collateral ("DOT", "INTR") per satoshi, or satoshi per virtual
   * byte ("fee"). Fed by the development preset's oracle, //Alice.
   */
  setPrice(of: string, value: number): Promise<DevBlock>;
  /**
   * Calls of this pallet, or the one named, fail with System.CallFiltered from the next block on until unpaused; those of System,
   * Timestamp, Sudo and root never do. Names as in the metadata: "BTCRelay", "store_block_header".
   */
  pause(pallet: string, call?: string): Promise<DevBlock>;
  /** without a call: everything of the pallet */
  unpause(pallet: string, call?: string): Promise<DevBlock>;
  /** takes a transaction out of the pool; banned: it is refused with 1012 from then on */
  dropExtrinsic(hash: Hex, options?: { readonly banned?: boolean }): Promise<readonly Hex[]>;
  /** how many transactions the pool keeps ready (1016 above), how long it bans (1012) */
  setPool(limits: { readonly ready?: number; readonly banMs?: number }): Promise<void>;
  /** true: open sockets and new ones say nothing, though they stay open */
  silence(on: boolean): Promise<void>;
  /** ends every open socket; how many */
  cut(): Promise<number>;
  /** every answer is this late; 0 ends it */
  answerLate(ms: number): Promise<void>;
}

type Method = (input: { readonly [name: string]: unknown }) => Promise<unknown>;
type Parts = { readonly chain: DevChain; readonly pool: Pool; readonly submissions: Submissions; readonly production: Production; readonly door: Door; readonly setLate: (ms: number) => void; readonly onFinal: (move: HeadMove) => Promise<void> };

const pausable = (pallet: unknown, call: unknown): Pausable => ({ pallet: String(pallet), call: typeof call === "string" ? call : null });

export function createControl(parts: Parts): { readonly [method: string]: Method } {
  const { chain, pool, production, door } = parts;
  const done = (act: () => void | Promise<void>): Promise<null> => Promise.resolve().then(act).then(() => null);
  return {
    devnet_state: async () => ({
      head: chain.tree.head(),
      final: chain.tree.final(),
      specVersion: (await chain.blockchain.head.runtimeVersion).specVersion,
      ready: pool.ready().map(({ hash }) => hash),
      future: pool.future().map(({ hash }) => hash),
    }),
    devnet_mine: ({ count }) => production.mine(Number(count)),
    devnet_setHead: ({ at }) => production.setHead(at as Hex | number),
    devnet_reorg: ({ depth, length, transactions }) => production.reorg(Number(depth), Number(length), transactions as ReorgTransactions),
    devnet_setTime: ({ timeMs }) => done(() => chain.setTime(Number(timeMs))),
    devnet_setBlocks: ({ blocks }) => done(() => production.setBlocks(blocks as PolkadotBlocks)),
    devnet_stall: ({ on }) => done(() => production.stall(on === true)),
    devnet_setFinalityLag: async ({ blocks }) => {
      const finalized = chain.tree.setLag(Number(blocks));
      await parts.onFinal({ head: chain.tree.head(), retracted: [], enacted: [], finalized });
      return null;
    },
    devnet_upgrade: async ({ wasmFile }) => {
      const before = await chain.blockchain.head.wasm;
      const wasm = hexOf(await readFile(String(wasmFile)).catch((cause: unknown) => {
        throw rejected("devnet-upgrade-refused", `The file ${String(wasmFile)} cannot be read (${cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable"}); name a runtime's .wasm.`, { cause });
      }));
      // a change of code takes a whole block's weight: what waits in a pool comes after it, to the new runtime
      const block = await production.include(async () => [await upgradeBySudo(chain, wasm)], true);
      if ((await chain.blockchain.head.wasm) === before) throw rejected("devnet-upgrade-refused", "The runtime is still the old one. The new one needs a higher spec version and the same spec name.");
      return block;
    },
    devnet_setPrice: ({ of, value }) => {
      const key = of === "fee" ? "FeeEstimation" : { ExchangeRate: { Token: of } };
      const fixed = BigInt(Math.round(Number(value) * 1e6)) * 10n ** 12n; // FixedU128: 18 decimals
      return production.include(async () => [await signedBy(chain, "//Alice", { section: "oracle", method: "feedValues", args: [[[key, fixed]]] })]);
    },
    devnet_pause: ({ pallet, call }) => setPaused(chain, production, pausable(pallet, call), true),
    devnet_unpause: ({ pallet, call }) => setPaused(chain, production, pausable(pallet, call), false),
    devnet_dropExtrinsic: ({ hash, banned }) => Promise.resolve(parts.submissions.drop(hash as Hex, banned === true)),
    devnet_setPool: (limits) => done(() => pool.setLimits(limits)),
    devnet_silence: ({ on }) => done(() => door.hold(on === true)),
    devnet_cut: () => Promise.resolve(door.cut()),
    devnet_answerLate: ({ ms }) => done(() => parts.setLate(Number(ms))),
  };
}

/** The verbs of the dev chain behind this raw URL (http or ws). */
export function polkadotVerbs(rawUrl: string): PolkadotVerbs {
  const rpc = createJsonRpc({ name: "polkadot", url: rawUrl.replace(/^ws/, "http"), timeoutMs: 120_000 });
  const ask = async <T>(verb: string, input: { readonly [name: string]: unknown } = {}): Promise<T> => {
    const answer = (await rpc.call(`devnet_${verb}`, [input], new AbortController().signal)) as { readonly value: T } | { readonly refused: Failure };
    if ("refused" in answer) throw new GantryError(answer.refused);
    return answer.value;
  };
  return {
    state: () => ask("state"),
    mine: (count = 1) => ask("mine", { count }),
    setHead: (at) => ask("setHead", { at }),
    reorg: (depth, { length = depth + 1, transactions = "again" } = {}) => ask("reorg", { depth, length, transactions }),
    setTime: (timeMs) => ask("setTime", { timeMs }),
    setBlocks: (blocks) => ask("setBlocks", { blocks }),
    stall: (on) => ask("stall", { on }),
    setFinalityLag: (blocks) => ask("setFinalityLag", { blocks }),
    upgrade: (wasmFile) => ask("upgrade", { wasmFile }),
    setPrice: (of, value) => ask("setPrice", { of, value }),
    pause: (pallet, call) => ask("pause", { pallet, call }),
    unpause: (pallet, call) => ask("unpause", { pallet, call }),
    dropExtrinsic: (hash, { banned = false } = {}) => ask("dropExtrinsic", { hash, banned }),
    setPool: (limits) => ask("setPool", limits),
    silence: (on) => ask("silence", { on }),
    cut: () => ask("cut"),
    answerLate: (ms) => ask("answerLate", { ms }),
  };
}
