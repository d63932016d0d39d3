/** What a sync lane tells the target next. */
import { describe, expect, test } from "vitest";
import type { SyncPolicy, SyncSource, SyncTarget, Update } from "../../../src/core/plan.ts";
import { plan } from "../../../src/core/plan.ts";
import type { BlockRef } from "../../../src/core/values.ts";
import { deliveryId, laneName } from "../../../src/core/values.ts";
import { blockOf, hashOf, now } from "../../support/delivery.ts";

const policy: SyncPolicy = { lane: laneName("headers"), maxBatch: 3, maxInFlight: 2, maxHoldMs: 60_000 };
const chain = (from: number, to: number, branch = "a"): BlockRef[] => Array.from({ length: to - from + 1 }, (_, index) => blockOf("bitcoin", from + index, branch));
/** branch b leaves a after `fork` */
const forked = (fork: number, to: number): BlockRef[] =>
  [...chain(8, fork), ...chain(fork + 1, to, "b").map((block) => (block.height === fork + 1 ? { ...block, parent: hashOf(`a${fork}`) } : block))];
const update = (sequence: number, blocks: readonly BlockRef[]): Update => ({ id: deliveryId(`headers-${sequence}`), sequence, blocks });
const target = (known: readonly BlockRef[], more: Partial<SyncTarget> = {}): SyncTarget =>
  ({ start: 8, known: new Set(known.map(({ hash }) => hash)), inFlight: [], nextSequence: 7, ...more });
const source = (best: readonly BlockRef[], holds: SyncSource["holds"] = []): SyncSource => ({ best, holds });
const heights = (updates: readonly Update[]): number[][] => updates.map(({ blocks }) => blocks.map(({ height }) => height));
const planned = (to: SyncTarget, from: SyncSource, at = now) => plan(to, from, policy, at);

describe("following the best chain", () => {
  test.each([
    ["nothing new", 10, 10, []], ["one block", 10, 11, [[11]]], ["a whole batch", 10, 13, [[11, 12, 13]]], ["more than a batch", 10, 14, [[11, 12, 13], [14]]],
    ["more than may be in flight", 10, 30, [[11, 12, 13], [14, 15, 16]]],
  ] as const)("%s", (_what, known, head, expected) => {
    const got = planned(target(chain(8, known)), source(chain(8, head)));
    expect(heights(got.updates)).toEqual(expected);
    expect(got).toMatchObject({ superseded: [], heldUntil: null, needFrom: null });
  });
  test("ids count on and are used once", () => {
    expect(planned(target(chain(8, 10)), source(chain(8, 30))).updates.map(({ id, sequence }) => [id, sequence])).toEqual([["headers-7", 7], ["headers-8", 8]]);
  });
  test("what is under way is followed on, not told again", () => {
    const to = target(chain(8, 10), { inFlight: [update(5, chain(11, 12))] });
    expect(planned(to, source(chain(8, 14)))).toMatchObject({ superseded: [], updates: [{ blocks: chain(13, 14) }] });
  });
  test("an update half told goes on", () => {
    const to = target(chain(8, 11), { inFlight: [update(5, chain(11, 13))] });
    expect(planned(to, source(chain(8, 14)))).toMatchObject({ superseded: [], updates: [{ blocks: chain(14, 14) }] });
  });
});

describe("reorgs of the source", () => {
  test("the winning fork is fed from where it leaves what the target knows", () => {
    const got = planned(target(chain(8, 12)), source(forked(10, 13)));
    expect(heights(got.updates)).toEqual([[11, 12, 13]]);
    expect(got.updates[0]?.blocks[0]?.parent).toBe(hashOf("a10"));
  });
  test("updates off the best chain are superseded with all that build on them", () => {
    const to = target(chain(8, 10), { inFlight: [update(5, chain(11, 12)), update(6, chain(13, 14))] });
    expect(planned(to, source(forked(10, 12)))).toMatchObject({ superseded: ["headers-5", "headers-6"], updates: [{ id: "headers-7" }] });
  });
  test("a fork the target knows already is followed on", () => {
    const best = forked(10, 14);
    expect(heights(planned(target([...chain(8, 12), ...best.slice(3, 5)]), source(best)).updates)).toEqual([[13, 14]]);
  });
});

describe("superseded", () => {
  test("what the target learned from another", () => {
    const to = target(chain(8, 13), { inFlight: [update(5, chain(11, 12))] });
    expect(planned(to, source(chain(8, 14)))).toMatchObject({ superseded: ["headers-5"], updates: [{ blocks: chain(14, 14) }] });
  });
  test("what lost the update before it", () => {
    const to = target(chain(8, 10), { inFlight: [update(6, chain(13, 14))] });
    expect(planned(to, source(chain(8, 14)))).toMatchObject({ superseded: ["headers-6"], updates: [{ blocks: chain(11, 13) }, { blocks: chain(14, 14) }] });
  });
});

describe("holding back", () => {
  const hold = { height: 12, since: now - 1_000, isParked: false };
  test("nothing above the height that a delivery still needs, and for a bounded time", () => {
    const got = planned(target(chain(8, 10)), source(chain(8, 20), [hold]));
    expect(heights(got.updates)).toEqual([[11, 12]]);
    expect(planned(target(chain(8, 12)), source(chain(8, 20), [hold]))).toMatchObject({ updates: [], heldUntil: now + 59_000 });
    expect(heights(planned(target(chain(8, 12)), source(chain(8, 20), [hold]), now + 59_000).updates)).toEqual([[13, 14, 15], [16, 17, 18]]);
  });
  test("never for a parked delivery", () => {
    expect(planned(target(chain(8, 12)), source(chain(8, 13), [{ ...hold, isParked: true }]))).toMatchObject({ updates: [{ blocks: chain(13, 13) }], heldUntil: null });
  });
  test("the lowest of several decides", () => {
    expect(heights(planned(target(chain(8, 10)), source(chain(8, 20), [{ ...hold, height: 15 }, hold])).updates)).toEqual([[11, 12]]);
  });
});

describe("when the target knows nothing of what we look at", () => {
  test("older blocks are asked for", () => expect(planned(target(chain(8, 9)), source(chain(20, 25)))).toMatchObject({ updates: [], needFrom: 17 }));
  test("but never below the light client's start", () => {
    expect(planned(target([]), source(chain(9, 25)))).toMatchObject({ updates: [], needFrom: 8 });
    expect(planned(target([]), source([]))).toMatchObject({ updates: [], needFrom: 8 });
  });
});
