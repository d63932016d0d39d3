/**
 * Gauges that come from the ledger, the queue and the chains' heads.
 * Always: one part that fails leaves the others fresh and is counted in errors_total; stale values are visible by their time.
 * Never: a value remembered from the relayer; each refresh reads again, so the gauges stay true when the relayer is dead.
 */
import { activeStates, states } from "../core/delivery.ts";
import type { Delivery } from "../core/delivery.ts";
import { failureOf } from "../core/errors.ts";
import { backlogOf } from "../core/scan-backlog.ts";
import { roomFor } from "../core/slot-room.ts";
import type { ChainName, Halt, LaneName, Millis, SignerName } from "../core/values.ts";
import type { Meter } from "../ports.ts";
import type { HeadSeen, KnownLane, KnownSigner, WatchedChain, World } from "./world.ts";

export interface Gauges {
  /** one turn: reads everything once; resolves always (failures are counted, not thrown) */
  refresh(signal: AbortSignal): Promise<void>;
  /** heads as of the last refresh, for reports; a chain nobody could be asked about is absent */
  heads(): ReadonlyMap<ChainName, HeadSeen>;
  /** what else the last refresh found, for judging the installation */
  found(): Readonly<Found>;
}

/** null: fine, or not looked at yet. */
export type Found = {
  ledgerFailure: string | null;
  queueFailure: string | null;
  /** the queue's eviction policy when it may drop wakes */
  evicts: string | null;
  /** whole coins; a signer that could not be asked about keeps what was last seen */
  readonly balances: Map<SignerName, number>;
  /** time of the newest block minus host time when it was first seen */
  readonly skewMs: Map<ChainName, Millis>;
  /** wakes that are due and not taken, and since when there are some */
  readonly overdue: Map<LaneName, { readonly count: number; readonly since: Millis }>;
};

/** a delivery is overdue when its `wakeAt` passed this long ago: the queue may be late by a little, never by this much */
export const overdueAfterMs: Millis = 60_000;
/** more than this many overdue deliveries need no exact number */
const overdueLimit = 1_000;

export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };
export type Fading = (now: readonly Sample[]) => void;

/** Label sets that were set before and no longer occur go to 0: they stay visible, and are never wrong. */
export function createFading(meter: Meter, name: string): Fading {
  const before = new Map<string, Readonly<Record<string, string>>>();
  return (now) => {
    const present = new Set(now.map(({ labels }) => JSON.stringify(labels)));
    for (const [key, labels] of before) if (!present.has(key)) meter.set(name, labels, 0);
    for (const { labels, value } of now) {
      before.set(JSON.stringify(labels), labels);
      meter.set(name, labels, value);
    }
  };
}

/** @param meter receives the series of docs/metrics.md */
export function createGauges(world: World, meter: Meter): Gauges {
  const { ledger, queue } = world;
  const heads = new Map<ChainName, HeadSeen>();
  const fading = { parked: createFading(meter, "deliveries_parked"), halted: createFading(meter, "halted") };

  const found: Found = { ledgerFailure: null, queueFailure: null, evicts: null, balances: new Map(), skewMs: new Map(), overdue: new Map() };

  /** what went wrong; null = nothing */
  async function part(work: () => Promise<void>): Promise<string | null> {
    try {
      await work();
      return null;
    } catch (thrown) {
      const { code, message } = failureOf(thrown);
      meter.count("errors_total", { where: "monitor", code });
      return message;
    }
  }

  return {
    heads: () => heads,
    found: () => found,
    async refresh(signal) {
      for (const one of world.chains) showEndpoints(one, meter);
      const [ledgerFailure, queueFailure] = await Promise.all([
        part(() => ledger.ping()),
        part(() => queue.ping()),
        part(() => showDeliveries(world, meter, fading.parked)),
        part(async () => fading.halted(haltsOf(world, await ledger.halts()))),
        ...world.chains.map((one) => part(() => showCursor(world, meter, one))),
        ...world.chains.map((one) => part(async () => {
          heads.set(one.name, await showHead(world, meter, found, one, heads.get(one.name), signal));
        })),
        ...world.signers.map((one) => part(() => showSlots(world, meter, one))),
        ...world.signers.map((one) => part(async () => {
          found.balances.set(one.name, await one.balance(signal));
          meter.set("signer_balance", { chain: one.chain, signer: one.name }, found.balances.get(one.name) ?? 0);
        })),
      ]);
      Object.assign(found, { ledgerFailure, queueFailure });
      meter.set("ledger_up", {}, ledgerFailure === null ? 1 : 0);
      meter.set("redis_up", {}, queueFailure === null ? 1 : 0);
      if (queueFailure !== null) return;
      await part(() => showWakes(world, meter, found));
      await part(async () => void (found.evicts = (await world.evicts?.()) ?? null));
    },
  };
}

