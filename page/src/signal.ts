/** A wire from one part of the page to another. */
export interface Signal<T> {
  send(value: T): void;
  listen(told: (value: T) => void): () => void;
}

export function signalOf<T>(): Signal<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    send: (value) => {
      for (const told of listeners) told(value);
    },
    listen(told) {
      listeners.add(told);
      return () => void listeners.delete(told);
    },
  };
}
