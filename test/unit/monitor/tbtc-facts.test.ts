/** What tBTC's contracts say to the monitor: the refund pool, and the relay's epochs against what waits. What cannot be read is not known. */
import { describe, expect, test } from "vitest";
import { createTbtcFacts } from "../../../src/app/tbtc-facts.ts";
import type { TbtcFactsParts } from "../../../src/app/tbtc-facts.ts";
import { createTbtcJourneys } from "../../../src/bridges/tbtc/journeys.ts";
import { depositSweepLane } from "../../../src/bridges/tbtc/names.ts";
import { usualTbtcPeriods } from "../../../src/bridges/tbtc/periods.ts";
import type { Transfer } from "../../../src/core/transfer.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createTestClock } from "../../support/clock.ts";
import { now } from "../../support/delivery.ts";
import { clocksAt, foldedAll } from "../../support/folded-transfers.ts";
import { auditOf, blockOf, commitOf, foundEvent, nothingFound } from "../../support/ledger.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { bridge, createTbtcBridge } from "../../support/tbtc-bridge.ts";
import type { Says } from "../../support/tbtc-bridge.ts";
import { depositId, revealed, sweepDelivered, swept, sweepProved } from "../../support/transfer-stories.ts";

const { signal } = new AbortController();
const hour = 3_600_000;

async function facts(change: Partial<Says> = {}, more: Partial<TbtcFactsParts> & { readonly best?: number } = {}) {
  const [ledger, clock, meter] = [createMemoryLedger(), createTestClock(100 * hour), createMemoryMeter()];
  const { ethereum, says } = createTbtcBridge(change);
  const final = blockOf(more.best ?? 100, "a", "bitcoin");
  await ledger.commit(commitOf({ chain: "bitcoin", now: clock.now(), move: { view: { final, tip: [] }, from: null }, blocks: [final] }));
  const periods = { current: () => ({ ...usualTbtcPeriods, areRead: true, relayProofLength: says.relay?.proofLength ?? null }), refresh: () => Promise.resolve() };
  const read = createTbtcFacts({
    ethereum, bridge, pool: () => Promise.resolve("0x01"), periods, open: () => [], fundings: () => Promise.resolve([]),
    behindBudgetMs: hour, epochBudgetBlocks: 144, ledger, clock, meter, ...more,
  });
  return { ledger, clock, meter, says, read: () => read(signal), refundPool: async () => (await read(signal)).view?.refundPool };
}

describe("the refund pool", () => {
  test("its balance is whole ether", async () => {
    expect(await (await facts({ balanceWei: 5n * 10n ** 17n })).refundPool()).toMatchObject({ balance: 0.5, failedAt: null });
  });

  test("where gas is not refunded there is nothing to say", async () => {
    expect(await (await facts({}, { pool: null })).refundPool()).toBeNull();
  });

  test("a node that is away leaves the balance unknown, and is counted", async () => {
    const { refundPool, meter } = await facts({ away: true });
    expect(await refundPool()).toMatchObject({ balance: null });
    expect(meter.total("errors_total")).toBe(1);
  });

  test("a refund that failed is told of for a day", async () => {
    const { refundPool, ledger, clock } = await facts();
    await ledger.commit(commitOf({ now: clock.now(), found: { ...nothingFound, events: [{ ...foundEvent("tbtc:refund-failed:1"), kind: "tbtc-refund-failed" }] } }));
    expect(await refundPool()).toMatchObject({ failedAt: 100 * hour });
    await clock.advance(25 * hour);
    expect(await refundPool()).toMatchObject({ failedAt: null });
  });
});

