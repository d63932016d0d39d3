/**
 * Signs extrinsics with an sr25519 key from a file; the key never leaves this closure.
 * Always: the key file belongs to its owner alone (src/secret.ts); an encrypted keystore unless the chain is a development chain;
 * a nonce whose bytes went to a node is signed again only as a replacement of bytes the caller knows.
 * Never: sends, chooses a nonce or a tip, or shows the key in a message, in JSON or under inspection.
 */
import { Keyring } from "@polkadot/keyring";
import type { KeyringPair } from "@polkadot/keyring/types";
import type { TypeRegistry } from "@polkadot/types";
import { cryptoWaitReady, mnemonicValidate } from "@polkadot/util-crypto";

import { bug, misconfigured, unsafe } from "../core/errors.ts";
import { hexOf } from "../core/hex.ts";
import type { Hex, SignerName } from "../core/values.ts";
import { signerName } from "../core/values.ts";
import { readSecretFile } from "../secret.ts";

/** What is signed. `era`: two bytes as encoded; `birthHash`: the block the era counts from. Tip in planck. */
export type PolkadotSignRequest = {
  readonly registry: TypeRegistry; readonly specVersion: number; readonly transactionVersion: number; readonly genesis: Hex;
  readonly call: Hex; readonly nonce: bigint; readonly tipPlanck: bigint; readonly era: Uint8Array; readonly birthHash: Hex;
};

export interface PolkadotSigner {
  readonly name: SignerName;
  /** 32 bytes of public key, which is the account */
  readonly account: Hex;
  /**
   * `previous`: the extrinsic to be replaced, null for the first one in this nonce. Throws Bug "replacement-of-another-slot"
   * when it is of another account or nonce, and Unsafe "nonce-handed-out" when bytes for this nonce may be out and none is named.
   */
  sign(request: PolkadotSignRequest, previous: { readonly raw: Hex; readonly nonce: bigint } | null): Promise<Hex>;
  /** the same bytes without a valid signature: to ask what they would cost */
  mock(request: PolkadotSignRequest): Hex;
  /** bytes for this nonce are about to go to a node */
  handOut(nonce: bigint): void;
  /** a final block consumed this nonce */
  settle(nonce: bigint): void;
}

export type PolkadotFileSignerOptions = {
  /** config's name of the signer; default "polkadot" */
  readonly name?: string;
  /** an encrypted keystore (polkadot-js JSON), or a mnemonic or development URI such as //Alice */
  readonly keyFile: string;
  readonly passphraseFile?: string;
  /** the chain's keys are worth nothing: only then a file that is not encrypted is taken */
  readonly isDevelopmentChain: boolean;
};

/**
 * Reads and decrypts the key (scrypt: up to a second). Throws Misconfigured "secret-file-missing", "secret-file-mode",
 * "plain-key-refused", "passphrase-missing", "passphrase-wrong", "key-file-invalid".
 */
export async function createPolkadotFileSigner(options: PolkadotFileSignerOptions): Promise<PolkadotSigner> {
  await cryptoWaitReady();
  const pair = await readPair(options);
  const account = hexOf(pair.publicKey);
  const out = new Set<bigint>();
  const optionsOf = ({ nonce, tipPlanck, era, birthHash, genesis, specVersion, transactionVersion, registry }: PolkadotSignRequest) => ({
    blockHash: birthHash, genesisHash: genesis, nonce: `${nonce}`, tip: `${tipPlanck}`, era: registry.createType("ExtrinsicEra", era),
    // only the two versions are signed
    runtimeVersion: { specVersion, transactionVersion, apis: [], authoringVersion: 0, implName: "", implVersion: 0, specName: "" },
  });
  return {
    name: signerName(options.name ?? "polkadot"),
    account,
    handOut: (nonce) => void out.add(nonce),
    settle: (nonce) => void out.delete(nonce),
    sign: async (request, previous) => {
      if (previous !== null) checkReplaces(previous, account, request.nonce);
      else if (out.has(request.nonce)) throw handedOut(account, request.nonce);
      const extrinsic = request.registry.createType("Extrinsic", request.registry.createType("Call", request.call));
      return extrinsic.sign(pair, optionsOf(request)).toHex();
    },
    mock: (request) => {
      const extrinsic = request.registry.createType("Extrinsic", request.registry.createType("Call", request.call));
      return extrinsic.signFake(pair.publicKey, optionsOf(request)).toHex();
    },
  };
}

