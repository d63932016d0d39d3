/**
 * One delivery with everything known about it, found by any id a person may hold.
 * Always: delivery id, event id, transfer id, Bitcoin txid in either byte order, and Ethereum transaction hash all lead to it.
 * Never: a guess; what is not found is null, and raw signed bytes are not shown.
 */
import type { ActiveState, Delivery, SlotState, State } from "../core/delivery.ts";
import { isActive } from "../core/delivery.ts";
import type { Failure } from "../core/errors.ts";
import { reverseHex } from "../core/hex.ts";
import type { TransferReport } from "../core/transfer.ts";
import { deliveryId, eventId, transferId } from "../core/values.ts";
import type { AuditEntry, BlockRef, ChainName, DeliveryId, Halt, Hex, Json, LaneName, Millis, Scope, SourceEvent, Standing, TransferId, Wait } from "../core/values.ts";
import type { Questions } from "./questions.ts";
import type { KnownLane, World } from "./world.ts";

export type AttemptReport = {
  readonly hash: Hex;
  readonly replaces: Hex | null;
  /** the most it can cost, in the target's smallest unit, decimal */
  readonly fee: string;
  readonly purpose: "effect" | "fill";
  readonly signedAt: Millis;
  readonly broadcasts: number;
  readonly lastSentAt: Millis | null;
};

export type DeliveryReport = {
  readonly id: DeliveryId;
  readonly lane: LaneName;
  /** null when the lane is not configured here */
  readonly target: ChainName | null;
  /** one line for people; null when the lane is not configured here */
  readonly what: string | null;
  readonly serves: readonly TransferId[];
  readonly state: State;
  readonly since: Millis;
  readonly createdAt: Millis;
  readonly deadline: Millis | null;
  readonly parked: { readonly from: ActiveState; readonly code: string; readonly evidence: Json } | null;
  /** why nothing happens now, until when at the latest, and what ends it earlier; null when not waiting */
  readonly wait: { readonly code: string | null; readonly until: Millis; readonly for: Wait | null } | null;
  readonly tries: number;
  readonly redos: number;
  readonly lastError: Failure | null;
  readonly by: "us" | "other" | null;
  readonly includedIn: BlockRef | null;
  readonly effectTx: Hex | null;
  readonly event: SourceEvent;
  readonly eventStanding: Standing;
  readonly slots: readonly { readonly signer: string; readonly slot: string; readonly state: SlotState; readonly attempts: readonly AttemptReport[] }[];
  readonly halts: readonly Halt[];
  /** oldest first */
  readonly history: readonly AuditEntry[];
};

/** `events` are those found that no delivery serves yet, and what else the transactions of the effects did on the target. */
export type ShowReport = {
  readonly query: string;
  /** newest first */
  readonly transfers: readonly TransferReport[];
  /** what the transfers' steps do not tell, by transfer */
  readonly notes: Readonly<Record<string, readonly string[]>>;
  readonly deliveries: readonly DeliveryReport[];
  readonly events: readonly SourceEvent[];
};

/** without a better clue this many deliveries are searched for the text */
const searchedAtMost = 20_000;
const historyAtMost = 200;

/** shorter texts would name half of all transfers */
const shortestText = 6;
const transfersAtMost = 10;

async function transfersOf(questions: Pick<Questions, "list"> | null, text: string): Promise<readonly TransferReport[]> {
  if (questions === null || text.length < shortestText) return [];
  const { items } = await questions.list({ state: null, bridge: null, kind: null, late: null, q: text, cursor: null, limit: transfersAtMost });
  return items;
}

/** @returns null when nothing here has this id. `questions` null: transfers are not followed here */
export async function show(world: World, query: string, questions: Pick<Questions, "list"> | null = null): Promise<ShowReport | null> {
  const text = query.trim();
  if (text === "") return null;
  const hashes = hashesIn(text);
  const transfers = await transfersOf(questions, text);
  const direct = [...(await directly(world, text, hashes)), ...transfers.flatMap(({ deliveries }) => deliveries)];
  const found = direct.length > 0 || transfers.length > 0 ? direct : await searched(world, [text, ...hashes]);
  const ids = [...new Set(found)];
  const eventIds = [eventId(text), ...hashes.flatMap((hash) => world.eventsOf?.(hash) ?? [])];
  const [deliveries, events] = await Promise.all([
    Promise.all(ids.map((id) => report(world, id))),
    world.ledger.events({ ids: eventIds }),
  ]);
  const shown = deliveries.filter((one) => one !== null);
  const served = new Set(shown.map(({ event }) => event.id));
  const facts = await Promise.all(shown.map((one) => factsOf(world, one)));
  const others = new Map([...events, ...facts.flat()].map((event) => [event.id, event]));
  const alone = [...others.values()].filter(({ id }) => !served.has(id));
  return shown.length + alone.length + transfers.length === 0 ? null : { query: text, transfers, notes: await notesOf(world, transfers), deliveries: shown, events: alone };
}

