/** The monitor's transfers: kept current from the ledger, whatever comes between, judged and found by anything a person has. */
import { beforeEach, describe, expect, test } from "vitest";
import { createTbtcJourneys } from "../../../src/bridges/tbtc/journeys.ts";
import { addressKeys } from "../../../src/chains/bitcoin/address-keys.ts";
import { addressOf } from "../../../src/chains/bitcoin/script-address.ts";
import { unavailable } from "../../../src/core/errors.ts";
import type { MonitoredWorld } from "../../../src/core/monitored-world.ts";
import type { BridgeJourneys } from "../../../src/core/transfer-fold.ts";
import type { TransferReport } from "../../../src/core/transfer.ts";
import type { SourceEvent } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createMetrics } from "../../../src/monitor/metrics.ts";
import type { Metrics } from "../../../src/monitor/metrics.ts";
import { createTransfers } from "../../../src/monitor/transfers.ts";
import type { Transfers } from "../../../src/monitor/transfers.ts";
import type { TransferQuery } from "../../../src/core/transfer-query.ts";
import type { Birth, Ledger } from "../../../src/ports.ts";
import { createTestClock } from "../../support/clock.ts";
import { hashOf } from "../../support/delivery.ts";
import { clocksAt } from "../../support/folded-transfers.ts";
import { auditOf, commitOf, refusalOf } from "../../support/ledger.ts";
import { createMemoryLog } from "../../support/quiet.ts";
import {
  depositId, depositor, fundingTxid, paid, paymentProved, redeemer, redemptionId, requested, revealed, script, swept, sweepDelivered, sweepProved, wallet,
} from "../../support/transfer-stories.ts";

const hour = 3_600_000;
const signal = new AbortController().signal;
const calm: MonitoredWorld = {
  chains: [], lanes: [], deliveries: [], halts: [], haltBudgetMs: hour, lightClients: [], signers: [], loops: [], bridges: [],
  queue: { reachable: true, failure: null, evicts: null, overdue: [], overdueBudgetMs: hour }, ledger: { writable: true, failure: null },
};
const all: TransferQuery = { state: null, bridge: null, kind: null, late: null, q: null, cursor: null, limit: 10 };

let clock: ReturnType<typeof createTestClock>;
let ledger: Ledger;
let metrics: Metrics;
let world: MonitoredWorld;
let heights: { ethereum: number; bitcoin: number };

function open(journeys: BridgeJourneys = createTbtcJourneys()): Transfers {
  return createTransfers({
    ledger, clock, meter: metrics.meter, log: createMemoryLog(), journeys: () => [journeys], stepBudgets: {}, spellings: [addressKeys],
    observe: () => Promise.resolve({ world, clocks: clocksAt(clock.now(), heights) }),
  });
}

const bring = async (...events: readonly SourceEvent[]): Promise<void> =>
  void (await ledger.commit(commitOf({ now: clock.now(), found: { events, births: [], watches: [] } })));
const bear = async (birth: Pick<Birth, "id" | "lane" | "event" | "serves">): Promise<void> =>
  void (await ledger.commit(commitOf({ now: clock.now(), found: { events: [], births: [{ ...birth, deadline: null }], watches: [] } })));

const value = async (name: string, labels: Record<string, string>): Promise<number | undefined> =>
  (await metrics.read(name)).find((one) => Object.entries(labels).every(([key, text]) => one.labels[key as "step"] === text))?.value;
const stepOf = (report: TransferReport | null): string => report?.outcome ?? report?.explanation?.step ?? "nothing";

beforeEach(() => {
  clock = createTestClock();
  ledger = createMemoryLedger();
  world = calm;
  heights = { ethereum: 100, bitcoin: 40 };
  metrics = createMetrics({
    version: "1", chains: ["bitcoin", "ethereum"], endpoints: [], lanes: [], signers: [], loops: [],
    journeys: createTbtcJourneys().journeys.map(({ bridge, kind, steps }) => ({ bridge, kind, steps: steps.map(({ name }) => name) })),
  });
});

