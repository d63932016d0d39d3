/**
 * All alerts, and the rule files made of them. A series that an alert relies on and that is missing is an alert too: those
 * rules are derived here, so that none can be forgotten.
 * Always: the same table gives the same files.
 * Never: a hand-written list of what must be there.
 */
import { causes } from "../../src/core/causes.ts";
import { prefix, series } from "../../src/monitor/series.ts";
import { aliveRules } from "./rules-alive.ts";
import { ableRules } from "./rules-able.ts";
import { seeingRules } from "./rules-seeing.ts";
import { movingRules, stuckRules } from "./rules-stuck.ts";
import { by, kebab, on } from "./rule.ts";
import type { Rule } from "./rule.ts";

export const rules: readonly Rule[] = [...aliveRules, ...seeingRules, ...movingRules, ...stuckRules, ...ableRules];

/** Names of Gantry's series in a text, without the endings of a histogram's parts. */
export const seriesIn = (text: string): readonly string[] => {
  const named = [...text.matchAll(/\bgantry_([a-z_]*[a-z])\b/gu)].map(([, name = ""]) => name);
  const whole = (name: string): string => series.find((one) => one.type === "histogram" && one.name === name.replace(/_(?:bucket|sum|count)$/u, ""))?.name ?? name;
  return [...new Set(named.map(whole))];
};

export const missingAlert = "GantrySeriesMissing";
/** What the alerts' conditions rely on, in the order of the catalogue. */
export const reliedUpon: readonly string[] = series.map(({ name }) => name).filter((name) => rules.some(({ expr }) => seriesIn(expr).includes(name)));

/** A label that only some installations have anything for; any series with it tells that this one does. */
const families = ["lane", "signer", "bridge"] as const;

/** Is there a process that should have this series? */
export function shouldHave(name: string): string {
  const labels = series.find((one) => one.name === name)?.labels ?? [];
  const family = families.find((label) => (labels as readonly string[]).includes(label));
  if (family === undefined) return 'up{job="gantry"} == 1';
  const relatives = reliedUpon.filter((other) => other !== name && series.find((one) => one.name === other)?.labels.includes(family));
  return `count ${by()} ({__name__=~"${prefix}(${relatives.join("|")})"})`;
}

export type PrometheusRule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
};

/** Where the runbook is read, is the operator's to say: the external label `runbooks` of his Prometheus. */
const runbookUrl = (alert: string): string => `{{ or $externalLabels.runbooks "docs/runbook" }}/${kebab(alert)}.md`;

const missing = (name: string): PrometheusRule => ({
  alert: missingAlert,
  expr: `${shouldHave(name)}\nunless ${on()} ${prefix}${name}`,
  for: "5m",
  labels: { severity: "page", cause: "relayer-dead", series: prefix + name },
  annotations: {
    summary: `Gantry {{ $labels.instance }} does not export ${prefix}${name}`,
    description: "The alerts that rely on it are blind. Is the target really Gantry, and are these rules those of its version?",
    runbook_url: runbookUrl(missingAlert),
  },
});

const written = ({ alert, cause, severity, expr, holds, summary, description }: Rule): PrometheusRule => ({
  alert,
  expr,
  ...(holds === null ? {} : { for: holds }),
  labels: { severity, ...(cause === null ? {} : { cause }) },
  annotations: { summary, description, runbook_url: runbookUrl(alert) },
});

/** The groups by file name, without the ending. */
export const ruleFiles = (): Readonly<Record<string, { readonly groups: readonly { readonly name: string; readonly rules: readonly PrometheusRule[] }[] }>> => {
  const names = [...new Set(rules.map(({ file }) => file))];
  const groups = names.map((file) => [file, rules.filter((one) => one.file === file).map(written)] as const);
  return Object.fromEntries([...groups, ["missing", reliedUpon.map(missing)] as const].map(([file, list]) => [file, { groups: [{ name: `gantry-${file}`, rules: list }] }]));
};

/** Every alert that can fire, each once. */
export const alertNames: readonly string[] = [...rules.map(({ alert }) => alert), missingAlert];
export const causesWithAlert = Object.entries(causes).filter(([, { alert }]) => alert).map(([cause]) => cause);
