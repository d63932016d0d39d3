/**
 * How the configured bridges read Bitcoin: in blocks, and in mempools.
 * Always: the same readers for both. Never: I/O.
 */
import type { BitcoinReader } from "../../watchers/bitcoin/source.ts";
import type { Parts } from "./parts.ts";
import { tbtcBitcoinReaders } from "./tbtc.ts";

export const bitcoinReadersOf = ({ config: { bridges }, interbtc }: Pick<Parts, "config" | "interbtc">): readonly BitcoinReader[] =>
  [...(bridges.tbtc === undefined ? [] : tbtcBitcoinReaders()), ...(interbtc === null ? [] : interbtc.bitcoinReaders)];
