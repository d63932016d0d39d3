/** The loop that lets go of old history: a little at a time, for ever. */
import { describe, expect, test } from "vitest";
import { keepPruned } from "../../../src/app/pruning.ts";
import type { PruneOrder } from "../../../src/core/pruning.ts";
import { unavailable } from "../../../src/core/errors.ts";
import { createTestClock } from "../../support/clock.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";

const day = 86_400_000;

function start(answer: (order: PruneOrder) => Promise<{ next: number | null; pruned: number }>) {
  const clock = createTestClock();
  const begun = clock.now();
  const stop = new AbortController();
  const asked: (PruneOrder & { readonly atMs: number })[] = [];
  const log = createMemoryLog();
  const prune = (order: PruneOrder) => {
    asked.push({ ...order, atMs: clock.now() - begun });
    return answer(order);
  };
  const ended = keepPruned({ ledger: { prune }, clock, log, meter: createMemoryMeter(), keepDays: 90 }, stop.signal);
  return { clock, begun, asked, log, end: () => (stop.abort(), ended) };
}

describe("letting go", () => {
  test("goes on where it left off, with pauses, and begins anew an hour after nothing old was left", async () => {
    const { clock, begun, asked, end } = start(async ({ after }) => ({ next: after === 0 ? 7 : null, pruned: 1 }));
    await clock.advance(1_000);
    await clock.advance(3_600_000);
    expect(asked.slice(0, 3).map(({ after, atMs }) => [after, atMs])).toEqual([[0, 0], [7, 250], [0, 3_600_250]]);
    expect(asked[0]).toMatchObject({ before: begun - 90 * day, most: 200 });
    await end();
  });

  test("is told and tried again when the ledger cannot write", async () => {
    const { clock, asked, log, end } = start(() => Promise.reject(unavailable("ledger-unwritable", "the disk is full")));
    await clock.advance(3_600_000);
    expect(asked.length).toBe(2);
    expect(log.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toContain("nothing was pruned: the disk is full");
    await end();
  });
});
