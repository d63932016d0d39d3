import { describe, expect, it } from "vitest";
import { chooseFees, withMargin } from "../../../relayer/submit/ethereum-fees.ts";
import type { FeePolicy, Fees } from "../../../relayer/submit/ethereum-fees.ts";
import { failureOf } from "../../../src/core/errors.ts";

const gwei = 1_000_000_000n;
const policy: FeePolicy = { maxFeePerGasWei: 100n * gwei, budgetWei: 10n ** 18n, minPriorityFeeWei: gwei };
const market = (base: bigint, tip: bigint) => ({ nextBaseFeeWei: base * gwei, priorityFeeWei: tip * gwei });
const fees = (max: bigint, tip: bigint): Fees => ({ maxFeePerGasWei: max * gwei, maxPriorityFeePerGasWei: tip * gwei });

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    return failureOf(thrown).code;
  }
  return "none";
};

describe("fees of a transaction", () => {
  it.each([
    ["first attempt: twice the base fee and the tip", market(20n, 2n), null, 200_000n, fees(42n, 2n)],
    ["a market without tips still pays the least one", market(20n, 0n), null, 200_000n, fees(41n, 1n)],
    ["never above the cap", market(80n, 2n), null, 200_000n, fees(100n, 2n)],
    ["the budget lowers the cap of a large transaction", market(20n, 2n), null, 40_000_000n, { maxFeePerGasWei: 25n * gwei, maxPriorityFeePerGasWei: 2n * gwei }],
    ["a tip above the cap is cut to it", { nextBaseFeeWei: 1n, priorityFeeWei: 500n * gwei }, null, 21_000n, fees(100n, 100n)],
    ["a bump raises both by an eighth at least", market(10n, 1n), fees(40n, 8n), 200_000n, fees(45n, 9n)],
    ["a bump follows a market that rose more", market(40n, 20n), fees(40n, 8n), 200_000n, fees(100n, 20n)],
    ["a bump may go exactly to the cap", market(10n, 1n), { maxFeePerGasWei: 88n * gwei, maxPriorityFeePerGasWei: gwei }, 200_000n, { maxFeePerGasWei: 99n * gwei, maxPriorityFeePerGasWei: (gwei * 9n) / 8n }],
  ])("%s", (_name, now, previous, gas, expected) => {
    expect(chooseFees(now, previous, gas, policy)).toEqual(expected);
  });

  it.each([
    ["the base fee is above the cap", market(101n, 1n), null, 200_000n],
    ["the budget does not reach the base fee", market(20n, 1n), null, 60_000_000n],
    ["outbidding would pass the cap", market(10n, 1n), fees(90n, 1n), 200_000n],
  ])("waits at the cap: %s", (_name, now, previous, gas) => {
    expect(codeOf(() => chooseFees(now, previous, gas, policy))).toBe("fee-cap");
  });

  it("says at the cap which key of the configuration holds it up", () => {
    const messageAt = (gas: bigint): string => {
      try {
        chooseFees(market(2_000_000n, 1n), null, gas, policy);
      } catch (thrown) {
        return String(thrown);
      }
      return "";
    };
    expect(messageAt(1n)).toContain("maxFeePerGasGwei");
    expect(messageAt(60_000_000n)).toContain("budgetPerTxEther");
  });

  it("a tiny fee is raised too, so that no node calls it the same", () => {
    const first = { maxFeePerGasWei: 1n, maxPriorityFeePerGasWei: 1n };
    const next = chooseFees({ nextBaseFeeWei: 0n, priorityFeeWei: 0n }, first, 21_000n, { ...policy, minPriorityFeeWei: 0n });
    expect(next).toEqual({ maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 2n });
  });

  it("gas gets its margin, rounded up, but never more than a block holds", () => {
    expect(withMargin(100_001n, 30_000_000n, policy)).toBe(120_002n);
    expect(withMargin(100_000n, 110_000n, policy)).toBe(110_000n);
    expect(withMargin(100_000n, 30_000_000n, { ...policy, gasMarginPercent: 50 })).toBe(150_000n);
  });
});
