/** Redeems in the monitor: found by what a person has, told when the vault is silent, and with the deadlines of today. */
import { beforeEach, expect, test } from "vitest";
import { createInterbtcJourneys } from "../../../src/bridges/interbtc/journeys.ts";
import type { InterbtcPeriods } from "../../../src/bridges/interbtc/request-journey.ts";
import { addressKeys } from "../../../src/chains/bitcoin/address-keys.ts";
import { addressOf } from "../../../src/chains/bitcoin/script-address.ts";
import { toDisplay } from "../../../src/chains/bitcoin/order.ts";
import { accountKeys, accountText } from "../../../src/chains/polkadot/account.ts";
import type { BridgeJourneys } from "../../../src/core/transfer-fold.ts";
import type { SourceEvent } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createMetrics } from "../../../src/monitor/metrics.ts";
import { createTransfers } from "../../../src/monitor/transfers.ts";
import type { Transfers } from "../../../src/monitor/transfers.ts";
import type { Ledger } from "../../../src/ports.ts";
import { createTestClock } from "../../support/clock.ts";
import { hashOf } from "../../support/delivery.ts";
import { clocksAt } from "../../support/folded-transfers.ts";
import { commitOf } from "../../support/ledger.ts";
import { createMemoryLog } from "../../support/quiet.ts";
import { hour, quiet } from "../../support/scenes.ts";
import { payoutFact, requester, script, vault } from "../../support/transfer-stories.ts";

const signal = new AbortController().signal;
const periods = (blocks: number): InterbtcPeriods => ({ issue: blocks, redeem: blocks, replace: blocks, parachainBlocksPerBitcoinBlock: 50 });
let clock: ReturnType<typeof createTestClock>;
let ledger: Ledger;
let journeys: BridgeJourneys;
let heights: { polkadot: number; bitcoin: number };
beforeEach(() => {
  clock = createTestClock();
  ledger = createMemoryLedger();
  journeys = createInterbtcJourneys(periods(0));
  heights = { polkadot: 100, bitcoin: 41 };
});

function open(): Transfers {
  const known = { version: "1", chains: ["bitcoin", "polkadot"] as const, endpoints: [], lanes: [], signers: [], loops: [], journeys: journeys.journeys.map(({ bridge, kind, steps }) => ({ bridge, kind, steps: steps.map(({ name }) => name) })) };
  return createTransfers({
    ledger, clock, meter: createMetrics(known).meter, log: createMemoryLog(), journeys: () => [journeys], stepBudgets: {}, spellings: [addressKeys, accountKeys],
    observe: () => Promise.resolve({ world: { ...quiet, lanes: [] }, clocks: clocksAt(clock.now(), heights, 2_000) }),
  });
}
const bring = async (...events: readonly SourceEvent[]): Promise<void> => void (await ledger.commit(commitOf({ now: clock.now(), found: { events, births: [], watches: [] } })));
const id = `interbtc-redeem-${hashOf("redeem")}`;

test.each([
  ["the redeem's id", hashOf("redeem")],
  ["the redeemer's account", accountText(requester)],
  ["the vault's account", accountText(vault)],
  ["the address that is paid", addressOf(script, "regtest") ?? ""],
  ["the payment as wallets write it", toDisplay(hashOf("vault-pay"))],
  ["the payment in wire order", hashOf("vault-pay")],
  ["the extrinsic that executed it", hashOf("executed")],
])("a redeem is found by %s", async (_what, text) => {
  const transfers = open();
  await bring(payoutFact("redeem", "requested", 90), payoutFact("redeem", "payment", 41), payoutFact("redeem", "executed", 99));
  await transfers.refresh(signal);
  const { items } = await transfers.list({ state: null, bridge: null, kind: null, late: null, q: text, cursor: null, limit: 10 });
  expect(items.map((one) => one.id)).toEqual([id]);
});

test("a vault that does not pay is told of, then that it does not prove, and no more once it is executed", async () => {
  const transfers = open();
  const told = async () => {
    await transfers.refresh(signal);
    return transfers.alerts().map(({ cause, transfers: ids }) => [cause, ids]);
  };
  await bring(payoutFact("redeem", "requested", 90));
  expect(await told()).toEqual([]);
  await clock.advance(5 * hour);
  expect(await told()).toEqual([["vault-silent", [id]]]);
  await bring(payoutFact("redeem", "payment", 41));
  heights = { polkadot: 100, bitcoin: 60 };
  expect(await told()).toEqual([]);
  await clock.advance(4 * hour);
  expect(await told()).toEqual([["vault-silent", [id]]]);
  await bring(payoutFact("redeem", "executed", 99));
  expect(await told()).toEqual([]);
  expect((await transfers.get(id as never))?.outcome).toBe("completed");
});

test("a period that governance lengthens counts for what is open, also over a restart, and also when it is shortened again", async () => {
  const values = async (transfers: Transfers) => {
    await transfers.refresh(signal);
    const [row] = await ledger.transfers({ ids: [id as never], fold: (await ledger.projection()).fold, limit: 1 });
    return row?.deadlines.map(({ value }) => value);
  };
  const transfers = open();
  await bring(payoutFact("redeem", "requested", 90));
  expect(await values(transfers)).toEqual([15_400, 328]);
  journeys = createInterbtcJourneys(periods(20_000));
  expect(await values(transfers)).toEqual([21_000, 440]);
  journeys = createInterbtcJourneys(periods(30_000));
  expect(await values(open())).toEqual([31_000, 640]);
  journeys = createInterbtcJourneys(periods(1));
  expect(await values(transfers)).toEqual([15_400, 328]);
});
