import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseFees } from "../../relayer/submit/ethereum-fees.ts";
import type { FeePolicy, Fees, Market } from "../../relayer/submit/ethereum-fees.ts";
import { failureOf } from "../../src/core/errors.ts";

const wei = (max: bigint) => fc.bigInt({ min: 0n, max });
const ether = 10n ** 18n;
const markets: fc.Arbitrary<Market> = fc.record({ nextBaseFeeWei: wei(10n ** 12n), priorityFeeWei: wei(10n ** 12n) });
const policies: fc.Arbitrary<FeePolicy> = fc.record({ maxFeePerGasWei: wei(10n ** 12n), budgetWei: wei(ether), minPriorityFeeWei: wei(10n ** 9n) });
const gasLimits = fc.bigInt({ min: 21_000n, max: 30_000_000n });

/** null: it waits at the cap */
const choose = (market: Market, previous: Fees | null, gas: bigint, policy: FeePolicy): Fees | null => {
  try {
    return chooseFees(market, previous, gas, policy);
  } catch (thrown) {
    expect(failureOf(thrown).code).toBe("fee-cap");
    return null;
  }
};

describe("fees, whatever the market", () => {
  it("never pass the cap or the budget, pay the next block's base fee, and hold the tip below the maximum", () => {
    fc.assert(fc.property(markets, gasLimits, policies, (market, gas, policy) => {
      const fees = choose(market, null, gas, policy);
      if (fees === null) return;
      expect(fees.maxFeePerGasWei).toBeLessThanOrEqual(policy.maxFeePerGasWei);
      expect(fees.maxFeePerGasWei * gas).toBeLessThanOrEqual(policy.budgetWei);
      expect(fees.maxFeePerGasWei).toBeGreaterThan(market.nextBaseFeeWei);
      expect(fees.maxPriorityFeePerGasWei).toBeLessThanOrEqual(fees.maxFeePerGasWei);
    }));
  });

  it("bump after bump outbid the one before by more than nodes ask for, until the cap is said", () => {
    fc.assert(fc.property(fc.array(markets, { minLength: 2, maxLength: 12 }), gasLimits, policies, (path, gas, policy) => {
      let previous: Fees | null = null;
      for (const market of path) {
        const fees = choose(market, previous, gas, policy);
        if (fees === null) return;
        if (previous !== null) {
          expect(fees.maxFeePerGasWei * 100n).toBeGreaterThanOrEqual(previous.maxFeePerGasWei * 110n);
          expect(fees.maxPriorityFeePerGasWei * 100n).toBeGreaterThanOrEqual(previous.maxPriorityFeePerGasWei * 110n);
        }
        expect(fees.maxFeePerGasWei * gas).toBeLessThanOrEqual(policy.budgetWei);
        previous = fees;
      }
    }));
  });
});
