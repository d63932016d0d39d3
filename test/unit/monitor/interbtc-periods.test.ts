/** How long interBTC's requests may take, as governance has it now. */
import { beforeAll, expect, test } from "vitest";
import { createPeriodsSeen, ownPeriods } from "../../../src/app/interbtc-periods.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import type { PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { Json } from "../../../src/core/values.ts";
import { createTestClock } from "../../support/clock.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { blockOf } from "../../support/ledger.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

const { signal } = new AbortController();
let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

function start(stored: Record<string, Json>) {
  const [clock, meter] = [createTestClock(), createMemoryMeter()];
  let asked = 0;
  const client: Partial<PolkadotClient> = {
    name: "node", head: async () => blockOf(50, "a", "polkadot"), runtimeOf: async () => runtime,
    storage: async (pallet, item) => {
      asked += 1;
      return stored[`${pallet}.${item}`] ?? null;
    },
  };
  const polkadot = createEndpoints({ chain: "polkadot", endpoints: [{ name: "node", client: client as PolkadotClient }], clock, meter });
  return { periods: createPeriodsSeen({ polkadot, clock, meter }), clock, meter, asked: () => asked };
}
const set = { "Issue.IssuePeriod": 7_200, "Redeem.RedeemPeriod": 14_400, "Replace.ReplacePeriod": 14_401 };

test("each request's own period counts until the pallets' are read, at the first question", async () => {
  const { periods } = start({ ...set });
  expect(periods.current()).toBe(ownPeriods);
  await periods.refresh(signal);
  expect(periods.current()).toEqual({ issue: 7_200, redeem: 14_400, replace: 14_401, parachainBlocksPerBitcoinBlock: 50 });
});

test("they are read seldom, and are the same value until one of them changes", async () => {
  const stored: Record<string, Json> = { ...set };
  const { periods, clock, asked } = start(stored);
  await periods.refresh(signal);
  const [first, count] = [periods.current(), asked()];
  stored["Redeem.RedeemPeriod"] = 20_000;
  await clock.advance(59_000);
  await periods.refresh(signal);
  expect([periods.current() === first, asked()]).toEqual([true, count]);
  await clock.advance(1_000);
  await periods.refresh(signal);
  expect(periods.current()).toMatchObject({ redeem: 20_000 });
  const second = periods.current();
  await clock.advance(60_000);
  await periods.refresh(signal);
  expect([periods.current() === second, asked()]).toEqual([true, 3 * count]);
});

test("what cannot be read changes nothing, is counted, and is asked for again soon", async () => {
  const stored: Record<string, Json> = { ...set };
  const { periods, clock, meter } = start(stored);
  await periods.refresh(signal);
  const known = periods.current();
  delete stored["Issue.IssuePeriod"];
  await clock.advance(60_000);
  await periods.refresh(signal);
  expect([periods.current() === known, meter.total("errors_total") > 0]).toEqual([true, true]);
  Object.assign(stored, { "Issue.IssuePeriod": 9_000 });
  await clock.advance(30_000);
  await periods.refresh(signal);
  expect(periods.current()).toMatchObject({ issue: 9_000 });
});
