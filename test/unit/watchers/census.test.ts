/** What a chain's state tells is taken in once, at each start, and never in the way of what was seen as an event. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BlockRef, Watch } from "../../../src/core/values.ts";
import { eventId } from "../../../src/core/values.ts";
import { unavailable } from "../../../src/core/errors.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createSqliteLedger } from "../../../src/ledger/sqlite.ts";
import type { ChainSource, Found, Ledger } from "../../../src/ports.ts";
import { commitCensus } from "../../../watchers/census.ts";
import type { WatchOptions } from "../../../watchers/commit.ts";
import { createWatch } from "../../../watchers/watch.ts";
import { createTestClock } from "../../support/clock.ts";
import { blockOf, commitOf, foundEvent, moveView, nothingFound, viewOf, watchOf } from "../../support/ledger.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";

const { signal } = new AbortController();
const at = (height: number): BlockRef => blockOf(height, "a", "polkadot");
const eventAt = (name: string, height: number) => ({ ...foundEvent(name, at(height)), chain: "polkadot" as const });
const id = (name: string) => eventId(name);

/** A chain whose final block is `final()`, whose history holds `events`, and whose state holds `open`. */
const sourceOf = (final: () => number, events: readonly ReturnType<typeof eventAt>[] = []): ChainSource => ({
  chain: "polkadot",
  head: async () => ({ best: at(final()), final: at(final()) }),
  block: async (hash) => Array.from({ length: 100 }, (_, height) => at(height)).find((block) => block.hash === hash) ?? at(0),
  blockAt: async (height) => at(height),
  read: async (block) => ({ ...nothingFound, events: events.filter((event) => event.at?.hash === block.hash) }),
  scan: async (from, to) => {
    const found = events.filter((event) => event.at !== null && event.at.height >= from && event.at.height <= to);
    return { scannedTo: to, found: { ...nothingFound, events: found }, blocks: found.flatMap((event) => event.at ?? []) };
  },
  settle: () => ({ births: [], watches: [] }),
  distrust: () => undefined,
});

type Start = { readonly options: WatchOptions; readonly log: ReturnType<typeof createMemoryLog>; readonly meter: ReturnType<typeof createMemoryMeter>; readonly turns: (count?: number) => Promise<void> };

function start(ledger: Ledger, source: ChainSource, more: Partial<WatchOptions> = {}): Start {
  const log = createMemoryLog();
  const meter = createMemoryMeter();
  const options: WatchOptions = {
    source, ledger, log, meter, clock: createTestClock(), pollMs: 1_000, auditEveryMs: 0, startHeight: async (final) => final.height + 1, onWoken: async () => undefined, ...more,
  };
  const watch = createWatch(options);
  return {
    options, log, meter,
    turns: async (count = 4) => {
      for (let turn = 0; turn < count; turn += 1) await watch.turn(signal).catch(() => undefined);
    },
  };
}
const census = (names: readonly string[], watches: readonly Watch[] = []) => async (block: BlockRef): Promise<Found> => ({ events: names.map((name) => eventAt(name, block.height)), births: [], watches });

