/** What interBTC's pallets say, as the monitor takes it: what cannot be read is not known, and blames nothing. */
import { beforeAll, expect, test } from "vitest";
import { createInterbtcFacts } from "../../../src/app/interbtc-facts.ts";
import type { Endpoints } from "../../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import type { PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import type { BlockRef, Json } from "../../../src/core/values.ts";
import { createTestClock } from "../../support/clock.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { blockOf, commitOf, moveView } from "../../support/ledger.ts";
import { createMemoryInterbtc } from "../../support/memory-interbtc.ts";
import { createMemoryMeter } from "../../support/quiet.ts";

const { signal } = new AbortController();
const bitcoin = (height: number): BlockRef => blockOf(height, "a", "bitcoin");
let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

const head = 150;
const now = 10_000_000;

async function factsOf(best: number, pallets: { readonly isDeactivated?: boolean; readonly validUntil?: Readonly<Record<string, number | null>>; readonly fails?: boolean }) {
  const [ledger, clock, meter] = [createMemoryLedger(), createTestClock(now), createMemoryMeter()];
  const blocks = Array.from({ length: 11 }, (_, index) => bitcoin(head - 10 + index));
  const [final, ...tip] = blocks;
  if (final !== undefined) await moveView(ledger, { final, tip }, commitOf({ chain: "bitcoin", blocks, move: { view: { final, tip }, from: null } }));
  const relay: { [item: string]: Json } = {
    BestBlock: { content: bitcoin(best).hash }, BestBlockHeight: best, StartBlockHeight: 100, ChainCounter: 1, StableBitcoinConfirmations: 6, StableParachainConfirmations: 10,
    DisableDifficultyCheck: true, ActiveBlockCount: 50, IsDeactivated: pallets.isDeactivated ?? false,
  };
  const { client, endpoints } = createMemoryInterbtc(runtime, {
    best: 100, final: 98, prunedBelow: 0, request: null, executed: null, headers: {}, vaults: [], forks: [], relay,
    main: Object.fromEntries(Array.from({ length: best - 99 }, (_, index) => [100 + index, bitcoin(100 + index).hash])),
  });
  const rate = (token: string): Json => ({ exchangeRate: { token } });
  const until = Object.entries(pallets.validUntil ?? {});
  const entries: PolkadotClient["entries"] = (_pallet, item) => Promise.resolve(item === "RawValuesUpdated" ? until.map(([token]) => ({ keys: [rate(token)], value: false })) : item !== "ValidUntil" ? [] : [
    ...until.flatMap(([token, value]) => (value === null ? [] : [{ keys: [rate(token)], value }])), { keys: ["feeEstimation"], value: 1 },
  ]);
  const asked: Endpoints<PolkadotClient> = { ...endpoints, ask: async (work, given) => {
    if (pallets.fails === true) throw new Error("node is away");
    return { ...(await endpoints.ask((one, inner) => work({ ...one, entries }, inner), given)) };
  } };
  const at = await client.head("best", signal);
  const read = createInterbtcFacts({ polkadot: asked, ledger, clock, meter, behindBudgetMs: 3_600_000 });
  const later = createTestClock(now + 3_600_000);
  const afterRestart = createInterbtcFacts({ polkadot: asked, ledger, clock: later, meter, behindBudgetMs: 3_600_000 });
  return { read: () => read(signal), afterRestart: () => afterRestart(signal), clock, meter, at };
}

test("a light client at the tip, running pallets and fresh prices are nothing to speak of", async () => {
  const { read, at } = await factsOf(head, { validUntil: { DOT: 1e15 } });
  expect(await read()).toEqual({
    lightClients: [expect.objectContaining({ bridge: "interbtc", chain: "polkadot", height: head, lagBlocks: 0, behindSince: null, otherForkSince: null, blockedSince: null })],
    relayedHeight: { bridge: "interbtc", height: head }, activeBlocks: { chain: "polkadot", count: 50 },
    view: { name: "interbtc", chain: "polkadot", oracleOutSince: null, refundPool: null, epoch: null, paused: null },
  });
  expect(at.height).toBe(100);
});

test("a light client is behind since the oldest missing block was mined, once more than usual are missing", async () => {
  expect((await (await factsOf(148, {})).read()).lightClients).toMatchObject([{ lagBlocks: 2, behindSince: null }]);
  expect((await (await factsOf(146, {})).read()).lightClients).toMatchObject([{ lagBlocks: 4, behindSince: bitcoin(147).time }]);
});

test("an exchange rate that ran out is an outage since it was first seen, whatever fee estimations do, also when the pallet has forgotten it", async () => {
  expect((await (await factsOf(head, { validUntil: { DOT: 1e15, INTR: 5 } })).read()).view?.oracleOutSince).toBe(now);
  const { read, clock } = await factsOf(head, { validUntil: { DOT: null, INTR: 1e15 } });
  expect((await read()).view?.oracleOutSince).toBe(now);
  await clock.advance(60_000);
  expect((await read()).view?.oracleOutSince).toBe(now);
});

test("deactivated pallets are a pause since it was first seen", async () => {
  const { read, clock } = await factsOf(head, { isDeactivated: true });
  expect((await read()).view?.paused).toMatchObject({ since: now });
  await clock.advance(60_000);
  expect((await read()).view?.paused).toMatchObject({ since: now });
});

test("a pause, an outage and a lag have lasted since they began, after a restart too", async () => {
  const paused = await factsOf(head, { isDeactivated: true, validUntil: { DOT: null } });
  await paused.read();
  expect((await paused.afterRestart()).view).toMatchObject({ paused: { since: now }, oracleOutSince: now });
  // our watchers never saw the oldest missing block: when it was mined is reckoned
  const behind = await factsOf(110, {});
  const { lightClients: [first] } = await behind.read();
  const { lightClients: [second] } = await behind.afterRestart();
  expect(first?.behindSince).toBe(now - 40 * 600_000);
  expect(second?.behindSince).toBe(first?.behindSince);
});

test("the height that its deadlines go by is the last one read while its node is away", async () => {
  const pallets = { fails: false };
  const { read } = await factsOf(146, pallets);
  await read();
  pallets.fails = true;
  expect(await read()).toMatchObject({ lightClients: [], relayedHeight: { bridge: "interbtc", height: 146 } });
});

test("a parachain that is away is not known, and counted", async () => {
  const { read, meter } = await factsOf(head, { fails: true });
  expect(await read()).toEqual({ lightClients: [], relayedHeight: { bridge: "interbtc", height: null }, activeBlocks: null, view: null });
  expect(meter.total("errors_total")).toBe(2);
});
