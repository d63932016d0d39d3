/** Who may ask for a slot when there are not enough for all. */
import { describe, expect, test } from "vitest";
import { createTurns } from "../../../relayer/turns.ts";
import { openSlotsOf } from "../../../src/core/slot-room.ts";
import type { Slot } from "../../../src/core/delivery.ts";
import { deliveryId } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createTestClock } from "../../support/clock.ts";
import { attemptOf, deliveryIn, policy, slotOf } from "../../support/delivery.ts";
import { createParts } from "../../support/relay-parts.ts";

const most = 4;

function stage(open: readonly Slot[]) {
  const clock = createTestClock();
  const slots = [...open];
  const { work } = createParts({}, {}, { maxOpenSlots: most });
  const turns = createTurns({ clock, wake: async () => undefined, ledger: { ...createMemoryLedger(), openSlots: async () => openSlotsOf(slots) } });
  const asks = (name: string, deadline: number | null, serves = true) =>
    turns.isDue({ ...deliveryIn("proven"), id: deliveryId(name), deadline, ...(serves ? {} : { serves: [] }) }, work);
  return { clock, slots, asks };
}
const full = Array.from({ length: most }, (_, at) => slotOf(BigInt(at), "live", [attemptOf(BigInt(at), 0)]));
const ask = async (asks: ReturnType<typeof stage>["asks"], names: readonly number[]): Promise<readonly boolean[]> => Promise.all(names.map((name) => asks(`d${name}`, name)));
const twelve = Array.from({ length: 12 }, (_, at) => at + 1);

describe("a signer with too few slots", () => {
  test("that is full lets nobody ask", async () => {
    const { asks } = stage(full);
    expect(await ask(asks, [3, 1, 2])).toEqual([false, false, false]);
  });

  test("lets the nearest deadlines ask first, and some after them, so that no free slot waits long", async () => {
    const { asks, slots } = stage(full);
    await ask(asks, twelve);
    slots.pop();
    expect(await ask(asks, [12, 10, 6])).toEqual([false, false, false]);
    expect(await ask(asks, [5, 1])).toEqual([true, true]);
  });

  test("lets updates of a light client ask before every deadline", async () => {
    const { asks, slots } = stage(full);
    await ask(asks, twelve);
    slots.pop();
    expect(await asks("headers", null, false)).toBe(true);
    expect(await asks("without a deadline", null)).toBe(false);
  });

  test("forgets those that stopped asking", async () => {
    const { asks, slots, clock } = stage(full);
    await ask(asks, twelve);
    slots.pop();
    await clock.advance(4 * policy.trackEveryMs);
    expect(await asks("d12", 12)).toBe(true);
  });

  test("lets one ask although all are open when a nonce was given back unused", async () => {
    const { asks } = stage([...full.slice(1), { ...slotOf(9n, "reserved"), delivery: null }]);
    expect(await asks("d1", 1)).toBe(true);
  });
});
