/**
 * A Polkadot block that a reader cannot read, because the runtime is not as it knows it: the reader's lanes are halted, and the
 * block stays to be read.
 * Always: both are in the ledger before the block counts as read; a later start reads the blocks again, and what still does not
 * fit is kept anew. Never: holds up the chain or another reader.
 */
import type { Failure } from "../core/errors.ts";
import type { BlockRef, LaneName } from "../core/values.ts";
import { misfitPrefix } from "../monitor/parked-range.ts";
import type { Clock, Ledger, Log, ScanRange } from "../ports.ts";
import type { PolkadotReader, PolkadotSourceOptions } from "../../watchers/polkadot/source.ts";

export type MisfitOptions = {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  /** the lanes that rest on what a reader finds */
  readonly lanesOf: (reader: PolkadotReader) => readonly LaneName[];
};

/** blocks kept by one range: a reader that is blind for a week leaves a few hundred ranges, each written once */
const blocksPerRange = 100;

/** For createPolkadotSource's `onMisfit`. Blocks may be told of at once and in any order. */
export function createMisfit(options: MisfitOptions): NonNullable<PolkadotSourceOptions["onMisfit"]> {
  // one after the other: two at once would both find no range for their blocks
  let last: Promise<unknown> = Promise.resolve();
  return (reader, block, failure) => {
    const keep = async (): Promise<void> => {
      for (const lane of options.lanesOf(reader)) await haltLane(lane, block, failure, options);
      await keepBlock(block, options);
    };
    const kept = last.then(keep);
    last = kept.catch(() => undefined);
    return kept;
  };
}

async function haltLane(lane: LaneName, block: BlockRef, { code, message, evidence }: Failure, { ledger, clock, log }: MisfitOptions): Promise<void> {
  const standing = (await ledger.halts()).find(({ scope }) => scope.kind === "lane" && scope.name === lane);
  // a person's pause gives way to the fact; any other halt stands, and is told already
  if (standing !== undefined && standing.code !== "paused") return;
  const now = clock.now();
  log.error({ chain: block.chain, lane, code, height: block.height, evidence }, `lane halted: ${message}`);
  await ledger.halt({ scope: { kind: "lane", name: lane }, code, because: message, since: now }, { at: now, who: "watch", what: "halt", subject: `lane ${lane}`, because: message, detail: evidence });
}

/** As a parked search range from this block to the end of its hundred: parked ranges are tried again at each start. */
async function keepBlock({ chain, height, hash }: BlockRef, { ledger, clock }: MisfitOptions): Promise<void> {
  const ours = (await ledger.ranges(chain)).filter(({ id }) => id.startsWith(misfitPrefix));
  if (ours.some(({ next, last, missing }) => missing.length > 0 && next <= height && height <= last)) return;
  const last = height - (height % blocksPerRange) + blocksPerRange - 1;
  await ledger.commit({
    chain, now: clock.now(), move: null, blocks: [], dropped: [], watchSetVersion: null, found: { events: [], births: [], watches: [] }, progress: [],
    opens: [{ id: newId(`${misfitPrefix}${height}-${hash.slice(2, 10)}`, ours), chain, purpose: "events", next: height, last, missing: [height] }],
  });
}

/** An id is used once, for good. The range that is read again right now is open, so its number is known here. */
function newId(block: string, ours: readonly ScanRange[]): string {
  const tries = ours.filter(({ id }) => id.startsWith(`${block}-`)).map(({ id }) => Number(id.slice(block.length + 1)));
  return `${block}-${Math.max(0, ...tries) + 1}`;
}
