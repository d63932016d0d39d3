/** What Prometheus' and Alertmanager's own tools say of the files in ops/. */
import { globSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { findMonitoring, tool } from "../support/monitoring.ts";
import type { MonitoringPaths } from "../support/monitoring.ts";

let paths: MonitoringPaths;
beforeAll(async () => {
  paths = await findMonitoring();
});

describe("promtool", () => {
  it("takes every rule file", async () => {
    const { ok, said } = await tool(paths.promtool, ["check", "rules", ...globSync("ops/prometheus/rules/*.yml")]);
    expect(ok, said).toBe(true);
  });
  it.each(globSync("ops/prometheus/tests/*.yml").sort())("finds each alert of %s quiet, firing, clear and silent as told", async (file) => {
    const { ok, said } = await tool(paths.promtool, ["test", "rules", file]);
    expect(ok, said).toBe(true);
  });
});
