import { describe, expect, it } from "vitest";
import { checkFunds, chooseTip } from "../../../relayer/submit/polkadot-fees.ts";
import { failureOf } from "../../../src/core/errors.ts";

const refused = (work: () => unknown) => {
  try {
    return { accepted: work() };
  } catch (thrown) {
    return failureOf(thrown);
  }
};

const sent = (tipPlanck: bigint) => ({ tipPlanck, wasSent: true });
const unsent = (tipPlanck: bigint) => ({ tipPlanck, wasSent: false });

describe("the tip", () => {
  it("is the policy's at first and rises with each attempt in the same nonce", () => {
    const policy = { maxFeePlanck: 10_000n };
    expect(chooseTip(1_000n, null, policy)).toBe(0n);
    const tips = [0n, 100n, 200n, 400n].map((previous) => chooseTip(1_000n, sent(previous), policy));
    expect(tips).toEqual([100n, 200n, 400n, 800n]);
    expect(chooseTip(1_000n, null, { ...policy, tipPlanck: 7n })).toBe(7n);
    expect(chooseTip(0n, sent(0n), policy)).toBe(1n);
  });

  it("does not rise for bytes that replace ones no node ever got", () => {
    expect([0n, 100n, 400n].map((previous) => chooseTip(1_000n, unsent(previous), { maxFeePlanck: 10_000n }))).toEqual([0n, 100n, 400n]);
    expect(chooseTip(1_000n, unsent(5n), { maxFeePlanck: 10_000n, tipPlanck: 7n })).toBe(7n);
    expect(chooseTip(1_000n, unsent(500n), { maxFeePlanck: 1_500n })).toBe(500n);
    expect(refused(() => chooseTip(1_001n, unsent(500n), { maxFeePlanck: 1_500n }))).toMatchObject({ code: "fee-cap" });
  });

  it("never lifts the cost above the cap, and says so when even the least does not fit", () => {
    expect(chooseTip(1_000n, sent(400n), { maxFeePlanck: 1_500n })).toBe(500n);
    expect(chooseTip(1_000n, sent(499n), { maxFeePlanck: 1_500n })).toBe(500n);
    expect(refused(() => chooseTip(1_000n, sent(500n), { maxFeePlanck: 1_500n }))).toMatchObject({ remedy: "Unavailable", code: "fee-cap", evidence: { neededPlanck: "1501", allowedPlanck: "1500" } });
    expect(refused(() => chooseTip(2_000n, null, { maxFeePlanck: 1_500n }))).toMatchObject({ code: "fee-cap" });
  });
});

describe("the account's funds", () => {
  it.each([
    [{ freePlanck: 1_100n, frozenPlanck: 0n, existentialPlanck: 100n }, true],
    [{ freePlanck: 1_099n, frozenPlanck: 0n, existentialPlanck: 100n }, false],
    [{ freePlanck: 2_000n, frozenPlanck: 1_001n, existentialPlanck: 100n }, false],
    [{ freePlanck: 0n, frozenPlanck: 0n, existentialPlanck: 0n }, false],
  ])("%o pay a cost of 1000: %s", (balance, enough) => {
    expect("accepted" in refused(() => checkFunds(balance, 1_000n))).toBe(enough);
  });
});
