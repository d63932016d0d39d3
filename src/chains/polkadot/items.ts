/**
 * Finds pallets, calls, events, errors, storage and constants in a runtime's metadata, by the names the runtime gave them.
 * Always: names are exact ("BTCRelay", "store_block_header"); field names come out in camelCase, as decoded values have them.
 * Never: throws for an absent item; null says so.
 */
import type { TypeRegistry } from "@polkadot/types";
import type { PalletConstantMetadataLatest, PalletMetadataLatest, SiField, SiLookupTypeId, SiVariant, StorageEntryMetadataLatest } from "@polkadot/types/interfaces";

export type Pallet = PalletMetadataLatest;
export type Field = { readonly name: string; readonly type: SiLookupTypeId };

export const camel = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const bare = (name: string): string => name.replace(/^r#/, "");

/** Unnamed fields are called "0", "1", … */
export const fieldsOf = (fields: readonly SiField[]): readonly Field[] =>
  fields.map(({ name, type }, at) => ({ name: name.isSome ? camel(bare(name.unwrap().toString())) : `${at}`, type }));

export const palletBy = (registry: TypeRegistry, at: string | number): Pallet | null =>
  registry.metadata.pallets.find(({ name, index }) => (typeof at === "string" ? name.toString() === at : index.toNumber() === at)) ?? null;

const kinds = { call: "calls", event: "events", error: "errors" } as const;
export type VariantKind = keyof typeof kinds;

/** A call, event or error of a pallet, by name or index. */
export function variantOf(registry: TypeRegistry, pallet: Pallet | null, kind: VariantKind, at: string | number): SiVariant | null {
  const types = pallet?.[kinds[kind]];
  if (types === undefined || types.isNone) return null;
  const { variants } = registry.lookup.getSiType(types.unwrap().type).def.asVariant;
  return variants.find(({ name, index }) => (typeof at === "string" ? name.toString() === at : index.toNumber() === at)) ?? null;
}

export function storageOf(pallet: Pallet | null, item: string): { readonly prefix: string; readonly entry: StorageEntryMetadataLatest } | null {
  if (pallet === null || pallet.storage.isNone) return null;
  const { prefix, items } = pallet.storage.unwrap();
  const entry = items.find(({ name }) => name.toString() === item);
  return entry === undefined ? null : { prefix: prefix.toString(), entry };
}

export const constantOf = (pallet: Pallet | null, item: string): PalletConstantMetadataLatest | null =>
  pallet?.constants.find(({ name }) => name.toString() === item) ?? null;

/** Types of the keys of a storage item; none for a plain value. */
export function keyTypesOf(registry: TypeRegistry, { type }: StorageEntryMetadataLatest): readonly SiLookupTypeId[] {
  if (type.isPlain) return [];
  const { hashers, key } = type.asMap;
  if (hashers.length === 1) return [key];
  return [...registry.lookup.getSiType(key).def.asTuple];
}
