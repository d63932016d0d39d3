/** What a signer does with a slot no running delivery looks after. */
import { describe, expect, test } from "vitest";
import type { SlotStanding } from "../../../src/core/slot-upkeep.ts";
import { decideSlot } from "../../../src/core/slot-upkeep.ts";
import { attemptOf, now, policy, slotOf } from "../../support/delivery.ts";

const standings: readonly SlotStanding[] = ["unknown", "pending", "missing"];

test.each(["spent", "void"] as const)("a %s slot needs nothing", (state) => {
  for (const standing of standings) expect(decideSlot(slotOf(5n, state, [attemptOf(5n, 0)]), true, standing, policy, now)).toEqual({ do: "none" });
});

describe("a reserved slot", () => {
  test("with something above it is filled, else left for the next reservation", () => {
    expect(decideSlot(slotOf(5n, "reserved"), true, "unknown", policy, now)).toEqual({ do: "fill" });
    expect(decideSlot(slotOf(5n, "reserved"), false, "unknown", policy, now)).toEqual({ do: "none" });
  });
});

describe("a live slot", () => {
  const rows = [
    ["effect", 0, "unknown", 0, "fill"], ["effect", 0, "missing", 0, "fill"], ["fill", 0, "unknown", 0, "send"], ["fill", 0, "pending", 0, "send"],
    ["effect", 1, "unknown", 0, "track"], ["fill", 1, "unknown", 0, "track"],
    ["effect", 1, "missing", 0, "fill"], ["fill", 1, "missing", 0, "send"],
    ["effect", 1, "pending", policy.bumpAfterMs - 1, "none"], ["effect", 1, "pending", policy.bumpAfterMs, "fill"],
    ["fill", 1, "pending", policy.bumpAfterMs - 1, "none"], ["fill", 2, "pending", policy.bumpAfterMs, "fill"],
  ] as const;
  test.each(rows)("last is %s sent %i times, %s, %i ms old: %s", (purpose, broadcasts, standing, age, act) => {
    const slot = slotOf(5n, "live", [attemptOf(5n, 0, { purpose, broadcasts, signedAt: now - age })]);
    for (const hasHigher of [false, true]) expect(decideSlot(slot, hasHigher, standing, policy, now)).toEqual({ do: act });
  });
  test("the effect of a delivery that gave it up is never sent again", () => {
    for (const standing of standings) for (const broadcasts of [0, 1, 9]) {
      expect(decideSlot(slotOf(5n, "live", [attemptOf(5n, 0, { broadcasts, signedAt: 0 })]), true, standing, policy, now)).not.toEqual({ do: "send" });
    }
  });
});
