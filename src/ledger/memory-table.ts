/**
 * Maps whose changes can be taken back, for a store that lives in memory.
 * Always: after `undoTo(mark)` every table of the journal is as it was at that mark.
 * Never: durable.
 */
export interface Journal {
  note(undo: () => void): void;
  /** how much has been noted since `clear` */
  mark(): number;
  undoTo(mark: number): void;
  clear(): void;
}

export function createJournal(): Journal {
  const undos: (() => void)[] = [];
  return {
    note: (undo) => void undos.push(undo),
    mark: () => undos.length,
    undoTo: (mark) => {
      while (undos.length > mark) undos.pop()?.();
    },
    clear: () => void (undos.length = 0),
  };
}

export interface Table<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  values(): Iterable<V>;
  entries(): Iterable<readonly [K, V]>;
}

export function createTable<K, V>(journal: Journal): Table<K, V> {
  const map = new Map<K, V>();
  const noteOld = (key: K): void => {
    const old = map.get(key);
    journal.note(() => void (old === undefined ? map.delete(key) : map.set(key, old)));
  };
  return {
    get: (key) => map.get(key),
    set: (key, value) => {
      noteOld(key);
      map.set(key, value);
    },
    delete: (key) => {
      noteOld(key);
      map.delete(key);
    },
    values: () => map.values(),
    entries: () => map.entries(),
  };
}

/** Many values under one key. */
export interface Index<K, V> {
  of(key: K): readonly V[];
  add(key: K, value: V): void;
  remove(key: K, value: V): void;
}

export function createIndex<K, V>(journal: Journal): Index<K, V> {
  const map = new Map<K, Set<V>>();
  const put = (key: K, value: V): void => {
    const values = map.get(key);
    if (values === undefined) map.set(key, new Set([value]));
    else values.add(value);
  };
  const take = (key: K, value: V): void => {
    const values = map.get(key);
    values?.delete(value);
    if (values?.size === 0) map.delete(key);
  };
  return {
    of: (key) => [...(map.get(key) ?? [])],
    add: (key, value) => {
      if (map.get(key)?.has(value) === true) return;
      put(key, value);
      journal.note(() => take(key, value));
    },
    remove: (key, value) => {
      if (map.get(key)?.has(value) !== true) return;
      take(key, value);
      journal.note(() => put(key, value));
    },
  };
}
