/** A request is searched for as long as its payment may still be executed, and its watch ends when both clocks say that it is over for long. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { requestToJson } from "../../../src/bridges/interbtc/issue-request.ts";
import { depositWatchId, payoutWatchId } from "../../../src/bridges/interbtc/names.ts";
import { payoutToJson } from "../../../src/bridges/interbtc/payout.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import type { Endpoints } from "../../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../../src/chains/polkadot/client.ts";
import type { PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import { unavailable, unsafe } from "../../../src/core/errors.ts";
import type { BlockRef, Hex, Watch } from "../../../src/core/values.ts";
import { eventId } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import type { ChainSource, Ledger } from "../../../src/ports.ts";
import type { WatchOptions } from "../../../watchers/commit.ts";
import { createInterbtcPolkadotReader } from "../../../watchers/polkadot/interbtc.ts";
import { interbtcOver } from "../../../watchers/polkadot/interbtc-over.ts";
import { createInterbtcPayoutReader } from "../../../watchers/polkadot/interbtc-payouts.ts";
import { createWatch } from "../../../watchers/watch.ts";
import { createTestClock } from "../../support/clock.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { blockOf, commitOf, moveView, nothingFound, viewOf } from "../../support/ledger.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";
import { request } from "../interbtc/facts.ts";

let runtime: PolkadotRuntime;
beforeAll(async () => {
  runtime = await createDevRuntime();
}, 60_000);

const { signal } = new AbortController();
const at = blockOf(50, "a", "polkadot");
const [overBlocks, executedBlocks] = [100, 6];
/** the last values at which the issue of the facts, and a redeem like it, are not long over */
const last = { active: request.openActive + request.periodActive + overBlocks * 50 + 49, bitcoin: request.bitcoinHeight + request.periodActive / 50 + overBlocks };
let clocks: { active: number; bitcoin: number; periods: readonly number[] } = { active: 0, bitcoin: 0, periods: [] };
beforeEach(() => {
  clocks = { ...last, periods: [0, 0, 0] };
});

const storages: PolkadotClient["storages"] = async (items) => {
  if (items.some(({ item }) => item === "ActiveBlockCount")) return [clocks.active, clocks.bitcoin];
  if (clocks.periods.length === 0) throw unsafe("shape-changed", "storage Issue.IssuePeriod is not there");
  return clocks.periods;
};
const parachain = (): Endpoints<PolkadotClient> => {
  const client: Partial<PolkadotClient> = { name: "node", runtimeOf: async () => runtime, storages };
  return createEndpoints({ chain: "polkadot", endpoints: [{ name: "node", client: client as PolkadotClient }], clock: createTestClock(), meter: createMemoryMeter() });
};
const over = (block: BlockRef, watches: readonly Watch[]) => interbtcOver(parachain(), overBlocks, block, watches, signal);

const keep = { executedBlocks, overBlocks };
const settled = (kind: string, payload: object) => ({ id: eventId("e"), chain: "polkadot", kind, at, generation: 0, payload: payload as never }) as const;
const { watches: [issueWatch] } = createInterbtcPolkadotReader({ watchVaults: "all", keep }).settle(settled("interbtc-issue-requested", requestToJson(request) as object));
const redeemId: Hex = `0x${"33".repeat(32)}`;
const { openActive, periodActive, bitcoinHeight, requester, vault, script, amountSat } = request;
const redeem = payoutToJson({ kind: "redeem", id: redeemId, requester, vault, amountSat, script, openActive, periodActive, bitcoinHeight, status: "pending" });
const payouts = createInterbtcPayoutReader({ watchVaults: "all", keep });
const { watches: [redeemWatch] } = payouts.settle(settled("interbtc-redeem-requested", redeem as object));
if (issueWatch === undefined || redeemWatch === undefined) throw new Error("requests bring no watches");
const both = [issueWatch, redeemWatch];

describe("of the watches nothing is over", () => {
  it.each([
    ["at the last block of both clocks", 0, 0, [0, 0, 0]],
    ["while the parachain stands still, however far Bitcoin is", 0, 1_000_000, [0, 0, 0]],
    ["while the light client stands still, however far the parachain is", 10_000_000, 0, [0, 0, 0]],
    ["when governance lengthened the periods", 50, 1, [request.periodActive + 100, request.periodActive + 100, 0]],
  ])("%s", async (_when, active, bitcoin, periods) => {
    clocks = { active: last.active + active, bitcoin: last.bitcoin + bitcoin, periods };
    expect(await over(at, both)).toEqual([]);
  });

  it("when they are nobody's requests, and the chain is not even asked", async () => {
    clocks.active = Number.NaN;
    expect(await over(at, [{ ...issueWatch, forWhom: "tbtc:0x01" }, { ...redeemWatch, forWhom: `interbtc:refund:${redeemId}` }])).toEqual([]);
  });
});

it("issues and redeems alike are over a block after both clocks", async () => {
  clocks = { active: last.active + 1, bitcoin: last.bitcoin + 1, periods: [0, 0, 0] };
  expect(await over(at, both)).toEqual([depositWatchId(request.id), payoutWatchId(redeemId)].map((watch) => ({ watch, upTo: last.bitcoin + 1 })));
});

it("where the runtime keeps no present periods each request's own counts", async () => {
  clocks = { active: last.active + 1, bitcoin: last.bitcoin, periods: [] };
  expect(await over(at, both)).toEqual([]);
  clocks.bitcoin += 1;
  expect((await over(at, both)).map(({ watch }) => watch)).toEqual(both.map(({ id }) => id));
});

