/**
 * The wake queue on Redis: one BullMQ queue per lane, job data {id}, one attempt, removed when done.
 * Always: a wake either reached Redis or is refused in bounded time; serving survives FLUSHALL and restarts of Redis;
 * installations on one Redis are kept apart by `prefix`.
 * Never: a custom job id (BullMQ ignores an add whose id exists in any state, which would lose a nudge), a lease, or
 * anything that could not be lost: the ledger alone knows what is to be done.
 */
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { failureOf } from "../core/errors.ts";
import type { LaneName, Millis } from "../core/values.ts";
import type { Clock, Log, Meter, WakeQueue } from "../ports.ts";
import { connectForCommands, firstContact, queueUnavailable, readRedisFacts, reasonOf, redisLabel, redisUnauthorized } from "./redis.ts";
import type { RedisAccess, RedisFacts } from "./redis.ts";
import { clampPriority, queueNameOf } from "./wake.ts";
import { serveLane } from "./worker.ts";
import type { WakeData, Watchdog } from "./worker.ts";

export type BullmqOptions = RedisAccess & {
  /** namespace of this installation on its Redis, e.g. `gantry:<instance>` */
  readonly prefix: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** a wake or a question is answered or refused within this; default 2 s */
  readonly commandTimeoutMs?: Millis;
  /** default: look every 2 s, replace a worker that took nothing due for 10 s */
  readonly watchdog?: Watchdog;
};
export type BullmqWakeQueue = WakeQueue & {
  /** refuses a Redis that would drop wakes: Misconfigured "redis-eviction-policy", "redis-too-old",
   *  "redis-unauthorized"; Unavailable "queue-unavailable" when it cannot be asked now */
  checkRedis(): Promise<RedisFacts>;
};

/** BullMQ keeps times times 4096 in a double: far futures would lose order. A wake this far off is asked again anyway. */
const longestDelayMs = 30 * 24 * 3_600_000;
const sameErrorEveryMs = 10_000;
/** BullMQ's score of a delayed job is its time in ms, times this, plus a running number. */
const delayedScorePerMs = 0x1000;

/** Logs one of many equal errors, with how many were kept back. */
function createErrorNotes(clock: Clock, log: Log, meter: Meter): (lane: string, error: Error) => void {
  const seen = new Map<string, { loggedAt: Millis; keptBack: number }>();
  return (lane, error) => {
    meter.count("errors_total", { where: "queue", code: "queue-unavailable" });
    const key = `${lane} ${error.message}`;
    const before = seen.get(key);
    if (before !== undefined && clock.now() - before.loggedAt < sameErrorEveryMs) {
      before.keptBack += 1;
      return;
    }
    if (seen.size > 100) seen.clear();
    seen.set(key, { loggedAt: clock.now(), keptBack: 0 });
    log.warn({ lane, code: "queue-unavailable", reason: error.message, keptBack: before?.keptBack ?? 0 }, "trouble with the wake queue's Redis");
  };
}

type Producer = {
  readonly redis: Redis;
  readonly queueOf: (lane: LaneName) => Queue<WakeData, void>;
  /** one question or order to Redis; whatever goes wrong is Unavailable "queue-unavailable" */
  readonly ask: <T>(work: () => Promise<T>) => Promise<T>;
  readonly facts: () => Promise<RedisFacts>;
  readonly close: () => Promise<void>;
};

function createProducer(options: BullmqOptions, noteError: (lane: string, error: Error) => void): Producer {
  const { clock, log, meter, prefix } = options;
  const timeoutMs = options.commandTimeoutMs ?? 2_000;
  const redis = connectForCommands(options, `${prefix}:wake`, timeoutMs);
  // The last trouble of the connection says more than "not connected", which is all a refused command knows.
  let trouble: unknown = null;
  redis.on("error", (error) => {
    trouble = error;
    noteError("*", error);
  });
  meter.set("redis_up", {}, 0);
  redis.on("ready", () => {
    trouble = null;
    meter.set("redis_up", {}, 1);
    log.info({ redis: redisLabel(options) }, "connected to the wake queue's Redis");
  });
  redis.on("close", () => meter.set("redis_up", {}, 0));
  const met = new AbortController();
  // Some servers take the connection and then say nothing.
  const contacted = Promise.race([firstContact(redis), clock.sleep(timeoutMs, met.signal)]).finally(() => met.abort());
  const queues = new Map<LaneName, Queue<WakeData, void>>();

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    await contacted;
    return work().catch((thrown: unknown) => {
      throw queueUnavailable(options, reasonOf(trouble ?? thrown), thrown);
    });
  };
  const facts = async (): Promise<RedisFacts> => {
    const info = await ask(() => redis.info()).catch((thrown: unknown) => {
      throw redisUnauthorized(options, reasonOf(trouble ?? (thrown instanceof Error ? thrown.cause : thrown))) ?? thrown;
    });
    return readRedisFacts(info, options);
  };
  return {
    redis,
    ask,
    facts,
    queueOf: (lane) => {
      const known = queues.get(lane);
      if (known !== undefined) return known;
      const queue = new Queue<WakeData, void>(queueNameOf(lane), {
        connection: redis,
        prefix,
        // Nothing that needs Redis at creation: a queue made while Redis is away must work when it is back.
        skipWaitingForReady: true,
        skipVersionCheck: true,
        skipMetasUpdate: true,
        defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
      });
      queue.on("error", (error) => noteError(lane, error));
      queues.set(lane, queue);
      return queue;
    },
    close: async () => {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}

/** Connects at once and in the background; Redis may be away at start. */
export function createBullmqWakeQueue(options: BullmqOptions): BullmqWakeQueue {
  const { clock, log, meter, prefix } = options;
  const noteError = createErrorNotes(clock, log, meter);
  const producer = createProducer(options, noteError);
  const stopping = new AbortController();
  const serving = new Set<Promise<void>>();

  const overdue = (lane: LaneName): Promise<number> =>
    producer.ask(async () => {
      const queue = producer.queueOf(lane);
      const latestScore = (clock.now() + 1) * delayedScorePerMs - 1;
      const counts = await Promise.all([
        queue.getWaitingCount(),
        queue.getPrioritizedCount(),
        producer.redis.zcount(queue.toKey("delayed"), "-inf", latestScore),
      ]);
      return counts.reduce((sum, count) => sum + count, 0);
    });

  return {
    overdue,
    async wake(lane, id, at, priority) {
      const delay = Math.min(Math.max(0, at - clock.now()), longestDelayMs);
      await producer.ask(() => producer.queueOf(lane).add("wake", { id }, { delay, priority: clampPriority(priority) }));
    },
    async serve(lane, concurrency, handle, signal) {
      const until = AbortSignal.any([signal, stopping.signal]);
      const watchdog = options.watchdog ?? { everyMs: 2_000, stuckAfterMs: 10_000 };
      const setup = { access: options, prefix, lane, concurrency, handle, overdue: () => overdue(lane), noteError, clock, log, meter, watchdog };
      const done = serveLane(setup, until);
      serving.add(done);
      await done.finally(() => serving.delete(done));
    },
    ping: () => producer.ask(async () => void (await producer.redis.ping())),
    checkRedis: producer.facts,
    async close() {
      stopping.abort();
      await Promise.allSettled(serving);
      await producer.close().catch((thrown: unknown) => log.debug({ failure: failureOf(thrown) }, "the wake queue's Redis connection did not close cleanly"));
    },
  };
}
