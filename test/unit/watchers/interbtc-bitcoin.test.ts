/** What a Bitcoin block's transactions mean for watched deposit addresses. */
import { Transaction } from "bitcoinjs-lib";
import { describe, expect, it } from "vitest";
import { requestFromJson, requestToJson } from "../../../src/bridges/interbtc/issue-request.ts";
import type { IssueRequest } from "../../../src/bridges/interbtc/issue-request.ts";
import { parseTx } from "../../../src/chains/bitcoin/codec.ts";
import type { BitcoinTx } from "../../../src/chains/bitcoin/codec.ts";
import { toDisplay } from "../../../src/chains/bitcoin/order.ts";
import { bytesOf } from "../../../src/core/hex.ts";
import type { Hex, Watch } from "../../../src/core/values.ts";
import type { Found } from "../../../src/ports.ts";
import { createInterbtcBitcoinReader } from "../../../watchers/bitcoin/interbtc.ts";
import { createWatchIndex, matchBlock } from "../../../watchers/bitcoin/match.ts";
import { createInterbtcPolkadotReader } from "../../../watchers/polkadot/interbtc.ts";
import { madeTx, rawTx } from "../../support/bitcoin-blocks.ts";
import { blockOf, watchOf } from "../../support/ledger.ts";
import { request } from "../interbtc/facts.ts";

const block = blockOf(800, "a", "bitcoin");
const asked = 100_000n;
const scriptOf = (byte: string): Hex => `0x0014${byte.repeat(20)}`;
const issue = (byte: string): IssueRequest => ({ ...request, id: `0x${byte.repeat(32)}`, script: scriptOf(byte) });
const [first, second] = [issue("a1"), issue("b2")];
/** as the other chain's reader makes it */
const watchOfIssue = (one: IssueRequest): readonly Watch[] =>
  createInterbtcPolkadotReader({ watchVaults: "all" }).settle({ id: "e" as never, chain: "polkadot", kind: "interbtc-issue-requested", at: null, generation: 0, payload: requestToJson(one) }).watches;

function paying(...outputs: readonly (readonly [script: Hex, valueSat: bigint])[]): BitcoinTx {
  const tx = new Transaction();
  tx.version = 2;
  tx.addInput(new Uint8Array(32).fill(7), outputs.length, 0xfffffffd);
  for (const [script, valueSat] of outputs) tx.addOutput(bytesOf(script), valueSat);
  return parseTx(rawTx(tx));
}
const seen = (txs: readonly BitcoinTx[], watched: readonly IssueRequest[], at = block): Found =>
  matchBlock(txs, at, createWatchIndex([...watched.flatMap(watchOfIssue), watchOf("somebody else's", 0)]), [createInterbtcBitcoinReader()]);
const deliveriesIn = ({ births }: Found): readonly string[] => births.map(({ id }) => id);
const idOf = ({ id }: IssueRequest, tx: BitcoinTx): string => `interbtc-issue-${id}-${toDisplay(tx.txid)}`;

describe("a payment of a deposit address", () => {
  it("of what was asked is an event that knows its request, and a delivery that serves the issue", () => {
    const tx = paying([scriptOf("ee"), 5_000n], [first.script, asked]);
    const { events, births, watches } = seen([tx], [first, second]);
    const [event] = events;
    expect(events).toHaveLength(1);
    expect(event).toMatchObject({ id: `interbtc:issue-payment:${first.id}:${toDisplay(tx.txid)}`, chain: "bitcoin", kind: "interbtc-issue-payment", at: block, payload: { issueId: first.id, txid: tx.txid, paidSat: "100000", index: 1 } });
    const { request: carried } = (event?.payload ?? {}) as { readonly request: never };
    expect(requestFromJson(carried)).toEqual(first);
    const { height, time } = block;
    const deadline = time + (first.bitcoinHeight + Math.ceil(first.periodActive / 50) - height) * 600_000;
    expect(births).toEqual([{ id: idOf(first, tx), lane: "interbtc-issue", event: event?.id, serves: [`interbtc-issue-${first.id}`], deadline }]);
    expect(watches).toEqual([]);
  });

  it("is the more urgent the sooner its request runs out, before anybody has looked at it", () => {
    const hasty = { ...second, periodActive: first.periodActive - 100 };
    const { births } = seen([paying([first.script, asked], [second.script, asked])], [first, hasty]);
    const [patient, urgent] = [first, hasty].map(({ id }) => births.find(({ serves }) => serves.includes(`interbtc-issue-${id}` as never))?.deadline ?? NaN);
    expect(urgent).toBe((patient ?? NaN) - 2 * 600_000);
  });

  it.each([
    ["more than was asked", asked + 1n, 1],
    ["one satoshi less than was asked", asked - 1n, 0],
  ])("of %s is an event, and a delivery only where anybody may prove it", (_what, valueSat, deliveries) => {
    const { events, births } = seen([paying([first.script, valueSat])], [first]);
    expect([events.length, births.length]).toEqual([1, deliveries]);
    expect(events[0]?.payload).toMatchObject({ paidSat: `${valueSat}` });
  });

  it.each([
    ["too little first, enough after", 60_000n, asked, "60000", 0],
    ["enough first, some more after", asked, 60_000n, "100000", 1],
  ])("in two outputs counts by its first one: %s", (_what, one, other, paidSat, deliveries) => {
    const { events, births } = seen([paying([first.script, one], [first.script, other])], [first]);
    expect(events.map(({ payload }) => payload)).toMatchObject([{ paidSat, index: 0 }]);
    expect(births).toHaveLength(deliveries);
  });

  it("and of another one in the same transaction are two events and two deliveries", () => {
    const tx = paying([second.script, asked], [first.script, asked]);
    const found = seen([tx], [first, second]);
    expect(deliveriesIn(found).toSorted()).toEqual([idOf(first, tx), idOf(second, tx)].toSorted());
    expect(new Set(found.events.map(({ payload }) => (payload as { readonly index: number }).index))).toEqual(new Set([0, 1]));
  });

  it("twice, in two transactions, is two deliveries for one issue", () => {
    const txs = [paying([first.script, asked]), paying([first.script, asked], ["0x51", 1n])];
    const { births } = seen(txs, [first]);
    expect(births.map(({ id }) => id)).toEqual(txs.map((tx) => idOf(first, tx)));
    expect(new Set(births.flatMap(({ serves }) => serves)).size).toBe(1);
  });

  it("has the same ids in whatever block it is", () => {
    const tx = paying([first.script, asked]);
    const [here, there] = [seen([tx], [first]), seen([madeParsed(1), tx], [first], blockOf(801, "b", "bitcoin"))];
    expect(there.events.map(({ id }) => id)).toEqual(here.events.map(({ id }) => id));
    // but for about when it runs out, which is for the order alone
    expect(there.births.map((birth) => ({ ...birth, deadline: null }))).toEqual(here.births.map((birth) => ({ ...birth, deadline: null })));
    expect(there.events[0]?.at).not.toEqual(here.events[0]?.at);
  });
});

describe("anything else", () => {
  it("brings nothing: other transactions, and hits on watches of other bridges", () => {
    const tx = paying(["0x00", asked]);
    expect(seen([madeParsed(2), tx], [first])).toEqual({ events: [], births: [], watches: [] });
  });
});

function madeParsed(salt: number): BitcoinTx {
  return parseTx(rawTx(madeTx(salt)));
}
