/**
 * The whole delivery loop with everything real but the chains: watch loops, ledger, wake queue, relay, on chains in memory whose
 * target mines what it is sent at once.
 * Always: the production code decides, saves and wakes; every save of the relay is one step.
 * Never: an answer that takes time. What is measured is ours.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Attempt, SignedTx, SlotRef } from "../src/core/delivery.ts";
import { createClock } from "../src/clock.ts";
import { defaultPolicy } from "../src/core/policy.ts";
import type { BlockRef, EventId, Hex, LaneName, SourceEvent } from "../src/core/values.ts";
import { deliveryId, eventId, laneName, signerName } from "../src/core/values.ts";
import type { Effect, Lane, Ledger, Log, Meter, Submitter, TxStatus, WakeQueue } from "../src/ports.ts";
import type { LaneWork } from "../relayer/perform.ts";
import { createRelay, wakeAll } from "../relayer/relay.ts";
import { createWatch } from "../watchers/watch.ts";
import type { MemoryChain } from "./memory-chain.ts";
import { createMemoryChain } from "./memory-chain.ts";

export const quiet: { readonly log: Log; readonly meter: Meter } = {
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  meter: { count: () => undefined, observe: () => undefined, set: () => undefined },
};
export const lanes: readonly LaneName[] = [laneName("alpha"), laneName("beta")];
/** as the configuration's defaults */
export const concurrency = 8;
const maxOpenSlots = 64;
const signer = signerName("bench");
/** about what a Bitcoin proof and a signed transaction with it take */
const bulk: Hex = `0x${"ab".repeat(2_000)}`;

export interface Loop {
  /** a source block with this many new events, in the view, then final */
  bring(count: number): Promise<readonly EventId[]>;
  /** resolves when this many deliveries have ended with their effect in all */
  delivered(count: number): Promise<void>;
  deliveredCount(): number;
  /** saves of the relay so far */
  steps(): number;
  /** errors and warnings met; empty in a run that means anything */
  readonly troubles: readonly string[];
  stop(): Promise<void>;
}

export type LoopOptions = {
  readonly ledger: Ledger;
  readonly queue: WakeQueue;
  /** told when `send` is called */
  readonly onSend?: (event: EventId) => void;
  /** told when the commit that made the source block final has returned */
  readonly onFinal?: (events: readonly EventId[]) => void;
  /** least time between two target blocks */
  readonly targetBlockMs?: number;
};

let serial = 0;
/** our transactions carry their event's id as detail */
const eventOf = ({ detail }: Pick<SignedTx, "detail">): EventId => eventId(typeof detail === "string" ? detail : "");

/** The target: a nonce, a pool, effects by event. */
function createTarget(chain: MemoryChain, onSend: (event: EventId) => void) {
  const effects = new Map<EventId, Effect>();
  const included = new Map<Hex, BlockRef>();
  let pool: SignedTx[] = [];
  let next = 0n;
  let arrived = (): void => undefined;
  const isFinal = (block: BlockRef): boolean => block.height <= chain.final().height;
  return {
    delivered: async (event: SourceEvent, at: "best" | "final"): Promise<Effect | null> => {
      const effect = effects.get(event.id) ?? null;
      return effect !== null && (at === "best" || isFinal(effect.block)) ? effect : null;
    },
    floor: async () => ({ next: next + BigInt(pool.length), settled: pool.length === 0 && isFinal(chain.best()) }),
    send: async (tx: SignedTx) => {
      onSend(eventOf(tx));
      pool.push(tx);
      arrived();
    },
    track: async (_slot: SlotRef, attempts: readonly Attempt[]): Promise<TxStatus> => {
      for (const { hash } of attempts) {
        const block = included.get(hash);
        if (block !== undefined) return { kind: "included", hash, block, ok: true, final: isFinal(block), failure: null, feePaid: 1n };
      }
      return { kind: "pending" };
    },
    /** everything sent so far, as one block; false when there is nothing */
    mine: (): boolean => {
      const txs = pool;
      if (txs.length === 0) return false;
      pool = [];
      next += BigInt(txs.length);
      const block = chain.add();
      for (const { hash, detail } of txs) {
        included.set(hash, block);
        effects.set(eventOf({ detail }), { block, tx: hash });
      }
      return true;
    },
    arrival: () => new Promise<void>((resolve) => {
      arrived = resolve;
      if (pool.length > 0) resolve();
    }),
  };
}

type Target = ReturnType<typeof createTarget>;

