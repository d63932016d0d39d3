/** Does the pool that refunds gas still pay? What cannot be read is not known. */
import { expect, test } from "vitest";
import { createTbtcFacts } from "../../../src/app/tbtc-facts.ts";
import type { TbtcFactsParts } from "../../../src/app/tbtc-facts.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createTestClock } from "../../support/clock.ts";
import { commitOf, foundEvent, nothingFound } from "../../support/ledger.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

const { signal } = new AbortController();
const hour = 3_600_000;

function facts(ask: () => Promise<bigint>, pool: TbtcFactsParts["pool"] = () => Promise.resolve("0x01")) {
  const [ledger, clock, meter] = [createMemoryLedger(), createTestClock(100 * hour), createMemoryMeter()];
  const ethereum = { ask: async () => ({ value: await ask(), endpoint: "a" }) } as unknown as TbtcFactsParts["ethereum"];
  const read = createTbtcFacts({ ethereum, pool, ledger, clock, meter });
  return { ledger, clock, meter, refundPool: async () => (await read(signal)).view?.refundPool };
}

test("its balance is whole ether", async () => {
  expect(await facts(() => Promise.resolve(5n * 10n ** 17n)).refundPool()).toMatchObject({ balance: 0.5, failedAt: null });
});

test("where gas is not refunded there is nothing to say", async () => {
  expect(await facts(() => Promise.resolve(1n), null).refundPool()).toBeNull();
});

test("a node that is away leaves the balance unknown, and is counted", async () => {
  const { refundPool, meter } = facts(() => Promise.reject(new Error("away")));
  expect(await refundPool()).toMatchObject({ balance: null });
  expect(meter.total("errors_total")).toBe(1);
});

test("a refund that failed is told of for a day", async () => {
  const { refundPool, ledger, clock } = facts(() => Promise.resolve(10n ** 18n));
  await ledger.commit(commitOf({ now: clock.now(), found: { ...nothingFound, events: [{ ...foundEvent("tbtc:refund-failed:1"), kind: "tbtc-refund-failed" }] } }));
  expect(await refundPool()).toMatchObject({ failedAt: 100 * hour });
  await clock.advance(25 * hour);
  expect(await refundPool()).toMatchObject({ failedAt: null });
});
