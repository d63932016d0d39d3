/**
 * Mortal eras: from which block an extrinsic is valid and in which blocks it can be.
 * Always: pure; the birth block is named by height and hash, both are signed.
 */
import { bug } from "../../core/errors.ts";
import type { Hex } from "../../core/values.ts";

/** `period` in blocks, a power of two from 4 to 4096: above that, births are rounded and this file would be wrong. */
export type Era = { readonly birth: number; readonly birthHash: Hex; readonly period: number };

export function checkPeriod(period: number): void {
  if (Number.isInteger(Math.log2(period)) && period >= 4 && period <= 4096) return;
  throw bug("era-period-wrong", `an era of ${period} blocks is not possible: allowed are powers of two from 4 to 4096`);
}

/** First and last height of a block that can hold it. The birth block itself is before. */
export const livesIn = ({ birth, period }: Era): { readonly first: number; readonly last: number } => ({ first: birth + 1, last: birth + period - 1 });

/** Can no block after one of this height hold it? */
export const isOver = (era: Era, height: number): boolean => height >= livesIn(era).last;

/** The two bytes of the era in an extrinsic: log2(period) - 1 and the birth's place in the period. */
export function eraBytes({ birth, period }: Era): Uint8Array {
  const encoded = (Math.log2(period) - 1) | ((birth % period) << 4);
  return Uint8Array.of(encoded & 0xff, encoded >> 8);
}
