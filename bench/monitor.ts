/**
 * What a scrape costs with a million finished transfers and deliveries in the ledger: one turn of the monitor (everything but calls to
 * nodes) and the text of /metrics; and how fast changes are folded, with the longest time they hold up the process.
 * Always: the production ledger, gauges and fold; the finished rows are written in bulk, as folding would have left them.
 */
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createTbtcJourneys } from "../src/bridges/tbtc/journeys.ts";
import { depositSweepLane } from "../src/bridges/tbtc/names.ts";
import { createClock } from "../src/clock.ts";
import { defaultBudgets } from "../src/core/budgets.ts";
import type { BlockRef, Hex } from "../src/core/values.ts";
import { deliveryId, eventId, signerName } from "../src/core/values.ts";
import { createLedger } from "../src/ledger/ledger.ts";
import { createSqliteStore, openDatabase } from "../src/ledger/sqlite.ts";
import { createGauges } from "../src/monitor/gauges.ts";
import { createMetrics } from "../src/monitor/metrics.ts";
import { createObserver } from "../src/monitor/observe.ts";
import { createTransfers } from "../src/monitor/transfers.ts";
import type { World } from "../src/monitor/world.ts";
import type { FoundEvent, Ledger } from "../src/ports.ts";
import { createMemoryWakeQueue } from "../src/queue/memory.ts";
import { busyMs } from "./busy.ts";
import type { Figure } from "./figures.ts";
import { figure, percentile } from "./figures.ts";
import { quiet } from "./loop.ts";

const finished = 1_000_000;
const open = 1_000;
const opening = 10_000;
const turns = 20;

const hash = (name: string, number: number): Hex => `0x${Buffer.from(name).toString("hex").padStart(16, "0")}${number.toString(16).padStart(48, "0")}`;
const blockOf = (chain: "bitcoin" | "ethereum", height: number): BlockRef => ({ chain, height, hash: hash(chain, height), parent: hash(chain, height - 1), time: 1_700_000_000_000 + height });

/** Events with their deliveries, delivered, and completed transfers with six keys each. */
function fill(db: ReturnType<typeof openDatabase>): void {
  const facts = JSON.stringify({ events: {}, deliveries: {}, expiredAt: null, opened: true, hints: [], about: { note: "x".repeat(1_200) } });
  const steps = JSON.stringify(["request-final", "sweep", "payment-final", "provable", "proof-sent", "proof-included", "final"].map((name, at) => ({ name, startedAt: at * 1_000, endedAt: at * 1_000 + 900 })));
  const id = "'tbtc-deposit-0x' || printf('%064x', i)";
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${finished})`;
  db.exec(`BEGIN;
    INSERT INTO events (id, kind, at_hash, body, recorded_at, seq)
      ${numbers} SELECT 'event-' || i, 'tbtc-sweep', NULL, '{"id":"event-' || i || '","chain":"bitcoin","kind":"x","at":null,"generation":0,"payload":null}', i, i FROM n;
    INSERT INTO deliveries (id, lane, event, state, created_at, version, body, seq)
      ${numbers} SELECT 'delivery-' || i, '${depositSweepLane}', 'event-' || i, 'delivered', i, 9, '{}', ${finished} + i FROM n;
    INSERT INTO delivery_counts (lane, state, count) VALUES ('${depositSweepLane}', 'delivered', ${finished});
    INSERT INTO transfers (id, bridge, kind, opened_at, outcome, is_open, fold, body)
      ${numbers} SELECT ${id}, 'tbtc', 'deposit', i, 'completed', 0, '1 tbtc',
        '{"id":"' || ${id} || '","bridge":"tbtc","kind":"deposit","openedAt":' || i || ',"endedAt":' || (i + 9000) || ',"outcome":"completed","steps":${steps},"deadlines":[],"deadlineRule":"any","deliveries":[],"keys":["' || ${id} || '"],"facts":${facts}}' FROM n;
    INSERT INTO transfer_keys (key, transfer) ${numbers} SELECT ${id}, ${id} FROM n;
    INSERT INTO transfer_keys (key, transfer) ${numbers} SELECT 'event-' || i, ${id} FROM n;
    INSERT INTO transfer_keys (key, transfer) ${numbers} SELECT '0x' || printf('%064x', i * 7919), ${id} FROM n;
    INSERT INTO transfer_counts (bridge, kind, outcome, count) VALUES ('tbtc', 'deposit', 'completed', ${finished});
    INSERT INTO projections (name, cursor, fold) VALUES ('transfers', ${2 * finished}, '1 tbtc');
    COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
}

const revealed = (number: number, at: BlockRef): FoundEvent => {
  const depositKey = hash("key", number);
  const payload = {
    wallet: `0x${"11".repeat(20)}`, tx: hash("reveal", number), outpoint: { txid: hash("fund", number), index: 0 }, depositKey, transfer: `tbtc-deposit-${depositKey}`,
    depositor: `0x${number.toString(16).padStart(40, "0")}`, vault: `0x${"00".repeat(20)}`, amountSat: "1000000", refundLocktime: "0xffffff7f",
  };
  return { id: eventId(`tbtc:reveal:${depositKey}`), chain: "ethereum", kind: "tbtc-deposit-revealed", at, payload };
};

