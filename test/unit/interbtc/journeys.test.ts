import { describe, expect, it } from "vitest";

import { createInterbtcJourneys, interbtcJourneyList } from "../../../src/bridges/interbtc/journeys.ts";
import { requestTransfer } from "../../../src/bridges/interbtc/request-journey.ts";
import { deadlineOf } from "../../../src/core/transfer-clock.ts";
import { factsOf } from "../../../src/core/transfer-fold.ts";
import type { TransferChange } from "../../../src/core/transfer-fold.ts";
import type { Transfer } from "../../../src/core/transfer.ts";
import { eventId } from "../../../src/core/values.ts";
import type { SourceEvent } from "../../../src/core/values.ts";
import { hashOf, now } from "../../support/delivery.ts";
import { eventOf, issueAsked, issueCancelled, issueDelivered, issueExecuted, issueId, issuePaid, issueTransferId, requester, script, vault } from "../../support/transfer-stories.ts";
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
  const id = hashOf(kind);
  const fact = (stage: string, chain: "polkadot" | "bitcoin", height: number) =>
    seen(eventOf(eventId(`interbtc:${kind}-${stage}:${id}`), chain, `interbtc-${kind}-${stage}`, height, stage === "requested" ? { id, requester, openActive: 1_000, periodActive: 14_400, bitcoinHeight: 40 } : { [`${kind}Id`]: id, txid: hashOf("vault-pay"), tx: hashOf("call") }));
  const at = (...changes: readonly TransferChange[]) => waiting(foldedAll(journeys, changes).get(requestTransfer(kind, id)));

  it("waits for the vault, then for its payment and the execution", () => {
    expect(at(fact("requested", "polkadot", 100), clocks(100, 41))).toBe("payment");
    expect(at(fact("requested", "polkadot", 100), fact("payment", "bitcoin", 50), clocks(100, 56))).toBe("provable");
    expect(at(fact("requested", "polkadot", 100), fact("payment", "bitcoin", 50), fact("executed", "polkadot", 900), clocks(900, 60))).toBe("completed");
    expect(at(fact("requested", "polkadot", 100), fact("cancelled", "polkadot", 20_000), clocks(20_000, 400, 20_000))).toBe("cancelled");
    expect(interbtcJourneyList.find((one) => one.kind === kind)?.steps[1]?.who).toBe("vault");
  });

  it("does not end by running out: the user has to cancel it", () => {
    expect(at(fact("requested", "polkadot", 100), clocks(100, 400, 20_000), clocks(100, 401, 20_001))).toBe("payment");
  });
});
