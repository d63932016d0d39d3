/** apply ∘ decide, walked with any answers the outside may give. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { Act, Delivery, Outcome, Slot, Snapshot } from "../../src/core/delivery.ts";
import { isActive, isFinished } from "../../src/core/delivery.ts";
import { remedies } from "../../src/core/errors.ts";
import type { Remedy } from "../../src/core/errors.ts";
import { stepOf } from "../../src/core/step.ts";
import type { Standing } from "../../src/core/values.ts";
import { attemptOf, deliveryIn, event, failure, laneHalt, now, outcomes, policy, refOf } from "../support/delivery.ts";

type Asking = Exclude<Act["do"], "none" | "wait" | "note">;

/** What performing an act may bring. */
const answers = {
  prove: ["proved", "waiting", "refused", "effect-seen", "included", "failed"],
  reserve: ["reserved", "waiting", "effect-seen", "included", "failed"],
  sign: ["signed", "included", "reverted", "slot-taken", "effect-seen", "waiting", "failed"],
  send: ["broadcast", "effect-seen", "included", "failed"],
  track: ["pending", "lost", "included", "reverted", "slot-taken", "effect-seen", "waiting", "failed"],
  confirm: ["target-final", "target-dropped", "waiting", "failed"],
} as const satisfies Record<Asking, readonly Outcome["kind"][]>;

const standing = fc.constantFrom<Standing>("final", "tip", "dropped", "unknown");
/** Everything outside the record, as it stands while we look. */
const outside = fc.record({
  eventStanding: standing, proofStanding: standing, includedStanding: standing, lower: fc.boolean(), halted: fc.boolean(), waitEnded: fc.boolean(),
  remedy: fc.constantFrom<Remedy>(...remedies),
  answer: fc.record({
    prove: fc.constantFrom(...answers.prove), reserve: fc.constantFrom(...answers.reserve), sign: fc.constantFrom(...answers.sign),
    send: fc.constantFrom(...answers.send), track: fc.constantFrom(...answers.track), confirm: fc.constantFrom(...answers.confirm),
  }),
});
type Outside = typeof outside extends fc.Arbitrary<infer T> ? T : never;
type Walker = { readonly delivery: Delivery; readonly slot: Slot | null; readonly signed: number; readonly at: number };

const begin: Walker = { delivery: deliveryIn("seen"), slot: null, signed: 0, at: now };

const snapshotOf = ({ delivery, slot }: Walker, out: Outside): Snapshot => ({
  delivery, event, slot,
  eventStanding: out.eventStanding, builtOnStanding: delivery.builtOn.map(() => out.proofStanding),
  includedStanding: delivery.includedIn === null ? null : out.includedStanding,
  lowerSlotReserved: out.lower, waitEnded: out.waitEnded && delivery.waitsFor !== null, halts: out.halted ? [laneHalt] : [],
});

function outcomeOf(act: Exclude<Act, { do: "none" }>, walker: Walker, out: Outside): Outcome {
  if (act.do === "wait") return { kind: "waiting", until: act.until, waitsFor: act.waitsFor, code: act.code };
  if (act.do === "note") return act.outcome;
  const kind = act.do === "sign" && act.replaces === null && out.answer.sign !== "failed" ? "signed" : out.answer[act.do];
  if (kind === "failed") return { kind, failure: failure(out.remedy) };
  if (kind === "reserved") return { kind, slot: refOf(BigInt(walker.signed) + 5n) };
  if (kind === "signed") return { kind, tx: attemptOf(walker.slot?.ref.slot ?? 0n, walker.signed, { signedAt: walker.at }) };
  if (kind === "target-dropped") return { kind, slotLive: walker.slot?.state === "live" };
  if (kind === "waiting") return { ...outcomes.waiting, until: out.waitEnded ? 0 : walker.at + 5_000 };
  return outcomes[kind];
}

/** One step; the slot follows as the ledger would keep it. Null: nothing to do. */
function stepBy(walker: Walker, out: Outside): Walker | null {
  const act = decide(snapshotOf(walker, out), policy, walker.at);
  if (act.do === "none") return null;
  const outcome = outcomeOf(act, walker, out);
  const step = stepOf(snapshotOf(walker, out), outcome, policy, walker.at);
  const { slot } = walker;
  let next: Slot | null = slot;
  if (outcome.kind === "reserved") next = { ref: outcome.slot, delivery: step.next.id, state: "reserved", isIncluded: false, attempts: [] };
  if (step.attempt !== undefined && slot !== null) next = { ...slot, state: "live", attempts: [...slot.attempts, { ...step.attempt, broadcasts: 0, lastSentAt: null }] };
  if (step.sent !== undefined && slot !== null) next = { ...slot, attempts: slot.attempts.map((one) => (one.hash === step.sent?.hash ? { ...one, broadcasts: one.broadcasts + 1 } : one)) };
  if (step.slotEnds !== undefined || step.leavesSlot !== undefined) next = null;
  expect(step.next.slot === null).toBe(next === null);
  return { delivery: step.next, slot: next, signed: walker.signed + (step.attempt === undefined ? 0 : 1), at: walker.at };
}

