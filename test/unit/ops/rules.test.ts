/**
 * The alerts against what they speak of: the catalogue of series, the causes, the runbook, Alertmanager's inhibitions.
 * What is exported and not used, or used and not exported, fails here instead of being silent in the night.
 */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { opsFiles } from "../../../scripts/ops.ts";
import { kebab, pascal } from "../../../scripts/ops/rule.ts";
import { alertNames, causesWithAlert, reliedUpon, ruleFiles, rules, seriesIn, shouldHave } from "../../../scripts/ops/rules.ts";
import { casesByFile } from "../../../scripts/ops/tests.ts";
import { causes } from "../../../src/core/causes.ts";
import type { Cause } from "../../../src/core/causes.ts";
import { series } from "../../../src/monitor/series.ts";
import { misusedIn } from "./promql.ts";

const written = Object.values(ruleFiles()).flatMap(({ groups }) => groups.flatMap((group) => group.rules));

describe("the files of ops/", () => {
  it.each(Object.entries(opsFiles()))("%s is what its table makes (else: node scripts/ops.ts)", (path, text) => {
    expect(readFileSync(path, "utf8")).toBe(text);
  });
  it("are no more than those", () => {
    const made = Object.keys(opsFiles());
    for (const folder of new Set(made.map((path) => path.slice(0, path.lastIndexOf("/"))))) {
      expect(readdirSync(folder).map((name) => `${folder}/${name}`).filter((path) => !made.includes(path))).toEqual([]);
    }
  });
});

describe("every rule", () => {
  it.each(written.map((rule) => [rule.labels["series"] === undefined ? rule.alert : `${rule.alert} ${rule.labels["series"]}`, rule] as const))("%s names series and labels that exist", (_name, rule) => {
    expect([rule.expr, rule.annotations.summary, rule.annotations.description].flatMap((text) => misusedIn(text))).toEqual([]);
  });
  it("is named once, or once per series", () => {
    const names = written.map(({ alert, labels }) => `${alert} ${labels["series"] ?? ""}`);
    expect(new Set(names).size).toBe(names.length);
  });
  it("has a summary of one line, a description and a severity that a route knows", () => {
    for (const { alert, annotations, labels } of written) {
      expect(annotations.summary, alert).not.toMatch(/\n|\.$/u);
      expect(annotations.description, alert).toMatch(/[.?;]|\}\}$/u);
      expect(["page", "ticket", "info"], alert).toContain(labels["severity"]);
    }
  });
  it("has cases that promtool runs: one in which it fires, one in which it is quiet", () => {
    const cases = Object.values(casesByFile).flat();
    const all = (alert: string) => cases.filter((one) => one.alert === alert).flatMap(({ expect: times }) => times);
    expect(rules.filter(({ alert }) => !all(alert).some(([, firing]) => firing.length > 0)).map(({ alert }) => alert)).toEqual([]);
    expect(rules.filter(({ alert }) => alert !== "Watchdog" && !all(alert).some(([, firing]) => firing.length === 0)).map(({ alert }) => alert)).toEqual([]);
  });
});

describe("every cause with an alert", () => {
  it.each(causesWithAlert)("%s has a rule of its own name and severity, which carries it", (cause) => {
    const own = rules.find(({ alert }) => alert === pascal(cause as Cause));
    expect(own).toMatchObject({ cause, severity: causes[cause as Cause].severity });
  });
  it("and no other cause is in a rule", () => {
    const named = rules.flatMap(({ cause }) => (cause === null ? [] : [cause]));
    expect(named.filter((cause) => !causes[cause].alert)).toEqual([]);
  });
});

