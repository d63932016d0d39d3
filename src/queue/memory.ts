/**
 * The wake queue inside one process: for tests, simulations and benches without Redis.
 * Always: wakes come when due, urgent ones (lower number) first among those that are due, each handed out once.
 * Never: durable. Losing every wake loses nothing, so there is nothing to keep.
 */
import { failureOf, unavailable } from "../core/errors.ts";
import type { DeliveryId, LaneName, Millis } from "../core/values.ts";
import type { Clock, Log, Meter, WakeQueue } from "../ports.ts";
import { clampPriority } from "./wake.ts";

type Wake = { readonly id: DeliveryId; readonly at: Millis; readonly priority: number };

/** Inserts behind its equals, so that equals keep their order. */
function insert(sorted: Wake[], wake: Wake, keyOf: (wake: Wake) => number): void {
  let low = 0;
  let high = sorted.length;
  const key = keyOf(wake);
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = sorted[middle];
    if (other !== undefined && keyOf(other) <= key) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, wake);
}

/** One lane's wakes: those whose time has come by priority, the others by time. */
function createWakeList(clock: Clock) {
  const due: Wake[] = [];
  const later: Wake[] = [];
  let changed = new AbortController();

  const ripen = (): void => {
    while (later[0] !== undefined && later[0].at <= clock.now()) {
      const wake = later.shift();
      if (wake !== undefined) insert(due, wake, (one) => one.priority);
    }
  };
  return {
    add(wake: Wake): void {
      insert(later, wake, (one) => one.at);
      changed.abort();
      changed = new AbortController();
    },
    take(): Wake | undefined {
      ripen();
      return due.shift();
    },
    dueCount(): number {
      ripen();
      return due.length;
    },
    /** until the next wake is due, one is added, or a signal aborts */
    idle(signals: readonly AbortSignal[]): Promise<void> {
      const next = later[0]?.at;
      return clock.sleep(next === undefined ? 60_000 : next - clock.now(), AbortSignal.any([...signals, changed.signal]));
    },
  };
}

/** `log` and `meter` hear of work that threw. */
export function createMemoryWakeQueue(options: { clock: Clock; log?: Log; meter?: Meter }): WakeQueue {
  const { clock, log, meter } = options;
  const lanes = new Map<LaneName, ReturnType<typeof createWakeList>>();
  const closed = new AbortController();

  const listOf = (lane: LaneName): ReturnType<typeof createWakeList> => {
    const list = lanes.get(lane) ?? createWakeList(clock);
    lanes.set(lane, list);
    return list;
  };
  const openOnly = (): void => {
    if (closed.signal.aborted) throw unavailable("queue-unavailable", "the wake queue is closed; the process is stopping");
  };
  const perform = async (lane: LaneName, id: DeliveryId, handle: (id: DeliveryId) => Promise<void>): Promise<void> => {
    try {
      await handle(id);
    } catch (thrown) {
      meter?.count("errors_total", { where: "queue", code: failureOf(thrown).code });
      log?.error({ lane, delivery: id, error: thrown }, "a wake's work threw; the audit wakes the delivery again");
    }
  };

  return {
    async wake(lane, id, at, priority) {
      openOnly();
      listOf(lane).add({ id, at, priority: clampPriority(priority) });
    },
    async serve(lane, concurrency, handle, signal) {
      const list = listOf(lane);
      const taker = async (): Promise<void> => {
        while (!signal.aborted && !closed.signal.aborted) {
          const next = list.take();
          if (next === undefined) await list.idle([signal, closed.signal]);
          else await perform(lane, next.id, handle);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, taker));
    },
    overdue: async (lane) => listOf(lane).dueCount(),
    ping: async () => openOnly(),
    close: async () => closed.abort(),
  };
}
