/**
 * Public keys on Bitcoin's curve and the scripts that pay them. Pure.
 * Always: keys are 33 bytes, compressed. Never: a secret key.
 */
import { pointMultiply } from "@bitcoinerlab/secp256k1";

import { invalid } from "../../core/errors.ts";
import { bytesOf, concatHex, hexOf } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import { hash160 } from "./merkle.ts";

/** factor · key; `factor` is 32 bytes, highest first, below the order of the curve. Throws Invalid "not-a-public-key" for what is no point, or a factor out of range. */
export function multipliedKey(key: Hex, factor: Hex): Hex {
  try {
    const point = pointMultiply(bytesOf(key), bytesOf(factor), true);
    if (point !== null) return hexOf(point);
  } catch (cause) {
    throw notAKey(key, cause);
  }
  throw notAKey(key, null);
}

const notAKey = (key: Hex, cause: unknown) => invalid("not-a-public-key", `${key.slice(0, 80)} is not a compressed public key on Bitcoin's curve, or its factor is out of range.`, { evidence: { key }, cause });

/** The P2WPKH script of a key. */
export const keyScript = (key: Hex): Hex => concatHex("0x0014", hexOf(hash160(bytesOf(key))));
