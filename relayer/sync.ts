/**
 * The engine of a sync lane: keeps a light client on the target at the source's best chain, by updates it plans from both
 * chains as they are, and that are then ordinary deliveries.
 * Always: a plan is durable before anything is signed; updates are worked on in order, so that their nonces have it too; a
 * turn's error is told and never ends the loop; a reorg of the source of any depth is a new plan.
 * Never: remembers anything that a restart would miss, or plans while its lane, signer or chains are halted.
 */
import { backoffMs } from "../src/core/backoff.ts";
import type { Delivery } from "../src/core/delivery.ts";
import { failureOf, GantryError } from "../src/core/errors.ts";
import { plan } from "../src/core/plan.ts";
import type { Plan, Update } from "../src/core/plan.ts";
import type { Policy } from "../src/core/policy.ts";
import { stepOf } from "../src/core/step.ts";
import { deliveryId, eventId } from "../src/core/values.ts";
import type { BlockRef, DeliveryId, EventId, LaneName, Millis } from "../src/core/values.ts";
import type { Birth, FoundEvent } from "../src/ports.ts";
import { haltWhenUnsafe } from "./stepper.ts";
import type { Tools } from "./stepper.ts";
import type { Make, Reason, Sight, SyncSide } from "./sync-side.ts";

export type SyncOptions = Tools & {
  readonly side: SyncSide;
  readonly policy: Policy;
  /** works on one delivery of this lane until it rests */
  readonly work: (lane: LaneName, id: DeliveryId, signal: AbortSignal, stop?: AbortSignal) => Promise<void>;
  /** time between two turns when nothing pokes; default 6 s, never under 1 s */
  readonly pollMs?: Millis;
};

/** What a turn did. `reason`: why something is not told; null: all is told or on its way. */
export type Turned = { readonly planned: readonly DeliveryId[]; readonly superseded: readonly DeliveryId[]; readonly reason: Reason | null };

export interface Sync {
  turn(signal: AbortSignal, stop?: AbortSignal): Promise<Turned>;
  /** until `stop`, which lets a running turn finish; `signal` breaks it off */
  run(stop: AbortSignal, signal: AbortSignal): Promise<void>;
  /** something changed (the source's view moved, an update was included): look soon */
  poke(): void;
  /** why the newest turn did not tell everything; null: it did, or none was yet */
  reason(): Reason | null;
}

type Flying = { readonly delivery: Delivery; readonly update: Update };

const leastTurnMs: Millis = 1_000;
/** a new update is worked on at once, in its turn; should this process die before, it is looked after so much later */
const auditAfterMs: Millis = 15_000;
const nothing: Turned = { planned: [], superseded: [], reason: null };
/** An update that failed at the target's best block: only finality is waited for, nothing of it will be told. */
const lostCauses: readonly (string | null)[] = ["revert-not-final", "slot-taken-not-final"];

export function createSync(options: SyncOptions): Sync {
  const { side, clock, ledger, log, meter } = options;
  const everyMs = Math.max(leastTurnMs, options.pollMs ?? 6_000);
  let bell = new AbortController();
  let reason: Reason | null = null;

  const note = (next: Reason | null): void => {
    if (next !== null && next.code !== reason?.code) log.info({ lane: side.name, code: next.code }, next.message);
    reason = next;
  };
  const turn: Sync["turn"] = async (signal, stop = signal) => {
    const turned = await turnOnce(options, signal, stop);
    note(turned.reason);
    return turned;
  };
  /** gives when to look again at the latest */
  const guarded = async (tries: number, signal: AbortSignal, stop: AbortSignal): Promise<number> => {
    try {
      await turn(signal, stop);
      return 0;
    } catch (thrown) {
      if (signal.aborted) return tries;
      const failure = failureOf(thrown);
      meter.count("errors_total", { where: "sync", code: failure.code });
      if (failure.code !== reason?.code) log.warn({ lane: side.name, code: failure.code, evidence: failure.evidence, stack: thrown instanceof GantryError ? undefined : (thrown as Error).stack }, failure.message);
      reason = failure;
      await haltWhenUnsafe(failure, { lane: side }, { ledger, clock, log }).catch(() => undefined);
      return tries + 1;
    }
  };
  return {
    turn,
    poke: () => bell.abort(),
    reason: () => reason,
    async run(stop, signal) {
      let tries = 0;
      while (!stop.aborted) {
        bell = new AbortController();
        const began = clock.now();
        tries = await guarded(tries, signal, stop);
        meter.set("loop_last_turn_timestamp_seconds", { loop: "sync" }, clock.now() / 1000);
        const backoff = tries === 0 ? 0 : backoffMs(options.policy.backoff, tries, side.name);
        await clock.sleep(Math.max(leastTurnMs - (clock.now() - began), Math.min(backoff, everyMs)), stop);
        await clock.sleep(Math.max(everyMs, backoff) - (clock.now() - began), AbortSignal.any([stop, bell.signal]));
      }
    },
  };
}

