/** Bad days of the Redis behind the wakes: emptied, stopped, silent, frozen, shared, refused. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { freePort } from "../../devnet/processes.ts";
import { createClock } from "../../src/clock.ts";
import { GantryError } from "../../src/core/errors.ts";
import { deliveryId, laneName } from "../../src/core/values.ts";
import type { Clock } from "../../src/ports.ts";
import { createBullmqWakeQueue } from "../../src/queue/bullmq.ts";
import type { BullmqOptions, BullmqWakeQueue } from "../../src/queue/bullmq.ts";
import { createTestProxy } from "../support/proxy.ts";
import { createMemoryLog, createMemoryMeter } from "../support/quiet.ts";
import { createTestRedis, redisCommand, until } from "../support/redis.ts";
import type { TestRedis } from "../support/redis.ts";

const clock = createClock();
const lane = laneName("tbtc-redemption");
const log = createMemoryLog();
let meter = createMemoryMeter();
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  meter = createMemoryMeter();
  log.lines.length = 0;
});

async function redisServer(flags: readonly string[] = []): Promise<TestRedis> {
  const redis = await createTestRedis(flags);
  ends.push(() => redis.end());
  return redis;
}

function queueOn(url: string, more: Partial<BullmqOptions> = {}): BullmqWakeQueue {
  const queue = createBullmqWakeQueue({ url, prefix: "gantry:test", clock, log, meter, ...more });
  ends.push(() => queue.close());
  return queue;
}

/** Serves until the end of the test and remembers what came. */
function served(queue: BullmqWakeQueue): string[] {
  const seen: string[] = [];
  const stop = new AbortController();
  const done = queue.serve(lane, 1, async (id) => void seen.push(id), stop.signal);
  ends.push(async () => {
    stop.abort();
    await done;
  });
  return seen;
}

const wakeNow = (queue: BullmqWakeQueue, id: string): Promise<void> => queue.wake(lane, deliveryId(id), clock.now(), 1);
const failureOf = async (work: Promise<unknown>) => {
  const thrown = await work.then(() => null, (error: unknown) => error);
  if (!(thrown instanceof GantryError)) throw new Error(`no GantryError: ${String(thrown)}`);
  return thrown.failure;
};
const clients = async (redis: TestRedis): Promise<number> => (await redisCommand(redis.port, "CLIENT LIST")).split("\n").filter((line) => line.includes("gantry")).length;

it("FLUSHALL takes the wakes and nothing else: new wakes are served, also after one was in work", async () => {
  const redis = await redisServer();
  const queue = queueOn(redis.url);
  const seen: string[] = [];
  const stop = new AbortController();
  const done = queue.serve(lane, 2, async (id) => {
    if (id === "flusher") await redisCommand(redis.port, "FLUSHALL");
    seen.push(id);
  }, stop.signal);
  ends.push(async () => {
    stop.abort();
    await done;
  });
  await queue.wake(lane, deliveryId("later"), clock.now() + 3_600_000, 1);
  await wakeNow(queue, "flusher");
  await until("the flusher's end", () => seen.includes("flusher"));
  await wakeNow(queue, "after");
  await queue.wake(lane, deliveryId("delayed-after"), clock.now() + 50, 1);
  await until("wakes after FLUSHALL", () => seen.length === 3);
  await redisCommand(redis.port, "FLUSHALL");
  await wakeNow(queue, "after-idle");
  await until("a wake after FLUSHALL of an idle queue", () => seen.includes("after-idle"));
});

it("Redis stopped: wakes are refused at once; started again on its port: serving goes on", async () => {
  const redis = await redisServer();
  const queue = queueOn(redis.url);
  const seen = served(queue);
  await wakeNow(queue, "before");
  await until("the wake before", () => seen.length === 1);
  expect(meter.last("redis_up")).toBe(1);
  await redis.kill();
  await until("the loss is noticed", () => meter.last("redis_up") === 0);
  const failure = await failureOf(wakeNow(queue, "during"));
  expect(failure).toMatchObject({ remedy: "Unavailable", code: "queue-unavailable" });
  expect(failure.message).toContain(`127.0.0.1:${redis.port}`);
  expect((await failureOf(queue.ping())).code).toBe("queue-unavailable");
  expect((await failureOf(queue.overdue(lane))).code).toBe("queue-unavailable");
  await redis.start();
  await until("Redis takes wakes again", () => wakeNow(queue, "after").then(() => true, () => false));
  await until("the wake after", () => seen.includes("after"));
  expect(seen).not.toContain("during");
});