function showEndpoints(chain: WatchedChain, meter: Meter): void {
  for (const endpoint of chain.endpoints()) {
    const labels = { chain: chain.name, endpoint: endpoint.name };
    meter.set("endpoint_up", labels, endpoint.up ? 1 : 0);
    if (endpoint.lagBlocks !== null) meter.set("endpoint_lag_blocks", labels, endpoint.lagBlocks);
  }
}

async function showCursor({ ledger }: World, meter: Meter, { name: chain }: WatchedChain): Promise<void> {
  const view = await ledger.view(chain);
  if (view !== null) meter.set("chain_height", { chain, at: "cursor" }, (view.tip.at(-1) ?? view.final).height);
  const ranges = await ledger.ranges(chain);
  meter.set("scan_backlog_blocks", { chain }, backlogOf(ranges));
  meter.set("watches", { chain }, (await ledger.watchSet(chain)).watches.length);
}

async function showHead({ clock }: World, meter: Meter, { skewMs }: Found, chain: WatchedChain, before: HeadSeen | undefined, signal: AbortSignal): Promise<HeadSeen> {
  const { best, final } = await chain.head(signal);
  const now = clock.now();
  const moved = before !== undefined && before.best.hash !== best.hash;
  // The first head after a start is as old as its block says; later ones are as old as our first sight of them.
  const seenAt = moved ? now : (before?.seenAt ?? Math.min(now, best.time));
  meter.set("chain_height", { chain: chain.name, at: "best" }, best.height);
  meter.set("chain_height", { chain: chain.name, at: "final" }, final.height);
  meter.set("chain_head_timestamp_seconds", { chain: chain.name }, best.time / 1000);
  meter.set("chain_head_seen_timestamp_seconds", { chain: chain.name }, seenAt / 1000);
  if (moved) skewMs.set(chain.name, best.time - now);
  if (moved) meter.set("clock_skew_seconds", { chain: chain.name }, (best.time - now) / 1000);
  return { best, final, seenAt, askedAt: now };
}

async function showDeliveries({ ledger, lanes, clock }: World, meter: Meter, parked: Fading): Promise<void> {
  const counts = await ledger.counts();
  for (const { name: lane } of lanes) {
    for (const state of states) {
      meter.set("deliveries", { lane, state }, counts.find((one) => one.lane === lane && one.state === state)?.count ?? 0);
    }
    const overdue = await ledger.find({ lane, states: activeStates, dueBefore: clock.now() - overdueAfterMs, limit: overdueLimit });
    meter.set("deliveries_overdue", { lane }, overdue.length);
  }
  parked(codesOf(lanes, await ledger.find({ states: ["parked"] })));
}

async function showSlots({ ledger }: World, meter: Meter, { name: signer, maxOpenSlots }: KnownSigner): Promise<void> {
  const open = await ledger.openSlots(signer);
  meter.set("signer_open_slots", { signer }, open.open);
  meter.set("signer_blocked", { signer }, roomFor(open, maxOpenSlots) <= 0 ? 1 : 0);
}

async function showWakes({ queue, lanes, clock }: World, meter: Meter, { overdue }: Found): Promise<void> {
  for (const { name: lane } of lanes) {
    const count = await queue.overdue(lane);
    meter.set("wakes_overdue", { lane }, count);
    if (count === 0) overdue.delete(lane);
    else overdue.set(lane, { count, since: overdue.get(lane)?.since ?? clock.now() });
  }
}

function codesOf(lanes: readonly KnownLane[], found: readonly Delivery[]): readonly Sample[] {
  const byCode = new Map<string, Sample>();
  for (const delivery of found) {
    if (!lanes.some((one) => one.name === delivery.lane)) continue;
    const labels = { lane: delivery.lane, code: delivery.parked?.code ?? "unknown" };
    const key = JSON.stringify(labels);
    byCode.set(key, { labels, value: (byCode.get(key)?.value ?? 0) + 1 });
  }
  return [...byCode.values()];
}

/** Only scopes this instance knows: a halt of something no longer configured stops nothing. */
function haltsOf(world: World, halts: readonly Halt[]): readonly Sample[] {
  const known: Readonly<Record<Halt["scope"]["kind"], readonly string[]>> = {
    chain: world.chains.map(({ name }) => name),
    lane: world.lanes.map(({ name }) => name),
    signer: world.signers.map(({ name }) => name),
  };
  return halts
    .filter(({ scope }) => known[scope.kind].includes(scope.name))
    .map(({ scope, code }) => ({ labels: { scope: `${scope.kind}:${scope.name}`, code }, value: 1 }));
}
