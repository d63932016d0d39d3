/**
 * What the pages name exists: command lines, npm scripts, metrics, configuration keys, files, links.
 * README.md, CONTRIBUTING.md, CHANGELOG.md and every page of docs/ are held to it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";
import type { Actions } from "../../../src/cli/program.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { shape, shapeAt } from "../../../src/config/shape.ts";
import type { Shape } from "../../../src/config/shape.ts";
import { series } from "../../../src/monitor/series.ts";

const inDocs = readdirSync("docs", { recursive: true, encoding: "utf8" }).map((name) => join("docs", name));
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...inDocs].filter((path) => path.endsWith(".md"))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }));
const textOf = (path: string): string => pages.find((page) => page.path === path)?.text ?? "";

const fences = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, inside = ""]) => inside);
/** Code within a line of text; what stands in a fence is no such span. */
const spans = (text: string): readonly string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, inside = ""]) => inside);

/** `<scope>`, `…` and the like as a word the parser takes. */
const filled = (line: string): string => line.replaceAll("<scope>", "lane x").replaceAll("<kind>", "lane").replaceAll("…", "because").replaceAll(/<[^<>]+>/g, "x");
/** As a shell splits it, up to a comment. */
const words = (line: string): readonly string[] =>
  [...filled(line).replace(/\s#.*$/, "").matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Readonly<Record<string, string>> };

/** What a line hands to the parser: `gantry …`, `npm run demo -- …`, `ExecStart=/…/gantry …`. Null when it is another command. */
function argumentsIn(line: string): readonly string[] | null {
  const [command = "", ...rest] = words(line.trim().replace(/^ExecStart=\S*\//, ""));
  if (command === "gantry") return rest;
  if (command !== "npm" || rest[0] !== "run") return null;
  const own = /src\/cli\/main\.ts(.*)$/.exec(scripts[rest[1] ?? ""] ?? "")?.[1];
  return own === undefined ? null : [...words(own), ...rest.slice(2).filter((word) => word !== "--")];
}

/** What the real parser says against it; null when it would act, or show its help. */
async function complaint(args: readonly string[]): Promise<string | null> {
  let [acted, said] = [false, ""];
  const act = () => {
    acted = true;
    return Promise.resolve(0 as const);
  };
  const names = ["run", "status", "show", "alerts", "order", "doctor", "configCheck", "notifyTest", "devnetUp", "devnetDown", "devnetPolkadot", "devnetInterbtc", "demo"] as const;
  const actions = Object.fromEntries(names.map((name) => [name, act])) as unknown as Actions;
  const note = (text: string): void => void (said += text);
  try {
    await createProgram(actions, { out: () => undefined, err: note }, "0.0.0", () => undefined).parseAsync([...args], { from: "user" });
  } catch (thrown) {
    return (thrown as { exitCode: number }).exitCode === 0 ? null : said;
  }
  return acted ? null : "does nothing";
}

const lines = pages.flatMap(({ path, text }) => {
  const fenced = [...fences(text, "sh"), ...fences(text, "ini")].flatMap((block) => block.split("\n"));
  // a span may name the command or one verb, without the rest of the line
  const inline = spans(text).map((span) => (/^gantry( [a-z-]+)?$/.test(span) ? `${span} --help` : span));
  return [...fenced, ...inline].flatMap((line) => {
    const args = argumentsIn(line);
    return args === null ? [] : [{ path, line: line.trim(), args }];
  });
});

describe("command lines in the pages", () => {
  it("are many, so the search for them works", () => {
    expect(lines.filter(({ path }) => path === "docs/operating.md").length).toBeGreaterThan(15);
    expect(lines.filter(({ path }) => path === "README.md").length).toBeGreaterThan(4);
  });
  it.each(lines)("$path: $line", async ({ args }) => {
    expect(await complaint(args)).toBeNull();
  });
  it("name npm scripts that exist", () => {
    const named = pages.flatMap(({ text }) => [...text.matchAll(/\bnpm (?:run ([a-z:]+)|(test|start)\b)/g)].map(([, script, short]) => script ?? short ?? ""));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
  it("start scripts that exist", () => {
    const named = pages.flatMap(({ text }) => [...text.matchAll(/\bscripts\/[a-z-]+\.(?:sh|ts)\b/g)].map(([name]) => name));
    expect(named.filter((name) => !existsSync(name))).toEqual([]);
  });
});

describe("metrics named in the pages", () => {
  it("exist", () => {
    const known = new Set(series.flatMap(({ name, type }) => (type === "histogram" ? ["", "_bucket", "_sum", "_count"] : [""]).map((end) => `gantry_${name}${end}`)));
    const named = pages.flatMap(({ path, text }) => [...text.matchAll(/\bgantry_[a-z_]*[a-z]\b/g)].map(([name]) => ({ path, name })));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ name }) => !known.has(name))).toEqual([]);
  });
  it("carry labels that the series has", () => {
    const named = ["docs/errors.md", "docs/operating.md"].flatMap((path) =>
      [...textOf(path).matchAll(/\bgantry_([a-z_]+)\{([a-z,]+)\}/g)].map(([, name, labels = ""]) => ({ name, labels: labels.split(",") })));
    const wrong = named.filter(({ name, labels }) => !labels.every((label) => (series.find((one) => one.name === name)?.labels as readonly string[] | undefined)?.includes(label)));
    expect(wrong).toEqual([]);
  });
});

function keysOf(node: Shape | undefined): readonly string[] {
  if (node === undefined) return [];
  const parts = [node.items, typeof node.additionalProperties === "object" ? node.additionalProperties : undefined];
  return [...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [key, ...keysOf(child)]), ...parts.flatMap(keysOf)];
}

describe("configuration in docs/operating.md and docs/errors.md", () => {
  const named = ["docs/operating.md", "docs/errors.md"].flatMap((path) => spans(textOf(path)));
  it("names key paths that exist", () => {
    const roots = Object.keys(shape.properties ?? {});
    const paths = named.filter((span) => /^[a-z]+(?:\.[\w<>-]+)+$/.test(span) && roots.includes(span.split(".")[0] ?? ""));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => shapeAt(path.split(".")) === undefined)).toEqual([]);
  });
  it("names keys that exist", () => {
    const notKeys = ["authorizeSpvMaintainer"];
    const known = new Set(keysOf(shape));
    expect(named.filter((span) => /^[a-z]+[A-Z]\w*$/.test(span) && !known.has(span) && !notKeys.includes(span))).toEqual([]);
  });
  it("shows files that are valid", () => {
    const files = fences(textOf("docs/operating.md"), "yaml");
    expect(files.length).toBeGreaterThan(1);
    expect(files.flatMap((file) => parseConfig(file).problems)).toEqual([]);
  });
});

describe("links in the pages", () => {
  const anchorOf = (heading: string): string => heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").trim().replaceAll(" ", "-");
  const links = pages.flatMap(({ path, text }) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ path, target })))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
  it.each(links)("$path: $target", ({ path, target }) => {
    const [file = "", anchor] = target.split("#");
    const there = file === "" ? path : join(dirname(path), file);
    expect(existsSync(there)).toBe(true);
    if (anchor === undefined) return;
    const headings = [...readFileSync(there, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
    expect(headings).toContain(anchor);
  });
});
