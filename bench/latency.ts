/**
 * How long a final event waits for its transaction: from the return of the commit that made the source block final to the call
 * of `send`, at given rates, with the durable ledger and Redis.
 * Always: deliveries come by the clock, whether the earlier ones are through or not.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createClock } from "../src/clock.ts";
import type { EventId } from "../src/core/values.ts";
import { createSqliteLedger } from "../src/ledger/sqlite.ts";
import { createBullmqWakeQueue } from "../src/queue/bullmq.ts";
import type { Figure } from "./figures.ts";
import { figure, percentile } from "./figures.ts";
import { quiet, startLoop } from "./loop.ts";
import type { BenchSetup } from "./throughput.ts";

/** Blocks do not come more often than this; at higher rates a block brings several deliveries. */
const leastBlockMs = 100;
const targetBlockMs = 100;

async function latenciesAt({ redisUrl, folder }: BenchSetup, perSecond: number, seconds: number): Promise<readonly number[]> {
  const ledger = await createSqliteLedger({ path: join(folder, `latency-${perSecond}.sqlite`) });
  const queue = createBullmqWakeQueue({ url: redisUrl, prefix: `bench-latency-${perSecond}`, clock: createClock(), ...quiet });
  const finalAt = new Map<EventId, number>();
  const latencies: number[] = [];
  const loop = await startLoop({
    ledger, queue, targetBlockMs,
    onFinal: (events) => {
      const now = performance.now();
      for (const event of events) finalAt.set(event, now);
    },
    onSend: (event) => latencies.push(performance.now() - (finalAt.get(event) ?? Number.NaN)),
  });
  try {
    const everyMs = Math.max(leastBlockMs, 1000 / perSecond);
    const perBlock = Math.max(1, Math.round((perSecond * everyMs) / 1000));
    const blocks = Math.round((seconds * 1000) / everyMs);
    await loop.bring(1);
    await loop.delivered(1);
    latencies.length = 0;
    const begun = performance.now();
    for (let block = 0; block < blocks; block += 1) {
      await pause(Math.max(0, begun + block * everyMs - performance.now()));
      await loop.bring(perBlock);
    }
    await loop.delivered(1 + blocks * perBlock);
    if (loop.troubles.length > 0) throw new Error(`the loop met trouble: ${loop.troubles.slice(0, 3).join(" | ")}`);
    return latencies;
  } finally {
    await loop.stop();
    await queue.close();
    await ledger.close();
  }
}

export async function latency(setup: BenchSetup): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { perSecond, seconds } of [{ perSecond: 1, seconds: 20 }, { perSecond: 10, seconds: 15 }, { perSecond: 100, seconds: 15 }]) {
    const latencies = await latenciesAt(setup, perSecond, seconds);
    const spread = { min: Math.min(...latencies), max: Math.max(...latencies) };
    figures.push({ ...figure(`${perSecond} deliveries/s, p50`, "ms", [percentile(latencies, 0.5)]), ...spread });
    figures.push({ ...figure(`${perSecond} deliveries/s, p95`, "ms", [percentile(latencies, 0.95)], { atMost: 200 }), ...spread });
  }
  return figures;
}
