/**
 * Bitcoin's bytes as values: transactions, headers, blocks. Pure.
 * Always: ids, hashes and all other byte strings are in wire order; a block's transactions are those its Merkle root
 * commits to. Never: checks work or consensus rules; that is the node's part, and the proof check's.
 */
import { GantryError, invalid } from "../../core/errors.ts";
import { concatHex, hexOf, isHex, sizeOf, sliceHex } from "../../core/hex.ts";
import type { Hex, Outpoint } from "../../core/values.ts";
import { hash256, merkleTree } from "./merkle.ts";

export { hash160, sha256 } from "./merkle.ts";

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

/** Reads on from `at`; every read past the end is a RangeError. Own code, not bitcoinjs-lib's (tests compare the two): blocks of long histories are read in less than half the time. */
type Cursor = { readonly bytes: Buffer; at: number };

/** no message is longer (Bitcoin Core's MAX_SIZE) */
const maxCount = 0x02000000;

function skip(from: Cursor, count: number): number {
  const start = from.at;
  if (start + count > from.bytes.length) throw new RangeError(`${count} bytes wanted at ${start} of ${from.bytes.length}`);
  from.at = start + count;
  return start;
}
const readHex = (from: Cursor, count: number): Hex => {
  const start = skip(from, count);
  return `0x${from.bytes.toString("hex", start, from.at)}`;
};
const readUint32 = (from: Cursor): number => from.bytes.readUInt32LE(skip(from, 4));

/** A compactSize in its shortest form; nodes accept no other. */
function readCount(from: Cursor): number {
  const first = from.bytes.readUInt8(skip(from, 1));
  if (first < 0xfd) return first;
  const [size, least] = first === 0xfd ? [2, 0xfd] : [4, 0x10000];
  const count = from.bytes.readUIntLE(skip(from, size), size);
  if (first === 0xff || count < least || count > maxCount) throw new RangeError(`a count of ${count} in ${size} bytes`);
  return count;
}

function readMany<T>(from: Cursor, read: (from: Cursor) => T): T[] {
  const items: T[] = [];
  for (let left = readCount(from); left > 0; left -= 1) items.push(read(from));
  return items;
}

type InputCore = Omit<BitcoinInput, "witness">;
const readBytes = (from: Cursor): Hex => readHex(from, readCount(from));
const readInput = (from: Cursor): InputCore => ({
  outpoint: { txid: readHex(from, 32), index: readUint32(from) },
  scriptSig: readBytes(from),
  sequence: readUint32(from),
});
const readOutput = (from: Cursor): BitcoinOutput => ({ valueSat: from.bytes.readBigUInt64LE(skip(from, 8)), script: readBytes(from) });
const noWitness: readonly Hex[] = [];

function readWitnesses(from: Cursor, inputs: readonly InputCore[], marked: boolean): readonly BitcoinInput[] {
  const all = inputs.map((input) => ({ ...input, witness: marked ? readMany(from, readBytes) : noWitness }));
  if (marked && all.every(({ witness }) => witness.length === 0)) throw new RangeError("marked as having witnesses, without any");
  return all;
}

function readTx(from: Cursor): BitcoinTx {
  const { bytes } = from;
  const start = skip(from, 4);
  const marked = bytes[from.at] === 0 && bytes[from.at + 1] === 1;
  if (marked) skip(from, 2);
  const inputsAt = from.at;
  const inputs = readMany(from, readInput);
  const outputsAt = from.at;
  const outputs = readMany(from, readOutput);
  const outputsEnd = from.at;
  const withWitness = readWitnesses(from, inputs, marked);
  const locktimeAt = skip(from, 4);
  const stripped = marked
    ? Buffer.concat([bytes.subarray(start, start + 4), bytes.subarray(inputsAt, outputsEnd), bytes.subarray(locktimeAt, from.at)])
    : bytes.subarray(start, from.at);
  const hex = text(stripped);
  const split = 4 + outputsAt - inputsAt;
  return {
    txid: text(hash256(stripped)),
    version: sliceHex(hex, 0, 4),
    inputs: withWitness,
    outputs,
    locktime: sliceHex(hex, stripped.length - 4),
    inputVector: sliceHex(hex, 4, split),
    outputVector: sliceHex(hex, split, stripped.length - 4),
    stripped: hex,
  };
}

/** A transaction with or without witness. Throws Invalid "undecodable-transaction", also for bytes left over. */
export function parseTx(raw: Hex): BitcoinTx {
  const bytes = rawBytes(raw, "undecodable-transaction");
  try {
    const from = { bytes, at: 0 };
    const tx = readTx(from);
    if (from.at === bytes.length) return tx;
  } catch (cause) {
    throw invalid("undecodable-transaction", `Not a Bitcoin transaction: ${String(cause)}. Ask another node.`, { cause });
  }
  throw invalid("undecodable-transaction", `${bytes.length} bytes are not exactly one Bitcoin transaction. Ask another node.`);
}

function countBytes(count: number): Hex {
  const bytes = Buffer.alloc(count < 0xfd ? 1 : count < 0x10000 ? 3 : 5);
  if (bytes.length > 1) bytes.writeUInt8(bytes.length === 3 ? 0xfd : 0xfe, 0);
  if (bytes.length === 1) bytes.writeUInt8(count, 0);
  else bytes.writeUIntLE(count, 1, bytes.length - 1);
  return hexOf(bytes);
}

/** The whole transaction as it stands in a block, with its witness where it has one: what `parseTx` reads. */
export function serializeTx(tx: BitcoinTx): Hex {
  if (tx.inputs.every(({ witness }) => witness.length === 0)) return tx.stripped;
  const witnesses = tx.inputs.flatMap(({ witness }) => [countBytes(witness.length), ...witness.flatMap((item) => [countBytes(sizeOf(item)), item])]);
  return concatHex(tx.version, "0x0001", tx.inputVector, tx.outputVector, ...witnesses, tx.locktime);
}

/** The target that compact `bits` stand for; 0 (which no work meets) for a negative or overflowing one. */
function targetOf(bits: number): bigint {
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
  const from = { bytes, at: headerBytes };
  const txs = readMany(from, readTx);
  if (from.at !== bytes.length) throw new RangeError(`${txs.length} transactions end at byte ${from.at} of ${bytes.length}`);
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
