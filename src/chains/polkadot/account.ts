/** Accounts as people write them. */
import { decodeAddress, encodeAddress } from "@polkadot/util-crypto";

import { misconfigured } from "../../core/errors.ts";
import { hexOf } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";

/** 32 bytes of an account given as SS58 text of any prefix, or as 0x and hex. `where` names the key it stands in. Throws Misconfigured "bad-account". */
export function accountOf(text: string, where: string): Hex {
  try {
    const bytes = decodeAddress(text);
    if (bytes.length === 32) return hexOf(bytes);
  } catch (cause) {
    throw misconfigured("bad-account", `${where}: "${text}" is no account: its check sum does not fit; copy it again, or write the public key as 0x and 64 hex digits`, { cause });
  }
  throw misconfigured("bad-account", `${where}: "${text}" is no account of 32 bytes; write SS58 text, or the public key as 0x and 64 hex digits`);
}

/** What an account stands for when something is looked up by it: its 32 bytes; empty for any text that is not SS58. */
export function accountKeys(text: string): readonly Hex[] {
  if (!/^[1-9A-HJ-NP-Za-km-z]{46,50}$/u.test(text)) return [];
  try {
    return [hexOf(decodeAddress(text))];
  } catch {
    return [];
  }
}

/** As people know it: SS58 text with the prefix that fits every chain (42). */
export const accountText = (account: Hex): string => encodeAddress(account, 42);
