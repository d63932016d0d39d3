/**
 * One version of a chain's runtime: its metadata, and decoding and encoding by it.
 * Always: values are plain JSON (plain.ts); names are the runtime's own (items.ts); what is not there is Unsafe "shape-changed".
 * Never: guesses: bytes that do not decode completely are refused.
 */
import { Metadata, TypeRegistry } from "@polkadot/types";
import type { Vec } from "@polkadot/types";
import type { EventRecord } from "@polkadot/types/interfaces";
import type { Codec } from "@polkadot/types-codec/types";
import { blake2AsU8a, xxhashAsU8a } from "@polkadot/util-crypto";

import { bug, GantryError, invalid, unsafe } from "../../core/errors.ts";
import { bytesOf, concatHex, hexOf, isHex } from "../../core/hex.ts";
import type { Hex, Json } from "../../core/values.ts";
import { constantOf, fieldsOf, keyTypesOf, palletBy, storageOf, variantOf } from "./items.ts";
import { plainOf } from "./plain.ts";

/** `apis`: runtime APIs by their 8-byte id, with version. */
export type RuntimeVersion = { readonly specName: string; readonly specVersion: number; readonly transactionVersion: number; readonly apis: ReadonlyMap<Hex, number> };

/** `extrinsic` is the index of the one that caused it; null: the block itself did. `data` by field name; "0", "1" without names. */
export type PolkadotEvent = { readonly index: number; readonly extrinsic: number | null; readonly pallet: string; readonly name: string; readonly data: { readonly [field: string]: Json } };
/** A call as plain values; calls may stand inside its arguments. E.g. { pallet: "BTCRelay", name: "store_block_header", args: { forkBound: 10 } }. */
export type PolkadotCall = { readonly pallet: string; readonly name: string; readonly args: { readonly [arg: string]: Json } };
/** "Pallet.Error" of a module; else the kind: "BadOrigin", "Token.FundsUnavailable". `about` is the runtime's own explanation. */
export type DispatchFailure = { readonly name: string; readonly about: string };

export interface PolkadotRuntime extends RuntimeVersion {
  /** for signing and shapes; bridges have no use for it */
  readonly registry: TypeRegistry;
  /** from the storage value System.Events */
  events(bytes: Hex): readonly PolkadotEvent[];
  call(bytes: Hex): PolkadotCall;
  /** SCALE bytes of a call */
  encodeCall(call: PolkadotCall): Hex;
  storageKey(pallet: string, item: string, keys: readonly Json[]): Hex;
  /** what all keys of an item begin with */
  storagePrefix(pallet: string, item: string): Hex;
  /** the keys behind a storage key of a map whose hashers keep them */
  storageKeys(pallet: string, item: string, key: Hex): readonly Json[];
  /** no bytes: the item's default; null for an item that has none */
  storageValue(pallet: string, item: string, bytes: Hex | null): Json;
  constant(pallet: string, item: string): Json;
  /** bytes of a type by the library's name for it, as a plain value */
  plain(type: string, bytes: Uint8Array): Json;
  /** by the plain value of a sp_runtime::DispatchError */
  dispatchFailure(error: Json): DispatchFailure;
}

/** An item we use is not in this runtime, or is another than we know. */
export function shapeChanged(version: RuntimeVersion, item: string, how: string): GantryError {
  return unsafe("shape-changed", `runtime ${version.specName} ${version.specVersion}: ${item} ${how}; what uses it stops. A version of Gantry that knows this runtime is needed`, {
    evidence: { specName: version.specName, specVersion: version.specVersion, item },
  });
}
const gone = "is not there";

/** The id under which RuntimeVersion.apis lists a runtime API. */
export const apiId = (name: string): Hex => hexOf(blake2AsU8a(name, 64));

function decoding<T>(version: RuntimeVersion, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    throw invalid("scale-undecodable", `${what} cannot be read with runtime ${version.specName} ${version.specVersion}; another endpoint is asked`, {
      evidence: { specName: version.specName, specVersion: version.specVersion, what }, cause,
    });
  }
}

/** The library reads hex text of a number with the highest byte first, so values are made of bytes only. */
const whole = <T extends Codec>(value: T, bytes: Uint8Array): T => {
  if (value.encodedLength !== bytes.length) throw new RangeError(`${value.encodedLength} of ${bytes.length} bytes make a value`);
  return value;
};