async function turnOnce(options: SyncOptions, signal: AbortSignal, stop: AbortSignal): Promise<Turned> {
  const { side, clock, work } = options;
  const halted = await haltOf(options);
  if (halted !== null) return { ...nothing, reason: halted };
  const flying = await inFlight(options, signal);
  const sight = await side.look(flying.flatMap(({ update }) => update.blocks), clock.now(), signal);
  if (sight.kind === "wait") return { ...nothing, reason: sight.reason };
  const planned = await planOf(options, sight, flying);
  const superseded: DeliveryId[] = [];
  for (const { delivery } of flying) {
    if (planned.superseded.includes(delivery.id) && (await supersede(options, sight, delivery, flying))) superseded.push(delivery.id);
  }
  const kept = flying.filter(({ delivery }) => !superseded.includes(delivery.id));
  const parked = await parkedBefore(options, planned.updates);
  const fresh = parked === null ? planned.updates : [];
  if (fresh.length > 0) await commit(options, fresh, sight.make, kept.at(-1)?.delivery.id ?? null);
  // One after the other: each gets its nonce before the next one asks for one.
  const ready = [...kept.filter(({ delivery }) => delivery.state === "proven").map(({ delivery }) => delivery.id), ...fresh.map(({ id }) => id)];
  for (const id of ready) if (!stop.aborted) await work(side.name, id, signal, stop);
  return { planned: fresh.map(({ id }) => id), superseded, reason: parked ?? (sight.kind === "follow" ? sight.held : null) };
}

async function haltOf({ ledger, side }: SyncOptions): Promise<Reason | null> {
  const names = [`lane ${side.name}`, `signer ${side.signer}`, `chain ${side.source}`, `chain ${side.target}`];
  const halt = (await ledger.halts()).find(({ scope }) => names.includes(`${scope.kind} ${scope.name}`));
  return halt === undefined ? null : { code: "halted", message: `${halt.scope.kind} ${halt.scope.name} is halted (${halt.code}): no update is planned until it is resumed` };
}

const sequenceOf = (lane: LaneName, id: DeliveryId): number => Number(id.slice(lane.length + 1));

/** The updates on their way, by sequence. One that went back to be proved can only end, and does so here. */
async function inFlight({ ledger, side, work }: SyncOptions, signal: AbortSignal): Promise<readonly Flying[]> {
  const deliveries = await ledger.find({ lane: side.name, states: ["final", "proven", "sent", "included"] });
  for (const { id, state } of deliveries) if (state === "final") await work(side.name, id, signal);
  const going = deliveries.filter(({ state }) => state !== "final");
  const events = new Map((going.length === 0 ? [] : await ledger.events({ ids: going.map(({ event }) => event) })).map((event) => [event.id, event]));
  return going.flatMap((delivery): Flying[] => {
    const event = events.get(delivery.event);
    if (event === undefined) return [];
    const sequence = sequenceOf(side.name, delivery.id);
    return [{ delivery, update: { id: delivery.id, sequence, blocks: side.blocksIn(event.payload) } }];
  }).sort((a, b) => a.update.sequence - b.update.sequence);
}

const isHopeless = ({ state, waitCode }: Delivery): boolean => state === "sent" && lostCauses.includes(waitCode);

