/**
 * Breadth first through every state the small world can reach.
 * Always: the shortest way to a broken promise is what is told; promises are checked in every state, and from every state
 * the expected moves alone must be able to bring all to rest.
 */
import { isActive } from "../../src/core/delivery.ts";
import type { State } from "./moves.ts";
import { bigints, movesOf } from "./moves.ts";

export type Found = { readonly states: number; readonly resting: number; readonly broken: string | null; readonly trace: readonly string[] };

type Node = { readonly parent: number; readonly by: string; readonly isResting: boolean };

/** Two states are one when nothing that decides differs: versions count only as fresh or stale, times not at all. */
function keyOf({ stored, chain, flights, budget }: State): string {
  const deliveries = stored.deliveries.map(({ state, parked, by, includedIn, effectTx, slot, waitCode, redos }) =>
    [state, parked?.from, by, includedIn?.hash, effectTx, slot?.slot, waitCode === "transaction-lost", redos]);
  const versions = new Map(stored.deliveries.map(({ id, version }) => [id, version]));
  const flying = flights.map(({ snapshot, performed: { outcome, reserveFrom } }) =>
    [snapshot.delivery.id, versions.get(snapshot.delivery.id) === snapshot.delivery.version, snapshot.slot?.state, snapshot.slot?.attempts.length, snapshot.includedStanding, outcome, reserveFrom]);
  const slots = stored.slots.map(({ ref, delivery, state, isIncluded }) => `${ref.slot} ${delivery} ${state} ${isIncluded}`).toSorted();
  const attempts = stored.attempts.map(({ hash, broadcasts }) => `${hash} ${broadcasts}`).toSorted();
  const view = [stored.view.final.hash, stored.view.tip.map(({ hash }) => hash)];
  const blocks = chain.blocks.map(({ ref, txs }) => [ref.hash, txs.map(({ hash }) => hash)]);
  return JSON.stringify([deliveries, flying, slots, attempts, view, blocks, chain.final, chain.pool.map(({ hash }) => hash).toSorted(), budget], bigints);
}

/** A broken promise that the state itself shows. */
function brokenIn({ broken, chain, stored }: State): string | null {
  if (broken !== null) return broken;
  const effects = chain.blocks.flatMap(({ txs }) => txs.filter(({ sender, effect }) => sender === "us" && effect !== null).map(({ effect }) => effect));
  const twice = effects.find((effect, index) => effects.indexOf(effect) !== index);
  if (twice !== undefined) return `${twice} took effect twice by us`;
  for (const { id, state, event } of stored.deliveries) {
    const isThere = chain.blocks.slice(0, chain.final + 1).some(({ txs }) => txs.some(({ effect }) => effect === event));
    if (state === "delivered" && !isThere) return `${id} is delivered, but no final block shows its effect`;
  }
  return null;
}

function isResting({ stored, flights }: State): boolean {
  const open = stored.slots.filter(({ state }) => state === "reserved" || state === "live");
  const highest = stored.slots.reduce((most, { ref }) => (ref.slot > most ? ref.slot : most), -1n);
  return flights.length === 0 && stored.deliveries.every(({ state }) => !isActive(state)) && open.every(({ ref, state }) => state === "reserved" && ref.slot === highest);
}

export async function search(start: State, maxStates: number): Promise<Found> {
  const nodes: Node[] = [{ parent: -1, by: "", isResting: isResting(start) }];
  const states: (State | null)[] = [start];
  const known = new Map<string, number>([[keyOf(start), 0]]);
  const expectedInto: number[][] = [[]];
  for (let at = 0; at < nodes.length; at++) {
    const state = states[at];
    if (state === null || state === undefined) continue;
    states[at] = null;
    for (const { name, isExpected, to } of await movesOf(state)) {
      const key = keyOf(to);
      let index = known.get(key);
      if (index === undefined) {
        index = nodes.length;
        known.set(key, index);
        nodes.push({ parent: at, by: name, isResting: isResting(to) });
        states.push(to);
        expectedInto.push([]);
        const broken = brokenIn(to);
        if (broken !== null) return { states: nodes.length, resting: 0, broken, trace: traceOf(nodes, index) };
        if (nodes.length > maxStates) return { states: nodes.length, resting: 0, broken: `more than ${maxStates} states: the world is too large`, trace: [] };
      }
      if (isExpected) expectedInto[index]?.push(at);
    }
  }
  return whoCannotRest(nodes, expectedInto);
}

/** Backwards from all resting states along expected moves; the first state that is not met can never come to rest. */
function whoCannotRest(nodes: readonly Node[], expectedInto: readonly (readonly number[])[]): Found {
  const queue = nodes.flatMap(({ isResting }, index) => (isResting ? [index] : []));
  const resting = queue.length;
  const good = new Set(queue);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const before of expectedInto[next] ?? []) {
      if (good.has(before)) continue;
      good.add(before);
      queue.push(before);
    }
  }
  const lost = nodes.findIndex((_, index) => !good.has(index));
  if (lost < 0) return { states: nodes.length, resting, broken: null, trace: [] };
  return { states: nodes.length, resting, broken: "from here nothing that is expected brings all to rest", trace: traceOf(nodes, lost) };
}

function traceOf(nodes: readonly Node[], index: number): readonly string[] {
  const trace: string[] = [];
  for (let node = nodes[index]; node !== undefined && node.parent >= 0; node = nodes[node.parent]) trace.unshift(node.by);
  return trace.map((line, step) => `${step + 1}. ${line}`);
}
