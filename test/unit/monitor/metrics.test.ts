/** The Meter refuses what is not in the table; the page shows every known series from the start; docs say the same. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { metricsPage } from "../../../scripts/docs-metrics.ts";
import { laneName, signerName } from "../../../src/core/values.ts";
import type { Known } from "../../../src/monitor/labels.ts";
import { createMetrics } from "../../../src/monitor/metrics.ts";
import { prefix, series } from "../../../src/monitor/series.ts";

const known: Known = {
  version: "1.2.3",
  chains: ["bitcoin", "ethereum"],
  endpoints: [{ chain: "bitcoin", name: "core-a" }, { chain: "ethereum", name: "geth-a" }, { chain: "ethereum", name: "geth-b" }],
  lanes: [laneName("tbtc-redemption")],
  signers: [{ chain: "ethereum", name: signerName("maintainer") }],
  loops: ["watch-bitcoin", "monitor"],
  journeys: [{ bridge: "tbtc", kind: "deposit", steps: ["sweep", "proof"] }, { bridge: "interbtc", kind: "issue", steps: ["payment"] }],
};

const codeOf = (run: () => void): string => {
  try {
    run();
  } catch (thrown) {
    return (thrown as { failure: { code: string; remedy: string } }).failure.code;
  }
  return "nothing thrown";
};

describe("the page", () => {
  test("shows every series with closed labels at 0 before anything happened", async () => {
    const text = await createMetrics(known).text();
    for (const line of [
      'gantry_deliveries{lane="tbtc-redemption",state="parked"} 0',
      'gantry_endpoint_up{chain="ethereum",endpoint="geth-b"} 0',
      'gantry_submissions_total{lane="tbtc-redemption",result="sent"} 0',
      'gantry_delivery_stage_seconds_count{lane="tbtc-redemption",state="seen"} 0',
      'gantry_halted{scope="lane:tbtc-redemption",code="paused"} 0',
      'gantry_loop_last_turn_timestamp_seconds{loop="watch-bitcoin"} 0',
      'gantry_signer_balance{chain="ethereum",signer="maintainer"} 0',
      'gantry_transfers_late{bridge="tbtc",kind="deposit",step="sweep",cause="node-stalled"} 0',
      'gantry_transfer_deadline_seconds{bridge="interbtc",kind="issue"} 1000000000',
      'gantry_step_budget_seconds{bridge="tbtc",kind="deposit",step="proof",at="late"} 0',
      'gantry_cause_active{cause="ledger-unwritable"} 0',
      'gantry_notifications_total{result="failed"} 0',
      "gantry_redis_up 0",
      "gantry_ledger_up 0",
    ]) expect(text.split("\n")).toContain(line);
    expect(text).toContain('gantry_build_info{version="1.2.3"');
  });

  test("keeps an endpoint and a signer with their own chain, a step with its own kind of transfer", async () => {
    const text = await createMetrics(known).text();
    expect(text).not.toContain('chain="bitcoin",endpoint="geth-a"');
    expect(text).not.toContain('chain="bitcoin",signer="maintainer"');
    expect(text).not.toContain('kind="issue",step="sweep"');
    expect(text).not.toContain('bridge="tbtc",kind="issue"');
  });

  test("shows nothing that is not in the table", async () => {
    const text = await createMetrics(known).text();
    const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gmu)].map(([, name, type]) => `${name} ${type}`).sort();
    expect(shown).toEqual(series.map(({ name, type }) => `${prefix}${name} ${type}`).sort());
  });

  test("belongs to one instance: two in one process do not mix", async () => {
    const [a, b] = [createMetrics(known), createMetrics(known)];
    a.meter.count("fees_spent_total", { chain: "ethereum" }, 7);
    expect(await a.text()).toContain('gantry_fees_spent_total{chain="ethereum"} 7');
    expect(await b.text()).toContain('gantry_fees_spent_total{chain="ethereum"} 0');
  });
});

describe("the meter", () => {
  const { meter } = createMetrics(known);
  test.each([
    ["an unknown name", "series-unknown", () => meter.count("deliverys", {})],
    ["a missing label", "series-misused", () => meter.set("endpoint_up", { chain: "bitcoin" }, 1)],
    ["an extra label", "series-misused", () => meter.set("redis_up", { chain: "bitcoin" }, 1)],
    ["another kind of series", "series-misused", () => meter.count("redis_up", {})],
    ["a value outside the closed set", "series-misused", () => meter.set("deliveries", { lane: "tbtc-redemption", state: "stuck" }, 1)],
    ["a lane nobody configured", "series-misused", () => meter.set("wakes_overdue", { lane: "other" }, 1)],
    ["a step of another kind of transfer", "series-misused", () => meter.set("transfers_open", { bridge: "tbtc", kind: "deposit", step: "payment" }, 1)],
    ["a cause nobody knows", "series-misused", () => meter.set("cause_active", { cause: "bad-luck" }, 1)],
    ["a transaction's result for a notification", "series-misused", () => meter.count("notifications_total", { result: "outbid" })],
    ["a hash as label", "series-misused", () => meter.count("errors_total", { where: "watch", code: `0x${"ab".repeat(32)}` })],
    ["a URL as label", "series-misused", () => meter.count("errors_total", { where: "http://node:8545", code: "x" })],
    ["a falling counter", "series-misused", () => meter.count("fees_spent_total", { chain: "ethereum" }, -1)],
    ["what is no number", "series-misused", () => meter.set("redis_up", {}, Number.NaN)],
  ])("refuses %s", (_what, code, run) => {
    expect(codeOf(run)).toBe(code);
  });

  test("counts an audit's finding by chain where no single lane is meant", () => {
    expect(codeOf(() => meter.count("audit_findings_total", { lane: "bitcoin", kind: "event_missed" }))).toBe("nothing thrown");
    expect(codeOf(() => meter.set("wakes_overdue", { lane: "bitcoin" }, 1))).toBe("series-misused");
  });

  test("gives back gauges as they were set", async () => {
    const metrics = createMetrics(known);
    metrics.meter.set("loop_last_turn_timestamp_seconds", { loop: "monitor" }, 12.5);
    expect(await metrics.read("loop_last_turn_timestamp_seconds")).toContainEqual({ labels: { loop: "monitor" }, value: 12.5 });
  });
});

describe("docs/metrics.md", () => {
  const page = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  test("is what the table says (else: node scripts/docs-metrics.ts)", () => {
    expect(page).toBe(metricsPage());
  });
  test("describes every exported series and no other", () => {
    const described = [...page.matchAll(/^\| `(gantry_[a-z_]+)` \|/gmu)].flatMap(([, name]) => name ?? []);
    expect(described.sort()).toEqual(series.map(({ name }) => prefix + name).sort());
  });
});

test("names tell the unit: seconds never milliseconds, counters end in _total", () => {
  for (const { name, type } of series) {
    expect(name).not.toMatch(/_ms$|_millis/u);
    expect(name.endsWith("_total")).toBe(type === "counter");
  }
});
