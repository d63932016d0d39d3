/** A refund has no time of its own: what becomes of one that nobody pays. */
import { describe, expect, it } from "vitest";

import { createInterbtcJourneys } from "../../../src/bridges/interbtc/journeys.ts";
import { refundExecutedEvent, refundPaymentEvent, refundRequestEvent, refundTransfer } from "../../../src/bridges/interbtc/names.ts";
import { withRefunds } from "../../../src/bridges/interbtc/refund-journey.ts";
import { refundToJson } from "../../../src/bridges/interbtc/refund-request.ts";
import { factsOf } from "../../../src/core/transfer-fold.ts";
import type { TransferChange } from "../../../src/core/transfer-fold.ts";
import type { ChainName, Hex, Json } from "../../../src/core/values.ts";
import type { EventId } from "../../../src/core/values.ts";
import { now } from "../../support/delivery.ts";
import { clocksAt, foldedAll } from "../../support/folded-transfers.ts";
import { blockOf } from "../../support/ledger.ts";
import { request } from "./facts.ts";

const journeys = withRefunds(createInterbtcJourneys());
const id: Hex = `0x${"44".repeat(32)}`;
const txid: Hex = `0x${"5d".repeat(32)}`;
const day = 86_400_000;
const { requester, vault, script, bitcoinHeight } = request;
const asked = refundToJson({ id, issueId: request.id, requester, vault, amountSat: 5_000n, feeSat: 25n, script, isCompleted: false, bitcoinHeight });

/** in a block of the time `days` after `now` */
const seen = (event: EventId, kind: string, chain: ChainName, days: number, payload: Json): TransferChange => {
  const at = { ...blockOf(100 + days, "a", chain), time: now + days * day };
  return { event: { id: event, kind: `interbtc-refund-${kind}`, chain, at, generation: 0, payload }, seenAt: now + days * day };
};
const requested = seen(refundRequestEvent(id), "requested", "polkadot", 0, asked);
const paid = (days: number, flaw: string | null = null, tx = txid) => seen(refundPaymentEvent(id, tx), "payment", "bitcoin", days, { refundId: id, txid: tx, paidSat: "5000", flaw, request: asked });
const executed = (days: number) => seen(refundExecutedEvent(id), "executed", "polkadot", days, { refundId: id, tx: txid });
/** all blocks that were seen are final */
const later = (days: number): TransferChange => ({ clocks: clocksAt(now + days * day, { polkadot: 9_000, bitcoin: 9_000 }, 2_000) });

const transfer = (...changes: readonly TransferChange[]) => {
  const found = foldedAll(journeys, changes).get(refundTransfer(id));
  if (found === undefined) throw new Error("no refund");
  return found;
};
const stands = (...changes: readonly TransferChange[]): string => {
  const { outcome, steps } = transfer(...changes);
  return outcome ?? steps.at(-1)?.name ?? "none";
};

describe("a refund that nobody pays", () => {
  it("is told for a month, and is over then, so that the next silent vault is heard of", () => {
    expect(stands(requested, later(1), later(30))).toBe("payment");
    expect(stands(requested, later(1), later(30.1))).toBe("expired");
    expect(transfer(requested, later(30.1)).endedAt).toBe(now + 30 * day);
  });

  it("opens again when it is paid after all, and is completed by its proof", () => {
    expect(stands(requested, later(31), paid(40))).toBe("payment-final");
    expect(stands(requested, later(31), paid(40), later(41))).toBe("provable");
    expect(stands(requested, later(31), paid(40), executed(41), later(42))).toBe("completed");
  });

  it("stays open when it is paid in time, however long nobody proves that", () => {
    expect(stands(requested, paid(29), later(300))).toBe("provable");
    expect(factsOf(transfer(requested, paid(29), later(300))).keptUntil).toBeNull();
  });

  it("that was paid wrongly is told for a month from then on, with what is wrong", () => {
    const wrong = [requested, paid(20, "the sum differs")];
    expect([stands(...wrong, later(50)), stands(...wrong, later(50.1))]).toEqual(["payment", "expired"]);
    expect(factsOf(transfer(...wrong, later(50))).hints).toMatchObject([{ cause: "payment-unusable" }]);
  });

  it("is over as soon as history shows it, when it was asked for long ago", () => {
    expect(stands({ ...requested, seenAt: now + 400 * day }, later(400), later(401))).toBe("expired");
  });
});
