/**
 * The bridge's interface of today: headers and proofs with their fields apart, an upper bound for the number of forks.
 * Always: transactions go without witness, which the pallet ignores, and a coinbase with its whole script (Coinbase(None)): the
 * only form that hashes right for every coinbase. Never: I/O; the names and shapes here are the runtime's.
 */
import { parseHeader, parseTx, sha256 } from "../../chains/bitcoin/codec.ts";
import type { BitcoinHeader, BitcoinTx } from "../../chains/bitcoin/codec.ts";
import { bytesOf, concatHex, hexOf, isHex, sizeOf } from "../../core/hex.ts";
import type { Hex, Json } from "../../core/values.ts";
import { batchOf, executionIn, hash32, isFields, issueIdOf, issueRequestOf, needsOf, storedHeaderOf } from "./dialect-common.ts";
import { payoutNeeds, payoutRequestOf, payoutSignOf } from "./dialect-payouts.ts";
import type { Dialect } from "./dialect.ts";
import type { InterbtcProof, PartialTree } from "./proof.ts";

const wireHash = "{content: [u8; 32]}";
const headerShape = `{merkleRoot: ${wireHash}, target: [u64; 4], timestamp: u32, version: i32, hash: ${wireHash}, hashPrevBlock: ${wireHash}, nonce: u32}`;
const inputShape = `{source: FromOutput(${wireHash}, u32) | Coinbase(None | Some(u32)), script: [u8], sequence: u32, witness: [[u8]]}`;
const transactionShape = `{version: i32, inputs: [${inputShape}], outputs: [{value: i64, script: {bytes: [u8]}}], lockAt: Time(u32) | BlockHeight(u32)}`;
const merkleShape = `{blockHeader: ${headerShape}, flagBits: [bool], transactionsCount: u32, hashes: [${wireHash}]}`;
const partialShape = `{transaction: ${transactionShape}, txEncodedLen: u32, merkleProof: ${merkleShape}}`;

/** lock times from here on are seconds, below they are heights */
const firstTime = 500_000_000;
const coinbaseIndex = 0xffffffff;

const viewOf = (raw: Hex): DataView => new DataView(Uint8Array.from(bytesOf(raw)).buffer);
const wired = (hash: Hex): Json => ({ content: hash });

function headerJson(header: BitcoinHeader): Json {
  const view = viewOf(header.raw);
  return {
    merkleRoot: wired(header.merkleRoot),
    target: header.target.toString(),
    timestamp: header.timeSeconds,
    version: view.getInt32(0, true),
    hash: wired(header.hash),
    hashPrevBlock: wired(header.parent),
    nonce: view.getUint32(76, true),
  };
}

function transactionJson(tx: BitcoinTx): Json {
  const lockTime = viewOf(tx.locktime).getUint32(0, true);
  return {
    version: viewOf(tx.version).getInt32(0, true),
    inputs: tx.inputs.map(({ outpoint, scriptSig, sequence }) => ({
      source: outpoint.index === coinbaseIndex ? { Coinbase: null } : { FromOutput: [wired(outpoint.txid), outpoint.index] },
      script: scriptSig,
      sequence,
      witness: [],
    })),
    outputs: tx.outputs.map(({ valueSat, script }) => ({ value: valueSat.toString(), script: { bytes: script } })),
    lockAt: lockTime < firstTime ? { BlockHeight: lockTime } : { Time: lockTime },
  };
}

/** `txEncodedLen`: the least that the chain takes is the length without witness; the fee grows with it. */
function partialJson(header: Json, transactionsCount: number, transaction: Hex, tree: PartialTree): Json {
  const tx = parseTx(transaction);
  const merkleProof = { blockHeader: header, flagBits: tree.flagBits, transactionsCount, hashes: tree.hashes.map(wired) };
  return { transaction: transactionJson(tx), txEncodedLen: sizeOf(tx.stripped), merkleProof };
}

function fullProofJson(proof: InterbtcProof): Json {
  const header = headerJson(parseHeader(proof.header));
  return {
    userTxProof: partialJson(header, proof.transactionsCount, proof.transaction, proof.tree),
    coinbaseProof: partialJson(header, proof.transactionsCount, proof.coinbase, proof.coinbaseTree),
  };
}

