/**
 * Remembers answers that can never change, by hash or version. Always: bounded; the oldest entry goes first.
 */
export interface Memory<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): V;
  forget(key: string): void;
}

export function createMemory<V>(most: number): Memory<V> {
  const kept = new Map<string, V>();
  return {
    get: (key) => kept.get(key),
    set: (key, value) => {
      const oldest = kept.keys().next();
      if (kept.size >= most && oldest.done !== true) kept.delete(oldest.value);
      kept.set(key, value);
      return value;
    },
    forget: (key) => void kept.delete(key),
  };
}
