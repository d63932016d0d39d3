/**
 * Checks a Bitcoin proof offline, before any money is spent on it. Written on its own: it shares no code with the builder.
 * Always: what passes here passes the Bridge's rules on vectors, branches, links and work, and a little more: a proof has
 * exactly one accepted form. Never: asks a node, or trusts the order, depth or index it was given.
 */
import type { SpvProof } from "../../src/bridges/tbtc/proof-calls.ts";
import { invalid } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";
import { brokenRule, must, once, twice } from "./rules.ts";

export type SpvExpectation = {
  readonly txid: Hex;
  /** sum the headers' difficulties must reach; null: only their number counts */
  readonly requiredDifficulty: bigint | null;
  readonly minHeaders: number;
  /** hash of the last header as our own view of the chain has it; binds every header, also where work is cheap */
  readonly tip?: Hex;
};

const headerLength = 80;
const nodeLength = 32;

function bytes(name: keyof SpvProof, text: unknown, length: number | null): Buffer {
  must(`${name} is hex of whole bytes`, typeof text === "string" && /^0x([0-9a-f][0-9a-f])*$/.test(text));
  const value = Buffer.from(text.slice(2), "hex");
  must(`${name} has ${length} bytes`, length === null || value.length === length);
  return value;
}

/** Reads a compactSize at `at`: its value and where it ends. Only the shortest form is accepted. */
function compactSize(data: Buffer, at: number): readonly [value: number, end: number] {
  const first = data.readUInt8(at);
  if (first < 0xfd) return [first, at + 1];
  if (first === 0xfd) {
    const value = data.readUInt16LE(at + 1);
    must("a count is in its shortest form", value >= 0xfd);
    return [value, at + 3];
  }
  must("a count fits a block", first === 0xfe);
  const value = data.readUInt32LE(at + 1);
  must("a count is in its shortest form", value > 0xffff);
  return [value, at + 5];
}

/** A vector must hold at least one item and end exactly where its last item ends. */
function mustBeVector(name: "inputVector" | "outputVector", data: Buffer, fixedBefore: number, fixedAfter: number): void {
  try {
    const [count, start] = compactSize(data, 0);
    must(`${name} is not empty`, count > 0);
    let at = start;
    for (let item = 0; item < count; item += 1) {
      const [length, end] = compactSize(data, at + fixedBefore);
      at = end + length + fixedAfter;
    }
    must(`${name} ends with its last item`, at === data.length);
  } catch (error) {
    must(`${name} ends with its last item`, !(error instanceof RangeError));
    throw error;
  }
}

/** The root that `leaf` at `index` has with these siblings. */
function climb(name: string, leaf: Buffer, index: number, siblings: Buffer): Buffer {
  const depth = siblings.length / nodeLength;
  must(`${name} is made of ${nodeLength}-byte hashes`, Number.isInteger(depth));
  must(`${name} is not deeper than a block's tree`, depth <= 20);
  must(`the index fits ${name}`, Number.isSafeInteger(index) && index >= 0 && index < 2 ** depth);
  let node = leaf;
  for (let level = 0; level < depth; level += 1) {
    const sibling = siblings.subarray(level * nodeLength, (level + 1) * nodeLength);
    const isRight = Math.floor(index / 2 ** level) % 2 === 1;
    // the last hash of an odd level is paired with itself, and is the left one then
    must(`a node of ${name} paired with itself is the left one`, !isRight || !sibling.equals(node));
    node = isRight ? twice(sibling, node) : twice(node, sibling);
  }
  return node;
}

const numberOf = (wire: Buffer): bigint => BigInt(`0x${Buffer.from(wire.toReversed()).toString("hex")}`);

function difficultyOf(header: Buffer): bigint {
  const hash = twice(header);
  const size = header.readUInt8(75);
  const mantissa = header.readUIntLE(72, 3);
  must("a header's target is a positive number of 256 bits", mantissa > 0 && mantissa < 0x800000 && size >= 4 && size <= 32);
  const target = BigInt(mantissa) * 256n ** BigInt(size - 3);
  must("each header's hash meets its target", numberOf(hash) <= target);
  return (0xffffn * 256n ** 26n) / target;
}

/** Links, work and total of the headers; the Merkle root of the first. */
function mustBeChain(headers: Buffer, expect: SpvExpectation): Buffer {
  const count = headers.length / headerLength;
  must(`headers are whole and at least ${Math.max(1, expect.minHeaders)}`, Number.isInteger(count) && count >= Math.max(1, expect.minHeaders));
  let total = 0n;
  let before: Buffer | null = null;
  for (let at = 0; at < headers.length; at += headerLength) {
    const header = headers.subarray(at, at + headerLength);
    must("each header names the one before as its parent", before === null || before.equals(header.subarray(4, 36)));
    total += difficultyOf(header);
    before = twice(header);
  }
  must("the last header is the one our chain has", expect.tip === undefined || expect.tip === `0x${before?.toString("hex")}`);
  must(`the difficulties add up to at least ${expect.requiredDifficulty}`, expect.requiredDifficulty === null || total >= expect.requiredDifficulty);
  return headers.subarray(36, 68);
}

function mustHold(proof: SpvProof, expect: SpvExpectation): void {
  const inputs = bytes("inputVector", proof.inputVector, null);
  const outputs = bytes("outputVector", proof.outputVector, null);
  mustBeVector("inputVector", inputs, 36, 4);
  mustBeVector("outputVector", outputs, 8, 0);
  const txid = twice(bytes("version", proof.version, 4), inputs, outputs, bytes("locktime", proof.locktime, 4));
  must("the parts hash to the transaction's id", `0x${txid.toString("hex")}` === expect.txid);

  const root = mustBeChain(bytes("headers", proof.headers, null), expect);
  const branch = bytes("merkleProof", proof.merkleProof, null);
  const coinbaseBranch = bytes("coinbaseProof", proof.coinbaseProof, null);
  must("both branches are of equal depth", branch.length === coinbaseBranch.length);
  must("the transaction's branch leads to the first header's root", climb("merkleProof", txid, proof.txIndex, branch).equals(root));
  const coinbase = once(bytes("coinbasePreimage", proof.coinbasePreimage, 32));
  must("the coinbase's branch leads to the first header's root", climb("coinbaseProof", coinbase, 0, coinbaseBranch).equals(root));
}

/** null = good. Otherwise Invalid "spv-proof-wrong" with the rule that is broken, as `evidence.rule`. */
export function checkSpvProof(proof: SpvProof, expect: SpvExpectation): Failure | null {
  const rule = brokenRule(() => mustHold(proof, expect));
  return rule === null ? null : invalid("spv-proof-wrong", `The proof of Bitcoin transaction ${expect.txid} breaks a rule: ${rule}. It is built again from another endpoint.`, {
    evidence: { txid: expect.txid, rule },
  }).failure;
}
