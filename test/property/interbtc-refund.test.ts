/** Two readings of the same rules, written apart: what the watcher takes for a refund's payment is just what passes the proof's check. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { checkInterbtcProof } from "../../relayer/proofs/interbtc-proof-check.ts";
import { buildInterbtcProof } from "../../relayer/proofs/interbtc-proof.ts";
import { judgeOpReturn, opReturnScript } from "../../src/bridges/interbtc/op-return.ts";
import { parseBlock } from "../../src/chains/bitcoin/codec.ts";
import type { Hex } from "../../src/core/values.ts";
import { madeTx, mineBlock, rawOf } from "../support/bitcoin-blocks.ts";

const id: Hex = `0x${"1d".repeat(32)}`;
const payee: Hex = `0x0014${"aa".repeat(20)}`;
const request = { id, script: payee, amountSat: 40_000n };
const scripts = fc.constantFrom<Hex>(
  payee, payee, opReturnScript(id), opReturnScript(id), opReturnScript(`0x${"2d".repeat(32)}`), "0x6a0100", `0xa914${"bb".repeat(20)}87`, `0x76a914${"cc".repeat(20)}88ac`, `0x0020${"dd".repeat(32)}`, `0x5120${"ee".repeat(32)}`,
);
const values = fc.constantFrom(0n, 0n, 40_000n, 40_000n, 39_999n, 40_001n);
const outputs = fc.array(fc.record({ script: scripts, valueSat: values }), { minLength: 1, maxLength: 4 });

describe("a transaction with any outputs", () => {
  it("is a refund's payment for the watcher just when its proof passes the check", () => {
    let taken = 0;
    fc.assert(fc.property(outputs, (outs) => {
      const made = madeTx(1, outs.map(({ script }) => script));
      made.outs.forEach((output, at) => {
        output.value = outs[at]?.valueSat ?? 0n;
      });
      const block = parseBlock(rawOf(mineBlock(`0x${"11".repeat(32)}`, 702_861, [made])));
      const tx = block.txs[1];
      if (tx === undefined) throw new Error("the block has the transaction");
      const judged = judgeOpReturn(request, tx);
      const failure = checkInterbtcProof(buildInterbtcProof(block, tx.txid), { txid: tx.txid, blockHash: block.header.hash, script: payee, leastSat: request.amountSat, named: id });
      expect(failure === null).toBe(judged !== null && judged.flaw === null);
      if (failure === null) taken += 1;
    }), { numRuns: 600, examples: [[[{ script: payee, valueSat: 40_000n }, { script: opReturnScript(id), valueSat: 0n }]]] });
    expect(taken).toBeGreaterThan(0);
  });
});
