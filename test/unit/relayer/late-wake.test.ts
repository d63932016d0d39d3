/** A wake that comes while the wait it should end is being queued. */
import { expect, test } from "vitest";
import { createRelay } from "../../../relayer/relay.ts";
import { deliveryId } from "../../../src/core/values.ts";
import type { WakeQueue } from "../../../src/ports.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";
import { createParts } from "../../support/relay-parts.ts";
import { createSmallWorld, hashOf, lane, signer } from "../../support/world.ts";

test("a wake during the queueing of a wait is worked on, not lost", async () => {
  const { ledger, clock, queue, add } = await createSmallWorld();
  const { signal } = new AbortController();
  let relayed = false;
  const { work } = createParts({
    name: lane, signer,
    anchor: async (_event, now) => ({ kind: "not-yet", code: relayed ? "not-enough-work" : "epoch-not-relayed", until: now + 60_000, waitsFor: null }),
  }, { signer });
  const id = deliveryId(`${lane}:a`);
  let second: Promise<void> | null = null;
  const wake: WakeQueue["wake"] = async () => {
    if (second !== null) return;
    // the wait has ended meanwhile, and another worker has the wake of that
    relayed = true;
    await clock.advance(60_000);
    second = relay.work(lane, id, signal);
    await second;
  };
  const relay = createRelay({ ledger, clock, log: createMemoryLog(), meter: createMemoryMeter(), queue: { ...queue, wake }, lanes: [work], auditEveryMs: 30_000 });
  await add("a", hashOf(1));
  await relay.work(lane, id, signal);
  expect((await ledger.load(id, []))?.delivery).toMatchObject({ waitCode: "not-enough-work" });
});