const handedOut = (account: Hex, nonce: bigint): Error =>
  unsafe("nonce-handed-out", `nonce ${nonce} of ${account} was handed to a node, yet it is to be signed as if it were new; look for a second ledger with this key`, {
    evidence: { nonce: `${nonce}`, account },
  });

/** The account stands in the first bytes of a signed extrinsic, whatever runtime it was made for. */
function checkReplaces(previous: { readonly raw: Hex; readonly nonce: bigint }, account: Hex, nonce: bigint): void {
  if (previous.nonce === nonce && previous.raw.slice(0, 90).includes(account.slice(2))) return;
  throw bug("replacement-of-another-slot", `asked to replace an extrinsic with nonce ${previous.nonce}, perhaps of another account, by one of ${account} with nonce ${nonce}`);
}

async function readPair(options: PolkadotFileSignerOptions): Promise<KeyringPair> {
  const { keyFile, passphraseFile } = options;
  const keyring = new Keyring({ type: "sr25519" });
  const text = (await readSecretFile(keyFile, "keyFile")).reveal().trim();
  if (!text.startsWith("{")) return plainPair(keyring, text, options);
  const pair = keystorePair(keyring, text, keyFile);
  if (passphraseFile === undefined) {
    throw misconfigured("passphrase-missing", `keyFile: "${keyFile}" is encrypted, but passphraseFile is not set; name a file with mode 0600 that holds the passphrase`);
  }
  const passphrase = (await readSecretFile(passphraseFile, "passphraseFile")).reveal();
  try {
    pair.decodePkcs8(passphrase);
  } catch {
    // the library's error is not handed on: it may quote what it was given
    throw misconfigured("passphrase-wrong", `passphraseFile: the passphrase in "${passphraseFile}" does not open "${keyFile}"`);
  }
  return pair;
}

function keystorePair(keyring: Keyring, text: string, keyFile: string): KeyringPair {
  const refused = misconfigured("key-file-invalid", `keyFile: "${keyFile}" is not an encrypted sr25519 keystore (polkadot-js JSON)`);
  let pair: KeyringPair;
  let types: unknown;
  let kinds: unknown;
  try {
    const json = JSON.parse(text) as { readonly encoding: { readonly type: unknown; readonly content: unknown } };
    types = json.encoding.type;
    kinds = json.encoding.content;
    pair = keyring.addFromJson(json as Parameters<Keyring["addFromJson"]>[0]);
  } catch {
    throw refused;
  }
  const encrypted = Array.isArray(types) && !types.includes("none") && types.length > 0;
  if (!encrypted || !Array.isArray(kinds) || !kinds.includes("sr25519")) throw refused;
  return pair;
}

function plainPair(keyring: Keyring, text: string, { keyFile, isDevelopmentChain }: PolkadotFileSignerOptions): KeyringPair {
  if (!isDevelopmentChain) {
    throw misconfigured("plain-key-refused", `keyFile: "${keyFile}" holds a key that is not encrypted; on this chain only an encrypted keystore is allowed (plain keys are for development chains)`);
  }
  const phrase = text.split("/")[0]?.trim() ?? "";
  try {
    if (phrase === "" ? text.startsWith("/") : mnemonicValidate(phrase)) return keyring.addFromUri(text);
  } catch {
    // a path that cannot be derived: falls through to the refusal, without the value
  }
  throw misconfigured("key-file-invalid", `keyFile: "${keyFile}" holds neither a keystore (polkadot-js JSON) nor a mnemonic or development URI`);
}
