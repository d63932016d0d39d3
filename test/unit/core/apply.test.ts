/** Every (state × outcome): the legal ones with the exact record they give, all others refused as our bug. */
import { describe, expect, test } from "vitest";
import { apply, edges } from "../../../src/core/apply.ts";
import { backoffMs } from "../../../src/core/backoff.ts";
import type { Delivery, OutcomeKind, State } from "../../../src/core/delivery.ts";
import { states } from "../../../src/core/delivery.ts";
import { GantryError } from "../../../src/core/errors.ts";
import { isTroubled } from "../../../src/core/trouble.ts";
import { attemptOf, deliveryIn, failure, hashOf, now, outcomeKinds, outcomes, policy, refOf, sourceBlock, targetBlock } from "../../support/delivery.ts";

const soon = backoffMs(policy.backoff, 1, "d1");
const later = backoffMs(policy.backoff, 3, "d1");
const clean = { tries: 0, waitsFor: null, waitCode: null };
const enters = (state: State, more: Partial<Delivery> = {}): Partial<Delivery> => ({ ...clean, state, since: now, parked: null, wakeAt: now, ...more });
const ends = (state: State): Partial<Delivery> => enters(state, { wakeAt: null, slot: null });
const parks = (from: State, code: string, evidence: Delivery["proof"]): Partial<Delivery> =>
  ({ ...clean, state: "parked", since: now, parked: { from, code, evidence } as Delivery["parked"], wakeAt: null });
const redone = (code: string): Partial<Delivery> => ({
  ...enters("final"), proof: null, builtOn: [], slot: null, redos: 1, wakeAt: now + soon, waitCode: code,
});

const always = (state: State): Partial<Record<OutcomeKind, Partial<Delivery>>> => ({
  waiting: { wakeAt: now + 5_000, waitsFor: { fact: "relayed" }, waitCode: "not-relayed" },
  failed: { wakeAt: now + later, waitsFor: null, waitCode: "endpoint-timeout", tries: 3, lastError: outcomes.failed.failure },
  refused: { ...parks(state, "impossible", { saw: 1 }), lastError: outcomes.refused.failure },
  park: parks(state, "parked-by-person", { who: "x" }),
  abandon: ends("abandoned"),
  retry: { ...clean, wakeAt: now },
});
const pending: Partial<Delivery> = {
  tries: 0, wakeAt: now + policy.trackEveryMs, waitCode: "transaction-pending", waitsFor: { chain: "ethereum", height: 21, at: "best" },
};
const included = enters("included", { by: "us", includedIn: targetBlock, effectTx: attemptOf(5n, 0).hash });
const byOther = enters("included", { by: "other", includedIn: targetBlock, effectTx: hashOf("rival") });
const signed = { ...clean, state: "sent" as const, parked: null, wakeAt: now, slot: refOf(5n) };
const anchorLost = { state: "final" as const, since: now, parked: null, tries: 0, waitsFor: null, proof: null, builtOn: [],
  wakeAt: now + policy.backoff.baseMs, waitCode: "anchor-lost" };
const taken = { remedy: "Rejected", code: "slot-taken" };

