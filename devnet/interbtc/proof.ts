/**
 * Bitcoin's headers, transactions and their proofs as the interBTC pallets take them (SCALE names in camelCase, for
 * @polkadot/api). Always: wire order; transactions without witness, which the pallets ignore; both branches from one tree.
 * Never: checks a proof; the chain does.
 */
import type { BitcoinBlock, BitcoinHeader, BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import { merkleTree } from "../../src/chains/bitcoin/merkle.ts";
import { invalid } from "../../src/core/errors.ts";
import { bytesOf, hexOf, sizeOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";

type Hash = { readonly content: Hex };
export type RelayHeader = {
  readonly merkleRoot: Hash;
  readonly target: bigint;
  /** seconds since 1970 */
  readonly timestamp: number;
  readonly version: number;
  readonly hash: Hash;
  readonly hashPrevBlock: Hash;
  readonly nonce: number;
};
export type ProofInput = { readonly source: { readonly FromOutput: readonly [Hash, number] } | { readonly Coinbase: null }; readonly script: Hex; readonly sequence: number; readonly witness: readonly Hex[] };
export type ProofTransaction = {
  readonly version: number;
  readonly inputs: readonly ProofInput[];
  readonly outputs: readonly { readonly value: bigint; readonly script: { readonly bytes: Hex } }[];
  readonly lockAt: { readonly Time: number } | { readonly BlockHeight: number };
};
/** BIP 37: bits and hashes depth first, exactly one leaf flagged */
export type MerkleProof = { readonly blockHeader: RelayHeader; readonly flagBits: readonly boolean[]; readonly transactionsCount: number; readonly hashes: readonly Hash[] };
/** `txEncodedLen`: bytes without witness, the least that the chain takes */
export type PartialTransactionProof = { readonly transaction: ProofTransaction; readonly txEncodedLen: number; readonly merkleProof: MerkleProof };
export type FullTransactionProof = { readonly userTxProof: PartialTransactionProof; readonly coinbaseProof: PartialTransactionProof };

/** lock times from here on are seconds, below they are heights */
const firstTime = 500_000_000;

const viewOf = (raw: Hex): DataView => new DataView(Uint8Array.from(bytesOf(raw)).buffer);

/** A header with its fields apart. */
export function relayHeaderOf(header: BitcoinHeader): RelayHeader {
  const view = viewOf(header.raw);
  return {
    merkleRoot: { content: header.merkleRoot },
    target: header.target,
    timestamp: header.timeSeconds,
    version: view.getInt32(0, true),
    hash: { content: header.hash },
    hashPrevBlock: { content: header.parent },
    nonce: view.getUint32(76, true),
  };
}

/** A coinbase's whole script stays in `script`: the height in it is not taken out. */
export function proofTransactionOf(tx: BitcoinTx): ProofTransaction {
  const lockTime = viewOf(tx.locktime).getUint32(0, true);
  const inputs = tx.inputs.map(({ outpoint, scriptSig, sequence }): ProofInput => ({
    source: outpoint.index === 0xffffffff ? { Coinbase: null } : { FromOutput: [{ content: outpoint.txid }, outpoint.index] },
    script: scriptSig,
    sequence,
    witness: [],
  }));
  return {
    version: viewOf(tx.version).getInt32(0, true),
    inputs,
    outputs: tx.outputs.map(({ valueSat, script }) => ({ value: valueSat, script: { bytes: script } })),
    lockAt: lockTime < firstTime ? { BlockHeight: lockTime } : { Time: lockTime },
  };
}

/** The partial tree that shows the transaction at `index`. */
export function merkleProofOf(block: BitcoinBlock, index: number): MerkleProof {
  const { levels } = merkleTree(block.txs);
  const flagBits: boolean[] = [];
  const hashes: Hash[] = [];
  const visit = (height: number, position: number): void => {
    const level = levels[height] ?? Buffer.alloc(0);
    if (position * 32 >= level.length) return; // an odd level's last node stands for its sibling, too
    const above = index >> height === position;
    flagBits.push(above);
    if (height === 0 || !above) {
      hashes.push({ content: hexOf(level.subarray(position * 32, position * 32 + 32)) });
      return;
    }
    visit(height - 1, position * 2);
    visit(height - 1, position * 2 + 1);
  };
  visit(levels.length - 1, 0);
  return { blockHeader: relayHeaderOf(block.header), flagBits, transactionsCount: block.txs.length, hashes };
}

function partialProof(block: BitcoinBlock, index: number): PartialTransactionProof {
  const tx = block.txs[index];
  if (tx === undefined) throw invalid("transaction-not-in-block", `Block ${block.header.hash} has ${block.txs.length} transactions, none at ${index}.`);
  return { transaction: proofTransactionOf(tx), txEncodedLen: sizeOf(tx.stripped), merkleProof: merkleProofOf(block, index) };
}

/** That the transaction (id in wire order) is in the block, and what the block's coinbase is. Throws Invalid "transaction-not-in-block". */
export function fullProof(block: BitcoinBlock, txid: Hex): FullTransactionProof {
  const index = block.txs.findIndex((tx) => tx.txid === txid);
  if (index < 0) throw invalid("transaction-not-in-block", `Transaction ${txid} is not in block ${block.header.hash}.`);
  return { userTxProof: partialProof(block, index), coinbaseProof: partialProof(block, 0) };
}
