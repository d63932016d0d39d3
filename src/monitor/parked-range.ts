/**
 * Search ranges that wait for a person, in words: why their blocks cannot be read, and what helps.
 * Always: the same words on every page; many ranges of one cause are one sentence. Never: decides what is tried again.
 */
import type { ScanRange } from "../ports.ts";

/** Ids of ranges whose blocks were made by a runtime that a reader does not know begin so. */
export const misfitPrefix = "polkadot-misfit-";

/** One sentence for each cause; ranges that are merely not searched yet bring none. */
export function parkedReasons(ranges: readonly ScanRange[]): readonly string[] {
  const parked = ranges.filter(({ missing }) => missing.length > 0);
  const [misfits, pruned] = [parked.filter(isMisfit), parked.filter((range) => !isMisfit(range)).flatMap(({ missing }) => missing)];
  return [
    ...(pruned.length === 0 ? [] : [`blocks ${shortList(pruned)} are pruned on every node; give Gantry a node that has them`]),
    ...(misfits.length === 0 ? [] : [`blocks from ${misfits.reduce((low, { next }) => Math.min(low, next), Infinity)} on are kept to be read again: their runtime is not one this version knows; install one that does, and give Gantry a node that still has their state`]),
  ];
}

const isMisfit = ({ id }: ScanRange): boolean => id.startsWith(misfitPrefix);

const shortList = (heights: readonly number[]): string =>
  heights.length <= 5 ? heights.join(", ") : `${heights.slice(0, 4).join(", ")} … ${heights.at(-1)} (${heights.length})`;
