/**
 * The write side's loop: serves the wakes of every lane, and audits for wakes that never came.
 * Always: one delivery is worked on by one step at a time in this process; while the queue is away the audit does the work, a
 * few deliveries at a time.
 * Never: decides anything, or lets one delivery's error end the loop.
 */
import type { Delivery, Woken } from "../src/core/delivery.ts";
import { failureOf, GantryError } from "../src/core/errors.ts";
import type { DeliveryId, LaneName, Millis } from "../src/core/values.ts";
import type { WakeQueue } from "../src/ports.ts";
import type { LaneWork } from "./perform.ts";
import { createAhead } from "./ahead.ts";
import { createForeignSlots } from "./foreign-slots.ts";
import { createSigning } from "./signing.ts";
import type { Tools } from "./stepper.ts";
import { stepUntilRest } from "./stepper.ts";
import { createTurns } from "./turns.ts";
import type { Turns } from "./turns.ts";
import { createUpkeep } from "./upkeep.ts";

export type RelayOptions = Tools & {
  readonly queue: WakeQueue;
  readonly lanes: readonly LaneWork[];
  /** how often the audit looks for wakes that never came */
  readonly auditEveryMs: Millis;
};

export interface Relay {
  /** works on one delivery until it waits or ends; a call during another one's work lets that one look again */
  work(lane: LaneName, id: DeliveryId, signal: AbortSignal, stop?: AbortSignal): Promise<void>;
  /** wakes everything that is due; gives how many. What the queue does not take, because it is away, is worked on: nearest deadlines first */
  audit(signal: AbortSignal, stop?: AbortSignal): Promise<number>;
  /** looks after slots that no running delivery owns */
  upkeep(signal: AbortSignal): Promise<void>;
  /** until `stop`, which lets running steps finish; `signal` breaks them off */
  run(stop: AbortSignal, signal?: AbortSignal): Promise<void>;
}

/** The queue may be this late with a wake; what is due for longer has lost it. */
const wakeLateMs: Millis = 1_000;

/** later than every deadline within two years */
const noHurry = 1_000_000;

/** Minutes until the deadline, from 1 on: the queue serves nearer protocol deadlines first, and what has none last. */
export function priorityOf(deadline: Millis | null, now: Millis): number {
  return deadline === null ? noHurry : Math.min(noHurry - 1, Math.max(1, Math.ceil((deadline - now) / 60_000)));
}

type Wake = Woken & { readonly at: Millis };
type WakeTools = Pick<RelayOptions, "queue" | "clock" | "log" | "meter">;

/** Wakes deliveries; the queue being away is told and left to the audit. */
export async function wakeAll(due: readonly Wake[], tools: WakeTools): Promise<void> {
  await queueEach(due, tools);
}

/** Gives those that are queued now. */
async function queueEach<W extends Wake>(due: readonly W[], { queue, clock, log, meter }: WakeTools): Promise<readonly W[]> {
  const now = clock.now();
  const queued = await Promise.all(due.map(async (wake) => {
    const { lane, id, deadline, at } = wake;
    try {
      await queue.wake(lane, id, at, priorityOf(deadline, now));
      return [wake];
    } catch (thrown) {
      const { code, message } = failureOf(thrown);
      meter.count("errors_total", { where: "queue", code });
      log.debug({ delivery: id, lane, code }, message);
      return [];
    }
  }));
  return queued.flat();
}

/** Per lane as many as it works on at once, nearest deadlines first. */
const firstOf = (due: readonly Delivery[], lanes: readonly LaneWork[]): readonly Delivery[] => lanes.flatMap(({ lane, concurrency }) =>
  due.filter((delivery) => delivery.lane === lane.name).sort((a, b) => (a.deadline ?? Infinity) - (b.deadline ?? Infinity)).slice(0, concurrency));

