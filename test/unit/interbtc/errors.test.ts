import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classifyInterbtc, knownErrors, v1RetargetFault } from "../../../src/bridges/interbtc/errors.ts";
import type { InterbtcCall } from "../../../src/bridges/interbtc/errors.ts";

type Class = "done" | "rebuild" | "later" | "much-later" | "never" | "configuration";
const remedyOf: Readonly<Record<Class, string>> = { done: "Rejected", rebuild: "Rejected", later: "Unavailable", "much-later": "Unavailable", never: "Invalid", configuration: "Misconfigured" };
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
  ["BTCRelay.InvalidChainID", "rebuild"],
  ["BTCRelay.InvalidMerkleProof BTCRelay.MalformedMerkleProof BTCRelay.InvalidTxid BTCRelay.EndOfFile BTCRelay.BoundExceeded BTCRelay.InvalidCoinbasePosition", "rebuild"],
  ["BTCRelay.InvalidPayment BTCRelay.InvalidPaymentAmount BTCRelay.InvalidOpReturnTransaction BTCRelay.MalformedTransaction BTCRelay.InvalidTransaction", "never"],
  ["Issue.IssueCompleted Redeem.RedeemCompleted Replace.ReplaceCompleted", "done"],
  ["Issue.IssueCancelled Replace.ReplaceCancelled Redeem.RedeemCancelled", "never"],
  ["Issue.CommitPeriodExpired", "never"],
  ["Issue.InvalidExecutor", "never"],
  ["Issue.IssueIdNotFound Redeem.RedeemIdNotFound Replace.ReplaceIdNotFound", "rebuild"],
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
