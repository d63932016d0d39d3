import { describe, expect, it } from "vitest";
import { expiryOf, isExpired, judgePayment, overForBlocks } from "../../../src/bridges/interbtc/payment.ts";
import { request } from "./facts.ts";

const other = "0x00140000000000000000000000000000000000000000";
const outputs = (...list: readonly (readonly [bigint, boolean])[]) => ({ outputs: list.map(([valueSat, pays]) => ({ valueSat, script: pays ? request.script : other } as const)) });

describe("a payment", () => {
  it.each([
    ["exact", outputs([5n, false], [100_000n, true]), { kind: "exact", paidSat: 100_000n, index: 1 }],
    ["too little", outputs([99_999n, true]), { kind: "under", paidSat: 99_999n, index: 0 }],
    ["too much", outputs([100_001n, true]), { kind: "over", paidSat: 100_001n, index: 0 }],
    ["in two outputs: only the first counts", outputs([40_000n, true], [60_000n, true]), { kind: "under", paidSat: 40_000n, index: 0 }],
    ["of nothing", outputs([0n, true], [100_000n, true]), { kind: "under", paidSat: 0n, index: 0 }],
  ] as const)("%s", (_name, tx, judged) => {
    expect(judgePayment(request, tx)).toEqual(judged);
  });

  it("to somebody else is none", () => {
    expect(judgePayment(request, outputs([100_000n, false]))).toBeNull();
  });
});

describe("expiry", () => {
  const rule = { globalPeriod: 100, parachainBlocksPerBitcoinBlock: 50 };

  it("takes the longer of the request's period and today's", () => {
    expect(expiryOf(request, rule)).toEqual({ active: 8_200, bitcoinHeight: 844 });
    expect(expiryOf(request, { ...rule, globalPeriod: 7_201 })).toEqual({ active: 8_201, bitcoinHeight: 845 });
  });

  it.each([
    [8_200, 844, false],
    [8_201, 844, false],
    [8_200, 845, false],
    [8_201, 845, true],
  ])("at active block %i and Bitcoin height %i: %s", (activeBlocks, bitcoinHeight, expired) => {
    expect(isExpired(request, { ...rule, activeBlocks, bitcoinHeight })).toBe(expired);
  });

  it.each([
    ["a day past on both clocks", 8_200 + 7_200, 844 + 144, 144],
    ["Bitcoin far ahead of a parachain that stood still", 8_199, 844 + 90_000, -1],
    ["a parachain far ahead of a light client that stood still", 8_200 + 1_000_000, 844, 0],
    ["half a block of Bitcoin's past on the parachain", 8_225, 1_000, 0],
  ])("how long it is over goes by the clock that is less far: %s", (_name, activeBlocks, bitcoinHeight, blocks) => {
    expect(overForBlocks(request, { ...rule, activeBlocks, bitcoinHeight })).toBe(blocks);
  });
});