export function createRelay(options: RelayOptions): Relay {
  const lanes = new Map(options.lanes.map((work) => [work.lane.name, work]));
  const working = new Map<DeliveryId, { again: boolean }>();
  const audited = createAudited();
  const stepping = { ...options, foreignSlot: createForeignSlots(options), signing: createSigning(), turns: turnsOf(options), ahead: createAhead(options) };
  const upkeep = createUpkeep({ ...stepping, lanes: options.lanes });

  async function work(name: LaneName, id: DeliveryId, signal: AbortSignal, stop = signal): Promise<void> {
    const lane = lanes.get(name);
    if (lane === undefined) return;
    const running = working.get(id);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const mine = { again: false };
    let rests: Delivery | null = null;
    working.set(id, mine);
    audited.taken(id);
    try {
      do {
        mine.again = false;
        // The last look may find nothing to do: the wait that an earlier one left still has to be queued.
        rests = (await stepUntilRest(id, lane, stepping, signal, stop)) ?? rests;
      } while (mine.again && !stop.aborted);
    } finally {
      // Before the wait is queued: a wake from here on must work for itself, nobody looks at `again` any more.
      working.delete(id);
    }
    if (rests !== null && rests.wakeAt !== null) await wakeAll([{ ...rests, at: rests.wakeAt }], options);
  }

  /** Without the queue: the next audit goes on with others. */
  const workWithoutQueue = (due: readonly Delivery[], signal: AbortSignal, stop: AbortSignal): Promise<unknown> =>
    Promise.all(firstOf(due, options.lanes).map(({ lane, id }) => guarded("relay", options, signal, () => work(lane, id, signal, stop))));

  async function audit(signal: AbortSignal, stop = signal): Promise<number> {
    const now = options.clock.now();
    const due = await Promise.all([...lanes.keys()].map((lane) => options.ledger.find({ lane, dueBefore: now, limit: 1_000 })));
    const forgotten = due.flat().filter((delivery) => !working.has(delivery.id) && !audited.has(delivery, now));
    const queued = await queueEach(forgotten.map((delivery) => ({ ...delivery, at: now })), options);
    for (const delivery of queued) {
      audited.add(delivery, now);
      const { lane, wakeAt } = delivery;
      if (wakeAt !== null && now - wakeAt > wakeLateMs) options.meter.count("audit_findings_total", { lane, kind: "wake_lost" });
    }
    const taken = new Set(queued.map(({ id }) => id));
    await workWithoutQueue(forgotten.filter(({ id }) => !taken.has(id)), signal, stop);
    return forgotten.length;
  }

  return {
    work,
    audit,
    upkeep,
    run: async (stop, signal = stop) => {
      const serve = options.lanes.map(({ lane, concurrency }) =>
        options.queue.serve(lane.name, concurrency, (id) => guarded("relay", options, signal, () => work(lane.name, id, signal, stop)), stop),
      );
      const loops = [
        repeat("audit", options.auditEveryMs, options, stop, () => audit(signal, stop)),
        repeat("upkeep", options.auditEveryMs, options, stop, () => upkeep(signal)),
      ];
      await Promise.all([...serve, ...loops]);
    },
  };
}

const turnsOf = (options: RelayOptions): Turns =>
  createTurns({ ...options, wake: (due) => wakeAll(due.map((delivery) => ({ ...delivery, at: options.clock.now() })), options) });

type Audited = { has(delivery: Delivery, now: Millis): boolean; add(delivery: Delivery, now: Millis): void; taken(id: DeliveryId): void };

/** A delivery the audit woke is left alone for a while unless its wake was taken or it moved: a long queue must not grow by being long. */
function createAudited(): Audited {
  const leaveAloneMs = 30_000;
  let woken = new Map<DeliveryId, { readonly version: number; readonly at: Millis }>();
  return {
    has: ({ id, version }, now) => {
      const before = woken.get(id);
      return before !== undefined && before.version === version && now - before.at < leaveAloneMs;
    },
    add: ({ id, version }, now) => {
      if (woken.size > 20_000) woken = new Map([...woken].filter(([, { at }]) => now - at < leaveAloneMs));
      woken.set(id, { version, at: now });
    },
    taken: (id) => void woken.delete(id),
  };
}

async function repeat(loop: string, everyMs: Millis, stepping: Tools, signal: AbortSignal, turn: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await guarded(loop, stepping, signal, turn);
    stepping.meter.set("loop_last_turn_timestamp_seconds", { loop }, stepping.clock.now() / 1000);
    await stepping.clock.sleep(everyMs, signal);
  }
}

/** What escapes (a ledger that cannot write, a bug) is told and left to the audit: nothing was sent unsaved. */
async function guarded(where: string, { log, meter }: Tools, signal: AbortSignal, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    if (signal.aborted) return;
    const { code, message } = failureOf(thrown);
    meter.count("errors_total", { where, code });
    const stack = thrown instanceof GantryError || !(thrown instanceof Error) ? undefined : thrown.stack;
    log.error({ where, code, stack }, message);
  }
}