/** What each legal outcome changes; a field that is not named stays as it was. */
const changes: Record<State, Partial<Record<OutcomeKind, Partial<Delivery>>>> = {
  seen: { ...always("seen"), "source-final": enters("final"), "source-dropped": ends("orphaned") },
  final: {
    ...always("final"), "source-dropped": ends("orphaned"), "effect-seen": byOther, included, "slot-over": enters("final", { since: now - 30_000, slot: null }),
    proved: enters("proven", { proof: { p: 2 }, builtOn: [sourceBlock], deadline: now + 9_000 }),
  },
  proven: {
    ...always("proven"), "effect-seen": byOther, included, "anchor-lost": anchorLost, "slot-over": enters("final", { slot: null }),
    reserved: { ...clean, slot: refOf(7n), wakeAt: now }, signed: { ...signed, since: now },
    reverted: { ...redone("reverted"), lastError: outcomes.reverted.failure }, "slot-taken": redone("slot-taken"),
  },
  sent: {
    ...always("sent"), "effect-seen": byOther, included, "anchor-lost": anchorLost, "slot-over": enters("final", { slot: null }),
    signed, "put-off": { ...redone("not-now"), slot: refOf(5n), lastError: outcomes["put-off"].failure }, broadcast: pending, pending, lost: { wakeAt: now, waitsFor: null, waitCode: "transaction-lost" },
    reverted: { ...redone("reverted"), lastError: outcomes.reverted.failure }, "slot-taken": redone("slot-taken"),
  },
  included: {
    ...always("included"), "target-final": ends("delivered"),
    "target-dropped": enters("sent", { by: null, includedIn: null, effectTx: null, wakeAt: now + policy.backoff.baseMs, waitCode: "target-reorg" }),
  },
  parked: { resume: enters("proven", { redos: 0, lastError: null }), abandon: ends("abandoned") },
  orphaned: { "source-seen-again": enters("seen") },
  delivered: {
    "target-dropped": enters("sent", { by: null, includedIn: null, effectTx: null, wakeAt: now + policy.backoff.baseMs, waitCode: "target-reorg" }),
  },
  abandoned: {},
};

const base = (state: State): Delivery =>
  deliveryIn(state, state === "parked" || state === "orphaned" ? {} : { tries: 2, waitCode: "x", wakeAt: state === "delivered" || state === "abandoned" ? null : now });

describe.each(states)("a delivery in %s", (state) => {
  const legal = outcomeKinds.filter((kind) => changes[state][kind] !== undefined);

  test.each(legal)("meets %s and becomes exactly what the drawing says", (kind) => {
    const before = base(state);
    const after = apply(before, outcomes[kind], policy, now);
    const { lastError, ...rest } = { ...before, ...changes[state][kind] };
    expect(after).toMatchObject(kind === "slot-taken" ? { ...rest, lastError: taken } : { ...rest, lastError });
    expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
  });

  test.each(outcomeKinds.filter((kind) => !legal.includes(kind)))("refuses %s as an illegal edge", (kind) => {
    expect(() => apply(base(state), outcomes[kind], policy, now)).toThrow(GantryError);
    try {
      apply(base(state), outcomes[kind], policy, now);
    } catch (thrown) {
      expect((thrown as GantryError).failure).toMatchObject({ remedy: "Bug", code: "illegal-edge" });
    }
  });

  test("has no edge the table does not know", () => {
    expect([...edges[state]].sort()).toEqual([...legal].sort());
  });
});

describe("a failure's remedy decides what a delivery does next", () => {
  const fail = (state: State, remedy: Parameters<typeof failure>[0], more: Partial<Delivery> = {}): Delivery =>
    apply(deliveryIn(state, more), { kind: "failed", failure: failure(remedy) }, policy, now);

  test.each(["Unavailable", "Conflict"] as const)("%s: the same act again after a back-off", (remedy) => {
    expect(fail("sent", remedy)).toMatchObject({ state: "sent", tries: 1, wakeAt: now + soon, waitCode: "some-code" });
  });
  test("a named time is waited for, but never beyond the longest wait", () => {
    const retryAfter = (retryAfterMs: number) => apply(deliveryIn("final"), { kind: "failed", failure: { ...failure("Unavailable"), retryAfterMs } }, policy, now).wakeAt;
    expect(retryAfter(30_000)).toBe(now + 30_000);
    expect(retryAfter(10 ** 9)).toBe(now + policy.maxWaitMs);
  });
  test("Rejected: back to final with the slot kept, the proof thrown away, and only so often", () => {
    expect(fail("sent", "Rejected")).toMatchObject({ state: "final", slot: refOf(5n), proof: null, builtOn: [], redos: 1 });
    expect(fail("sent", "Rejected", { redos: policy.maxRedos - 1 })).toMatchObject({ state: "final", redos: policy.maxRedos });
    expect(fail("sent", "Rejected", { redos: policy.maxRedos }))
      .toMatchObject({ state: "parked", parked: { from: "sent", code: "some-code", evidence: { saw: 1 } }, slot: refOf(5n) });
  });
  test.each(["seen", "included"] as const)("Rejected while %s has nothing to redo: it looks again", (state) => {
    expect(fail(state, "Rejected")).toMatchObject({ state, redos: 1, waitCode: "some-code" });
  });
  test("Invalid: fetched once more, parked the second time in a row", () => {
    const once = fail("final", "Invalid");
    expect(once).toMatchObject({ state: "final", tries: 1 });
    expect(apply(once, { kind: "failed", failure: failure("Invalid") }, policy, now)).toMatchObject({ state: "parked", parked: { from: "final" } });
  });
  test("Invalid after progress counts from the beginning", () => {
    expect(fail("final", "Invalid", { tries: 0, lastError: failure("Invalid") })).toMatchObject({ state: "final", tries: 1 });
  });
  test.each(["Unsafe", "Bug", "Misconfigured"] as const)("%s: stays and waits for the halt to be lifted", (remedy) => {
    expect(fail("proven", remedy)).toMatchObject({ state: "proven", wakeAt: now + policy.maxWaitMs, waitCode: "some-code" });
  });
});

