/**
 * The genesis of a runtime, made by the runtime itself: its GenesisBuilder fills the state from one of its presets.
 * Always: the same wasm and preset give the same state, hence the same genesis hash.
 * Never: a storage value written by hand, save the code itself.
 */
import { calculateStateRoot, emptyTaskHandler, runTask } from "@acala-network/chopsticks";
import { blake2AsHex } from "@polkadot/util-crypto";

import { misconfigured } from "../../src/core/errors.ts";
import { bytesOf, concatHex, hexOf } from "../../src/core/hex.ts";
import type { Hex, Json } from "../../src/core/values.ts";

/** What a node calls the chain's properties: display rules, and for bridges the Bitcoin network. */
export type ChainProperties = { readonly [name: string]: string | number };

/** A raw chain spec, as a node reads it. */
export type ChainSpec = {
  readonly name: string;
  readonly id: string;
  readonly chainType: "Development";
  readonly bootNodes: readonly string[];
  readonly properties: ChainProperties;
  readonly genesis: { readonly raw: { readonly top: Record<Hex, Hex>; readonly childrenDefault: Record<string, never> } };
};

/** A genesis with the header that a node computes from it. */
export type Genesis = { readonly spec: ChainSpec; readonly hash: Hex; readonly stateRoot: Hex };

const code: Hex = "0x3a636f6465";
const zeroHash: Hex = `0x${"00".repeat(32)}`;
/** the root of a trie that holds nothing: block 0 has no extrinsics */
const noExtrinsics: Hex = "0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314";
const defaultProperties: ChainProperties = { ss58Format: 42, tokenDecimals: 10, tokenSymbol: "INTR", bitcoinNetwork: "bitcoin-regtest" };

/** SCALE: a length before bytes, up to 2^30. */
function withLength(bytes: Uint8Array): Uint8Array {
  const count = bytes.length;
  if (count < 0x40) return Uint8Array.from([count << 2, ...bytes]);
  if (count < 0x4000) return Uint8Array.from([((count << 2) | 1) & 0xff, count >> 6, ...bytes]);
  const long = new Uint8Array(4 + bytes.length);
  new DataView(long.buffer).setUint32(0, count * 4 + 2, true);
  long.set(bytes, 4);
  return long;
}

/** SCALE: the bytes behind their length. */
function withoutLength(bytes: Uint8Array): Uint8Array {
  const mode = (bytes[0] ?? 0) & 3;
  return bytes.subarray(mode === 0 ? 1 : mode === 1 ? 2 : 4);
}

/** Objects merge, everything else replaces: a preset is a patch on the runtime's default. */
function patched(base: Json, patch: Json): Json {
  if (!isObject(base) || !isObject(patch)) return patch;
  const merged: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(patch)) merged[name] = patched(merged[name] ?? null, value);
  return merged;
}

const isObject = (value: Json): value is { readonly [name: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);

type Answer = { readonly result: Hex; readonly storageDiff: readonly (readonly [Hex, Hex | null])[] };

/** One call of the runtime on an empty state. */
async function call(wasm: Hex, method: string, argument: Hex): Promise<Answer> {
  const nothing = { ...emptyTaskHandler, getStorage: () => Promise.resolve(undefined), getNextKey: () => Promise.resolve(undefined) };
  const response = await runTask({ wasm, calls: [[method, [argument]]], mockSignatureHost: false, allowUnresolvedImports: false, runtimeLogLevel: 0 }, nothing);
  if ("Error" in response) throw misconfigured("devnet-bad-runtime", `The runtime cannot answer ${method}: ${response.Error}`);
  return response.Call;
}

async function presetOf(wasm: Hex, name: string | null): Promise<Json> {
  const option = name === null ? Uint8Array.of(0) : Uint8Array.from([1, ...withLength(new TextEncoder().encode(name))]);
  const bytes = bytesOf((await call(wasm, "GenesisBuilder_get_preset", hexOf(option))).result);
  if (bytes[0] !== 1) throw misconfigured("devnet-bad-runtime", `The runtime has no genesis preset "${name ?? "default"}".`);
  return JSON.parse(new TextDecoder().decode(withoutLength(bytes.subarray(1)))) as Json;
}

/**
 * The genesis that `wasm` (plain or compressed) builds from its preset, by default "development".
 * Throws Misconfigured "devnet-bad-runtime" when the runtime has no such preset or refuses it.
 */
export async function genesisFromWasm(wasm: Uint8Array, options: { readonly preset?: string; readonly properties?: ChainProperties } = {}): Promise<Genesis> {
  const { preset = "development" } = options;
  const properties = { ...defaultProperties, ...options.properties };
  const wasmHex = hexOf(wasm);
  const config = new TextEncoder().encode(JSON.stringify(patched(await presetOf(wasmHex, null), await presetOf(wasmHex, preset))));
  const { result, storageDiff } = await call(wasmHex, "GenesisBuilder_build_state", hexOf(withLength(config)));
  if (result !== "0x00") throw misconfigured("devnet-bad-runtime", `The runtime refuses its preset "${preset}": ${new TextDecoder().decode(bytesOf(result))}`);
  const top: Record<Hex, Hex> = { [code]: wasmHex };
  for (const [key, value] of storageDiff) if (value !== null) top[key] = value;
  const stateRoot = await calculateStateRoot(Object.entries(top) as [Hex, Hex][], 1);
  // parent, compact number 0, state root, extrinsics root, empty digest
  const hash = blake2AsHex(bytesOf(concatHex(zeroHash, "0x00", stateRoot, noExtrinsics, "0x00")), 256);
  const spec: ChainSpec = { name: "Gantry devnet", id: "gantry_dev", chainType: "Development", bootNodes: [], properties, genesis: { raw: { top, childrenDefault: {} } } };
  return { spec, hash, stateRoot };
}
