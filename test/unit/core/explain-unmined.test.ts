/** What people read of a payment that is made and in no block yet: never that nobody paid. */
import { describe, expect, it } from "vitest";
import { explain } from "../../../src/core/explain.ts";
import { isUnminedTrouble } from "../../../src/core/explain-unmined.ts";
import type { UnminedView } from "../../../src/core/monitored-world.ts";
import { currentStep } from "../../../src/core/transfer-progress.ts";
import type { UnminedPayment } from "../../../src/core/unmined.ts";
import type { Hex } from "../../../src/core/values.ts";
import { day, hour, minute, scene } from "../../support/scenes.ts";
import type { Kind } from "../../support/scenes.ts";

const txid: Hex = `0x${"0f".repeat(31)}01`;
const display = `01${"0f".repeat(31)}`;
const instead: Hex = `0x${"0e".repeat(31)}02`;

type Given = { readonly kind?: Kind; readonly ageMs?: number; readonly waitedMs?: number; readonly satPerVb?: number; readonly estimate?: number | null; readonly gone?: UnminedPayment["gone"] };
function told({ kind = "issue", ageMs = 5 * minute, waitedMs = 3 * minute, satPerVb = 12.34, estimate = null, gone = null }: Given) {
  const { transfer, journey, world, clocks } = scene(kind, "payment", ageMs);
  const payment: UnminedPayment = { txid, events: [], transfers: [transfer.id], inputs: [{ txid: instead, index: 3 }], since: clocks.now - waitedMs, satPerVb, gone: gone === null ? null : { ...gone, at: clocks.now - minute } };
  const unmined: UnminedView = { payments: [payment], minSatPerVb: 1, estimateSatPerVb: estimate };
  const step = currentStep(journey, transfer);
  if (step === null) throw new Error("the transfer is open");
  const asked = { transfer, spec: step.spec, world: { ...world, unmined }, clocks };
  const explanation = explain(transfer, journey, asked.world, clocks);
  if (explanation === null) throw new Error("the transfer is open");
  return { ...explanation, isTrouble: isUnminedTrouble(asked) };
}
const gone = (spentBy: Hex | null): UnminedPayment["gone"] => ({ at: 0, height: 1, spentBy });

describe("a payment in the mempool", () => {
  it("is told with its transaction, since when it waits and its fee; it waits for blocks, not for the user", () => {
    const { sentence, cause, who, waitingFor, isTrouble } = told({});
    expect(sentence).toBe(`It waits until a block takes the payment, which is made, for 5 min now; 1 h is normal. Transaction ${display} has been in the mempool for 3 min, at 12.3 sat/vB. It has 24 h left; then the issue may be cancelled.`);
    expect({ cause, who, waitingFor, isTrouble }).toEqual({ cause: null, who: "chain", waitingFor: "waits until a block takes the payment, which is made", isTrouble: false });
  });

  it.each<readonly [Kind, string]>([["redeem", "payment"], ["redemption", "payment"], ["deposit", "sweep"]])("of a %s is told in its own words", (kind, word) => {
    expect(told({ kind }).sentence).toContain(`It waits until a block takes the ${word}, which is made`);
  });

  it("keeps people from calling the user, the vault or the wallet silent, however late it is", () => {
    for (const kind of ["issue", "redeem", "redemption", "deposit"] as const) {
      expect(told({ kind, ageMs: 2 * day, waitedMs: minute, estimate: 10 }).cause).toBe("source-not-final");
    }
  });

  it.each<readonly [string, Given, string | null]>([
    ["as long as it is fresh", { satPerVb: 2, estimate: 20 }, null],
    ["with a fee that should do", { ageMs: 7 * hour, waitedMs: 5 * hour, estimate: 10 }, "source-not-final"],
    ["where the node cannot say what is enough", { ageMs: 7 * hour, waitedMs: 5 * hour }, "source-not-final"],
    ["that waits for over an hour below what nodes ask for", { ageMs: 2 * hour, waitedMs: 90 * minute, satPerVb: 2, estimate: 20 }, "bitcoin-fee-too-low"],
    ["that is late below what nodes ask for", { ageMs: 7 * hour, satPerVb: 2, estimate: 20 }, "bitcoin-fee-too-low"],
    ["below what the node keeps at all", { ageMs: 7 * hour, satPerVb: 0.5 }, "bitcoin-fee-too-low"],
    ["whose deadline is near, below what nodes ask for", { ageMs: 22 * hour, satPerVb: 2, estimate: 20 }, "bitcoin-fee-too-low"],
  ])("%s has the cause %s", (_, given, cause) => {
    expect(told(given).cause).toBe(cause);
  });

  it("at too low a fee names who can raise it, and how; it is trouble before its step is late", () => {
    const { sentence, action, who, evidence, isTrouble } = told({ ageMs: 2 * hour, waitedMs: 90 * minute, satPerVb: 2, estimate: 20 });
    expect(sentence).toContain("Its fee is too low: 2 sat/vB, where the node keeps none below 1 sat/vB; 20 sat/vB would do within six blocks.");
    expect(sentence).toContain("The user must act within");
    expect(action?.text).toContain("replace it by one with a higher fee (RBF), or spend its change at a high fee (CPFP)");
    expect({ who, isTrouble }).toEqual({ who: "user", isTrouble: true });
    expect(evidence).toMatchObject({ txid: display, satPerVb: 2, estimateSatPerVb: 20 });
    expect(told({ kind: "deposit", ageMs: 2 * day, satPerVb: 2, estimate: 20 }).action?.text).toContain("Wallets sign no replacement by themselves");
    expect(told({ kind: "redeem", ageMs: 5 * hour, satPerVb: 2, estimate: 20 }).action?.text).toContain("the vault's operator");
  });
});

describe("a payment that is gone without a block", () => {
  it("is trouble at once, and says that nothing was paid", () => {
    const { sentence, action, cause, who, isTrouble } = told({ gone: gone(null) });
    expect({ cause, who, isTrouble }).toEqual({ cause: "transaction-evicted", who: "user", isTrouble: true });
    expect(sentence).toContain(`It waits for the user to pay on Bitcoin`);
    expect(sentence).toContain(`Transaction ${display}, which made the payment, was in the mempool for 2 min at 12.3 sat/vB, until 1 min ago;`);
    expect(sentence).toContain("no node has it any more and no block holds it: it was dropped (nodes keep none below 1 sat/vB), or its coins were spent otherwise.");
    expect(action?.text).toContain("it has to be sent again");
  });

  it("names what took its place", () => {
    expect(told({ gone: gone(instead) }).sentence).toContain(`transaction 02${"0e".repeat(31)} took its place, spends the same coins and does not pay this.`);
  });
});