describe("details that carry a promise", () => {
  test("a proof without a deadline keeps the one that is known", () => {
    const proved = apply(deliveryIn("final", { deadline: now + 1 }), { ...outcomes.proved, deadline: null }, policy, now);
    expect(proved.deadline).toBe(now + 1);
  });
  test("a reorg of the target without a live slot goes back to final", () => {
    expect(apply(deliveryIn("included"), { kind: "target-dropped", slotLive: false }, policy, now).state).toBe("final");
  });
  test("a revert beyond the allowed redos parks, and the spent slot is let go", () => {
    expect(apply(deliveryIn("sent", { redos: policy.maxRedos }), outcomes.reverted, policy, now)).toMatchObject({ state: "parked", slot: null });
  });
  test("a wait asked for in the past is still a pause, one too long is cut", () => {
    const until = (at: number) => apply(deliveryIn("final"), { ...outcomes.waiting, until: at }, policy, now).wakeAt;
    expect(until(now - 1)).toBe(now + policy.backoff.baseMs);
    expect(until(now + 10 ** 12)).toBe(now + policy.maxWaitMs);
  });
  test.each(["seen", "final", "proven", "sent", "included"] as const)("parked from %s resumes there", (from) => {
    const parked = apply(deliveryIn(from), outcomes.park, policy, now);
    expect(apply(parked, { kind: "resume" }, policy, now)).toMatchObject({ state: from, parked: null, wakeAt: now });
  });
});

test("a transaction that the nodes dropped and that was sent again says so until it is in a block or newer bytes replace it", () => {
  let delivery = apply(deliveryIn("sent"), outcomes.lost, policy, now);
  for (const outcome of [outcomes.broadcast, outcomes.pending, outcomes.pending]) {
    delivery = apply(delivery, outcome, policy, now);
    expect(delivery).toMatchObject({ state: "sent", waitCode: "transaction-sent-again", wakeAt: now + policy.trackEveryMs, waitsFor: outcome.waitsFor });
    expect(isTroubled(delivery)).toBe(true);
  }
  for (const outcome of [outcomes.signed, outcomes.included]) expect(isTroubled(apply(delivery, outcome, policy, now))).toBe(false);
});

test("being put off again and again waits longer and longer, and never parks", () => {
  let delivery = deliveryIn("sent");
  for (let again = 0; again < policy.maxRedos + 3; again += 1) {
    const next = apply({ ...delivery, state: "sent" }, outcomes["put-off"], policy, now);
    expect(next).toMatchObject({ state: "final", waitCode: "not-now" });
    delivery = next;
  }
  expect(delivery.redos).toBe(policy.maxRedos);
});