describe("kept current", () => {
  test("a deposit goes through its steps as the ledger learns of it, and a restart goes on where it was", async () => {
    const transfers = open();
    await bring(revealed());
    await transfers.refresh(signal);
    expect(stepOf(await transfers.get(depositId))).toBe("sweep");
    await bring(swept());
    await transfers.refresh(signal);
    expect(stepOf(await transfers.get(depositId))).toBe("payment-final");
    const { id, lane, event, serves } = sweepDelivered("seen", 1);
    await bear({ id, lane, event, serves });
    const again = open();
    heights = { ethereum: 100, bitcoin: 60 };
    await again.refresh(signal);
    expect(stepOf(await again.get(depositId))).toBe("provable");
    expect((await again.get(depositId))?.deliveries).toEqual([id]);
    await bring(sweepProved());
    heights = { ethereum: 250, bitcoin: 60 };
    await again.refresh(signal);
    expect(stepOf(await again.get(depositId))).toBe("completed");
    expect(await ledger.transferCounts()).toEqual([{ bridge: "tbtc", kind: "deposit", outcome: "completed", count: 1 }]);
  });

  test("a proof that was seen long before the deposit it belongs to is not lost", async () => {
    const transfers = open();
    heights = { ethereum: 250, bitcoin: 60 };
    await bring(sweepProved());
    await transfers.refresh(signal);
    await bring(swept());
    await transfers.refresh(signal);
    await bring(revealed());
    await transfers.refresh(signal);
    expect(stepOf(await transfers.get(depositId))).toBe("completed");
  });

  test("a fold of another version makes everything anew, with the same times, and takes out what it no longer brings forth", async () => {
    await bring(revealed());
    await clock.advance(hour);
    const before = open();
    await before.refresh(signal);
    const opened = (await before.get(depositId))?.openedAt;
    const stored = await ledger.projection();
    const [row] = await ledger.transfers({ limit: 1 });
    if (row === undefined) throw new Error("nothing was stored");
    const stale = { ...row, id: "tbtc-deposit-0xold" as typeof row.id };
    await ledger.putTransfers([{ ...row, openedAt: 1 }, stale], { ...stored, fold: "another" }, stored);
    const after = open();
    await after.refresh(signal);
    expect((await after.get(depositId))?.openedAt).toBe(opened);
    expect((await ledger.transfers({ limit: 9 })).map(({ id }) => id)).toEqual([depositId]);
    expect((await ledger.projection()).fold).toBe(stored.fold);
  });

  test("two monitors on one ledger do not undo each other's work", async () => {
    const [one, other] = [open(), open()];
    await one.refresh(signal);
    await other.refresh(signal);
    await bring(revealed());
    await one.refresh(signal);
    await bring(swept());
    await other.refresh(signal);
    await other.refresh(signal);
    expect(stepOf(await other.get(depositId))).toBe("payment-final");
    await one.refresh(signal);
    await one.refresh(signal);
    expect(stepOf(await one.get(depositId))).toBe("payment-final");
  });

  test("more changes than one piece holds are all folded", async () => {
    const transfers = open();
    const events = Array.from({ length: 700 }, (_, index) => requested(100, 0, `request ${index}`));
    await bring(...events);
    await bring(paid(), paymentProved());
    heights = { ethereum: 300, bitcoin: 60 };
    await transfers.refresh(signal);
    await transfers.refresh(signal);
    expect(stepOf(await transfers.get(redemptionId))).not.toBe("nothing");
    expect(await ledger.changes((await ledger.projection()).cursor, 1)).toMatchObject({ events: [], deliveries: [] });
  });
});

