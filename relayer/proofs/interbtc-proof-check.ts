/**
 * Checks a proof for interBTC offline, before anything is paid for it. Written on its own: it shares no code with the builder.
 * Always: what passes here passes the pallet's rules on trees, coinbase and payment, and a little more: padding is zero, counts
 * are shortest, nothing is left over. Never: asks a node. Witness data is read for its form only: no hash in the proof binds it.
 */
import type { InterbtcProof, PartialTree } from "../../src/bridges/interbtc/proof.ts";
import { invalid } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";
import { brokenRule, must, twice } from "./rules.ts";

/**
 * `script`: the address to pay; its first output must hold at least `leastSat`. With `named`, a request's id, just that, and the
 * transaction must carry the id in its only OP_RETURN. Hashes in wire order.
 */
export type InterbtcExpectation = { readonly txid: Hex; readonly blockHash: Hex; readonly script: Hex; readonly leastSat: bigint; readonly named?: Hex };

/** the pallet takes no bigger block; it is also more than any block can hold */
const mostTransactions = 16_666;
/** Bitcoin's limits on a block bound a transaction, too */
const mostStrippedBytes = 1_000_000;
const mostBytes = 4_000_000;
/** as long as two hashes: such a transaction can be told from an inner node of the tree by nobody */
const innerNodeBytes = 64;

function bytesIn(name: string, text: unknown, most: number): Buffer {
  must(`${name} is hex of whole bytes`, typeof text === "string" && text.length <= 2 + 2 * most && /^0x([0-9a-f][0-9a-f])*$/.test(text));
  return Buffer.from(text.slice(2), "hex");
}

type Output = { readonly valueSat: bigint; readonly script: string };
type Parsed = { readonly id: Buffer; readonly strippedBytes: number; readonly inputs: readonly { readonly parent: Buffer; readonly index: number }[]; readonly outputs: readonly Output[] };

/** A reader that refuses to go past the end. */
function readerOf(name: string, data: Buffer) {
  let at = 0;
  const take = (length: number): Buffer => {
    must(`${name} is whole`, at + length <= data.length);
    at += length;
    return data.subarray(at - length, at);
  };
  const count = (): number => {
    const first = take(1).readUInt8();
    if (first < 0xfd) return first;
    must(`a count of ${name} fits a block`, first !== 0xff);
    const value = first === 0xfd ? take(2).readUInt16LE() : take(4).readUInt32LE();
    must(`a count of ${name} is in its shortest form`, value > (first === 0xfd ? 0xfc : 0xffff));
    return value;
  };
  return { take, count, at: () => at, isDone: () => at === data.length, peek: (length: number) => data.subarray(at, at + length) };
}

function times<T>(name: string, count: number, read: () => T): readonly T[] {
  must(`${name} has no more items than bytes`, count <= mostBytes);
  const items: T[] = [];
  while (items.length < count) items.push(read());
  return items;
}

/** Reads a transaction with or without witness; the id is that of the bytes without it. */
function parsed(name: "transaction" | "coinbase", data: Buffer): Parsed {
  const { take, count, at, isDone, peek } = readerOf(name, data);
  const version = take(4);
  const isMarked = peek(2).equals(Buffer.from([0, 1]));
  if (isMarked) take(2);
  const bodyFrom = at();
  const inputs = times(name, count(), () => {
    const source = { parent: take(32), index: take(4).readUInt32LE() };
    take(count());
    take(4);
    return source;
  });
  const outputs = times(name, count(), () => ({ valueSat: take(8).readBigUInt64LE(), script: `0x${take(count()).toString("hex")}` }));
  const body = data.subarray(bodyFrom, at());
  const witnesses = isMarked ? inputs.map(() => times(name, count(), () => take(count())).length) : [];
  must(`${name} is marked as having a witness only with one`, !isMarked || witnesses.some((items) => items > 0));
  const lockTime = take(4);
  must(`${name} ends with its lock time`, isDone());
  must(`${name} spends and pays something`, inputs.length > 0 && outputs.length > 0);
  const strippedBytes = version.length + body.length + lockTime.length;
  must(`${name} is of a size that no inner node has and a block can hold`, strippedBytes !== innerNodeBytes && strippedBytes <= mostStrippedBytes);
  return { id: twice(version, body, lockTime), strippedBytes, inputs, outputs };
}

type Walk = { readonly bits: readonly boolean[]; readonly hashes: readonly Buffer[]; bit: number; hash: number; readonly found: { readonly position: number; readonly leaf: Buffer }[] };

/** The hash of the node at this position; what is flagged among the leaves is found on the way. */
function walk(name: string, tree: Walk, count: number, level: number, position: number): Buffer {
  must(`${name} has a bit for each node`, tree.bit < tree.bits.length);
  const isParent = tree.bits[tree.bit++] === true;
  if (level === 0 || !isParent) {
    const hash = tree.hashes[tree.hash++];
    must(`${name} has a hash for each node`, hash !== undefined);
    if (level === 0 && isParent) tree.found.push({ position, leaf: hash });
    return hash;
  }
  const foundBefore = tree.found.length;
  const left = walk(name, tree, count, level - 1, position * 2);
  // how many nodes the row below has
  const hasRight = position * 2 + 1 < Math.ceil(count / 2 ** (level - 1));
  const right = hasRight ? walk(name, tree, count, level - 1, position * 2 + 1) : left;
  must(`${name} pairs no node with its like`, !hasRight || !right.equals(left));
  must(`${name} opens only nodes above the leaf`, tree.found.length > foundBefore);
  return twice(left, right);
}

