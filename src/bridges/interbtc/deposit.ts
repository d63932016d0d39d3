/**
 * Deposit addresses of issues: what the chain stores, what a wallet shows, and how one follows from the vault's key.
 * Always: the script decides; an address is only a way to write it, and the same script can be written for several networks.
 * Never: a secret key.
 */
import { sha256 } from "../../chains/bitcoin/codec.ts";
import { addressOf, parseAddress } from "../../chains/bitcoin/script-address.ts";
import { keyScript, multipliedKey } from "../../chains/bitcoin/script-key.ts";
import { invalid } from "../../core/errors.ts";
import { bytesOf, concatHex, hexOf, isHex } from "../../core/hex.ts";
import type { Hex, Json } from "../../core/values.ts";

type Network = Parameters<typeof addressOf>[1];

/** what stands around the hash in the output script of each kind of BtcAddress, and how long the hash is */
const kinds: { readonly [kind: string]: readonly [before: Hex, after: Hex, bytes: number] } = {
  P2PKH: ["0x76a914", "0x88ac", 20],
  P2SH: ["0xa914", "0x87", 20],
  P2WPKHv0: ["0x0014", "0x", 20],
  P2WSHv0: ["0x0020", "0x", 32],
};

/** The output script of a BtcAddress as decoded, e.g. {"P2WPKHv0": hash}. Throws Invalid "interbtc-undecodable". */
export function scriptOfAddress(address: Json): Hex {
  const [kind, hash] = typeof address === "object" && address !== null ? (Object.entries(address)[0] ?? []) : [];
  const around = kind !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (around !== undefined && isHex(hash, around[2])) return concatHex(around[0], hash, around[1]);
  throw invalid("interbtc-undecodable", `The parachain names a Bitcoin address of a kind that is not known here: ${JSON.stringify(address).slice(0, 120)}. A version of Gantry that knows it is needed.`, { evidence: { address } });
}

/**
 * What the deposit of an issue is paid to: P2WPKH of sha256(key ++ id) · key. `vaultPublicKey` is the one in the request (33 bytes).
 * Throws Invalid "not-a-public-key".
 */
export const depositScript = (vaultPublicKey: Hex, issueId: Hex): Hex =>
  keyScript(multipliedKey(vaultPublicKey, hexOf(sha256(bytesOf(concatHex(vaultPublicKey, issueId))))));

/** A deposit's script as wallets of this network write it. Deposits always have an address; another script is shown as hex. */
export const depositAddress = (script: Hex, network: Network): string => addressOf(script, network) ?? script;

/** `isOtherNetwork`: it is written for networks that are not ours; a wallet of ours would have written `expected`. */
export type AddressQuery = { readonly script: Hex; readonly isOtherNetwork: boolean; readonly expected: string };

/** What a person who pastes an address looks for, whatever network it is written for; null: it is no address. */
export function addressQuery(text: string, network: Network): AddressQuery | null {
  const parsed = parseAddress(text.trim());
  return parsed === null ? null : { script: parsed.script, isOtherNetwork: !parsed.networks.includes(network), expected: depositAddress(parsed.script, network) };
}
