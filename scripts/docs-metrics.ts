/**
 * Writes docs/metrics.md from the series table, so that the page cannot say anything else than the program.
 * Always: the same table gives the same page.  Usage: node scripts/docs-metrics.ts
 * Never: words that stand nowhere in src/monitor.
 */
import { writeFileSync } from "node:fs";
import { labels } from "../src/monitor/labels.ts";
import { prefix, questions, series } from "../src/monitor/series.ts";
import type { Question, Series } from "../src/monitor/series.ts";

const intro = `# Metrics

<!-- made by scripts/docs-metrics.ts from src/monitor/series.ts and src/monitor/labels.ts; change those -->

\`GET /metrics\` of every process, in Prometheus' text format. Prefix \`${prefix}\`; times are seconds; counters end in \`_total\`.
Every series whose labels are known at the start exists from the start, so an absent series always means an absent process. It begins at 0, or at
the number its text names for "none".
Series with an open label (\`code\`, \`kind\`, \`method\`, \`where\`) appear when the thing first happens; gauges among them go back to 0, they do not vanish.
No label ever holds an id, a hash, an address or a URL. Gauges of chains, deliveries, signers and halts are read from the ledger
and from the nodes by the monitor role, so they stay true while the relayer is dead.
`;

const row = (one: Series): string => {
  const given = one.labels.length === 0 ? "–" : one.labels.map((name) => `\`${name}\``).join(", ");
  const buckets = one.buckets === undefined ? "" : ` Buckets: ${one.buckets.join(", ")}.`;
  return `| \`${prefix}${one.name}\` | ${one.type} | ${given} | ${one.help}.${buckets} | ${one.meaning} |`;
};

const section = (question: Question): string => [
  `## ${questions[question]}`,
  "",
  "| series | type | labels | what it is | how to read it |",
  "|---|---|---|---|---|",
  ...series.filter((one) => one.question === question).map(row),
  "",
].join("\n");

const labelTable = [
  "## Labels",
  "",
  "| label | values |",
  "|---|---|",
  ...Object.entries(labels).map(([name, { where }]) => `| \`${name}\` | ${where} |`),
  "",
].join("\n");

/** docs/metrics.md as text. */
export const metricsPage = (): string =>
  [intro, ...(Object.keys(questions) as Question[]).map(section), labelTable].join("\n");

if (import.meta.main) writeFileSync(new URL("../docs/metrics.md", import.meta.url), metricsPage());
