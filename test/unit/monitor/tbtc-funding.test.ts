/** Is the payment of a deposit that waits still there? Asked seldom, and what went away stays known. */
import { expect, test } from "vitest";
import { createFundings } from "../../../src/app/tbtc-funding.ts";
import { createTbtcJourneys } from "../../../src/bridges/tbtc/journeys.ts";
import type { BitcoinClient } from "../../../src/chains/bitcoin/client.ts";
import type { Endpoints } from "../../../src/chains/endpoints.ts";
import { unavailable } from "../../../src/core/errors.ts";
import type { Transfer } from "../../../src/core/transfer.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import type { Ledger } from "../../../src/ports.ts";
import { createTestClock } from "../../support/clock.ts";
import { now } from "../../support/delivery.ts";
import { clocksAt, foldedAll } from "../../support/folded-transfers.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { depositId, fundingTxid, revealed, swept } from "../../support/transfer-stories.ts";

const { signal } = new AbortController();
const minute = 60_000;
const journeys = createTbtcJourneys();
const deposits = (...more: Parameters<typeof foldedAll>[1]): readonly Transfer[] =>
  [...foldedAll(journeys, [{ event: revealed(), seenAt: now }, { clocks: clocksAt(now, { ethereum: 100, bitcoin: 40 }) }, ...more]).values()];

/** what the node says: [with its mempool, in its chain alone] */
function open(ledger: Ledger = createMemoryLedger()) {
  const [clock, meter] = [createTestClock(), createMemoryMeter()];
  const node: { says: readonly [number | null, number | null] | "away"; asked: string[] } = { says: [null, null], asked: [] };
  const client = {
    confirmations: async ({ txid, index }: { txid: string; index: number }, as: "chain" | "mempool") => {
      if (node.says === "away") throw unavailable("endpoint-timeout", "no answer");
      node.asked.push(`${txid}:${index}`);
      return node.says[as === "mempool" ? 0 : 1];
    },
  } as unknown as BitcoinClient;
  const bitcoin = { ask: async (call: (client: BitcoinClient, signal: AbortSignal) => Promise<unknown>) => ({ value: await call(client, signal), endpoint: "a" }) } as unknown as Endpoints<BitcoinClient>;
  const look = createFundings({ bitcoin, ledger, clock, meter });
  return { node, clock, meter, ledger, look: async (all = deposits()) => (await look(all, signal))[0] };
}

test("a payment that nobody knows is told as such, with the output a person can look for", async () => {
  const { look, clock, node } = open();
  expect(await look()).toEqual({ transfer: depositId, outpoint: expect.stringMatching(/^[0-9a-f]{64}:1$/u) as string, confirmations: null, neededConfirmations: 6, wasIn: false, since: clock.now() });
  expect(new Set(node.asked)).toEqual(new Set([`${fundingTxid}:1`]));
});

test("it is asked for again while it is not deep enough, seldom once it is, and not at all once it is swept", async () => {
  const { look, clock, node } = open();
  node.says = [2, 2];
  expect(await look()).toMatchObject({ confirmations: 2, wasIn: true });
  node.says = [6, 6];
  expect(await look()).toMatchObject({ confirmations: 2 });
  await clock.advance(minute);
  expect(await look()).toMatchObject({ confirmations: 6, since: clock.now() - minute });
  node.says = [null, null];
  await clock.advance(20 * minute);
  expect(await look()).toMatchObject({ confirmations: 6 });
  expect(await look(deposits({ event: swept(), seenAt: now }))).toBeUndefined();
});

test("one that is being swept in the mempool is still there", async () => {
  const { look, node } = open();
  node.says = [null, 9];
  expect(await look()).toMatchObject({ confirmations: 9, wasIn: true });
});

test("one that left the chain is told as gone, also after a restart", async () => {
  const { look, clock, node, ledger } = open();
  node.says = [1, 1];
  await look();
  node.says = [null, null];
  await clock.advance(minute);
  expect(await look()).toMatchObject({ confirmations: null, wasIn: true, since: clock.now() });
  expect(await open(ledger).look()).toMatchObject({ confirmations: null, wasIn: true });
});

test("a node that is away leaves what was known, and is counted", async () => {
  const { look, clock, node, meter } = open();
  node.says = "away";
  expect(await look()).toBeUndefined();
  node.says = [3, 3];
  await clock.advance(minute);
  await look();
  node.says = "away";
  await clock.advance(minute);
  expect(await look()).toMatchObject({ confirmations: 3 });
  expect(meter.total("errors_total")).toBe(2);
});
