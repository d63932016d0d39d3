/**
 * Every cause with an alert is made to happen on real parts by a test that is named after it and sees its alert in a real
 * Alertmanager. A new cause without such a test fails here.
 */
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pascal } from "../../../scripts/ops/rule.ts";
import { alertNames, causesWithAlert } from "../../../scripts/ops/rules.ts";
import { causes } from "../../../src/core/causes.ts";
import type { Cause } from "../../../src/core/causes.ts";

type Played = { readonly file: string; readonly name: string; readonly alerts: readonly string[] };

/** Tests of files that start an Alertmanager, each with the alerts it waits for. */
const played: readonly Played[] = globSync("test/{devnet,full}/*.test.ts").sort().flatMap((file) => {
  const source = readFileSync(file, "utf8");
  if (!/\bstartAlerting\(/u.test(source)) return [];
  return source.split(/^(?=test\()/mu).slice(1).map((text) => ({
    file, name: /^test\("((?:[^"\\]|\\.)*)"/u.exec(text)?.[1] ?? "",
    alerts: [...text.matchAll(/\b(?:one|alone|both|raised)\("([A-Za-z]+)"/gu)].flatMap(([, alert = ""]) => alert),
  }));
});

/** "chain-halted, then halt-not-looked-at until …" is of both. */
const isNamedAfter = (name: string, cause: string): boolean => new RegExp(`(^|[ ,])${cause}([:, ]|$)`, "u").test(name);

test.each(causesWithAlert)("%s is made to happen, and its own alert is seen", (cause) => {
  const named = played.filter(({ name }) => isNamedAfter(name, cause));
  expect(named.filter(({ alerts }) => alerts.includes(pascal(cause as Cause))).map(({ file, name }) => `${file}: ${name}`), `no test "${cause}: …" waits for ${pascal(cause as Cause)}`).not.toEqual([]);
});

test("what those tests wait for, and the causes they are named after, exist", () => {
  expect(played.flatMap(({ alerts }) => alerts).filter((alert) => !alertNames.includes(alert))).toEqual([]);
  expect(played.map(({ name }) => /^([a-z]+(?:-[a-z]+)*):/u.exec(name)?.[1] ?? "").filter((word) => word.includes("-") && !(word in causes))).toEqual([]);
});
