/**
 * Bitcoin's bytes as values: transactions, headers, blocks. Pure.
 * Always: ids, hashes and all other byte strings are in wire order; a block's transactions are those its Merkle root
 * commits to. Never: checks work or consensus rules; that is the node's part, and the proof check's.
 */
import { Transaction } from "bitcoinjs-lib";

import { GantryError, invalid } from "../../core/errors.ts";
import { isHex } from "../../core/hex.ts";
import type { Hex, Outpoint } from "../../core/values.ts";
import { hash256, merkleTree } from "./merkle.ts";

export { hash160, hash256, sha256 } from "./merkle.ts";

export type BitcoinInput = { readonly outpoint: Outpoint; readonly scriptSig: Hex; readonly sequence: number; readonly witness: readonly Hex[] };
/** `script` is the output script itself, without a length in front. */
export type BitcoinOutput = { readonly valueSat: bigint; readonly script: Hex };
/** `version` and `locktime` are their 4 raw bytes; the vectors begin with their compactSize count; `stripped` has no marker, flag or witness. */
export type BitcoinTx = {
  readonly txid: Hex;
  readonly version: Hex;
  readonly inputs: readonly BitcoinInput[];
  readonly outputs: readonly BitcoinOutput[];
  readonly locktime: Hex;
  readonly inputVector: Hex;
  readonly outputVector: Hex;
  readonly stripped: Hex;
};
/** `bits` is the compact target as a number; `difficulty` = floor(0xffff·2^208 / target), 0 on regtest. */
export type BitcoinHeader = {
  readonly raw: Hex;
  readonly hash: Hex;
  readonly parent: Hex;
  readonly merkleRoot: Hex;
  readonly timeSeconds: number;
  readonly bits: number;
  readonly target: bigint;
  readonly difficulty: bigint;
};
export type BitcoinBlock = { readonly header: BitcoinHeader; readonly txs: readonly BitcoinTx[] };

const headerBytes = 80;
const difficultyOne = 0xffffn << 208n;

const text = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;

function rawBytes(raw: Hex, code: "undecodable-transaction" | "undecodable-header" | "undecodable-block"): Buffer {
  if (!isHex(raw)) throw invalid(code, `Not lower-case hex of whole bytes with 0x: "${String(raw).slice(0, 80)}".`);
  return Buffer.from(raw.slice(2), "hex");
}

const compactSizeBytes = (count: number): number => (count < 0xfd ? 1 : count <= 0xffff ? 3 : 5);

function inputVectorBytes(tx: Transaction): number {
  let size = compactSizeBytes(tx.ins.length);
  for (const input of tx.ins) size += 40 + compactSizeBytes(input.script.length) + input.script.length;
  return size;
}

/** The transaction at the start of `bytes` and the number of bytes it takes. */
function readTx(bytes: Buffer): { readonly tx: BitcoinTx; readonly size: number } {
  const decoded = Transaction.fromBuffer(bytes, true);
  const size = decoded.byteLength();
  const witnesses = decoded.ins.map((input) => input.witness.map(text));
  decoded.stripWitnesses();
  const stripped = decoded.toBuffer();
  const outputsAt = 4 + inputVectorBytes(decoded);
  const tx: BitcoinTx = {
    txid: text(hash256(stripped)),
    version: text(stripped.subarray(0, 4)),
    inputs: decoded.ins.map((input, at) => ({
      outpoint: { txid: text(input.hash), index: input.index },
      scriptSig: text(input.script),
      sequence: input.sequence,
      witness: witnesses[at] ?? [],
    })),
    outputs: decoded.outs.map((output) => ({ valueSat: output.value, script: text(output.script) })),
    locktime: text(stripped.subarray(-4)),
    inputVector: text(stripped.subarray(4, outputsAt)),
    outputVector: text(stripped.subarray(outputsAt, -4)),
    stripped: text(stripped),
  };
  return { tx, size };
}

