/**
 * The one pair of functions between wire order (all of the program) and display order (bitcoind's RPC, explorers).
 * Always: 32-byte hashes only. Never: called anywhere but at the edge.
 */
import { invalid } from "../../core/errors.ts";
import { isHex, reverseHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";

/** Wire order with 0x → display order without 0x, as bitcoind takes it. */
export const toDisplay = (wire: Hex): string => reverseHex(wire).slice(2);

/** Display order without 0x → wire order with 0x. Throws Invalid "undecodable-hash" unless it is 64 lower-case hex digits. */
export function fromDisplay(display: string): Hex {
  const hex = `0x${display}`;
  if (!isHex(hex, 32)) throw invalid("undecodable-hash", `Not a Bitcoin hash of 64 lower-case hex digits: "${display.slice(0, 80)}".`);
  return reverseHex(hex);
}
