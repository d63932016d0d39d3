/** Unmined payments followed for explaining: what is remembered over a restart, and what ends it. */
import { describe, expect, it } from "vitest";
import { createMempoolFacts } from "../../../src/app/mempool.ts";
import { createInterbtcJourneys } from "../../../src/bridges/interbtc/journeys.ts";
import { requestToJson } from "../../../src/bridges/interbtc/issue-request.ts";
import { depositWatchId, issuePaymentEvent, issueTransfer, watchedFor } from "../../../src/bridges/interbtc/names.ts";
import type { BitcoinClient } from "../../../src/chains/bitcoin/client.ts";
import { createEndpoints } from "../../../src/chains/endpoints.ts";
import { failureOf, unavailable } from "../../../src/core/errors.ts";
import type { Hex, Watch } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import type { Commit } from "../../../src/ports.ts";
import { createInterbtcBitcoinReader } from "../../../watchers/bitcoin/interbtc.ts";
import { createTestClock } from "../../support/clock.ts";
import { blockOf } from "../../support/ledger.ts";
import { createMemoryMeter } from "../../support/quiet.ts";
import { blockOfPayments, id, request } from "../interbtc/facts.ts";

const { signal } = new AbortController();
const [, paid] = blockOfPayments().txs;
if (paid === undefined) throw new Error("the block has payments");
const paidSat = paid.outputs.find(({ script }) => script === request.script)?.valueSat ?? 0n;
const settled = { ...request, amountSat: paidSat, feeSat: 0n };
const watch: Watch = { id: depositWatchId(id), chain: "bitcoin", target: { script: request.script }, forWhom: watchedFor(id), heightHint: 0, detail: requestToJson(request) };
const nothing: Commit = { chain: "bitcoin", now: 1, move: null, blocks: [], dropped: [], watchSetVersion: null, found: { events: [], births: [], watches: [] }, opens: [], progress: [] };

async function stageOf(asked = settled) {
  const [clock, meter, ledger] = [createTestClock(), createMemoryMeter(), createMemoryLedger()];
  await ledger.commit({ ...nothing, found: { ...nothing.found, watches: [{ ...watch, detail: requestToJson(asked) }] } });
  const mempool = new Set<Hex>();
  let isAway = false;
  const node: Partial<BitcoinClient> = {
    name: "node",
    mempoolState: async () => {
      if (isAway) throw unavailable("endpoint-unreachable", "away");
      return { size: mempool.size, minSatPerVb: 1, estimateSatPerVb: 7, bestHeight: 800 };
    },
    mempoolIds: async () => [...mempool],
    spenders: async (outpoints) => outpoints.map(() => null),
    unmined: async (txids) => txids.map((txid) => (mempool.has(txid) && txid === paid?.txid ? { tx: paid, since: 5_000, vsize: 100, satPerVb: 3 } : null)),
  };
  const endpoints = createEndpoints({ chain: "bitcoin", endpoints: [{ name: "node", client: node as BitcoinClient }], clock, meter });
  const start = () => {
    const facts = createMempoolFacts({ endpoints, readers: [createInterbtcBitcoinReader()], journeys: () => [createInterbtcJourneys()], ledger, clock, searchUpTo: 10, alsoSpent: () => [], open: () => new Map() });
    return () => facts(signal);
  };
  return { ledger, mempool, start, setAway: (away: boolean) => { isAway = away; } };
}

describe("a payment in the mempool", () => {
  it("is told for its transfer, with what nodes ask for, and noted once", async () => {
    const { mempool, start, ledger } = await stageOf();
    const look = start();
    expect(await look()).toMatchObject({ payments: [] });
    mempool.add(paid.txid);
    const view = await look();
    expect(view).toMatchObject({ payments: [{ txid: paid.txid, transfers: [issueTransfer(id)], since: 5_000, satPerVb: 3, gone: null }], minSatPerVb: 1, estimateSatPerVb: 7 });
    await look();
    expect(await ledger.auditLog({ subject: "bitcoin mempool" })).toMatchObject([{ who: "monitor", what: "payment in the mempool" }]);
  });

  it("that is not what was asked for is no payment that is made: who owes one is not excused by it", async () => {
    const { mempool, start, ledger } = await stageOf({ ...settled, feeSat: 1n });
    mempool.add(paid.txid);
    expect(await start()()).toMatchObject({ payments: [] });
    expect(await ledger.auditLog({ subject: "bitcoin mempool" })).toEqual([]);
  });

  it("that leaves while Gantry is down is told as gone after the restart", async () => {
    const { mempool, start } = await stageOf();
    mempool.add(paid.txid);
    await start()();
    mempool.clear();
    expect(await start()()).toMatchObject({ payments: [{ txid: paid.txid, since: 5_000, gone: { height: 800, spentBy: null } }] });
    // and as gone since then after the next one
    const again = await start()();
    expect(again?.payments[0]?.gone).toMatchObject({ height: 800 });
  });

  it("is let go of when its block is in the ledger", async () => {
    const { mempool, start, ledger } = await stageOf();
    mempool.add(paid.txid);
    const look = start();
    await look();
    const at = blockOf(801, "a", "bitcoin");
    await ledger.commit({ ...nothing, blocks: [at], found: { ...nothing.found, events: [{ id: issuePaymentEvent(id, paid.txid), chain: "bitcoin", kind: "interbtc-issue-payment", at, payload: { issueId: id, txid: paid.txid, paidSat: "100000" } }] } });
    mempool.clear();
    expect(await look()).toMatchObject({ payments: [] });
    expect(await start()()).toMatchObject({ payments: [] });
  });

  it("is still known when no node could be asked in between", async () => {
    const { mempool, start, setAway } = await stageOf();
    mempool.add(paid.txid);
    const look = start();
    await look();
    setAway(true);
    expect(await look().then(() => null, failureOf)).toMatchObject({ remedy: "Unavailable" });
    setAway(false);
    mempool.clear();
    expect(await look()).toMatchObject({ payments: [{ txid: paid.txid, gone: { height: 800 } }] });
  });
});
