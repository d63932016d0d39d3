/**
 * docs/errors.md and the program name the same codes. A code an operator cannot look up, a documented one that nothing
 * raises, or one that stands under the wrong remedy, fails here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { causeNames } from "../../../src/core/causes.ts";
import { remedies } from "../../../src/core/errors.ts";
import { phases } from "../../../src/core/transfer.ts";

const folders = ["src", "watchers", "relayer", "devnet"];
const word = String.raw`"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"`;

/** What a file shows to people: its text without comments and imports. */
function shown(path: string): string {
  const text = readFileSync(path, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  return text.split("\n").map((line) => line.replace(/^\s*\/\/.*|\s\/\/ .*$/, "")).filter((line) => !/^\s*(?:import|export) .*from "/.test(line)).join("\n");
}

const sources = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts")).map((name) => join(folder, name)),
).map((path) => ({ path, text: shown(path) }));

/** Places where nothing but a code can stand. */
const places = [
  // unavailable("code", …), problem("code", …), refuse(subject, "code", …)
  new RegExp(String.raw`\b(?:unavailable|conflict|rejected|invalid|unsafe|misconfigured|bug|problem|refuse|retry)\(\s*(?:\w+,\s*)?${word}`, "g"),
  // code: "a", lostCode = "a", code: failed ? "a" : "b", code: "a" | "b"; but not zod's own
  new RegExp(String.raw`(?<!addIssue\(\{ )\b\w*[cC]ode\b\s*[:=]\s*(?:[^,;"{}\n]*(?<!\?)\?\s*)?${word}`, "g"),
  // wait(until, waitsFor, "code") and its kind
  new RegExp(String.raw`\b(?:wait|waiting|reorgPause|notFinal|notYet|park)\((?:[^()"]|\([^()]*\))*(?<!: )${word}`, "g"),
];
/** Lists of codes: code: "a" | "b", …Codes = ["a", "b"]. */
const lists = [/(?<!addIssue\(\{ )\b\w*[cC]ode\b\s*[:=]\s*((?:"[a-z0-9-]+"\s*\|?\s*)+)/g, /\b\w*[cC]odes\s*=\s*\[([^\]]*)\]/g];

const codes = new Map<string, string>();
for (const { path, text } of sources) {
  for (const pattern of places) for (const [, code] of text.matchAll(pattern)) if (code !== undefined) codes.set(code, path);
  for (const pattern of lists) {
    for (const [, list] of text.matchAll(pattern)) for (const [, code] of (list ?? "").matchAll(new RegExp(word, "g"))) if (code !== undefined) codes.set(code, path);
  }
}

/** Words with a dash that are no codes, whatever else in the source looks like one is. */
const otherWords = [
  "cache-control", "content-length", "content-security-policy", "content-type", "cross-origin-resource-policy", "no-referrer", "no-store",
  "referrer-policy", "retry-after", "same-origin", "www-authenticate", "x-content-type-options", "x-frame-options",
  "if-none-match", "no-cache", "x-accel-buffering", // HTTP
  "tbtc-deposit-sweep", "tbtc-redemption", "tbtc-sweep", "tbtc-other", "moving-funds", "moved-funds-sweep", // lanes, kinds of transactions
  "deposit-sweep", "log-level", "not-kept", "redis-server", // a key, a verb, a mark, a program
  "interbtc-headers", "interbtc-issue", "interbtc-refund", "store-header", "execute-issue", "execute-refund", "interbtc-refund-requested", // lanes, calls, an event
  "too-many-outputs", "unknown-output", "several-op-returns", "op-return-with-value", "address-paid-twice", "other-address", "too-little", "too-much", // flaws of a payment
  "other-fork", "price-out", // what has lasted since when
  "gantry-dev", "bitcoin-mainnet", "bitcoin-testnet", "bitcoin-signet", "bitcoin-regtest", "interbtc-issue-requested", "interbtc-redeem-requested", "interbtc-replace-requested", // a runtime, a property
  ...causeNames.filter((name) => !codes.has(name)), ...phases, "proof-sent", "proof-included", "active-blocks", // why a transfer stands still, its steps, its clocks
  "tbtc-wallet-moving-funds", "tbtc-wallet-closing", "tbtc-wallet-closed", "tbtc-wallet-terminated", // kinds of events
  "moving-funds-committed", "moving-funds-timed-out", "moving-funds-below-dust", "tbtc-moving-funds-committed", "tbtc-moving-funds-timed-out", "tbtc-moving-funds-below-dust",
  "watchtower-enabled", "watchtower-disabled", // the same, and what governance changed
  "tbtc-deposit-0x", "tbtc-redemption-0x", "tbtc-moving-funds-0x", "tbtc-moved-funds-0x", // how ids begin
  "each-transaction", "missing-transaction", "wrong-height", "wrong-merkle-root", "wrong-parent", // the devnet's modes and lies
];
const kinds = new Set(sources.flatMap(({ text }) => [...text.matchAll(new RegExp(`\\bkind: ${word}`, "g"))].map(([, kind]) => kind)));
/** Words with a dash where they are made, not where they are compared; what a node says is not ours. */
const made = new Map<string, string>();
for (const { path, text } of sources) {
  for (const [, found] of text.matchAll(new RegExp(`(?<![!=]== |case |nullIf\\(|said: \\[-\\d+, )${word}`, "g"))) if (found?.includes("-") === true) made.set(found, path);
}

const page = readFileSync("docs/errors.md", "utf8");
const rows = page.split(/^## /m).flatMap((section) =>
  [...section.matchAll(/^\| `([a-z0-9-]+)` \|.*$/gm)].map(([line, code = ""]) => ({ code, line, heading: section.split("\n")[0] ?? "" })));
const documented = new Set(rows.map(({ code }) => code));

describe("docs/errors.md", () => {
  it("lists every code the program can show", () => {
    expect([...codes].filter(([code]) => !documented.has(code)).map(([code, path]) => `${code} (${path})`)).toEqual([]);
  });

  it("lists what looks like a code, wherever it comes from", () => {
    const hidden = [...made].filter(([found]) => !documented.has(found) && !kinds.has(found) && !otherWords.includes(found));
    expect(hidden.map(([found, path]) => `${found} (${path})`), "a code belongs into docs/errors.md, any other word into otherWords here").toEqual([]);
  });

  it("lists no code that nothing raises", () => {
    expect([...documented].filter((code) => !codes.has(code) && !made.has(code))).toEqual([]);
  });

  it("names each code once in a table, each with what happened and what to do", () => {
    const names = rows.map(({ heading, code }) => `${heading}: ${code}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(rows.filter(({ line }) => line.split(" | ").length < 3 || /\|\s*\|/.test(line)).map(({ line }) => line)).toEqual([]);
  });

  it.each(remedies)("has under %s what is raised with that remedy", (remedy) => {
    const raise = new RegExp(String.raw`\b${remedy.toLowerCase()}\(\s*${word}|remedy: "${remedy}",\s*code: ${word}`, "g");
    const raised = new Set(sources.flatMap(({ text }) => [...text.matchAll(raise)].map(([, made, literal]) => made ?? literal ?? "")));
    const elsewhere = rows.filter(({ code, heading }) => remedies.some((one) => heading.startsWith(one)) && raised.has(code) && !heading.startsWith(remedy));
    const here = new Set(rows.filter(({ heading }) => heading.startsWith(remedy)).map(({ code }) => code));
    expect(elsewhere.filter(({ code }) => !here.has(code)).map(({ code, heading }) => `${code} is ${remedy}, not ${heading}`)).toEqual([]);
  });
});

describe("the list of other words", () => {
  it("has none that became a code, and none that is gone", () => {
    expect(otherWords.filter((one) => codes.has(one))).toEqual([]);
    expect(otherWords.filter((one) => !sources.some(({ text }) => text.includes(`"${one}"`)))).toEqual([]);
  });
});
