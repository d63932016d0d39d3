/**
 * How many blocks to ask logs of at once: nodes limit blocks, results or time, each its own way and without telling before.
 * Always: pure; at least 1 block; grows while all goes well, halves on a refusal and then holds for a while, so that a fixed
 * limit is not run into at every second question.
 */
export type LogRange = { readonly blocks: number; readonly hold: number };

const largest = 50_000;
const holdAfterRefusal = 16;

export const firstLogRange: LogRange = { blocks: 2_000, hold: 0 };

/** `asked` blocks were answered; a short question (the end of the history) says nothing about the size. */
export function widened(range: LogRange, asked: number): LogRange {
  if (asked < range.blocks) return range;
  if (range.hold > 0) return { ...range, hold: range.hold - 1 };
  return { blocks: Math.min(largest, range.blocks * 2), hold: 0 };
}

/** `asked` blocks were too many. */
export function narrowed(asked: number): LogRange {
  return { blocks: Math.max(1, Math.floor(asked / 2)), hold: holdAfterRefusal };
}
