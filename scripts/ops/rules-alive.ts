/**
 * Alerts on Gantry itself: does it run, does it turn, does it tell everything.
 * Always: silence alarms: a target that is gone, a loop that stands, a cause without its alert.
 * Never: an alert that needs Gantry to be well in order to fire.
 */
import type { Rule } from "./rule.ts";
import { alertFor, on } from "./rule.ts";

const up = 'up{job="gantry"}';
const wasUp = `max_over_time(${up}[1d])`;

export const aliveRules: readonly Rule[] = [
  {
    file: "alive", alert: "GantryDown", cause: "relayer-dead", severity: "page", holds: "2m",
    // a target that left the discovery has no `up` at all, and neither has one that was never there
    expr: `${up} == 0\nor\nmax by (job, instance) (${wasUp}) unless ${on()} ${up}\nor\nabsent(${up}) unless on (job) max by (job) (${wasUp})`,
    summary: "Gantry{{ with $labels.instance }} {{ . }}{{ end }} does not answer",
    description: "Nothing is known of any transfer while it lasts, and nothing is relayed. Is the process running; does Prometheus still have it as a target?",
  },
  alertFor("relayer-dead", "alive", {
    expr: [
      `time() - gantry_loop_last_turn_timestamp_seconds > ${on("loop")} gantry_loop_budget_seconds`,
      // a loop that has not turned yet has its budget from the start of the process on
      `and ${on("loop")} gantry_loop_budget_seconds < ${on()} group_left () (time() - gantry_process_start_time_seconds)`,
    ].join("\n"),
    holds: "1m",
    summary: "The loop {{ $labels.loop }} of Gantry {{ $labels.instance }} stands still",
    description: "Its last turn was {{ $value | humanizeDuration }} ago. Loop monitor: all gauges are stale. Loops audit, upkeep and sync: nothing, or not all, is relayed. Loop watch-…: that chain is not read.",
  }),
  {
    file: "alive", alert: "GantryRestarting", cause: "relayer-dead", severity: "ticket", holds: null,
    expr: "changes(gantry_process_start_time_seconds[1h]) > 3",
    summary: "Gantry {{ $labels.instance }} restarted {{ $value }} times within an hour",
    description: "Something ends the process again and again. Its last log lines say what.",
  },
  {
    file: "alive", alert: "CauseWithoutAlert", cause: null, severity: "ticket", holds: "30m",
    expr: `gantry_cause_active{cause!~"source-not-final|user-has-not-paid"} == 1\nunless on (job, instance, cause) ALERTS{alertstate="firing", alertname!="CauseWithoutAlert"}`,
    summary: "Gantry {{ $labels.instance }} sees {{ $labels.cause }}, and no alert fires for it",
    description: "Either a person paused something and forgot it, or the rule of this cause is blind. gantry status says what stands still.",
  },
  {
    file: "alive", alert: "NotificationsFailing", cause: null, severity: "ticket", holds: null,
    expr: 'increase(gantry_notifications_total{result="failed"}[15m]) > 0',
    summary: "Gantry {{ $labels.instance }} cannot deliver its notifications",
    description: "The receiver named under notify in the configuration is away or refuses. What should have been told is in gantry status.",
  },
  {
    file: "alive", alert: "Watchdog", cause: null, severity: "info", holds: null, expr: "vector(1)",
    summary: "Prometheus evaluates Gantry's rules",
    description: "Fires always. Whoever receives it must raise the alarm when it stops coming: then Prometheus or Alertmanager is dead.",
  },
];
