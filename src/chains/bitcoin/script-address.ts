/**
 * Output scripts as people write them (addresses), and back. Pure.
 * Always: the script alone says who is paid; the networks an address can be of are told beside it, because test networks share forms.
 * Never: gives an address to a script that has none.
 */
import { address } from "bitcoinjs-lib";

import { bytesOf, concatHex, hexOf, sliceHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import type { BitcoinNetwork } from "./network.ts";

/** `networks`: all that write this address so; never empty. */
export type ParsedAddress = { readonly script: Hex; readonly networks: readonly BitcoinNetwork[] };

const testForms = { keyHash: 0x6f, scriptHash: 0xc4 };
/** version bytes of base58 addresses, and the human-readable part of segwit addresses (chainparams of Bitcoin Core) */
const forms: Readonly<Record<BitcoinNetwork, { readonly keyHash: number; readonly scriptHash: number; readonly prefix: string }>> = {
  mainnet: { keyHash: 0x00, scriptHash: 0x05, prefix: "bc" },
  testnet4: { ...testForms, prefix: "tb" },
  signet: { ...testForms, prefix: "tb" },
  regtest: { ...testForms, prefix: "bcrt" },
};
const networksWhere = (fits: (form: (typeof forms)[BitcoinNetwork]) => boolean): readonly BitcoinNetwork[] =>
  (Object.keys(forms) as BitcoinNetwork[]).filter((network) => fits(forms[network]));

const keyHashScript = /^0x76a914([0-9a-f]{40})88ac$/;
const scriptHashScript = /^0xa914([0-9a-f]{40})87$/;
/** version 0 with 20 or 32 bytes, version 1 (taproot) with 32 */
const witnessScript = /^0x(?:00(?:14[0-9a-f]{40}|20[0-9a-f]{64})|5120[0-9a-f]{64})$/;

/** The address of an output script, or null when it has none (bare scripts, OP_RETURN). */
export function addressOf(script: Hex, network: BitcoinNetwork): string | null {
  const { keyHash, scriptHash, prefix } = forms[network];
  const [, key] = keyHashScript.exec(script) ?? [];
  if (key !== undefined) return address.toBase58Check(bytesOf(`0x${key}`), keyHash);
  const [, hash] = scriptHashScript.exec(script) ?? [];
  if (hash !== undefined) return address.toBase58Check(bytesOf(`0x${hash}`), scriptHash);
  return witnessScript.test(script) ? address.toBech32(bytesOf(sliceHex(script, 2)), script.startsWith("0x00") ? 0 : 1, prefix) : null;
}

const attempt = <T>(work: () => T): T | null => {
  try {
    return work();
  } catch {
    return null;
  }
};

/** The script behind an address of any network; null: no address, or of a kind that is not paid today. Checksums are checked. */
export function parseAddress(text: string): ParsedAddress | null {
  const parsed = parseBase58(text) ?? parseSegwit(text);
  return parsed === null || parsed.networks.length === 0 ? null : parsed;
}

function parseBase58(text: string): ParsedAddress | null {
  const found = attempt(() => address.fromBase58Check(text));
  if (found === null) return null;
  const hash = hexOf(found.hash);
  const ofKey = networksWhere(({ keyHash }) => keyHash === found.version);
  if (ofKey.length > 0) return { script: concatHex("0x76a914", hash, "0x88ac"), networks: ofKey };
  return { script: concatHex("0xa914", hash, "0x87"), networks: networksWhere(({ scriptHash }) => scriptHash === found.version) };
}

function parseSegwit(text: string): ParsedAddress | null {
  const found = attempt(() => address.fromBech32(text));
  if (found === null) return null;
  const program = hexOf(found.data);
  const script = concatHex(found.version === 0 ? "0x00" : "0x51", found.data.length === 20 ? "0x14" : "0x20", program);
  if (found.version > 1 || !witnessScript.test(script)) return null;
  return { script, networks: networksWhere(({ prefix }) => prefix === found.prefix) };
}
