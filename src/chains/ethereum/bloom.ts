/**
 * The 2048-bit log filter of a block header (Ethereum yellow paper 4.3.1): each address and topic sets three bits.
 * Always: pure; "no" is certain, "maybe" is not.
 */
import { getBytes, hexlify, keccak256 } from "ethers";
import type { Hex } from "../../core/values.ts";

const positionsOf = new Map<Hex, readonly number[]>();

function positions(item: Hex): readonly number[] {
  const kept = positionsOf.get(item);
  if (kept !== undefined) return kept;
  const digest = getBytes(keccak256(item));
  const found = [0, 2, 4].map((at) => (((digest[at] ?? 0) << 8) | (digest[at + 1] ?? 0)) & 2047);
  if (positionsOf.size >= 4096) positionsOf.clear();
  positionsOf.set(item, found);
  return found;
}

/** May the block hold a log of one of `addresses` whose first topic is one of `topics`? False is certain. */
export function bloomAllows(bloom: Hex, addresses: readonly Hex[], topics: readonly Hex[]): boolean {
  const bytes = getBytes(bloom);
  const may = (item: Hex): boolean => positions(item).every((bit) => (((bytes[255 - (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1);
  return addresses.some(may) && topics.some(may);
}

/** The header filter that exactly these logs make; equal to the header's one only when no log is missing. */
export function bloomOf(logs: readonly { readonly address: Hex; readonly topics: readonly Hex[] }[]): Hex {
  const bytes = new Uint8Array(256);
  for (const log of logs) {
    for (const item of [log.address, ...log.topics]) {
      for (const bit of positions(item)) bytes[255 - (bit >> 3)] = (bytes[255 - (bit >> 3)] ?? 0) | (1 << (bit & 7));
    }
  }
  return hexlify(bytes) as Hex;
}
