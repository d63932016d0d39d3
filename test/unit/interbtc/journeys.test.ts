import { describe, expect, it } from "vitest";

import { createInterbtcJourneys, interbtcJourneyList } from "../../../src/bridges/interbtc/journeys.ts";
import { requestTransfer } from "../../../src/bridges/interbtc/request-journey.ts";
import { deadlineOf } from "../../../src/core/transfer-clock.ts";
import { factsOf, foldTransfer } from "../../../src/core/transfer-fold.ts";
import type { BridgeJourneys, TransferChange } from "../../../src/core/transfer-fold.ts";
import type { Transfer } from "../../../src/core/transfer.ts";
import type { SourceEvent } from "../../../src/core/values.ts";
import { hashOf, now } from "../../support/delivery.ts";
import { issueAsked, issueCancelled, issueDelivered, issueExecuted, issueId, issuePaid, issueTransferId, payoutFact, requester, script, vault } from "../../support/transfer-stories.ts";
import { clocksAt, foldedAll } from "../../support/folded-transfers.ts";

const journeys = createInterbtcJourneys();
let tick = 0;
const seen = (event: SourceEvent): TransferChange => ({ event, seenAt: now + (tick += 1) * 60_000 });
const clocks = (polkadot: number, bitcoin: number, active = 2_000) => ({ clocks: clocksAt(now + (tick += 1) * 60_000, { polkadot, bitcoin }, active) });
const relayed = (...args: Parameters<typeof issueDelivered>): TransferChange => ({ delivery: issueDelivered(...args), event: issuePaid(), seenAt: now + (tick += 1) * 60_000 });

const fold = (changes: readonly TransferChange[]): Transfer => {
  const found = foldedAll(journeys, changes).get(issueTransferId);
  if (found === undefined) throw new Error("no issue");
  return found;
};
const waiting = (transfer: Transfer | undefined): string => transfer?.outcome ?? transfer?.steps.at(-1)?.name ?? "none";
const issue = (...changes: readonly TransferChange[]) => waiting(fold(changes));

