/**
 * promtool's test files, made of the cases, and of the list of series that must be missed when they are missing.
 * Always: every relied-upon series goes away once, alone, and exactly its alert fires.
 * Never: an alert without a case (a test looks).
 */
import { prefix } from "../../src/monitor/series.ts";
import { ableCases, aliveCases, movingCases, seeingCases } from "./cases-here.ts";
import { stuckCases } from "./cases-stuck.ts";
import { located, place, steady } from "./case.ts";
import type { Case } from "./case.ts";
import { missingAlert, reliedUpon, ruleFiles } from "./rules.ts";

type Expected = { readonly exp_labels: object; readonly exp_annotations: object };
type Group = {
  readonly name: string;
  readonly interval: string;
  readonly external_labels?: object;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly { readonly eval_time: string; readonly alertname: string; readonly exp_alerts: readonly Expected[] }[];
};

const groupOf = ({ name, alert, input, expect, externalLabels }: Case): Group => ({
  name, interval: "1m",
  ...(externalLabels === undefined ? {} : { external_labels: externalLabels }),
  input_series: Object.entries(input).map(([series, values]) => ({ series: located(series), values })),
  alert_rule_test: expect.map(([minute, firing]) => ({
    eval_time: `${minute}m`, alertname: alert, exp_alerts: firing.map(({ labels, annotations }) => ({ exp_labels: labels, exp_annotations: annotations })),
  })),
});

/** minutes a series is away: longer than its alert's `for` */
const away = 8;

/** One after the other is away, all others are there. */
function missingGroup(): Group {
  const length = (reliedUpon.length + 1) * away;
  const rules = ruleFiles()["missing"]?.groups[0]?.rules ?? [];
  const expected = (name: string) => rules.filter(({ labels }) => labels["series"] === prefix + name).map(({ labels, annotations }) => ({
    exp_labels: { ...place, ...labels },
    exp_annotations: { ...annotations, summary: `Gantry ${place["instance"]} does not export ${prefix}${name}`, runbook_url: "docs/runbook/gantry-series-missing.md" },
  }));
  const present = (at: number): string => `1x${(at + 1) * away - 1} stale _x${away - 1} 1x${length - (at + 2) * away + 20}`;
  return {
    name: `${missingAlert}: each series alone`, interval: "1m",
    input_series: [{ series: located("up"), values: `1x${length + 20}` }, ...reliedUpon.map((name, at) => ({ series: located(prefix + name), values: present(at) }))],
    alert_rule_test: [
      { eval_time: `${away - 1}m`, alertname: missingAlert, exp_alerts: [] },
      ...reliedUpon.map((name, at) => ({ eval_time: `${(at + 2) * away - 1}m`, alertname: missingAlert, exp_alerts: expected(name) })),
      { eval_time: `${length + 15}m`, alertname: missingAlert, exp_alerts: [] },
    ],
  };
}

/** No process, no complaint about its series: that is GantryDown's. */
const silentGroup: Group = {
  name: `${missingAlert}: not without a process`, interval: "1m",
  input_series: [{ series: located("up"), values: steady(0) }],
  alert_rule_test: [{ eval_time: "30m", alertname: missingAlert, exp_alerts: [] }],
};

export const casesByFile: Readonly<Record<string, readonly Case[]>> = { alive: aliveCases, seeing: seeingCases, moving: movingCases, stuck: stuckCases, able: ableCases };

/** promtool's test files by name, without the ending. */
export function testFiles(): Readonly<Record<string, { readonly rule_files: readonly string[]; readonly evaluation_interval: string; readonly tests: readonly Group[] }>> {
  // one alert of "alive" looks at the alerts of all the others
  const file = (name: string, tests: readonly Group[]) => ({ rule_files: [`../rules/${name === "alive" ? "*" : name}.yml`], evaluation_interval: "1m", tests });
  return Object.fromEntries([
    ...Object.entries(casesByFile).map(([name, cases]) => [name, file(name, cases.map(groupOf))] as const),
    ["missing", file("missing", [missingGroup(), silentGroup])] as const,
  ]);
}
