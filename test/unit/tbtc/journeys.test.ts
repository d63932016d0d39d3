import { describe, expect, it } from "vitest";

import { createTbtcJourneys, tbtcJourneyList } from "../../../src/bridges/tbtc/journeys.ts";
import { usualTbtcPeriods } from "../../../src/bridges/tbtc/periods.ts";
import { walletEvent } from "../../../src/bridges/tbtc/names.ts";
import { deadlineOf } from "../../../src/core/transfer-clock.ts";
import { factsOf } from "../../../src/core/transfer-fold.ts";
import type { TransferChange } from "../../../src/core/transfer-fold.ts";
import { keysFor } from "../../../src/core/transfer-keys.ts";
import { late } from "../../../src/core/transfer-progress.ts";
import type { Transfer } from "../../../src/core/transfer.ts";
import type { SourceEvent } from "../../../src/core/values.ts";
import { hashOf, now } from "../../support/delivery.ts";
import {
  depositId, depositor, eventOf, fundingTxid, paid, paymentDelivered, paymentProved, redemptionId, requested, revealed, script, sweepDelivered, swept, sweepProved, timedOut, wallet,
} from "../../support/transfer-stories.ts";
import { clocksAt, foldedAll } from "../../support/folded-transfers.ts";

const journeys = createTbtcJourneys();
const minute = 60_000;
const day = 24 * 60 * minute;
let tick = 0;
const seen = (event: SourceEvent, atMinute = (tick += 1)): TransferChange => ({ event, seenAt: now + atMinute * minute });
const clocks = (ethereum: number, bitcoin: number, atMinute = (tick += 1)) => ({ clocks: clocksAt(now + atMinute * minute, { ethereum, bitcoin }) });

const fold = (id: typeof depositId, changes: readonly TransferChange[]): Transfer => {
  const found = foldedAll(journeys, changes).get(id);
  if (found === undefined) throw new Error(`no transfer ${id}`);
  return found;
};
const waiting = (transfer: Transfer): string => (transfer.outcome === null ? (transfer.steps.at(-1)?.name ?? "?") : transfer.outcome);
const deposit = (...changes: readonly TransferChange[]) => waiting(fold(depositId, changes));
const redemption = (...changes: readonly TransferChange[]) => waiting(fold(redemptionId, changes));

