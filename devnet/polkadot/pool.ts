/**
 * The transaction pool of a Substrate node, as its rules were read in the source of the single-state pool of polkadot-sdk.
 * Always: what a transaction needs and gives comes from the runtime's own validation; refusals are a node's, code for code.
 * Pure: no I/O; the time is handed in.
 */
import type { Hex } from "../../src/core/values.ts";
import { poolErrors } from "./pool-errors.ts";
import type { RpcRefusal } from "./pool-errors.ts";

/** What TaggedTransactionQueue_validate_transaction said. Tags are hex of their bytes. */
export type Validity =
  | { readonly ok: true; readonly priority: bigint; readonly requires: readonly string[]; readonly provides: readonly string[]; readonly longevity: bigint }
  | { readonly ok: false; readonly refusal: RpcRefusal; readonly unknown: boolean };

export type PoolTx = {
  readonly hash: Hex;
  readonly raw: Hex;
  readonly priority: bigint;
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  /** the block from which it is stale */
  readonly validTill: bigint;
  /** the older the smaller */
  readonly order: number;
};

export type Accepted = { readonly ok: true; readonly state: "ready" | "future"; readonly replaced: readonly Hex[]; readonly promoted: readonly Hex[]; readonly dropped: readonly Hex[] };
export type Refused = { readonly ok: false; readonly refusal: RpcRefusal };

export interface Pool {
  /** 1012 or 1013 without asking the runtime; null: go on. Asking twice for a known one bans it, as a node does */
  known(hash: Hex, nowMs: number): Refused | null;
  submit(tx: { readonly hash: Hex; readonly raw: Hex }, validity: Validity, height: number, nowMs: number): Accepted | Refused;
  /** after a block: what is in it leaves and is banned, as is what became invalid or stale; those are returned */
  renew(entries: readonly { readonly hash: Hex; readonly raw: Hex; readonly validity: Validity }[], included: readonly Hex[], height: number, nowMs: number): readonly Hex[];
  get(hash: Hex): PoolTx | null;
  /** in the order a block takes them */
  ready(): readonly PoolTx[];
  future(): readonly PoolTx[];
  /** takes it and all that need it out; its hashes */
  drop(hash: Hex): readonly Hex[];
  ban(hashes: readonly Hex[], nowMs: number): void;
  setLimits(limits: { readonly ready?: number; readonly banMs?: number }): void;
}

const byPriority = (a: PoolTx, b: PoolTx): number => (a.priority === b.priority ? a.order - b.order : a.priority > b.priority ? -1 : 1);

/** The ones whose needs are met by the chain or by others that are ready, each after what it needs. */
function inOrder(all: readonly PoolTx[]): readonly PoolTx[] {
  const given = new Set<string>();
  const taken: PoolTx[] = [];
  let waiting = all.toSorted(byPriority);
  for (;;) {
    const next = waiting.find(({ requires, provides }) => requires.every((tag) => given.has(tag)) && !provides.some((tag) => given.has(tag)));
    if (next === undefined) return taken;
    taken.push(next);
    for (const tag of next.provides) given.add(tag);
    waiting = waiting.filter((tx) => tx !== next);
  }
}

type Store = { readonly all: Map<Hex, PoolTx>; readonly bannedUntil: Map<Hex, number>; readyLimit: number; banMs: number; count: number };

const refuse = (refusal: RpcRefusal): Refused => ({ ok: false, refusal });
const readyIn = (store: Store): readonly PoolTx[] => inOrder([...store.all.values()]);

function banIn(store: Store, hashes: readonly Hex[], nowMs: number): void {
  for (const hash of hashes) store.bannedUntil.set(hash, nowMs + store.banMs);
}

function dropFrom(store: Store, hash: Hex): readonly Hex[] {
  const tx = store.all.get(hash);
  if (tx === undefined) return [];
  store.all.delete(hash);
  const orphans = [...store.all.values()].filter(({ requires }) => requires.some((tag) => tx.provides.includes(tag)));
  return [hash, ...orphans.flatMap((orphan) => dropFrom(store, orphan.hash))];
}

