/** One act, its questions to the target, and the outcome it has. */
import { describe, expect, test } from "vitest";
import { perform } from "../../../relayer/perform.ts";
import type { Act, Outcome, Snapshot } from "../../../src/core/delivery.ts";
import { invalid, rejected, unavailable } from "../../../src/core/errors.ts";
import type { Effect, Lane, Submitter, TxStatus } from "../../../src/ports.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createTestClock } from "../../support/clock.ts";
import { attemptOf, blockOf, hashOf, policy, refOf, slotOf, snapshotIn, targetBlock } from "../../support/delivery.ts";
import { createParts } from "../../support/relay-parts.ts";

const clock = createTestClock();
const live = slotOf(5n, "live", [attemptOf(5n, 0)]);
const ourEffect: Effect = { block: targetBlock, tx: attemptOf(5n, 0).hash };
const rivalEffect: Effect = { block: targetBlock, tx: hashOf("rival") };
type Doing = Parameters<typeof perform>[0];

async function outcomeOf(act: Doing, snapshot: Snapshot, lane: Partial<Lane> = {}, submitter: Partial<Submitter> = {}) {
  const { work, calls } = createParts(lane, submitter);
  const performed = await perform(act, snapshot, work, { ledger: createMemoryLedger(), clock }, new AbortController().signal);
  return { outcome: performed.outcome, calls, reserveFrom: performed.reserveFrom };
}
const tracked = async (status: TxStatus, snapshot = snapshotIn("sent", { slot: live }), lane: Partial<Lane> = {}): Promise<Outcome> =>
  (await outcomeOf({ do: "track" }, snapshot, lane, { track: async () => status })).outcome;
const included = (more: Partial<TxStatus & { kind: "included" }> = {}): TxStatus =>
  ({ kind: "included", hash: attemptOf(5n, 0).hash, block: targetBlock, ok: true, final: false, failure: null, feePaid: 1n, ...more });

describe("the target is asked first", () => {
  const acts: readonly [Doing, Snapshot][] = [
    [{ do: "prove" }, snapshotIn("final")], [{ do: "reserve" }, snapshotIn("proven")], [{ do: "send", attempt: attemptOf(5n, 0) }, snapshotIn("sent", { slot: live })],
  ];
  test.each(acts)("what is there already is success by another (%#)", async (act, snapshot) => {
    const { outcome, calls } = await outcomeOf(act, snapshot, { delivered: async () => rivalEffect });
    expect(outcome).toEqual({ kind: "effect-seen", block: targetBlock, tx: hashOf("rival") });
    expect(calls).toEqual(["delivered"]);
  });
  test("a refusal whose effect is there already is no failure", async () => {
    let asked = 0;
    const { outcome } = await outcomeOf({ do: "reserve" }, snapshotIn("proven"), { delivered: async () => (asked++ === 0 ? null : rivalEffect) }, {
      rehearse: () => Promise.reject(rejected("already-there", "it is there")),
    });
    expect(outcome.kind).toBe("effect-seen");
  });
  test("what one of our transactions made is ours", async () => {
    expect(await tracked({ kind: "pending" }, undefined, { delivered: async () => ourEffect })).toEqual({ kind: "included", ...ourEffect });
  });
});

describe("where the slot's transactions are", () => {
  const notFinal = (code: string, waitsFor: object | null) => ({ kind: "waiting", until: clock.now() + policy.trackEveryMs, code, waitsFor });
  const finalAt = { chain: "ethereum", height: targetBlock.height, at: "final" };
  test("in a block and good: included", async () => expect(await tracked(included())).toEqual({ kind: "included", block: targetBlock, tx: attemptOf(5n, 0).hash }));
  test("in the pool: pending; nowhere: lost", async () => {
    expect(await tracked({ kind: "pending" })).toMatchObject({ kind: "pending" });
    expect(await tracked({ kind: "missing" })).toEqual({ kind: "lost" });
  });
  test("failed in a block: only a final block ends the slot", async () => {
    expect(await tracked(included({ ok: false }))).toEqual(notFinal("revert-not-final", finalAt));
    expect(await tracked(included({ ok: false, final: true }))).toMatchObject({ kind: "reverted", failure: { remedy: "Rejected", code: "reverted" } });
  });
  test("taken by a stranger: only a final block ends the slot", async () => {
    expect(await tracked({ kind: "taken", final: false, hash: null })).toEqual(notFinal("slot-taken-not-final", null));
    expect(await tracked({ kind: "taken", final: true, hash: hashOf("rival") })).toEqual({ kind: "slot-taken", by: hashOf("rival") });
  });
  test("consumed by the signer's own fill while the delivery was parked: that is not the effect", async () => {
    const fill = attemptOf(5n, 1, { purpose: "fill" });
    const snapshot = snapshotIn("sent", { slot: slotOf(5n, "live", [attemptOf(5n, 0), fill]) });
    expect(await tracked(included({ hash: fill.hash }), snapshot)).toEqual(notFinal("slot-filled-not-final", finalAt));
    expect(await tracked(included({ hash: fill.hash, final: true }), snapshot)).toEqual({ kind: "slot-over" });
  });
  test("outbidding looks first: what is in a block is not signed again", async () => {
    const act: Act & { do: "sign" } = { do: "sign", replaces: attemptOf(5n, 0) };
    const { outcome, calls } = await outcomeOf(act, snapshotIn("sent", { slot: live }), {}, { track: async () => included() });
    expect(outcome.kind).toBe("included");
    expect(calls).not.toContain("sign");
  });
});

