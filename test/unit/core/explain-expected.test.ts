/** When a transfer will be done, told beside its deadline. */
import { describe, expect, it } from "vitest";

import { reportOf } from "../../../src/core/explain.ts";
import type { Deadline } from "../../../src/core/transfer.ts";
import { hour, minute, scene } from "../../support/scenes.ts";
import type { Scene } from "../../support/scenes.ts";

/** the wallet's payment, 4.5 h normally, and then what is usual until the proof is final: 3 h all but 5 min */
const rest = 75 * minute + 75 * minute + 2 * minute + 3 * minute + 20 * minute;
const expectedIn = 4.5 * hour + rest;
const redemption = scene("redemption", "payment");
const ending = (leftMs: number): Deadline => ({ what: "the wallet no longer pays it", chain: "ethereum", clock: "time", value: redemption.clocks.now + leftMs, at: null });
const told = ({ transfer, journey, world, clocks }: Scene, ...deadlines: readonly Deadline[]) => reportOf({ ...transfer, deadlines }, journey, world, clocks, {});

describe("a transfer that is expected after its deadline", () => {
  it("says so where it says who must act, with how long after", () => {
    const { explanation, eta } = told(redemption, ending(expectedIn - 2 * hour));
    expect(eta?.afterDeadlineMs).toBe(2 * hour);
    expect(explanation?.sentence).toMatch(/; then the wallet no longer pays it\. It will probably be done in 7\.5 h, 2 h after that\.$/u);
  });

  it("says so by what is usual here once that is known", () => {
    const { transfer, journey, world, clocks } = redemption;
    const slow = { "tbtc.redemption.payment": Array.from({ length: 5 }, () => 20 * hour) };
    expect(reportOf({ ...transfer, deadlines: [ending(expectedIn)] }, journey, world, clocks, slow).explanation?.sentence).toMatch(/ It will probably be done in 23 h, 16 h after that\.$/u);
  });

  it.each([["expected before it", [ending(expectedIn)]], ["past it already", [ending(-hour)]], ["without one", []]] as const)("nothing is said of one that is %s", (_, deadlines) => {
    const { explanation, eta } = told(redemption, ...deadlines);
    expect([eta?.afterDeadlineMs, explanation?.sentence.includes("probably")]).toEqual([0, false]);
  });

  it("with two clocks the later one counts, and with one that is not known nothing is said", () => {
    const { transfer, journey, world, clocks } = scene("issue", "payment", 23 * hour);
    const report = (more: typeof clocks) => reportOf(transfer, journey, world, more, {}).eta?.afterDeadlineMs;
    const unread = { ...clocks, chains: { ...clocks.chains, polkadot: undefined, bitcoin: undefined } };
    expect(report({ ...clocks, chains: { polkadot: clocks.chains.polkadot, bitcoin: clocks.chains.bitcoin } } as typeof clocks)).toBe(0);
    expect(report(unread as unknown as typeof clocks)).toBe(0);
  });
});