function workOf(name: LaneName, target: Target, run: number): LaneWork {
  const lane: Lane = {
    name, source: "bitcoin", target: "ethereum", signer,
    delivered: target.delivered,
    anchor: async ({ at }) => ({ kind: "ready", anchor: null, builtOn: at === null ? [] : [at], deadline: null }),
    build: async () => ({ proof: bulk }),
    check: () => null,
    distrust: () => undefined,
    describe: ({ id }) => id,
  };
  const bytes = (slot: SlotRef, detail: string, previous: Attempt | null): SignedTx => ({
    hash: `0x${run.toString(16).padStart(8, "0")}${slot.slot.toString(16).padStart(56, "0")}`, raw: bulk, slot, replaces: previous?.hash ?? null,
    fee: 1n, purpose: "effect", detail, signedAt: Date.now(),
  });
  const submitter: Submitter = {
    signer,
    rehearse: async () => undefined,
    floor: target.floor,
    sign: async (event, _proof, slot, previous) => bytes(slot, event.id, previous),
    fill: async (slot, previous) => bytes(slot, "", previous),
    send: target.send,
    track: target.track,
  };
  return { lane, submitter, policy: defaultPolicy("bitcoin", "ethereum"), maxOpenSlots, concurrency };
}

/** Counts the relay's saves and the ends of deliveries; tells of source blocks that a returned commit made final. */
function counting(ledger: Ledger, onDelivered: () => void, onFinal: (height: number) => void): { readonly ledger: Ledger; steps(): number } {
  let steps = 0;
  const save: Ledger["save"] = async (given) => {
    const saved = await ledger.save(given);
    steps += 1;
    if (saved.state === "delivered") onDelivered();
    return saved;
  };
  const commit: Ledger["commit"] = async (given) => {
    const done = await ledger.commit(given);
    if (given.chain === "bitcoin" && given.move !== null) onFinal(given.move.view.final.height);
    return done;
  };
  return { ledger: { ...ledger, save, commit }, steps: () => steps };
}

/** Starts relay and watch loops on an empty ledger. */
export async function startLoop(options: LoopOptions): Promise<Loop> {
  const { queue, onFinal = () => undefined, onSend = () => undefined, targetBlockMs = 0 } = options;
  serial += 1;
  const run = serial;
  const clock = createClock();
  const stop = new AbortController();
  const { signal } = stop;
  const brought = new Map<number, readonly EventId[]>();
  let delivered = 0;
  let waiting: { readonly count: number; readonly resolve: () => void } | null = null;
  const counted = counting(options.ledger, () => {
    delivered += 1;
    if (waiting !== null && delivered >= waiting.count) waiting.resolve();
  }, (height) => {
    onFinal(brought.get(height) ?? []);
    brought.delete(height);
  });
  const { ledger } = counted;
  const troubles: string[] = [];
  const trouble = (_fields: unknown, message: string): void => void troubles.push(message);
  const tools = { ledger, clock, meter: quiet.meter, log: { ...quiet.log, warn: trouble, error: trouble } };
  const chains = { bitcoin: createMemoryChain("bitcoin", run), ethereum: createMemoryChain("ethereum", run) };
  const watchOf = ({ source }: MemoryChain) => createWatch({
    ...tools, source, pollMs: 60_000, auditEveryMs: 3_600_000, startHeight: async ({ height }) => height + 1,
    onWoken: (woken) => wakeAll(woken.map((one) => ({ ...one, at: clock.now() })), { ...tools, queue }),
  });
  const watches = { bitcoin: watchOf(chains.bitcoin), ethereum: watchOf(chains.ethereum) };
  await watches.bitcoin.turn(signal);
  await watches.ethereum.turn(signal);
  const target = createTarget(chains.ethereum, onSend);
  const works = lanes.map((name) => workOf(name, target, run));
  const relaying = createRelay({ ...tools, queue, lanes: works, auditEveryMs: 5_000 }).run(signal);
  const mining = (async (): Promise<void> => {
    while (!signal.aborted) {
      await Promise.race([target.arrival(), clock.sleep(1_000, signal)]);
      if (signal.aborted || !target.mine()) continue;
      await watches.ethereum.turn(signal);
      await turn();
      chains.ethereum.settle();
      await watches.ethereum.turn(signal);
      await clock.sleep(targetBlockMs, signal);
    }
  })();
  let born = 0;
  return {
    troubles,
    steps: () => counted.steps(),
    deliveredCount: () => delivered,
    delivered: (count) => new Promise((resolve) => {
      waiting = { count, resolve };
      if (delivered >= count) resolve();
    }),
    bring: async (count) => {
      const names = Array.from({ length: count }, () => (born += 1));
      const ids = names.map((name) => eventId(`e${run}-${name}`));
      const block = chains.bitcoin.add((at) => ({
        events: ids.map((id) => ({ id, chain: "bitcoin", kind: "effect", at, payload: null })),
        births: ids.map((id, index) => ({ id: deliveryId(`d-${id}`), lane: lanes[index % lanes.length] ?? laneName("alpha"), event: id, serves: [], deadline: null })),
      }));
      await watches.bitcoin.turn(signal);
      brought.set(block.height, ids);
      chains.bitcoin.settle();
      await watches.bitcoin.turn(signal);
      return ids;
    },
    stop: async () => {
      stop.abort();
      await Promise.all([relaying, mining]);
    },
  };
}
