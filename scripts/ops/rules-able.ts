/**
 * Alerts on what Gantry needs in order to act: ledger, Redis, funds, keys, nothing halted.
 * Always: by the gauge that says it directly; by the judged cause only where no gauge does.
 * Never: a page for what a person did on purpose (`paused`).
 */
import type { Cause } from "../../src/core/causes.ts";
import type { Rule } from "./rule.ts";
import { alertFor, by, isActive, listed, on, relaysHere } from "./rule.ts";

const isHalted = (kind: string): string => `gantry_halted{scope=~"${kind}:.+", code!="paused"} == 1`;
const halted = (cause: Cause, kind: "lane" | "chain" | "signer", meaning: string, expr = isHalted(kind)): Rule =>
  alertFor(cause, "able", {
    expr,
    holds: null,
    summary: `The {{ $labels.scope }} is stopped: {{ $labels.code }}`,
    description: `An unsafe fact stopped it; it does not start again by itself. ${meaning} Find the cause, then gantry resume.`,
  });

export const ableRules: readonly Rule[] = [
  alertFor("ledger-unwritable", "able", {
    expr: "gantry_ledger_up == 0",
    holds: "1m",
    summary: "Gantry {{ $labels.instance }} cannot write its ledger",
    description: "Nothing is signed or sent, because nothing may be sent that is not saved first. Disk full, read-only or broken?",
  }),
  alertFor("redis-down", "able", {
    expr: "gantry_redis_up == 0",
    holds: "2m",
    summary: "Gantry {{ $labels.instance }} cannot reach Redis",
    description: "Nothing is lost, and relaying goes on by the ledger, a few deliveries every five seconds: too slow for many at once.",
  }),
  alertFor("redis-evicts", "able", {
    expr: isActive("redis-evicts"),
    holds: "5m",
    summary: "The Redis of Gantry {{ $labels.instance }} may throw wakes away",
    description: "Its maxmemory-policy is not noeviction. Deliveries are late whenever it drops one.",
  }),
  alertFor("signer-without-funds", "able", {
    expr: [
      `(gantry_signer_runway_seconds < ${on("signer")} gantry_signer_runway_budget_seconds`,
      `or ${on("signer")} sum ${by("signer")} (gantry_signer_balance) == 0)`,
      `and ${relaysHere}`,
    ].join("\n"),
    holds: "5m",
    summary: "The funds of signer {{ $labels.signer }} run out",
    description: `Without fees nothing is sent. Balance in whole coins:${listed("gantry_signer_balance{HERE}", " {{ .Labels.signer }} {{ .Value }} ({{ .Labels.chain }});")}`,
  }),
  alertFor("signer-slot-taken", "able", {
    expr: "increase(gantry_foreign_slots_total[1h]) > 0",
    holds: null,
    summary: "Somebody else uses the key of signer {{ $labels.signer }}",
    description: "A transaction that Gantry never made used one of its nonces. More than three in an hour halt the signer.",
  }),
  alertFor("nonce-gap", "able", {
    expr: isActive("nonce-gap"),
    holds: "5m",
    summary: "The lowest open nonce of a signer holds up the others ({{ $labels.instance }})",
    description: `Its transaction is in no block, and the fee cap keeps it there. Signers at their limit:${listed("gantry_signer_blocked{HERE} == 1", " {{ .Labels.signer }};")}`,
  }),
  halted("lane-halted", "lane", "Its deliveries wait; what was sent is still followed."),
  halted("chain-halted", "chain", "No lane from or to it goes on."),
  halted("signer-halted", "signer", "Every lane that it signs for waits.",
    // by this label it stands for the strangers that it was stopped for
    `label_replace(${isHalted("signer")}, "signer", "$1", "scope", "signer:(.+)")`),
  alertFor("halt-not-looked-at", "able", {
    expr: isActive("halt-not-looked-at"),
    holds: null,
    summary: "Something is stopped, and nobody has looked at it yet ({{ $labels.instance }})",
    description: `A halt is a question to a person. Stopped:${listed("gantry_halted{HERE} == 1", " {{ .Labels.scope }} ({{ .Labels.code }});")}`,
  }),
];
