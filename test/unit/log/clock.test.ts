/** Sleeping ends by time or by the signal, and leaves nothing behind. */
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { createClock } from "../../../src/clock.ts";
import { createTestClock } from "../../support/clock.ts";

const clock = createClock();

describe("the real clock", () => {
  it("wakes the shorter sleeper first", async () => {
    const seen: string[] = [];
    const sleeper = (name: string, ms: number): Promise<void> => clock.sleep(ms, new AbortController().signal).then(() => void seen.push(name));
    await Promise.all([sleeper("long", 60), sleeper("short", 5)]);
    expect(seen).toEqual(["short", "long"]);
  });
  it("wakes at once on abort, does not reject, and leaves no listener on the signal", async () => {
    const stop = new AbortController();
    const sleeping = clock.sleep(3_600_000, stop.signal);
    stop.abort();
    await sleeping;
    await clock.sleep(3_600_000, stop.signal);
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
  });
  it("does not take a very long span for a short one", async () => {
    const stop = new AbortController();
    let awake = false;
    const sleeping = clock.sleep(2 ** 40, stop.signal).then(() => (awake = true));
    await clock.sleep(20, new AbortController().signal);
    expect(awake).toBe(false);
    stop.abort();
    await sleeping;
  });
  it("takes a span that is already over as no span", async () => {
    await clock.sleep(-5, new AbortController().signal);
    await clock.sleep(Number.NaN, new AbortController().signal);
  });
});

describe("the hand-driven clock", () => {
  it("wakes sleepers in order of their time, also those that begin to sleep on the way", async () => {
    const time = createTestClock(0);
    const forever = new AbortController().signal;
    const seen: string[] = [];
    const loop = async (name: string, ms: number): Promise<void> => {
      for (let i = 0; i < 3; i += 1) {
        await time.sleep(ms, forever);
        seen.push(`${name}@${time.now()}`);
      }
    };
    const both = Promise.all([loop("slow", 100), loop("fast", 40)]);
    await time.advance(300);
    await both;
    expect(seen).toEqual(["fast@40", "fast@80", "slow@100", "fast@120", "slow@200", "slow@300"]);
    expect({ now: time.now(), sleepers: time.sleepers() }).toEqual({ now: 300, sleepers: 0 });
  });
  it("wakes on abort without time", async () => {
    const time = createTestClock(0);
    const stop = new AbortController();
    const sleeping = time.sleep(1_000, stop.signal);
    stop.abort();
    await sleeping;
    expect(time.now()).toBe(0);
  });
});
