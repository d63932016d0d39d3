/** Which transaction is the payment of a redeem, a replace or a refund: by the pallet's own rules for the outputs. */
import { describe, expect, it } from "vitest";
import { judgeOpReturn, opReturnScript } from "../../../src/bridges/interbtc/op-return.ts";
import type { Hex } from "../../../src/core/values.ts";

const id: Hex = `0x${"1d".repeat(32)}`;
const [payee, change]: readonly [Hex, Hex] = [`0x0014${"aa".repeat(20)}`, `0xa914${"bb".repeat(20)}87`];
const request = { id, script: payee, amountSat: 50_000n };
const name = { valueSat: 0n, script: opReturnScript(id) };
const pays = (script: Hex, valueSat = 50_000n) => ({ script, valueSat });

describe("a payment that names its request", () => {
  it.each([
    ["alone", [pays(payee), name]],
    ["with change, in any order", [name, pays(change, 7n), pays(payee)]],
    ["to a P2WSH change", [pays(payee), pays(`0x0020${"cc".repeat(32)}`, 1n), name]],
    ["to a P2PKH change", [pays(payee), pays(`0x76a914${"cc".repeat(20)}88ac`, 1n), name]],
  ] as const)("is what was asked: %s", (_, outputs) => {
    expect(judgeOpReturn(request, { outputs })).toEqual({ paidSat: 50_000n, flaw: null });
  });

  it.each([
    ["too-many-outputs", [pays(payee), name, pays(change, 1n), pays(`0x0014${"dd".repeat(20)}`, 1n)]],
    ["unknown-output", [pays(payee), name, pays(`0x5120${"cc".repeat(32)}`, 1n)]],
    ["several-op-returns", [pays(payee), name, { valueSat: 0n, script: "0x6a0100" }]],
    ["op-return-with-value", [pays(payee), { ...name, valueSat: 1n }]],
    ["address-paid-twice", [pays(payee), pays(payee), name]],
    ["other-address", [pays(change), name]],
    ["other-address", [name]],
    ["too-little", [pays(payee, 49_999n), name]],
    ["too-much", [pays(payee, 50_001n), name]],
  ] as const)("has the flaw %s", (flaw, outputs) => {
    expect(judgeOpReturn(request, { outputs })?.flaw).toBe(flaw);
  });

  it("is none without the name, nor with another request's", () => {
    expect(judgeOpReturn(request, { outputs: [pays(payee)] })).toBeNull();
    expect(judgeOpReturn(request, { outputs: [pays(payee), { valueSat: 0n, script: opReturnScript(`0x${"2d".repeat(32)}`) }] })).toBeNull();
  });
});
