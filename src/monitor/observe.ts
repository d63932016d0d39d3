/**
 * The installation and its chains as the one value that explaining and alerting look at.
 * Always: from the ledger, the last refresh of the gauges and what the bridges tell; what could not be read is null and blames
 * nothing; "since" of what this process sees begin is counted from then.
 * Never: judgement, or a chain asked a second time.
 */
import type { Budgets } from "../core/budgets.ts";
import { headOf } from "../core/chain-view.ts";
import type { BridgeView, ChainSeen, HaltView, LaneView, LightClientView, LoopView, MonitoredWorld, SignerView, UnminedView } from "../core/monitored-world.ts";
import { backlogOf } from "../core/scan-backlog.ts";
import type { ChainClock, Clocks } from "../core/transfer-clock.ts";
import type { ChainName, Halt, Hex, Millis, SignerName } from "../core/values.ts";
import type { Ledger } from "../ports.ts";
import { acknowledgementOf } from "./acknowledged.ts";
import type { Gauges } from "./gauges.ts";
import type { KnownLane, KnownSigner, WatchedChain, World } from "./world.ts";

/** What a bridge's own contracts or pallets tell. Null and missing: not known. */
export type BridgeFacts = {
  readonly view: BridgeView | null;
  readonly lightClients: readonly LightClientView[];
  /** a parachain's count of active blocks */
  readonly activeBlocks: { readonly chain: ChainName; readonly count: number } | null;
  /** best Bitcoin height of the light client that enforces the bridge's deadlines (null: never read); null: no light client does */
  readonly relayedHeight: { readonly bridge: string; readonly height: number | null } | null;
};

export type ObserveParts = {
  readonly world: World;
  readonly gauges: Pick<Gauges, "heads" | "found">;
  readonly budgets: Budgets;
  /** usual time between two blocks */
  readonly msPerBlock: Readonly<Record<ChainName, Millis>>;
  readonly loops: () => Promise<readonly Pick<LoopView, "loop" | "chain" | "lastTurnAt">[]>;
  /** each resolves; what it could not read is null in it */
  readonly bridges: readonly ((signal: AbortSignal) => Promise<BridgeFacts>)[];
  /** payments in no block yet; null: not known. Resolves */
  readonly unmined?: (signal: AbortSignal) => Promise<UnminedView | null>;
  readonly startedAt: Millis;
};

export type Observed = { readonly world: MonitoredWorld; readonly clocks: Clocks };

type Remembered = {
  readonly heads: Map<ChainName, { readonly hash: Hex; readonly seenAt: Millis }>;
  readonly backlog: Map<ChainName, Millis>;
  readonly lowest: Map<SignerName, { readonly slot: bigint; readonly since: Millis }>;
};

/** Gives the function that looks at everything once. Throws when the ledger cannot be read. */
export function createObserver(parts: ObserveParts): (signal: AbortSignal) => Promise<Observed> {
  const { world, gauges, budgets, startedAt } = parts;
  const { ledger, clock, lanes } = world;
  const remembered: Remembered = { heads: new Map(), backlog: new Map(), lowest: new Map() };
  return async (signal) => {
    const now = clock.now();
    const { ledgerFailure, queueFailure, evicts, overdue } = gauges.found();
    const [chains, signers, halts, loops, facts, parked, clocks, unmined] = await Promise.all([
      Promise.all(world.chains.map((chain) => chainView(parts, remembered, chain, now))),
      Promise.all(world.signers.map((signer) => signerView(parts, remembered, signer, now))),
      haltViews(ledger),
      parts.loops(),
      Promise.all(parts.bridges.map((read) => read(signal))),
      ledger.find({ states: ["parked"], limit: parkedAtMost }),
      Promise.all(world.chains.map(({ name }) => chainClock(parts, remembered, name, now))),
      parts.unmined?.(signal) ?? null,
    ]);
    const ofBridges = new Map(facts.flatMap(({ activeBlocks }) => (activeBlocks === null ? [] : [[activeBlocks.chain, activeBlocks.count] as const])));
    const relayed = Object.fromEntries(facts.flatMap(({ relayedHeight }) => (relayedHeight === null ? [] : [[relayedHeight.bridge, relayedHeight.height] as const])));
    const withFacts = ([name, one]: readonly [ChainName, ChainClock]): readonly [ChainName, ChainClock] =>
      [name, { ...one, activeBlocks: ofBridges.get(name) ?? null, relayedHeights: name === "bitcoin" ? relayed : {} }];
    return {
      clocks: { now, chains: Object.fromEntries(clocks.filter((one) => one !== null).map(withFacts)) },
      world: {
        chains, signers, halts, lanes: lanes.map(laneView),
        deliveries: parked.map((delivery) => ({ delivery, slot: null, eventStanding: "unknown" as const })),
        haltBudgetMs: budgets.haltMs,
        lightClients: facts.flatMap(({ lightClients }) => lightClients),
        bridges: facts.flatMap(({ view }) => view ?? []),
        loops: loops.map((one) => ({ ...one, startedAt, budgetMs: budgets.loopMs })),
        queue: {
          reachable: queueFailure === null, failure: queueFailure, evicts, overdueBudgetMs: budgets.overdueMs,
          overdue: [...overdue].map(([lane, one]) => ({ lane, ...one })),
        },
        ledger: { writable: ledgerFailure === null, failure: ledgerFailure },
        ...(unmined === null ? {} : { unmined }),
      },
    };
  };
}

