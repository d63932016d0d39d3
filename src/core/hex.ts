/**
 * Bytes to hex and back, and the few operations on hex that need no bytes.
 * Always: hex is lower case, with 0x, whole bytes; anything else is refused.
 * Never: byte order. Bitcoin's display order lives in chains/bitcoin/order.ts.
 */
import { invalid } from "./errors.ts";
import type { Hex } from "./values.ts";

const hexPattern = /^0x(?:[0-9a-f]{2})*$/;
const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Is this whole bytes of lower-case hex with 0x? `bytes` also asks for that many bytes. */
export const isHex = (text: unknown, bytes?: number): text is Hex =>
  typeof text === "string" && hexPattern.test(text) && (bytes === undefined || text.length === 2 + 2 * bytes);

/** Bytes as hex, in the order they stand. */
export function hexOf(bytes: Uint8Array): Hex {
  let text = "0x";
  for (const byte of bytes) text += pairs[byte] ?? "";
  return text as Hex;
}

const nibble = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return Number.NaN;
};

/** Hex as bytes, in the order they stand. Throws Invalid "undecodable-hex" for anything but lower-case 0x-hex of whole bytes. */
export function bytesOf(hex: Hex): Uint8Array {
  const bad = () => invalid("undecodable-hex", `Not lower-case hex of whole bytes with 0x: "${hex.slice(0, 80)}".`);
  if (!hex.startsWith("0x") || hex.length % 2 !== 0) throw bad();
  const bytes = new Uint8Array(hex.length / 2 - 1);
  for (let at = 0; at < bytes.length; at += 1) {
    const value = nibble(hex.charCodeAt(2 + 2 * at)) * 16 + nibble(hex.charCodeAt(3 + 2 * at));
    if (Number.isNaN(value)) throw bad();
    bytes[at] = value;
  }
  return bytes;
}

/** Number of bytes. */
export const sizeOf = (hex: Hex): number => hex.length / 2 - 1;

/** All parts one after the other. */
export const concatHex = (...parts: readonly Hex[]): Hex => `0x${parts.map((part) => part.slice(2)).join("")}`;

/** Bytes `start` (inclusive) to `end` (exclusive; without it: to the last), as in Uint8Array.slice without negatives. */
export const sliceHex = (hex: Hex, start: number, end?: number): Hex =>
  `0x${hex.slice(2 + 2 * start, end === undefined ? hex.length : 2 + 2 * end)}`;

/** The same bytes, last first. */
export const reverseHex = (hex: Hex): Hex => `0x${(hex.slice(2).match(/../g) ?? []).toReversed().join("")}`;