describe("a tBTC deposit", () => {
  const steps: readonly (readonly [string, readonly TransferChange[]])[] = [
    ["request-final", [seen(revealed())]],
    ["sweep", [seen(revealed()), clocks(100, 40)]],
    ["payment-final", [seen(revealed()), clocks(100, 40), seen(swept())]],
    ["provable", [seen(revealed()), seen(swept()), clocks(100, 50)]],
    ["proof-sent", [seen(revealed()), seen(swept()), clocks(100, 50), { delivery: sweepDelivered("proven", 3), event: swept(), seenAt: now }]],
    ["proof-included", [seen(revealed()), seen(swept()), { delivery: sweepDelivered("sent", 4), event: swept(), seenAt: now }]],
    ["final", [seen(revealed()), seen(swept()), seen(sweepProved())]],
    ["completed", [seen(revealed()), seen(swept()), seen(sweepProved()), clocks(200, 60)]],
    ["completed", [seen(revealed()), { delivery: sweepDelivered("delivered", 9), event: swept(), seenAt: now }]],
  ];
  it.each(steps)("waits in step %s once the facts before it are there", (step, changes) => {
    expect(deposit(...changes)).toBe(step);
  });

  it("goes back to the step whose end a reorg took away, and forward again when it returns", () => {
    const begun = [seen(revealed()), clocks(100, 40), seen(swept(50)), clocks(100, 60)];
    expect(deposit(...begun)).toBe("provable");
    expect(deposit(...begun, seen(swept(null, 1)))).toBe("sweep");
    expect(deposit(...begun, seen(swept(null, 1)), seen(swept(53, 2)))).toBe("payment-final");
    expect(deposit(seen(revealed()), seen(swept()), seen(sweepProved()), seen(sweepProved(null, 1)))).toBe("payment-final");
  });

  it("names the reorg as what is wrong", () => {
    const gone = fold(depositId, [seen(revealed()), clocks(100, 40), seen(swept()), seen(swept(null, 1))]);
    expect(factsOf(gone).hints).toEqual([{ cause: "source-reorged-out", evidence: { event: swept().id, chain: "bitcoin" } }]);
  });

  it("is an orphan when its reveal leaves the chain before anything else happened, and opens again when it is back", () => {
    expect(deposit(seen(revealed()), seen(revealed(null, 1)))).toBe("orphaned");
    expect(deposit(seen(revealed()), seen(revealed(null, 1)), seen(revealed(102, 2)))).toBe("request-final");
  });

  it("takes the sweep that is in the chain when another one was replaced", () => {
    const replaced = fold(depositId, [seen(revealed()), clocks(100, 40), seen(swept()), seen(swept(null, 1)), seen(swept(52, 0, "other"))]);
    expect(waiting(replaced)).toBe("payment-final");
    expect(factsOf(replaced).about).toMatchObject({ sweepTxid: hashOf("other").slice(2).match(/../gu)?.toReversed().join("") });
  });

  it("may be taken back by its depositor at the refund time, and is not swept for a day before; a sweep ends both", () => {
    const open = fold(depositId, [seen(revealed()), clocks(100, 40)]);
    const refundAt = Math.floor((now + 200 * day) / 1_000) * 1_000;
    expect(open.deadlines.map(({ what, value }) => [what, value])).toEqual([["wallets no longer sweep it", refundAt - day], ["the depositor may take the coins back", refundAt]]);
    const view = deadlineOf(open, clocksAt(refundAt - day / 2, { ethereum: 9, bitcoin: 9 }));
    expect([view?.passed, view?.deadline.what, view?.next?.what]).toEqual([true, "wallets no longer sweep it", "the depositor may take the coins back"]);
    expect(fold(depositId, [seen(revealed()), clocks(100, 40), seen(swept())]).deadlines).toEqual([]);
  });

  it("is found by everything a person may hold", () => {
    const done = fold(depositId, [seen(revealed()), seen(swept()), seen(sweepProved()), { delivery: sweepDelivered("delivered", 9), event: swept(), seenAt: now }]);
    const display = (hash: string) => hash.slice(2).match(/../gu)?.toReversed().join("") ?? "";
    for (const text of [depositId, fundingTxid, display(fundingTxid), hashOf("sweep"), display(hashOf("sweep")), hashOf("reveal"), hashOf("proof-call"), depositor, depositor.toUpperCase().replace("0X", ""), wallet, sweepDelivered("sent", 1).id, revealed().id]) {
      expect(keysFor(text).some((key) => done.keys.includes(key)), text).toBe(true);
    }
  });

  it("is not called late while only its sweep was seen: its history may not have been read yet", () => {
    const bare = fold(depositId, [seen(swept(), 0), clocks(100, 60, 1)]);
    const journey = tbtcJourneyList[0];
    if (journey === undefined) throw new Error("no journey");
    expect(late(bare, journey, clocksAt(now + 90 * day, { ethereum: 100, bitcoin: 60 }))).toBe(0);
    const revealedToo = fold(depositId, [seen(swept(), 0), seen(revealed(), 1), clocks(100, 60, 2)]);
    expect(late(revealedToo, journey, clocksAt(now + 90 * day, { ethereum: 100, bitcoin: 60 }))).toBeGreaterThan(80 * day);
  });

  it("is completed by a proof that was seen before the sweep it proves", () => {
    expect(deposit(seen(sweepProved()), seen(revealed()), seen(swept()), clocks(200, 60))).toBe("completed");
  });
});

