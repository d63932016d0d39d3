/**
 * What a runtime's metadata offers, as lines that can be compared: "0 request_issue(amount: Compact<u128>, …)", "vaults(VaultId): Option<Vault>".
 * Always: types by the library's names, items and fields in camel case, as @polkadot/typegen writes them; the order is the metadata's,
 * but for storage and constants, which are sorted. A fixed-point number is the integer it is kept in.
 */
import type { PortableRegistry } from "@polkadot/types";
import type { SiField, SiLookupTypeId, SiVariant } from "@polkadot/types/interfaces";
import type { StorageEntryMetadataLatest } from "@polkadot/types/interfaces/metadata";
import { stringCamelCase } from "@polkadot/util";

import type { PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";

export type PalletLines = { readonly [kind in "calls" | "events" | "errors" | "storage" | "constants"]: readonly string[] };
export type InterfaceLines = { readonly pallets: { readonly [pallet: string]: PalletLines }; readonly types: { readonly [type: string]: readonly string[] } };

const known = new Set(["AccountId32", "H160", "H256", "U256"]);

function createNames(lookup: PortableRegistry): { readonly nameOf: (id: SiLookupTypeId) => string; readonly named: ReadonlyMap<string, SiLookupTypeId> } {
  const named = new Map<string, SiLookupTypeId>();
  const nameOf = (id: SiLookupTypeId): string => {
    const { def, path, params } = lookup.getSiType(id);
    const last = path.at(-1)?.toString() ?? "";
    if (last === "Option") return `Option<${params.map(({ type }) => nameOf(type.unwrap())).join(", ")}>`;
    if (last === "FixedU128") return "u128";
    if (known.has(last)) return last;
    if (last === "BoundedVec" && def.isComposite) return def.asComposite.fields.map(({ type }) => nameOf(type)).join(", ");
    if (def.isPrimitive) return def.asPrimitive.type.toLowerCase();
    if (def.isCompact) return `Compact<${nameOf(def.asCompact.type)}>`;
    if (def.isArray) return `[${nameOf(def.asArray.type)}; ${def.asArray.len.toNumber()}]`;
    if (def.isTuple) return def.asTuple.length === 0 ? "Null" : `(${def.asTuple.map(nameOf).join(", ")})`;
    if (def.isSequence) {
      const of = nameOf(def.asSequence.type);
      return of === "u8" ? "Bytes" : `Vec<${of}>`;
    }
    const name = lookup.getName(id) ?? last;
    named.set(name, id);
    return name;
  };
  return { nameOf, named };
}

/** The interface of these pallets, named as in the metadata, and of every type they name. */
export function interfaceOf(runtime: PolkadotRuntime, pallets: readonly string[]): InterfaceLines {
  const { lookup, metadata } = runtime.registry;
  const { nameOf, named } = createNames(lookup);
  const fieldLine = ({ name, type }: SiField): string => (name.isSome ? `${stringCamelCase(name.unwrap().toString())}: ${nameOf(type)}` : nameOf(type));
  const variantLine = ({ index, name, fields }: SiVariant): string =>
    fields.length === 0 ? `${index.toNumber()} ${name.toString()}` : `${index.toNumber()} ${name.toString()}(${fields.map(fieldLine).join(", ")})`;
  const linesOf = (id: SiLookupTypeId): readonly string[] => {
    const { def } = lookup.getSiType(id);
    return def.isVariant ? def.asVariant.variants.map(variantLine) : def.isComposite ? def.asComposite.fields.map(fieldLine) : [nameOf(id)];
  };
  const storageLine = ({ name, modifier, type }: StorageEntryMetadataLatest): string => {
    const value = nameOf(type.isPlain ? type.asPlain : type.asMap.value);
    const keys = type.isPlain ? "" : nameOf(type.asMap.key);
    const item = stringCamelCase(name.toString());
    const bare = type.isMap && type.asMap.hashers.length > 1 ? keys.slice(1, -1) : keys;
    return `${item}${bare === "" ? "" : `(${bare})`}: ${modifier.isOptional ? `Option<${value}>` : value}`;
  };

  const lines: Record<string, PalletLines> = {};
  for (const pallet of metadata.pallets.filter(({ name }) => pallets.includes(name.toString()))) {
    lines[stringCamelCase(pallet.name.toString())] = {
      calls: pallet.calls.isSome ? linesOf(pallet.calls.unwrap().type) : [],
      events: pallet.events.isSome ? linesOf(pallet.events.unwrap().type) : [],
      errors: pallet.errors.isSome ? linesOf(pallet.errors.unwrap().type) : [],
      storage: pallet.storage.isSome ? pallet.storage.unwrap().items.map(storageLine).toSorted() : [],
      constants: pallet.constants.map(({ name, type }) => `${stringCamelCase(name.toString())}: ${nameOf(type)}`).toSorted(),
    };
  }
  const types: Record<string, readonly string[]> = {};
  // the map grows while it is walked: a type's lines name further types
  for (const [name, id] of named) types[name] = linesOf(id);
  return { pallets: lines, types };
}
