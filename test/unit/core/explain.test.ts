/** Every cause in every leg it can hold up, which of two is named, and the sentences people read. */
import { describe, expect, it } from "vitest";

import { createTbtcJourneys, tbtcJourneyList } from "../../../src/bridges/tbtc/journeys.ts";
import { usualTbtcPeriods } from "../../../src/bridges/tbtc/periods.ts";
import { causeNames } from "../../../src/core/causes.ts";
import type { Cause } from "../../../src/core/causes.ts";
import type { FundingView } from "../../../src/core/monitored-world.ts";
import { explain, reportOf, upstream } from "../../../src/core/explain.ts";
import { phases } from "../../../src/core/transfer.ts";
import type { Phase } from "../../../src/core/transfer.ts";
import { factsOf } from "../../../src/core/transfer-fold.ts";
import type { TransferChange } from "../../../src/core/transfer-fold.ts";
import { now } from "../../support/delivery.ts";
import { chainClock, clocksAt, foldedAll } from "../../support/folded-transfers.ts";
import { after, day, hour, inWorld, minute, quiet, scene, told, troubles } from "../../support/scenes.ts";
import type { Kind, Scene } from "../../support/scenes.ts";
import { committed, moveOf, movingId, objected, stage } from "../../support/tbtc-moves.ts";
import { issueCancelled, issuePaid, paid, paymentProved, payoutFact, requested, sweepDelivered } from "../../support/transfer-stories.ts";

const explained = ({ transfer, journey, world, clocks }: Scene) => explain(transfer, journey, world, clocks);
const causeOf = (one: Scene): Cause | null | undefined => explained(one)?.cause;
const seen = (event: ReturnType<typeof paid>): TransferChange => ({ event, seenAt: now });

/** How the causes that lie in the transfer itself come about, by leg. */
const own: Readonly<Partial<Record<Cause, (phase: Phase) => Scene>>> = {
  "source-reorged-out": (phase) => {
    if (phase === "payment") return told("redemption", scene("redemption", phase), seen(paid()), seen(paid(null, 1)));
    return told("redemption", scene("redemption", phase), seen(phase === "final" ? paid(null, 1) : requested(null, 1)));
  },
  "paid-too-little": () => told("issue", scene("issue", "payment"), seen(issuePaid(50, 5n, "dust"))),
  "paid-too-late": (phase) => told("issue", scene("issue", phase), seen(issueCancelled(950)), seen(issuePaid(190, 1_001_500n, "issue-pay", 1))),
  "user-has-not-paid": () => scene("issue", "payment", 7 * hour),
  "vault-silent": (phase) => (phase === "payment-final" ? nearEnd(scene("redeem", phase)) : scene("redeem", phase, 5 * hour)),
  "payment-unusable": () => told("redeem", scene("redeem", "payment"), seen(payoutFact("redeem", "payment", 50, { paidSat: 499_999n, flaw: "too-little" }))),
  "paid-and-cancelled": (phase) => told("redeem", scene("redeem", phase), seen(payoutFact("redeem", "cancelled", 950))),
  "wallet-silent": () => scene("redemption", "payment", 9 * hour),
  "redemption-objected": (phase) => told("redemption", scene("redemption", phase, 9 * hour), seen(objected())),
  "proof-missing": () => movingFunds(7 * hour),
  "source-not-final": (phase) => (phase === "payment" ? funded(scene("deposit", phase, 25 * hour), { confirmations: 2 }) : phase === "provable" ? inWorld(scene("deposit", phase, 4 * hour), { deliveries: [{ delivery: { ...sweepDelivered("final", 2), waitCode: "not-enough-work" }, slot: null, eventStanding: "final" }] }) : slow(phase)),
  "deadline-passed": (phase) => late(phase, 0.9 * hour),
  "deadline-near": (phase) => late(phase, -hour / 2),
  unexplained: (phase) => scene("deposit", phase, 90 * day),
};
/** a wallet's move that is final on Bitcoin */
function movingFunds(ageMs: number): Scene {
  const journeys = createTbtcJourneys();
  const journey = tbtcJourneyList.find(({ kind }) => kind === "moving-funds");
  const transfer = foldedAll(journeys, [seen(stage("moving-funds", 100)), seen(committed()), seen(moveOf()), { clocks: clocksAt(now, { ethereum: 120, bitcoin: 60 }) }]).get(movingId);
  if (journey === undefined || transfer === undefined) throw new Error("no move");
  return { transfer, journey, world: quiet, clocks: clocksAt(now + ageMs, { bitcoin: 60, ethereum: 150 }) };
}
/** what a node says of the deposit's funding */
const funded = (one: Scene, more: Partial<FundingView>): Scene => inWorld(one, {
  bridges: [{ name: "tbtc", chain: "ethereum", paused: null, oracleOutSince: null, refundPool: null, epoch: null, fundings: [{ transfer: one.transfer.id, outpoint: "aa:0", confirmations: null, neededConfirmations: 6, wasIn: false, since: one.clocks.now, ...more }] }],
});

