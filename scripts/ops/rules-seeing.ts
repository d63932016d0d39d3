/**
 * Alerts on the sight of the chains: nodes that stand, lag, lie or are away; blocks not yet searched; clocks that disagree.
 * Always: ages by the host's clock, because a chain's own times can be anything.
 * Never: an endpoint alone as a page; several are there so that one may fail.
 */
import type { Rule } from "./rule.ts";
import { alertFor, by, listed, on } from "./rule.ts";

const age = "time() - gantry_chain_head_seen_timestamp_seconds";
const lag = `gantry_chain_height{at="best"} - ignoring (at) gantry_chain_height{at="cursor"}`;

export const seeingRules: readonly Rule[] = [
  alertFor("node-stalled", "seeing", {
    // no block for too long, or nobody left to ask; in both cases the value is the age of the head
    expr: `${age} > ${on("chain")} gantry_chain_head_budget_seconds\nor\n(${age}) and ${on("chain")} max ${by("chain")} (gantry_endpoint_up) == 0`,
    holds: "1m",
    summary: "No new {{ $labels.chain }} block from any node for {{ $value | humanizeDuration }}",
    description: `Every transfer that waits for {{ $labels.chain }} stands still. Nodes that are away:${listed("gantry_endpoint_up{HERE} == 0", " {{ .Labels.endpoint }};", ["chain"])}`,
  }),
  alertFor("node-lagging", "seeing", {
    expr: `(${lag}) > ${on("chain")} gantry_chain_lag_budget_blocks\nor\ngantry_endpoint_lag_blocks > ${on("chain")} group_left () gantry_chain_lag_budget_blocks`,
    holds: "5m",
    summary: "{{ with $labels.endpoint }}The node {{ . }}{{ else }}What Gantry has read{{ end }} of {{ $labels.chain }} is {{ $value }} blocks behind",
    description: "A node behind the others is asked last. If what Gantry has read is behind, events are seen late: a first start reads history for a while; otherwise its nodes are too slow, or the watcher fails.",
  }),
  alertFor("node-lying", "seeing", {
    expr: "increase(gantry_endpoint_demotions_total[10m]) > 0",
    holds: null,
    summary: "The {{ $labels.chain }} node {{ $labels.endpoint }} said what cannot be true",
    description: "Gantry asks it last for a while. With no second endpoint it is all there is: compare its blocks with another node now.",
  }),
  {
    file: "seeing", alert: "EndpointDown", cause: null, severity: "ticket", holds: "10m",
    expr: "gantry_endpoint_up == 0",
    summary: "The {{ $labels.chain }} node {{ $labels.endpoint }} does not answer",
    description: "The others carry the load. When the last one goes, {{ $labels.chain }} stands still.",
  },
  alertFor("scan-backlog", "seeing", {
    expr: "gantry_scan_backlog_blocks > 0 and gantry_scan_backlog_blocks >= gantry_scan_backlog_blocks offset 30m",
    holds: "10m",
    summary: "{{ $value }} {{ $labels.chain }} blocks are still to be searched, and their number does not fall",
    description: "A payment or event in one of them is not seen. Usually no node has these blocks any more; gantry status lists the ranges.",
  }),
  alertFor("clock-skew", "seeing", {
    expr: `abs(gantry_clock_skew_seconds) > ${on("chain")} gantry_clock_skew_budget_seconds`,
    holds: "10m",
    summary: "This machine's clock and {{ $labels.chain }} are {{ $value | humanizeDuration }} apart",
    description: "Deadlines for people are told wrong by as much. Is the clock of this machine synchronised?",
  }),
];
