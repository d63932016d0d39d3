/** The same stories as test/sim, many more of them. */
import { expect, test } from "vitest";
import { runSeed } from "../sim/run.ts";

const first = 10_001;
const count = 1_000;

test(`seeds ${first} to ${first + count - 1}: every final event takes effect exactly once, or is parked or abandoned`, async () => {
  for (let seed = first; seed < first + count; seed++) {
    const verdict = await runSeed(seed);
    expect(verdict.broken, `SEED ${seed}`).toEqual([]);
  }
});
