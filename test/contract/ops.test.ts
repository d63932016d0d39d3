/** What Prometheus' and Alertmanager's own tools say of the files in ops/. */
import { globSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { dashboards } from "../../scripts/ops/dashboards.ts";
import { findMonitoring, tool } from "../support/monitoring.ts";
import type { MonitoringPaths } from "../support/monitoring.ts";

let paths: MonitoringPaths;

/** A tool that reads files gets the text as one. */
async function inFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "gantry-ops-"));
  try {
    await writeFile(join(folder, "text"), text);
    return await use(join(folder, "text"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

beforeAll(async () => {
  paths = await findMonitoring();
});

describe("promtool", () => {
  it("takes every rule file", async () => {
    const { ok, said } = await tool(paths.promtool, ["check", "rules", ...globSync("ops/prometheus/rules/*.yml")]);
    expect(ok, said).toBe(true);
  });
  it("takes every query of the dashboards", async () => {
    const exprs = dashboards.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr))));
    const rules = exprs.map((expr, at) => ({ record: `panel:${at}`, expr: expr.replaceAll("$__rate_interval", "5m") }));
    await inFile(stringify({ groups: [{ name: "panels", rules }] }), async (file) => {
      const { ok, said } = await tool(paths.promtool, ["check", "rules", file]);
      expect(ok, said).toBe(true);
    });
  });
  it.each(globSync("ops/prometheus/tests/*.yml").sort())("finds each alert of %s quiet, firing, clear and silent as told", async (file) => {
    const { ok, said } = await tool(paths.promtool, ["test", "rules", file]);
    expect(ok, said).toBe(true);
  });
});

describe("promtool and Prometheus' configuration", () => {
  it("go together, with every rule file in it", async () => {
    const { ok, said } = await tool(paths.promtool, ["check", "config", "ops/prometheus/prometheus.yml"]);
    expect(ok, said).toBe(true);
    for (const file of globSync("ops/prometheus/rules/*.yml")) expect(said).toContain(file);
  });
});

describe("amtool", () => {
  const config = "ops/alertmanager/alertmanager.yml";
  it("takes the configuration and its templates", async () => {
    const { ok, said } = await tool(paths.amtool, ["check-config", config]);
    expect(ok, said).toBe(true);
    expect(said).toMatch(/1 templates/u);
  });
  it.each([
    [["severity=page", "alertname=NodeStalled"], "page"],
    [["severity=ticket", "alertname=VaultSilent"], "ticket"],
    [["severity=info", "alertname=Other"], "info"],
    [["severity=info", "alertname=Watchdog"], "watchdog"],
    [["alertname=SomethingWithoutSeverity"], "page"],
  ])("sends %s to %s", async (labels, receiver) => {
    const { said } = await tool(paths.amtool, ["config", "routes", "test", `--config.file=${config}`, `--verify.receivers=${receiver}`, ...labels]);
    expect(said.trim()).toContain(receiver);
    expect(said).not.toContain("WARNING");
  });

  const alert = {
    status: "firing", startsAt: "2026-03-01T10:00:00Z", endsAt: "0001-01-01T00:00:00Z", generatorURL: "", fingerprint: "a",
    labels: { alertname: "VaultSilent", severity: "ticket", cause: "vault-silent", job: "gantry", instance: "bridge-1:9464" },
    annotations: { summary: "A vault does not act (bridge-1:9464)", description: "It should have paid by now.", runbook_url: "docs/runbook/vault-silent.md" },
  };
  const data = (alerts: readonly (typeof alert)[], status: string) => ({
    receiver: "ticket", status, alerts, groupLabels: { cause: "vault-silent" }, commonLabels: alert.labels, commonAnnotations: alerts.length === 1 ? alert.annotations : {}, externalURL: "http://alertmanager:9093",
  });
  const render = async (name: string, value: object): Promise<string> => {
    return inFile(JSON.stringify(value), async (file) => {
      const { ok, said } = await tool(paths.amtool, ["template", "render", "--template.glob=ops/alertmanager/templates/*.tmpl", `--template.text={{ template "${name}" . }}`, `--template.data=${file}`]);
      expect(ok, said).toBe(true);
      return said.trim();
    });
  };

  it("renders what a person reads: what, since when, why, what to do, and where the sentence of each transfer is", async () => {
    expect(await render("gantry.title", data([alert], "firing"))).toBe("TICKET: A vault does not act (bridge-1:9464)");
    expect(await render("gantry.text", data([alert], "firing"))).toBe([
      "A vault does not act (bridge-1:9464)",
      "It should have paid by now.",
      "since 2026-03-01 10:00:00 UTC; cause vault-silent",
      "what to do: docs/runbook/vault-silent.md",
      "each transfer's sentence: http://bridge-1:9464/api/v1/alerts, or `gantry alerts` on that machine",
    ].join("\n"));
  });
  it("says that it is over, and counts when there are several", async () => {
    const over = { ...alert, status: "resolved", endsAt: "2026-03-01T11:30:00Z" };
    expect(await render("gantry.title", data([over], "resolved"))).toBe("resolved: A vault does not act (bridge-1:9464)");
    expect(await render("gantry.text", data([over], "resolved"))).toContain("over since 2026-03-01 11:30:00 UTC");
    expect(await render("gantry.title", data([alert, alert], "firing"))).toBe("TICKET: 2 alerts (vault-silent)");
  });
});