async function notesOf({ notesOf: ask }: World, transfers: readonly TransferReport[]): Promise<ShowReport["notes"]> {
  const notes = await Promise.all(transfers.map(async (one) => [one.id, (await ask?.(one)) ?? []] as const));
  return Object.fromEntries(notes.filter(([, sentences]) => sentences.length > 0));
}

/** Events in the effect's own block that name its transaction, e.g. a refund that failed. */
async function factsOf({ ledger }: World, { includedIn, effectTx }: DeliveryReport): Promise<readonly SourceEvent[]> {
  if (includedIn === null || effectTx === null) return [];
  const there = await ledger.events({ at: [includedIn.hash] });
  return there.filter(({ payload }) => typeof payload === "object" && payload !== null && "tx" in payload && payload["tx"] === effectTx);
}

/** A 32-byte hash in both byte orders; nothing for any other text. */
function hashesIn(text: string): readonly Hex[] {
  const digits = text.toLowerCase().replace(/^0x/u, "");
  if (!/^[0-9a-f]{64}$/u.test(digits)) return [];
  const hash: Hex = `0x${digits}`;
  return [hash, reverseHex(hash)];
}

async function directly({ ledger, eventsOf, transfersOf }: World, text: string, hashes: readonly Hex[]): Promise<readonly DeliveryId[]> {
  const events = [eventId(text), ...hashes.flatMap((hash) => eventsOf?.(hash) ?? [])];
  const [byId, ...others] = await Promise.all([
    ledger.load(deliveryId(text), []),
    ...events.map((event) => ledger.find({ event })),
    ...[transferId(text), ...hashes.flatMap((hash) => transfersOf?.(hash) ?? [])].map((serves) => ledger.find({ serves })),
  ]);
  const byHash = await Promise.all(hashes.map((hash) => ledger.attemptByHash(hash)));
  return [
    ...(byId === null ? [] : [byId.delivery.id]),
    ...others.flat().map(({ id }) => id),
    ...byHash.flatMap((one) => (one === null || one.delivery === null ? [] : [one.delivery])),
  ];
}

/** Ids contain the hashes they are made of, and an effect by another has a hash no attempt of ours has. */
async function searched({ ledger }: World, texts: readonly string[]): Promise<readonly DeliveryId[]> {
  const wanted = texts.filter((text) => text.length >= 8).map((text) => text.toLowerCase());
  if (wanted.length === 0) return [];
  const all = await ledger.find({ limit: searchedAtMost });
  const words = (one: Delivery) => [one.id, one.event, ...one.serves, one.effectTx ?? ""].join(" ").toLowerCase();
  return all.filter((one) => wanted.some((text) => words(one).includes(text))).map(({ id }) => id);
}

/** Every scope whose halt stops this lane's deliveries. */
export const scopesOf = ({ name, source, target, signer }: Pick<KnownLane, "name" | "source" | "target" | "signer">): readonly Scope[] => [
  { kind: "lane", name }, { kind: "signer", name: signer }, { kind: "chain", name: source }, { kind: "chain", name: target },
];

async function report({ ledger, lanes }: World, id: DeliveryId): Promise<DeliveryReport | null> {
  const first = await ledger.load(id, []);
  if (first === null) return null;
  const known = lanes.find(({ name }) => name === first.delivery.lane) ?? null;
  const [snapshot, slots, history] = await Promise.all([
    known === null ? first : ledger.load(id, scopesOf(known)),
    ledger.slots({ delivery: id }),
    ledger.auditLog({ subject: id, limit: historyAtMost }),
  ]);
  const { delivery, event, eventStanding, halts } = snapshot ?? first;
  return {
    id, lane: delivery.lane, target: known?.target ?? null, what: known === null ? null : known.describe(event), serves: delivery.serves,
    state: delivery.state, since: delivery.since, createdAt: delivery.createdAt, deadline: delivery.deadline, parked: delivery.parked,
    wait: !isActive(delivery.state) || delivery.wakeAt === null ? null : { code: delivery.waitCode, until: delivery.wakeAt, for: delivery.waitsFor },
    tries: delivery.tries, redos: delivery.redos, lastError: delivery.lastError,
    by: delivery.by, includedIn: delivery.includedIn, effectTx: delivery.effectTx,
    event, eventStanding, halts,
    slots: slots.map(({ ref, state, attempts }) => ({
      signer: ref.signer, slot: ref.slot.toString(), state,
      attempts: attempts.map(({ hash, replaces, fee, purpose, signedAt, broadcasts, lastSentAt }) => ({
        hash, replaces, fee: fee.toString(), purpose, signedAt, broadcasts, lastSentAt,
      })),
    })),
    history: [...history].sort((a, b) => a.at - b.at),
  };
}
