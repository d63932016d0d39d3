/**
 * Writes Prometheus' rules with their tests, and Grafana's dashboards, from the tables in scripts/ops, so that one cause has
 * one alert with its runbook page, and each series that an alert relies on is missed when it is missing.
 * Always: the same tables give the same files.  Usage: node scripts/ops.ts
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { dashboards } from "./ops/dashboards.ts";
import { dashboardJson } from "./ops/panel.ts";
import { ruleFiles } from "./ops/rules.ts";
import { testFiles } from "./ops/tests.ts";

const note = "made by scripts/ops.ts from scripts/ops; change that";
const yaml = (value: unknown): string => `# ${note}\n${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`;

/** Everything that is generated, by its path. */
export function opsFiles(): Readonly<Record<string, string>> {
  const named = (folder: string, files: object) => Object.entries(files).map(([name, file]) => [`${folder}/${name}.yml`, yaml(file)] as const);
  const boards = dashboards.map((one) => [`ops/grafana/dashboards/${one.file}.json`, `${JSON.stringify(dashboardJson(one), null, 2)}\n`] as const);
  return Object.fromEntries([...named("ops/prometheus/rules", ruleFiles()), ...named("ops/prometheus/tests", testFiles()), ...boards]);
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  const files = opsFiles();
  for (const folder of new Set(Object.keys(files).map((path) => path.slice(0, path.lastIndexOf("/"))))) {
    mkdirSync(new URL(folder, root), { recursive: true });
    // what is no longer made must not stay behind
    for (const name of readdirSync(new URL(folder, root))) if (!(`${folder}/${name}` in files)) rmSync(new URL(`${folder}/${name}`, root));
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(new URL(path, root), text);
}
