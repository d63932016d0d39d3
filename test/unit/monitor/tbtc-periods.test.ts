/** Deadlines rest on the Bridge's own periods: read at the start and when they change, remembered, and below the configuration. */
import { describe, expect, test } from "vitest";
import { openPeriods } from "../../../src/app/tbtc-periods.ts";
import { usualTbtcPeriods } from "../../../src/bridges/tbtc/periods.ts";
import type { OwnPeriods } from "../../../src/bridges/tbtc/periods.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import type { Ledger } from "../../../src/ports.ts";
import { createTestClock } from "../../support/clock.ts";
import { commitOf, foundEvent, nothingFound } from "../../support/ledger.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";
import { bridge, createTbtcBridge } from "../../support/tbtc-bridge.ts";
import type { Says } from "../../support/tbtc-bridge.ts";

const { signal } = new AbortController();
const minute = 60_000;

async function open(change: Partial<Says> = {}, ledger: Ledger = createMemoryLedger(), own: OwnPeriods = {}) {
  const [clock, log, meter] = [createTestClock(), createMemoryLog(), createMemoryMeter()];
  const node = createTbtcBridge(change);
  const periods = await openPeriods({ ethereum: node.ethereum, bridge, own, ledger, clock, meter, log });
  const told = (level: string) => log.lines.filter((line) => line.level === level).map(({ message }) => message);
  return { ...node, periods, ledger, clock, told, meter, refresh: () => periods.refresh(signal) };
}

describe("what is read", () => {
  test("comes from the Bridge, its relay and its watchtower", async () => {
    const { periods, refresh } = await open({ redemptionTimeout: 60, movingFundsTimeout: 70, sweepTimeout: 80, relay: { epoch: 9, proofLength: 20 }, watchtower: { enabledAt: 1, disabledAt: 0, delays: [1, 2, 3] } });
    expect(periods.current()).toEqual(usualTbtcPeriods);
    await refresh();
    expect(periods.current()).toEqual({
      ...usualTbtcPeriods, redemptionTimeoutMs: 60_000, movingFundsTimeoutMs: 70_000, movedFundsSweepTimeoutMs: 80_000, redemptionDelaysMs: [1_000, 2_000, 3_000], relayProofLength: 20, areRead: true,
    });
  });

  test.each([["none", null], ["one that is switched off", { enabledAt: 1, disabledAt: 2, delays: [1, 2, 3] as const }], ["one not switched on yet", { enabledAt: 0, disabledAt: 0, delays: [1, 2, 3] as const }]])("holds no redemption back with %s as watchtower", async (_name, watchtower) => {
    const { periods, refresh } = await open({ watchtower });
    await refresh();
    expect(periods.current().redemptionDelaysMs).toBeNull();
  });

  test("stays below the configuration", async () => {
    const { periods, refresh } = await open({ redemptionTimeout: 60 }, createMemoryLedger(), { redemptionTimeoutMs: 5, redemptionMarginMs: 1 });
    await refresh();
    expect(periods.current()).toMatchObject({ redemptionTimeoutMs: 5, redemptionMarginMs: 1 });
  });
});

describe("when it is read", () => {
  test("seldom; and at once when governance changed something, by the event", async () => {
    const { periods, refresh, says, asked, clock, ledger } = await open();
    await refresh();
    const before = periods.current();
    says.redemptionTimeout = 99;
    await clock.advance(minute);
    await refresh();
    expect([asked(), periods.current()]).toEqual([1, before]);
    await ledger.commit(commitOf({ now: clock.now(), found: { ...nothingFound, events: [{ ...foundEvent("tbtc:parameters:redemption:0x1"), kind: "tbtc-parameters-updated" }] } }));
    await refresh();
    expect(periods.current().redemptionTimeoutMs).toBe(99_000);
    await refresh();
    expect(asked()).toBe(2);
    says.redemptionTimeout = 100;
    await clock.advance(11 * minute);
    await refresh();
    expect(periods.current().redemptionTimeoutMs).toBe(100_000);
  });

  test("the value stays the very same while nothing changed", async () => {
    const { periods, refresh, clock } = await open();
    await refresh();
    const before = periods.current();
    await clock.advance(11 * minute);
    await refresh();
    expect(periods.current()).toBe(before);
  });
});

describe("when it cannot be read", () => {
  test("the usual ones count, told once, and tried again within a minute", async () => {
    const { periods, refresh, says, told, clock, meter } = await open({ away: true });
    await refresh();
    await clock.advance(minute);
    await refresh();
    expect(periods.current()).toEqual(usualTbtcPeriods);
    expect(told("warn")).toEqual([expect.stringContaining("the usual ones")]);
    expect(meter.total("errors_total")).toBe(2);
    says.away = false;
    await clock.advance(minute);
    await refresh();
    expect(periods.current().areRead).toBe(true);
  });

  test("a start goes on with what was read last, and says so", async () => {
    const ledger = createMemoryLedger();
    await (await open({ redemptionTimeout: 60 }, ledger)).refresh();
    const again = await open({ away: true }, ledger);
    expect(again.periods.current()).toMatchObject({ redemptionTimeoutMs: 60_000, areRead: true });
    await again.refresh();
    expect(again.told("warn")).toEqual([expect.stringContaining("those read last")]);
  });

  test("the record holds each change once", async () => {
    const ledger = createMemoryLedger();
    const first = await open({ redemptionTimeout: 60 }, ledger);
    await first.refresh();
    first.says.redemptionTimeout = 61;
    await first.clock.advance(11 * minute);
    await first.refresh();
    await (await open({ redemptionTimeout: 61 }, ledger)).refresh();
    expect((await ledger.auditLog({ subject: "bridge tbtc" })).map(({ detail }) => (detail as { redemptionTimeoutMs: number }).redemptionTimeoutMs)).toEqual([60_000, 61_000]);
  });
});
