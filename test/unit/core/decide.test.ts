/** The one next act for every state × standing × slot × halt × wait. */
import { describe, expect, test } from "vitest";
import { decide } from "../../../src/core/decide.ts";
import type { Act, Snapshot, State } from "../../../src/core/delivery.ts";
import { activeStates, states } from "../../../src/core/delivery.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import type { Standing, Wait } from "../../../src/core/values.ts";
import { attemptOf, laneHalt, now, policy, slotOf, snapshotIn, sourceBlock, targetBlock } from "../../support/delivery.ts";

const standings: readonly Standing[] = ["final", "tip", "dropped", "unknown"];
const act = (snapshot: Snapshot): Act => decide(snapshot, policy, now);
const note = (kind: string, more: object = {}): object => ({ do: "note", outcome: { kind, ...more } });
const waits = (code: string, ms: number, waitsFor: object | null): object => ({ do: "wait", until: now + ms, waitsFor, code });
const notFinal = waits("source-not-final", policy.maxWaitMs, { chain: "bitcoin", height: sourceBlock.height, at: "final" });
const signed = attemptOf(5n, 0);
const unsent = attemptOf(5n, 1, { broadcasts: 0, lastSentAt: null });

describe("what the source block's standing asks for", () => {
  const expected: Record<Standing, Partial<Record<State, object>>> = {
    final: { seen: note("source-final"), final: { do: "prove" }, orphaned: note("source-seen-again") },
    tip: { seen: notFinal, final: notFinal, orphaned: note("source-seen-again") },
    dropped: { seen: note("source-dropped"), final: note("source-dropped"), orphaned: { do: "none" } },
    unknown: { seen: notFinal, final: notFinal, orphaned: { do: "none" } },
  };
  const rows = standings.flatMap((standing) => (["seen", "final", "orphaned"] as const).map((state) => [state, standing] as const));
  test.each(rows)("%s with its source block %s", (state, eventStanding) => {
    expect(act(snapshotIn(state, { eventStanding }))).toEqual(expected[eventStanding][state]);
  });
  test.each(standings)("an event in no block waits without naming a height (%s)", (eventStanding) => {
    const { event } = snapshotIn("final");
    const got = act(snapshotIn("final", { eventStanding, event: { ...event, at: null } }));
    const wanted = { final: { do: "prove" }, dropped: note("source-dropped"), tip: { waitsFor: null }, unknown: { waitsFor: null } };
    expect(got).toMatchObject(wanted[eventStanding]);
  });
  test.each(standings)("a signed delivery is not held up by it (%s): the source was final", (eventStanding) => {
    expect(act(snapshotIn("sent", { eventStanding }))).toEqual({ do: "track" });
  });
});

describe("what stands still", () => {
  test.each(["parked", "delivered", "abandoned"] as const)("%s does nothing, whatever the snapshot says", (state) => {
    for (const eventStanding of standings) {
      expect(act(snapshotIn(state, { eventStanding, includedStanding: "final", builtOnStanding: ["dropped"], slot: slotOf(5n, "spent") }))).toEqual({ do: "none" });
    }
  });
});

describe("below final, after a person resumed the chain", () => {
  test("a delivered effect whose block is gone is sought anew", () => {
    expect(act(snapshotIn("delivered", {}, { wakeAt: now }))).toEqual(note("target-dropped", { slotLive: false }));
  });
});

describe("blocks the proof rests on", () => {
  const rows = (["proven", "sent"] as const).flatMap((state) => standings.map((standing) => [state, standing] as const));
  test.each(rows)("%s with one of them %s", (state, standing) => {
    const got = act(snapshotIn(state, { builtOnStanding: ["final", standing] }));
    if (standing === "dropped") expect(got).toEqual(note("anchor-lost"));
    else expect(got).toEqual(state === "proven" ? { do: "reserve" } : { do: "track" });
  });
  test("an included effect does not care any more", () => {
    expect(act(snapshotIn("included", { builtOnStanding: ["dropped"] }))).toMatchObject({ do: "wait" });
  });
});

