/**
 * One state of the small world and every move out of it.
 * Always: a step of the relayer is two moves, perform and save, so that a death or anybody else fits in between; the acts come
 * from the production decide, perform, stepOf and upkeep, the saves from the production ledger.
 * Never: time. A wait may be over at any moment, a transaction may be too old at any moment.
 */
import type { Performed } from "../../relayer/perform.ts";
import { perform } from "../../relayer/perform.ts";
import { createUpkeep } from "../../relayer/upkeep.ts";
import { advance, finalize } from "../../src/core/chain-view.ts";
import { decide } from "../../src/core/decide.ts";
import type { Act, Delivery, SignedTx, Snapshot } from "../../src/core/delivery.ts";
import { isActive } from "../../src/core/delivery.ts";
import { failureOf } from "../../src/core/errors.ts";
import { stepOf } from "../../src/core/step.ts";
import type { DeliveryId, SourceEvent } from "../../src/core/values.ts";
import { deliveryId, eventId, laneName } from "../../src/core/values.ts";
import { hashOf } from "../support/delivery.ts";
import { createMemoryLog, createMemoryMeter } from "../support/quiet.ts";
import type { Stored } from "./rows.ts";
import { createModelLedger, sourceBlock } from "./rows.ts";
import type { Chain, ModelBlock, ModelTx } from "./target.ts";
import { createModelWork, finalBlocks, isOurs, modelPolicy, nonceAt, now } from "./target.ts";

/** How often each may happen; `bump`: per slot, how often its transaction is found too old. */
export type Budget = { reorg: number; crash: number; rival: number; abandon: number; park: number; evict: number; stranger: number; bump: number };
type Flight = { readonly snapshot: Snapshot; readonly performed: Performed };
export type State = { stored: Stored; chain: Chain; flights: Flight[]; budget: Budget; maxOpenSlots: number; broken: string | null };
/** `isOurs`: the program or the chain going on; otherwise somebody's or something's doing, which need not happen. */
export type Move = { readonly name: string; readonly isExpected: boolean; readonly to: State };

const unending = new AbortController().signal;
const eventOf = (id: string): SourceEvent => ({ id: eventId(id), chain: "bitcoin", kind: "effect", at: sourceBlock, generation: 0, payload: null });

export function begin(deliveries: number, budget: Budget, maxOpenSlots: number): State {
  const genesis: ModelBlock = { ref: { chain: "ethereum", height: 0, hash: hashOf("t0"), parent: hashOf("t"), time: 0 }, txs: [] };
  const names = Array.from({ length: deliveries }, (_, index) => String(index + 1));
  return {
    stored: {
      deliveries: names.map((name): Delivery => ({
        id: deliveryId(`d${name}`), lane: laneName("alpha"), event: eventId(`e${name}`), serves: [], state: "final", parked: null, by: null, proof: null, builtOn: [],
        includedIn: null, effectTx: null, slot: null, deadline: null, createdAt: now, since: now, wakeAt: now, waitsFor: null, waitCode: null, tries: 0, redos: 0,
        lastError: null, version: 1,
      })),
      slots: [], attempts: [], view: { final: genesis.ref, tip: [] }, past: {},
    },
    chain: { blocks: [genesis], final: 0, pool: [], built: 0, highest: 0 }, flights: [], budget, maxOpenSlots, broken: null,
  };
}

export async function movesOf(state: State): Promise<readonly Move[]> {
  const moves: Move[] = [];
  const add = async (name: string, isExpected: boolean, change: (to: State) => void | boolean | Promise<void | boolean>): Promise<void> => {
    const to = structuredClone(state);
    if ((await change(to)) !== false) moves.push({ name, isExpected, to });
  };
  for (const { id, state: standing } of state.stored.deliveries) {
    for (const isOld of [false, true]) await add(`${id} performs${isOld ? " (waited long)" : ""}`, true, (to) => performIn(to, id, isOld));
    await add(`${id} saves`, true, (to) => saveIn(to, id));
    if (state.budget.abandon > 0 && (isActive(standing) || standing === "parked")) await add(`a person abandons ${id}`, false, (to) => orderIn(to, id, "abandon"));
    if (state.budget.park > 0 && isActive(standing)) await add(`a person parks ${id}`, false, (to) => orderIn(to, id, "park"));
    if (standing === "parked") await add(`a person resumes ${id}`, true, (to) => orderIn(to, id, "resume"));
  }
  for (const isOld of [false, true]) await add(`the signer looks after its slots${isOld ? " (waited long)" : ""}`, true, (to) => keepIn(to, isOld));
  await addChainMoves(state, add);
  return moves;
}

