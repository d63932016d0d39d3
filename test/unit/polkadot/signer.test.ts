import { Keyring } from "@polkadot/keyring";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "../../../src/core/errors.ts";
import { hexOf } from "../../../src/core/hex.ts";
import { createPolkadotFileSigner } from "../../../src/signer/polkadot.ts";
import type { PolkadotFileSignerOptions } from "../../../src/signer/polkadot.ts";

// worthless: the development phrase that every Substrate tool knows
const phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
let folder = "";
let files = 0;
let account = "";

beforeAll(async () => {
  await cryptoWaitReady();
  folder = await mkdtemp(join(tmpdir(), "gantry-key-"));
  account = hexOf(new Keyring({ type: "sr25519" }).addFromUri(phrase).publicKey);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = async (text: string, mode = 0o600): Promise<string> => {
  const path = join(folder, `file-${(files += 1)}`);
  await writeFile(path, text, { mode });
  return path;
};
const keystore = (passphrase?: string, type: "sr25519" | "ed25519" = "sr25519"): string => JSON.stringify(new Keyring({ type }).addFromUri(phrase).toJson(passphrase));
const refusal = async (options: PolkadotFileSignerOptions) => failureOf(await createPolkadotFileSigner(options).then(() => new Error("was accepted"), (thrown: unknown) => thrown));

describe("the key file", () => {
  it("may be an encrypted keystore with its passphrase in a file, on any chain", async () => {
    const signer = await createPolkadotFileSigner({ keyFile: await file(keystore("open sesame")), passphraseFile: await file("open sesame\n"), isDevelopmentChain: false });
    expect(signer.account).toBe(account);
  });

  it("may be a mnemonic or a development URI on a development chain only", async () => {
    const mnemonic = await file(phrase);
    expect((await createPolkadotFileSigner({ keyFile: mnemonic, isDevelopmentChain: true })).account).toBe(account);
    expect((await createPolkadotFileSigner({ keyFile: await file("//Alice"), isDevelopmentChain: true })).account).not.toBe(account);
    expect(await refusal({ keyFile: mnemonic, isDevelopmentChain: false })).toMatchObject({ remedy: "Misconfigured", code: "plain-key-refused" });
  });

  it.each([
    ["a wrong passphrase", async () => ({ keyFile: await file(keystore("open sesame")), passphraseFile: await file("open barley") }), "passphrase-wrong"],
    ["no passphrase", async () => ({ keyFile: await file(keystore("open sesame")) }), "passphrase-missing"],
    ["a keystore that is not encrypted", async () => ({ keyFile: await file(keystore()), passphraseFile: await file("x") }), "key-file-invalid"],
    ["a keystore of another kind of key", async () => ({ keyFile: await file(keystore("open sesame", "ed25519")), passphraseFile: await file("open sesame") }), "key-file-invalid"],
    ["some other JSON", async () => ({ keyFile: await file('{"version":3}'), passphraseFile: await file("x") }), "key-file-invalid"],
    ["words that are no mnemonic", async () => ({ keyFile: await file("drive drive drive"), isDevelopmentChain: true }), "key-file-invalid"],
    ["a file that others can read", async () => ({ keyFile: await file(phrase, 0o644), isDevelopmentChain: true }), "secret-file-mode"],
  ])("with %s is refused without showing what is in it", async (_name, options, code) => {
    const failure = await refusal({ isDevelopmentChain: false, ...(await options()) });
    expect(failure).toMatchObject({ remedy: "Misconfigured", code });
    expect(JSON.stringify(failure)).not.toMatch(/bottom|drive drive|open sesame|open barley/);
  });

  it("does not show the key in JSON or under inspection", async () => {
    const signer = await createPolkadotFileSigner({ keyFile: await file(phrase), isDevelopmentChain: true });
    expect(`${JSON.stringify(signer)} ${inspect(signer, { depth: 10 })}`).not.toMatch(/bottom|secret|pkcs8/i);
  });
});
