/**
 * What a person may type to find a transfer, as the keys under which transfers are filed.
 * Always: hashes, accounts and scripts are filed in lower-case hex with 0x, Bitcoin's in wire order; a query is tried in every spelling.
 * Never: addresses; whoever knows the chain's format turns them into a script or an account first.
 */
import { reverseHex } from "./hex.ts";
import type { Hex } from "./values.ts";

/** Every key the text may stand for: as it is, as hex, and 32-byte hashes in both byte orders. */
export function keysFor(text: string): readonly string[] {
  const trimmed = text.trim();
  const digits = trimmed.toLowerCase().replace(/^0x/u, "");
  if (!/^(?:[0-9a-f]{2})+$/u.test(digits)) return trimmed === "" ? [] : [trimmed];
  const hex: Hex = `0x${digits}`;
  return [...new Set([trimmed, hex, ...(digits.length === 64 ? [reverseHex(hex)] : [])])];
}
