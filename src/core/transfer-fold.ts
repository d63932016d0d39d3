/**
 * Facts folded into transfers: what was seen of it on the chains, and what its deliveries did.
 * Always: a transfer is a function of the set of its facts: in whatever order they come, the same facts give the same steps and
 * outcome (times apart, which tell when each was first seen); a fact that loses its block reopens what it ended.
 * Never: I/O, or a fact that is dropped because it came before the one it belongs to.
 */
import { deadlineOf } from "./transfer-clock.ts";
import type { Clocks } from "./transfer-clock.ts";
import type { Cause } from "./causes.ts";
import type { Deadline, Journey, StepState, Transfer, TransferOutcome } from "./transfer.ts";
import type { ActiveState, Delivery } from "./delivery.ts";
import { isTroubled } from "./trouble.ts";
import type { ChainName, DeliveryId, EventId, Hex, Json, LaneName, Millis, SourceEvent, TransferId } from "./values.ts";

/** An event as a transfer remembers it. */
export type EventFact = {
  readonly id: EventId;
  readonly kind: string;
  readonly chain: ChainName;
  /** null: it was in a block and is in none now */
  readonly block: { readonly height: number; readonly hash: Hex; readonly time: Millis } | null;
  readonly generation: number;
  /** host time at which it was first seen to be (or no longer to be) in a block */
  readonly seenAt: Millis;
  /** host time at which its block was first seen to be final */
  readonly finalAt: Millis | null;
  /** what the bridge needs of its payload */
  readonly kept: Json;
};

export const reachable = ["final", "proven", "sent", "included", "delivered"] as const;
export type Reached = Readonly<Partial<Record<(typeof reachable)[number], Millis>>>;
export type DeliveryFact = {
  readonly id: DeliveryId;
  readonly lane: LaneName;
  readonly event: EventId;
  readonly state: Delivery["state"];
  readonly version: number;
  /** since when it has been at least this far; what it fell back from is gone */
  readonly reached: Reached;
  readonly effectTx: Hex | null;
  /** it waits for something, or failed with something, that is told before anything is late */
  readonly troubled: boolean;
};

export type Facts = {
  readonly events: Readonly<Record<string, EventFact>>;
  readonly deliveries: Readonly<Record<string, DeliveryFact>>;
  /** host time at which its deadlines were first seen to have passed */
  readonly expiredAt: Millis | null;
  /** as derived; `told`: it has passed */
  readonly keptUntil: Millis | null;
  readonly told: boolean;
  /** the fact that opens it was seen; without it (history not yet read) it is not called late */
  readonly opened: boolean;
  /** what the bridge knows to be wrong with it; `until`: it ends by itself when that chain's clock is past it */
  readonly hints: readonly { readonly cause: Cause; readonly evidence: Json; readonly until?: { readonly chain: ChainName; readonly at: Millis } }[];
  /** what is worth showing to people */
  readonly about: { readonly [name: string]: Json };
};
export const factsOf = (transfer: Pick<Transfer, "facts">): Facts => transfer.facts as unknown as Facts;

/** What a bridge makes of the facts. `ends`: one host time per step of the journey, null where its end was not seen. */
export type Derived = Pick<Facts, "hints" | "about"> & {
  /** host time of the fact that opens it; null: not seen */
  readonly openedAt: Millis | null;
  readonly ends: readonly (Millis | null)[];
  readonly outcome: TransferOutcome | null;
  readonly endedAt: Millis | null;
  /** it ended badly, and stays open until then so that people hear of it; null or missing: it ends at once */
  readonly keptUntil?: Millis | null;
  readonly deadlines: readonly Deadline[];
  readonly deadlineRule: Transfer["deadlineRule"];
  readonly keys: readonly string[];
  /** events that belong to it, whether seen or not: their ids are keys, so that they find it; load them when they appear here */
  readonly related: readonly EventId[];
};

/** One bridge's transfers. Everything is pure. */
export interface BridgeJourneys {
  readonly bridge: string;
  readonly journeys: readonly Journey[];
  /** the kind of transfer an id names; null: not one of this bridge's */
  kindOf(id: TransferId): string | null;
  /** transfers the event itself names; others are found by its id among their keys */
  subjects(event: SourceEvent): readonly TransferId[];
  /** what to remember of it for this transfer */
  keep(event: SourceEvent, id: TransferId): Json;
  derive(id: TransferId, kind: string, facts: Pick<Facts, "events" | "deliveries" | "expiredAt">): Derived;
}

