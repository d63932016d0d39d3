/**
 * The relayer's key files for a devnet: an encrypted Ethereum keystore, or a plain key, which chain 31337 may use.
 * Always: mode 0600, inside the run folder. Never: a key that is worth anything; the development mnemonic is public.
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Wallet, encryptKeystoreJson } from "ethers";

import type { Hex } from "../src/core/values.ts";

export type KeyFiles = {
  /** 0x-hex private key and a newline */
  readonly plainFile: string;
  /** Ethereum keystore v3; null unless asked for */
  readonly keystoreFile: string | null;
  readonly passphraseFile: string | null;
};

const secret = { mode: 0o600 };
/** Weak on purpose: opening the file takes milliseconds, and the key is public anyway. */
const scrypt = { N: 1 << 12, r: 8, p: 1 };

export async function writeKeyFiles(options: { readonly folder: string; readonly name: string; readonly privateKey: Hex; readonly encrypted: boolean }): Promise<KeyFiles> {
  const { folder, name, privateKey, encrypted } = options;
  const plainFile = join(folder, `${name}.key`);
  await writeFile(plainFile, `${privateKey}\n`, secret);
  if (!encrypted) return { plainFile, keystoreFile: null, passphraseFile: null };
  const passphrase = randomBytes(16).toString("hex");
  const keystoreFile = join(folder, `${name}.keystore.json`);
  const passphraseFile = join(folder, `${name}.passphrase`);
  await writeFile(keystoreFile, await encryptKeystoreJson(new Wallet(privateKey), passphrase, { scrypt }), secret);
  await writeFile(passphraseFile, `${passphrase}\n`, secret);
  return { plainFile, keystoreFile, passphraseFile };
}