describe("the slot law seen from the delivery", () => {
  test.each(["final", "proven", "sent"] as const)("%s lets go of a slot that ended", (state) => {
    for (const ended of ["spent", "void"] as const) expect(act(snapshotIn(state, { slot: slotOf(5n, ended, [signed]) }))).toEqual(note("slot-over"));
  });
  test("to be proved again, it waits for the signer to send what fills its slot, and goes on when that is out", () => {
    const fill = attemptOf(5n, 1, { purpose: "fill", broadcasts: 0, lastSentAt: null });
    expect(act(snapshotIn("final", { slot: slotOf(5n, "live", [unsent, fill]) }))).toEqual(waits("slot-fill-unsent", policy.trackEveryMs, null));
    for (const last of [unsent, { ...fill, broadcasts: 1 }]) expect(act(snapshotIn("final", { slot: slotOf(5n, "live", [signed, last]) }))).toEqual({ do: "prove" });
  });
  test("an included delivery keeps its spent slot until the target is final", () => {
    expect(act(snapshotIn("included", { slot: slotOf(5n, "spent", [signed]) }))).toMatchObject({ do: "wait" });
  });
  test("proven without a slot reserves, with an empty one signs, with a used one outbids in the same slot", () => {
    expect(act(snapshotIn("proven"))).toEqual({ do: "reserve" });
    expect(act(snapshotIn("proven", { slot: slotOf(5n, "reserved") }))).toEqual({ do: "sign", replaces: null });
    expect(act(snapshotIn("proven", { slot: slotOf(5n, "live", [signed]) }))).toEqual({ do: "sign", replaces: signed });
  });
  test("saved bytes that were never sent are sent, newest first", () => {
    expect(act(snapshotIn("sent", { slot: slotOf(5n, "live", [signed, unsent]) }))).toEqual({ do: "send", attempt: unsent });
  });
  test("nothing is sent while a lower slot is reserved without bytes", () => {
    expect(act(snapshotIn("sent", { lowerSlotReserved: true, slot: slotOf(5n, "live", [unsent]) })))
      .toEqual(waits("lower-slot-reserved", policy.trackEveryMs, null));
    expect(act(snapshotIn("sent", { lowerSlotReserved: true }, { waitCode: "transaction-lost" })))
      .toEqual(waits("lower-slot-reserved", policy.trackEveryMs, null));
  });
  test("lost bytes go out again as they are", () => {
    expect(act(snapshotIn("sent", {}, { waitCode: "transaction-lost" }))).toEqual({ do: "send", attempt: attemptOf(5n, 0) });
  });
  test("a transaction is outbid exactly when its time is over", () => {
    const aged = (ageMs: number) => act(snapshotIn("sent", { slot: slotOf(5n, "live", [attemptOf(5n, 0, { signedAt: now - ageMs })]) }));
    expect(aged(policy.bumpAfterMs - 1)).toEqual({ do: "track" });
    expect(aged(policy.bumpAfterMs)).toMatchObject({ do: "sign", replaces: { hash: signed.hash } });
  });
  test("nothing is outbid before the target has another block: while it stands still no fee helps, and each rise would be paid", () => {
    const old = { slot: slotOf(5n, "live", [attemptOf(5n, 0, { signedAt: now - policy.bumpAfterMs })]) };
    const asOf = (waitEnded: boolean, waitsFor: Wait | null) => act(snapshotIn("sent", { ...old, waitEnded }, { wakeAt: now, waitCode: "pending", waitsFor }));
    const nextBlock: Wait = { chain: "ethereum", height: 501, at: "best" };
    expect(asOf(false, nextBlock)).toEqual({ do: "track" });
    expect(asOf(true, nextBlock)).toMatchObject({ do: "sign" });
    // what was not refused for want of a block is tried again by its own time
    expect(asOf(false, null)).toMatchObject({ do: "sign" });
    expect(asOf(false, { ...nextBlock, chain: "bitcoin" })).toMatchObject({ do: "sign" });
  });
  test("a sent delivery whose slot has no bytes begins anew", () => {
    expect(act(snapshotIn("sent", { slot: null }))).toEqual(note("slot-over"));
  });
});

describe("an included effect", () => {
  const expected: Record<Standing, object> = {
    final: { do: "confirm" }, unknown: { do: "confirm" }, dropped: note("target-dropped", { slotLive: true }),
    tip: waits("target-not-final", policy.maxWaitMs, { chain: "ethereum", height: targetBlock.height, at: "final" }),
  };
  test.each(standings)("in a block that is %s", (includedStanding) => {
    expect(act(snapshotIn("included", { includedStanding }))).toEqual(expected[includedStanding]);
  });
  test.each([["live", true], ["reserved", false], ["spent", false], ["void", false]] as const)("dropped with its slot %s", (state, slotLive) => {
    expect(act(snapshotIn("included", { includedStanding: "dropped", slot: slotOf(5n, state, [signed]) }))).toEqual(note("target-dropped", { slotLive }));
  });
});