describe("judged", () => {
  test("what is late has its cause in the series, in the alerts and in the list of late ones; afterwards it is gone from all", async () => {
    const transfers = open();
    await bring(revealed());
    await transfers.refresh(signal);
    const late = () => value("transfers_late", { kind: "deposit", step: "sweep", cause: "wallet-silent" });
    expect([await late(), transfers.alerts()]).toEqual([0, []]);
    expect(await value("transfers_open", { kind: "deposit", step: "sweep" })).toBe(1);
    await clock.advance(25 * hour);
    await transfers.refresh(signal);
    expect(await late()).toBe(1);
    expect(await value("cause_active", { cause: "wallet-silent" })).toBe(1);
    expect(await value("transfer_oldest_seconds", { kind: "deposit", step: "sweep" })).toBe(25 * 3_600);
    expect(transfers.alerts()).toMatchObject([{ cause: "wallet-silent", severity: "ticket", evidence: { holds: { count: 1, transfers: [depositId] } } }]);
    expect((await transfers.list({ ...all, late: true })).items.map(({ id }) => id)).toEqual([depositId]);
    await bring(swept());
    await transfers.refresh(signal);
    expect(await late()).toBe(0);
    expect(await value("cause_active", { cause: "wallet-silent" })).toBe(0);
    expect([transfers.alerts(), (await transfers.list({ ...all, late: true })).items]).toEqual([[], []]);
  });

  test("a delivery's trouble is told at once, before anything is late, and is over with it", async () => {
    const transfers = open();
    await bring(revealed(), swept());
    const { id, lane, event, serves } = sweepDelivered("seen", 1);
    await bear({ id, lane, event, serves });
    const waits = async (waitCode: string): Promise<void> => {
      const [before] = await ledger.find({ serves: depositId });
      if (before !== undefined) await ledger.save({ next: { ...before, waitCode }, audit: auditOf(before.id) });
      await transfers.refresh(signal);
    };
    await waits("source-not-final");
    expect(transfers.alerts()).toEqual([]);
    await waits("transaction-not-in-chain");
    expect(transfers.alerts()).toMatchObject([{ cause: "source-reorged-out", transfers: [depositId] }]);
    expect(await value("cause_active", { cause: "source-reorged-out" })).toBe(1);
    expect(await value("transfers_late", { kind: "deposit", cause: "source-reorged-out" })).toBe(0);
    await waits("source-not-final");
    expect(transfers.alerts()).toEqual([]);
  });

  test("what is wrong with the installation is one alert, and keeps the time at which it was first seen", async () => {
    const transfers = open();
    world = { ...calm, ledger: { writable: false, failure: "disk full" } };
    await transfers.refresh(signal);
    const first = transfers.alerts();
    expect(first).toMatchObject([{ cause: "ledger-unwritable", severity: "page", since: clock.now() }]);
    await clock.advance(hour);
    await transfers.refresh(signal);
    expect(transfers.alerts()).toEqual(first);
    expect(await value("cause_active", { cause: "ledger-unwritable" })).toBe(1);
  });

  test("a ledger that stops the monitor itself is among the alerts and causes all the same, and gone from both once it is well", async () => {
    const well = ledger;
    let isFull = false;
    const full = (): Promise<never> => Promise.reject(unavailable("ledger-unwritable", "the ledger could not be written (disk is full)"));
    ledger = { ...well, putTransfers: (...given) => (isFull ? full() : well.putTransfers(...given)) };
    const transfers = open();
    await transfers.refresh(signal);
    isFull = true;
    await bring(revealed());
    expect(await refusalOf(transfers.refresh(signal))).toBe("Unavailable ledger-unwritable");
    expect(transfers.alerts()).toMatchObject([{ cause: "ledger-unwritable", severity: "page" }]);
    expect(transfers.alerts()[0]?.sentence).toContain("disk is full");
    expect(await value("cause_active", { cause: "ledger-unwritable" })).toBe(1);
    isFull = false;
    await transfers.refresh(signal);
    expect(transfers.alerts()).toEqual([]);
    expect(await value("cause_active", { cause: "ledger-unwritable" })).toBe(0);
  });

  test("the nearest deadline is seconds, none is far away, and a passed one stays negative", async () => {
    const transfers = open();
    await transfers.refresh(signal);
    const left = () => value("transfer_deadline_seconds", { kind: "deposit" });
    expect(await left()).toBe(1e9);
    await bring(revealed());
    await transfers.refresh(signal);
    expect(await left()).toBeLessThan(200 * 86_400);
    await clock.advance(300 * 24 * hour);
    await transfers.refresh(signal);
    expect(await left()).toBeLessThan(0);
    expect(transfers.alerts()[0]?.cause).toBe("wallet-silent");
  });

  test("budgets of every step are there from the first turn", async () => {
    await open().refresh(signal);
    expect(await value("step_budget_seconds", { kind: "deposit", step: "sweep", at: "late" })).toBe(24 * 3_600);
  });
});