type Add = (name: string, isExpected: boolean, change: (to: State) => void | boolean) => Promise<void>;

async function addChainMoves({ chain, budget, flights, stored }: State, add: Add): Promise<void> {
  if (minable(chain).length > 0) await add("a block is mined", true, ({ chain }) => mine(chain, minable(chain)));
  // A head that was dropped is always replaced, if only by an empty block.
  if (chain.blocks.length <= chain.highest) await add("an empty block is mined", true, ({ chain }) => mine(chain, []));
  if (chain.final < chain.blocks.length - 1) await add("the head becomes final", true, ({ chain }) => void (chain.final = chain.blocks.length - 1));
  const head = chain.blocks.at(-1);
  if (head !== undefined && (stored.view.tip.at(-1) ?? stored.view.final).hash !== head.ref.hash) await add("we see the head", true, (to) => watch(to));
  if (stored.view.final.height < chain.final) await add("we see what is final", true, (to) => watch(to));
  const spend = (name: string, kind: keyof Budget, change: (to: State) => void): Promise<void> =>
    add(name, false, (to) => {
      to.budget[kind] -= 1;
      change(to);
    });
  if (budget.rival > 0) await spend("a rival's effect of e1 is mined", "rival", ({ chain }) => mine(chain, [strange("rival", 0, chain, "e1")]));
  if (budget.stranger > 0) await spend("a stranger uses our key", "stranger", ({ chain }) => mine(chain, [strange("stranger", nonceAt(chain.blocks), chain, null)]));
  if (budget.evict > 0 && chain.pool.length > 0) await spend("the pool forgets", "evict", ({ chain }) => void (chain.pool = []));
  if (budget.crash > 0 && flights.length > 0) await spend("we die and start again", "crash", (to) => void (to.flights = []));
  if (budget.reorg > 0 && chain.final < chain.blocks.length - 1) {
    await spend("the head is dropped", "reorg", ({ chain }) => rewind(chain, true));
    if ((chain.blocks.at(-1)?.txs.length ?? 0) > 0) await spend("the head is dropped, its transactions forgotten", "reorg", ({ chain }) => rewind(chain, false));
  }
}

const strange = (sender: "rival" | "stranger", nonce: number, { built }: Chain, effect: string | null): ModelTx => ({ hash: hashOf(`${sender}${built}`), sender, nonce, fee: 99, effect });

function minable({ blocks, pool }: Chain): readonly ModelTx[] {
  let next = nonceAt(blocks);
  return pool.toSorted((a, b) => a.nonce - b.nonce).filter((tx) => {
    if (!isOurs(tx)) return true;
    if (tx.nonce !== next) return false;
    next += 1;
    return true;
  });
}

function mine(chain: Chain, txs: readonly ModelTx[]): void {
  const parent = chain.blocks.at(-1)?.ref;
  if (parent === undefined) return;
  chain.built += 1;
  chain.highest = Math.max(chain.highest, parent.height + 1);
  chain.blocks.push({ ref: { chain: "ethereum", height: parent.height + 1, hash: hashOf(`t${parent.height + 1}.${chain.built}`), parent: parent.hash, time: 0 }, txs });
  const next = nonceAt(chain.blocks);
  chain.pool = chain.pool.filter((tx) => !txs.some(({ hash }) => hash === tx.hash) && (!isOurs(tx) || tx.nonce >= next));
}

function rewind(chain: Chain, returnsTxs: boolean): void {
  const dropped = chain.blocks.pop()?.txs ?? [];
  if (returnsTxs) chain.pool = [...chain.pool.filter((tx) => !dropped.some((one) => isOurs(one) && isOurs(tx) && one.nonce === tx.nonce)), ...dropped];
}

/** Our view of the target becomes what it is now. */
function watch({ stored, chain }: State): void {
  for (const { ref } of chain.blocks) {
    const step = advance(stored.view, ref);
    if (step.kind === "grew" || step.kind === "fork") stored.view = step.view;
  }
  const head = chain.blocks.at(-1)?.ref;
  // A head that was taken back: the next rival block will tell; until then the view keeps it, as the program does.
  const final = chain.blocks[chain.final]?.ref;
  if (head === undefined || final === undefined) return;
  const moved = finalize(stored.view, final);
  if (moved.kind === "moved") stored.view = moved.view;
  for (const { ref } of finalBlocks(chain)) stored.past[ref.height] = ref.hash;
}