/** Above the limit the worst ones go and are banned: lowest priority, of equals the oldest. */
function enforceLimit(store: Store, nowMs: number): readonly Hex[] {
  const dropped: Hex[] = [];
  for (let some = readyIn(store); some.length > store.readyLimit; some = readyIn(store)) {
    const worst = some.toSorted((a, b) => (a.priority === b.priority ? a.order - b.order : a.priority < b.priority ? -1 : 1))[0];
    if (worst === undefined) break;
    dropped.push(...dropFrom(store, worst.hash));
  }
  banIn(store, dropped, nowMs);
  return dropped;
}

function entryOf(store: Store, tx: { readonly hash: Hex; readonly raw: Hex }, validity: Validity & { ok: true }, height: number): PoolTx {
  store.count += 1;
  const { priority, requires, provides, longevity } = validity;
  return { hash: tx.hash, raw: tx.raw, priority, requires, provides, validTill: BigInt(height) + longevity, order: store.count };
}

function submitTo(store: Store, entry: PoolTx, nowMs: number): Accepted | Refused {
  if (store.all.has(entry.hash)) return refuse(poolErrors.known(entry.hash)); // two at once
  const before = readyIn(store);
  const isReady = entry.requires.every((tag) => before.some(({ provides }) => provides.includes(tag)));
  // the future queue knows no replacement: a node keeps both and finds out when they become ready
  const rivals = isReady ? before.filter(({ provides }) => provides.some((tag) => entry.provides.includes(tag))) : [];
  const old = rivals.reduce((sum, { priority }) => sum + priority, 0n);
  if (rivals.length > 0 && old >= entry.priority) return refuse(poolErrors.tooLow(old, entry.priority));
  for (const rival of rivals) store.all.delete(rival.hash);
  store.all.set(entry.hash, entry);
  const dropped = enforceLimit(store, nowMs);
  if (dropped.includes(entry.hash)) return refuse(poolErrors.dropped());
  const wasReady = new Set(before.map(({ hash }) => hash));
  const promoted = readyIn(store).filter(({ hash }) => !wasReady.has(hash) && hash !== entry.hash).map(({ hash }) => hash);
  return { ok: true, state: isReady ? "ready" : "future", replaced: rivals.map(({ hash }) => hash), promoted, dropped };
}

export function createPool(): Pool {
  const store: Store = { all: new Map(), bannedUntil: new Map(), readyLimit: 8192, banMs: 30 * 60_000, count: 0 };
  return {
    known: (hash, nowMs) => {
      if ((store.bannedUntil.get(hash) ?? 0) > nowMs) return refuse(poolErrors.banned());
      store.bannedUntil.delete(hash);
      if (!store.all.has(hash)) return null;
      banIn(store, [hash], nowMs);
      return refuse(poolErrors.known(hash));
    },
    submit: (tx, validity, height, nowMs) => {
      if (!validity.ok) {
        if (!validity.unknown) banIn(store, [tx.hash], nowMs);
        return refuse(validity.refusal);
      }
      if (validity.provides.length === 0) return refuse(poolErrors.noTags());
      return submitTo(store, entryOf(store, tx, validity, height), nowMs);
    },
    renew: (entries, included, height, nowMs) => {
      const gone: Hex[] = [];
      for (const hash of included) store.all.delete(hash);
      for (const { hash, raw, validity } of entries) {
        const old = store.all.get(hash);
        if (validity.ok && (old === undefined || old.validTill > BigInt(height))) {
          const entry = entryOf(store, { hash, raw }, validity, height);
          store.all.set(hash, old === undefined ? entry : { ...entry, order: old.order });
        } else {
          store.all.delete(hash);
          gone.push(hash);
        }
      }
      banIn(store, [...included, ...gone], nowMs);
      return gone;
    },
    get: (hash) => store.all.get(hash) ?? null,
    ready: () => readyIn(store),
    future: () => {
      const first = new Set(readyIn(store).map(({ hash }) => hash));
      return [...store.all.values()].filter(({ hash }) => !first.has(hash));
    },
    drop: (hash) => dropFrom(store, hash),
    ban: (hashes, nowMs) => banIn(store, hashes, nowMs),
    setLimits: (limits) => {
      store.readyLimit = limits.ready ?? store.readyLimit;
      store.banMs = limits.banMs ?? store.banMs;
    },
  };
}
