/**
 * The bridge's first interface (the published genesis): raw headers, raw proofs as `gettxoutproof` gives them, raw transactions.
 * Always: the transaction goes with its witness, out of which this runtime reads where a refund goes; no coinbase proof, no fork
 * bound. Never: I/O; the names and shapes here are the runtime's.
 */
import { parseTx } from "../../chains/bitcoin/codec.ts";
import { concatHex, hexOf, isHex, sizeOf } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import { batchOf, callIn, executionIn, hash32, issueIdOf, issueRequestOf, needsOf, storedHeaderOf } from "./dialect-common.ts";
import { payoutNeeds, payoutRequestOf, payoutSignOf } from "./dialect-payouts.ts";
import { refundIdOf, refundNeeds, refundRequestOf } from "./dialect-refunds.ts";
import type { Dialect, Refunds } from "./dialect.ts";
import type { InterbtcProof } from "./proof.ts";

const rawProof = { merkleProof: "[u8]", rawTx: "[u8]" };

function compactSize(count: number): Hex {
  const view = new DataView(new ArrayBuffer(5));
  if (count < 0xfd) {
    view.setUint8(0, count);
    return hexOf(new Uint8Array(view.buffer, 0, 1));
  }
  view.setUint8(0, count <= 0xffff ? 0xfd : 0xfe);
  view.setUint32(1, count, true);
  return hexOf(new Uint8Array(view.buffer, 0, count <= 0xffff ? 3 : 5));
}

/** Bits as bytes, lowest bit first, the last byte filled with zero bits. */
function flagBytes(bits: readonly boolean[]): Hex {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [at, bit] of bits.entries()) if (bit) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
  return hexOf(bytes);
}

/** A CMerkleBlock: header, number of transactions (4 bytes), hashes and flag bytes, each list behind its compactSize. */
export function merkleBlock({ header, transactionsCount, tree: { hashes, flagBits } }: Pick<InterbtcProof, "header" | "transactionsCount" | "tree">): Hex {
  const count = new DataView(new ArrayBuffer(4));
  count.setUint32(0, transactionsCount, true);
  const flags = flagBytes(flagBits);
  return concatHex(header, hexOf(new Uint8Array(count.buffer)), compactSize(hashes.length), ...hashes, compactSize(sizeOf(flags)), flags);
}

const proofArgs = (proof: InterbtcProof): { readonly merkleProof: Hex; readonly rawTx: Hex } => ({ merkleProof: merkleBlock(proof), rawTx: proof.transaction });

/** Anybody may put any bytes into a call: what is no transaction proves nothing. */
function txidOf(raw: Hex): Hex | null {
  try {
    return parseTx(raw).txid;
  } catch {
    return null;
  }
}

/**
 * A vault proves that it paid back what was too much of an overpaid issue. This runtime asks it to when it lacks the capacity for the
 * whole payment.
 */
const refunds: Refunds = {
  needs: refundNeeds(rawProof),
  request: refundRequestOf,
  idOf: refundIdOf,
  execute: (refundId, proof) => ({ pallet: "Refund", name: "execute_refund", args: { refundId, ...proofArgs(proof) } }),
  provenTxid: (call, refundId) => {
    const raw = callIn(call, { pallet: "Refund", name: "execute_refund", argument: "refundId" }, refundId)?.["rawTx"];
    return isHex(raw) ? txidOf(raw) : null;
  },
};

export const v1: Dialect = {
  name: "v1",
  needs: { payouts: payoutNeeds, ...needsOf({
    griefing: "griefingCollateral: u128",
    status: "Pending | Completed(None | Some([u8; 32])) | Cancelled",
    calls: {
      headers: { "Relay.store_block_header": { rawBlockHeader: "[u8; 80]" }, "Relay.initialize": { rawBlockHeader: "[u8; 80]", blockHeight: "u32" } },
      issue: { "Issue.execute_issue": { issueId: hash32, ...rawProof } },
    },
    requested: { griefingCollateral: "u128" },
  }) },
  storeHeaders: (headers) => batchOf(headers.map(({ raw }) => ({ pallet: "Relay", name: "store_block_header", args: { rawBlockHeader: raw } }))),
  initialize: (header, height) => ({ pallet: "Relay", name: "initialize", args: { rawBlockHeader: header.raw, blockHeight: height } }),
  executeIssue: (issueId, proof) => ({ pallet: "Issue", name: "execute_issue", args: { issueId, ...proofArgs(proof) } }),
  headerKey: (hash) => ({ content: hash }),
  storedHeader: storedHeaderOf,
  issueRequest: issueRequestOf,
  issueIdOf,
  payoutRequest: payoutRequestOf,
  payoutSign: payoutSignOf,
  provenTxid: (call, issueId) => {
    const raw = executionIn(call, issueId)?.["rawTx"];
    return isHex(raw) ? txidOf(raw) : null;
  },
  refunds,
};
