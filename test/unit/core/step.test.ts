/** The slot law, as what one save does to a slot. */
import { describe, expect, test } from "vitest";
import type { OutcomeKind, SlotState, State } from "../../../src/core/delivery.ts";
import { edges } from "../../../src/core/apply.ts";
import { activeStates } from "../../../src/core/delivery.ts";
import { stepOf } from "../../../src/core/step.ts";
import { attemptOf, deliveryIn, failure, hashOf, now, outcomes, policy, refOf, slotOf, snapshotIn } from "../../support/delivery.ts";

const live = slotOf(5n, "live", [attemptOf(5n, 0)]);
const reserved = slotOf(5n, "reserved");
const step = (state: State, kind: OutcomeKind, slot = live, more: object = {}) =>
  stepOf(snapshotIn(state, { slot, ...more }, { slot: slot.ref }), outcomes[kind], policy, now);

describe("a slot ends only by what a final target block said", () => {
  test.each([["sent", "reverted"], ["sent", "slot-taken"], ["proven", "reverted"], ["proven", "slot-taken"]] as const)("%s meets %s: spent", (state, kind) => {
    expect(step(state, kind)).toMatchObject({ slotEnds: { ref: refOf(5n), how: "spent" }, next: { slot: null } });
  });
  test("our effect in a final block: spent", () => {
    const got = step("included", "target-final", live, { includedStanding: "final" });
    expect(got).toMatchObject({ slotEnds: { ref: refOf(5n), how: "spent" }, next: { state: "delivered", slot: null } });
    expect(got).not.toHaveProperty("leavesSlot");
  });
  test("our effect, but the including block is not final in our own view: the signer looks after it", () => {
    for (const includedStanding of ["unknown", "tip"] as const) {
      const got = step("included", "target-final", live, { includedStanding });
      expect(got).toMatchObject({ leavesSlot: refOf(5n) });
      expect(got).not.toHaveProperty("slotEnds");
    }
  });
  test("our effect by a transaction of another slot: this slot is not spent", () => {
    const got = stepOf(snapshotIn("included", { slot: live, includedStanding: "final" }, { effectTx: hashOf("elsewhere") }), outcomes["target-final"], policy, now);
    expect(got).toMatchObject({ leavesSlot: refOf(5n), next: { state: "delivered" } });
    expect(got).not.toHaveProperty("slotEnds");
  });
  test("another's effect: the slot stays with the signer, who will see it spent", () => {
    const got = stepOf(snapshotIn("included", { slot: live, includedStanding: "final" }, { by: "other" }), outcomes["target-final"], policy, now);
    expect(got).toMatchObject({ leavesSlot: refOf(5n), next: { slot: null } });
    expect(got).not.toHaveProperty("slotEnds");
  });
  test.each(["spent", "void"] as const)("a slot that is %s is not touched again", (ended: SlotState) => {
    for (const kind of ["slot-over", "abandon", "park", "effect-seen"] as const) {
      const got = step("sent", kind, slotOf(5n, ended, [attemptOf(5n, 0)]));
      expect(got).not.toHaveProperty("slotEnds");
      expect(got).not.toHaveProperty("leavesSlot");
    }
  });
});

describe("a live slot stays with its delivery until one of them ends", () => {
  const keeps = (["waiting", "anchor-lost", "put-off", "pending", "lost", "included", "effect-seen", "failed", "refused", "park", "retry"] as const);
  test.each(keeps)("sent meets %s: kept", (kind) => {
    const got = step("sent", kind);
    expect(got.next.slot).toEqual(refOf(5n));
    expect(got).not.toHaveProperty("leavesSlot");
    expect(got).not.toHaveProperty("slotEnds");
  });
  test("a reorg of the target gives it back to sent, same slot", () => {
    expect(step("included", "target-dropped")).toMatchObject({ next: { state: "sent", slot: refOf(5n) } });
  });
  test.each(["final", "proven", "sent", "included"] as const)("abandoned in %s: left to the signer", (state) => {
    expect(step(state, "abandon")).toMatchObject({ leavesSlot: refOf(5n), next: { state: "abandoned", slot: null } });
  });
});

describe("a reserved slot without bytes is kept only by who is about to sign into it", () => {
  test.each(["waiting", "included", "effect-seen", "anchor-lost", "refused", "park", "retry", "abandon"] as const)("proven meets %s: given back", (kind) => {
    expect(step("proven", kind, reserved)).toMatchObject({ leavesSlot: refOf(5n), next: { slot: null } });
  });
  test("a passing fault keeps it, a refusal gives it back", () => {
    const fail = (remedy: Parameters<typeof failure>[0]) =>
      stepOf(snapshotIn("proven", { slot: reserved }, { slot: reserved.ref }), { kind: "failed", failure: failure(remedy) }, policy, now);
    expect(fail("Unavailable")).toMatchObject({ next: { slot: refOf(5n) } });
    for (const remedy of ["Rejected", "Invalid", "Unsafe", "Bug"] as const) expect(fail(remedy)).toMatchObject({ leavesSlot: refOf(5n), next: { slot: null } });
  });
});

describe("bytes", () => {
  test("signing stores them and sends nothing", () => {
    expect(step("proven", "signed", reserved)).toEqual({ next: expect.objectContaining({ state: "sent", slot: refOf(5n) }), attempt: attemptOf(5n, 1) });
  });
  test("a broadcast is remembered on the newest attempt", () => {
    expect(step("sent", "broadcast", slotOf(5n, "live", [attemptOf(5n, 0), attemptOf(5n, 1)]))).toMatchObject({ sent: { hash: attemptOf(5n, 1).hash, at: now } });
  });
});

test("no edge from any active state both ends and leaves a slot, and none drops an open slot silently", () => {
  for (const state of activeStates.filter((one) => one !== "seen")) for (const kind of edges[state]) for (const slot of [live, reserved]) {
    if (kind === "reserved" || (kind === "signed" && slot === reserved && state !== "proven")) continue;
    const got = step(state, kind, slot);
    expect(got.slotEnds !== undefined && got.leavesSlot !== undefined, `${state} ${kind}`).toBe(false);
    const gone = got.slotEnds !== undefined || got.leavesSlot !== undefined;
    expect(got.next.slot === null, `${state} ${kind} ${slot.state}`).toBe(gone);
  }
});

test("a delivery without a slot moves none", () => {
  expect(stepOf(snapshotIn("final"), outcomes.abandon, policy, now)).toEqual({ next: expect.objectContaining({ state: "abandoned" }) });
  expect(deliveryIn("final").slot).toBeNull();
});