async function planOf({ ledger, side, clock }: SyncOptions, sight: Exclude<Sight, { kind: "wait" }>, flying: readonly Flying[]): Promise<Plan> {
  const hopeless = flying.filter(({ delivery }) => isHopeless(delivery)).map(({ delivery }) => delivery.id);
  const going = flying.filter(({ delivery }) => !hopeless.includes(delivery.id)).map(({ update }) => update);
  const count = (await ledger.counts()).filter(({ lane }) => lane === side.name).reduce((sum, one) => sum + one.count, 0);
  const nextSequence = count + 1;
  if (sight.kind === "begin") {
    const isUnderWay = going.some(({ blocks }) => blocks[0]?.hash === sight.block.hash);
    const update: Update = { id: deliveryId(`${side.name}-${nextSequence}`), sequence: nextSequence, blocks: [sight.block] };
    return { updates: isUnderWay ? [] : [update], superseded: hopeless, heldUntil: null, needFrom: null };
  }
  const { start, known, best, held } = sight;
  const made = plan({ start, known, inFlight: going, nextSequence }, { best, holds: [] }, { lane: side.name, ...side.policy, maxHoldMs: 0 }, clock.now());
  return { ...made, updates: held?.isNothingNew === true ? [] : made.updates, superseded: [...hopeless, ...made.superseded] };
}

/**
 * Ends an update that is no longer wanted. One whose blocks the target all knows has arrived, and one in a block has, too:
 * those find that out themselves. False: it is not ended.
 */
async function supersede({ ledger, policy, clock, log }: SyncOptions, sight: Sight, { id }: Delivery, flying: readonly Flying[]): Promise<boolean> {
  const blocks = flying.find(({ update }) => update.id === id)?.update.blocks ?? [];
  if (sight.kind === "follow" && blocks.every(({ hash }) => sight.known.has(hash))) return false;
  const snapshot = await ledger.load(id, []);
  if (snapshot === null || (snapshot.delivery.state !== "proven" && snapshot.delivery.state !== "sent")) return false;
  const now = clock.now();
  const step = stepOf(snapshot, { kind: "abandon" }, policy, now);
  const because = "it no longer leads on from what the target knows; what is missing is planned anew";
  try {
    await ledger.save({ ...step, audit: { at: now, who: "relay", what: `${snapshot.delivery.state} → ${step.next.state}`, subject: id, because, detail: { outcome: "superseded" } } });
  } catch (thrown) {
    // it moved meanwhile: the next turn sees where it is
    if (failureOf(thrown).remedy !== "Conflict") throw thrown;
    return false;
  }
  log.info({ delivery: id, lane: snapshot.delivery.lane, outcome: "superseded", state: step.next.state }, because);
  return true;
}

/** A parked update that began with the same block was refused twice: planned again and again it would be refused for ever. */
async function parkedBefore({ ledger, side }: SyncOptions, updates: readonly Update[]): Promise<Reason | null> {
  const first = updates[0]?.blocks[0];
  if (first === undefined) return null;
  const parked = await ledger.find({ lane: side.name, states: ["parked"] });
  if (parked.length === 0) return null;
  const events = new Map((await ledger.events({ ids: parked.map(({ event }) => event) })).map((event) => [event.id, event]));
  const blocksOf = ({ event }: Delivery): readonly BlockRef[] => side.blocksIn(events.get(event)?.payload ?? null);
  const same = parked.find((delivery) => events.has(delivery.event) && blocksOf(delivery)[0]?.hash === first.hash);
  if (same === undefined) return null;
  return { code: "update-parked", message: `update ${same.id} with the block at height ${first.height} is parked (${same.parked?.code}): nothing is planned until a person resumes or abandons it` };
}

/** All updates of a plan in one transaction. */
async function commit({ ledger, side, clock }: SyncOptions, updates: readonly Update[], make: Make, before: DeliveryId | null): Promise<void> {
  const ids = updates.map(({ id }) => id);
  const made = updates.map((update, index) => ({ update, event: eventOf(side, update.sequence), ...make(update, index === 0 ? before : (ids[index - 1] ?? null)) }));
  const events = made.map(({ event, payload }): FoundEvent => ({ id: event, chain: side.source, kind: side.eventKind, at: null, payload }));
  const births = made.map(({ update, event, proof }): Birth => ({ id: update.id, lane: side.name, event, serves: [], deadline: null, proven: { proof, wakeAt: clock.now() + auditAfterMs } }));
  await ledger.commit({
    chain: side.source, now: clock.now(), move: null, blocks: [], dropped: [], watchSetVersion: null, found: { events, births, watches: [] }, opens: [], progress: [],
  });
}

const eventOf = (side: SyncSide, sequence: number): EventId => eventId(`${side.eventPrefix}${sequence}`);
