/**
 * Checks that the calls, events, storage and constants a bridge uses look in a runtime as it knows them.
 * Always: pure; only what is named is looked at; a difference throws Unsafe "shape-changed" naming the item.
 * Words for types: "u32", "bool", "str", "[u8; 32]", "[T]" (list), "(A, B)", "{field: T}", "Name | Other(T)", "Compact<T>",
 * "Option<T>" as the variant it is; "_" in a need, also inside a type, fits any type. A one-field wrapper without a field name is what it wraps.
 */
import type { TypeRegistry } from "@polkadot/types";
import { findUnknownExtensions } from "@polkadot/types/extrinsic/signedExtensions";
import type { SiLookupTypeId } from "@polkadot/types/interfaces";

import { constantOf, fieldsOf, keyTypesOf, palletBy, storageOf, variantOf } from "./items.ts";
import type { Field } from "./items.ts";
import { shapeChanged } from "./runtime.ts";
import type { PolkadotRuntime } from "./runtime.ts";

/** Keys are "Pallet.item"; fields in the runtime's order, with the words for their types. Calls and events must have just these. */
export type Needs = {
  readonly events?: { readonly [item: string]: { readonly [field: string]: string } };
  readonly calls?: { readonly [item: string]: { readonly [arg: string]: string } };
  readonly storage?: { readonly [item: string]: { readonly keys: readonly string[]; readonly value: string } };
  readonly constants?: { readonly [item: string]: string };
};

const fieldsShape = (registry: TypeRegistry, fields: readonly Field[], path: readonly number[]): string => {
  const parts = fields.map(({ name, type }) => (/^\d/.test(name) ? typeShape(registry, type, path) : `${name}: ${typeShape(registry, type, path)}`));
  if (fields.length === 0) return "()";
  if (!/^\d/.test(fields[0]?.name ?? "0")) return `{${parts.join(", ")}}`;
  return parts.length === 1 ? (parts[0] ?? "") : `(${parts.join(", ")})`;
};

/** The words for a type. A type inside itself is "^". */
export function typeShape(registry: TypeRegistry, id: SiLookupTypeId, path: readonly number[] = []): string {
  const at = id.toNumber();
  if (path.includes(at)) return "^";
  const inner = [...path, at];
  const of = (type: SiLookupTypeId): string => typeShape(registry, type, inner);
  const { def } = registry.lookup.getSiType(id);
  if (def.isPrimitive) return def.asPrimitive.type.toLowerCase();
  if (def.isCompact) return `Compact<${of(def.asCompact.type)}>`;
  if (def.isSequence) return `[${of(def.asSequence.type)}]`;
  if (def.isArray) return `[${of(def.asArray.type)}; ${def.asArray.len.toNumber()}]`;
  if (def.isTuple) return `(${[...def.asTuple].map(of).join(", ")})`;
  if (def.isComposite) return fieldsShape(registry, fieldsOf(def.asComposite.fields), inner);
  if (def.isBitSequence) return "bits";
  if (!def.isVariant) return def.type;
  return [...def.asVariant.variants]
    .sort((a, b) => a.index.toNumber() - b.index.toNumber())
    .map(({ name, fields }) => {
      if (fields.length === 0) return name.toString();
      const shape = fieldsShape(registry, fieldsOf(fields), inner);
      return shape.startsWith("(") || shape.startsWith("{") ? `${name.toString()}${shape}` : `${name.toString()}(${shape})`;
    })
    .join(" | ");
}

/** Where the type that begins at `from` ends: before the comma, semicolon or closing bracket that is not its own. */
function endOfType(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (depth === 0 && ",;)]}>".includes(sign)) return at;
    if ("([{<".includes(sign)) depth += 1;
    if (")]}>".includes(sign)) depth -= 1;
  }
  return text.length;
}

function fits(need: string, is: string): boolean {
  const [first = "", ...others] = need.split(/(?<!\w)_(?!\w)/);
  let at = first.length;
  if (!is.startsWith(first)) return false;
  for (const part of others) {
    const end = endOfType(is, at);
    if (!is.startsWith(part, end)) return false;
    at = end + part.length;
  }
  return at === is.length;
}
const halves = (item: string): readonly [string, string] => {
  const dot = item.indexOf(".");
  return [item.slice(0, dot), item.slice(dot + 1)];
};

function checkVariant(runtime: PolkadotRuntime, kind: "call" | "event", item: string, need: { readonly [field: string]: string }): void {
  const { registry } = runtime;
  const [pallet, name] = halves(item);
  const variant = variantOf(registry, palletBy(registry, pallet), kind, name);
  if (variant === null) throw shapeChanged(runtime, `${kind} ${item}`, "is not there");
  const is = fieldsOf(variant.fields).map((field) => ({ name: field.name, shape: typeShape(registry, field.type) }));
  const names = is.map((field) => field.name).join(", ");
  if (names !== Object.keys(need).join(", ")) throw shapeChanged(runtime, `${kind} ${item}`, `has the fields (${names}), not (${Object.keys(need).join(", ")})`);
  for (const field of is) {
    const wanted = need[field.name] ?? "_";
    if (!fits(wanted, field.shape)) throw shapeChanged(runtime, `${kind} ${item}`, `has field ${field.name} of type ${field.shape}, not ${wanted}`);
  }
}

/** Throws Unsafe "shape-changed" for the first item that differs. */
export function checkShape(runtime: PolkadotRuntime, needs: Needs): void {
  const { registry } = runtime;
  for (const [item, need] of Object.entries(needs.events ?? {})) checkVariant(runtime, "event", item, need);
  for (const [item, need] of Object.entries(needs.calls ?? {})) checkVariant(runtime, "call", item, need);
  for (const [item, need] of Object.entries(needs.storage ?? {})) {
    const [pallet, name] = halves(item);
    const storage = storageOf(palletBy(registry, pallet), name);
    if (storage === null) throw shapeChanged(runtime, `storage ${item}`, "is not there");
    const keys = keyTypesOf(registry, storage.entry).map((type) => typeShape(registry, type));
    const { type } = storage.entry;
    const value = typeShape(registry, type.isPlain ? type.asPlain : type.asMap.value);
    if (keys.length !== need.keys.length || !keys.every((key, at) => fits(need.keys[at] ?? "_", key))) throw shapeChanged(runtime, `storage ${item}`, `has keys (${keys.join(", ")}), not (${need.keys.join(", ")})`);
    if (!fits(need.value, value)) throw shapeChanged(runtime, `storage ${item}`, `holds ${value}, not ${need.value}`);
  }
  for (const [item, need] of Object.entries(needs.constants ?? {})) {
    const [pallet, name] = halves(item);
    const constant = constantOf(palletBy(registry, pallet), name);
    if (constant === null) throw shapeChanged(runtime, `constant ${item}`, "is not there");
    const is = typeShape(registry, constant.type);
    if (!fits(need, is)) throw shapeChanged(runtime, `constant ${item}`, `is ${is}, not ${need}`);
  }
}

/** Can extrinsics for this runtime be signed? An extension that the library does not know and that wants bytes would be left out. Throws Unsafe "shape-changed". */
export function checkSigning(runtime: PolkadotRuntime): void {
  const { registry } = runtime;
  const unknown = findUnknownExtensions(registry.signedExtensions);
  for (const { identifier, type, implicit } of registry.metadata.extrinsic.transactionExtensions) {
    const wants = [type, implicit].some((id) => typeShape(registry, id) !== "()");
    if (wants && unknown.includes(identifier.toString())) throw shapeChanged(runtime, `signed extension ${identifier.toString()}`, "is one that nothing here can sign");
  }
}