/** `seenAt`: host time at which it was recorded. `event` of a delivery is the one it relays. `clocks`: fold them into open transfers at each new head. */
export type TransferChange =
  | { readonly event: SourceEvent; readonly seenAt: Millis }
  | { readonly delivery: Delivery; readonly event: SourceEvent; readonly seenAt: Millis }
  /** `anew`: the journeys have changed since it was folded */
  | { readonly clocks: Clocks; readonly anew?: boolean };

const noFacts: Facts = { events: {}, deliveries: {}, expiredAt: null, keptUntil: null, told: false, opened: false, hints: [], about: {} };

/** Ids of the transfers a change is about, as far as it names them; those that have the event's id among their keys come on top. */
export function subjectsOf(journeys: BridgeJourneys, change: Exclude<TransferChange, { readonly clocks: Clocks }>): readonly TransferId[] {
  const named = [...("delivery" in change ? change.delivery.serves : []), ...journeys.subjects(change.event)];
  return [...new Set(named)].filter((id) => journeys.kindOf(id) !== null);
}

/** The transfer with one more fact, the very same value when it brings nothing new. `before` null: its first fact. Null: `id` is no transfer of this bridge. */
export function foldTransfer(journeys: BridgeJourneys, id: TransferId, before: Transfer | null, change: TransferChange): Transfer | null {
  const kind = journeys.kindOf(id);
  const journey = journeys.journeys.find((one) => one.kind === kind);
  if (kind === null || journey === undefined) return null;
  const old = before === null ? noFacts : factsOf(before);
  if ("clocks" in change) return before === null ? null : withClocks(journeys, journey, change.anew === true ? renewed(journeys, journey, before) : before, change.clocks);
  const events = withEvent(journeys, id, old.events, change.event, change.seenAt);
  const deliveries = "delivery" in change && change.delivery.serves.includes(id) ? withDelivery(old.deliveries, change.delivery) : old.deliveries;
  if (before !== null && events === old.events && deliveries === old.deliveries) return before;
  return transferOf(journeys, journey, id, { ...old, events, deliveries });
}

/** Events that belong to it and were not folded yet: look for them in the ledger (they may have come before what names them) and fold them. */
export function unseenOf(journeys: BridgeJourneys, { id, kind, facts }: Transfer): readonly EventId[] {
  const known = factsOf({ facts });
  return journeys.derive(id, kind, known).related.filter((event) => known.events[event] === undefined);
}

/** Would this event, were it in a block, be the payment that the transfer waits for, and not only something like it? `before` null: nothing else is known of it. */
export function wouldPay(journeys: BridgeJourneys, id: TransferId, before: Transfer | null, event: Omit<SourceEvent, "generation">): boolean {
  const kind = journeys.kindOf(id);
  const leg = journeys.journeys.find((one) => one.kind === kind)?.steps.findIndex(({ phase }) => phase === "payment") ?? -1;
  if (kind === null || leg < 0) return false;
  const old = before === null ? noFacts : factsOf(before);
  const generation = (old.events[event.id]?.generation ?? -1) + 1;
  const events = withEvent(journeys, id, old.events, { ...event, generation }, 0);
  return (journeys.derive(id, kind, { ...old, events }).ends[leg] ?? null) !== null;
}

/** As the journeys of today make it of the same facts; the very same value when that changes nothing that was made of them. */
function renewed(journeys: BridgeJourneys, journey: Journey, before: Transfer): Transfer {
  const next = transferOf(journeys, journey, before.id, factsOf(before));
  const made = ({ deadlines, outcome, facts }: Transfer): string => JSON.stringify([deadlines, outcome, factsOf({ facts }).hints, factsOf({ facts }).about]);
  return made(next) === made(before) ? before : next;
}

