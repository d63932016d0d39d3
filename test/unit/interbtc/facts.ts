/** Values that the tests of this folder share. */
import { merkleProofOf } from "../../../devnet/interbtc/proof.ts";
import type { IssueRequest } from "../../../src/bridges/interbtc/issue-request.ts";
import type { InterbtcProof, PartialTree } from "../../../src/bridges/interbtc/proof.ts";
import { parseBlock } from "../../../src/chains/bitcoin/codec.ts";
import type { BitcoinBlock } from "../../../src/chains/bitcoin/codec.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Failure } from "../../../src/core/errors.ts";
import type { Hex } from "../../../src/core/values.ts";
import { madeTx, mineBlock, rawOf, rawTx } from "../../support/bitcoin-blocks.ts";

export const id: Hex = `0x${"1d".repeat(32)}`;
export const account: Hex = `0x${"d4".repeat(32)}`;
export const requester: Hex = `0x${"8e".repeat(32)}`;

/** 100,000 sat are asked for; it can be cancelled after active block 8,200 and Bitcoin height 844. */
export const request: IssueRequest = {
  id, requester, vault: { account, collateral: "DOT", wrapped: "IBTC" }, amountSat: 99_850n, feeSat: 150n,
  script: "0x00149976874f125cfac32a3c5b32006066bc4525fff4", openActive: 1_000, periodActive: 7_200, bitcoinHeight: 700, status: "pending",
};

/** Six payments, some with witness; all lock times and versions there are. */
const payments = Array.from({ length: 6 }, (_, salt) => {
  const tx = madeTx(salt, [request.script, "0x51"]);
  tx.locktime = [0, 499_999_999, 500_000_000, 0xffffffff, 1, 0][salt] ?? 0;
  tx.version = [1, 2, 3, 0xffffffff, 2, 2][salt] ?? 1;
  return tx;
});
const mined = mineBlock(`0x${"11".repeat(32)}`, 702_861, payments);

export const blockOfPayments = (): BitcoinBlock => parseBlock(rawOf(mined));

/** The stored form of a proof, by the devnet's trees. */
export function proofOf(block: BitcoinBlock, txid: Hex): InterbtcProof {
  const treeOf = (index: number): PartialTree => {
    const { flagBits, hashes } = merkleProofOf(block, index);
    return { flagBits, hashes: hashes.map(({ content }) => content) };
  };
  const index = block.txs.findIndex((tx) => tx.txid === txid);
  const raw = mined.transactions?.[index];
  if (raw === undefined) throw new RangeError(`${txid} is not in the block`);
  return { header: block.header.raw, transactionsCount: block.txs.length, transaction: rawTx(raw), tree: treeOf(index), coinbase: block.txs[0]?.stripped ?? "0x", coinbaseTree: treeOf(0) };
}

export function thrownBy(work: () => unknown): Failure | null {
  try {
    work();
  } catch (thrown) {
    return failureOf(thrown);
  }
  return null;
}
