/**
 * What a Bitcoin address stands for when something is looked up by it.
 * Always: of any network, because nobody looks up a test address by mistake; pure. Never: an error for text that is no address.
 */
import { sliceHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import { parseAddress } from "./script-address.ts";

/** The output script, and the 20-byte key hash when the address is that of one key; empty for any other text. */
export function addressKeys(text: string): readonly Hex[] {
  const parsed = parseAddress(text);
  if (parsed === null) return [];
  const { script } = parsed;
  if (/^0x0014[0-9a-f]{40}$/u.test(script)) return [script, sliceHex(script, 2)];
  return /^0x76a914[0-9a-f]{40}88ac$/u.test(script) ? [script, sliceHex(script, 3, 23)] : [script];
}