describe("a tBTC redemption", () => {
  const steps: readonly (readonly [string, readonly TransferChange[]])[] = [
    ["request-final", [seen(requested())]],
    ["payment", [seen(requested()), clocks(100, 40)]],
    ["payment-final", [seen(requested()), seen(paid())]],
    ["provable", [seen(requested()), seen(paid()), clocks(100, 50)]],
    ["proof-included", [seen(requested()), seen(paid()), { delivery: paymentDelivered("sent", 4), event: paid(), seenAt: now }]],
    ["final", [seen(requested()), seen(paid()), seen(paymentProved())]],
    ["completed", [seen(requested()), seen(paid()), seen(paymentProved()), clocks(200, 60)]],
    ["expired", [seen(requested()), clocks(100, 40), seen(timedOut()), clocks(300, 60)]],
  ];
  it.each(steps)("waits in step %s once the facts before it are there", (step, changes) => {
    expect(redemption(...changes)).toBe(step);
  });

  it("begins anew when the same script is asked for again, whatever was proven before", () => {
    const first = [seen(requested()), seen(paid()), seen(paymentProved(200)), clocks(200, 60)];
    const again = [...first, seen(requested(250, 0, "request-2")), clocks(250, 60)];
    expect(redemption(...again)).toBe("payment");
    expect(redemption(...again, seen(paid(70, 0, "pay-2")), clocks(250, 80))).toBe("provable");
    expect(redemption(...again, seen(paid(70, 0, "pay-2")), seen(paymentProved(300, 0, "pay-2")), clocks(300, 80))).toBe("completed");
  });

  it("keeps the protocol's time-out running until the proof is there, even when the wallet has paid", () => {
    const timesOut = (requested().at?.time ?? 0) + 5 * day;
    const open = fold(redemptionId, [seen(requested()), clocks(100, 40)]);
    expect(open.deadlines.map(({ value }) => value)).toEqual([timesOut - day / 12, timesOut]);
    expect(fold(redemptionId, [seen(requested()), seen(paid())]).deadlines.map(({ value }) => value)).toEqual([timesOut]);
    expect(fold(redemptionId, [seen(requested()), seen(paid()), seen(paymentProved())]).deadlines).toEqual([]);
  });

  it("takes the Bridge's own periods", () => {
    const short = createTbtcJourneys({ ...usualTbtcPeriods, redemptionTimeoutMs: 60_000, redemptionMarginMs: 10_000 });
    const open = foldedAll(short, [seen(requested())]).get(redemptionId);
    expect(open?.deadlines.map(({ value }) => value - (requested().at?.time ?? 0))).toEqual([50_000, 60_000]);
  });

  it("is found by the script it pays and by the redeemer", () => {
    expect(fold(redemptionId, [seen(requested())]).keys).toEqual(expect.arrayContaining([script, requested().id, hashOf("request")]));
  });
});

describe("a tBTC wallet that moves its funds", () => {
  const wire = (what: string, height: number | null, generation = 0) => eventOf(walletEvent(what, wallet), "ethereum", `tbtc-wallet-${what}`, height, { wallet, tx: hashOf(what) }, generation);
  const moved = eventOf(sweepProved(1, 0, "move").id, "ethereum", "tbtc-moving-funds-completed", 300, { wallet, txid: hashOf("move"), tx: hashOf("proof-call") });
  const state = (...changes: readonly TransferChange[]) => waiting([...foldedAll(journeys, changes).values()].find(({ kind }) => kind === "moving-funds") ?? ({ outcome: "none" } as never));

  it("is told to, moves them within its period, and is done when the proof is final", () => {
    expect(state(seen(wire("moving-funds", 100)))).toBe("request-final");
    expect(state(seen(wire("moving-funds", 100)), clocks(100, 1))).toBe("move");
    expect(state(seen(wire("moving-funds", 100)), clocks(100, 1), seen(moved))).toBe("final");
    expect(state(seen(wire("moving-funds", 100)), seen(moved), clocks(300, 1))).toBe("completed");
  });

  it("has failed when the wallet is terminated, and never began for a wallet that was not told to", () => {
    expect(state(seen(wire("moving-funds", 100)), seen(wire("terminated", 400)), clocks(400, 1))).toBe("expired");
    expect(state(seen(wire("closing", 100)), clocks(100, 1))).toBe("orphaned");
  });
});
