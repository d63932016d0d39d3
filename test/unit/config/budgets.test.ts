/** The monitor's budgets: without a word those of core, and each as it is written. */
import { expect, it } from "vitest";
import { budgetsOf, stepBudgetsOf } from "../../../src/config/budgets.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { defaultBudgets } from "../../../src/core/budgets.ts";

const monitorOf = (text: string) => {
  const { config, problems } = parseConfig(text);
  if (config === null) throw new Error(problems.join("\n"));
  return config.monitor;
};

it("are those of core when nothing is said", () => {
  expect(budgetsOf(monitorOf("log:\n"))).toEqual(defaultBudgets);
  expect(stepBudgetsOf(monitorOf("log:\n"))).toEqual({});
});

it("are milliseconds of what is written, beside the rest", () => {
  const monitor = monitorOf("monitor:\n  haltSeconds: 5\n  chains:\n    bitcoin:\n      headSeconds: 7\n  steps:\n    tbtc.moving-funds.move:\n      normalSeconds: 1\n      lateSeconds: 2\n");
  expect(budgetsOf(monitor)).toEqual({ ...defaultBudgets, haltMs: 5_000, chains: { ...defaultBudgets.chains, bitcoin: { ...defaultBudgets.chains.bitcoin, headMs: 7_000 } } });
  expect(stepBudgetsOf(monitor)).toEqual({ "tbtc.moving-funds.move": { normalMs: 1_000, lateAfterMs: 2_000 } });
});

it("of steps are named by bridge, kind and step", () => {
  expect(parseConfig("monitor:\n  steps:\n    sweep:\n      normalSeconds: 1\n      lateSeconds: 2\n").problems).toHaveLength(1);
});
