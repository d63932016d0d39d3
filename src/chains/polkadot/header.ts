/**
 * Block headers of Substrate chains: from a node's JSON to checked values.
 * Always: the hash is computed from the header's own bytes, so height and parent are those the hash stands for.
 * Never: time; a header has none, it stands in the block's state.
 */
import { blake2AsHex } from "@polkadot/util-crypto/blake2";
import { compactToU8a, hexToU8a, u8aConcat } from "@polkadot/util";

import { unavailable } from "../../core/errors.ts";
import { isHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";

export type PolkadotHeader = { readonly hash: Hex; readonly parent: Hex; readonly height: number };

export function badAnswer(endpoint: string, what: string): Error {
  return unavailable("endpoint-bad-answer", `endpoint ${endpoint} answered something that cannot be right: ${what}; another endpoint is asked`, {
    evidence: { endpoint, what },
  });
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