describe("an included effect is confirmed at the target's final state", () => {
  test("there by the transaction we know: final", async () => {
    expect((await outcomeOf({ do: "confirm" }, snapshotIn("included"), { delivered: async () => ourEffect })).outcome).toEqual({ kind: "target-final" });
  });
  test("not there yet: waits, with an end", async () => {
    expect((await outcomeOf({ do: "confirm" }, snapshotIn("included"))).outcome).toMatchObject({ kind: "waiting", code: "target-not-final" });
  });
  test("there by another transaction than we noted, in a block our view never saw: looked at anew", async () => {
    const confirm = async (includedStanding: "unknown" | "final") =>
      (await outcomeOf({ do: "confirm" }, snapshotIn("included", { includedStanding }), { delivered: async () => rivalEffect })).outcome;
    expect(await confirm("unknown")).toEqual({ kind: "target-dropped", slotLive: true });
    expect(await confirm("final")).toEqual({ kind: "target-final" });
  });
});

describe("proving and reserving", () => {
  test("a proof that fails our own check demotes its endpoint and is not used", async () => {
    const bad = invalid("proof-does-not-verify", "no").failure;
    const { outcome, calls } = await outcomeOf({ do: "prove" }, snapshotIn("final"), { check: () => bad });
    expect(outcome).toEqual({ kind: "failed", failure: bad });
    expect(calls).toEqual(["delivered", "anchor", "build", "check", "distrust"]);
  });
  test("not provable yet is an outcome, impossible is a refusal", async () => {
    const notYet = { kind: "not-yet" as const, code: "soon", until: 9, waitsFor: null };
    expect((await outcomeOf({ do: "prove" }, snapshotIn("final"), { anchor: async () => notYet })).outcome).toEqual({ kind: "waiting", until: 9, waitsFor: null, code: "soon" });
    const failure = invalid("never", "no").failure;
    expect((await outcomeOf({ do: "prove" }, snapshotIn("final"), { anchor: async () => ({ kind: "impossible", failure }) })).outcome).toEqual({ kind: "refused", failure });
  });
  test("the floor goes to the ledger with its word on whether it may still sink", async () => {
    expect(await outcomeOf({ do: "reserve" }, snapshotIn("proven"), {}, { floor: async () => ({ next: 5n, settled: false }) }))
      .toMatchObject({ outcome: { kind: "reserved", slot: refOf(5n) }, reserveFrom: { next: 5n, settled: false } });
  });
});

test("a chain that is away is an outcome, not an exception", async () => {
  const away = () => Promise.reject(unavailable("endpoint-timeout", "away"));
  expect((await outcomeOf({ do: "prove" }, snapshotIn("final"), { delivered: away })).outcome).toMatchObject({ kind: "failed", failure: { code: "endpoint-timeout" } });
  expect((await outcomeOf({ do: "confirm" }, snapshotIn("included", {}, { includedIn: blockOf("ethereum", 3) }), { delivered: away })).outcome).toMatchObject({ kind: "failed" });
});

describe("bytes that the target would refuse now", () => {
  const unsent = attemptOf(5n, 0, { broadcasts: 0 });
  const sending = (attempt: typeof unsent, refusal: ReturnType<typeof unavailable>) =>
    outcomeOf({ do: "send", attempt }, snapshotIn("sent", { slot: slotOf(5n, "live", [attempt]) }), {}, { rehearseSigned: async () => refusal.failure });
  test("not for ever, and nobody has them: put off, so that no higher slot waits for them", async () => {
    const { outcome, calls } = await sending(unsent, unavailable("not-now", "paused"));
    expect(outcome).toMatchObject({ kind: "put-off", failure: { code: "not-now" } });
    expect(calls).not.toContain("send");
  });
  test("not for ever, but they went out before: kept, since they may be in a block any time", async () => {
    expect((await sending(attemptOf(5n, 0), unavailable("not-now", "paused"))).outcome).toMatchObject({ kind: "failed", failure: { code: "not-now" } });
  });
  test("whatever comes: a failure like any other", async () => {
    expect((await sending(unsent, rejected("stale", "old"))).outcome).toMatchObject({ kind: "failed", failure: { code: "stale" } });
  });
  test("a fill is sent without asking", async () => {
    const fill = attemptOf(5n, 0, { broadcasts: 0, purpose: "fill" });
    expect((await sending(fill, unavailable("not-now", "paused"))).outcome.kind).toBe("broadcast");
  });
});
