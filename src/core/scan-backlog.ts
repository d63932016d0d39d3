/** How much history is still to be read. Pure. Always: a block that several searches want is read once, and counts once. */

/** Blocks in these ranges (`next`..`last`, empty when next > last), in any order. */
export function backlogOf(ranges: readonly { readonly next: number; readonly last: number }[]): number {
  let [count, from] = [0, 0];
  for (const { next, last } of ranges.toSorted((a, b) => a.next - b.next)) {
    count += Math.max(0, last - Math.max(next, from) + 1);
    from = Math.max(from, last + 1);
  }
  return count;
}
