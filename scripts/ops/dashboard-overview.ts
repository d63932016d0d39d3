/** The operator's overview: the five questions, from top to bottom, each answered at a glance. */
import { bars, lines, list, number, query, s, states } from "./panel.ts";
import type { Dashboard } from "./panel.ts";

const ageOf = (name: string): string => `time() - ${s(name)}`;

export const overview: Dashboard = {
  file: "overview", uid: "gantry-overview", title: "Gantry: overview", says: "Is it alive, does it see the chains, do transfers move, what is stuck, is it able to act?", variables: [],
  rows: [
    { title: "Is it alive?", panels: [
      number("answers", "1: Prometheus reaches the process", "none", [query('up{job="gantry",instance=~"$instance"}', "{{instance}}")], { width: 4, good: 1 }),
      number("version", "what runs", "none", [query(s("build_info"), "{{version}} on Node {{node}}")], { width: 4 }),
      number("running for", "since the last start", "s", [query(ageOf("process_start_time_seconds"), "{{instance}}")], { width: 4 }),
      lines("age of each loop's last turn, as a part of its budget", "above 1 the loop stands still", "percentunit",
        [query(`(${ageOf("loop_last_turn_timestamp_seconds")}) / on (job, instance, loop) ${s("loop_budget_seconds")}`, "{{loop}}")], { width: 6, redFrom: 1 }),
      lines("processor", "near 1 the event loop is the bottleneck", "percentunit", [query(`rate(${s("process_cpu_seconds_total")}[$__rate_interval])`, "{{instance}}")], { width: 3 }),
      lines("memory", "steady growth over days is a leak", "bytes", [query(s("process_resident_memory_bytes"), "{{instance}}")], { width: 3 }),
    ] },
    { title: "Does it see the chains?", panels: [
      lines("age of the newest block, as a part of the chain's budget", "above 1 the chain, or every node of it, stands still", "percentunit",
        [query(`(${ageOf("chain_head_seen_timestamp_seconds")}) / on (job, instance, chain) ${s("chain_head_budget_seconds")}`, "{{chain}}")], { redFrom: 1 }),
      lines("blocks not read yet", "best block of the nodes less what the ledger has read", "short",
        [query(`${s("chain_height", 'at="best"')} - ignoring (at) ${s("chain_height", 'at="cursor"')}`, "{{chain}}"), query(s("chain_lag_budget_blocks"), "{{chain}} allowed")]),
      lines("blocks not final yet", "best block less final block", "short", [query(`${s("chain_height", 'at="best"')} - ignoring (at) ${s("chain_height", 'at="final"')}`, "{{chain}}")]),
      states("nodes", "which endpoints answer", "none", [query(s("endpoint_up"), "{{chain}} {{endpoint}}")], { width: 12, good: 1 }),
      lines("nodes behind the best", "blocks", "short", [query(s("endpoint_lag_blocks"), "{{chain}} {{endpoint}}")], { width: 6 }),
      lines("nodes that said what cannot be true", "any is worth a look", "short", [query(`increase(${s("endpoint_demotions_total")}[1h])`, "{{chain}} {{endpoint}}")], { width: 6 }),
      lines("old blocks still to be searched", "should fall to 0", "short", [query(s("scan_backlog_blocks"), "{{chain}}"), query(s("watches"), "{{chain}}: what is searched for")]),
      lines("reorgs", "blocks undone by each, on average", "short",
        [query(`increase(${s("chain_reorg_depth_blocks_sum")}[1h]) / increase(${s("chain_reorg_depth_blocks_count")}[1h])`, "{{chain}}")]),
      lines("clock skew", "newest block's time less ours; and the chain's own head age", "s",
        [query(s("clock_skew_seconds"), "{{chain}}"), query(s("clock_skew_budget_seconds"), "{{chain}} allowed"), query(ageOf("chain_head_timestamp_seconds"), "{{chain}} head by its own time")]),
    ] },
    { title: "Do transfers move?", panels: [
      lines("open transfers", "by the step they are in", "short", [query(s("transfers_open"), "{{bridge}} {{kind}}: {{step}}")], { width: 12 }),
      lines("deliveries under way", "of this relayer, by state", "short", [query(s("deliveries", 'state=~"seen|final|proven|sent|included"'), "{{lane}} {{state}}")], { width: 12 }),
      lines("transactions per hour", "what became of what was signed", "short", [query(`sum by (result) (increase(${s("submissions_total")}[1h]))`, "{{result}}")]),
      lines("delivered per hour", "by lane, by us or by somebody else", "short", [query(`increase(${s("submissions_total", 'result=~"delivered|delivered_by_other"')}[1h])`, "{{lane}} {{result}}")]),
      lines("due and not looked at", "above 0 for long: nobody relays", "short", [query(s("deliveries_overdue"), "{{lane}}"), query(s("wakes_overdue"), "{{lane}} in the queue")], { redFrom: 1 }),
    ] },
    { title: "What is stuck?", panels: [
      list("causes now", "what holds something up; each has a page in docs/runbook", "none", [query(`${s("cause_active")} == 1`, "{{cause}}")], { width: 6 }),
      bars("late transfers", "by cause", "short", [query(`sum by (bridge, kind, cause) (${s("transfers_late")}) > 0`, "{{bridge}} {{kind}}: {{cause}}")], { width: 9, redFrom: 1 }),
      bars("nearest deadline", "negative: passed", "s", [query(`${s("transfer_deadline_seconds")} < 1e9`, "{{bridge}} {{kind}}")], { width: 9 }),
      lines("oldest transfer of each step, as a part of its budget", "above 1 it is late", "percentunit",
        [query(`${s("transfer_oldest_seconds")} / ignoring (at) ${s("step_budget_seconds", 'at="late"')}`, "{{bridge}} {{kind}}: {{step}}")], { width: 12, redFrom: 1 }),
      list("parked", "each waits for a person", "short", [query(`${s("deliveries_parked")} > 0`, "{{lane}} {{code}}")], { width: 6, redFrom: 1 }),
      list("found by the audit, last day", "what had to be repaired", "short", [query(`increase(${s("audit_findings_total")}[1d]) > 0`, "{{lane}} {{kind}}")], { width: 6 }),
    ] },
    { title: "Is it able to act?", panels: [
      number("ledger", "a write can be committed", "none", [query(s("ledger_up"), "{{instance}}")], { width: 4, good: 1 }),
      number("Redis", "answers", "none", [query(s("redis_up"), "{{instance}}")], { width: 4, good: 1 }),
      list("stopped", "by a person (paused) or by an unsafe fact", "none", [query(`${s("halted")} == 1`, "{{scope}} {{code}}")], { width: 8, redFrom: 1 }),
      bars("signers' funds last for", "at the rate of the last days", "s", [query(`${s("signer_runway_seconds")} < 1e9`, "{{signer}}")]),
      lines("failures per minute", "by code; docs/errors.md explains each", "short", [query(`sum by (where, code) (rate(${s("errors_total")}[$__rate_interval])) * 60 > 0`, "{{where}} {{code}}")], { width: 12 }),
      lines("calls to nodes, 95 of 100 within", "slow nodes make everything slow", "s",
        [query(`histogram_quantile(0.95, sum by (le, chain, endpoint) (rate(${s("rpc_seconds_bucket")}[$__rate_interval])))`, "{{chain}} {{endpoint}}")], { width: 6 }),
      lines("notifications per hour", "by how they ended", "short", [query(`increase(${s("notifications_total")}[1h])`, "{{result}}")], { width: 6 }),
    ] },
  ],
};
