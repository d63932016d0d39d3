import { TypeRegistry } from "@polkadot/types";
import { describe, expect, it } from "vitest";
import { checkPeriod, eraBytes, isOver, livesIn } from "../../../src/chains/polkadot/era.ts";
import { failureOf } from "../../../src/core/errors.ts";

const birthHash = `0x${"11".repeat(32)}` as const;
const registry = new TypeRegistry();

describe("a mortal era", () => {
  it.each([4, 8, 64, 256, 1024, 4096])("of %i blocks is written as chains read it, for every place of its birth", (period) => {
    for (const birth of [0, 1, 41, period - 1, period, 123_456, 20_000_000]) {
      const era = registry.createType("ExtrinsicEra", eraBytes({ birth, birthHash, period })).asMortalEra;
      expect([era.period.toNumber(), era.birth(birth), era.death(birth)]).toEqual([period, birth, birth + period]);
    }
  });

  it("begins after its birth block and is over with the last block before its death", () => {
    const era = { birth: 100, birthHash, period: 64 };
    expect(livesIn(era)).toEqual({ first: 101, last: 163 });
    expect([100, 162, 163, 164].map((height) => isOver(era, height))).toEqual([false, false, true, true]);
  });

  it.each([0, 2, 3, 6, 63, 8192, 4.5])("of %d blocks is refused", (period) => {
    let thrown: unknown = null;
    try {
      checkPeriod(period);
    } catch (error) {
      thrown = error;
    }
    expect(failureOf(thrown).code).toBe("era-period-wrong");
  });
});
