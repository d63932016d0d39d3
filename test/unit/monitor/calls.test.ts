/**
 * What the program reports and what the table says are the same, read from the source: at run time a wrong name or label is
 * only logged, so that measuring never breaks what is measured.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { submissionResults } from "../../../src/monitor/labels.ts";
import { series } from "../../../src/monitor/series.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const files = ["src", "watchers", "relayer"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts")).map((name) => join(folder, name)));

type Call = { readonly file: string; readonly verb: string; readonly name: string; readonly labels: readonly string[] | null };
const kinds: Readonly<Record<string, string>> = { count: "counter", observe: "histogram", set: "gauge" };

/** Calls with a literal name; labels null where they are not written at the call. */
const calls: readonly Call[] = files.flatMap((file) => {
  const text = readFileSync(join(root, file), "utf8").replace(/`[^`]*`/gu, '""');
  return [...text.matchAll(/\bmeter\.(count|observe|set)\(\s*"([^"]+)",\s*(\{[^}]*\})?/gu)].map(([, verb = "", name = "", labels]) => ({
    file, verb, name, labels: labels === undefined ? null : [...labels.matchAll(/(?:\{|,)\s*(\w+)/gu)].map(([, key]) => key ?? ""),
  }));
});
const indirect = files.flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/createFading\(meter, "([a-z_]+)"\)/gu)].map(([, name]) => name ?? ""));

describe("every report in the source", () => {
  test.each(calls.map((call) => [`${call.verb} ${call.name} in ${call.file}`, call] as const))("%s is in the table", (_what, { verb, name, labels }) => {
    const one = series.find((known) => known.name === name);
    expect(one?.type).toBe(kinds[verb]);
    if (labels !== null) expect([...labels].sort()).toEqual([...(one?.labels ?? [])].sort());
  });
});

test("every series in the table is reported somewhere", () => {
  const measuredOnDemand = ["process_cpu_seconds_total", "process_resident_memory_bytes"];
  const reported = new Set([...calls.map(({ name }) => name), ...indirect, ...measuredOnDemand]);
  expect(series.map(({ name }) => name).filter((name) => !reported.has(name))).toEqual([]);
});

test("the results of submissions are those the relayer gives", () => {
  const [, body = ""] = /function submissionResult\([\s\S]*?\{\n([\s\S]*?)\n\}/u.exec(readFileSync(join(root, "relayer/stepper.ts"), "utf8")) ?? [];
  const given = body.split("\n").filter((line) => line.includes("return ")).flatMap((line) => [...line.matchAll(/"([a-z_]+)"/gu)].map(([, word]) => word ?? ""))
    .filter((word) => word !== "us");
  expect([...new Set(given)].sort()).toEqual([...submissionResults].sort());
});