describe("a census", () => {
  it("brings what was requested before the watching began, at the final block of the view", async () => {
    const ledger = createMemoryLedger();
    await start(ledger, sourceOf(() => 20), { census: census(["early"], [watchOf("early", 7)]) }).turns();
    expect(await ledger.events({ ids: [id("early")] })).toMatchObject([{ at: at(20), generation: 0 }]);
    expect((await ledger.watchSet("bitcoin")).watches.map((watch) => watch.id)).toEqual(["early"]);
  });

  it("is taken once in a start, again in the next, and changes nothing then", async () => {
    const ledger = createMemoryLedger();
    const asked: number[] = [];
    let final = 20;
    const counted = (block: BlockRef): Promise<Found> => {
      asked.push(block.height);
      return census(["early"], [watchOf("early", 7)])(block);
    };
    await start(ledger, sourceOf(() => final), { census: counted }).turns();
    final = 25;
    const { version } = await ledger.watchSet("bitcoin");
    await start(ledger, sourceOf(() => final), { census: counted }).turns();
    expect(asked).toEqual([20, 25]);
    expect(await ledger.events({ ids: [id("early")] })).toMatchObject([{ at: at(20), generation: 0 }]);
    expect((await ledger.watchSet("bitcoin")).version).toBe(version);
  });

  it("does not move an event that was seen in its own block", async () => {
    const ledger = createMemoryLedger();
    await ledger.commit(commitOf({ chain: "polkadot", blocks: [at(15)], found: { ...nothingFound, events: [eventAt("seen", 15)] } }));
    await start(ledger, sourceOf(() => 20), { census: census(["seen"]) }).turns();
    expect(await ledger.events({ ids: [id("seen")] })).toMatchObject([{ at: at(15), generation: 0 }]);
  });

  it("brings back an event whose block is gone", async () => {
    const ledger = createMemoryLedger();
    await ledger.commit(commitOf({ chain: "polkadot", found: { ...nothingFound, events: [{ ...eventAt("lost", 15), at: null }] } }));
    await start(ledger, sourceOf(() => 20), { census: census(["lost"]) }).turns();
    expect(await ledger.events({ ids: [id("lost")] })).toMatchObject([{ at: at(20) }]);
  });

  it("is put right by history, without a finding", async () => {
    const ledger = createMemoryLedger();
    const events = [eventAt("young", 18), eventAt("old", 3)];
    const { turns, meter } = start(ledger, sourceOf(() => 20, events), { census: census(["young", "old"]), startHeight: async () => 1 });
    await turns(6);
    expect((await ledger.events({ ids: [id("young"), id("old")] })).map((event) => [event.id, event.at])).toEqual([["old", at(3)], ["young", at(18)]]);
    expect(meter.total("audit_findings_total")).toBe(0);
  });

  it("of what happened just before the view began is no finding of the audit, nor is what it leaves out", async () => {
    const ledger = createMemoryLedger();
    let final = 20;
    const { turns, meter } = start(ledger, sourceOf(() => final, [eventAt("young", 19), eventAt("youngest", 20), eventAt("over", 18)]), { census: census(["young", "youngest"]) });
    await turns();
    final = 22;
    await turns();
    expect(meter.total("audit_findings_total")).toBe(0);
    expect(await ledger.events({ ids: [id("young"), id("youngest")] })).toMatchObject([{ at: at(20) }, { at: at(20) }]);
  });

  it("leaves what a node kept from us a finding of the audit", async () => {
    const ledger = createMemoryLedger();
    let final = 20;
    const liar = { ...sourceOf(() => final, [eventAt("kept back", 22)]), read: async () => nothingFound };
    const { turns, meter } = start(ledger, liar, { census: census([]) });
    await turns(2);
    final = 24;
    await turns(2);
    expect(meter.total("audit_findings_total")).toBe(1);
    expect(await ledger.events({ ids: [id("kept back")] })).toMatchObject([{ at: at(22) }]);
  });

  it("that fails is taken again later, and holds up nothing", async () => {
    const ledger = createMemoryLedger();
    const clock = createTestClock();
    let tries = 0;
    let final = 20;
    const failing = async (block: BlockRef): Promise<Found> => {
      tries += 1;
      if (tries === 1) throw unavailable("endpoint-timeout", "no answer");
      return census(["early"])(block);
    };
    const { turns } = start(ledger, sourceOf(() => final), { census: failing, clock });
    await turns();
    final = 30;
    await turns();
    expect((await ledger.view("polkadot"))?.final.height).toBe(30);
    expect(tries).toBe(1);
    await clock.advance(60_000);
    await turns();
    expect(tries).toBe(2);
    expect(await ledger.events({ ids: [id("early")] })).toHaveLength(1);
  });

  it("is taken again when the chain was resumed", async () => {
    const ledger = createMemoryLedger();
    let open = ["one"];
    const { turns } = start(ledger, sourceOf(() => 20), { census: (block) => census(open)(block) });
    await turns();
    const audit = { at: 1, who: "person", what: "resume", subject: "chain polkadot", because: null, detail: null };
    await ledger.halt({ scope: { kind: "chain", name: "polkadot" }, code: "reorg-below-final", because: "a fact", since: 1 }, audit);
    await turns(1);
    open = ["one", "two"];
    await ledger.lift({ kind: "chain", name: "polkadot" }, audit);
    await turns();
    expect(await ledger.events({ ids: [id("two")] })).toHaveLength(1);
  });

  it("goes on with a watch whose end was told while the set was in use: what ended it was undone", async () => {
    const ledger = createMemoryLedger();
    await moveView(ledger, viewOf(500, 500, "bitcoin"));
    const found = await census(["one"], [watchOf("one", 7)])(at(20));
    const { options } = start(ledger, sourceOf(() => 20));
    await commitCensus(found, options, signal);
    expect((await ledger.watchSet("bitcoin")).watches).toHaveLength(1);
    await ledger.commit(commitOf({ chain: "polkadot", found: { ...nothingFound, ends: [{ watch: watchOf("one", 7).id, afterBlocks: 6 }] } }));
    await commitCensus(found, options, signal);
    expect((await ledger.watch(watchOf("one", 7).id))?.untilHeight).toBeUndefined();
  });
});

