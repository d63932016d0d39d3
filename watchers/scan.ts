/**
 * Reading history: open scan ranges (new watches, first start, long absence) and the audit of recent final blocks.
 * Always: progress is committed with what was found, so a restart goes on; pruned blocks park the range visibly.
 * Never: moves the view.
 */
import { failureOf } from "../src/core/errors.ts";
import { backlogOf } from "../src/core/scan-backlog.ts";
import type { Json, SourceEvent } from "../src/core/values.ts";
import type { ChainSource, Found, FoundEvent, ScanRange } from "../src/ports.ts";
import type { WatchOptions } from "./commit.ts";
import { commit, matchAgainWhenMoved } from "./commit.ts";

/** Final blocks that each audit reads again. */
const auditBlocks = 6;

/** Reads one piece of the lowest open range; one read serves every range that begins there. True when more is open. */
export async function scanOnce(options: WatchOptions, signal: AbortSignal): Promise<boolean> {
  const { source, ledger, meter } = options;
  const ranges = await ledger.ranges(source.chain);
  const open = ranges.filter(({ missing }) => missing.length === 0);
  meter.set("scan_backlog_blocks", { chain: source.chain }, backlogOf(ranges));
  const from = Math.min(...open.map(({ next }) => next));
  const here = open.filter(({ next }) => next === from);
  if (here.length === 0 || signal.aborted) return false;
  const view = await ledger.view(source.chain);
  if (view === null) return false;
  // Only final history is scanned; what is above final is matched again by the commit's own conflict rule.
  const to = Math.min(stopOf(from, open), view.final.height);
  if (from > to) {
    await finishAbove(from, here, options, signal);
    return open.length > 1;
  }
  try {
    await matchAgainWhenMoved(async () => {
      const set = await ledger.watchSet(source.chain);
      const scanned = await source.scan(from, to, set, signal);
      const found = settleFound(scanned.found, source);
      const progress = here.map(({ id }) => ({ id, next: scanned.scannedTo + 1, missing: [] }));
      await commit({ blocks: scanned.blocks, watchSetVersion: set.version, found, progress }, options);
    });
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure.code !== "block-pruned") throw thrown;
    await parkRanges(here, heightsOf(failure.evidence, from), options);
  }
  return true;
}

/** The first height at which the set of ranges being read changes. */
function stopOf(from: number, open: readonly ScanRange[]): number {
  const starts = open.map(({ next }) => next - 1).filter((height) => height >= from);
  const ends = open.filter(({ next }) => next === from).map(({ last }) => last);
  return Math.min(...starts, ...ends);
}

/** The part of a range above final: read block by block along the view, so that every event has a linked block. */
async function finishAbove(from: number, here: readonly ScanRange[], options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { source, ledger } = options;
  await matchAgainWhenMoved(async () => {
    const view = await ledger.view(source.chain);
    const last = Math.max(...here.map((range) => range.last));
    const blocks = (view?.tip ?? []).filter(({ height }) => height >= from && height <= last);
    const set = await ledger.watchSet(source.chain);
    const found: Found[] = [];
    for (const block of blocks) found.push(await source.read(block, set, signal));
    // A reorg meanwhile has read its own blocks; what is left of this range then is done as well.
    const current = new Set((await ledger.view(source.chain))?.tip.map(({ hash }) => hash));
    if (blocks.some(({ hash }) => !current.has(hash))) return;
    const progress = here.map((range) => ({ id: range.id, next: range.last + 1, missing: [] }));
    await commit({ watchSetVersion: set.version, found: merge(found), progress }, options);
  });
}

async function parkRanges(here: readonly ScanRange[], missing: readonly number[], options: WatchOptions): Promise<void> {
  const { source, log } = options;
  log.error({ chain: source.chain, code: "block-pruned", missing }, "history cannot be read: the node has pruned blocks it needs; give an endpoint that has them and restart");
  await commit({ progress: here.map(({ id, next }) => ({ id, next, missing })) }, options);
}

/** A start may bring a node that has what was missing: parked ranges are tried again, and parked again when it does not. */
export async function tryParkedAgain(options: WatchOptions): Promise<void> {
  const parked = (await options.ledger.ranges(options.source.chain)).filter(({ missing }) => missing.length > 0);
  if (parked.length > 0) await commit({ progress: parked.map(({ id, next }) => ({ id, next, missing: [] })) }, options);
}

/** Reads recent final blocks again: what the ledger did not know is a finding, and is taken in. */
export async function auditFinal(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { source, ledger, meter, log } = options;
  const view = await ledger.view(source.chain);
  if (view === null || signal.aborted) return;
  const from = await auditedFrom(view.final.height, options);
  if (from > view.final.height) return;
  const set = await ledger.watchSet(source.chain);
  const scanned = await source.scan(from, view.final.height, set, signal);
  const known = new Map((await ledger.events({ ids: scanned.found.events.map(({ id }) => id) })).map((event) => [event.id, event]));
  const missed = scanned.found.events.filter(({ id, at }) => known.get(id)?.at?.hash !== at?.hash);
  if (missed.length === 0) return;
  meter.count("audit_findings_total", { lane: source.chain, kind: "event_missed" }, missed.length);
  log.warn({ chain: source.chain, code: "event-missed", events: missed.map(({ id }) => id) }, "the audit found events the ledger did not know");
  await commit({ blocks: scanned.blocks, watchSetVersion: set.version, found: settleFound(scanned.found, source) }, options);
}

/** Only what was followed can have been missed: the block a view began with, and those below it, were not (they are history's). */
async function auditedFrom(final: number, { source, ledger }: WatchOptions): Promise<number> {
  let from = final + 1;
  while (from > Math.max(0, final - auditBlocks + 1) && (await ledger.blockAt(source.chain, from - 2)) !== null) from -= 1;
  return from;
}

/** History is final: what its requests bring is due at once. */
function settleFound(found: Found, source: ChainSource): Found {
  return merge([found, ...found.events.map((event) => ({ events: [], ...source.settle(asEvent(event)) }))]);
}

const asEvent = (event: FoundEvent): SourceEvent => ({ ...event, generation: 0 });

function merge(found: readonly Found[]): Found {
  return {
    events: found.flatMap(({ events }) => events),
    births: found.flatMap(({ births }) => births),
    watches: found.flatMap(({ watches }) => watches),
    ends: found.flatMap(({ ends }) => ends ?? []),
  };
}

function heightsOf(evidence: Json, otherwise: number): readonly number[] {
  const heights = evidence !== null && typeof evidence === "object" && !Array.isArray(evidence) ? (evidence as { heights?: Json }).heights : undefined;
  return Array.isArray(heights) ? heights.filter((height): height is number => typeof height === "number") : [otherwise];
}
