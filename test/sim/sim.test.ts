/**
 * Seeded lives of the whole loop in memory. A seed that ever failed stands in seeds.json and is told again each time.
 * To tell one story alone: put its number there and run `vitest run --project sim -t "seed <number>"`.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runSeed } from "./run.ts";

const count = 100;
const once: readonly number[] = JSON.parse(readFileSync(new URL("seeds.json", import.meta.url), "utf8")) as number[];

describe("every final event takes effect exactly once, or is parked or abandoned", () => {
  test.each(once)("seed %i, which failed once", async (seed) => {
    const verdict = await runSeed(seed);
    expect(verdict.broken, `SEED ${seed}`).toEqual([]);
  });

  test(`seeds 1 to ${count}`, async () => {
    let effects = 0;
    for (let seed = 1; seed <= count; seed++) {
      const verdict = await runSeed(seed);
      expect(verdict.broken, `SEED ${seed}`).toEqual([]);
      effects += verdict.effects;
    }
    expect(effects).toBeGreaterThan(count);
  });
});
