/**
 * Signs Ethereum transactions with a key from a file; the key never leaves this closure.
 * Always: the key file belongs to its owner alone (src/secret.ts); encrypted unless the chain is the local test chain 31337;
 * a nonce whose bytes went to a node is signed again only as a replacement of bytes the caller knows.
 * Never: sends, chooses a nonce or a fee, or shows the key in a message, in JSON or under inspection.
 */
import { decryptKeystoreJson, keccak256, SigningKey, Transaction, computeAddress } from "ethers";
import { bug, misconfigured, unsafe } from "../core/errors.ts";
import type { Hex, SignerName } from "../core/values.ts";
import { signerName } from "../core/values.ts";
import { readSecretFile } from "../secret.ts";

/** An EIP-1559 transaction. All amounts in wei or wei per gas. */
export type EthereumTxRequest = {
  readonly to: Hex; readonly data: Hex; readonly nonce: bigint; readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint; readonly maxPriorityFeePerGasWei: bigint;
};

export interface EthereumSigner {
  readonly name: SignerName;
  readonly address: Hex;
  /**
   * Signs for the signer's own chain; value is always 0. `previous`: raw bytes of the transaction to be replaced, null for the
   * first one in this nonce. Throws Bug "replacement-of-another-slot" when `previous` is of another account or nonce, and
   * Unsafe "nonce-handed-out" when bytes for this nonce may be out and no `previous` is named: that would be a second effect.
   */
  sign(tx: EthereumTxRequest, previous: Hex | null): Promise<{ readonly raw: Hex; readonly hash: Hex }>;
  /** bytes for this nonce are about to go to a node */
  handOut(nonce: bigint): void;
  /** a final block consumed this nonce, and so all below it */
  settle(nonce: bigint): void;
}

export type EthereumFileSignerOptions = {
  /** config's name of the signer; default "ethereum" */
  readonly name?: string;
  readonly keyFile: string;
  readonly passphraseFile?: string;
  readonly chainId: bigint;
};

/** Plain keys are good enough only here: nothing on it has a value. */
const localChainId = 31337n;

/**
 * Reads and decrypts the key (scrypt: up to a second). Throws Misconfigured "secret-file-missing", "secret-file-mode",
 * "plain-key-refused", "passphrase-missing", "passphrase-wrong", "key-file-invalid".
 */
export async function createEthereumFileSigner(options: EthereumFileSignerOptions): Promise<EthereumSigner> {
  const key = new SigningKey(await readKey(options));
  const address = computeAddress(key).toLowerCase() as Hex;
  const name = signerName(options.name ?? "ethereum");
  let out: readonly bigint[] = [];
  return {
    name,
    address,
    handOut(nonce) {
      if (!out.includes(nonce)) out = [...out, nonce];
    },
    settle(nonce) {
      out = out.filter((one) => one > nonce);
    },
    async sign(tx, previous) {
      if (previous !== null) checkReplaces(previous, address, tx.nonce);
      else if (out.includes(tx.nonce)) throw handedOut(address, tx.nonce);
      const unsigned = Transaction.from({
        type: 2, chainId: options.chainId, nonce: Number(tx.nonce), to: tx.to, data: tx.data, value: 0n, gasLimit: tx.gasLimit,
        maxFeePerGas: tx.maxFeePerGasWei, maxPriorityFeePerGas: tx.maxPriorityFeePerGasWei,
      });
      unsigned.signature = key.sign(unsigned.unsignedHash);
      const raw = unsigned.serialized as Hex;
      return { raw, hash: keccak256(raw) as Hex };
    },
  };
}

const handedOut = (address: Hex, nonce: bigint): Error =>
  unsafe("nonce-handed-out", `nonce ${nonce} of ${address} was handed to a node, yet it is to be signed as if it were new; look for a second ledger with this key`, {
    evidence: { nonce: `${nonce}`, address },
  });

function checkReplaces(previous: Hex, address: Hex, nonce: bigint): void {
  const replaced = Transaction.from(previous);
  if (replaced.from?.toLowerCase() === address && BigInt(replaced.nonce) === nonce) return;
  throw bug("replacement-of-another-slot", `asked to replace a transaction of ${replaced.from ?? "nobody"} with nonce ${replaced.nonce} by one of ${address} with nonce ${nonce}`);
}

async function readKey(options: EthereumFileSignerOptions): Promise<string> {
  const { keyFile, passphraseFile, chainId } = options;
  const text = (await readSecretFile(keyFile, "keyFile")).reveal().trim();
  if (!text.startsWith("{")) return plainKey(text, keyFile, chainId);
  if (passphraseFile === undefined) {
    throw misconfigured("passphrase-missing", `keyFile: "${keyFile}" is encrypted, but passphraseFile is not set; name a file with mode 0600 that holds the passphrase`);
  }
  const passphrase = (await readSecretFile(passphraseFile, "passphraseFile")).reveal();
  try {
    return (await decryptKeystoreJson(text, passphrase)).privateKey;
  } catch (thrown) {
    // the library's errors are not handed on: they may quote what they were given
    const wrong = thrown instanceof Error && /incorrect password/i.test(thrown.message);
    throw wrong
      ? misconfigured("passphrase-wrong", `passphraseFile: the passphrase in "${passphraseFile}" does not open "${keyFile}"`)
      : misconfigured("key-file-invalid", `keyFile: "${keyFile}" is not an Ethereum keystore (JSON, version 3)`);
  }
}

function plainKey(text: string, keyFile: string, chainId: bigint): string {
  if (chainId !== localChainId) {
    throw misconfigured(
      "plain-key-refused",
      `keyFile: "${keyFile}" holds a key that is not encrypted; on chain ${chainId} only an encrypted keystore is allowed (plain keys are for chain ${localChainId})`,
    );
  }
  const hex = text.startsWith("0x") ? text : `0x${text}`;
  try {
    if (/^0x[0-9a-f]{64}$/i.test(hex) && new SigningKey(hex).publicKey !== "") return hex;
  } catch {
    // out of the curve's range: falls through to the refusal, without the value
  }
  throw misconfigured("key-file-invalid", `keyFile: "${keyFile}" holds neither a keystore (JSON, version 3) nor 32 bytes of hex`);
}
