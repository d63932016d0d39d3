/** The gauges: read anew each time, one broken part leaves the others true, nothing that went away stays shown as there. */
import { beforeEach, expect, test } from "vitest";
import { createGauges } from "../../../src/monitor/gauges.ts";
import { createMetrics } from "../../../src/monitor/metrics.ts";
import type { Metrics } from "../../../src/monitor/metrics.ts";
import { blockAt, createSmallWorld, hashOf, lane, parkedBy, proved, signed, signer, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

const signal = new AbortController().signal;
let small: SmallWorld;
let metrics: Metrics;
const value = async (name: string, labels: Record<string, string> = {}): Promise<number | undefined> =>
  (await metrics.read(name)).find((one) => Object.entries(labels).every(([key, text]) => one.labels[key as "lane"] === text))?.value;

beforeEach(async () => {
  small = await createSmallWorld();
  metrics = createMetrics({
    version: "1", chains: ["bitcoin", "ethereum"], endpoints: [{ chain: "bitcoin", name: "core-a" }], lanes: [lane],
    signers: [{ chain: "ethereum", name: signer }], loops: ["monitor"], journeys: [],
  });
});

test("show deliveries, parked codes, slots, funds and heights as the ledger and the nodes have them", async () => {
  await small.add("a", hashOf(1), [sourceFinal, proved, "reserve", signed]);
  await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
  await createGauges(small.world, metrics.meter).refresh(signal);
  expect(await value("deliveries", { lane, state: "sent" })).toBe(1);
  expect(await value("deliveries_parked", { lane, code: "proof-refused" })).toBe(1);
  expect(await value("signer_open_slots", { signer })).toBe(1);
  expect(await value("signer_blocked", { signer })).toBe(1);
  expect(await value("signer_balance", { signer })).toBe(5.5);
  expect(await value("chain_height", { chain: "bitcoin", at: "best" })).toBe(105);
  expect(await value("chain_height", { chain: "bitcoin", at: "final" })).toBe(100);
  expect(await value("chain_height", { chain: "bitcoin", at: "cursor" })).toBe(103);
  expect(await value("ledger_up")).toBe(1);
  expect(await value("redis_up")).toBe(1);
});

test("a parked code and a halt that are gone go to 0", async () => {
  const gauges = createGauges(small.world, metrics.meter);
  const audit = { at: 0, who: "ada", what: "x", subject: "x", because: null, detail: null };
  await small.ledger.halt({ scope: { kind: "lane", name: lane }, code: "reorg-below-final", because: "x", since: 0 }, audit);
  await gauges.refresh(signal);
  expect(await value("halted", { scope: `lane:${lane}`, code: "reorg-below-final" })).toBe(1);
  await small.ledger.lift({ kind: "lane", name: lane }, audit);
  await gauges.refresh(signal);
  expect(await value("halted", { scope: `lane:${lane}`, code: "reorg-below-final" })).toBe(0);
});

test("a node that is away leaves everything else fresh, and is counted", async () => {
  delete small.heads.bitcoin;
  const gauges = createGauges(small.world, metrics.meter);
  await gauges.refresh(signal);
  expect(await value("chain_height", { chain: "bitcoin", at: "cursor" })).toBe(103);
  expect(await value("deliveries", { lane, state: "seen" })).toBe(0);
  expect(gauges.heads().size).toBe(0);
  expect(await metrics.text()).toContain('gantry_errors_total{where="monitor",code="unexpected"} 1');
});

test("a queue that is away shows as redis_up 0, and overdue deliveries are seen by the ledger", async () => {
  await small.add("a", hashOf(1), [sourceFinal]);
  await small.clock.advance(61_000);
  const queue = { ...small.queue, ping: () => Promise.reject(new Error("gone")), overdue: () => Promise.reject(new Error("gone")) };
  await createGauges({ ...small.world, queue }, metrics.meter).refresh(signal);
  expect(await value("redis_up")).toBe(0);
  expect(await value("deliveries_overdue", { lane })).toBe(1);
});

test("the head's age begins when it was first seen; skew is measured only on heads seen to arrive", async () => {
  const gauges = createGauges(small.world, metrics.meter);
  await gauges.refresh(signal);
  expect(await value("clock_skew_seconds", { chain: "bitcoin" })).toBe(0);
  await small.clock.advance(10_000);
  const time = small.clock.now() + 7_000;
  small.heads.bitcoin = { best: { ...blockAt("bitcoin", 106), time }, final: blockAt("bitcoin", 100) };
  await gauges.refresh(signal);
  const seenAt = small.clock.now();
  await small.clock.advance(10_000);
  await gauges.refresh(signal);
  expect(gauges.heads().get("bitcoin")).toMatchObject({ seenAt, askedAt: seenAt + 10_000 });
  expect(await value("chain_head_timestamp_seconds", { chain: "bitcoin" })).toBe(time / 1000);
  expect(await value("clock_skew_seconds", { chain: "bitcoin" })).toBe(7);
});
