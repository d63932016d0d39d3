import { describe, expect, it, test } from "vitest";
import { periodsIn, tbtcPeriods, usualTbtcPeriods } from "../../../src/bridges/tbtc/periods.ts";
import type { ReadPeriods } from "../../../src/bridges/tbtc/periods.ts";
import { epochMargin, forgettableFrom, relayIsBehindBy } from "../../../src/bridges/tbtc/relay-epochs.ts";

const start = (epoch: number): number => epoch * 2016;

describe("how near the relay is to forgetting an epoch", () => {
  const cases: readonly (readonly [string, number, readonly number[], number, ReturnType<typeof epochMargin>])[] = [
    ["nothing waits", 400, [], start(400), null],
    ["the next epoch has just begun", 400, [start(400)], start(401), { marginBlocks: 2016 + 19, hasLeft: false, neededEpoch: 400, relayEpoch: 400 }],
    ["the lowest counts", 401, [start(401) + 5, start(400) + 2015], start(402), { marginBlocks: 19, hasLeft: false, neededEpoch: 400, relayEpoch: 401 }],
    ["the next retarget can be relayed", 401, [start(400)], start(402) + 19, { marginBlocks: 0, hasLeft: false, neededEpoch: 400, relayEpoch: 401 }],
    ["it could long have been", 401, [start(400)], start(402) + 900, { marginBlocks: 0, hasLeft: false, neededEpoch: 400, relayEpoch: 401 }],
    ["it was relayed", 402, [start(400)], start(402) + 19, { marginBlocks: -1, hasLeft: true, neededEpoch: 400, relayEpoch: 402 }],
    ["it was relayed long ago", 402, [start(400)], start(402) + 119, { marginBlocks: -100, hasLeft: true, neededEpoch: 400, relayEpoch: 402 }],
  ];
  it.each(cases)("%s", (_name, epoch, needed, best, margin) => {
    expect(epochMargin({ epoch, proofLength: 20 }, needed, best)).toEqual(margin);
  });

  it("is a height of the chain: the last block of an epoch has as long as its first", () => {
    expect(forgettableFrom(start(400), 20)).toBe(forgettableFrom(start(401) - 1, 20));
  });
});

test.each([[start(401) + 18, 0], [start(401) + 19, 1], [start(401) + 40, 22]])("at Bitcoin height %i a relay at epoch 400 could have been told of the next for %i blocks", (best, behind) => {
  expect(relayIsBehindBy({ epoch: 400, proofLength: 20 }, best)).toBe(behind);
});

describe("periods", () => {
  const read: ReadPeriods = { redemptionTimeoutMs: 1, movingFundsTimeoutMs: 2, movedFundsSweepTimeoutMs: 3, redemptionDelaysMs: [4, 5, 6], relayProofLength: 20 };

  it("are the configured ones, else those read, else the usual", () => {
    expect(tbtcPeriods(null, {})).toEqual(usualTbtcPeriods);
    expect(tbtcPeriods(read, { redemptionTimeoutMs: undefined })).toEqual({ ...usualTbtcPeriods, ...read, areRead: true });
    expect(tbtcPeriods(read, { redemptionTimeoutMs: 9, redemptionMarginMs: 0 })).toMatchObject({ redemptionTimeoutMs: 9, redemptionMarginMs: 0, movingFundsTimeoutMs: 2 });
  });

  it("come back from their record as they were, and not from any other", () => {
    expect(periodsIn(JSON.parse(JSON.stringify(read)) as never)).toEqual(read);
    expect(periodsIn({ ...read, redemptionDelaysMs: null, relayProofLength: null })).toEqual({ ...read, redemptionDelaysMs: null, relayProofLength: null });
    for (const other of [null, "x", [], {}, { redemptionTimeoutMs: "1" }]) expect(periodsIn(other)).toBeNull();
  });
});