describe("a census of 10,000 open requests", () => {
  const count = 10_000;
  const requests: Found = {
    events: Array.from({ length: count }, (_, at) => ({ ...eventAt(`request ${at}`, 20), payload: { text: "x".repeat(800) } })),
    births: [],
    watches: Array.from({ length: count }, (_, at) => ({ ...watchOf(`watch ${at}`, 1_000 + (at % 2_500)), detail: { text: "x".repeat(800) } })),
  };

  it("opens few searches, whose first is the earliest that can match", async () => {
    const ledger = createMemoryLedger();
    await moveView(ledger, viewOf(5_000, 5_000, "bitcoin"));
    const { options } = start(ledger, sourceOf(() => 20));
    await commitCensus(requests, options, signal);
    const ranges = await ledger.ranges("bitcoin");
    expect(Math.min(...ranges.map(({ next }) => next))).toBe(1_000);
    expect(ranges.length).toBeLessThanOrEqual(count / 200);
    const hints = new Map(requests.watches.map((watch) => [watch.id, watch.heightHint]));
    const { watches } = await ledger.watchSet("bitcoin");
    expect(watches).toHaveLength(count);
    expect(watches.filter((watch) => watch.heightHint > (hints.get(watch.id) ?? 0))).toEqual([]);
  });

  it("is one search: each block is read once, a restart goes on where it was, and what is left is told", async () => {
    const ledger = createMemoryLedger();
    await moveView(ledger, viewOf(5_000, 5_000, "bitcoin"));
    await commitCensus(requests, start(ledger, sourceOf(() => 20)).options, signal);
    const read: number[] = [];
    const bitcoin: ChainSource = {
      ...sourceOf(() => 20), chain: "bitcoin",
      head: async () => ({ best: blockOf(5_000, "a", "bitcoin"), final: blockOf(5_000, "a", "bitcoin") }),
      scan: async (from, to) => {
        const scannedTo = Math.min(to, from + 99);
        for (let height = from; height <= scannedTo; height += 1) read.push(height);
        return { scannedTo, found: nothingFound, blocks: [] };
      },
    };
    const before = start(ledger, bitcoin);
    await before.turns(20);
    expect(before.meter.last("scan_backlog_blocks")).toBeGreaterThan(0);
    expect(before.meter.last("scan_backlog_blocks")).toBeLessThan(4_001);
    const readBefore = read.length;
    expect(readBefore).toBeGreaterThan(0);
    const after = start(ledger, bitcoin);
    await after.turns(200);
    expect(read).toEqual(Array.from({ length: 4_001 }, (_, at) => 1_000 + at));
    expect(after.meter.last("scan_backlog_blocks")).toBe(0);
    expect((await ledger.ranges("bitcoin"))).toEqual([]);
  });

  it("that were all executed meanwhile ends their watches after the next blocks, and no others", async () => {
    const ledger = createMemoryLedger();
    const { options } = start(ledger, sourceOf(() => 20));
    await commitCensus(requests, options, signal);
    const executed = requests.watches.slice(1).map(({ id }) => ({ watch: id, afterBlocks: 5 }));
    const gone = Array.from({ length: 1_000 }, (_, at) => ({ watch: watchOf(`long gone ${at}`, 1).id, afterBlocks: 5 }));
    await moveView(ledger, viewOf(5_000, 5_000, "bitcoin"));
    await ledger.commit(commitOf({ chain: "bitcoin", progress: (await ledger.ranges("bitcoin")).map(({ id, last }) => ({ id, next: last + 1, missing: [] })) }));
    await commitCensus({ ...nothingFound, ends: [...gone, ...executed] }, options, signal);
    expect((await ledger.watchSet("bitcoin")).watches).toHaveLength(count);
    await moveView(ledger, viewOf(5_005, 5_005, "bitcoin"));
    expect((await ledger.watchSet("bitcoin")).watches).toEqual(requests.watches.slice(0, 1));
  });

  it("is written in pieces between which the process does other work", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gantry-census-"));
    const ledger = await createSqliteLedger({ path: join(folder, "ledger.sqlite"), log: createMemoryLog() });
    try {
      const { options } = start(ledger, sourceOf(() => 20));
      let [turnsOfOthers, isOver] = [0, false];
      const others = (): void => {
        turnsOfOthers += 1;
        if (!isOver) setImmediate(others);
      };
      setImmediate(others);
      const fresh = await commitCensus(requests, options, signal).finally(() => (isOver = true));
      expect(fresh).toEqual({ events: count, watches: count });
      expect(turnsOfOthers).toBeGreaterThanOrEqual(50);
    } finally {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