describe("an issue", () => {
  const steps: readonly (readonly [string, readonly TransferChange[]])[] = [
    ["request-final", [seen(issueAsked())]],
    ["payment", [seen(issueAsked()), clocks(100, 41)]],
    ["payment-final", [seen(issueAsked()), clocks(100, 41), seen(issuePaid())]],
    ["provable", [seen(issueAsked()), seen(issuePaid()), clocks(100, 56)]],
    ["proof-sent", [seen(issueAsked()), seen(issuePaid()), relayed("proven", 4)]],
    ["proof-included", [seen(issueAsked()), seen(issuePaid()), relayed("sent", 5)]],
    ["final", [seen(issueAsked()), seen(issuePaid()), seen(issueExecuted())]],
    ["completed", [seen(issueAsked()), seen(issuePaid()), seen(issueExecuted()), clocks(900, 60)]],
    ["cancelled", [seen(issueAsked()), seen(issueCancelled()), clocks(950, 200, 9_000)]],
    ["orphaned", [seen(issueAsked()), seen(issueAsked(null, 1))]],
    // both clocks, strictly: 1000 + 7200 active blocks and 40 + 144 Bitcoin blocks
    ["payment", [seen(issueAsked()), clocks(100, 184, 8_201)]],
    ["payment", [seen(issueAsked()), clocks(100, 185, 8_200)]],
    ["expired", [seen(issueAsked()), clocks(100, 185, 8_201), clocks(100, 185, 8_201)]],
  ];
  it.each(steps)("is at %s once the facts before it are there", (step, changes) => {
    expect(issue(...changes)).toBe(step);
  });

  it("opens again when it is paid after it had run out: it can still be executed", () => {
    const late = fold([seen(issueAsked()), clocks(100, 185, 8_201), clocks(101, 185, 8_202), seen(issuePaid(190))]);
    expect(waiting(late)).toBe("payment-final");
    expect(factsOf(late).hints).toEqual([{ cause: "paid-too-late", evidence: { paidAtHeight: 190, lastHeight: 184, cancelled: false } }]);
  });

  it("was not paid too late when Bitcoin's height alone had passed, or when it was paid in time and cancelled afterwards", () => {
    expect(factsOf(fold([seen(issueAsked()), clocks(100, 190, 5_000), seen(issuePaid(190))])).hints).toEqual([]);
    expect(factsOf(fold([seen(issueAsked()), seen(issuePaid(150)), relayed("final", 2), seen(issueCancelled())])).hints).toEqual([]);
    expect(factsOf(fold([seen(issueAsked()), seen(issueCancelled()), seen(issuePaid(190)), relayed("final", 2)])).hints).toMatchObject([{ cause: "paid-too-late" }]);
  });

  it("stays open when it was cancelled after it was paid, until nobody works on it any more", () => {
    const cancelled = [seen(issueAsked()), seen(issuePaid()), relayed("final", 2), seen(issueCancelled()), clocks(950, 200, 9_000)];
    expect(issue(...cancelled)).toBe("provable");
    expect(issue(...cancelled, relayed("abandoned", 9))).toBe("cancelled");
    expect(issue(...cancelled, seen(issueExecuted(960)), clocks(960, 200, 9_001))).toBe("completed");
  });

  it("says when too little was paid, and waits on; one payment of the whole sum settles it, not the sum of two", () => {
    const short = fold([seen(issueAsked()), clocks(100, 41), seen(issuePaid(50, 900_000n, "a")), seen(issuePaid(51, 900_000n, "b"))]);
    expect(waiting(short)).toBe("payment");
    expect(factsOf(short).hints).toMatchObject([{ cause: "paid-too-little", evidence: { paidSat: "900000", askedSat: "1001500" } }]);
    const settled = fold([seen(issueAsked()), seen(issuePaid(50, 900_000n, "a")), seen(issuePaid())]);
    expect([waiting(settled), factsOf(settled).hints]).toEqual(["payment-final", []]);
  });

  it("has the whole period on both clocks, and the later one decides", () => {
    const open = fold([seen(issueAsked()), clocks(100, 41)]);
    expect(open.deadlines.map(({ chain, clock, value }) => [chain, clock, value])).toEqual([["polkadot", "active-blocks", 8_200], ["bitcoin", "height", 184]]);
    const view = deadlineOf(open, clocksAt(now, { polkadot: 100, bitcoin: 41 }, 8_000));
    expect([view?.deadline.chain, view?.passed, view?.leftMs]).toEqual(["bitcoin", false, 144 * 600_000]);
  });

  it("takes the longer of its own and the pallet's present period", () => {
    const longer = createInterbtcJourneys({ issue: 14_400, redeem: 1, replace: 1, parachainBlocksPerBitcoinBlock: 50 });
    expect(foldedAll(longer, [seen(issueAsked())]).get(issueTransferId)?.deadlines.map(({ value }) => value)).toEqual([15_400, 328]);
  });

  it("goes back when the payment, or the execution, loses its block", () => {
    const begun = [seen(issueAsked()), clocks(100, 41), seen(issuePaid()), relayed("sent", 5)];
    expect(issue(...begun, seen(issuePaid(null, 1_001_500n, "issue-pay", 1)))).toBe("payment");
    expect(issue(...begun, seen(issueExecuted()), seen(issueExecuted(null, 1)))).toBe("proof-included");
  });

  it("is found by its request, requester, vault, address script and transactions", () => {
    expect(fold([seen(issueAsked()), seen(issuePaid()), seen(issueExecuted())]).keys).toEqual(expect.arrayContaining([issueId, requester, vault, script, hashOf("issue-pay"), hashOf("execute")]));
  });
});

