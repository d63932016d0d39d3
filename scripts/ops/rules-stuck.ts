/**
 * Alerts on transfers and deliveries that do not go on. Which cause holds what is judged by Gantry, the same way as in
 * `gantry show`; here it becomes one alert for one cause.
 * Always: how many transfers of which kind stand in the text, not in the labels: one root cause, one alert.
 * Never: lateness computed a second time, except where the two must not contradict each other.
 */
import type { Cause } from "../../src/core/causes.ts";
import type { Rule } from "./rule.ts";
import { alertFor, by, isActive, lateOf, listed, on, relaysHere } from "./rule.ts";

const inStep = ["bridge", "kind", "step"] as const;
const tooOld = `gantry_transfer_oldest_seconds > ${on(...inStep)} sum ${by(...inStep)} (gantry_step_budget_seconds{at="late"})`;

/** An alert on what Gantry says holds up transfers. */
const held = (cause: Cause, summary: string, description: string, holds: string | null = "1m"): Rule =>
  alertFor(cause, "stuck", { expr: isActive(cause), holds, summary: `${summary} ({{ $labels.instance }})`, description: `${description} Late by it:${lateOf(cause)}` });

const nearest = listed("gantry_transfer_deadline_seconds{HERE} < 1e9", " {{ .Labels.bridge }} {{ .Labels.kind }} {{ .Value | humanizeDuration }};");
const parkedFor = listed("gantry_deliveries_parked{HERE} > 0", " {{ .Value }} × {{ .Labels.code }} ({{ .Labels.lane }});");
const lightClients = listed("gantry_light_client_lag_blocks{HERE}", " {{ .Labels.lane }} {{ .Value }};");

export const movingRules: readonly Rule[] = [
  alertFor("queue-not-draining", "moving", {
    expr: `(gantry_deliveries_overdue > 0 or gantry_wakes_overdue > 0) and ${relaysHere}`,
    holds: "5m",
    summary: "{{ $value }} deliveries of {{ $labels.lane }} are due and nobody looks at them",
    description: "The relayer does not take its work: it hangs, has too little processor time, or waits for the ledger.",
  }),
];

export const stuckRules: readonly Rule[] = [
  alertFor("proof-refused", "stuck", {
    expr: 'gantry_deliveries{state="parked"} > 0',
    holds: "1m",
    summary: "{{ $value }} deliveries of {{ $labels.lane }} are parked and wait for a person",
    description: `Gantry refuses to go on by itself. Reasons:${parkedFor} gantry status lists them.`,
  }),
  held("deadline-near", "A protocol deadline is near", `After it the transfer cannot go on as it should. Nearest:${nearest}`, null),
  held("deadline-passed", "A protocol deadline has passed", `Somebody may now cancel, or take collateral. Nearest (negative: passed):${nearest}`, null),
  held("source-reorged-out", "A transfer's block left the chain", "A reorg undid what the transfer rests on, and it did not come back."),
  held("light-client-behind", "A light client is behind Bitcoin", `Proofs of newer blocks cannot be made. Blocks behind:${lightClients}`),
  held("light-client-on-another-fork", "A light client follows another Bitcoin fork", `Proofs of the best chain are refused there. Blocks behind:${lightClients}`),
  held("light-client-blocked", "A fork in a light client blocks every proof", "While two forks are close in height the target takes no proof at all."),
  held("relay-epoch-leaving", "The difficulty relay is about to leave an epoch that is still needed",
    `After that the proof can never be made. Blocks left:${listed("gantry_relay_epoch_margin_blocks{HERE} < 1e9", " {{ .Labels.lane }} {{ .Value }};")}`, null),
  held("paid-too-little", "A user paid too little", "The target takes no proof of it unless the user himself acts; the user should be told."),
  held("paid-too-late", "A user paid after the request ran out", "The request may be cancelled, or is; the user and the vault should be told."),
  held("payment-unusable", "A vault's payment cannot be proved", "It pays another sum than was asked for, or in a form of which no proof is taken; the vault must pay again."),
  held("paid-and-cancelled", "A vault paid for what was cancelled", "The vault's bitcoin is gone unless who got it gives it back; its operator should know why it was not proved in time."),
  held("bitcoin-fee-too-low", "A Bitcoin transaction waits because its fee is too low", "It is in no block although blocks come; whoever made it can raise its fee.", "10m"),
  held("transaction-evicted", "A transaction was dropped by the nodes", "No node holds it any more; it must be sent again or replaced by whoever made it.", "10m"),
  held("vault-silent", "A vault does not act", "It should have paid or accepted by now; its operator should be asked."),
  held("wallet-silent", "A wallet group does not act", "It should have swept, paid or moved by now; its operators should be asked."),
  held("proof-missing", "Nobody proves what a wallet did on Bitcoin", "A wallet moved or swept funds, and no maintainer has proved it; after its period the wallet is terminated."),
  held("chain-paused", "The protocol is paused on its chain", "Nothing of it is possible until its governance lifts that.", "5m"),
  held("oracle-outage", "The protocol's price oracle is out", "The target refuses what needs a price until an oracle feeds it again.", "5m"),
  held("refund-pool-empty", "The refund pool does not pay", "Proofs still work, but each one costs the relayer its fee.", "5m"),
  alertFor("unexplained", "stuck", {
    // Gantry says so itself; or what it exports of ages and deadlines says late while it counts none late
    expr: [
      isActive("unexplained"),
      `or ${on()} count ${by()} ((${tooOld}) unless ${on(...inStep)} (sum ${by(...inStep)} (gantry_transfers_late) > 0))`,
      `or ${on()} count ${by()} (gantry_transfer_deadline_seconds < 0 unless ${on("bridge", "kind")} (sum ${by("bridge", "kind")} (gantry_transfers_late) > 0))`,
    ].join("\n"),
    holds: "5m",
    summary: "Transfers are late and no known cause fits ({{ $labels.instance }})",
    description: `Look at one of them with gantry show; its evidence is all that is known. Late by it:${lateOf("unexplained")}`,
  }),
];