const isResting = ({ delivery, at }: Walker): boolean => !isActive(delivery.state) || (delivery.wakeAt !== null && delivery.wakeAt > at);

function expectSound(walker: Walker): void {
  const { delivery, slot, at } = walker;
  if (isActive(delivery.state)) {
    expect(delivery.wakeAt).not.toBeNull();
    expect(delivery.wakeAt).toBeLessThanOrEqual(at + policy.maxWaitMs);
    if (isResting(walker)) expect(delivery.waitCode, "a wait has a reason").not.toBeNull();
  } else {
    expect(delivery.wakeAt).toBeNull();
  }
  if (delivery.state === "sent") expect(slot?.attempts.length).toBeGreaterThan(0);
  if (delivery.state === "seen" || delivery.state === "delivered" || delivery.state === "orphaned") expect(slot).toBeNull();
  if (delivery.state === "included") expect(delivery.includedIn).not.toBeNull();
  expect(delivery.redos).toBeLessThanOrEqual(policy.maxRedos + 1);
}

describe("apply after decide", () => {
  test("meets only legal edges and leaves a sound record, whatever the outside answers", () => {
    fc.assert(fc.property(fc.array(fc.tuple(outside, fc.boolean()), { maxLength: 60 }), (telling) => {
      let walker = begin;
      for (const [out, sleeps] of telling) {
        const next = stepBy({ ...walker, at: sleeps ? Math.max(walker.at, walker.delivery.wakeAt ?? 0) : walker.at }, out);
        if (next === null) {
          expect(isActive(walker.delivery.state)).toBe(false);
          continue;
        }
        expect(["parked", "delivered", "abandoned"]).not.toContain(walker.delivery.state);
        walker = next;
        expectSound(walker);
      }
    }), { numRuns: 400 });
  });

  test("comes to rest within a few steps while the outside stands still: no loop without progress or a pause", () => {
    fc.assert(fc.property(fc.array(outside, { maxLength: 25 }), outside, (past, still) => {
      let walker = begin;
      for (const out of past) walker = stepBy({ ...walker, at: Math.max(walker.at, walker.delivery.wakeAt ?? 0) }, out) ?? walker;
      walker = { ...walker, at: Math.max(walker.at, walker.delivery.wakeAt ?? 0) };
      for (let steps = 0; steps < 12; steps++) {
        const next = stepBy(walker, still);
        if (next === null || isResting(next)) return;
        walker = next;
      }
      expect.fail(`still moving in ${walker.delivery.state} with ${JSON.stringify(still)}`);
    }), { numRuns: 1_000 });
  });

  test("a target that always refuses ends in a parked delivery", () => {
    fc.assert(fc.property(outside, fc.constantFrom("reverted", "slot-taken", "failed"), (out, kind) => {
      const refusing: Outside = {
        ...out, eventStanding: "final", proofStanding: "final", halted: false, lower: false, remedy: "Rejected",
        answer: { prove: "proved", reserve: kind === "failed" ? "failed" : "reserved", sign: "signed", send: "broadcast", track: kind, confirm: "waiting" },
      };
      let walker = begin;
      for (let steps = 0; steps < 400 && walker.delivery.state !== "parked"; steps++) {
        walker = stepBy({ ...walker, at: Math.max(walker.at, walker.delivery.wakeAt ?? 0) }, refusing) ?? walker;
      }
      expect(walker.delivery).toMatchObject({ state: "parked", redos: policy.maxRedos + 1 });
    }), { numRuns: 100 });
  });

  test("a target that answers well is served in one go", () => {
    const good: Outside = {
      eventStanding: "final", proofStanding: "final", includedStanding: "final", lower: false, halted: false, waitEnded: false, remedy: "Bug",
      answer: { prove: "proved", reserve: "reserved", sign: "signed", send: "broadcast", track: "included", confirm: "target-final" },
    };
    let walker = begin;
    for (let steps = 0; steps < 10 && !isFinished(walker.delivery.state); steps++) {
      walker = stepBy({ ...walker, at: Math.max(walker.at, walker.delivery.wakeAt ?? 0) }, good) ?? walker;
    }
    expect(walker.delivery).toMatchObject({ state: "delivered", by: "us" });
  });
});