describe("the relay of difficulties", () => {
  const journeys = createTbtcJourneys();
  const transfers = (...changes: Parameters<typeof foldedAll>[1]): TbtcFactsParts["open"] => {
    const all: readonly Transfer[] = [...foldedAll(journeys, changes).values()].filter(({ id }) => id === depositId);
    return () => all;
  };
  const sweptAt50 = [{ event: revealed(), seenAt: now }, { clocks: clocksAt(now, { ethereum: 100, bitcoin: 40 }) }, { event: swept(50), seenAt: now }];
  const relay = { epoch: 1, proofLength: 20 };

  test("an unproven sweep needs its epoch, and the blocks left are counted", async () => {
    const { read } = await facts({ relay }, { open: transfers(...sweptAt50), best: 4_000 });
    expect((await read()).view?.epoch).toEqual({ marginBlocks: 2 * 2016 + 19 - 4_000, budgetBlocks: 144, hasLeft: false, neededEpoch: 0, relayEpoch: 1, neededBy: [depositId] });
  });

  test("once the relay is two epochs on, it is told as left, soon after", async () => {
    const { read, says, clock } = await facts({ relay }, { open: transfers(...sweptAt50), best: 4_100 });
    expect((await read()).view?.epoch).toMatchObject({ marginBlocks: 0, hasLeft: false });
    says.relay = { epoch: 2, proofLength: 20 };
    await clock.advance(31_000);
    expect((await read()).view?.epoch).toMatchObject({ marginBlocks: -49, hasLeft: true });
  });

  test("what is proved, or was never swept, needs nothing", async () => {
    for (const open of [transfers({ event: revealed(), seenAt: now }), transfers(...sweptAt50, { event: sweepProved(), seenAt: now })]) {
      expect((await (await facts({ relay }, { open, best: 4_000 })).read()).view?.epoch).toBeNull();
    }
  });

  test("it is behind from when it could have been told of the next epoch on", async () => {
    const { read, clock } = await facts({ relay: { epoch: 0, proofLength: 20 } }, { open: transfers(...sweptAt50), best: 2_016 + 19 });
    const [first] = (await read()).lightClients;
    expect(first).toMatchObject({ bridge: "tbtc", chain: "ethereum", height: 2_015, lagBlocks: 1, behindSince: clock.now(), neededBy: [] });
    await clock.advance(hour);
    expect((await read()).lightClients[0]?.behindSince).toBe(first?.behindSince);
    expect((await (await facts({ relay: { epoch: 0, proofLength: 20 } }, { best: 2_016 + 18 })).read()).lightClients[0]).toMatchObject({ lagBlocks: 0, behindSince: null });
  });

  test("it is waited for by payments of the next epoch, once they are final on Bitcoin and not proved", async () => {
    const paid = [{ event: revealed(), seenAt: now }, { event: swept(2_020), seenAt: now }];
    const final = { clocks: clocksAt(now, { ethereum: 100, bitcoin: 2_030 }) };
    const waiting = async (...changes: Parameters<typeof foldedAll>[1]) => (await (await facts({ relay: { epoch: 0, proofLength: 20 } }, { open: transfers(...changes), best: 2_040 })).read()).lightClients[0]?.neededBy;
    expect([await waiting(...paid), await waiting(...paid, final), await waiting(...paid, final, { event: sweepProved(), seenAt: now })]).toEqual([[], [depositId], []]);
    expect(await waiting(...sweptAt50, final)).toEqual([]);
  });

  test("it is waited for by what a delivery here waits for it with, also where the beginning was never seen", async () => {
    const { read, ledger } = await facts({ relay: { epoch: 0, proofLength: 20 } }, { best: 2_040 });
    const event = { ...foundEvent(swept().id, blockOf(2_020, "a", "bitcoin")), chain: "bitcoin" as const };
    await ledger.commit(commitOf({ chain: "bitcoin", found: { ...nothingFound, events: [event], births: [{ id: sweepDelivered("seen", 0).id, lane: depositSweepLane, event: event.id, serves: [depositId], deadline: null }] } }));
    const wait = async (waitCode: string): Promise<readonly string[] | undefined> => {
      const [now] = await ledger.find({ lane: depositSweepLane });
      if (now === undefined) throw new Error("no delivery");
      await ledger.save({ next: { ...now, state: "final", waitCode, wakeAt: 1 }, audit: auditOf(now.id) });
      return (await read()).lightClients[0]?.neededBy;
    };
    expect([await wait("not-enough-work"), await wait("epoch-not-relayed")]).toEqual([[], [depositId]]);
  });

  test("since when it is behind outlives a restart, and begins anew once it was not", async () => {
    const { ledger, clock, read, says } = await facts({ relay: { epoch: 0, proofLength: 20 } }, { best: 2_016 + 19 });
    const since = (await read()).lightClients[0]?.behindSince;
    await clock.advance(hour);
    const again = await facts({ relay: { epoch: 0, proofLength: 20 } }, { ledger, clock });
    expect([since, (await again.read()).lightClients[0]?.behindSince]).toEqual([100 * hour, 100 * hour]);
    says.relay = { epoch: 1, proofLength: 20 };
    await clock.advance(hour);
    expect((await read()).lightClients[0]?.behindSince).toBeNull();
    await clock.advance(hour);
    expect((await again.read()).lightClients[0]?.behindSince).toBe(clock.now());
  });

  test("a relay without epochs is nothing that can leave or be behind; one that does not answer is where it was", async () => {
    expect(await (await facts({}, { open: transfers(...sweptAt50) })).read()).toMatchObject({ lightClients: [], view: { epoch: null } });
    const { read, says, clock } = await facts({ relay }, { open: transfers(...sweptAt50), best: 4_000 });
    await read();
    says.away = true;
    await clock.advance(60_000);
    expect((await read()).view?.epoch).toMatchObject({ relayEpoch: 1 });
  });
});