it("Redis away at the start: everything works once it is there", async () => {
  const redis = await redisServer();
  await redis.kill();
  const queue = queueOn(redis.url);
  const seen = served(queue);
  expect((await failureOf(wakeNow(queue, "too-early"))).code).toBe("queue-unavailable");
  await redis.start();
  await until("Redis takes wakes", () => wakeNow(queue, "first").then(() => true, () => false));
  await until("the wake", () => seen.includes("first"));
});

it("Redis that refuses to write for a while, as in a fail-over, does not end the serving", async () => {
  const redis = await redisServer();
  const queue = queueOn(redis.url);
  const seen = served(queue);
  await wakeNow(queue, "before");
  await until("the wake before", () => seen.length === 1);
  await redisCommand(redis.port, "REPLICAOF 127.0.0.1 1");
  expect((await failureOf(wakeNow(queue, "during"))).code).toBe("queue-unavailable");
  await redisCommand(redis.port, "REPLICAOF NO ONE");
  await wakeNow(queue, "after");
  await until("the wake after", () => seen.length === 2);
  expect(seen).toEqual(["before", "after"]);
});

it("Redis silent for a while with its sockets open: wakes are refused in bounded time, then serving goes on", async () => {
  const redis = await redisServer();
  const queue = queueOn(redis.url, { commandTimeoutMs: 4_000 });
  const seen = served(queue);
  await wakeNow(queue, "before");
  await until("the wake before", () => seen.length === 1);
  redis.freeze();
  expect((await failureOf(wakeNow(queue, "during"))).code).toBe("queue-unavailable");
  expect((await failureOf(queue.ping())).code).toBe("queue-unavailable");
  redis.thaw();
  await until("Redis takes wakes again", () => wakeNow(queue, "after").then(() => true, () => false));
  await until("the wake after", () => seen.includes("after"));
});

