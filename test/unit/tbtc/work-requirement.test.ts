import { describe, expect, it } from "vitest";
import { epochOf, workRequirement } from "../../../src/bridges/tbtc/work-requirement.ts";
import type { RelayState, WorkInput } from "../../../src/bridges/tbtc/work-requirement.ts";
import { difficultiesFrom, redemption, sweep } from "../../support/tbtc-story.ts";

const oldEpoch = epochOf(sweep.block.height);
const beforeRetarget: RelayState = { current: 1n, previous: 0n, epoch: oldEpoch };
const afterRetarget: RelayState = { current: 2n, previous: 1n, epoch: oldEpoch + 1 };
const base = { factor: 3n, minHeaders: 1, maxHeaders: 144 };
const at = (height: number, headers: number, relay: RelayState, more: Partial<WorkInput> = {}) =>
  workRequirement({ ...base, height, difficulties: difficultiesFrom(height, headers), relay, ...more });

describe("recorded sweep in the last block of the old epoch, factor 3", () => {
  it.each([beforeRetarget, afterRetarget])("one header (1) is too little, two (1 + 2) are enough, with relay %o", (relay) => {
    // the next block begins a new epoch: its difficulty is unknown, so that is when to look again
    expect(at(sweep.block.height, 1, relay)).toEqual({ kind: "not-yet", code: "not-enough-work", height: sweep.block.height + 1 });
    expect(at(sweep.block.height, 2, relay)).toEqual({ kind: "enough", headers: 2, requiredDifficulty: 3n });
    expect(at(sweep.block.height, 5, relay)).toEqual({ kind: "enough", headers: 2, requiredDifficulty: 3n });
  });
});

describe("recorded redemption in the new epoch, factor 3", () => {
  it("waits for the retarget however many headers there are", () => {
    expect(at(redemption.block.height, 3, beforeRetarget)).toEqual({ kind: "not-yet", code: "epoch-not-relayed", height: null });
  });

  it("afterwards two headers are too few and three pass", () => {
    expect(at(redemption.block.height, 2, afterRetarget)).toEqual({ kind: "not-yet", code: "not-enough-work", height: redemption.block.height + 2 });
    expect(at(redemption.block.height, 3, afterRetarget)).toEqual({ kind: "enough", headers: 3, requiredDifficulty: 6n });
  });
});

describe("epochs the relay cannot judge", () => {
  const judge = (height: number, difficulty: bigint, relay: RelayState) => workRequirement({ ...base, height, difficulties: [difficulty], relay });

  it("is impossible two epochs back, for that reason", () => {
    expect(judge(2016 * 10, 5n, { current: 9n, previous: 8n, epoch: 12 })).toMatchObject({ kind: "impossible", failure: { remedy: "Rejected", code: "tbtc-epoch-too-old" } });
  });

  it("is possible two epochs back when the difficulty happens to be the same", () => {
    expect(workRequirement({ ...base, height: 2016 * 10, difficulties: [8n, 8n, 8n], relay: { current: 9n, previous: 8n, epoch: 12 } }).kind).toBe("enough");
  });

  it("says so when a difficulty of a known epoch is not the relay's", () => {
    expect(judge(2016 * 12, 5n, { current: 9n, previous: 8n, epoch: 12 })).toMatchObject({ kind: "impossible", failure: { code: "tbtc-difficulty-mismatch" } });
  });

  it("does not call the epoch before the relay's too old", () => {
    expect(judge(2016 * 11, 5n, { current: 9n, previous: 8n, epoch: 12 })).toMatchObject({ kind: "impossible", failure: { code: "tbtc-difficulty-mismatch" } });
  });

  it("waits when the relay does not number its epochs", () => {
    expect(judge(2016 * 12, 5n, { current: 9n, previous: 8n, epoch: null })).toMatchObject({ kind: "not-yet", code: "epoch-not-relayed" });
  });
});

describe("difficulty 0 (regtest)", () => {
  const relay: RelayState = { current: 0n, previous: 0n, epoch: null };
  const zeros = (count: number) => Array.from({ length: count }, () => 0n);

  it("needs one header whatever the factor", () => {
    expect(workRequirement({ ...base, factor: 6n, height: 200, difficulties: zeros(1), relay })).toEqual({ kind: "enough", headers: 1, requiredDifficulty: 0n });
  });

  it("sends as many headers as our own minimum of headers", () => {
    const ask = (count: number) => workRequirement({ ...base, minHeaders: 4, height: 200, difficulties: zeros(count), relay });
    expect(ask(3)).toEqual({ kind: "not-yet", code: "too-few-headers", height: 203 });
    expect(ask(4)).toEqual({ kind: "enough", headers: 4, requiredDifficulty: 0n });
    expect(ask(9)).toEqual({ kind: "enough", headers: 4, requiredDifficulty: 0n });
  });
});

describe("limits", () => {
  it("waits for our own minimum of headers, but pays for no more headers than the work needs", () => {
    const relay: RelayState = { current: 7n, previous: 6n, epoch: 1 };
    const ask = (count: number) => workRequirement({ ...base, minHeaders: 5, height: 2016, difficulties: Array.from({ length: count }, () => 7n), relay });
    expect(ask(4)).toEqual({ kind: "not-yet", code: "too-few-headers", height: 2020 });
    expect(ask(5)).toEqual({ kind: "enough", headers: 3, requiredDifficulty: 21n });
  });

  it("is impossible when blocks of very low difficulty follow", () => {
    const difficulties = [1000n, ...Array.from({ length: 9 }, () => 1n)];
    expect(workRequirement({ ...base, maxHeaders: 10, height: 4032, difficulties, relay: { current: 1000n, previous: 1n, epoch: 2 } })).toMatchObject({ kind: "impossible", failure: { code: "tbtc-too-many-headers" } });
  });

  it("looks again when the missing work can be there, at the latest at the next epoch", () => {
    const relay: RelayState = { current: 10n, previous: 9n, epoch: 1 };
    expect(workRequirement({ ...base, factor: 6n, height: 2016, difficulties: [10n, 10n], relay })).toMatchObject({ code: "not-enough-work", height: 2021 });
    expect(workRequirement({ ...base, factor: 6n, height: 4029, difficulties: [10n, 10n], relay })).toMatchObject({ code: "not-enough-work", height: 4032 });
  });
});