function withClocks(journeys: BridgeJourneys, journey: Journey, before: Transfer, clocks: Clocks): Transfer {
  const old = factsOf(before);
  const newlyFinal = Object.values(old.events).filter(
    ({ block, finalAt, chain }) => block !== null && finalAt === null && block.height <= (clocks.chains[chain]?.finalHeight ?? -1),
  );
  const passed = deadlineOf(before, clocks)?.passed ?? false;
  const expiredAt = passed ? (old.expiredAt ?? clocks.now) : before.deadlines.length === 0 ? old.expiredAt : null;
  const told = old.told || (old.keptUntil !== null && clocks.now > old.keptUntil);
  if (newlyFinal.length === 0 && expiredAt === old.expiredAt && told === old.told) return before;
  const events = { ...old.events, ...Object.fromEntries(newlyFinal.map((fact) => [fact.id, { ...fact, finalAt: clocks.now }])) };
  return transferOf(journeys, journey, before.id, { ...old, events, expiredAt, told });
}

function withEvent(journeys: BridgeJourneys, id: TransferId, events: Facts["events"], event: SourceEvent, seenAt: Millis): Facts["events"] {
  const known = events[event.id];
  if (known !== undefined && known.generation >= event.generation) return events;
  const { at } = event;
  const isStill = known !== undefined && (known.block === null) === (at === null);
  const fact: EventFact = {
    id: event.id, kind: event.kind, chain: event.chain, generation: event.generation,
    block: at === null ? null : { height: at.height, hash: at.hash, time: at.time },
    seenAt: isStill ? known.seenAt : seenAt,
    finalAt: null,
    kept: journeys.keep(event, id),
  };
  return { ...events, [event.id]: fact };
}

/** How far a delivery has come; parked ones are where they were. Orphaned and abandoned ones are nowhere. */
function farOf({ state, parked }: Delivery): number {
  const at: Delivery["state"] | ActiveState = state === "parked" ? (parked?.from ?? "seen") : state;
  return (reachable as readonly string[]).indexOf(at);
}

function withDelivery(deliveries: Facts["deliveries"], delivery: Delivery): Facts["deliveries"] {
  const known = deliveries[delivery.id];
  if (known !== undefined && known.version >= delivery.version) return deliveries;
  const far = farOf(delivery);
  const reached = Object.fromEntries(reachable.slice(0, far + 1).map((state) => [state, known?.reached[state] ?? delivery.since]));
  const { id, lane, event, state, version, effectTx } = delivery;
  return { ...deliveries, [id]: { id, lane, event, state, version, reached, effectTx, troubled: isTroubled(delivery) } };
}

function transferOf(journeys: BridgeJourneys, journey: Journey, id: TransferId, facts: Facts): Transfer {
  const derived = journeys.derive(id, journey.kind, facts);
  const firstSeen = Object.values(facts.events).map(({ seenAt }) => seenAt);
  const openedAt = derived.openedAt ?? Math.min(...firstSeen);
  const { deadlines, deadlineRule, hints, about, keys, related, keptUntil = null } = derived;
  // only what is final ends it otherwise than well: the rest may still be undone, and then it never ended
  const isUndoable = Object.values(facts.events).some(({ block, finalAt }) => block !== null && finalAt === null);
  const outcome = derived.outcome !== "completed" && (isUndoable || (keptUntil !== null && !facts.told)) ? null : derived.outcome;
  const endedAt = outcome === null ? null : Math.max(openedAt, derived.endedAt ?? openedAt);
  return {
    id, bridge: journey.bridge, kind: journey.kind, openedAt, endedAt, outcome,
    steps: stepsOf(journey, openedAt, derived.ends, endedAt),
    deadlines: outcome === null ? deadlines : [], deadlineRule,
    deliveries: Object.keys(facts.deliveries).sort() as DeliveryId[],
    keys: [...new Set([id as string, ...keys, ...related, ...Object.keys(facts.deliveries), ...Object.keys(facts.events)])].sort(),
    facts: { ...facts, keptUntil, opened: derived.openedAt !== null, hints, about } satisfies Facts,
  };
}

/** A later step's end ends the earlier ones too: they cannot have been left out. */
function stepsOf(journey: Journey, openedAt: Millis, ends: readonly (Millis | null)[], closedAt: Millis | null): readonly StepState[] {
  const steps: StepState[] = [];
  let startedAt = openedAt;
  for (const [index, { name }] of journey.steps.entries()) {
    const end = ends.slice(index).find((one) => one !== null) ?? null;
    const endedAt = end === null ? closedAt : Math.max(startedAt, end);
    steps.push({ name, startedAt, endedAt: endedAt === null ? null : Math.max(startedAt, endedAt) });
    if (end === null || endedAt === null) break;
    startedAt = endedAt;
  }
  return steps;
}