/** A process as it would be with its nodes answering at once. */
function start(ledger: Ledger) {
  const clock = createClock();
  const journeys = [createTbtcJourneys()];
  const signer = signerName("maintainer");
  const world: World = {
    ledger, clock, queue: createMemoryWakeQueue({ clock }),
    chains: (["bitcoin", "ethereum"] as const).map((name) => ({
      name, head: () => Promise.resolve({ best: blockOf(name, 105), final: blockOf(name, 100) }),
      endpoints: () => [{ name: "a", up: true, head: 105, lagBlocks: 0, demotedUntil: null, lastFailure: null }],
    })),
    lanes: [{ name: depositSweepLane, source: "bitcoin", target: "ethereum", signer, describe: () => "" }],
    signers: [{ name: signer, chain: "ethereum", maxOpenSlots: 8, balance: () => Promise.resolve(1) }],
  };
  const metrics = createMetrics({
    version: "1", chains: ["bitcoin", "ethereum"], endpoints: [{ chain: "bitcoin", name: "a" }, { chain: "ethereum", name: "a" }], lanes: [depositSweepLane],
    signers: [{ chain: "ethereum", name: signer }], loops: ["monitor"],
    journeys: journeys.flatMap((one) => one.journeys).map(({ bridge, kind, steps }) => ({ bridge, kind, steps: steps.map(({ name }) => name) })),
  });
  const gauges = createGauges(world, metrics.meter);
  const observe = createObserver({
    world, gauges, budgets: defaultBudgets, msPerBlock: { bitcoin: 600_000, ethereum: 12_000, polkadot: 12_000 }, startedAt: clock.now(), loops: () => Promise.resolve([]), bridges: [],
  });
  const transfers = createTransfers({ ledger, clock, meter: metrics.meter, log: quiet.log, journeys: () => journeys, stepBudgets: {}, observe, spellings: [] });
  const signal = new AbortController().signal;
  return {
    transfers,
    turn: async () => {
      await gauges.refresh(signal);
      await transfers.refresh(signal);
    },
    text: () => metrics.text(),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function bring(ledger: Ledger, first: number, count: number): Promise<void> {
  const at = blockOf("ethereum", 90);
  const events = Array.from({ length: count }, (_, index) => revealed(first + index, at));
  await ledger.commit({
    chain: "ethereum", now: Date.now(), move: null, blocks: [], dropped: [], watchSetVersion: null, opens: [], progress: [],
    found: { events, watches: [], births: events.slice(0, 50).map(({ id }) => ({ id: deliveryId(`d-${id}`), lane: depositSweepLane, event: id, serves: [], deadline: null })) },
  });
}

export async function monitor({ folder }: { readonly folder: string }): Promise<readonly Figure[]> {
  const path = join(folder, "million.sqlite");
  const db = openDatabase(path);
  fill(db);
  const ledger = createLedger(createSqliteStore(db));
  try {
    for (const chain of ["bitcoin", "ethereum"] as const) {
      await ledger.commit({
        chain, now: 1, move: { from: null, view: { final: blockOf(chain, 100), tip: [101, 102, 103, 104, 105].map((height) => blockOf(chain, height)) } },
        blocks: [], dropped: [], watchSetVersion: null, opens: [], progress: [], found: { events: [], births: [], watches: [] },
      });
    }
    await bring(ledger, 0, open);
    const running = start(ledger);
    const first = await timed(running.turn);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const scrapes: number[] = [];
    const busy: number[] = [];
    for (let number = 0; number < turns; number += 1) {
      const before = busyMs();
      scrapes.push(await timed(async () => {
        await running.turn();
        await running.text();
      }));
      busy.push(busyMs() - before);
    }
    await bring(ledger, open, opening);
    delay.enable();
    const folded = await timed(async () => {
      while ((await ledger.changes((await ledger.projection()).cursor, 1)).events.length > 0) await running.turn();
    });
    delay.disable();
    const lookUps: number[] = [];
    for (let number = 1; number <= 50; number += 1) lookUps.push(await timed(() => running.transfers.get(`0x${(number * 17 * 7_919).toString(16).padStart(64, "0")}`)));
    const page = await timed(() => running.transfers.list({ state: "ended", bridge: "tbtc", kind: null, late: null, q: null, cursor: null, limit: 50 }));
    return [
      figure(`turn of the monitor and /metrics, ${finished} finished, ${open} open`, "ms", scrapes, { atMost: 50 }),
      figure("the same, processor time", "ms", busy),
      figure("first turn after a start", "ms", [first]),
      figure("changes folded", "changes/s", [opening / (folded / 1_000)]),
      figure("longest hold-up while folding", "ms", [delay.max / 1e6], { atMost: 200 }),
      figure("look-up by a txid, 99 %", "ms", [percentile(lookUps, 0.99)]),
      figure("a page of 50 of the finished", "ms", [page]),
    ];
  } finally {
    await ledger.close();
  }
}