describe("a deposit whose funding a wallet cannot use", () => {
  const late = scene("deposit", "payment", 25 * hour);
  const early = scene("deposit", "payment", hour);
  const cases: readonly (readonly [string, Scene, Partial<FundingView>, Cause | null, string])[] = [
    ["never seen, late", late, {}, "user-has-not-paid", "The Bitcoin node knows no funding of it"],
    ["never seen, but only just asked", early, {}, null, ""],
    ["not seen for a while", early, { since: early.clocks.now - hour }, "user-has-not-paid", "The Bitcoin node knows no funding of it"],
    ["was in a block, and is not there", late, { wasIn: true }, "source-reorged-out", "was in a block and is not there any more"],
    ["waits again after a reorg", late, { wasIn: true, confirmations: 0 }, "source-reorged-out", "waits to be mined again"],
    ["in no block, late", late, { confirmations: 0 }, "source-not-final", "is in no block yet; wallets want 6"],
    ["not deep enough, late", late, { confirmations: 1, wasIn: true }, "source-not-final", "has 1 confirmation; wallets want 6"],
    ["not deep enough, early", early, { confirmations: 1, since: 0 }, null, ""],
    ["deep enough, late: the wallet is at fault", late, { confirmations: 6, wasIn: true }, "wallet-silent", "The wallet's operators have not acted"],
  ];
  it.each(cases)("%s", (_name, one, more, cause, words) => {
    const view = explained(funded(one, more));
    expect([view?.cause, view?.sentence.includes(words)]).toEqual([cause, true]);
  });
});

describe("a redemption that guardians hold back", () => {
  it("is nobody's fault until the delay is over, and the wallet's from then on", () => {
    const journeys = createTbtcJourneys({ ...usualTbtcPeriods, redemptionDelaysMs: [2 * hour, 8 * hour, 24 * hour] });
    const base = scene("redemption", "payment");
    const transfer = foldedAll(journeys, [seen(requested()), { clocks: clocksAt(now, { ethereum: 150, bitcoin: 40 }) }, seen(objected()), seen(objected(105, `0x${"89".repeat(20)}`))]).get(base.transfer.id);
    if (transfer === undefined) throw new Error("no redemption");
    const at = (ms: number): Cause | null | undefined => causeOf(after({ ...base, transfer }, requestedAt - now + ms));
    expect([at(hour), at(23 * hour), at(25 * hour)]).toEqual(["redemption-objected", "redemption-objected", "wallet-silent"]);
  });
});

/** a redeem so many hours after its request, which has 48, with both clocks at these */
function clocked(one: Scene, hours: number, height: number, activeBlocks: number): Scene {
  const at = now + hours * hour;
  return { ...one, clocks: { now: at, chains: { bitcoin: chainClock("bitcoin", height, at, { relayedHeights: { interbtc: height } }), polkadot: chainClock("polkadot", 150, at, { activeBlocks }) } } };
}
const nearEnd = (one: Scene): Scene => clocked(one, 46, 320, 15_000);
/** blocks come, but none becomes final */
const slow = (phase: Phase): Scene => {
  const one = scene("deposit", phase, 5 * hour);
  return { ...one, clocks: { ...one.clocks, chains: Object.fromEntries(Object.entries(one.clocks.chains).map(([name, clock]) => [name, { ...clock, finalHeight: 10 }])) } };
};
const requestedAt = requested().at?.time ?? 0;
/** a redemption this long after (before) the wallet stops paying it, all budgets raised so that nothing is late but the deadline */
function late(phase: Phase, pastMs: number): Scene {
  const one = scene("redemption", phase);
  const soft = requestedAt + 5 * day - (["request-final", "payment"].includes(phase) ? 2 * hour : 0);
  const patient = { ...one.journey, steps: one.journey.steps.map((step) => ({ ...step, who: "chain" as const, lateAfterMs: 365 * day })) };
  return after({ ...one, journey: patient }, soft - now + pastMs);
}