describe("absence", () => {
  it("of every series that a condition relies on is an alert", () => {
    expect(written.flatMap(({ labels }) => labels["series"] ?? []).sort()).toEqual(reliedUpon.map((name) => `gantry_${name}`).sort());
  });
  it("is noticed only of series that are there from the start", () => {
    const open = series.filter(({ labels, first }) => labels.some((label) => ["code", "method", "where"].includes(label) && first?.[label] === undefined)).map(({ name }) => name);
    expect(reliedUpon.filter((name) => open.includes(name))).toEqual([]);
  });
  it("is told by another series of the same family, never by the missing one", () => {
    for (const name of reliedUpon) expect(seriesIn(shouldHave(name).replaceAll("gantry_(", "").replaceAll("|", " ")), name).not.toContain(name);
  });
});

describe("the runbook", () => {
  const pages = readdirSync("docs/runbook");
  it("has a page for every alert, and none for anything else", () => {
    expect(pages.sort()).toEqual(alertNames.map((alert) => `${kebab(alert)}.md`).sort());
  });
  it.each(alertNames)("of %s says what it means, how to confirm it, what to do and when it clears", (alert) => {
    const page = readFileSync(`docs/runbook/${kebab(alert)}.md`, "utf8");
    const rule = written.find((one) => one.alert === alert);
    expect(page.split("\n")[0]).toBe(`# ${alert}`);
    expect([...page.matchAll(/^## (.*)$/gmu)].map(([, heading]) => heading)).toEqual(["What it means", "How to confirm", "What to do", "When it clears"]);
    expect(page).toContain(`Severity: ${rule?.labels["severity"]}.`);
    if (rule?.labels["cause"] !== undefined) expect(page).toContain(`Cause: \`${rule.labels["cause"]}\`.`);
    expect(page).toMatch(/^Severity.* Who acts: .+\.$/mu);
    expect(page).toMatch(/^1\. |^- |^\d\. /mu);
  });
  it.each(alertNames)("of %s asks Prometheus for what exists", (alert) => {
    const page = readFileSync(`docs/runbook/${kebab(alert)}.md`, "utf8");
    const queries = [...page.matchAll(/^```promql\n([\s\S]*?)^```/gmu)].map(([, text = ""]) => text);
    expect(queries.length).toBeGreaterThan(0);
    expect(queries.flatMap((query) => misusedIn(query))).toEqual([]);
  });
});

describe("Alertmanager's inhibitions", () => {
  const { inhibit_rules: inhibitions } = parse(readFileSync("ops/alertmanager/alertmanager.yml", "utf8")) as {
    readonly inhibit_rules: readonly { readonly source_matchers: readonly string[]; readonly target_matchers: readonly string[]; readonly equal: readonly string[] }[];
  };
  const named = (matchers: readonly string[]): readonly string[] => matchers.filter((one) => one.startsWith("alertname"))
    .flatMap((one) => one.replace(/^alertname\s*[!=~]+\s*/u, "").replaceAll('"', "").split("|"));
  it("name alerts that exist", () => {
    expect(inhibitions.flatMap(({ source_matchers: sources, target_matchers: targets }) => [...named(sources), ...named(targets)]).filter((name) => !alertNames.includes(name))).toEqual([]);
  });
  it("stay within one installation", () => {
    for (const { equal } of inhibitions) expect(equal).toEqual(expect.arrayContaining(["job", "instance"]));
  });
  it("never let a lesser alert silence a page", () => {
    const severityOf = (name: string): string => written.find(({ alert }) => alert === name)?.labels["severity"] ?? "";
    const wrong = inhibitions.flatMap(({ source_matchers: sources, target_matchers: targets }) => named(sources).filter((source) => severityOf(source) !== "page")
      .flatMap((source) => named(targets).filter((target) => severityOf(target) === "page").map((target) => `${source} → ${target}`)));
    expect(wrong).toEqual([]);
  });
  it("never silence a deadline but for a process that is not there", () => {
    const wrong = inhibitions.filter(({ target_matchers: targets }) => named(targets).some((name) => name.startsWith("Deadline")));
    expect(wrong).toEqual([]);
  });
});