describe.each(["redeem", "replace"] as const)("a %s", (kind) => {
  type Given = readonly (TransferChange | readonly [stage: Parameters<typeof payoutFact>[1], height: number | null, more?: Parameters<typeof payoutFact>[3]])[];
  const foldedBy = (by: BridgeJourneys, given: Given): Transfer => {
    const changes = given.map((one): TransferChange => (Array.isArray(one) ? seen(payoutFact(kind, one[0], one[1], one[2])) : (one as TransferChange)));
    const found = foldedAll(by, changes).get(requestTransfer(kind, hashOf(kind)));
    if (found === undefined) throw new Error(`no ${kind}`);
    return found;
  };
  const folded = (...given: Given): Transfer => foldedBy(journeys, given);
  const at = (...given: Given): string => waiting(folded(...given));
  const hints = (...given: Given) => factsOf(folded(...given)).hints;
  const weekLater = { clocks: clocksAt(now + 30 * 86_400_000, { polkadot: 20_000, bitcoin: 2_000 }, 20_000) };

  it.each<readonly [string, Given]>([
    ["request-final", [["requested", 100]]],
    ["payment", [["requested", 100], clocks(100, 41)]],
    ["payment-final", [["requested", 100], clocks(100, 41), ["payment", 50]]],
    ["provable", [["requested", 100], ["payment", 50], clocks(100, 56)]],
    ["final", [["requested", 100], ["payment", 50], ["executed", 900]]],
    ["completed", [["requested", 100], ["payment", 50], ["executed", 900], clocks(900, 60)]],
    // whose payment nobody here saw
    ["completed", [["requested", 100], ["executed", 900], clocks(900, 60)]],
    ["cancelled", [["requested", 100], ["cancelled", 20_000], clocks(20_000, 400, 20_000)]],
    ["orphaned", [["requested", 100], ["requested", null, { generation: 1 }]]],
    // its payment lost its block, or its execution did
    ["payment", [["requested", 100], clocks(100, 41), ["payment", 50], ["payment", null, { generation: 1 }]]],
    ["provable", [["requested", 100], ["payment", 50], clocks(100, 56), ["executed", 900], ["executed", null, { generation: 1 }]]],
  ])("is at %s once the facts before it are there", (step, given) => {
    expect(at(...given)).toBe(step);
  });

  it("waits for the vault, also to prove what it paid", () => {
    expect(interbtcJourneyList.find((one) => one.kind === kind)?.steps.filter(({ who }) => who === "vault").map(({ phase }) => phase)).toEqual(["payment", "provable", "send"]);
  });

  it("does not end by running out: somebody has to cancel it", () => {
    expect(at(["requested", 100], clocks(100, 400, 20_000), clocks(100, 401, 20_001))).toBe("payment");
  });

  it("is over a month after its time when nobody paid or cancelled it, so that the next silent vault is heard of; a payment opens it again", () => {
    const later = (days: number) => ({ clocks: clocksAt(now + days * 86_400_000, { polkadot: 100, bitcoin: 401 }, 20_002) });
    const ranOut: Given = [["requested", 100], clocks(100, 401, 20_001), later(1)];
    expect(at(...ranOut, later(30))).toBe("payment");
    expect(at(...ranOut, later(31), later(31))).toBe("expired");
    expect(at(...ranOut, later(31), later(31), ["payment", 402])).toBe("payment-final");
    expect(at(...ranOut, later(31), later(31), ["cancelled", 20_100], clocks(20_100, 410, 20_100))).toBe("cancelled");
  });

  it("has the longer of its own and the pallet's present period on both clocks, until it is executed or cancelled", () => {
    const values = (transfer: Transfer) => transfer.deadlines.map(({ clock, value }) => [clock, value]);
    expect(values(folded(["requested", 100]))).toEqual([["active-blocks", 15_400], ["height", 328]]);
    const shorter = createInterbtcJourneys({ issue: 1, redeem: 1, replace: 1, parachainBlocksPerBitcoinBlock: 50 });
    const longer = createInterbtcJourneys({ issue: 1, redeem: 20_000, replace: 20_000, parachainBlocksPerBitcoinBlock: 50 });
    expect(values(foldedBy(shorter, [["requested", 100]]))).toEqual([["active-blocks", 15_400], ["height", 328]]);
    expect(values(foldedBy(longer, [["requested", 100]]))).toEqual([["active-blocks", 21_000], ["height", 440]]);
    expect([values(folded(["requested", 100], ["payment", 50])).length, values(folded(["requested", 100], ["executed", 900])), values(folded(["requested", 100], ["cancelled", 900]))]).toEqual([2, [], []]);
  });

  it("takes its deadlines anew when the periods were changed while it was open, and is the very same when they were not", () => {
    const before = folded(["requested", 100], clocks(100, 41));
    const longer = createInterbtcJourneys({ issue: 1, redeem: 20_000, replace: 20_000, parachainBlocksPerBitcoinBlock: 50 });
    const at = clocksAt(now, { polkadot: 100, bitcoin: 41 }, 2_000);
    expect(foldTransfer(longer, before.id, before, { clocks: at })).toBe(before);
    expect(foldTransfer(longer, before.id, before, { clocks: at, anew: true })?.deadlines.map(({ value }) => value)).toEqual([21_000, 440]);
    expect(foldTransfer(journeys, before.id, before, { clocks: at, anew: true })).toBe(before);
  });

  it.each(["too-little", "too-much", "unknown-output", "other-address"] as const)("is not paid by a transaction of which no proof is taken (%s), and says so until one is that is", (flaw) => {
    const wrong = ["payment", 50, { flaw, paidSat: 7n }] as const;
    expect(at(["requested", 100], clocks(100, 41), wrong)).toBe("payment");
    expect(hints(["requested", 100], wrong)).toMatchObject([{ cause: "payment-unusable", evidence: { flaw, paidSat: "7", askedSat: "500000" } }]);
    const right = ["payment", 60, { name: "second" }] as const;
    expect([at(["requested", 100], wrong, right), hints(["requested", 100], wrong, right)]).toEqual(["payment-final", []]);
    expect(hints(["requested", 100], wrong, ["payment", null, { flaw, generation: 1 }])).toEqual([]);
  });

  it.each([["paid first", [["payment", 50], ["cancelled", 950]]], ["cancelled first", [["cancelled", 950], ["payment", 50]]]] as const)("that was paid and cancelled (%s) stays open for a week, so that people hear of it", (_which, both) => {
    const lost: Given = [["requested", 100], ...both, clocks(951, 400, 20_000)];
    expect([folded(...lost).outcome, folded(...lost).deadlines, hints(...lost)]).toMatchObject([null, [], [{ cause: "paid-and-cancelled", evidence: { paidSat: "500000", executable: kind === "replace" } }]]);
    expect(at(...lost, weekLater)).toBe("cancelled");
    expect(at(...lost, ["executed", 960], clocks(960, 401, 20_000))).toBe("completed");
    // what was paid in a form that does not count is no loss by the cancellation
    expect(at(["requested", 100], ["payment", 50, { flaw: "too-little" }], ["cancelled", 950], clocks(951, 400, 20_000))).toBe("cancelled");
  });

  it("of long ago that history shows as paid and cancelled is over at once", () => {
    const { block } = factsOf(folded(["requested", 100], ["payment", 50])).events[payoutFact(kind, "payment", 50).id] ?? {};
    const late = { clocks: clocksAt((block?.time ?? 0) + 365 * 86_400_000, { polkadot: 20_000, bitcoin: 2_000 }, 20_000) };
    expect(at(["requested", 100], ["payment", 50], ["cancelled", 950], late, late)).toBe("cancelled");
  });

  it("knows whether its vault is one of ours", () => {
    const own = createInterbtcJourneys(undefined, (account) => account === vault);
    expect([factsOf(foldedBy(own, [["requested", 100]])).about["ours"], factsOf(folded(["requested", 100])).about["ours"]]).toEqual([true, false]);
  });

  it("is found by its request, both parties, the address that is paid, the payment and what was called", () => {
    const keys = folded(["requested", 100], ["payment", 50], ["executed", 900]).keys;
    expect(keys).toEqual(expect.arrayContaining([hashOf(kind), requester, vault, script, hashOf("vault-pay"), hashOf("executed")]));
    expect(folded(["requested", 100], ["cancelled", 950], ...(kind === "redeem" ? [["minted", 960] as const] : [])).keys).toEqual(expect.arrayContaining([hashOf("cancelled"), ...(kind === "redeem" ? [hashOf("minted")] : [])]));
  });

  it("says how it was cancelled", () => {
    const status = kind === "redeem" ? "retried" : "cancelled";
    expect(factsOf(folded(["requested", 100], ["cancelled", 950, { status }])).about).toMatchObject({ cancelledAs: status, cancelledTx: hashOf("cancelled"), amountSat: "500000", vault });
  });
});
