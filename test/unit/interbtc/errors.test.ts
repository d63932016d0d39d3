import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classifyInterbtc, knownErrors, v1RetargetFault } from "../../../src/bridges/interbtc/errors.ts";
import type { InterbtcCall } from "../../../src/bridges/interbtc/errors.ts";
import type { PolkadotRuntime } from "../../../src/chains/polkadot/runtime.ts";
import type { Delivery, Snapshot } from "../../../src/core/delivery.ts";
import type { Failure } from "../../../src/core/errors.ts";
import { stepOf } from "../../../src/core/step.ts";
import { deliveryIn, failure as failureIn, now, outcomes, policy, refOf, snapshotIn } from "../../support/delivery.ts";
import { createDevRuntime } from "../../support/dev-runtime.ts";
import { createV1Runtime } from "../../support/interbtc-v1.ts";

/** "once": rebuilt once, then parked; "briefly": tried again for two minutes, then parked; "at-once": rebuilt without a pause */
type Class = "done" | "rebuild" | "at-once" | "once" | "briefly" | "later" | "much-later" | "never" | "configuration";
const remedyOf: Readonly<Record<Class, string>> = {
  done: "Rejected", rebuild: "Rejected", "at-once": "Rejected", once: "Rejected", briefly: "Unavailable", later: "Unavailable", "much-later": "Unavailable", never: "Invalid", configuration: "Misconfigured",
};
const both: readonly InterbtcCall[] = ["store-header", "execute-issue"];

/** What the protocol's own table says, written down by name. */
const table: readonly (readonly [names: string, Class, calls?: readonly InterbtcCall[]])[] = [
  ["BTCRelay.DuplicateBlock BTCRelay.OutdatedBlock", "done"],
  ["BTCRelay.AlreadyInitialized", "done"],
  ["BTCRelay.BlockNotFound", "rebuild", ["store-header"]],
  ["BTCRelay.WrongForkBound", "rebuild"],
  ["BTCRelay.LowDiff BTCRelay.InvalidBlockVersion BTCRelay.InvalidCompact", "never"],
  ["BTCRelay.DiffTargetHeader BTCRelay.InvalidStartHeight", "configuration"],
  ["BTCRelay.MissingBlockHeight", "configuration"],
  ["BTCRelay.BlockNotFound", "later", ["execute-issue"]],
  ["BTCRelay.BitcoinConfirmations BTCRelay.ParachainConfirmations BTCRelay.OngoingFork", "later"],
  ["BTCRelay.InvalidChainID", "at-once"],
  ["BTCRelay.InvalidMerkleProof BTCRelay.MalformedMerkleProof BTCRelay.InvalidTxid BTCRelay.EndOfFile BTCRelay.BoundExceeded BTCRelay.InvalidCoinbasePosition", "once"],
  ["BTCRelay.InvalidPayment BTCRelay.InvalidPaymentAmount BTCRelay.InvalidOpReturnTransaction BTCRelay.MalformedTransaction BTCRelay.InvalidTransaction", "never"],
  ["Issue.IssueCompleted Redeem.RedeemCompleted Replace.ReplaceCompleted Refund.RefundCompleted", "done"],
  ["Issue.IssueCancelled Replace.ReplaceCancelled Redeem.RedeemCancelled", "never"],
  ["Issue.CommitPeriodExpired", "never"],
  ["Issue.InvalidExecutor", "never"],
  ["Issue.IssueIdNotFound Redeem.RedeemIdNotFound Replace.ReplaceIdNotFound Refund.RefundIdNotFound", "briefly"],
  ["Issue.TimeNotExpired Redeem.TimeNotExpired Replace.ReplacePeriodNotExpired", "later"],
  ["Issue.WaitingForRelayerInitialization", "later"],
  ["VaultRegistry.VaultNotAcceptingIssueRequests VaultRegistry.ExceedingVaultLimit VaultRegistry.VaultBanned Issue.VaultNotAcceptingNewIssues", "much-later"],
  ["VaultRegistry.VaultLiquidated VaultRegistry.VaultNotFound", "never"],
  ["Oracle.MissingExchangeRate Security.ParachainNotRunning", "later"],
  ["System.CallFiltered BadOrigin", "much-later"],
];
const rows = table.flatMap(([names, kind, calls]) => names.split(" ").flatMap((name) => (calls ?? both).map((call) => [name, call, kind] as const)));