describe("a wait", () => {
  const waiting: Partial<Delivery> = { wakeAt: now + 1, waitCode: "not-relayed", waitsFor: { fact: "relayed" } };
  test.each(activeStates)("is served to its end in %s, whoever wakes us early", (state) => {
    expect(act(snapshotIn(state, {}, waiting))).toEqual({ do: "wait", until: now + 1, waitsFor: { fact: "relayed" }, code: "not-relayed" });
  });
  test.each(activeStates)("is over in %s when its time has come or its height was reached", (state) => {
    expect(act(snapshotIn(state, {}, { ...waiting, wakeAt: now }))).not.toMatchObject({ code: "not-relayed" });
    expect(act(snapshotIn(state, { waitEnded: true }, waiting))).not.toMatchObject({ code: "not-relayed" });
  });
  test("does not hold up what the snapshot itself says", () => {
    expect(act(snapshotIn("seen", { eventStanding: "dropped" }, waiting))).toEqual(note("source-dropped"));
    expect(act(snapshotIn("sent", { builtOnStanding: ["dropped"] }, waiting))).toEqual(note("anchor-lost"));
    expect(act(snapshotIn("included", { includedStanding: "dropped" }, waiting))).toMatchObject(note("target-dropped"));
    expect(act(snapshotIn("proven", { slot: slotOf(5n, "spent") }, waiting))).toEqual(note("slot-over"));
  });
});

describe("a halted scope still looks, but never proves, signs or sends", () => {
  const halts = [laneHalt];
  const halted = waits("halted", policy.maxWaitMs, null);
  test.each(["final", "proven"] as const)("%s waits", (state) => {
    expect(act(snapshotIn(state, { halts }))).toEqual(halted);
  });
  test("an event is still followed", () => {
    expect(act(snapshotIn("seen", { halts, eventStanding: "final" }))).toEqual(note("source-final"));
  });
  test("what was sent is still tracked, also while a higher fee was signed but not sent", () => {
    expect(act(snapshotIn("sent", { halts }))).toEqual({ do: "track" });
    expect(act(snapshotIn("sent", { halts, slot: slotOf(5n, "live", [attemptOf(5n, 0, { signedAt: 0 })]) }))).toEqual({ do: "track" });
    expect(act(snapshotIn("sent", { halts, slot: slotOf(5n, "live", [signed, unsent]) }))).toEqual({ do: "track" });
  });
  test("what was never sent waits", () => {
    expect(act(snapshotIn("sent", { halts, slot: slotOf(5n, "live", [unsent]) }))).toEqual(halted);
  });
  test("what got lost is not sent again, and not asked for in a busy loop", () => {
    expect(act(snapshotIn("sent", { halts }, { waitCode: "transaction-lost" }))).toEqual(waits("halted", policy.trackEveryMs, null));
  });
  test.each(standings.filter((standing) => standing !== "dropped"))("an included effect is still confirmed (%s)", (includedStanding) => {
    expect(act(snapshotIn("included", { halts, includedStanding }))).toEqual({ do: "confirm" });
  });
});

test("every act in every combination is one of the acts, and every wait has an end and a reason", () => {
  const slots = [null, slotOf(5n, "reserved"), slotOf(5n, "live", [signed]), slotOf(5n, "live", [unsent]), slotOf(5n, "spent", [signed]), slotOf(5n, "void")];
  for (const state of states) for (const eventStanding of standings) for (const includedStanding of [null, ...standings]) for (const slot of slots)
    for (const lowerSlotReserved of [false, true]) for (const halts of [[], [laneHalt]]) for (const waitCode of [null, "transaction-lost", "x"]) {
      const got = act(snapshotIn(state, { eventStanding, includedStanding, slot, lowerSlotReserved, halts }, { waitCode }));
      if (got.do === "wait") {
        expect(got.until).toBeGreaterThan(now);
        expect(got.until).toBeLessThanOrEqual(now + policy.maxWaitMs);
        expect(got.code).not.toBe("");
      }
      if (halts.length > 0) expect(["none", "wait", "note", "track", "confirm"]).toContain(got.do);
      if (got.do === "send") expect(lowerSlotReserved).toBe(false);
    }
});
