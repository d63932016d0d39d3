/** Dashboards show what is exported, and everything that is exported is in an alert, on a dashboard, or said to be for information. */
import { readFileSync, globSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dashboards, informational } from "../../../scripts/ops/dashboards.ts";
import { dashboardJson } from "../../../scripts/ops/panel.ts";
import { ruleFiles, seriesIn } from "../../../scripts/ops/rules.ts";
import { questions, series } from "../../../src/monitor/series.ts";
import { misusedIn } from "./promql.ts";

type Json = { readonly uid: string; readonly panels: readonly { readonly id: number; readonly type: string; readonly title: string; readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number } }[] };
const panels = dashboards.flatMap(({ title, rows }) => rows.flatMap((row) => row.panels.map((one) => ({ name: `${title}, ${row.title} ${one.title}`, one }))));

describe("every panel", () => {
  it.each(panels)("$name asks for series and labels that exist, of the chosen instances", ({ one }) => {
    expect(one.queries.length).toBeGreaterThan(0);
    for (const { expr } of one.queries) {
      expect(misusedIn(expr)).toEqual([]);
      expect(expr.match(/gantry_[a-z_]+\b(?!\{)/gu) ?? [], expr).toEqual([]);
    }
  });
  it.each(panels)("$name names each line by labels that its query keeps", ({ one }) => {
    for (const { expr, legend } of one.queries) {
      const named = [...legend.matchAll(/\{\{([a-z_]+)\}\}/gu)].map(([, label = ""]) => label);
      const labels = new Set(["instance", "job", ...seriesIn(expr).flatMap((name) => series.find((known) => known.name === name)?.labels ?? [])]);
      const [, kept] = /\bby \(([^)]*)\)/u.exec(expr) ?? [];
      const lasting = kept === undefined || expr.includes("group_left") ? labels : new Set(kept.split(/,\s*/u));
      expect(named.filter((label) => !lasting.has(label)), expr).toEqual([]);
    }
  });
});

describe("every dashboard", () => {
  it.each(dashboards)("$title lays its panels out side by side, none on another", (one) => {
    const { panels: placed } = dashboardJson(one) as Json;
    const cells = placed.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`));
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...placed.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
    expect(new Set(placed.map(({ id }) => id)).size).toBe(placed.length);
  });
  it("has an identity of its own, which does not change", () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual(["gantry-fees", "gantry-lanes", "gantry-overview", "gantry-signers"]);
  });
  it("is loaded by Grafana's provisioning, from where docker-compose.yml puts it", () => {
    const { providers } = parse(readFileSync("ops/grafana/provisioning/dashboards/gantry.yml", "utf8")) as { readonly providers: readonly { readonly options: { readonly path: string } }[] };
    expect(providers.map(({ options }) => options.path)).toEqual(["/var/lib/grafana/dashboards"]);
    expect(globSync("ops/grafana/dashboards/*.json").length).toBe(dashboards.length);
  });
});

it("the overview asks the five questions, in their order", () => {
  const rows = dashboards.find(({ file }) => file === "overview")?.rows.map(({ title }) => title);
  expect(rows?.length).toBe(Object.keys(questions).length);
  for (const [at, question] of ["alive", "see", "move", "stuck", "able"].entries()) expect(rows?.[at]).toContain(question);
});

describe("every exported series", () => {
  const rules = Object.values(ruleFiles()).flatMap(({ groups }) => groups.flatMap((group) => group.rules));
  const used = new Set(seriesIn([...rules.flatMap(({ expr, annotations }) => [expr, annotations.description]), ...panels.flatMap(({ one }) => one.queries.map(({ expr }) => expr))].join("\n")));
  it("is in an alert or on a dashboard, or said to be for information", () => {
    expect(series.map(({ name }) => name).filter((name) => !used.has(name) && informational[name] === undefined)).toEqual([]);
  });
  it("is not called for information when it is used, or gone", () => {
    expect(Object.keys(informational).filter((name) => used.has(name) || !series.some((one) => one.name === name))).toEqual([]);
  });
});
