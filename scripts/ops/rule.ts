/**
 * What an alert is, and the words that its expressions share.
 * Always: one alert for one cause; it keeps `job` and `instance`, so that several installations on one Prometheus stay apart.
 * Never: a limit as a number where Gantry exports the budget it goes by.
 */
import type { Cause, Severity } from "../../src/core/causes.ts";
import { causes } from "../../src/core/causes.ts";

/** Files under ops/prometheus/rules: the operator's five questions, and what tells that an answer is missing. */
export type RuleFile = "alive" | "seeing" | "moving" | "stuck" | "able";

export type Rule = {
  readonly file: RuleFile;
  /** in PascalCase; its runbook page is the same in kebab-case */
  readonly alert: string;
  /** null: what no cause of its own is behind, or one the series itself names */
  readonly cause: Cause | null;
  readonly severity: Severity;
  readonly expr: string;
  /** how long it must hold; null: at once */
  readonly holds: string | null;
  /** one line, what is wrong and where */
  readonly summary: string;
  /** what it means for transfers, and the first thing to look at */
  readonly description: string;
};

export const kebab = (alert: string): string => alert.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, "-").toLowerCase();
export const pascal = (cause: Cause): string => cause.split("-").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");

/** Matches series of one process, and of what else is named. */
export const on = (...labels: readonly string[]): string => `on (${["job", "instance", ...labels].join(", ")})`;
export const by = (...labels: readonly string[]): string => `by (${["job", "instance", ...labels].join(", ")})`;

export const isActive = (cause: Cause): string => `gantry_cause_active{cause="${cause}"} == 1`;
/** Only where this process relays: beside somebody else's relayer nothing of that is its business. */
export const relaysHere = `${on()} gantry_loop_budget_seconds{loop="audit"}`;

/** The alert of a cause: named after it, as urgent as it. */
export const alertFor = (cause: Cause, file: RuleFile, rule: Pick<Rule, "expr" | "holds" | "summary" | "description">): Rule =>
  ({ file, alert: pascal(cause), cause, severity: causes[cause].severity, ...rule });

/** What tells the rows of a list apart: the labels that its text names. */
const namedIn = (item: string): readonly string[] => [...item.matchAll(/(?<=\.Labels\.)\w+/gu)].map(([label]) => label);

/**
 * A list within a text: what `query` finds in this installation, each as `item`. HERE in the query stands for job and instance, and `same` for further labels of the alert.
 * In the order of the labels that `item` names, since Prometheus gives rows in any order, and a text that changes by itself reads like news.
 */
export function listed(query: string, item: string, same: readonly string[] = []): string {
  const kept = ["job", "instance", ...same];
  const labels = namedIn(item);
  const rows = query.replaceAll("HERE", kept.map((label) => `${label}=%q`).join(","));
  const sortable = labels.length === 1 ? rows : `label_join(${rows}, "row", " ", ${labels.map((label) => `"${label}"`).join(", ")})`;
  return `{{ range query (printf ${JSON.stringify(sortable)} ${kept.map((label) => `$labels.${label}`).join(" ")}) | sortByLabel "${labels.length === 1 ? labels[0] : "row"}" }}${item}{{ end }}`;
}

/** The late transfers of a cause, e.g. " 2 tbtc deposit (sweep);". */
export const lateOf = (cause: Cause): string =>
  listed(`sum by (bridge, kind, step) (gantry_transfers_late{HERE,cause="${cause}"}) > 0`, " {{ .Value }} {{ .Labels.bridge }} {{ .Labels.kind }} ({{ .Labels.step }});");