/** The one flagged leaf; the tree's root must be the block's. */
function flaggedLeaf(name: "tree" | "coinbaseTree", tree: PartialTree, count: number, root: Buffer): { readonly position: number; readonly leaf: Buffer } {
  const { flagBits, hashes } = tree;
  must(`${name} has bits and hashes`, Array.isArray(flagBits) && Array.isArray(hashes) && flagBits.every((bit) => typeof bit === "boolean"));
  must(`${name} is no bigger than the block's`, hashes.length <= count && flagBits.length <= 8 * Math.ceil((2 * count + 32) / 8));
  const raw = hashes.map((hash) => bytesIn(`a hash of ${name}`, hash, 32));
  must(`${name} is made of 32-byte hashes`, raw.every((hash) => hash.length === 32));
  let height = 0;
  while (2 ** height < count) height += 1;
  const state: Walk = { bits: flagBits, hashes: raw, bit: 0, hash: 0, found: [] };
  const computed = walk(name, state, count, height, 0);
  must(`${name} uses all its hashes`, state.hash === raw.length);
  const padding = flagBits.slice(state.bit);
  must(`${name} uses all its bits but for a byte's zero padding`, padding.length === 0 || (flagBits.length === 8 * Math.ceil(state.bit / 8) && !padding.includes(true)));
  const [leaf, ...others] = state.found;
  must(`${name} flags just one leaf`, leaf !== undefined && others.length === 0);
  must(`${name} leads to the header's root`, computed.equals(root));
  return leaf;
}

/** scripts of the addresses that the parachain knows, by length in bytes and what they begin with */
const knownScripts: readonly (readonly [bytes: number, start: string])[] = [[25, "0x76a914"], [23, "0xa914"], [22, "0x0014"], [34, "0x0020"]];

function mustBeNamed(outputs: readonly Output[], paid: Output, sat: bigint, id: Hex): void {
  must(`the output to the address holds just ${sat} satoshi`, paid.valueSat === sat);
  const [names, others] = [outputs.filter(({ script }) => script.startsWith("0x6a")), outputs.filter(({ script }) => !script.startsWith("0x6a"))];
  must("one OP_RETURN, without value, holds the request's id", names.length === 1 && names[0]?.valueSat === 0n && names[0].script === `0x6a20${id.slice(2)}`);
  must("one output pays, or two do to different addresses", others.length <= 2 && others[0]?.script !== others[1]?.script);
  must("the parachain knows every output's address", others.every(({ script }) => knownScripts.some(([bytes, start]) => script.length === 2 + 2 * bytes && script.startsWith(start))));
}

function mustHold(proof: InterbtcProof, expect: InterbtcExpectation): void {
  const header = bytesIn("header", proof.header, 80);
  must("the header has 80 bytes", header.length === 80);
  must("the header is that of the payment's block", `0x${twice(header).toString("hex")}` === expect.blockHash);
  const { transactionsCount: count } = proof;
  must(`the block has 1 to ${mostTransactions} transactions`, Number.isInteger(count) && count >= 1 && count <= mostTransactions);
  const root = header.subarray(36, 68);

  const tx = parsed("transaction", bytesIn("transaction", proof.transaction, mostBytes));
  must("the transaction is the payment", `0x${tx.id.toString("hex")}` === expect.txid);
  must("the tree's leaf is the transaction", flaggedLeaf("tree", proof.tree, count, root).leaf.equals(tx.id));
  const paid = tx.outputs.find(({ script }) => script === expect.script);
  must(`the first output to the deposit address holds at least ${expect.leastSat} satoshi`, paid !== undefined && paid.valueSat >= expect.leastSat);
  if (expect.named !== undefined) mustBeNamed(tx.outputs, paid, expect.leastSat, expect.named);

  const coinbaseBytes = bytesIn("coinbase", proof.coinbase, mostStrippedBytes);
  const coinbase = parsed("coinbase", coinbaseBytes);
  must("the coinbase comes without its witness", coinbase.strippedBytes === coinbaseBytes.length);
  const [source, ...more] = coinbase.inputs;
  must("the coinbase spends nothing", more.length === 0 && source?.index === 0xffffffff && source.parent.every((byte) => byte === 0));
  const first = flaggedLeaf("coinbaseTree", proof.coinbaseTree, count, root);
  must("the coinbase is the block's first transaction", first.position === 0 && first.leaf.equals(coinbase.id));
}

/** null = good. Otherwise Invalid "interbtc-proof-wrong" with the rule that is broken, as `evidence.rule`. */
export function checkInterbtcProof(proof: InterbtcProof, expect: InterbtcExpectation): Failure | null {
  const rule = brokenRule(() => mustHold(proof, expect));
  return rule === null ? null : invalid("interbtc-proof-wrong", `The proof of Bitcoin transaction ${expect.txid} breaks a rule: ${rule}. It is built again from another endpoint.`, {
    evidence: { txid: expect.txid, rule },
  }).failure;
}
