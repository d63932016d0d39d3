import { Transaction } from "bitcoinjs-lib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseBlock, parseHeader, parseTx, serializeTx } from "../../src/chains/bitcoin/codec.ts";
import { fromDisplay, toDisplay } from "../../src/chains/bitcoin/order.ts";
import { failureOf } from "../../src/core/errors.ts";
import { bytesOf, concatHex, hexOf, reverseHex, sizeOf, sliceHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import { madeTx, mineBlock, rawOf, rawTx } from "../support/bitcoin-blocks.ts";

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

const transactions = fc
  .record({
    version: fc.nat({ max: 0xffffffff }),
    locktime: fc.nat({ max: 0xffffffff }),
    inputs: fc.array(
      fc.record({ hash: fc.uint8Array({ minLength: 32, maxLength: 32 }), index: fc.nat({ max: 0xffffffff }), script: bytes(300), sequence: fc.nat({ max: 0xffffffff }), witness: fc.array(bytes(80), { maxLength: 3 }) }),
      { minLength: 1, maxLength: 5 },
    ),
    outputs: fc.array(fc.record({ script: bytes(300), value: fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }) }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ version, locktime, inputs, outputs }) => {
    const tx = new Transaction();
    tx.version = version;
    tx.locktime = locktime;
    for (const { hash, index, script, sequence, witness } of inputs) tx.setWitness(tx.addInput(hash, index, sequence, script), witness);
    for (const { script, value } of outputs) tx.addOutput(script, value);
    return tx;
  });

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return failureOf(error).code;
  }
  return "none";
};

describe("Bitcoin codec", () => {
  it("reads from any transaction exactly what bitcoinjs-lib wrote", () => {
    fc.assert(
      fc.property(transactions, (tx) => {
        const parsed = parseTx(rawTx(tx));
        expect(parsed.txid).toBe(hexOf(tx.getHash()));
        expect(concatHex(parsed.version, parsed.inputVector, parsed.outputVector, parsed.locktime)).toBe(parsed.stripped);
        expect(parsed.inputs.map(({ witness }) => witness)).toEqual(tx.ins.map(({ witness }) => witness.map((item) => hexOf(item))));
        expect(parsed.inputs.map(({ outpoint }) => outpoint)).toEqual(tx.ins.map(({ hash, index }) => ({ txid: hexOf(hash), index })));
        expect(parsed.outputs).toEqual(tx.outs.map(({ value, script }) => ({ valueSat: value, script: hexOf(script) })));
        expect(parseTx(parsed.stripped)).toEqual({ ...parsed, inputs: parsed.inputs.map((input) => ({ ...input, witness: [] })) });
      }),
    );
  });

  it("writes any transaction back byte for byte", () => {
    fc.assert(
      fc.property(transactions, (tx) => {
        expect(serializeTx(parseTx(rawTx(tx)))).toBe(rawTx(tx));
      }),
    );
    const long = madeTx(0);
    long.setWitness(0, [new Uint8Array(0xffff), new Uint8Array(0x10001), new Uint8Array(0)]);
    expect(serializeTx(parseTx(rawTx(long)))).toBe(rawTx(long));
  });

  it("refuses a transaction cut short or with bytes left over, whatever they are", () => {
    fc.assert(
      fc.property(transactions, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 }), (tx, at, more) => {
        const raw = rawTx(tx);
        expect(codeOf(() => parseTx(sliceHex(raw, 0, at % sizeOf(raw))))).toBe("undecodable-transaction");
        expect(codeOf(() => parseTx(concatHex(raw, hexOf(more))))).toBe("undecodable-transaction");
      }),
    );
  });

  it("answers any bytes with a value or a classified refusal, never another error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (random) => {
        const raw = hexOf(random);
        expect(["none", "undecodable-transaction"]).toContain(codeOf(() => parseTx(raw)));
        expect(["none", "undecodable-header"]).toContain(codeOf(() => parseHeader(raw)));
        expect(["undecodable-block", "merkle-root-mismatch"]).toContain(codeOf(() => parseBlock(raw)));
      }),
    );
  });

  it("never takes a block with any byte after the header changed", () => {
    const raw = rawOf(mineBlock(`0x${"22".repeat(32)}`, 7, [1, 2, 4, 5].map((salt) => madeTx(salt))));
    fc.assert(
      fc.property(fc.integer({ min: 80, max: sizeOf(raw) - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = bytesOf(raw);
        changed[at] = (changed[at] ?? 0) ^ change;
        const code = codeOf(() => parseBlock(hexOf(changed)));
        // witness bytes are not under this root; everything else is
        if (code === "none") expect(parseBlock(hexOf(changed)).txs.map(({ stripped }) => stripped)).toEqual(parseBlock(raw).txs.map(({ stripped }) => stripped));
        else expect(["undecodable-block", "merkle-root-mismatch"]).toContain(code);
      }),
      { numRuns: 300 },
    );
  });

  it("turns hex and byte order back and forth without loss", () => {
    fc.assert(
      fc.property(bytes(200), fc.uint8Array({ minLength: 32, maxLength: 32 }), (any, hash) => {
        const hex = hexOf(any);
        expect(bytesOf(hex)).toEqual(any);
        expect(reverseHex(reverseHex(hex))).toBe(hex);
        expect(hex).toBe(`0x${Buffer.from(any).toString("hex")}` satisfies Hex);
        const wire = hexOf(hash);
        expect(fromDisplay(toDisplay(wire))).toBe(wire);
        expect(toDisplay(wire)).toBe(Buffer.from(hash).toReversed().reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), ""));
      }),
    );
  });
});
