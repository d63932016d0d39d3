/**
 * One lane's BullMQ worker with a watchdog.
 * Always: a worker that takes nothing although wakes are due is replaced; when the signal aborts no new wake is begun,
 * the begun ones are awaited, the sockets are closed. A wake whose work throws is logged, counted and finished.
 * Never: an answer about a delivery. The handler reads the ledger; a wake carries only an id.
 */
import { DelayedError, Worker } from "bullmq";
import type { Job } from "bullmq";
import { failureOf } from "../core/errors.ts";
import type { DeliveryId, LaneName, Millis } from "../core/values.ts";
import type { Clock, Log, Meter } from "../ports.ts";
import { connectionForWorker } from "./redis.ts";
import type { RedisAccess } from "./redis.ts";
import { queueNameOf } from "./wake.ts";

export type WakeData = { readonly id: DeliveryId };
export type Watchdog = { readonly everyMs: Millis; readonly stuckAfterMs: Millis };

export type WorkerSetup = {
  readonly access: RedisAccess;
  readonly prefix: string;
  readonly lane: LaneName;
  readonly concurrency: number;
  readonly handle: (id: DeliveryId) => Promise<void>;
  /** due and not taken; throws while Redis is away */
  readonly overdue: () => Promise<number>;
  /** one error of a kind now and then, not each of a thousand */
  readonly noteError: (lane: LaneName, error: Error) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly watchdog: Watchdog;
};

/** What the watchdog looks at: how many wakes were ever taken, and which are being worked on. */
type Work = { taken: number; readonly open: Set<Promise<void>> };
type Running = {
  /** begins no new wake from now on */
  readonly pause: () => void;
  /** resolves when the begun wakes have ended and Redis has let the sockets go */
  readonly close: () => Promise<void>;
  /** drops the sockets without asking Redis anything */
  readonly drop: () => void;
};

const closeWithinMs = 3_000;

function startWorker(setup: WorkerSetup, work: Work): Running {
  const { lane, log, meter } = setup;
  let stopped = false;

  const perform = async (id: DeliveryId): Promise<void> => {
    try {
      await setup.handle(id);
    } catch (thrown) {
      meter.count("errors_total", { where: "queue", code: failureOf(thrown).code });
      log.error({ lane, delivery: id, error: thrown }, "a wake's work threw; the audit wakes the delivery again");
    }
  };
  const worker = new Worker<WakeData, void>(
    queueNameOf(lane),
    async (job, token) => {
      if (stopped) return putBack(job, token);
      work.taken += 1;
      const running = perform(job.data.id);
      work.open.add(running);
      await running.finally(() => work.open.delete(running));
    },
    {
      connection: connectionForWorker(setup.access, `${setup.prefix}:serve`, () => stopped),
      prefix: setup.prefix,
      concurrency: setup.concurrency,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      // How long the worker rests after a lost connection: the default of 15 s is a long silence for one lane.
      runRetryDelay: 500,
    },
  );
  const trouble = (thrown: unknown): void => setup.noteError(lane, thrown instanceof Error ? thrown : new Error(String(thrown)));
  worker.on("error", trouble);
  const pause = (): void => {
    stopped = true;
    worker.pause(true).catch(trouble);
  };
  return {
    pause,
    close: () => worker.close().catch(trouble),
    drop: () => {
      pause();
      worker.close(true).catch(trouble);
      worker.disconnect().catch(trouble);
    },
  };
}

/** A wake that arrived while stopping goes back, due at once, for whoever serves next. */
async function putBack(job: Job<WakeData, void>, token: string | undefined): Promise<never> {
  await job.moveToDelayed(job.timestamp, token);
  throw new DelayedError();
}

/** Replaces the worker when nothing was taken for `stuckAfterMs` although Redis answers that wakes are due. */
async function watch(setup: WorkerSetup, work: Work, replace: () => void, signal: AbortSignal): Promise<void> {
  const { clock, lane, log, meter, watchdog } = setup;
  let idleSince: { readonly at: Millis; readonly taken: number } | null = null;
  while (!signal.aborted) {
    await clock.sleep(watchdog.everyMs, signal);
    // While Redis is away nobody can take anything: the worker is not to blame and the measure starts again.
    const due = signal.aborted ? 0 : await setup.overdue().catch(() => 0);
    if (due === 0 || work.open.size > 0 || idleSince?.taken !== work.taken) {
      idleSince = due > 0 && work.open.size === 0 ? { at: clock.now(), taken: work.taken } : null;
      continue;
    }
    const idleMs = clock.now() - idleSince.at;
    if (idleMs < watchdog.stuckAfterMs) continue;
    meter.count("queue_worker_restarts_total", { lane });
    log.warn({ lane, code: "queue-worker-stuck", due, idleMs }, "wakes are due and none was taken; the worker is replaced");
    replace();
    idleSince = null;
  }
}

/** Ends the worker: begun work for as long as it takes, the sockets in bounded time. */
async function end(setup: WorkerSetup, running: Running, work: Work): Promise<void> {
  running.pause();
  const reachable = await setup.overdue().then(() => true, () => false);
  const closed = reachable ? running.close().then(() => true) : Promise.resolve(false);
  await Promise.all(work.open);
  const patience = new AbortController();
  const inTime = await Promise.race([closed, setup.clock.sleep(closeWithinMs, patience.signal).then(() => false)]);
  patience.abort();
  if (inTime) return;
  if (reachable) setup.log.warn({ lane: setup.lane, code: "queue-close-slow" }, "Redis did not let the worker go in time; its sockets are dropped");
  running.drop();
}

/** Runs until the signal aborts and everything begun has ended. */
export async function serveLane(setup: WorkerSetup, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const work: Work = { taken: 0, open: new Set() };
  let running = startWorker(setup, work);
  const replace = (): void => {
    const old = running;
    running = startWorker(setup, work);
    old.drop();
  };
  const ended = new Promise<void>((resolve) => {
    // At the very moment of the abort: a turn later the worker could have begun another wake.
    signal.addEventListener("abort", () => resolve(end(setup, running, work)), { once: true });
  });
  await watch(setup, work, replace, signal);
  await ended;
}
