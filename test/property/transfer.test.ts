import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createInterbtcJourneys } from "../../src/bridges/interbtc/journeys.ts";
import { createTbtcJourneys } from "../../src/bridges/tbtc/journeys.ts";
import type { BridgeJourneys, TransferChange } from "../../src/core/transfer-fold.ts";
import type { SourceEvent } from "../../src/core/values.ts";
import { now } from "../support/delivery.ts";
import {
  issueAsked, issueCancelled, issueDelivered, issueExecuted, issuePaid, paid, paymentDelivered, paymentProved, payoutFact, requested, revealed, sweepDelivered, swept, sweepProved, timedOut,
} from "../support/transfer-stories.ts";
import { committed, moveOf, moveProved, movedSweepProved, movedSwept, movedTimedOut, objected, resetAt, stage, step, vetoed, vetoWithdrawn } from "../support/tbtc-moves.ts";
import { clocksAt, foldedAll, shapeOf } from "../support/folded-transfers.ts";

type Fact = SourceEvent | { readonly delivery: ReturnType<typeof sweepDelivered>; readonly event: SourceEvent };

/** every story holds reorgs: facts that lose their block and come back in another, or do not */
const stories: Readonly<Record<string, { readonly journeys: BridgeJourneys; readonly facts: readonly Fact[] }>> = {
  deposit: {
    journeys: createTbtcJourneys(),
    facts: [
      revealed(100), revealed(null, 1), revealed(103, 2), swept(50), swept(null, 1), swept(52, 2), swept(51, 0, "rival"), swept(null, 1, "rival"),
      sweepProved(200), sweepProved(null, 1), sweepProved(210, 2),
      ...(["final", "proven", "sent", "included", "delivered"] as const).map((state, version) => ({ delivery: sweepDelivered(state, version + 1, { since: now + version }), event: swept(52, 2) })),
    ],
  },
  redemption: {
    journeys: createTbtcJourneys(),
    facts: [
      requested(100), paid(50), paymentProved(200), requested(250, 0, "request-2"), paid(70, 0, "pay-2"), paid(null, 1, "pay-2"), timedOut(400),
      { delivery: paymentDelivered("sent", 4), event: paid(50) }, { delivery: paymentDelivered("delivered", 6), event: paid(50) },
    ],
  },
  "redemption that guardians object to": {
    journeys: createTbtcJourneys(),
    facts: [requested(100), objected(105), objected(null, undefined, 1), objected(106, `0x${"89".repeat(20)}`), vetoed(120), vetoed(null, 1), vetoWithdrawn(400), paid(50), paymentProved(200)],
  },
  "wallet that moves its funds, and of what others got": {
    journeys: createTbtcJourneys(),
    facts: [
      stage("moving-funds", 100), committed(110), resetAt(140), resetAt(180), moveOf(50), moveOf(null, 1), moveOf(52, 2), moveProved(300), stage("closing", 300),
      step("timed-out", 400), stage("terminated", 400), movedSwept(80), movedSwept(null, 1), movedSweepProved(400), movedTimedOut(450),
    ],
  },
  issue: {
    journeys: createInterbtcJourneys(),
    facts: [
      issueAsked(100), issueAsked(null, 1), issueAsked(101, 2), issuePaid(50), issuePaid(null, 1_001_500n, "issue-pay", 1), issuePaid(45, 500n, "dust"), issueCancelled(950), issueExecuted(900), issueExecuted(null, 1),
      { delivery: issueDelivered("proven", 3), event: issuePaid(50) }, { delivery: issueDelivered("orphaned", 5), event: issuePaid(50) },
    ],
  },
  ...Object.fromEntries((["redeem", "replace"] as const).map((kind) => [kind, {
    journeys: createInterbtcJourneys(),
    facts: [
      payoutFact(kind, "requested", 100), payoutFact(kind, "requested", null, { generation: 1 }), payoutFact(kind, "requested", 101, { generation: 2 }),
      payoutFact(kind, "payment", 50), payoutFact(kind, "payment", null, { generation: 1 }), payoutFact(kind, "payment", 52, { generation: 2 }),
      payoutFact(kind, "payment", 45, { name: "wrong", flaw: "too-little", paidSat: 1n }), payoutFact(kind, "payment", 60, { name: "again" }),
      payoutFact(kind, "cancelled", 950), payoutFact(kind, "cancelled", null, { generation: 1 }), payoutFact(kind, "executed", 900), payoutFact(kind, "executed", null, { generation: 1 }),
      ...(kind === "redeem" ? [payoutFact(kind, "minted", 960)] : []),
    ],
  }])),
};

const heights = fc.integer({ min: 0, max: 500 });
const looks = fc.array(heights, { maxLength: 4 }).map((list) => list.toSorted((a, b) => a - b));

describe.each(Object.entries(stories))("the facts of a %s", (_name, { journeys, facts }) => {
  const someFacts = fc.subarray([...facts]);
  const shuffled = (list: readonly Fact[]) => fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
  const changesOf = (list: readonly Fact[], looks: readonly number[]): readonly TransferChange[] => {
    const every = Math.max(1, Math.ceil(list.length / (looks.length + 1)));
    const told = list.flatMap((fact, index): readonly TransferChange[] => {
      const seenAt = now + (index + 1) * 1_000;
      const change: TransferChange = "delivery" in fact ? { ...fact, seenAt } : { event: fact, seenAt };
      const height = index % every === every - 1 ? looks[Math.floor(index / every)] : undefined;
      return height === undefined ? [change] : [change, { clocks: clocksAt(seenAt, { bitcoin: height, ethereum: height, polkadot: height }, height) }];
    });
    // what has happened is final in the end; twice, since what one look ends the next one may judge
    const end = { clocks: clocksAt(now + 1_000_000, { bitcoin: 1_000, ethereum: 1_000, polkadot: 1_000 }, 9_000) };
    return [...told, end, end];
  };
  const shapes = (list: readonly Fact[], looks: readonly number[]) => [...foldedAll(journeys, changesOf(list, looks)).values()].map(shapeOf).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

  it("give the same steps, outcome, deadlines and keys in whatever order they come, and however often the chains are looked at meanwhile", () => {
    fc.assert(
      fc.property(someFacts.chain((some) => fc.tuple(shuffled(some), shuffled(some))), looks, looks, ([a, b], first, second) => {
        expect(shapes(a, first)).toEqual(shapes(b, second));
      }),
      { numRuns: 300 },
    );
  });

  it("never give a step that ends before it begins, or a second one that goes on", () => {
    fc.assert(
      fc.property(someFacts.chain(shuffled), looks, (list, heights) => {
        for (const { steps, endedAt, openedAt } of foldedAll(journeys, changesOf(list, heights)).values()) {
          expect(steps.filter((step) => step.endedAt === null).length).toBeLessThanOrEqual(endedAt === null ? 1 : 0);
          expect(steps.every((step) => step.startedAt >= openedAt && (step.endedAt ?? Infinity) >= step.startedAt)).toBe(true);
        }
      }),
    );
  });

  it("change nothing when they are told again", () => {
    fc.assert(
      fc.property(someFacts.chain(shuffled), (list) => {
        expect(shapes([...list, ...list], [])).toEqual(shapes(list, []));
      }),
    );
  });
});
