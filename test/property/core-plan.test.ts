/** Plans of sync lanes for any forks, batches and holds. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Hold, Plan, SyncPolicy, SyncTarget, Update } from "../../src/core/plan.ts";
import { plan } from "../../src/core/plan.ts";
import type { BlockRef } from "../../src/core/values.ts";
import { laneName } from "../../src/core/values.ts";
import { hashOf } from "../support/delivery.ts";

const start = 100;
function branch(name: string, from: readonly BlockRef[], fork: number, length: number): readonly BlockRef[] {
  const blocks = from.slice(0, fork + 1);
  for (let count = 0; count < length; count++) {
    const parent = blocks.at(-1);
    const height = parent === undefined ? start : parent.height + 1;
    blocks.push({ chain: "bitcoin", height, hash: hashOf(`${name}${height}`), parent: parent?.hash ?? hashOf("before"), time: 0 });
  }
  return blocks;
}

type World = {
  readonly first: readonly BlockRef[];
  readonly rival: readonly BlockRef[];
  readonly policy: SyncPolicy;
  readonly target: SyncTarget;
  readonly holds: readonly Hold[];
};
const now = 1_000_000;
const worlds = fc.record({
  length: fc.integer({ min: 1, max: 25 }), fork: fc.nat({ max: 24 }), rivalLength: fc.nat({ max: 25 }), known: fc.integer({ min: 1, max: 25 }), knownRival: fc.nat({ max: 25 }),
  maxBatch: fc.integer({ min: 1, max: 6 }), maxInFlight: fc.integer({ min: 1, max: 4 }),
  holds: fc.array(fc.record({ height: fc.integer({ min: start, max: start + 40 }), since: fc.integer({ min: now - 120_000, max: now }), isParked: fc.boolean() }), { maxLength: 3 }),
}).map((world): World => {
  const first = branch("a", [], 0, world.length);
  const rival = branch("b", first, Math.min(world.fork, first.length - 1), world.rivalLength);
  const policy: SyncPolicy = { lane: laneName("headers"), maxBatch: world.maxBatch, maxInFlight: world.maxInFlight, maxHoldMs: 60_000 };
  const known = new Set([...first.slice(0, world.known), ...rival.slice(0, world.knownRival)].map(({ hash }) => hash));
  return { first, rival, policy, target: { start, known, inFlight: [], nextSequence: 1 }, holds: world.holds };
});

/** What the caller does with a plan. */
const taken = (target: SyncTarget, { updates, superseded }: Plan): SyncTarget => ({
  ...target, inFlight: [...target.inFlight.filter(({ id }) => !superseded.includes(id)), ...updates], nextSequence: target.nextSequence + updates.length,
});

function expectFollows(updates: readonly Update[], best: readonly BlockRef[], known: ReadonlySet<string>): void {
  let last = best.findLast(({ hash }) => known.has(hash));
  for (const { blocks } of updates) {
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks.filter(({ hash }) => !known.has(hash))) {
      expect(block.parent).toBe(last?.hash);
      expect(block.height).toBeGreaterThanOrEqual(start);
      last = block;
    }
  }
}

test("updates are linked, in order, without gaps, and start right after the common ancestor, before and after a reorg", () => {
  fc.assert(fc.property(worlds, ({ first, rival, policy, target, holds }) => {
    let state = target;
    for (const best of [first, rival, first]) {
      const got = plan(state, { best, holds }, policy, now);
      state = taken(state, got);
      expectFollows(state.inFlight, best, state.known);
      expect(state.inFlight.length).toBeLessThanOrEqual(policy.maxInFlight);
      for (const { blocks } of got.updates) expect(blocks.length).toBeLessThanOrEqual(policy.maxBatch);
      expect(new Set(state.inFlight.map(({ id }) => id)).size).toBe(state.inFlight.length);
    }
  }));
});

test("a plan that was taken over gives nothing more", () => {
  fc.assert(fc.property(worlds, ({ first, policy, target, holds }) => {
    const after = taken(target, plan(target, { best: first, holds }, policy, now));
    expect(plan(after, { best: first, holds }, policy, now)).toMatchObject({ updates: [], superseded: [] });
  }));
});

test("every hold ends, and the target learns the whole best chain", () => {
  fc.assert(fc.property(worlds, ({ rival, policy, target, holds }) => {
    let at = now;
    let state = target;
    for (let turns = 0; turns < 80 && !rival.every(({ hash }) => state.known.has(hash)); turns++) {
      const got = plan(state, { best: rival, holds }, policy, at);
      expect(got.needFrom).toBeNull();
      if (got.heldUntil !== null) {
        expect(got.heldUntil).toBeGreaterThan(at);
        expect(got.heldUntil).toBeLessThanOrEqual(Math.max(...holds.map(({ since }) => since)) + policy.maxHoldMs);
      }
      if (got.updates.length === 0) at = got.heldUntil ?? at;
      state = { ...taken(state, got), known: new Set([...state.known, ...got.updates.flatMap(({ blocks }) => blocks.map(({ hash }) => hash))]) };
    }
    expect(rival.every(({ hash }) => state.known.has(hash))).toBe(true);
  }));
});

test("nothing is told above the height a living delivery needs", () => {
  fc.assert(fc.property(worlds, ({ first, policy, target, holds }) => {
    const limit = Math.min(...holds.filter(({ isParked, since }) => !isParked && now < since + policy.maxHoldMs).map(({ height }) => height));
    for (const { blocks } of plan(target, { best: first, holds }, policy, now).updates) for (const { height } of blocks) expect(height).toBeLessThanOrEqual(limit);
  }));
});
