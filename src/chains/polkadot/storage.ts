/**
 * Storage values of one node at one block: a single one, many in one round trip, or a whole map page by page.
 * Always: an answer is about the asked block and holds every asked key; values are told as in plain.ts, by the block's runtime.
 * Never: a page so long that decoding it holds up the process.
 */
import { isHex } from "../../core/hex.ts";
import type { Hex, Json } from "../../core/values.ts";
import { badAnswer, bytesIn } from "./header.ts";
import { createMemory } from "./memory.ts";
import type { PolkadotRuntime } from "./runtime.ts";

export type StorageItem = { readonly pallet: string; readonly item: string; readonly keys: readonly Json[] };
export type StorageEntry = { readonly keys: readonly Json[]; readonly value: Json };

export interface StorageReads {
  /** a storage value at a block; null: an optional item is not there. Keys and value as told in plain.ts */
  storage(pallet: string, item: string, keys: readonly Json[], at: Hex, signal: AbortSignal): Promise<Json>;
  /** several values at one block in one round trip, in the order asked for */
  storages(items: readonly StorageItem[], at: Hex, signal: AbortSignal): Promise<readonly Json[]>;
  /** all of a map at a block, in the order of its hashed keys. Its keys' hashers must keep the key */
  entries(pallet: string, item: string, at: Hex, signal: AbortSignal): Promise<readonly StorageEntry[]>;
}

type Ask = (method: string, params: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

/** nodes refuse longer lists of keys in one page */
const keysPerPage = 1_000;
/** values decoded between two looks at other work */
const valuesPerPage = 200;
const keptValues = 4_096;
/** keys in one question for values: some 100 KB of hex */
const keysPerTrip = 1_000;

const chunks = <T>(list: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));

export function createStorageReads(name: string, ask: Ask, runtimeOf: (block: Hex, signal: AbortSignal) => Promise<PolkadotRuntime>): StorageReads {
  // what a block's state says never changes, and one moment's questions are often the same
  const kept = createMemory<Hex | null>(keptValues);
  const valuesOf = async (keys: readonly Hex[], at: Hex, signal: AbortSignal): Promise<ReadonlyMap<string, Hex | null>> => {
    const known = new Map(keys.flatMap((key): [string, Hex | null][] => {
      const value = kept.get(`${at} ${key}`);
      return value === undefined ? [] : [[key, value]];
    }));
    const open = keys.filter((key) => !known.has(key));
    if (open.length === 0) return known;
    const answer = await queried(name, ask, open, at, signal);
    for (const [key, value] of answer) kept.set(`${at} ${key}`, value);
    return new Map([...known, ...answer]);
  };
  const valueIn = (values: ReadonlyMap<string, Hex | null>, key: Hex): Hex | null => {
    const value = values.get(key);
    if (value === undefined) throw badAnswer(name, `no word about storage key ${key}`);
    return value;
  };
  return {
    async storage(pallet, item, keys, at, signal) {
      const runtime = await runtimeOf(at, signal);
      const key = runtime.storageKey(pallet, item, keys);
      let value = kept.get(`${at} ${key}`);
      if (value === undefined) {
        const answer = await ask("state_getStorage", [key, at], signal);
        value = kept.set(`${at} ${key}`, answer === null ? null : bytesIn(name, "a storage value", answer));
      }
      return runtime.storageValue(pallet, item, value);
    },
    async storages(items, at, signal) {
      if (items.length === 0) return [];
      const runtime = await runtimeOf(at, signal);
      const wanted = items.map(({ pallet, item, keys }) => ({ pallet, item, key: runtime.storageKey(pallet, item, keys) }));
      const unique = [...new Set(wanted.map(({ key }) => key))];
      const answers = await Promise.all(chunks(unique, keysPerTrip).map((keys) => valuesOf(keys, at, signal)));
      const values = new Map(answers.flatMap((answer) => [...answer]));
      return wanted.map(({ pallet, item, key }) => runtime.storageValue(pallet, item, valueIn(values, key)));
    },
    async entries(pallet, item, at, signal) {
      const runtime = await runtimeOf(at, signal);
      const found: StorageEntry[] = [];
      for await (const keys of pages(name, ask, runtime.storagePrefix(pallet, item), at, signal)) {
        for (const some of chunks(keys, valuesPerPage)) {
          const values = await queried(name, ask, some, at, signal);
          for (const key of some) {
            const value = valueIn(values, key);
            if (value === null) throw badAnswer(name, `a listed storage key without a value: ${key}`);
            found.push({ keys: runtime.storageKeys(pallet, item, key), value: runtime.storageValue(pallet, item, value) });
          }
        }
      }
      return found;
    },
  };
}

async function queried(name: string, ask: Ask, keys: readonly Hex[], at: Hex, signal: AbortSignal): Promise<ReadonlyMap<string, Hex | null>> {
  const answer = await ask("state_queryStorageAt", [keys, at], signal);
  const sets = Array.isArray(answer) ? (answer as readonly unknown[]) : [];
  const values = new Map<string, Hex | null>();
  for (const set of sets) {
    const { block, changes } = (set ?? {}) as { readonly block?: unknown; readonly changes?: unknown };
    if (block !== at || !Array.isArray(changes)) throw badAnswer(name, `storage of another block than the asked ${at}`);
    for (const pair of changes as readonly unknown[]) {
      const [key, value] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
      if (!isHex(key)) throw badAnswer(name, "a storage value without its key");
      values.set(key, value === null || value === undefined ? null : bytesIn(name, "a storage value", value));
    }
  }
  return values;
}

async function* pages(name: string, ask: Ask, prefix: Hex, at: Hex, signal: AbortSignal): AsyncGenerator<readonly Hex[], void, undefined> {
  let after: Hex | null = null;
  for (;;) {
    // keys after this one; all of them are after their prefix
    const answer: unknown = await ask("state_getKeysPaged", [prefix, keysPerPage, after ?? prefix, at], signal);
    if (!Array.isArray(answer)) throw badAnswer(name, "storage keys that are no list");
    const keys = answer.map((key: unknown) => bytesIn(name, "a storage key", key));
    if (keys.some((key, index) => !key.startsWith(prefix) || key <= (keys[index - 1] ?? after ?? ""))) throw badAnswer(name, "storage keys of another item, or out of order");
    yield keys;
    after = keys.at(-1) ?? null;
    if (keys.length < keysPerPage || after === null) return;
  }
}
