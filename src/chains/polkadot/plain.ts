/**
 * Decoded SCALE values as plain JSON, so that bridges need no SDK.
 * Always: integers up to 32 bits are numbers, larger ones decimal strings; bytes (accounts and hashes too) lower-case hex;
 * an enum is its variant's name, or {name: value}; an absent option null; field names camelCase; a map a list of pairs;
 * a call, also one inside another's arguments, {pallet, name, args}.
 */
import { GenericCall } from "@polkadot/types";
import type { TypeRegistry } from "@polkadot/types";
import { BTreeMap, BTreeSet, Compact, Enum, Option, Raw, Struct, Tuple, U8aFixed, VecFixed, bool, Null, Text, AbstractInt, AbstractArray, BitVec } from "@polkadot/types-codec";
import type { Codec } from "@polkadot/types-codec/types";

import { bug } from "../../core/errors.ts";
import type { Json } from "../../core/values.ts";
import { fieldsOf, palletBy, variantOf } from "./items.ts";

/** The library adds "_" to fields named like its own methods. */
export const fieldName = (key: string): string => (key.length > 1 && key.endsWith("_") ? key.slice(0, -1) : key);

const structOf = (value: Iterable<readonly [unknown, Codec]>): Json => Object.fromEntries([...value].map(([key, inner]) => [fieldName(String(key)), plainOf(inner)]));

function callOf({ registry, callIndex, args }: GenericCall): Json {
  const pallet = palletBy(registry as TypeRegistry, callIndex[0] ?? -1);
  const variant = variantOf(registry as TypeRegistry, pallet, "call", callIndex[1] ?? -1);
  const fields = fieldsOf(variant?.fields ?? []);
  return { pallet: pallet?.name.toString() ?? "", name: variant?.name.toString() ?? "", args: Object.fromEntries(fields.map(({ name }, at) => [name, plainOf(args[at] as Codec)])) };
}

/** Throws Bug "undecodable-type" for a kind of value nobody thought of. */
export function plainOf(value: Codec): Json {
  if (value instanceof Option) return value.isNone ? null : plainOf(value.unwrap());
  if (value instanceof Compact) return plainOf(value.unwrap());
  if (value instanceof AbstractInt) return value.bitLength() <= 32 ? value.toNumber() : value.toString();
  if (value instanceof bool) return value.isTrue;
  if (value instanceof Null) return null;
  if (value instanceof Text) return value.toString();
  if (value instanceof Enum) return value.inner instanceof Null ? value.type : { [value.type]: plainOf(value.value) };
  if (value instanceof BitVec) return value.toHex();
  if (value instanceof Raw || value instanceof U8aFixed) return value.toHex();
  if (value instanceof BTreeMap) return [...value].map(([key, inner]) => [plainOf(key as Codec), plainOf(inner as Codec)]);
  if (value instanceof BTreeSet) return [...value].map((inner) => plainOf(inner as Codec));
  if (value instanceof GenericCall) return callOf(value);
  if (value instanceof Struct) return structOf(value as Iterable<readonly [unknown, Codec]>);
  if (value instanceof Tuple || value instanceof VecFixed || value instanceof AbstractArray) return [...value].map((inner) => plainOf(inner as Codec));
  throw bug("undecodable-type", `a value of type ${value.toRawType()} cannot be shown as JSON; teach plain.ts this type`);
}