describe("found", () => {
  const display = (hash: string): string => hash.slice(2).match(/../gu)?.toReversed().join("") ?? "";

  test.each([
    ["its id", depositId], ["the funding txid as people write it", display(fundingTxid)], ["the funding txid in wire order", fundingTxid],
    ["the depositor", depositor], ["the depositor in capitals", `0x${depositor.slice(2).toUpperCase()}`], ["the wallet", wallet],
    ["the wallet's address", addressOf(`0x0014${wallet.slice(2)}`, "mainnet") ?? ""], ["the same on regtest", addressOf(`0x0014${wallet.slice(2)}`, "regtest") ?? ""],
    ["the reveal's transaction", hashOf("reveal")], ["the sweep's txid", display(hashOf("sweep"))], ["the reveal's event", revealed().id], ["the proof's transaction", hashOf("proof-call")],
  ])("a deposit by %s", async (_, text) => {
    const transfers = open();
    await bring(revealed(), swept(), sweepProved());
    await transfers.refresh(signal);
    expect((await transfers.get(text))?.id).toBe(depositId);
    expect((await transfers.list({ ...all, q: ` ${text} ` })).items.map(({ id }) => id)).toEqual([depositId]);
  });

  test("a redemption by its redeemer and the address it pays; nothing by what nobody has", async () => {
    const transfers = open();
    await bring(requested());
    await transfers.refresh(signal);
    expect((await transfers.get(redeemer))?.id).toBe(redemptionId);
    expect((await transfers.get(addressOf(script, "testnet4") ?? ""))?.id).toBe(redemptionId);
    for (const text of ["", "0x", "nobody", hashOf("nobody")]) expect(await transfers.get(text)).toBeNull();
  });

  test("page by page, newest first, filtered, with a cursor that is refused when it is foreign", async () => {
    const transfers = open();
    await bring(revealed());
    await clock.advance(hour);
    await bring(requested());
    await transfers.refresh(signal);
    const first = await transfers.list({ ...all, limit: 1 });
    expect(first.items.map(({ id }) => id)).toEqual([redemptionId]);
    const second = await transfers.list({ ...all, limit: 1, cursor: first.next });
    expect([second.items.map(({ id }) => id), second.next]).toEqual([[depositId], null]);
    expect((await transfers.list({ ...all, kind: "deposit", state: "open" })).items).toHaveLength(1);
    expect((await transfers.list({ ...all, state: "ended" })).items).toEqual([]);
    expect(await refusalOf(transfers.list({ ...all, cursor: "bm9wZQ" }))).toBe("Rejected bad-cursor");
  });

  test("answers come from the ledger also where nobody refreshes", async () => {
    await bring(revealed());
    await open().refresh(signal);
    expect(stepOf(await open().get(depositId))).toBe("sweep");
  });

  test("usual times are learnt from what ended before the start", async () => {
    await ledger.note(auditOf("nothing"));
    const transfers = open();
    await bring(requested());
    await transfers.refresh(signal);
    expect((await transfers.get(redemptionId))?.eta?.medianAt).toBeGreaterThan(clock.now());
  });
});