const kindsOf: readonly Kind[] = ["deposit", "redemption", "issue"];
const table = upstream.flatMap(({ cause, phases: legs }) => legs.map((phase) => [cause, phase] as const)).filter(([cause, phase]) => cause !== "unexplained" || !["request-final", "payment-final", "final", "payment"].includes(phase));

describe("each cause is named in each leg it can hold up", () => {
  it.each(table)("%s while in %s", (cause, phase) => {
    const make = own[cause];
    if (make !== undefined) {
      expect(causeOf(make(phase))).toBe(cause);
      return;
    }
    const trouble = troubles[cause];
    if (trouble === undefined) throw new Error(`nothing makes ${cause}`);
    for (const kind of kindsOf) expect([kind, causeOf(trouble(scene(kind, phase)))]).toEqual([kind, cause]);
  });

  it("has a way to make every cause that can hold up a transfer", () => {
    const elsewhere: readonly Cause[] = ["refund-pool-empty", "clock-skew", "halt-not-looked-at"];
    expect(causeNames.filter((cause) => !upstream.some((one) => one.cause === cause))).toEqual(causeNames.filter((cause) => elsewhere.includes(cause)));
    expect(new Set(upstream.map(({ cause }) => cause)).size).toBe(upstream.length);
  });
});

describe("a vault's deadline", () => {
  const past = (one: Scene): Scene => clocked(one, 49, 329, 15_401);
  const ours = (one: Scene): Scene => ({ ...one, transfer: { ...one.transfer, facts: { ...factsOf(one.transfer), about: { ...factsOf(one.transfer).about, ours: true } } } });

  it.each(["payment", "provable"] as const)("of our own vault is the cause once it is near, and says what the vault has not done (%s)", (phase) => {
    const [waits, passed] = [explained(nearEnd(ours(scene("redeem", phase)))), explained(past(ours(scene("redeem", phase))))];
    expect([waits?.cause, passed?.cause]).toEqual(["deadline-near", "deadline-passed"]);
    expect(waits?.sentence).toContain(phase === "payment" ? "The vault has not paid." : "The vault has paid, and nobody has proved it.");
    expect(passed?.sentence).toContain("redeem.cancel_redeem");
  });

  it.each(["payment", "payment-final", "provable"] as const)("of another's is the vault's silence, with the deadline in the sentence (%s)", (phase) => {
    expect([nearEnd, past].map((when) => causeOf(when(scene("redeem", phase))))).toEqual(["vault-silent", "vault-silent"]);
    expect(explained(past(scene("redeem", phase)))?.sentence).toMatch(/The deadline passed .* ago: the redeemer may call redeem\.cancel_redeem/u);
  });

  it("on one clock alone has not passed", () => {
    const late = ours(scene("redeem", "payment"));
    expect([clocked(late, 49, 328, 15_401), clocked(late, 49, 329, 15_400)].map(causeOf)).toEqual(["deadline-near", "deadline-near"]);
  });
});

describe("a vault that is silent", () => {
  it.each<readonly [Phase, string]>([
    ["payment", "Tell the vault's operator."],
    ["provable", "Tell the vault's operator; anybody else may prove it, too. Once it is cancelled, the payment may count for nothing."],
  ])("is told of without a deadline that its transfer may not have (%s)", (phase, text) => {
    expect(explained(scene("redeem", phase, 5 * hour))?.action?.text).toBe(text);
  });
});