const onSendIn = (to: State) => async (tx: SignedTx): Promise<void> => {
  if (!to.stored.attempts.some(({ hash }) => hash === tx.hash)) to.broken ??= `bytes for slot ${tx.slot.slot} were sent before they were saved`;
  if (to.stored.slots.some(({ ref, state }) => state === "reserved" && ref.slot < tx.slot.slot)) to.broken ??= `slot ${tx.slot.slot} was sent above a reserved one`;
};

const turns = { isDue: () => Promise.resolve(true), pass: () => Promise.resolve() };
const clock = { now: () => now, sleep: () => Promise.resolve() };

async function performIn(to: State, id: DeliveryId, isOld: boolean): Promise<boolean> {
  if (to.flights.some(({ snapshot }) => snapshot.delivery.id === id)) return false;
  const ledger = createModelLedger(to.stored, eventOf);
  const snapshot = await ledger.load(id, []);
  if (snapshot === null || !isActive(snapshot.delivery.state)) return false;
  const { waitCode } = snapshot.delivery;
  // Any wait may be over: what it waited for is looked at anew.
  const ready: Snapshot = { ...snapshot, delivery: { ...snapshot.delivery, wakeAt: now, waitCode: waitCode === "transaction-lost" ? waitCode : null } };
  const act: Act = decide(ready, modelPolicy(isOld), now);
  if (act.do === "none" || act.do === "wait") return false;
  if (isOld && !(act.do === "sign" && act.replaces !== null)) return false;
  if (isOld && (snapshot.slot?.attempts.length ?? 0) > to.budget.bump) return false;
  const performed = act.do === "note" ? { outcome: act.outcome } : await perform(act, ready, createModelWork(to.chain, isOld, onSendIn(to)), { ledger, clock }, unending);
  if (performed.outcome.kind === "waiting" || performed.outcome.kind === "pending") return false;
  to.flights.push({ snapshot: ready, performed });
  return true;
}

async function saveIn(to: State, id: DeliveryId): Promise<boolean> {
  const flight = to.flights.find(({ snapshot }) => snapshot.delivery.id === id);
  if (flight === undefined) return false;
  to.flights = to.flights.filter((one) => one !== flight);
  const { snapshot, performed: { outcome, reserveFrom } } = flight;
  const reserve = reserveFrom === undefined ? {} : { reserve: { signer: "hot" as never, floor: reserveFrom.next, settled: reserveFrom.settled, maxOpenSlots: to.maxOpenSlots } };
  await tell(to, () => createModelLedger(to.stored, eventOf).save({ ...stepOf(snapshot, outcome, modelPolicy(false), now), ...reserve, audit: auditOf(id) }));
  if (outcome.kind === "failed") to.broken ??= `${id} failed: ${outcome.failure.code} ${outcome.failure.message}`;
  return true;
}

async function orderIn(to: State, id: DeliveryId, verb: "park" | "abandon" | "resume"): Promise<boolean> {
  if (verb !== "resume") to.budget[verb] -= 1;
  const ledger = createModelLedger(to.stored, eventOf);
  const snapshot = await ledger.load(id, []);
  if (snapshot === null) return false;
  const outcome = verb === "park" ? { kind: verb, code: "parked-by-person", evidence: null } as const : { kind: verb };
  return tell(to, () => ledger.save({ ...stepOf(snapshot, outcome, modelPolicy(false), now), audit: auditOf(id) }));
}

/** One pass of the signer's upkeep; it is its own sequence of saves and sends. */
async function keepIn(to: State, isOld: boolean): Promise<boolean> {
  const before = JSON.stringify([to.stored, to.chain], bigints);
  if (isOld && to.stored.attempts.some(({ slot }, _index, all) => all.filter((one) => one.slot.slot === slot.slot).length > to.budget.bump)) return false;
  const log = createMemoryLog();
  const lanes = [createModelWork(to.chain, isOld, onSendIn(to))];
  await createUpkeep({ ledger: createModelLedger(to.stored, eventOf), clock, log, meter: createMemoryMeter(), lanes, foreignSlot: () => Promise.resolve(), turns })(unending);
  const trouble = log.lines.find(({ level }) => level === "warn" || level === "error");
  if (trouble !== undefined) to.broken ??= `upkeep: ${trouble.message}`;
  return JSON.stringify([to.stored, to.chain], bigints) !== before;
}

/** Conflicts and a full signer are everyday; anything else that the ledger refuses is a bug. */
async function tell(to: State, run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
  } catch (thrown) {
    const { remedy, code, message } = failureOf(thrown);
    if (remedy !== "Conflict" && code !== "no-open-slot" && code !== "signer-not-settled") to.broken ??= `${code}: ${message}`;
  }
  return true;
}

const auditOf = (subject: string) => ({ at: now, who: "model", what: "step", subject, because: null, detail: null });
export const bigints = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