/** more parked deliveries than this need not each be named */
const parkedAtMost = 200;

/** Lanes are named after their bridge: "<bridge>-<effect>". */
const laneView = ({ name, source, target, signer }: KnownLane): LaneView => ({ name, bridge: name.split("-")[0] ?? name, source, target, signer });

async function chainView({ world, gauges, budgets }: ObserveParts, { backlog }: Remembered, chain: WatchedChain, now: Millis): Promise<ChainSeen> {
  const { name } = chain;
  const [view, ranges] = await Promise.all([world.ledger.view(name), world.ledger.ranges(name)]);
  const head = gauges.heads().get(name);
  const blocks = backlogOf(ranges);
  if (blocks === 0) backlog.delete(name);
  else if (!backlog.has(name)) backlog.set(name, now);
  const { headMs, lagBlocks, skewMs } = budgets.chains[name];
  return {
    name, best: head?.best.height ?? null, final: head?.final.height ?? null, cursor: view === null ? null : headOf(view).height,
    headSeenAt: head?.seenAt ?? null, headBudgetMs: headMs, lagBudgetBlocks: lagBlocks,
    endpoints: chain.endpoints().map((one) => ({ name: one.name, up: one.up, lagBlocks: one.lagBlocks, demotedUntil: one.demotedUntil, lastFailure: one.lastFailure })),
    skewMs: gauges.found().skewMs.get(name) ?? null, skewBudgetMs: skewMs,
    backlog: { blocks, since: backlog.get(name) ?? null, missing: ranges.flatMap(({ missing }) => missing) },
    backlogBudgetMs: budgets.backlogMs,
  };
}

/** Heights of the ledger's view, because events stand in the blocks of that view. */
async function chainClock({ world, msPerBlock }: ObserveParts, { heads }: Remembered, name: ChainName, now: Millis): Promise<readonly [ChainName, ChainClock] | null> {
  const view = await world.ledger.view(name);
  if (view === null) return null;
  const head = headOf(view);
  const before = heads.get(name);
  const seenAt = before?.hash === head.hash ? before.seenAt : before === undefined ? Math.min(now, head.time) : now;
  heads.set(name, { hash: head.hash, seenAt });
  return [name, {
    bestHeight: head.height, finalHeight: view.final.height, headTime: head.time, headSeenAt: seenAt, msPerBlock: msPerBlock[name],
    activeBlocks: null, relayedHeights: {},
  }];
}

const usualDecimals: Readonly<Record<ChainName, number>> = { bitcoin: 8, ethereum: 18, polkadot: 10 };
/** the pace of spending is taken from this long */
const spendingMs: Millis = 24 * 3_600_000;

async function signerView({ world, gauges, budgets }: ObserveParts, { lowest }: Remembered, signer: KnownSigner, now: Millis): Promise<SignerView> {
  const { name, chain, maxOpenSlots, decimals = usualDecimals[chain] } = signer;
  const [open, spent] = await Promise.all([world.ledger.slots({ signer: name, open: true }), world.ledger.spent(name, now - spendingMs)]);
  const balance = gauges.found().balances.get(name) ?? null;
  const coins = Number(spent.fees) / 10 ** decimals;
  const waiting = open.filter(({ isIncluded }) => !isIncluded);
  const first = waiting.toSorted((a, b) => (a.ref.slot < b.ref.slot ? -1 : 1))[0];
  if (first === undefined) lowest.delete(name);
  else if (lowest.get(name)?.slot !== first.ref.slot) lowest.set(name, { slot: first.ref.slot, since: now });
  return {
    name, chain, balance, maxOpenSlots, openSlots: waiting.length, runwayBudgetMs: budgets.runwayMs, lowestBudgetMs: budgets.slotMs,
    runwayMs: balance === null || coins === 0 ? null : (balance / coins) * Math.max(1, now - spent.since),
    lowest: first === undefined ? null : { slot: first.ref.slot.toString(), delivery: first.delivery, since: lowest.get(name)?.since ?? now },
    foreign: await foreignSlots(world.ledger, name, now),
  };
}

/** what counts as "lately" for strangers who use a key */
const foreignMs: Millis = 3_600_000;
const auditLooked = 50;

/** As the relayer put them on record, so that it is seen in any process and after a restart. */
async function foreignSlots(ledger: Ledger, signer: SignerName, now: Millis): Promise<SignerView["foreign"]> {
  const entries = await ledger.auditLog({ subject: `signer ${signer}`, limit: auditLooked });
  const lately = entries.filter(({ at, what }) => what === "foreign transaction" && at > now - foreignMs).map(({ at }) => at);
  return { count: lately.length, lastAt: lately.length === 0 ? null : Math.max(...lately) };
}

const haltViews = async (ledger: Ledger): Promise<readonly HaltView[]> =>
  Promise.all((await ledger.halts()).map(async (halt: Halt) => ({
    ...halt, acknowledged: await acknowledgementOf(ledger, `${halt.scope.kind}:${halt.scope.name}`, halt.since),
  })));