function eventsOf(registry: TypeRegistry, raw: Hex): readonly PolkadotEvent[] {
  const bytes = bytesOf(raw);
  const records = whole(registry.createType("Vec<FrameSystemEventRecord>", bytes) as unknown as Vec<EventRecord>, bytes);
  return records.map(({ phase, event }, index) => {
    const { index: id, data } = event;
    const pallet = palletBy(registry, id[0] ?? -1);
    const variant = variantOf(registry, pallet, "event", id[1] ?? -1);
    const fields = fieldsOf(variant?.fields ?? []);
    return {
      index,
      extrinsic: phase.isApplyExtrinsic ? phase.asApplyExtrinsic.toNumber() : null,
      pallet: pallet?.name.toString() ?? "",
      name: variant?.name.toString() ?? "",
      data: Object.fromEntries(fields.map(({ name }, at) => [name, plainOf(data[at] as Codec)])),
    };
  });
}

const hashers: { readonly [name: string]: (bytes: Uint8Array) => Hex } = {
  Blake2_128: (bytes) => hexOf(blake2AsU8a(bytes, 128)),
  Blake2_256: (bytes) => hexOf(blake2AsU8a(bytes, 256)),
  Blake2_128Concat: (bytes) => concatHex(hexOf(blake2AsU8a(bytes, 128)), hexOf(bytes)),
  Twox128: (bytes) => hexOf(xxhashAsU8a(bytes, 128)),
  Twox256: (bytes) => hexOf(xxhashAsU8a(bytes, 256)),
  Twox64Concat: (bytes) => concatHex(hexOf(xxhashAsU8a(bytes, 64)), hexOf(bytes)),
  Identity: (bytes) => hexOf(bytes),
};

/** Bytes before the key itself, for hashers that keep it. */
const hashBytes: { readonly [name: string]: number } = { Blake2_128Concat: 16, Twox64Concat: 8, Identity: 0 };

/** Prefix and item name, hashed. */
const prefixBytes = 32;

function dispatchFailureOf(registry: TypeRegistry, error: Json): DispatchFailure {
  if (typeof error === "string") return { name: error, about: "" };
  const [kind, value] = Object.entries((error ?? {}) as { readonly [kind: string]: Json })[0] ?? ["Unknown", null];
  if (kind !== "Module") return { name: typeof value === "string" ? `${kind}.${value}` : kind, about: "" };
  const { index, error: raw } = value as { readonly index: number; readonly error: Hex | number };
  const at = typeof raw === "number" ? raw : (isHex(raw) ? bytesOf(raw)[0] ?? -1 : -1);
  const pallet = palletBy(registry, index);
  const variant = variantOf(registry, pallet, "error", at);
  return { name: `${pallet?.name.toString() ?? `Pallet${index}`}.${variant?.name.toString() ?? `Error${at}`}`, about: variant?.docs.map((line) => line.toString().trim()).join(" ") ?? "" };
}

type Storage = Pick<PolkadotRuntime, "storageKey" | "storagePrefix" | "storageKeys" | "storageValue" | "constant">;