describe("watching a parachain", () => {
  const source: ChainSource = {
    chain: "polkadot", head: async () => ({ best: at, final: at }), block: async () => at, blockAt: async () => at, read: async () => nothingFound,
    scan: async (_from, to) => ({ scannedTo: to, found: nothingFound, blocks: [] }), settle: () => ({ births: [], watches: [] }), distrust: () => undefined,
  };
  const start = (ledger: Ledger, more: Partial<WatchOptions>, clock = createTestClock()) => {
    const watch = createWatch({ source, ledger, clock, log: createMemoryLog(), meter: createMemoryMeter(), pollMs: 1_000, auditEveryMs: 0, startHeight: async () => 51, onWoken: async () => undefined, ...more });
    return { clock, turn: () => watch.turn(signal) };
  };
  /** Bitcoin comes to this height, and everything is searched */
  const bitcoinAt = async (ledger: Ledger, height: number): Promise<void> => {
    await moveView(ledger, viewOf(height, height, "bitcoin"));
    await ledger.commit(commitOf({ chain: "bitcoin", progress: (await ledger.ranges("bitcoin")).map(({ id }) => ({ id, next: height + 1, missing: [] })) }));
  };
  const watched = async (ledger: Ledger): Promise<readonly string[]> => (await ledger.watchSet("bitcoin")).watches.map(({ id }) => id);
  const ids = both.map(({ id }) => id);

  it("ends a request's watch an hour after it is long over at the latest, with the next blocks, and never for Bitcoin's clock alone", async () => {
    const ledger = createMemoryLedger();
    await bitcoinAt(ledger, 700);
    await ledger.commit(commitOf({ chain: "polkadot", found: { ...nothingFound, watches: both } }));
    const { clock, turn } = start(ledger, { over });
    await turn();
    clocks.bitcoin = 2_000_000;
    await bitcoinAt(ledger, 2_000_000);
    await clock.advance(3_600_000);
    await turn();
    await bitcoinAt(ledger, 2_000_010);
    expect(await watched(ledger)).toEqual(ids);
    clocks.active = last.active + 1;
    await turn();
    await bitcoinAt(ledger, 2_000_011);
    expect(await watched(ledger)).toEqual(ids);
    await clock.advance(3_600_000);
    await turn();
    await bitcoinAt(ledger, 2_000_012);
    expect(await watched(ledger)).toEqual([]);
  });

  it("searches up to the light client's height first: our own Bitcoin may have stood still while payments came", async () => {
    const ledger = createMemoryLedger();
    await bitcoinAt(ledger, 700);
    await ledger.commit(commitOf({ chain: "polkadot", found: { ...nothingFound, watches: both } }));
    clocks = { active: last.active + 1, bitcoin: last.bitcoin + 1, periods: [0, 0, 0] };
    await start(ledger, { over }).turn();
    await bitcoinAt(ledger, last.bitcoin);
    expect(await watched(ledger)).toEqual(ids);
    await bitcoinAt(ledger, last.bitcoin + 1);
    expect(await watched(ledger)).toEqual([]);
  });

  it("leaves an end that is there already: of what was executed, and of a redeem that was cancelled long after its time", async () => {
    const ledger = createMemoryLedger();
    const best = 900_000;
    await bitcoinAt(ledger, best);
    const { ends = [] } = payouts.settle(settled("interbtc-redeem-cancelled", { redeemId, tx: null }));
    await ledger.commit(commitOf({ chain: "polkadot", found: { ...nothingFound, watches: both, ends } }));
    clocks = { active: 90_000_000, bitcoin: best, periods: [0, 0, 0] };
    await start(ledger, { over }).turn();
    await bitcoinAt(ledger, best + overBlocks - 1);
    expect(await watched(ledger)).toEqual([redeemWatch.id]);
    await bitcoinAt(ledger, best + overBlocks);
    expect(await watched(ledger)).toEqual([]);
  });

  it("that cannot be asked ends nothing, and asks again soon", async () => {
    const ledger = createMemoryLedger();
    await ledger.commit(commitOf({ chain: "polkadot", found: { ...nothingFound, watches: both } }));
    await bitcoinAt(ledger, 2_000_000);
    clocks = { active: 90_000_000, bitcoin: 900_000, periods: [0, 0, 0] };
    let isAway = true;
    const asked = async (block: BlockRef, watches: readonly Watch[]) => {
      if (isAway) throw unavailable("endpoint-timeout", "no answer");
      return over(block, watches);
    };
    const { clock, turn } = start(ledger, { over: asked });
    await expect(turn()).rejects.toThrow();
    isAway = false;
    await clock.advance(30_000);
    await turn();
    await bitcoinAt(ledger, 2_000_001);
    expect(await watched(ledger)).toEqual([]);
  });

  it("goes on with a watch that ended although its request is open still, and has the blocks between searched", async () => {
    const ledger = createMemoryLedger();
    await bitcoinAt(ledger, 700);
    // as they were kept before: to a height of Bitcoin's, whatever the parachain did
    await ledger.commit(commitOf({ chain: "polkadot", found: { ...nothingFound, watches: [{ ...issueWatch, untilHeight: 900 }] } }));
    await bitcoinAt(ledger, 1_500);
    expect(await watched(ledger)).toEqual([]);
    const census = async () => ({ ...nothingFound, watches: [issueWatch] });
    const { clock, turn } = start(ledger, { census, over });
    await turn();
    expect((await ledger.ranges("bitcoin")).map(({ next, last: end }) => [next, end])).toEqual([[901, 1_500]]);
    expect(await watched(ledger)).toEqual([issueWatch.id]);
    await bitcoinAt(ledger, 5_000);
    await clock.advance(3_600_000);
    await turn();
    await start(ledger, { census, over }).turn();
    await bitcoinAt(ledger, 5_001);
    expect([await watched(ledger), await ledger.ranges("bitcoin")]).toEqual([[issueWatch.id], []]);
  });
});
