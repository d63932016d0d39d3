import { Transaction } from "bitcoinjs-lib";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { latest } from "../../src/bridges/interbtc/dialect-latest.ts";
import { merkleBlock, v1 } from "../../src/bridges/interbtc/dialect-v1.ts";
import { retargetOnFork } from "../../src/bridges/interbtc/light-client.ts";
import type { LightClient } from "../../src/bridges/interbtc/light-client.ts";
import { isExpired } from "../../src/bridges/interbtc/payment.ts";
import { rankedDelayBlocks } from "../../src/bridges/interbtc/rank.ts";
import type { InterbtcProof } from "../../src/bridges/interbtc/proof.ts";
import type { PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { createDevRuntime } from "../support/dev-runtime.ts";
import { createV1Runtime } from "../support/interbtc-v1.ts";
import { id, request } from "../unit/interbtc/facts.ts";

let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** Any transaction, by bitcoinjs-lib: its raw bytes with witness, and its id. */
const transactions = fc
  .record({
    version: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
    locktime: fc.nat({ max: 0xffffffff }),
    inputs: fc.array(fc.record({ hash, index: fc.nat({ max: 0xfffffffe }), script: bytes(300), sequence: fc.nat({ max: 0xffffffff }), witness: fc.array(bytes(80), { maxLength: 3 }) }), { minLength: 1, maxLength: 4 }),
    outputs: fc.array(fc.record({ value: fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }), script: bytes(300) }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ version, locktime, inputs, outputs }) => {
    const tx = new Transaction();
    tx.version = version >>> 0;
    tx.locktime = locktime;
    for (const { hash, index, script, sequence, witness } of inputs) tx.setWitness(tx.addInput(hash, index, sequence, script), witness);
    for (const { value, script } of outputs) tx.addOutput(script, value);
    return { raw: hexOf(tx.toBuffer()), txid: hexOf(tx.getHash()) };
  });

const header: Hex = `0x${"01".repeat(80)}`;
const treeOf = (bits: readonly boolean[], hashes: readonly Uint8Array[]) => ({ flagBits: bits, hashes: hashes.map((each) => hexOf(each)) });
const proofOf = (raw: Hex): InterbtcProof => ({ header, transactionsCount: 1, transaction: raw, tree: treeOf([true], []), coinbase: raw, coinbaseTree: treeOf([true], []) });

describe("an execution of any transaction", () => {
  it("encodes, decodes, and tells the transaction it proves, in both dialects", () => {
    const first = createV1Runtime();
    fc.assert(
      fc.property(transactions, ({ raw, txid }) => {
        expect(latest.provenTxid(runtime.call(runtime.encodeCall(latest.executeIssue(id, proofOf(raw)))), id)).toBe(txid);
        expect(v1.provenTxid(first.call(first.encodeCall(v1.executeIssue(id, proofOf(raw)))), id)).toBe(txid);
      }),
      { numRuns: 200 },
    );
  });

  it("has its tree packed so that every bit and hash can be read back", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 2_100 }), fc.array(hash, { maxLength: 300 }), fc.nat({ max: 0xffffffff }), (bits, hashes, transactionsCount) => {
        const packed = Buffer.from(merkleBlock({ header, transactionsCount, tree: treeOf(bits, hashes) }).slice(2), "hex");
        let at = 84;
        const count = (): number => {
          const one = packed.readUInt8(at);
          at += one < 0xfd ? 1 : 3;
          return one < 0xfd ? one : packed.readUInt16LE(at - 2);
        };
        expect(packed.readUInt32LE(80)).toBe(transactionsCount);
        const many = count();
        expect(Array.from({ length: many }, (_, each) => packed.subarray(at + 32 * each, at + 32 * each + 32).toString("hex"))).toEqual(hashes.map((each) => hexOf(each).slice(2)));
        at += 32 * many;
        const flags = count();
        expect(packed.length).toBe(at + flags);
        expect(bits.every((bit, each) => bit === ((((packed[at + (each >> 3)] ?? 0) >> (each & 7)) & 1) === 1))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe("the first header of a period on a fork", () => {
  /** The pallet's rule, played: heights [from, to] of the main chain and of one fork; the first header that it cannot check. */
  function firstRefused(main: { readonly from: number; to: number }, fork: { from: number; to: number } | null, ancestor: { readonly height: number; readonly chainId: number }, count: number, stable: number): number | null {
    let chain = ancestor.chainId;
    let open = fork;
    for (let height = ancestor.height + 1; height <= ancestor.height + count; height += 1) {
      const parents = chain === 0 || open === null ? main : open;
      if (height % 2016 === 0 && !(parents.from <= height - 2016 && height - 2016 <= parents.to)) return height;
      if (parents.to !== height - 1) {
        open = { from: height, to: height };
        chain = 1;
      } else parents.to = height;
      if (chain === 1 && open !== null && open.to > main.to && open.to >= main.to + stable) {
        main.to = open.to;
        chain = 0;
      }
    }
    return null;
  }

  it("is foreseen as the pallet decides it", () => {
    const worlds = fc.record({ best: fc.integer({ min: 8_050, max: 8_080 }), back: fc.nat({ max: 30 }), length: fc.nat({ max: 20 }), onFork: fc.boolean(), stable: fc.nat({ max: 8 }), count: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(worlds, ({ best, back, length, onFork, stable, count }) => {
        const from = best - back;
        // one that is this far ahead has become the main chain
        const to = Math.min(from + length, best + Math.max(1, stable) - 1);
        const ancestor = onFork ? { height: to, chainId: 1 } : { height: from, chainId: 0 };
        const client: LightClient = {
          at: { chain: "polkadot", height: 1, hash: id, parent: id, time: 0 }, isInitialised: true, start: 2016, best: { height: best, hash: id }, chainCounter: onFork ? 2 : 1,
          forks: onFork ? [{ chainId: 1, startHeight: from, maxHeight: to }] : [], stable: { bitcoin: stable, parachain: 0 }, activeBlocks: 1, isDifficultyChecked: true,
        };
        const refused = firstRefused({ from: 2016, to: best }, onFork ? { from, to } : null, ancestor, count, stable);
        expect(retargetOnFork(client, { ...ancestor, paraHeight: 0 }, count)[0] ?? null).toBe(refused);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("who goes first", () => {
  it("is somebody, at once, and nobody waits longer than the logarithm of all", () => {
    fc.assert(
      fc.property(hash, fc.uniqueArray(hash, { minLength: 1, maxLength: 40, selector: (each) => hexOf(each) }), (seed, accounts) => {
        const all = accounts.map((each) => hexOf(each));
        const delays = all.map((own) => rankedDelayBlocks(hexOf(seed), own, all)).sort((a, b) => a - b);
        expect(delays).toEqual(all.map((_, rank) => Math.floor(Math.log2(rank + 1))));
      }),
      { numRuns: 100 },
    );
  });
});

describe("a request", () => {
  it("once expired stays so while the clocks go on", () => {
    const clock = fc.nat({ max: 20_000 });
    fc.assert(
      fc.property(clock, clock, clock, clock, clock, (activeBlocks, bitcoinHeight, globalPeriod, more, moreBitcoin) => {
        const clocks = { activeBlocks, bitcoinHeight, globalPeriod, parachainBlocksPerBitcoinBlock: 50 };
        const later = { ...clocks, activeBlocks: activeBlocks + more, bitcoinHeight: bitcoinHeight + moreBitcoin };
        expect(isExpired(request, clocks) && !isExpired(request, later)).toBe(false);
      }),
    );
  });
});
