/**
 * Block headers of Substrate chains: from a node's JSON to checked values.
 * Always: the hash is computed from the header's own bytes, so height and parent are those the hash stands for.
 * Never: time out of a header; it has none. It stands in the block's state, and in the inherent extrinsic that set it.
 */
import { blake2AsHex } from "@polkadot/util-crypto/blake2";
import { compactFromU8a, compactToU8a, hexToU8a, u8aConcat } from "@polkadot/util";

import { unavailable } from "../../core/errors.ts";
import { isHex } from "../../core/hex.ts";
import type { Hex, Millis } from "../../core/values.ts";

export type PolkadotHeader = { readonly hash: Hex; readonly parent: Hex; readonly height: number };

export function badAnswer(endpoint: string, what: string): Error {
  return unavailable("endpoint-bad-answer", `endpoint ${endpoint} answered something that cannot be right: ${what}; another endpoint is asked`, {
    evidence: { endpoint, what },
  });
}

/** Bytes out of an answer, of this length if it is given. Throws Unavailable "endpoint-bad-answer". */
export function bytesIn(endpoint: string, what: string, value: unknown, size?: number): Hex {
  if (isHex(value, size)) return value;
  throw badAnswer(endpoint, `${what} is ${(JSON.stringify(value) ?? "nothing").slice(0, 80)}`);
}

/** Blake2b with 32 bytes of output, as lower-case hex. */
export const blake2 = (bytes: Uint8Array | Hex): Hex => blake2AsHex(bytes, 256);

/** Throws Unavailable "endpoint-bad-answer" for anything but a header as chain_getHeader gives it. */
export function parseHeader(value: unknown, endpoint: string): PolkadotHeader {
  const raw = (typeof value === "object" && value !== null ? value : {}) as { readonly [key: string]: unknown };
  const digest = raw["digest"] as { readonly logs?: unknown } | undefined;
  const { parentHash, stateRoot, extrinsicsRoot, number } = raw;
  const logs = digest?.logs;
  const good = isHex(parentHash, 32) && isHex(stateRoot, 32) && isHex(extrinsicsRoot, 32)
    && Array.isArray(logs) && logs.every((log): log is Hex => isHex(log)) && typeof number === "string" && /^0x[0-9a-f]{1,8}$/i.test(number);
  if (!good) throw badAnswer(endpoint, `a header that is ${(JSON.stringify(value) ?? "nothing").slice(0, 80)}`);
  const height = Number(number);
  const bytes = u8aConcat(hexToU8a(parentHash), compactToU8a(height), hexToU8a(stateRoot), hexToU8a(extrinsicsRoot), compactToU8a(logs.length), ...logs.map((log) => hexToU8a(log)));
  return { hash: blake2(bytes), parent: parentHash, height };
}

const year2015 = 1_420_070_400_000n;
const year2100 = 4_102_444_800_000n;

/**
 * The time that a block's inherent `timestamp.set` says, read without metadata (which a node that dropped the state cannot
 * give): an unsigned extrinsic of a call index and one number that is a time in milliseconds. Null: there is none.
 */
export function timeInBody(extrinsics: readonly Hex[]): Millis | null {
  for (const raw of extrinsics) {
    const bytes = hexToU8a(raw);
    const [start] = compactFromU8a(bytes);
    const version = bytes[start] ?? 0;
    if ((version & 0xc0) !== 0) continue;
    const [size, value] = compactFromU8a(bytes.subarray(start + 3));
    const time = BigInt(value.toString());
    if (start + 3 + size === bytes.length && time > year2015 && time < year2100) return Number(time);
  }
  return null;
}
