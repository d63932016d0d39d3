/** What is prepared before its block comes. */
import { describe, expect, test } from "vitest";
import { createAhead } from "../../../relayer/ahead.ts";
import { unavailable } from "../../../src/core/errors.ts";
import type { Lane, Submitter } from "../../../src/ports.ts";
import { createTestClock } from "../../support/clock.ts";
import { event } from "../../support/delivery.ts";
import { createParts } from "../../support/relay-parts.ts";

const signal = new AbortController().signal;

function stage(submitter: Partial<Submitter>, lane: Partial<Lane> = {}) {
  const clock = createTestClock();
  const { work, calls } = createParts(lane, submitter, { maxOpenSlots: 2 });
  const ahead = createAhead({ clock });
  return { clock, calls, look: () => ahead(event, "anchor", work, signal) };
}

describe("a nearly provable effect", () => {
  test("has its proof built and its submitter asked, once for each that may be sent at once", async () => {
    const { calls, look, clock } = stage({ prepare: async () => undefined });
    for (let asked = 0; asked < 5; asked++) await look();
    expect(calls).toEqual(["build", "prepare", "build", "prepare"]);
    await clock.advance(5_000);
    await look();
    expect(calls).toHaveLength(6);
  });

  test("costs nothing where the submitter has nothing to prepare", async () => {
    const { calls, look } = stage({});
    await look();
    expect(calls).toEqual([]);
  });

  test.each([
    ["its data is away", {}, { build: () => Promise.reject(unavailable("no-endpoint", "away")) }],
    ["its target is away", { prepare: () => Promise.reject(unavailable("no-endpoint", "away")) }, {}],
  ])("is no trouble when %s: that is told when it counts", async (_, submitter, lane) => {
    await expect(stage({ prepare: async () => undefined, ...submitter }, lane).look()).resolves.toBeUndefined();
  });
});
