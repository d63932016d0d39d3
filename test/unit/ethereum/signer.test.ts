import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { encryptKeystoreJson, Transaction } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex } from "../../../src/core/values.ts";
import { createEthereumFileSigner } from "../../../src/signer/ethereum.ts";
import type { EthereumSigner, EthereumTxRequest } from "../../../src/signer/ethereum.ts";

// a key everybody has: the first of anvil's
const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const address = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
const tx = (nonce: bigint, data: Hex = "0x01"): EthereumTxRequest => ({
  to: address, data, nonce, gasLimit: 30_000n, maxFeePerGasWei: 2_000_000_000n, maxPriorityFeePerGasWei: 1_000_000_000n,
});

let folder = "";
const put = async (name: string, text: string, mode = 0o600): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
};
const refusal = async (work: Promise<unknown>) => failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-signer-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const plain = async (): Promise<EthereumSigner> => createEthereumFileSigner({ keyFile: await put("plain", privateKey), chainId: 31337n });

describe("the key file", () => {
  it("is decrypted with the passphrase of another file, on any chain", async () => {
    const json = await encryptKeystoreJson({ address, privateKey }, "open sesame", { scrypt: { N: 2, r: 1, p: 1 } });
    const keyFile = await put("keystore", json);
    const signer = await createEthereumFileSigner({ name: "maintainer", keyFile, passphraseFile: await put("word", "open sesame\n"), chainId: 1n });
    expect([signer.address, signer.name]).toEqual([address, "maintainer"]);
    expect((await refusal(createEthereumFileSigner({ keyFile, passphraseFile: await put("bad", "open barley"), chainId: 1n }))).code).toBe("passphrase-wrong");
    expect((await refusal(createEthereumFileSigner({ keyFile, chainId: 1n }))).code).toBe("passphrase-missing");
  });

  it.each([
    ["is missing", "secret-file-missing", null, 0o600, 31337n],
    ["can be read by others", "secret-file-mode", privateKey, 0o640, 31337n],
    ["is plain on a chain with real value", "plain-key-refused", privateKey, 0o600, 1n],
    ["is no key", "key-file-invalid", "0x1234", 0o600, 31337n],
    ["is a key out of range", "key-file-invalid", `0x${"00".repeat(32)}`, 0o600, 31337n],
    ["is a broken keystore", "key-file-invalid", "{}", 0o600, 1n],
  ])("is refused when it %s, without showing what is in it", async (_name, code, text, mode, chainId) => {
    const keyFile = text === null ? join(folder, "nowhere") : await put(`key-${code}-${text.length}`, text, mode);
    const failure = await refusal(createEthereumFileSigner({ keyFile, passphraseFile: await put("word2", "word"), chainId }));
    expect([failure.remedy, failure.code]).toEqual(["Misconfigured", code]);
    if (text !== null && text.length > 2) expect(JSON.stringify(failure)).not.toContain(text);
  });
});

describe("signing", () => {
  it("makes an EIP-1559 transaction of this account for its own chain only", async () => {
    const signer = await plain();
    const { raw, hash } = await signer.sign(tx(7n), null);
    const parsed = Transaction.from(raw);
    expect([parsed.from?.toLowerCase(), parsed.chainId, parsed.nonce, parsed.type, parsed.hash, parsed.value]).toEqual([address, 31337n, 7, 2, hash, 0n]);
  });

  it("refuses a second effect in a nonce whose bytes may be out, unless it replaces them", async () => {
    const signer = await plain();
    const first = await signer.sign(tx(3n, "0x01"), null);
    expect((await signer.sign(tx(3n, "0x02"), null)).hash).not.toBe(first.hash); // nothing left the house yet
    signer.handOut(3n);
    expect(await refusal(signer.sign(tx(3n, "0x02"), null))).toMatchObject({ remedy: "Unsafe", code: "nonce-handed-out" });
    expect((await signer.sign(tx(3n, "0x02"), first.raw)).hash).not.toBe(first.hash);
    signer.settle(3n);
    await signer.sign(tx(3n, "0x02"), null);
  });

  it("a settled nonce settles those below it, whose transactions may have been followed by nobody", async () => {
    const signer = await plain();
    for (const nonce of [5n, 6n, 7n]) signer.handOut(nonce);
    signer.settle(6n);
    await signer.sign(tx(5n), null);
    await signer.sign(tx(6n), null);
    expect(await refusal(signer.sign(tx(7n), null))).toMatchObject({ code: "nonce-handed-out" });
  });

  it("refuses to replace a transaction of another nonce", async () => {
    const signer = await plain();
    const other = await signer.sign(tx(4n), null);
    expect(await refusal(signer.sign(tx(5n), other.raw))).toMatchObject({ remedy: "Bug", code: "replacement-of-another-slot" });
  });

  it("shows nothing of the key", async () => {
    const signer = await plain();
    const shown = JSON.stringify(signer) + inspect(signer, { depth: 9, showHidden: true });
    expect(shown.toLowerCase()).not.toContain(privateKey.slice(2));
  });
});