describe("what the parachain refuses", () => {
  it.each(rows)("%s for %s: %s", (name, call, kind) => {
    const { failure } = classifyInterbtc({ name, about: "the runtime's words" }, call);
    expect(failure).toMatchObject({ remedy: remedyOf[kind], evidence: { error: name, about: "the runtime's words" } });
    expect(failure.retryAfterMs).toBe(kind === "much-later" ? 60_000 : undefined);
    expect(failure.message).toContain(name);
    expect(failure.code).toMatch(/^interbtc-/);
  });

  it("is classified as the table says and no further", () => {
    expect([...knownErrors].sort()).toEqual([...new Set(rows.map(([name]) => name))].sort());
  });

  it.each(["VaultRegistry.InsufficientCollateral", "Token.FundsUnavailable", "Pallet77.Error3", "constructor"])("and nobody has classified (%s) is looked at again, not for ever", (name) => {
    expect(classifyInterbtc({ name, about: "" }, "execute-issue").failure).toMatchObject({ remedy: "Rejected", code: "interbtc-unknown-error" });
  });

  it("stands in docs/errors.md under its remedy", () => {
    const sections = new Map(readFileSync("docs/errors.md", "utf8").split(/^## /m).map((text) => [text.split("\n")[0] ?? "", text]));
    for (const [name, call] of rows) {
      const { code, remedy } = classifyInterbtc({ name, about: "" }, call).failure;
      expect(sections.get(remedy), `${code} under ${remedy}`).toContain(`| \`${code}\` |`);
    }
  });
});

const [second, minute] = [1_000, 60_000];
/** `lastedMs`: from the first refusal to the last look */
type Life = { readonly rebuilt: number; readonly tries: number; readonly isParked: boolean; readonly lastedMs: number; readonly pausesMs: readonly number[] };

/** What becomes of a proven delivery that is refused so each time it is tried; given up looking after a day. */
function lifeWith(refuse: (snapshot: Snapshot, at: number) => Delivery): Life {
  let delivery: Delivery = deliveryIn("proven");
  let [at, rebuilt, tries] = [now, 0, 0];
  const pausesMs: number[] = [];
  while (delivery.state !== "parked" && at < now + 1_440 * minute) {
    if (delivery.state === "final") {
      delivery = stepOf(snapshotIn("final", {}, delivery), outcomes.proved, policy, at).next;
      rebuilt += 1;
    }
    delivery = refuse(snapshotIn("proven", {}, delivery), at);
    tries += 1;
    if (delivery.wakeAt === null) break;
    pausesMs.push(delivery.wakeAt - at);
    at = Math.max(at, delivery.wakeAt);
  }
  return { rebuilt, tries, isParked: delivery.state === "parked", lastedMs: at - now, pausesMs };
}

describe("what becomes of a delivery that is refused again and again", () => {
  const rehearsed = (failure: Failure): Life => lifeWith((snapshot, at) => stepOf(snapshot, { kind: "failed", failure }, policy, at).next);

  it.each(rows)("%s for %s: %s", (name, call, kind) => {
    const { failure } = classifyInterbtc({ name, about: "" }, call);
    const life = rehearsed(failure);
    switch (kind) {
      case "done":
      case "rebuild":
        return expect(life).toMatchObject({ rebuilt: policy.maxRedos, isParked: true });
      case "at-once":
        expect(life).toMatchObject({ rebuilt: policy.maxRedos, isParked: true });
        return expect(life.pausesMs).toEqual(life.pausesMs.map(() => 0));
      case "once":
        return expect(life).toMatchObject({ rebuilt: 1, tries: 2, isParked: true });
      case "briefly":
        expect(life).toMatchObject({ rebuilt: 0, isParked: true });
        expect(life.tries).toBeGreaterThan(4);
        expect(life.lastedMs).toBeGreaterThanOrEqual(2 * minute);
        return expect(life.lastedMs).toBeLessThan(2 * minute + policy.backoff.capMs);
      case "later":
        return expect(life).toMatchObject({ rebuilt: 0, isParked: false });
      case "much-later":
        expect(life).toMatchObject({ rebuilt: 0, isParked: false });
        return expect(Math.min(...life.pausesMs)).toBeGreaterThanOrEqual(minute);
      case "never":
        return expect(life).toMatchObject({ rebuilt: 0, tries: 2, isParked: true });
      case "configuration":
        expect(life).toMatchObject({ rebuilt: 0, isParked: false });
        return expect(life.pausesMs).toEqual(life.pausesMs.map(() => policy.maxWaitMs));
    }
  });

  it("a proof refused in two blocks, with fees paid for both, parks: it is not sent a third time", () => {
    const { failure } = classifyInterbtc({ name: "BTCRelay.InvalidMerkleProof", about: "" }, "execute-issue");
    const inBlock = lifeWith(({ delivery }, at) => {
      const sent = snapshotIn("sent", {}, { ...delivery, state: "sent", slot: refOf(5n) });
      const tracked = stepOf(sent, outcomes.broadcast, policy, at).next;
      return stepOf(snapshotIn("sent", {}, tracked), { ...outcomes.reverted, failure }, policy, at).next;
    });
    expect(inBlock).toMatchObject({ rebuilt: 1, tries: 2, isParked: true });
  });

  it("another failure between two refusals does not make it forget the first", () => {
    const { failure } = classifyInterbtc({ name: "BTCRelay.InvalidTxid", about: "" }, "execute-issue");
    const away = failureIn("Unavailable", "endpoint-timeout");
    const life = lifeWith((snapshot, at) => {
      const later = stepOf(snapshot, { kind: "failed", failure: away }, policy, at).next;
      return stepOf(snapshotIn("proven", {}, later), { kind: "failed", failure }, policy, at).next;
    });
    expect(life).toMatchObject({ rebuilt: 1, isParked: true });
  });

  it("a request that was unknown for a while and then was taken: the next time has two minutes of its own", () => {
    const { failure } = classifyInterbtc({ name: "Issue.IssueIdNotFound", about: "" }, "execute-issue");
    const refused = stepOf(snapshotIn("proven"), { kind: "failed", failure }, policy, now).next;
    const sent = stepOf(snapshotIn("sent", {}, { ...refused, state: "sent", slot: refOf(5n) }), outcomes.broadcast, policy, now + second).next;
    const later = stepOf(snapshotIn("proven", {}, { ...sent, state: "proven" }), { kind: "failed", failure }, policy, now + 60 * minute).next;
    expect(later).toMatchObject({ state: "proven", parked: null });
  });

  it("a person who resumes gives it as many tries again", () => {
    const { failure } = classifyInterbtc({ name: "BTCRelay.EndOfFile", about: "" }, "execute-issue");
    const fail = (delivery: Delivery): Delivery => stepOf(snapshotIn("proven", {}, { ...delivery, state: "proven" }), { kind: "failed", failure }, policy, now).next;
    const parked = fail(fail(deliveryIn("proven")));
    expect(parked.state).toBe("parked");
    const resumed = stepOf(snapshotIn("parked", {}, parked), { kind: "resume" }, policy, now).next;
    expect([fail(resumed).state, fail(fail(resumed)).state]).toEqual(["final", "parked"]);
  });
});

describe("by the runtime's own metadata", () => {
  /** names that only the first version's runtime has, and one word of its own */
  const onlyV1: readonly string[] = ["BTCRelay.OutdatedBlock", "Security.ParachainNotRunning", "BadOrigin", "Refund.RefundCompleted", "Refund.RefundIdNotFound"];
  const errorsOf = ({ registry: { metadata, lookup } }: PolkadotRuntime): readonly { readonly name: string; readonly index: number; readonly error: number }[] =>
    metadata.pallets.flatMap(({ name, index, errors }) => errors.isNone ? [] : lookup.getSiType(errors.unwrap().type).def.asVariant.variants.map((variant) =>
      ({ name: `${name.toString()}.${variant.name.toString()}`, index: index.toNumber(), error: variant.index.toNumber() })));

  it("the latest interface: every name of the table but the first version's is one of its errors, and is classified from its four bytes", async () => {
    const runtime = await createDevRuntime();
    const errors = errorsOf(runtime);
    for (const [name, call] of rows.filter(([name]) => !onlyV1.includes(name))) {
      const found = errors.find((error) => error.name === name);
      const failure = runtime.dispatchFailure({ Module: { index: found?.index ?? -1, error: `0x${(found?.error ?? 0).toString(16).padStart(2, "0")}000000` } });
      expect(failure.name, name).toBe(name);
      expect(classifyInterbtc(failure, call).failure.code).toBe(classifyInterbtc({ name, about: "" }, call).failure.code);
    }
  });

  it("the first version: its errors have one byte, and the same table", () => {
    const runtime = createV1Runtime();
    for (const { name, index, error } of errorsOf(runtime)) {
      expect(rows.map(([known]) => known)).toContain(name);
      expect(runtime.dispatchFailure({ Module: { index, error } }).name).toBe(name);
    }
    expect(runtime.dispatchFailure("BadOrigin").name).toBe("BadOrigin");
  });
});

describe("the genesis runtime's fault at each retarget", () => {
  const missing = { name: "BTCRelay.MissingBlockHeight", about: "" };

  it("halts the lane, with the height and what ends it", () => {
    expect(v1RetargetFault(missing, [806_399, 806_400, 806_401])?.failure).toMatchObject({ remedy: "Unsafe", code: "interbtc-v1-retarget", evidence: { height: 806_400 } });
  });

  it("is no other failure, and no other header's", () => {
    expect(v1RetargetFault(missing, [806_401])).toBeNull();
    expect(v1RetargetFault({ name: "BTCRelay.LowDiff", about: "" }, [806_400])).toBeNull();
  });
});
