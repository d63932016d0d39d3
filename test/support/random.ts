/**
 * Chance that can be replayed: the same seed gives the same numbers.
 * Never: Math.random.
 */
export type Random = {
  /** in [0, 1) */
  next(): number;
  /** true with this probability */
  chance(probability: number): boolean;
  /** whole number in [low, high] */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T | undefined;
};

/** mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return { next, between, chance: (probability) => next() < probability, pick: (items) => items[between(0, items.length - 1)] };
}
