/** A light client's card: how far it is behind, since when, and what stops it. */
import { expect, test } from "vitest";
import { lightClientFacts } from "../../../page/src/light-client.ts";

const minute = 60_000;
const now = 1_700_000_000_000;
const fine = { lane: "interbtc-headers", bridge: "interbtc", chain: "polkadot", height: 840_000, lagBlocks: 1, behindSince: null, otherForkSince: null, blockedSince: null, retarget: null } as const;

test("one that is no further behind than usual is told as it is, without a warning", () => {
  expect(lightClientFacts(fine, now)).toEqual({ name: "interbtc on polkadot", knows: "840\u202f000", lag: "1 block", isBehind: false, toldBy: "interbtc-headers", troubles: [] });
});

test("what is not known is a dash, and who keeps it at the tip may be others", () => {
  expect(lightClientFacts({ ...fine, lane: null, height: null, lagBlocks: null }, now)).toMatchObject({ knows: "–", lag: "–", isBehind: false, toldBy: "no lane of Gantry" });
});

test("one that is behind, blocked by a fork or on another one says since when", () => {
  const { lag, isBehind, troubles } = lightClientFacts({ ...fine, lagBlocks: 6, behindSince: now - 80 * minute, blockedSince: now - 20 * minute, otherForkSince: now - 30 * minute }, now);
  expect([lag, isBehind]).toEqual([expect.stringMatching(/^6 blocks, since .+ \(1 h 20 min ago\)$/u), true]);
  expect(troubles).toEqual([
    expect.stringMatching(/^it has followed another fork of Bitcoin since .+ \(30 min ago\)$/u),
    expect.stringMatching(/^a fork it knows has stopped every proof since .+ \(20 min ago\)$/u),
  ]);
});

test.each([["fork", "on a fork it cannot check"], ["runtime", "its runtime refuses"]] as const)("a header that it can never be told is named, with why (%s)", (because, why) => {
  const { troubles } = lightClientFacts({ ...fine, retarget: { height: 842_688, because, since: now - minute } }, now);
  expect(troubles).toEqual([expect.stringMatching(`cannot be told header 842688: ${why}`)]);
});
