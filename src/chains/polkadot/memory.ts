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

/** One answer for all who ask, from the first question that was answered. */
export function askOnce<T>(work: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let kept: { readonly value: T } | null = null;
  return async (signal) => {
    kept ??= { value: await work(signal) };
    return kept.value;
  };
}