it("a server that takes connections and says nothing does not hold up a wake", async () => {
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  ends.push(async () => void silent.close());
  const queue = queueOn(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`, { commandTimeoutMs: 200 });
  expect((await failureOf(wakeNow(queue, "x"))).code).toBe("queue-unavailable");
});

it("two workers on one lane: each wake goes to one of them", async () => {
  const redis = await redisServer();
  const [one, two] = [queueOn(redis.url), queueOn(redis.url)];
  const [first, second] = [served(one), served(two)];
  const ids = Array.from({ length: 40 }, (_, i) => `d${i}`);
  await Promise.all(ids.map((id) => wakeNow(one, id)));
  await until("all wakes", () => first.length + second.length >= 40);
  expect([...first, ...second].sort()).toEqual(ids.sort());
});

it("two installations on one Redis do not see each other's wakes", async () => {
  const redis = await redisServer();
  const [ours, theirs] = [queueOn(redis.url, { prefix: "gantry:a" }), queueOn(redis.url, { prefix: "gantry:b" })];
  const seen = served(theirs);
  await wakeNow(ours, "ours");
  await wakeNow(theirs, "theirs");
  await until("their wake", () => seen.length > 0);
  expect(seen).toEqual(["theirs"]);
  expect(await ours.overdue(lane)).toBe(1);
});

it("a worker that takes nothing although wakes are due is replaced and counted", async () => {
  const redis = await redisServer();
  const proxy = await createTestProxy(redis.port);
  ends.push(() => proxy.close());
  const queue = queueOn(`redis://127.0.0.1:${proxy.port}`, { watchdog: { everyMs: 50, stuckAfterMs: 6_000 } });
  const seen = served(queue);
  await wakeNow(queue, "before");
  await until("the wake before", () => seen.length === 1);
  const frozen = proxy.freeze((firstBytes) => !firstBytes.includes("gantry:test:wake"));
  expect(frozen).toBeGreaterThan(0);
  await wakeNow(queue, "stuck");
  await until("the wake behind the frozen worker", () => seen.includes("stuck"));
  expect(meter.total("queue_worker_restarts_total")).toBe(1);
  expect(log.lines.map((line) => line.fields.code)).toContain("queue-worker-stuck");
});

it("the watchdog leaves alone a worker that is idle, busy, or without Redis", async () => {
  const redis = await redisServer();
  let looks = 0;
  const counted: Clock = {
    now: () => clock.now(),
    sleep: (ms, signal) => {
      if (ms === 11) looks += 1;
      return clock.sleep(ms, signal);
    },
  };
  const watchdogLooksAgain = (): Promise<void> => {
    // longer than what counts as stuck
    const enough = looks + 400;
    return until("400 looks of the watchdog", () => looks >= enough);
  };
  const queue = queueOn(redis.url, { clock: counted, watchdog: { everyMs: 11, stuckAfterMs: 3_000 } });
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const stop = new AbortController();
  let turns = 0;
  const done = queue.serve(lane, 1, async () => {
    turns += 1;
    await opened;
  }, stop.signal);
  ends.push(async () => {
    open();
    stop.abort();
    await done;
  });
  await queue.wake(lane, deliveryId("in-an-hour"), clock.now() + 3_600_000, 1);
  await wakeNow(queue, "busy");
  await wakeNow(queue, "waiting");
  await until("one is in work", () => turns === 1);
  await watchdogLooksAgain();
  expect(await queue.overdue(lane)).toBe(1);
  await redis.kill();
  await until("Redis is seen to be away", () => meter.last("redis_up") === 0);
  await watchdogLooksAgain();
  expect(meter.total("queue_worker_restarts_total")).toBe(0);
});

it("closing leaves no connection behind, with Redis there and with Redis away", async () => {
  const redis = await redisServer();
  const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap" || kind === "TCPWRAP").length;
  const before = sockets();
  for (const away of [false, true]) {
    const queue = createBullmqWakeQueue({ url: redis.url, prefix: "gantry:test", clock, log, meter });
    const stop = new AbortController();
    const done = queue.serve(lane, 4, async () => undefined, stop.signal);
    await wakeNow(queue, "x");
    await until("three connections", async () => (await clients(redis)) === 3);
    if (away) await redis.kill();
    stop.abort();
    await done;
    await queue.close();
    await until("no connection at the server", async () => (await clients(redis)) === 0);
    await until("no socket here", () => sockets() <= before);
  }
});

it("refuses a Redis that may evict, and says what to set", async () => {
  const redis = await redisServer(["--maxmemory-policy", "allkeys-lru"]);
  const failure = await failureOf(queueOn(redis.url).checkRedis());
  expect(failure).toMatchObject({ remedy: "Misconfigured", code: "redis-eviction-policy" });
  expect(failure.message).toBe(
    `Redis at 127.0.0.1:${redis.port} has maxmemory-policy "allkeys-lru" and may drop parts of a queue; only "noeviction" is allowed: set it in redis.conf`,
  );
});

it("accepts a good Redis and names its version", async () => {
  const redis = await redisServer();
  expect(await queueOn(redis.url).checkRedis()).toMatchObject({ evictionPolicy: "noeviction" });
});

it("uses the password given apart from the URL, and never says it", async () => {
  const redis = await redisServer(["--requirepass", "correct-horse"]);
  const good = queueOn(redis.url, { password: "correct-horse" });
  const seen = served(good);
  await wakeNow(good, "x");
  await until("the wake", () => seen.length === 1);
  const wrong = queueOn(redis.url, { password: "wrong-battery" });
  const refused = await failureOf(wakeNow(wrong, "y"));
  expect(refused).toMatchObject({ remedy: "Unavailable", code: "queue-unavailable" });
  expect(refused.message).toContain("WRONGPASS");
  const failure = await failureOf(wrong.checkRedis());
  expect(failure).toMatchObject({ remedy: "Misconfigured", code: "redis-unauthorized" });
  expect(JSON.stringify([log.lines, failure])).not.toMatch(/correct-horse|wrong-battery/u);
});

it("says Unavailable, not Misconfigured, when Redis cannot be asked", async () => {
  const port = await freePort();
  expect((await failureOf(queueOn(`redis://127.0.0.1:${port}`).checkRedis())).code).toBe("queue-unavailable");
});
