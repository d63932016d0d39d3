import { describe, expect, it } from "vitest";
import type { StoredHeader } from "../../../src/bridges/interbtc/dialect.ts";
import { blockingFork, inclusionOf, retargetOnFork, retargetOnV1 } from "../../../src/bridges/interbtc/light-client.ts";
import type { LightClient } from "../../../src/bridges/interbtc/light-client.ts";
import type { Hex } from "../../../src/core/values.ts";

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`;
const client: LightClient = {
  at: { chain: "polkadot", height: 50, hash: hash("aa"), parent: hash("ab"), time: 0 },
  isInitialised: true, start: 2016, best: { height: 4030, hash: hash("bb") }, chainCounter: 1, forks: [],
  stable: { bitcoin: 6, parachain: 300 }, activeBlocks: 10_000, isDifficultyChecked: true,
};
const fork = (startHeight: number, maxHeight: number, chainId = 1) => ({ chainId, startHeight, maxHeight });
const stored = (height: number, chainId = 0, paraHeight = 1_000): StoredHeader => ({ height, chainId, paraHeight });

describe("a fork", () => {
  it.each([
    [4024, false],
    [4025, true],
    [4031, true],
  ])("that ends at %i with the best at 4030 and 6 blocks of stability stops proofs: %s", (maxHeight, stops) => {
    expect(blockingFork({ ...client, forks: [fork(4020, maxHeight)] }) !== null).toBe(stops);
  });

  it("is named by the highest of several", () => {
    expect(blockingFork({ ...client, forks: [fork(3000, 3001, 1), fork(4027, 4029, 2), fork(4026, 4027, 3)] })).toMatchObject({ chainId: 2 });
    expect(blockingFork(client)).toBeNull();
  });
});

describe("a payment's block", () => {
  it.each<[string, Partial<LightClient>, StoredHeader | null, string, number | null]>([
    ["waits for the light client to begin", { isInitialised: false }, null, "relay-not-initialised", null],
    ["waits to be relayed", {}, null, "block-not-relayed", null],
    ["waits on a fork, whatever its depth", { forks: [fork(4020, 4031)] }, stored(4020, 1), "on-relay-fork", null],
    ["waits for Bitcoin blocks: the payment's own is the first", {}, stored(4026), "bitcoin-confirmations", null],
    ["waits for a fork to die", { forks: [fork(4027, 4028)] }, stored(4000), "ongoing-fork", null],
    ["waits for active parachain blocks, and says for how long", {}, stored(4000, 0, 9_701), "parachain-confirmations", 10_001],
  ])("%s", (_name, world, header, code, untilActive) => {
    expect(inclusionOf({ ...client, ...world }, header, null)).toEqual({ kind: "not-yet", code, untilActive });
  });

  it("is provable from the later of both clocks on", () => {
    expect(inclusionOf(client, stored(4025, 0, 9_700), 9_999)).toEqual({ kind: "provable", sinceActive: 10_000 });
    expect(inclusionOf(client, stored(4025, 0, 9_000), 9_999)).toEqual({ kind: "provable", sinceActive: 9_999 });
  });

  it("needs nothing on top where one block is stable", () => {
    expect(inclusionOf({ ...client, stable: { bitcoin: 1, parachain: 0 } }, stored(4030, 0, 10_000), 10_000)).toMatchObject({ kind: "provable" });
  });
});

describe("the first header of a period", () => {
  it.each<[string, Partial<LightClient>, StoredHeader, number, readonly number[]]>([
    ["is checked on the main chain", {}, stored(4030), 10, []],
    ["is checked as a fork's first", {}, stored(4031), 3, []],
    ["cannot be checked in a fork that is about to open", {}, stored(4028), 6, [4032]],
    ["cannot be checked in a fork that stands", { forks: [fork(4029, 4030)] }, stored(4030, 1), 2, [4032]],
    ["cannot be checked as the first of a fork on a fork", { best: { height: 4033, hash: hash("bb") }, forks: [fork(4029, 4032)] }, stored(4031, 1), 1, [4032]],
    ["is checked after the fork has won", { best: { height: 4025, hash: hash("bb") } }, stored(4024), 10, []],
    ["is not checked one header earlier", { best: { height: 4026, hash: hash("bb") } }, stored(4024), 10, [4032]],
    ["is checked in a fork longer than a period", { best: { height: 6045, hash: hash("bb") }, forks: [fork(4030, 6047)] }, stored(6047, 1), 1, []],
    ["is checked as the first of a fork on a fork longer than a period", { best: { height: 6060, hash: hash("bb") }, forks: [fork(4030, 6050)] }, stored(6047, 1), 1, []],
    ["is no matter without the check", { isDifficultyChecked: false }, stored(4028), 6, []],
    ["is not among these", {}, stored(4020), 11, []],
  ])("%s", (_name, world, ancestor, count, heights) => {
    const best = ancestor.chainId === 0 && ancestor.height === 4031 ? { best: { height: 4034, hash: hash("bb") } } : {};
    expect(retargetOnFork({ ...client, ...best, ...world }, ancestor, count)).toEqual(heights);
  });
});

describe("the genesis runtime's fault", () => {
  it.each([
    [4031, 1, true, []],
    [4031, 2, true, [4032]],
    [4032, 2017, true, [4032, 6048]],
    [4032, 1, false, []],
  ])("from height %i, %i headers, checked %s: %j", (first, count, isDifficultyChecked, heights) => {
    expect(retargetOnV1({ ...client, isDifficultyChecked }, first, count)).toEqual(heights);
  });
});
