/**
 * Steps and deliveries per second through the whole loop, beside what BullMQ does with jobs that do nothing.
 * Always: both in the same run, in turns, on the same Redis, with the same number of queues and workers.
 */
import { join } from "node:path";
import { Queue, Worker } from "bullmq";
import { createClock } from "../src/clock.ts";
import { createMemoryLedger } from "../src/ledger/memory.ts";
import { createSqliteLedger } from "../src/ledger/sqlite.ts";
import type { Ledger } from "../src/ports.ts";
import { createBullmqWakeQueue } from "../src/queue/bullmq.ts";
import type { Figure } from "./figures.ts";
import { figure } from "./figures.ts";
import { concurrency, lanes, quiet, startLoop } from "./loop.ts";

export type BenchSetup = { readonly redisUrl: string; readonly folder: string };

const perBlock = 16;
const inFlight = 48;

/** Jobs per second, added and done; two queues, as the loop has two lanes. */
async function noopRate({ redisUrl }: BenchSetup, jobs: number): Promise<number> {
  const connection = { url: redisUrl, maxRetriesPerRequest: null };
  const prefix = `bench-noop-${process.hrtime.bigint()}`;
  const options = { removeOnComplete: true, removeOnFail: true, attempts: 1 };
  let done = 0;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const queues = lanes.map((name) => new Queue(name, { connection, prefix, defaultJobOptions: options }));
  const workers = lanes.map((name) => new Worker(name, async () => {
    done += 1;
    if (done === jobs) finish();
  }, { connection, prefix, concurrency, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } }));
  await Promise.all([...queues, ...workers].map((one) => one.waitUntilReady()));
  const begun = performance.now();
  let added = 0;
  // As many at once as the loop has deliveries on their way.
  await Promise.all(Array.from({ length: inFlight }, async (_, adder) => {
    while (added < jobs) {
      added += 1;
      await queues[adder % queues.length]?.add("wake", { id: `job-${added}` }, { priority: 4 });
    }
  }));
  await finished;
  const seconds = (performance.now() - begun) / 1000;
  await Promise.all(workers.map((worker) => worker.close()));
  await Promise.all(queues.map((queue) => queue.close()));
  return jobs / seconds;
}

type Rates = { readonly steps: number; readonly deliveries: number; readonly stepsEach: number };

async function loopRate({ redisUrl }: BenchSetup, ledger: Ledger, deliveries: number): Promise<Rates> {
  const queue = createBullmqWakeQueue({ url: redisUrl, prefix: `bench-loop-${process.hrtime.bigint()}`, clock: createClock(), ...quiet });
  const loop = await startLoop({ ledger, queue });
  try {
    // the first round warms everything up and is not counted
    await loop.bring(perBlock);
    await loop.delivered(perBlock);
    const begun = { at: performance.now(), steps: loop.steps() };
    for (let born = perBlock; born < perBlock + deliveries; born += perBlock) {
      await loop.delivered(born - inFlight + perBlock);
      await loop.bring(perBlock);
    }
    await loop.delivered(perBlock + deliveries);
    const seconds = (performance.now() - begun.at) / 1000;
    if (loop.troubles.length > 0) throw new Error(`the loop met trouble: ${loop.troubles.slice(0, 3).join(" | ")}`);
    const steps = loop.steps() - begun.steps;
    return { steps: steps / seconds, deliveries: deliveries / seconds, stepsEach: steps / deliveries };
  } finally {
    await loop.stop();
    await queue.close();
    await ledger.close();
  }
}

/** `repeats` rounds of all three, in turns. */
export async function throughput(setup: BenchSetup, repeats: number): Promise<readonly Figure[]> {
  const noop: number[] = [];
  const memory: Rates[] = [];
  const sqlite: Rates[] = [];
  for (let round = 0; round < repeats; round += 1) {
    noop.push(await noopRate(setup, 8_000));
    memory.push(await loopRate(setup, createMemoryLedger(), 960));
    sqlite.push(await loopRate(setup, await createSqliteLedger({ path: join(setup.folder, `throughput-${round}.sqlite`) }), 480));
  }
  const ratio = (rates: readonly Rates[]): readonly number[] => rates.map(({ steps }, round) => (100 * steps) / (noop[round] ?? Number.NaN));
  return [
    figure("BullMQ, jobs that do nothing", "jobs/s", noop),
    figure("loop, memory ledger", "steps/s", memory.map(({ steps }) => steps)),
    figure("loop, memory ledger", "deliveries/s", memory.map(({ deliveries }) => deliveries)),
    figure("loop, memory ledger: steps/s of jobs/s", "%", ratio(memory), { atLeast: 30 }),
    figure("loop, SQLite FULL", "steps/s", sqlite.map(({ steps }) => steps)),
    figure("loop, SQLite FULL", "deliveries/s", sqlite.map(({ deliveries }) => deliveries)),
    figure("loop, SQLite FULL: steps/s of jobs/s", "%", ratio(sqlite), { atLeast: 15 }),
    figure("steps of a delivery", "steps", [...memory, ...sqlite].map(({ stepsEach }) => stepsEach)),
  ];
}