/** A transaction with or without witness. Throws Invalid "undecodable-transaction", also for bytes left over. */
export function parseTx(raw: Hex): BitcoinTx {
  const bytes = rawBytes(raw, "undecodable-transaction");
  try {
    const { tx, size } = readTx(bytes);
    if (size === bytes.length) return tx;
  } catch (cause) {
    throw invalid("undecodable-transaction", `Not a Bitcoin transaction: ${String(cause)}. Ask another node.`, { cause });
  }
  throw invalid("undecodable-transaction", `${bytes.length} bytes are not exactly one Bitcoin transaction. Ask another node.`);
}

/** The target that compact `bits` stand for; 0 (which no work meets) for a negative or overflowing one. */
export function targetOf(bits: number): bigint {
  const exponent = bits >>> 24;
  const mantissa = BigInt(bits & 0x007fffff);
  if ((bits & 0x00800000) !== 0) return 0n;
  const target = exponent <= 3 ? mantissa >> BigInt(8 * (3 - exponent)) : mantissa << BigInt(8 * (exponent - 3));
  return target >> 256n === 0n ? target : 0n;
}

function headerFrom(bytes: Buffer): BitcoinHeader {
  const bits = bytes.readUInt32LE(72);
  const target = targetOf(bits);
  return {
    raw: text(bytes),
    hash: text(hash256(bytes)),
    parent: text(bytes.subarray(4, 36)),
    merkleRoot: text(bytes.subarray(36, 68)),
    timeSeconds: bytes.readUInt32LE(68),
    bits,
    target,
    difficulty: target === 0n ? 0n : difficultyOne / target,
  };
}

/** An 80-byte header. Throws Invalid "undecodable-header". */
export function parseHeader(raw: Hex): BitcoinHeader {
  const bytes = rawBytes(raw, "undecodable-header");
  if (bytes.length === headerBytes) return headerFrom(bytes);
  throw invalid("undecodable-header", `A Bitcoin header has 80 bytes, this has ${bytes.length}. Ask another node.`);
}

function readTxs(bytes: Buffer): readonly BitcoinTx[] {
  const first = bytes.readUInt8(headerBytes);
  const counted = first < 0xfd ? first : first === 0xfd ? bytes.readUInt16LE(headerBytes + 1) : bytes.readUInt32LE(headerBytes + 1);
  let at = headerBytes + compactSizeBytes(counted);
  const txs: BitcoinTx[] = [];
  while (txs.length < counted) {
    const { tx, size } = readTx(bytes.subarray(at));
    txs.push(tx);
    at += size;
  }
  if (at !== bytes.length) throw new RangeError(`${counted} transactions end at byte ${at} of ${bytes.length}`);
  return txs;
}

const isCoinbase = (tx: BitcoinTx | undefined): boolean =>
  tx?.inputs.length === 1 && tx.inputs[0]?.outpoint.index === 0xffffffff && /^0x0{64}$/.test(tx.inputs[0].outpoint.txid);

/**
 * A whole block. Throws Invalid "undecodable-block", or "merkle-root-mismatch" when the header does not commit to exactly
 * these transactions. The first one must be a coinbase: inner nodes of the tree cannot pass for transactions then.
 */
export function parseBlock(raw: Hex): BitcoinBlock {
  const bytes = rawBytes(raw, "undecodable-block");
  try {
    const header = headerFrom(bytes.subarray(0, headerBytes));
    const txs = readTxs(bytes);
    const tree = merkleTree(txs);
    if (tree.root === header.merkleRoot && !tree.ambiguous && isCoinbase(txs[0])) return { header, txs };
    throw invalid("merkle-root-mismatch", `The Merkle root of block ${header.hash} does not commit to the transactions that came with it. Ask another node.`, {
      evidence: { block: header.hash, header: header.merkleRoot, computed: tree.root, txs: txs.length },
    });
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    throw invalid("undecodable-block", `${bytes.length} bytes are not a Bitcoin block: ${String(cause)}. Ask another node.`, { cause });
  }
}
