/** Wallets that move their funds, wallets that get them, and redemptions that guardians hold back: where each stands, until when, how it ends. */
import { describe, expect, it, test } from "vitest";
import { createTbtcJourneys } from "../../../src/bridges/tbtc/journeys.ts";
import { usualTbtcPeriods } from "../../../src/bridges/tbtc/periods.ts";
import { factsOf, foldTransfer, wouldPay } from "../../../src/core/transfer-fold.ts";
import type { BridgeJourneys, TransferChange } from "../../../src/core/transfer-fold.ts";
import type { Transfer } from "../../../src/core/transfer.ts";
import type { SourceEvent, TransferId } from "../../../src/core/values.ts";
import { hashOf, now } from "../../support/delivery.ts";
import { clocksAt, foldedAll } from "../../support/folded-transfers.ts";
import { committed, moveOf, moveProved, movedId, movedSweepProved, movedSwept, movedTimedOut, movingId, nextWallet, objected, resetAt, stage, step, vetoed, vetoWithdrawn } from "../../support/tbtc-moves.ts";
import { paid, paymentProved, redemptionId, requested, revealed, depositId, swept, timedOut, wallet } from "../../support/transfer-stories.ts";

const hour = 3_600_000;
const day = 24 * hour;
const journeys = createTbtcJourneys({ ...usualTbtcPeriods, areRead: true });
const seen = (event: SourceEvent): TransferChange => ({ event, seenAt: now });
const clocks = (ethereum: number, bitcoin: number): TransferChange => ({ clocks: clocksAt(now, { ethereum, bitcoin }) });
const fold = (id: TransferId, changes: readonly TransferChange[], by: BridgeJourneys = journeys): Transfer => {
  const found = foldedAll(by, changes).get(id);
  if (found === undefined) throw new Error(`no transfer ${id}`);
  return found;
};
const waiting = ({ outcome, steps }: Transfer): string => outcome ?? steps.at(-1)?.name ?? "?";
const ordered = [seen(stage("moving-funds", 100)), clocks(100, 1)];
const chosen = [...ordered, seen(committed()), clocks(110, 1)];

test("a wallet's payment is the move it waits for only when it pays the wallets it chose", () => {
  const pays = (changes: readonly TransferChange[], event: SourceEvent) => wouldPay(journeys, movingId, fold(movingId, changes), event);
  expect([pays(chosen, moveOf()), pays(chosen, moveOf(50, 0, wallet)), pays(ordered, moveOf())]).toEqual([true, false, false]);
  // one whose block left the chain is in the mempool again
  expect(pays([...chosen, seen(moveOf()), seen(moveOf(null, 1))], moveOf())).toBe(true);
});

