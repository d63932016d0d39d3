/**
 * The state of everything as one value: what `gantry status` and the API print.
 * Always: JSON-able (amounts and slots as decimal strings, times in Unix milliseconds); read from the ledger, so true while the relayer is dead.
 * Never: a secret or a URL; an answer that hides a part that could not be read (it is null with a reason).
 */
import { activeStates } from "../core/delivery.ts";
import type { Delivery, State } from "../core/delivery.ts";
import { failureOf } from "../core/errors.ts";
import type { LightClientView } from "../core/monitored-world.ts";
import { openSlotsOf, roomFor } from "../core/slot-room.ts";
import type { ChainName, DeliveryId, Halt, Hex, LaneName, Millis, SignerName } from "../core/values.ts";
import type { ScanRange } from "../ports.ts";
import type { EndpointSeen, HeadSeen, KnownLane, KnownSigner, WatchedChain, World } from "./world.ts";

type Block = { readonly height: number; readonly hash: Hex; readonly time: Millis };

export type ChainStatus = {
  readonly name: ChainName;
  /** as the nodes say; null when this process has not asked one yet */
  readonly best: Block | null;
  readonly final: Block | null;
  /** as far as the ledger has read; null before the first block */
  readonly cursor: Block | null;
  readonly lagBlocks: number | null;
  /** since the best block last changed */
  readonly headAgeSeconds: number | null;
  readonly endpoints: readonly EndpointSeen[];
  readonly ranges: readonly ScanRange[];
};

export type LaneStatus = {
  readonly name: LaneName;
  readonly source: ChainName;
  readonly target: ChainName;
  readonly signer: SignerName;
  readonly counts: Readonly<Partial<Record<State, number>>>;
  readonly parked: readonly { readonly id: DeliveryId; readonly code: string; readonly since: Millis }[];
  /** the active delivery that began first */
  readonly oldest: { readonly id: DeliveryId; readonly state: State; readonly ageSeconds: number; readonly waitCode: string | null } | null;
};

export type SignerStatus = {
  readonly name: SignerName;
  readonly chain: ChainName;
  readonly openSlots: number;
  /** of those open, in a block that is not final: they take no room */
  readonly includedSlots: number;
  readonly maxOpenSlots: number;
  /** lowest and highest open slot, decimal */
  readonly lowest: string | null;
  readonly highest: string | null;
  /** set while all slots are open: the lowest one, which has to end first */
  readonly blockedBy: { readonly slot: string; readonly delivery: DeliveryId | null } | null;
};

/** What a chain's own light client of Bitcoin knows, against what our watchers see of Bitcoin. */
export type LightClientStatus = Required<Pick<LightClientView, "lane" | "bridge" | "chain" | "height" | "lagBlocks" | "behindSince" | "otherForkSince" | "blockedSince" | "retarget">>;

export type StatusReport = {
  readonly at: Millis;
  readonly chains: readonly ChainStatus[];
  readonly lanes: readonly LaneStatus[];
  /** null: not known now */
  readonly lightClients: readonly LightClientStatus[] | null;
  readonly signers: readonly SignerStatus[];
  readonly halts: readonly Halt[];
  readonly queue: { readonly reachable: boolean; readonly failure: string | null; readonly overdue: Readonly<Record<string, number>> };
};

/** the report reads at most this many active deliveries per lane to name the oldest */
const oldestAmong = 20_000;

/**
 * @param heads what the gauges last heard of the chains; empty when the monitor role is not in this process
 * @param clients as the bridges told of them last; null: nobody did
 */
export async function status(world: World, heads: ReadonlyMap<ChainName, HeadSeen>, clients: readonly LightClientView[] | null = null): Promise<StatusReport> {
  const [chains, lanes, signers, halts, queue] = await Promise.all([
    Promise.all(world.chains.map((chain) => chainStatus(world, chain, heads.get(chain.name)))),
    lanesStatus(world),
    Promise.all(world.signers.map((signer) => signerStatus(world, signer))),
    world.ledger.halts(),
    queueStatus(world),
  ]);
  return { at: world.clock.now(), chains, lanes, lightClients: clients?.map(lightClientStatus) ?? null, signers, halts, queue };
}

