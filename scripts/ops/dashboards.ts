/** The other dashboards: one lane, signers and vaults, what it costs. */
import { overview } from "./dashboard-overview.ts";
import { lines, list, query, s, states } from "./panel.ts";
import type { Dashboard } from "./panel.ts";

const ofLane = 'lane=~"$lane"';
const ofSigner = 'signer=~"$signer"';
const stage = (part: number): string => `histogram_quantile(${part}, sum by (le, lane, state) (rate(${s("delivery_stage_seconds_bucket", ofLane)}[6h])))`;

const lanes: Dashboard = {
  file: "lanes", uid: "gantry-lanes", title: "Gantry: lanes", says: "One lane at a time: what is under way, where the time goes, what the target's light client knows.",
  variables: [{ name: "lane", label: "lane", query: "label_values(gantry_deliveries, lane)" }],
  rows: [
    { title: "Under way", panels: [
      lines("deliveries", "by state, without the finished ones", "short", [query(s("deliveries", `${ofLane},state=~"seen|final|proven|sent|included|parked"`), "{{lane}} {{state}}")], { width: 12 }),
      lines("transactions per hour", "what became of what was signed", "short", [query(`increase(${s("submissions_total", ofLane)}[1h])`, "{{lane}} {{result}}")], { width: 12 }),
      lines("half of the deliveries leave a state within", "over six hours", "s", [query(stage(0.5), "{{lane}} {{state}}")], { width: 12 }),
      lines("nine of ten leave it within", "over six hours", "s", [query(stage(0.9), "{{lane}} {{state}}")], { width: 12 }),
    ] },
    { title: "Held up", panels: [
      list("parked", "each waits for a person", "short", [query(`${s("deliveries_parked", ofLane)} > 0`, "{{code}}")], { redFrom: 1 }),
      lines("due and not looked at", "by the ledger and by the queue", "short", [query(s("deliveries_overdue", ofLane), "{{lane}}"), query(s("wakes_overdue", ofLane), "{{lane}} in the queue")], { redFrom: 1 }),
      lines("repaired", "by the audit, and workers replaced by the watchdog", "short",
        [query(`increase(${s("audit_findings_total", ofLane)}[1h])`, "{{lane}} {{kind}}"), query(`increase(${s("queue_worker_restarts_total", ofLane)}[1h])`, "{{lane}} workers")]),
      states("stopped", "the lane itself", "none", [query(`max by (scope, code) (${s("halted", 'scope=~"lane:.+"')})`, "{{scope}} {{code}}")], { width: 24, good: 0 }),
    ] },
    { title: "The target's light client", panels: [
      lines("blocks behind Bitcoin", "0 or 1 is normal", "short", [query(s("light_client_lag_blocks", ofLane), "{{lane}}")], { width: 6 }),
      lines("behind Bitcoin", "in time", "s", [query(s("light_client_lag_seconds", ofLane), "{{lane}}")], { width: 6 }),
      lines("forks it knows, and how long they block", "while forks are close it takes no proof", "short", [query(s("light_client_forks", ofLane), "{{lane}} forks"), query(s("light_client_blocked_seconds", ofLane), "{{lane}} blocked, s")], { width: 6 }),
      lines("blocks until a needed epoch is forgotten", "at 0 the proof can never be made", "short", [query(`${s("relay_epoch_margin_blocks", ofLane)} < 1e9`, "{{lane}}")], { width: 6 }),
    ] },
  ],
};

const signers: Dashboard = {
  file: "signers", uid: "gantry-signers", title: "Gantry: signers and vaults", says: "What each signer has, spends and has open; and what the vaults and wallets that others run still owe.",
  variables: [{ name: "signer", label: "signer", query: "label_values(gantry_signer_open_slots, signer)" }],
  rows: [
    { title: "Signers", panels: [
      lines("balance", "in whole coins", "short", [query(s("signer_balance", ofSigner), "{{signer}} ({{chain}})")]),
      lines("funds last for", "against how long they shall", "s", [query(`${s("signer_runway_seconds", ofSigner)} < 1e9`, "{{signer}}"), query(s("signer_runway_budget_seconds", ofSigner), "{{signer}} at least")]),
      lines("open slots", "nonces and payments under way", "short", [query(s("signer_open_slots", ofSigner), "{{signer}}")]),
      states("blocked", "all slots are open", "none", [query(s("signer_blocked", ofSigner), "{{signer}}")], { width: 12, good: 0 }),
      states("stopped", "by an unsafe fact or by a person", "none", [query(`max by (scope, code) (${s("halted", 'scope=~"signer:.+"')})`, "{{scope}} {{code}}")], { width: 6, good: 0 }),
      lines("slots used by somebody else", "any is worth a look; more than 3 in an hour halt it", "short", [query(`increase(${s("foreign_slots_total", ofSigner)}[1h])`, "{{signer}}")], { width: 6, redFrom: 1 }),
    ] },
    { title: "Vaults and wallets", panels: [
      lines("transfers that wait for them", "by step; which vault or wallet it is, gantry show says", "short", [query(`${s("transfers_open")} > 0`, "{{bridge}} {{kind}}: {{step}}")], { width: 12 }),
      lines("late because of them", "vault-silent and wallet-silent", "short", [query(`sum by (bridge, kind, step, cause) (${s("transfers_late", 'cause=~"vault-silent|wallet-silent"')})`, "{{bridge}} {{kind}}: {{step}}, {{cause}}")], { width: 12, redFrom: 1 }),
    ] },
  ],
};

const fees: Dashboard = {
  file: "fees", uid: "gantry-fees", title: "Gantry: fees", says: "What relaying costs, in whole coins, and what drives it.", variables: [],
  rows: [
    { title: "Spent", panels: [
      lines("per hour", "in whole coins of the chain", "short", [query(`increase(${s("fees_spent_total")}[1h])`, "{{chain}}")]),
      lines("per day", "in whole coins of the chain", "short", [query(`increase(${s("fees_spent_total")}[1d])`, "{{chain}}")]),
      lines("per transaction in a block, over a day", "all lanes of this installation together", "short",
        [query(`increase(${s("fees_spent_total")}[1d]) / on (job, instance) group_left () (sum by (job, instance) (increase(${s("submissions_total", 'result="included"')}[1d])) > 0)`, "{{chain}}")]),
    ] },
    { title: "What drives it", panels: [
      lines("sent, outbid, failed, per day", "outbid: a higher fee was offered; reverted: paid for nothing", "short", [query(`sum by (lane, result) (increase(${s("submissions_total", 'result=~"sent|outbid|reverted|lost"')}[1d]))`, "{{lane}} {{result}}")], { width: 12 }),
      lines("done by others, per day", "proofs that somebody else paid for", "short", [query(`sum by (lane) (increase(${s("submissions_total", 'result=~"by_other|delivered_by_other"')}[1d]))`, "{{lane}}")], { width: 6 }),
      lines("funds last for", "at the rate of the last days", "s", [query(`${s("signer_runway_seconds")} < 1e9`, "{{signer}}")], { width: 6 }),
    ] },
  ],
};

export const dashboards: readonly Dashboard[] = [overview, lanes, signers, fees];

/** Exported, and on purpose neither in an alert nor on a dashboard: why. */
export const informational: Readonly<Record<string, string>> = {
  pruned_steps_total: "grows once an hour, and only when something is old enough; trouble with it is in errors_total",
};
