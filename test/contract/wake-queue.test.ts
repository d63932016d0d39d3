/** What every wake queue promises, on memory and on a real Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createClock } from "../../src/clock.ts";
import { deliveryId, laneName } from "../../src/core/values.ts";
import type { DeliveryId } from "../../src/core/values.ts";
import type { WakeQueue } from "../../src/ports.ts";
import { createBullmqWakeQueue } from "../../src/queue/bullmq.ts";
import { createMemoryWakeQueue } from "../../src/queue/memory.ts";
import { createMemoryLog, createMemoryMeter } from "../support/quiet.ts";
import { createTestRedis, until } from "../support/redis.ts";
import type { TestRedis } from "../support/redis.ts";

const clock = createClock();
const lane = laneName("tbtc-deposit-sweep");
const id = (text: string): DeliveryId => deliveryId(text);

let redis: TestRedis;
let installation = 0;
beforeAll(async () => {
  redis = await createTestRedis();
});
afterAll(() => redis.end());

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

const kinds = {
  memory: (log: ReturnType<typeof createMemoryLog>, meter: ReturnType<typeof createMemoryMeter>) => createMemoryWakeQueue({ clock, log, meter }),
  bullmq: (log: ReturnType<typeof createMemoryLog>, meter: ReturnType<typeof createMemoryMeter>) => {
    installation += 1;
    return createBullmqWakeQueue({ url: redis.url, prefix: `gantry:contract-${installation}`, clock, log, meter });
  },
};

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])("wake queue: %s", (kind) => {
  let queue: WakeQueue;
  let stop: AbortController;
  let serving: Promise<void>[];
  let meter: ReturnType<typeof createMemoryMeter>;
  let log: ReturnType<typeof createMemoryLog>;
  const begin = (): void => {
    log = createMemoryLog();
    meter = createMemoryMeter();
    queue = kinds[kind](log, meter);
    stop = new AbortController();
    serving = [];
  };
  const serve = (handle: (id: DeliveryId) => Promise<void>, concurrency = 1, which = lane): void => {
    serving.push(queue.serve(which, concurrency, handle, stop.signal));
  };
  afterEach(async () => {
    stop.abort();
    await Promise.all(serving);
    await queue.close();
  });

  it("hands out a wake made before anybody served, and one made after", async () => {
    begin();
    const seen: string[] = [];
    await queue.wake(lane, id("before"), clock.now(), 1);
    serve(async (one) => void seen.push(one));
    await until("the first wake", () => seen.length === 1);
    await queue.wake(lane, id("after"), clock.now() - 60_000, 1);
    await until("the second wake", () => seen.length === 2);
    expect(seen).toEqual(["before", "after"]);
  });

  it("does not hand out a wake before its time, and keeps the order of times", async () => {
    begin();
    const seen: { id: string; early: boolean }[] = [];
    await queue.ping();
    const start = clock.now();
    // far enough apart that all are made before the second one is due
    const at: Record<string, number> = { late: start + 4_000, soon: start + 2_000, now: start };
    for (const name of ["late", "soon", "now"]) await queue.wake(lane, id(name), at[name] ?? 0, 5);
    serve(async (one) => void seen.push({ id: one, early: clock.now() < (at[one] ?? 0) }));
    await until("three wakes", () => seen.length === 3);
    expect(seen).toEqual([{ id: "now", early: false }, { id: "soon", early: false }, { id: "late", early: false }]);
  });

  it("prefers the lower number among wakes that are due, whatever range it is in", async () => {
    begin();
    const seen: string[] = [];
    for (const [name, priority] of [["never", Number.NaN], ["huge", 1e12], ["middle", 7.4], ["zero", 0]] as const) {
      await queue.wake(lane, id(name), clock.now(), priority);
    }
    await until("all due", async () => (await queue.overdue(lane)) === 4);
    serve(async (one) => void seen.push(one));
    await until("four wakes", () => seen.length === 4);
    expect(seen.slice(0, 2)).toEqual(["zero", "middle"]);
  });

  it("does not lose a wake that a delivery's own work makes for the same delivery", async () => {
    begin();
    let turns = 0;
    serve(async (one) => {
      turns += 1;
      if (turns < 3) await queue.wake(lane, one, clock.now(), 1);
    });
    await queue.wake(lane, id("again"), clock.now(), 1);
    await until("three turns", () => turns === 3);
    expect(turns).toBe(3);
  });

  it("keeps equal wakes apart: one is not a reason to drop another", async () => {
    begin();
    let turns = 0;
    for (let i = 0; i < 3; i += 1) await queue.wake(lane, id("same"), clock.now(), 1);
    serve(async () => void (turns += 1));
    await until("three turns", () => turns === 3);
  });

  it("goes on after work that throws, logs and counts it, and does not run it again by itself", async () => {
    begin();
    const seen: string[] = [];
    serve(async (one) => {
      seen.push(one);
      if (one === "bad") throw new TypeError("boom");
    });
    await queue.wake(lane, id("bad"), clock.now(), 1);
    await until("the bad one", () => seen.length === 1);
    await queue.wake(lane, id("good"), clock.now(), 1);
    await until("the good one", () => seen.includes("good"));
    expect(seen).toEqual(["bad", "good"]);
    expect(meter.total("errors_total")).toBe(1);
    expect(log.lines.find((line) => line.level === "error")?.fields).toMatchObject({ lane, delivery: "bad" });
  });

  it("runs as many at once as asked for, and no more", async () => {
    begin();
    let open = 0;
    let most = 0;
    let done = 0;
    const release = gate();
    serve(async () => {
      open += 1;
      most = Math.max(most, open);
      await release.opened;
      open -= 1;
      done += 1;
    }, 3);
    for (let i = 0; i < 7; i += 1) await queue.wake(lane, id(`d${i}`), clock.now(), 1);
    await until("three at once", () => open === 3);
    release.open();
    await until("all done", () => done === 7);
    expect(most).toBe(3);
  });

  it("keeps lanes apart, also those whose names need escaping", async () => {
    begin();
    const seen: string[] = [];
    const odd = laneName("odd:{lane}/a");
    serve(async (one) => void seen.push(`odd ${one}`), 1, odd);
    serve(async (one) => void seen.push(`plain ${one}`));
    await queue.wake(odd, id("x"), clock.now(), 1);
    await queue.wake(lane, id("y"), clock.now(), 1);
    await until("both", () => seen.length === 2);
    expect(seen.sort()).toEqual(["odd x", "plain y"]);
  });

  it("counts as overdue what is due and not taken, and nothing else", async () => {
    begin();
    await queue.wake(lane, id("due"), clock.now(), 1);
    await queue.wake(lane, id("due-soon"), clock.now() + 100, 3);
    await queue.wake(lane, id("far"), clock.now() + 3_600_000, 3);
    await until("two are due", async () => (await queue.overdue(lane)) === 2);
    expect(await queue.overdue(laneName("other"))).toBe(0);
  });

  it("ends with the signal: begun work is awaited, nothing new is begun", async () => {
    begin();
    const release = gate();
    const seen: string[] = [];
    let finished = 0;
    let ended = false;
    const served = queue.serve(lane, 1, async (one) => {
      seen.push(one);
      await release.opened;
      finished += 1;
    }, stop.signal).then(() => (ended = true));
    await queue.wake(lane, id("first"), clock.now(), 1);
    await until("the first is begun", () => seen.length === 1);
    stop.abort();
    await queue.wake(lane, id("second"), clock.now(), 1);
    expect({ ended, finished }).toEqual({ ended: false, finished: 0 });
    release.open();
    await served;
    expect({ seen, finished }).toEqual({ seen: ["first"], finished: 1 });
  });

  it("serves nothing with a signal that is already aborted", async () => {
    begin();
    stop.abort();
    await queue.serve(lane, 1, async () => undefined, stop.signal);
    await queue.ping();
  });
});