const lightClientStatus = ({ lane, bridge, chain, height, lagBlocks, behindSince, otherForkSince, blockedSince, retarget = null }: LightClientView): LightClientStatus =>
  ({ lane, bridge, chain, height, lagBlocks, behindSince, otherForkSince, blockedSince, retarget });

const blockOf = ({ height, hash, time }: Block): Block => ({ height, hash, time });

const higher = (a: Block, b: Block | null): Block => (b !== null && b.height > a.height ? b : a);

async function chainStatus({ ledger, clock }: World, chain: WatchedChain, head: HeadSeen | undefined): Promise<ChainStatus> {
  const [view, ranges] = await Promise.all([ledger.view(chain.name), ledger.ranges(chain.name)]);
  const cursor = view === null ? null : (view.tip.at(-1) ?? view.final);
  // The watcher may have heard of newer blocks since the gauges last asked.
  const best = head === undefined ? null : higher(head.best, cursor);
  return {
    name: chain.name,
    best: best === null ? null : blockOf(best),
    final: head === undefined ? null : blockOf(higher(head.final, view?.final ?? null)),
    cursor: cursor === null ? null : blockOf(cursor),
    lagBlocks: best === null || cursor === null ? null : best.height - cursor.height,
    headAgeSeconds: head === undefined ? null : Math.max(0, Math.round((clock.now() - head.seenAt) / 1000)),
    endpoints: chain.endpoints(),
    ranges,
  };
}

async function lanesStatus({ ledger, lanes, clock }: World): Promise<readonly LaneStatus[]> {
  const [counts, parked] = await Promise.all([ledger.counts(), ledger.find({ states: ["parked"] })]);
  return Promise.all(
    lanes.map(async ({ name, source, target, signer }: KnownLane) => ({
      name, source, target, signer,
      counts: Object.fromEntries(counts.filter(({ lane }) => lane === name).map(({ state, count }) => [state, count])),
      parked: parked.filter(({ lane }) => lane === name).map((one) => ({ id: one.id, code: one.parked?.code ?? "unknown", since: one.since })),
      oldest: oldestOf(await ledger.find({ lane: name, states: activeStates, limit: oldestAmong }), clock.now()),
    })),
  );
}

function oldestOf(active: readonly Delivery[], now: Millis): LaneStatus["oldest"] {
  const [first] = [...active].sort((a, b) => a.createdAt - b.createdAt);
  if (first === undefined) return null;
  return { id: first.id, state: first.state, ageSeconds: Math.max(0, Math.round((now - first.createdAt) / 1000)), waitCode: first.waitCode };
}

async function signerStatus({ ledger }: World, { name, chain, maxOpenSlots }: KnownSigner): Promise<SignerStatus> {
  const open = [...(await ledger.slots({ signer: name, open: true }))].sort((a, b) => (a.ref.slot < b.ref.slot ? -1 : 1));
  const lowest = open[0];
  const waiting = open.filter(({ isIncluded }) => !isIncluded);
  const blocking = waiting[0] ?? lowest;
  return {
    name, chain, maxOpenSlots,
    openSlots: open.length,
    includedSlots: open.length - waiting.length,
    lowest: lowest?.ref.slot.toString() ?? null,
    highest: open.at(-1)?.ref.slot.toString() ?? null,
    blockedBy: blocking === undefined || roomFor(openSlotsOf(open), maxOpenSlots) > 0 ? null : { slot: blocking.ref.slot.toString(), delivery: blocking.delivery },
  };
}

async function queueStatus({ queue, lanes }: World): Promise<StatusReport["queue"]> {
  try {
    await queue.ping();
    const overdue = await Promise.all(lanes.map(async ({ name }) => [name, await queue.overdue(name)] as const));
    return { reachable: true, failure: null, overdue: Object.fromEntries(overdue) };
  } catch (thrown) {
    return { reachable: false, failure: failureOf(thrown).message, overdue: {} };
  }
}
