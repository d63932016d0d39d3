/** A range that met pruned blocks waits for a better node, and is read when Gantry starts with one. */
import { describe, expect, it } from "vitest";
import { unavailable } from "../../../src/core/errors.ts";
import type { BlockRef } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import type { ChainSource } from "../../../src/ports.ts";
import { createWatch } from "../../../watchers/watch.ts";
import { createTestClock } from "../../support/clock.ts";
import { hashOf } from "../../support/delivery.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";

const blockAt = (height: number): BlockRef =>
  ({ chain: "bitcoin", height, hash: hashOf(`block-${height}`), parent: hashOf(`block-${height - 1}`), time: height * 1_000 });
const head = { best: blockAt(20), final: blockAt(15) };

/** A node that has deleted every block below `keepsFrom`. */
const nodeThatKeeps = (keepsFrom: number): ChainSource => ({
  chain: "bitcoin",
  head: async () => head,
  block: async (hash) => [16, 17, 18, 19].map(blockAt).find((block) => block.hash === hash) ?? blockAt(0),
  blockAt: async (height) => blockAt(height),
  read: async () => ({ events: [], births: [], watches: [] }),
  scan: async (from, to) => {
    if (from < keepsFrom) throw unavailable("block-pruned", "deleted", { evidence: { heights: [from] } });
    return { scannedTo: to, found: { events: [], births: [], watches: [] }, blocks: [] };
  },
  settle: () => ({ births: [], watches: [] }),
  distrust: () => undefined,
});

/** One ledger and the starts of the program on it. */
function createInstallation() {
  const ledger = createMemoryLedger();
  const log = createMemoryLog();
  return {
    /** what one start does until it has nothing more to read at once */
    start: async (source: ChainSource): Promise<void> => {
      const watch = createWatch({
        source, ledger, log, clock: createTestClock(), meter: createMemoryMeter(), pollMs: 1_000, auditEveryMs: 60_000,
        startHeight: async () => 5, onWoken: async () => undefined,
      });
      for (let turns = 0; turns < 10; turns++) await watch.turn(new AbortController().signal);
    },
    ranges: () => ledger.ranges("bitcoin"),
    complaints: () => log.lines.filter(({ fields }) => fields["code"] === "block-pruned").length,
  };
}

describe("a search range that met pruned blocks", () => {
  it("is parked with the missing heights, told once, and left alone while the program runs", async () => {
    const { start, ranges, complaints } = createInstallation();
    await start(nodeThatKeeps(10));
    expect((await ranges()).map(({ next, missing }) => ({ next, missing }))).toEqual([{ next: 5, missing: [5] }]);
    expect(complaints()).toBe(1);
  });

  it("is parked again by a start that has no better node", async () => {
    const { start, ranges, complaints } = createInstallation();
    await start(nodeThatKeeps(10));
    await start(nodeThatKeeps(10));
    expect((await ranges()).map(({ missing }) => missing)).toEqual([[5]]);
    expect(complaints()).toBe(2);
  });

  it("is read to its end by a start with a node that has the blocks", async () => {
    const { start, ranges } = createInstallation();
    await start(nodeThatKeeps(10));
    await start(nodeThatKeeps(0));
    expect(await ranges()).toEqual([]);
  });
});