/** A number as `count` bytes, lowest first; negative ones as two's complement. */
const littleEndian = (value: number | bigint, count: number): Hex => hexOf(Uint8Array.from({ length: count }, (_, at) => Number((BigInt(value) >> BigInt(8 * at)) & 0xffn)));

function compactSize(count: number): Hex {
  if (count < 0xfd) return littleEndian(count, 1);
  return count <= 0xffff ? concatHex("0xfd", littleEndian(count, 2)) : concatHex("0xfe", littleEndian(count, 4));
}

type Decoded = {
  readonly version: number;
  readonly inputs: readonly { readonly source: { readonly FromOutput: readonly [{ readonly content: Hex }, number] } | { readonly Coinbase: number | null }; readonly script: Hex; readonly sequence: number }[];
  readonly outputs: readonly { readonly value: number | string; readonly script: { readonly bytes: Hex } }[];
  readonly lockAt: { readonly Time: number } | { readonly BlockHeight: number };
};

const withLength = (bytes: Hex): Hex => concatHex(compactSize(sizeOf(bytes)), bytes);

/** The push of a height that the pallet puts in front of a coinbase's script when it is given apart: shortest form, sign bit clear. */
function heightPush(height: number | null): Hex {
  if (height === null) return "0x";
  if (height === 0) return "0x00";
  if (height <= 16) return littleEndian(0x50 + height, 1);
  const size = Math.floor(height.toString(2).length / 8) + 1;
  return concatHex(littleEndian(size, 1), littleEndian(height, size));
}

/** The id of a transaction as the pallet computes it from the fields of a call (wire order). */
function txidOf(transaction: Json): Hex {
  const { version, inputs, outputs, lockAt } = transaction as unknown as Decoded;
  const ins = inputs.map(({ source, script, sequence }) => {
    const [before, full] = "FromOutput" in source
      ? [concatHex(source.FromOutput[0].content, littleEndian(source.FromOutput[1], 4)), script]
      : [concatHex(littleEndian(0, 32), littleEndian(coinbaseIndex, 4)), concatHex(heightPush(source.Coinbase), script)];
    return concatHex(before, withLength(full), littleEndian(sequence, 4));
  });
  const outs = outputs.map(({ value, script }) => concatHex(littleEndian(BigInt(value), 8), withLength(script.bytes)));
  const lockTime = "Time" in lockAt ? lockAt.Time : lockAt.BlockHeight;
  const stripped = concatHex(littleEndian(version, 4), compactSize(ins.length), ...ins, compactSize(outs.length), ...outs, littleEndian(lockTime, 4));
  return hexOf(sha256(sha256(bytesOf(stripped))));
}

export const latest: Dialect = {
  name: "latest",
  needs: { payouts: payoutNeeds, ...needsOf({
    griefing: "griefingCollateral: u128, griefingCurrency: _",
    status: "Pending | Completed | Cancelled",
    calls: {
      headers: { "BTCRelay.store_block_header": { blockHeader: headerShape, forkBound: "u32" }, "BTCRelay.initialize": { blockHeader: headerShape, blockHeight: "u32" } },
      issue: { "Issue.execute_issue": { issueId: hash32, uncheckedTransaction: `{userTxProof: ${partialShape}, coinbaseProof: ${partialShape}}` } },
    },
    requested: { griefingCollateral: "u128", griefingCurrency: "_" },
  }) },
  storeHeaders: (headers, forkBound) => batchOf(headers.map((header) => ({ pallet: "BTCRelay", name: "store_block_header", args: { blockHeader: headerJson(header), forkBound } }))),
  initialize: (header, height) => ({ pallet: "BTCRelay", name: "initialize", args: { blockHeader: headerJson(header), blockHeight: height } }),
  executeIssue: (issueId, proof) => ({ pallet: "Issue", name: "execute_issue", args: { issueId, uncheckedTransaction: fullProofJson(proof) } }),
  headerKey: wired,
  storedHeader: storedHeaderOf,
  issueRequest: issueRequestOf,
  issueIdOf,
  payoutRequest: payoutRequestOf,
  payoutSign: payoutSignOf,
  provenTxid: (call, issueId) => {
    const proof = executionIn(call, issueId)?.["uncheckedTransaction"];
    const user = isFields(proof) ? proof["userTxProof"] : undefined;
    const txid = isFields(user) ? txidOf(user["transaction"] ?? null) : null;
    return isHex(txid, 32) ? txid : null;
  },
  refunds: null,
};
