/** The memory queue on a hand-driven clock: exact times, and the rules for names and priorities. */
import { expect, it } from "vitest";
import { deliveryId, laneName } from "../../../src/core/values.ts";
import { createMemoryWakeQueue } from "../../../src/queue/memory.ts";
import { clampPriority, queueNameOf } from "../../../src/queue/wake.ts";
import { createTestClock } from "../../support/clock.ts";

const lane = laneName("lane");

it("hands out each wake at its time and not a moment earlier", async () => {
  const clock = createTestClock(0);
  const queue = createMemoryWakeQueue({ clock });
  const seen: string[] = [];
  const stop = new AbortController();
  const served = queue.serve(lane, 2, async (id) => void seen.push(`${id}@${clock.now()}`), stop.signal);
  await queue.wake(lane, deliveryId("b"), 20_000, 1);
  await queue.wake(lane, deliveryId("a"), 10_000, 1);
  await clock.advance(9_999);
  expect(seen).toEqual([]);
  await clock.advance(20_000);
  expect(seen).toEqual(["a@10000", "b@20000"]);
  stop.abort();
  await served;
  expect(clock.sleepers()).toBe(0);
});

it("refuses wakes once closed, and stops serving", async () => {
  const clock = createTestClock(0);
  const queue = createMemoryWakeQueue({ clock });
  const served = queue.serve(lane, 1, async () => undefined, new AbortController().signal);
  await queue.close();
  await served;
  await expect(queue.wake(lane, deliveryId("x"), 0, 1)).rejects.toMatchObject({ failure: { code: "queue-unavailable" } });
  await expect(queue.ping()).rejects.toMatchObject({ failure: { code: "queue-unavailable" } });
});

it.each([[0, 1], [-5, 1], [1, 1], [2.6, 3], [2_097_151, 2_097_151], [3e9, 2_097_151], [Number.POSITIVE_INFINITY, 2_097_151], [Number.NaN, 2_097_151]])(
  "takes priority %d as %d",
  (given, taken) => expect(clampPriority(given)).toBe(taken),
);

it("gives every lane a queue name of its own without what Redis or BullMQ treats specially", () => {
  const lanes = ["a:b", "a%3Ab", "a/b", "{a}b", "tbtc-redemption"].map(laneName);
  const names = lanes.map(queueNameOf);
  expect(new Set(names).size).toBe(lanes.length);
  expect(names.join("")).not.toMatch(/[:{}]/u);
  expect(names.at(-1)).toBe("tbtc-redemption");
});