function storageCoding(version: RuntimeVersion, registry: TypeRegistry): Storage {
  const found = (pallet: string, item: string) => {
    const storage = storageOf(palletBy(registry, pallet), item);
    if (storage === null) throw shapeChanged(version, `storage ${pallet}.${item}`, gone);
    return storage;
  };
  const storagePrefix = (pallet: string, item: string): Hex => concatHex(hexOf(xxhashAsU8a(found(pallet, item).prefix, 128)), hexOf(xxhashAsU8a(item, 128)));
  return {
    storagePrefix,
    storageKeys: (pallet, item, key) => {
      const { entry } = found(pallet, item);
      const types = keyTypesOf(registry, entry);
      let rest = bytesOf(key).subarray(prefixBytes);
      return decoding(version, `a key of storage ${pallet}.${item}`, () => types.map((type, at) => {
        const skip = hashBytes[entry.type.asMap.hashers[at]?.type ?? ""];
        if (skip === undefined) throw shapeChanged(version, `storage ${pallet}.${item}`, "has keys that cannot be told from their hashes");
        const value = registry.createTypeUnsafe(registry.createLookupType(type), [rest.slice(skip)]);
        rest = rest.subarray(skip + value.encodedLength);
        return plainOf(value);
      }));
    },
    storageKey: (pallet, item, keys) => {
      const { entry } = found(pallet, item);
      const types = keyTypesOf(registry, entry);
      if (types.length !== keys.length) throw shapeChanged(version, `storage ${pallet}.${item}`, `has ${types.length} keys, not ${keys.length}`);
      const hashed = types.map((type, at) => {
        const hash = hashers[entry.type.asMap.hashers[at]?.type ?? ""];
        if (hash === undefined) throw shapeChanged(version, `storage ${pallet}.${item}`, "has a key hasher nobody knows");
        return hash(registry.createTypeUnsafe(registry.createLookupType(type), [keys[at]]).toU8a());
      });
      return concatHex(storagePrefix(pallet, item), ...hashed);
    },
    storageValue: (pallet, item, bytes) => {
      const { entry } = found(pallet, item);
      if (bytes === null && entry.modifier.isOptional) return null;
      const type = registry.createLookupType(entry.type.isPlain ? entry.type.asPlain : entry.type.asMap.value);
      const raw = bytes === null ? entry.fallback.toU8a(true) : bytesOf(bytes);
      return decoding(version, `storage ${pallet}.${item}`, () => plainOf(whole(registry.createTypeUnsafe(type, [raw]), raw)));
    },
    constant: (pallet, item) => {
      const constant = constantOf(palletBy(registry, pallet), item);
      if (constant === null) throw shapeChanged(version, `constant ${pallet}.${item}`, gone);
      return plainOf(registry.createTypeUnsafe(registry.createLookupType(constant.type), [constant.value.toU8a(true)]));
    },
  };
}

const isCall = (value: Json): value is PolkadotCall => typeof value === "object" && value !== null && "pallet" in value && "name" in value && "args" in value;

/** Calls inside a value as the bytes the library takes for them. */
function withBytesForCalls(version: RuntimeVersion, registry: TypeRegistry, value: Json): Json {
  const inner = (part: Json): Json => withBytesForCalls(version, registry, part);
  if (typeof value !== "object" || value === null) return value;
  if (isCall(value)) return encodeCall(version, registry, value);
  if (Array.isArray(value)) return value.map(inner);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inner(part)]));
}

function encodeCall(version: RuntimeVersion, registry: TypeRegistry, { pallet, name, args }: PolkadotCall): Hex {
  const owner = palletBy(registry, pallet);
  const variant = variantOf(registry, owner, "call", name);
  if (owner === null || variant === null) throw shapeChanged(version, `call ${pallet}.${name}`, gone);
  const fields = fieldsOf(variant.fields);
  const odd = [...fields.filter((field) => !(field.name in args)).map((field) => field.name), ...Object.keys(args).filter((key) => fields.every((field) => field.name !== key))];
  if (odd.length > 0) throw shapeChanged(version, `call ${pallet}.${name}`, `has other arguments than we give (${odd.join(", ")})`);
  const encoded = fields.map((field) => {
    try {
      return hexOf(registry.createTypeUnsafe(registry.createLookupType(field.type), [withBytesForCalls(version, registry, args[field.name] ?? null)]).toU8a());
    } catch (cause) {
      if (cause instanceof GantryError) throw cause;
      throw bug("call-not-encodable", `argument ${field.name} of ${pallet}.${name} is not a value of its type in runtime ${version.specName} ${version.specVersion}`, { cause });
    }
  });
  return concatHex(hexOf(Uint8Array.of(owner.index.toNumber(), variant.index.toNumber())), ...encoded);
}

/** `metadata` is the answer of state_getMetadata. Throws Invalid "scale-undecodable". */
export function createRuntime(version: RuntimeVersion, metadata: Hex): PolkadotRuntime {
  const registry = new TypeRegistry();
  decoding(version, "the metadata", () => registry.setMetadata(new Metadata(registry, metadata), undefined, undefined, true));
  return {
    ...version,
    registry,
    ...storageCoding(version, registry),
    events: (bytes) => decoding(version, "the events of a block", () => eventsOf(registry, bytes)),
    call: (bytes) => decoding(version, "a call", () => plainOf(registry.createType("Call", bytesOf(bytes))) as PolkadotCall),
    encodeCall: (call) => encodeCall(version, registry, call),
    plain: (type, bytes) => decoding(version, type, () => plainOf(registry.createTypeUnsafe(type, [bytes]))),
    dispatchFailure: (error) => dispatchFailureOf(registry, error),
  };
}