describe("a wallet that moves its funds", () => {
  const table: readonly (readonly [string, readonly TransferChange[]])[] = [
    ["request-final", [seen(stage("moving-funds", 100))]],
    ["move", ordered],
    ["move", chosen],
    ["payment-final", [...chosen, seen(moveOf())]],
    ["proof-included", [...chosen, seen(moveOf()), clocks(110, 60)]],
    ["final", [...chosen, seen(moveOf()), clocks(110, 60), seen(moveProved())]],
    ["completed", [...chosen, seen(moveOf()), clocks(110, 60), seen(moveProved()), clocks(300, 60)]],
    ["completed", [seen(moveProved()), seen(moveOf()), seen(committed()), seen(stage("moving-funds", 100)), clocks(300, 60)]],
    ["completed", [...ordered, seen(moveProved()), clocks(300, 60)]],
    ["completed", [...ordered, seen(step("below-dust", 120)), seen(stage("closing", 120)), clocks(300, 60)]],
    ["expired", [...chosen, seen(step("timed-out", 400)), seen(stage("terminated", 400)), clocks(400, 1)]],
    ["orphaned", [seen(moveOf()), clocks(400, 60)]],
  ];
  it.each(table)("is at %s once the facts before it are there", (where, changes) => {
    expect(waiting(fold(movingId, changes))).toBe(where);
  });

  it("does not take a payment to others for the move, nor any before the targets are chosen", () => {
    expect(waiting(fold(movingId, [...chosen, seen(moveOf(50, 0, `0x${"99".repeat(20)}`))]))).toBe("move");
    expect(waiting(fold(movingId, [...ordered, seen(moveOf())]))).toBe("move");
    expect(waiting(fold(movingId, [...ordered, seen(moveOf()), seen(committed())]))).toBe("payment-final");
  });

  it("goes back when the move's block leaves the chain, and says why", () => {
    const gone = fold(movingId, [...chosen, seen(moveOf()), clocks(110, 60), seen(moveOf(null, 1))]);
    expect([waiting(gone), factsOf(gone).hints.map(({ cause }) => cause)]).toEqual(["move", ["source-reorged-out"]]);
  });

  it("has its period from the order, or from the last time it was reset", () => {
    const timeOf = (height: number) => stage("moving-funds", height).at?.time ?? 0;
    expect(fold(movingId, ordered).deadlines.map(({ value }) => value)).toEqual([timeOf(100) + 7 * day]);
    expect(fold(movingId, [...ordered, seen(resetAt(180)), seen(resetAt(140))]).deadlines.map(({ value }) => value)).toEqual([timeOf(180) + 7 * day]);
    expect(fold(movingId, [...chosen, seen(moveOf()), seen(moveProved())]).deadlines).toEqual([]);
  });

  it("is found by the wallet and by the Bitcoin transaction, and tells the targets and how it ended", () => {
    const done = fold(movingId, [...chosen, seen(moveOf()), seen(moveProved()), clocks(300, 60)]);
    expect(done.keys).toEqual(expect.arrayContaining([wallet, hashOf("move"), hashOf("proof-call"), hashOf("commit")]));
    expect(factsOf(done).about).toMatchObject({ targets: [nextWallet], paymentHeight: 50 });
    const failed = fold(movingId, [...chosen, seen(step("timed-out", 400)), seen(stage("terminated", 400)), clocks(400, 1)]);
    expect(factsOf(failed).about["because"]).toContain("did not move its funds in time");
  });
});

describe("funds that a wallet got from another one", () => {
  const table: readonly (readonly [string, readonly TransferChange[]])[] = [
    ["request-final", [seen(moveProved())]],
    ["sweep", [seen(moveProved()), clocks(300, 60)]],
    ["payment-final", [seen(moveProved()), clocks(300, 60), seen(movedSwept())]],
    ["proof-included", [seen(moveProved()), seen(movedSwept()), clocks(300, 90)]],
    ["final", [seen(moveProved()), seen(movedSwept()), clocks(300, 90), seen(movedSweepProved())]],
    ["completed", [seen(movedSweepProved()), seen(movedSwept()), seen(moveProved()), clocks(400, 90)]],
    ["expired", [seen(moveProved()), clocks(300, 60), seen(movedTimedOut()), clocks(500, 60)]],
    // the wallet's main output, which nobody moved to it
    ["orphaned", [seen(movedSwept()), seen(movedSweepProved()), clocks(400, 90)]],
  ];
  it.each(table)("are at %s once the facts before it are there", (where, changes) => {
    expect(waiting(fold(movedId, changes))).toBe(where);
  });

  it("are to be swept within their period from the proof of the move", () => {
    const [deadline] = fold(movedId, [seen(moveProved()), clocks(300, 60)]).deadlines;
    expect((deadline?.value ?? 0) - (moveProved().at?.time ?? 0)).toBe(7 * day);
  });

  it("are not followed when the call that proved the move could not be read", () => {
    expect([...foldedAll(journeys, [seen(moveProved(300, false))]).keys()]).toEqual([movingId]);
  });
});

