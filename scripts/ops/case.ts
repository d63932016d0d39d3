/**
 * What a rule must do, told as series over time: quiet, firing with this text, clear again, and silent when there is no data
 * (then another alert speaks). Made into promtool's tests.
 * Always: minute 0 to 9 healthy, 10 to 49 not, 50 to 69 healthy again, then no data, unless a case says otherwise.
 * Never: a case that takes its expectation from the rule, but for words that no template fills.
 */
import { kebab } from "./rule.ts";
import { rules } from "./rules.ts";

/** series with labels (job and instance are added) → its values, a minute apart, as promtool writes them */
export type Input = Readonly<Record<string, string>>;
type Labels = Readonly<Record<string, string>>;
type Expected = { readonly labels: Labels; readonly annotations: Labels };
export type Case = {
  readonly name: string;
  readonly alert: string;
  readonly input: Input;
  /** minute → alerts that fire then */
  readonly expect: readonly (readonly [minute: number, firing: readonly Expected[]])[];
  readonly externalLabels?: Labels;
};
export type Times = { readonly quiet: number; readonly fires: number; readonly clears: number; readonly gone: number };

export const place: Labels = { job: "gantry", instance: "bridge-1:9464" };
const usual: Times = { quiet: 9, fires: 49, clears: 69, gone: 90 };

/** The four phases of a series. */
export const phases = (healthy: number | string, not: number | string): string => `${healthy}x9 ${not}x39 ${healthy}x19 stale`;
/** A value that stays until there is no data. */
export const steady = (value: number | string): string => `${value}x69 stale`;
/** A timestamp that is always now, in the healthy phases. */
export const turning = "0+60x9 540x39 3000+60x19 stale";

/** With job and instance in its place. */
export function located(name: string): string {
  const [, bare = "", inside = ""] = /^([a-z_]+)(?:\{(.*)\})?$/u.exec(name) ?? [];
  return `${bare}{${[...Object.entries(place).map(([label, value]) => `${label}="${value}"`), ...(inside === "" ? [] : [inside])].join(",")}}`;
}

const action = /\{\{ (?:range|with) [\s\S]*?\{\{ end \}\}|\{\{.*?\}\}/gu;

/** One firing alert: its labels besides the usual ones, and what stands where its text has templates, in order. */
export function firing(alert: string, labels: Labels, fills: readonly string[], { at = place, runbooks = "docs/runbook" } = {}): Expected {
  const rule = rules.find((one) => one.alert === alert);
  if (rule === undefined) throw new Error(`there is no rule ${alert}`);
  const rest = [...fills];
  const filled = (text: string): string => text.replaceAll(action, () => rest.shift() ?? "(nothing more is expected here)");
  const annotations = { summary: filled(rule.summary), description: filled(rule.description), runbook_url: `${runbooks}/${kebab(alert)}.md` };
  if (rest.length > 0) throw new Error(`${alert} has fewer templates than ${fills.length}`);
  return { labels: { severity: rule.severity, ...(rule.cause === null ? {} : { cause: rule.cause }), ...at, ...labels }, annotations };
}

/** The whole story of one alert. */
export const story = (alert: string, input: Input, labels: Labels, fills: readonly string[], times: Partial<Times> = {}): Case => {
  const { quiet, fires, clears, gone } = { ...usual, ...times };
  return { name: `${alert}: quiet, fires, clears, says nothing without data`, alert, input, expect: [[quiet, []], [fires, [firing(alert, labels, fills)]], [clears, []], [gone, []]] };
};

/** A state that looks alike and must not alarm. */
export const never = (alert: string, why: string, input: Input): Case =>
  ({ name: `${alert}: not ${why}`, alert, input, expect: [usual.quiet, usual.fires, usual.clears, usual.gone].map((minute) => [minute, []] as const) });

/** One more way to fire. */
export const also = (alert: string, why: string, input: Input, minute: number, expected: readonly Expected[], externalLabels?: Labels): Case =>
  ({ name: `${alert}: also ${why}`, alert, input, expect: [[minute, expected]], ...(externalLabels === undefined ? {} : { externalLabels }) });
