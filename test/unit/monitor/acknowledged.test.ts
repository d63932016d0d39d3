/** A transfer that somebody looks at: said in reports and alerts, for as long as what he saw is what is wrong. */
import { expect, test } from "vitest";
import { createTbtcJourneys } from "../../../src/bridges/tbtc/journeys.ts";
import type { MonitoredWorld } from "../../../src/core/monitored-world.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { acknowledgementFor } from "../../../src/monitor/acknowledged.ts";
import { createTransfers } from "../../../src/monitor/transfers.ts";
import { createTestClock } from "../../support/clock.ts";
import { clocksAt } from "../../support/folded-transfers.ts";
import { commitOf } from "../../support/ledger.ts";
import { createMemoryLog } from "../../support/quiet.ts";
import { depositId, revealed } from "../../support/transfer-stories.ts";

const hour = 3_600_000;
const signal = new AbortController().signal;
const world: MonitoredWorld = {
  chains: [], lanes: [], deliveries: [], halts: [], haltBudgetMs: hour, lightClients: [], signers: [], loops: [], bridges: [],
  queue: { reachable: true, failure: null, evicts: null, overdue: [], overdueBudgetMs: hour }, ledger: { writable: true, failure: null },
};

test("what somebody looks at says so in the report, the list and the alert, until a deadline passes", async () => {
  const [clock, ledger] = [createTestClock(), createMemoryLedger()];
  const transfers = createTransfers({
    ledger, clock, meter: { count: () => undefined, set: () => undefined, observe: () => undefined }, log: createMemoryLog(), journeys: () => [createTbtcJourneys()],
    stepBudgets: {}, spellings: [], observe: () => Promise.resolve({ world, clocks: clocksAt(clock.now(), { ethereum: 100, bitcoin: 40 }) }),
  });
  const later = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await transfers.refresh(signal);
  };
  const looked = async () => [(await transfers.get(depositId))?.acknowledged, transfers.alerts().map(({ cause, acknowledged }) => [cause, acknowledged])];
  await ledger.commit(commitOf({ now: clock.now(), found: { events: [revealed()], births: [], watches: [] } }));
  await later(0);
  await later(25 * hour);
  expect(await looked()).toEqual([null, [["wallet-silent", null]]]);
  const by = { at: clock.now(), who: "ada", because: "asking the wallet's operators" };
  await ledger.note({ ...by, what: "acknowledge", subject: depositId, detail: { cause: "wallet-silent" } });
  await later(0);
  expect(await looked()).toEqual([by, [["wallet-silent", by]]]);
  expect((await transfers.list({ state: null, bridge: null, kind: null, late: true, q: null, cursor: null, limit: 10 })).items).toMatchObject([{ acknowledged: by }]);
  // its deadline passes meanwhile, which is news
  await later(300 * 24 * hour);
  expect(await looked()).toEqual([null, [["wallet-silent", null]]]);
});

test.each([["height", 5_000], ["active-blocks", 9_000]] as const)("who looks at a transfer whose deadline in %s passed is not forgotten because the next block is late", async (clock, at) => {
  const ledger = createMemoryLedger();
  const transfer = { id: depositId, facts: { expiredAt: 1_000 } };
  // until that block its time, as told to people, is reckoned anew from now
  const explanation = { cause: "vault-silent", since: 0, deadline: { what: "anybody may cancel it", chain: "polkadot", clock, value: 7, at } } as const;
  const seen = (now: number) => acknowledgementFor(ledger, transfer, explanation, now);
  await ledger.note({ at: 900, who: "ada", what: "acknowledge", subject: depositId, because: null, detail: { cause: "vault-silent" } });
  expect(await seen(5_000)).toBeNull();
  await ledger.note({ at: 1_500, who: "ada", what: "acknowledge", subject: depositId, because: null, detail: { cause: "vault-silent" } });
  expect(await seen(5_000)).toMatchObject({ who: "ada", at: 1_500 });
});