describe("nothing is blamed", () => {
  it.each(phases)("for what takes its normal time in %s", (phase) => {
    for (const kind of kindsOf) expect(explained(scene(kind, phase, minute))).toMatchObject({ cause: null, action: null });
  });

  it("on a leg that the trouble cannot hold up", () => {
    for (const { cause, phases: legs } of upstream) {
      const trouble = troubles[cause];
      for (const phase of phases) if (trouble !== undefined && !legs.includes(phase)) expect([cause, phase, causeOf(trouble(scene("redemption", phase)))]).toEqual([cause, phase, null]);
    }
  });

  it("for the trouble of another chain, lane, signer or bridge", () => {
    const one = scene("issue", "include");
    for (const cause of ["lane-halted", "signer-halted", "light-client-behind", "chain-paused", "nonce-gap", "queue-not-draining", "node-stalled"] as const) {
      const other = troubles[cause]?.(scene("deposit", "include"));
      expect([cause, causeOf({ ...one, world: other?.world ?? quiet })]).toEqual([cause, null]);
    }
  });

  it("for an epoch that another transfer needs: a fresh payment is not lost because an old one is", () => {
    const one = scene("deposit", "provable", minute);
    const left = (...neededBy: readonly Scene["transfer"]["id"][]) => inWorld(one, { bridges: [{ name: "tbtc", chain: "ethereum", paused: null, oracleOutSince: null, refundPool: null, epoch: { marginBlocks: -1, budgetBlocks: 144, hasLeft: true, neededBy } }] });
    expect([causeOf(left(movingId)), causeOf(left(movingId, one.transfer.id))]).toEqual([null, "relay-epoch-leaving"]);
  });

  it("on one bad node while another one is good", () => {
    const one = scene("deposit", "payment");
    const good = { name: "b", up: true, lagBlocks: 0, demotedUntil: null, lastFailure: null };
    const lying = troubles["node-lying"]?.(one) ?? one;
    expect(causeOf(inWorld(lying, { chains: lying.world.chains.map((chain) => ({ ...chain, endpoints: [...chain.endpoints, good] })) }))).toBeNull();
  });

  it("once it ended", () => {
    const done = told("redemption", scene("redemption", "final"), seen(paymentProved()), { clocks: scene("redemption", "final").clocks });
    expect(explained({ ...done, transfer: { ...done.transfer, endedAt: now, outcome: "completed" } })).toBeNull();
  });
});

describe("of two causes the one further upstream is named", () => {
  const worldly = upstream.filter(({ cause }) => troubles[cause] !== undefined);
  it.each(worldly.map(({ cause }, index) => [cause, index] as const))("%s before all that follow", (cause, index) => {
    for (const other of worldly.slice(index + 1)) {
      const phase = phases.find((one) => other.phases.includes(one) && worldly[index]?.phases.includes(one));
      if (phase === undefined) continue;
      const first = troubles[other.cause]?.(scene("redemption", phase));
      const second = troubles[cause]?.(scene("redemption", phase));
      const both = { ...scene("redemption", phase), world: merged(first?.world ?? quiet, second?.world ?? quiet) };
      expect([other.cause, phase, causeOf(both)]).toEqual([other.cause, phase, cause]);
    }
  });

  it("a late deadline is blamed only when nothing more specific is, and always said", () => {
    const silent = after(scene("redemption", "payment"), requestedAt - now + 5 * day - hour);
    const halted = explained(troubles["chain-halted"]?.(silent) ?? silent);
    expect([halted?.cause, halted?.sentence.includes("The deadline passed 1 h ago: the wallet no longer pays it. In 1 h anyone may report")]).toEqual(["chain-halted", true]);
    expect(causeOf(silent)).toBe("wallet-silent");
  });
});

/** What is wrong in either. */
function merged(a: Scene["world"], b: Scene["world"]): Scene["world"] {
  const pick = <K extends keyof Scene["world"]>(key: K): Scene["world"][K] => (JSON.stringify(b[key]) === JSON.stringify(quiet[key]) ? a[key] : b[key]);
  return {
    ...quiet, ledger: pick("ledger"), deliveries: [...a.deliveries, ...b.deliveries], halts: [...a.halts, ...b.halts], loops: pick("loops"),
    lightClients: [...a.lightClients, ...b.lightClients], signers: [...a.signers, ...b.signers], bridges: [...a.bridges, ...b.bridges],
    queue: { ...a.queue, ...(b.queue.reachable ? {} : { reachable: false }), ...(b.queue.evicts === null ? {} : { evicts: b.queue.evicts }), overdue: [...a.queue.overdue, ...b.queue.overdue] },
    chains: quiet.chains.map((chain, index) => ({ ...chain, ...changed(a.chains[index], chain), ...changed(b.chains[index], chain) })),
  };
}
const changed = (one: object | undefined, than: object): object =>
  Object.fromEntries(Object.entries(one ?? {}).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify((than as Record<string, unknown>)[key])));

describe("a report", () => {
  it("says everything about one transfer", () => {
    const { transfer, journey, world, clocks } = scene("redemption", "payment", 9 * hour);
    const report = reportOf(transfer, journey, world, clocks, {});
    expect(report).toMatchObject({ state: "open", lateMs: hour, deadline: { text: "the wallet no longer pays it", passed: false }, explanation: { cause: "wallet-silent", who: "wallet" } });
    expect(report.steps.map(({ name, startedAt, lateMs }) => [name, startedAt !== null, lateMs > 0])).toEqual([
      ["request-final", true, false], ["payment", true, true], ["payment-final", false, false], ["provable", false, false], ["proof-sent", false, false], ["proof-included", false, false], ["final", false, false],
    ]);
  });
});
