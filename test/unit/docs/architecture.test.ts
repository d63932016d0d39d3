/**
 * docs/architecture.md names what is there: folders, files, functions, ports. What is marked "not yet" must not be committed,
 * so that a mark goes when its thing comes.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const page = readFileSync("docs/architecture.md", "utf8");
const pages = ["docs/architecture.md", "README.md", "CONTRIBUTING.md", "docs/errors.md", "docs/metrics.md", "docs/config.md", ...globSync("docs/adr/*.md")];

type Named = { readonly path: string; readonly isLater: boolean };

/** The layout's lines: a path, then words in which further names stand; what follows "not yet:" is for later. */
function layout(): readonly Named[] {
  const lines = (/^```\npackage\.json[\s\S]*?^```/m.exec(page)?.[0] ?? "").split("\n").slice(1, -1);
  const named: Named[] = [];
  let [root, folder] = ["", ""];
  for (const line of lines) {
    const [, indent = "", name = "", words = ""] = /^( *)(\S*) *(.*)$/.exec(line) ?? [];
    if (indent.length <= 2) {
      if (indent === "") root = name === "src/" ? name : "";
      folder = indent === "" ? name : join(root, name);
      named.push({ path: folder, isLater: words.startsWith("not yet") });
    }
    // a line without a path goes on with the folder above; its first word is one more name
    const [now = "", later = ""] = (indent.length <= 2 ? words : `${name} ${words}`).split("not yet:");
    if (words.startsWith("not yet") || !folder.endsWith("/")) continue;
    const names = (text: string): readonly string[] => [...text.matchAll(/(?<![\w/-])[a-z-]+(?:\.(?:ts|md)\b|\/(?=[\s,;.]|$))/g)].map(([found]) => found);
    named.push(...names(now).map((found) => ({ path: join(folder, found), isLater: false })));
    named.push(...names(later).map((found) => ({ path: join(folder, found), isLater: true })));
  }
  return named;
}

describe("the layout", () => {
  const named = layout();
  it("is found on the page", () => {
    expect(named.filter(({ isLater }) => !isLater).length).toBeGreaterThan(60);
    expect(named.filter(({ isLater }) => isLater).map(({ path }) => path)).toContain("src/ledger/postgres.ts");
    expect(named.map(({ path }) => path)).toContain("src/core/decide.ts");
  });
  it("names what is there", () => expect(named.filter(({ path, isLater }) => !isLater && !existsSync(path))).toEqual([]));
  it("marks as not yet only what is not there (else: drop the mark)", () => {
    const later = named.filter(({ isLater }) => isLater).map(({ path }) => path);
    expect(execFileSync("git", ["ls-files", "--", ...later], { encoding: "utf8" })).toBe("");
  });
  it("names every folder of src", () => {
    const folders = globSync("src/*", { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => `src/${name}/`);
    // app/ belongs to app.ts
    expect(folders.filter((folder) => folder !== "src/app/" && !named.some(({ path }) => path === folder))).toEqual([]);
  });
});

describe("paths in backticks", () => {
  const named = pages.flatMap((at) => [...readFileSync(at, "utf8").matchAll(/`((?:src|watchers|relayer|devnet|test|bench|docs|scripts|\.ci)\/[^`\s]*)`/g)]
    .map(([, path = ""]) => ({ at, path })));
  it("are there, in every page", () => {
    expect(named.length).toBeGreaterThan(15);
    // NNN-title.md and <alert>.md are patterns
    const wrong = named.filter(({ path }) => !/NNN|</.test(path) && globSync(path).length === 0);
    expect(wrong).toEqual([]);
  });
});

describe("core signatures", () => {
  const core = globSync("src/core/*.ts").map((path) => readFileSync(path, "utf8")).join("\n");
  const ports = readFileSync("src/ports.ts", "utf8");
  it("are functions of src/core", () => {
    const functions = [...page.matchAll(/^(\w+)\([^)]*\)\s+->/gm)].map(([, name]) => name);
    expect(functions.length).toBeGreaterThan(5);
    expect(functions.filter((name) => !core.includes(`export function ${name}(`))).toEqual([]);
  });
  it.each([...page.matchAll(/^interface (\w+)\s*\{ (.*) \}/gm)].map(([, name = "", members = ""]) => ({ name, members })))("$name has $members", ({ name, members }) => {
    const body = new RegExp(`^export interface ${name}\\b[\\s\\S]*?^\\}`, "m").exec(ports)?.[0] ?? "";
    const wanted = members.replaceAll(/\([^)]*\)/g, "").split(/,\s*/).filter((member) => member !== "…");
    expect(wanted.length).toBeGreaterThan(2);
    expect(wanted.filter((member) => !body.includes(`  ${member}(`))).toEqual([]);
  });
  it("names the acts decide can choose", () => {
    const [, acts = ""] = /the one next act: ([a-z, ]+)$/m.exec(page) ?? [];
    const known = [...core.matchAll(/\bdo: "([a-z]+)"/g)].map(([, act]) => act);
    // `fill` is decideSlot's
    expect(new Set(known)).toEqual(new Set([...acts.split(", "), "fill"]));
  });
});