describe("a redemption that guardians object to", () => {
  const delays: BridgeJourneys = createTbtcJourneys({ ...usualTbtcPeriods, areRead: true, redemptionDelaysMs: [2 * hour, 8 * hour, 24 * hour] });
  const asked = [seen(requested()), clocks(100, 40)];
  const requestedAt = requested().at?.time ?? 0;
  const hintOf = (changes: readonly TransferChange[], by = delays) => factsOf(fold(redemptionId, changes, by)).hints[0];

  it.each([[1, 8 * hour], [2, 24 * hour]])("is held back longer by %i", (count, delayMs) => {
    const objections = Array.from({ length: count }, (_, index) => seen(objected(105, `0x${`8${index}`.repeat(20)}`)));
    expect(hintOf([...asked, ...objections])).toMatchObject({ cause: "redemption-objected", evidence: { objections: count }, until: { chain: "ethereum", at: requestedAt + delayMs } });
  });

  it("is held back without an end where the delay is not known, and not once it is paid or the objection left the chain", () => {
    expect(hintOf([...asked, seen(objected())], journeys)).toMatchObject({ evidence: { heldUntil: null } });
    expect(hintOf([...asked, seen(objected()), seen(paid())])).toBeUndefined();
    expect(hintOf([...asked, seen(objected()), seen(objected(null, undefined, 1))])).toBeUndefined();
  });

  it("has ended when it is vetoed, for good only once that is final, and tells what becomes of the balance", () => {
    expect(waiting(fold(redemptionId, [...asked, seen(vetoed())]))).toBe("payment");
    const over = [...asked, seen(vetoed()), clocks(120, 40)];
    expect(waiting(fold(redemptionId, over))).toBe("cancelled");
    expect(factsOf(fold(redemptionId, over)).about["because"]).toContain("can withdraw");
    expect(factsOf(fold(redemptionId, [...over, seen(vetoWithdrawn())])).about["because"]).toContain("has withdrawn");
    expect(waiting(fold(redemptionId, [...asked, seen(vetoed()), seen(vetoed(null, 1)), clocks(120, 40)]))).toBe("payment");
  });

  it("that timed out tells so", () => {
    expect(factsOf(fold(redemptionId, [...asked, seen(timedOut()), clocks(300, 40)])).about["because"]).toContain("reported as timed out");
  });

  it("is completed all the same when it was paid and proved", () => {
    expect(waiting(fold(redemptionId, [...asked, seen(objected()), seen(paid()), seen(paymentProved()), clocks(200, 60)]))).toBe("completed");
  });
});

test("a payment must be proved before the relay may forget its epoch, where the relay numbers epochs", () => {
  const by = createTbtcJourneys({ ...usualTbtcPeriods, areRead: true, relayProofLength: 20 });
  const open = fold(depositId, [seen(revealed()), clocks(100, 40), seen(swept(50))], by);
  expect(open.deadlines).toEqual([{ what: expect.stringContaining("forget its epoch") as string, chain: "bitcoin", clock: "height", value: 2 * 2016 + 18, at: null }]);
  expect(fold(depositId, [seen(revealed()), clocks(100, 40), seen(swept(50))]).deadlines).toEqual([]);
});

test("periods that were never read are told as assumed, where a deadline rests on them", () => {
  const assumed = (by: BridgeJourneys) => factsOf(fold(redemptionId, [seen(requested())], by)).about["periods"];
  expect(assumed(createTbtcJourneys())).toContain("assumed");
  expect(assumed(journeys)).toBeUndefined();
});

test("periods that changed move the deadlines of what is open, and nothing else", () => {
  const open = fold(redemptionId, [seen(requested())]);
  const anew = (by: BridgeJourneys) => foldTransfer(by, redemptionId, open, { clocks: clocksAt(now, {}), anew: true });
  expect(anew(createTbtcJourneys({ ...usualTbtcPeriods, areRead: true }))).toBe(open);
  const longer = createTbtcJourneys({ ...usualTbtcPeriods, areRead: true, redemptionTimeoutMs: 10 * day });
  expect(anew(longer)).toEqual(fold(redemptionId, [seen(requested())], longer));
  expect(anew(longer)?.deadlines.at(-1)?.value).toBe((requested().at?.time ?? 0) + 10 * day);
});
