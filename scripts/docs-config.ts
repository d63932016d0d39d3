/**
 * Writes docs/config.md and gantry.example.yml from the schema, so that neither can say anything else than the program.
 * Always: the same schema gives the same files.  Usage: node scripts/docs-config.ts
 * Never: words that stand nowhere in src/config.
 */
import { writeFileSync } from "node:fs";
import { allowedAt, shape } from "../src/config/shape.ts";
import type { Shape } from "../src/config/shape.ts";

const widest = 118;

const isSection = (node: Shape): boolean => node.properties !== undefined;
const partOf = (node: Shape): Shape | undefined => node.items ?? (node.additionalProperties === false ? undefined : node.additionalProperties);

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > widest) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** commented out: yes; yes and without explanations */
type Off = NonNullable<Shape["off"]>;

const scalar = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(scalar).join(", ")}]`;
  return typeof value === "string" && !/^[A-Za-z][\w./-]*$/u.test(value) ? JSON.stringify(value) : String(value);
};

/** "default 6" or "required" or "optional": what happens when the key is not there. */
function absence(node: Shape, required: boolean): string {
  if (node.default !== undefined && !isSection(node)) return `Default: ${scalar(node.default)}.`;
  return required ? "Required." : "Optional.";
}

function exampleKey(key: string, node: Shape, required: boolean, indent: string, off: Off): string[] {
  const hidden: Off = off === false ? (node.off ?? false) : off;
  const mark = hidden === false ? "" : "# ";
  const inner = partOf(node);
  if (isSection(node) || (inner !== undefined && isSection(inner))) {
    const about = off === "brief" ? [] : wrapped(node.description ?? "", indent);
    return [...about, `${indent}${mark}${key}:`, ...exampleInner(node, inner, indent, hidden)];
  }
  const allowed = node.file === undefined ? ` Allowed: ${allowedAt(node)}.` : "";
  const about = off === "brief" ? [] : wrapped(`${node.description}${allowed} ${absence(node, required)}`, indent);
  return [...about, `${indent}${mark}${key}: ${scalar(node.example ?? node.default)}`];
}

function exampleInner(node: Shape, inner: Shape | undefined, indent: string, off: Off): string[] {
  if (isSection(node)) return exampleSection(node, `${indent}  `, off);
  if (inner === undefined) return [];
  if (node.items === undefined) return [`${indent}  ${off === false ? "" : "# "}${String(node.example)}:`, ...exampleSection(inner, `${indent}    `, off)];
  const lines = exampleSection(inner, `${indent}    `, off);
  const mark = off === false ? "" : "# ";
  const opens = Object.keys(inner.properties ?? {})[0] ?? "";
  const first = lines.findIndex((line) => line.trimStart().startsWith(`${mark}${opens}:`));
  return lines.map((line, index) => (index === first ? `${indent}  ${mark}- ${line.trimStart().slice(mark.length)}` : line));
}

function exampleSection(node: Shape, indent: string, off: Off): string[] {
  const required = new Set(node.required ?? []);
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const lines = exampleKey(key, child, required.has(key), indent, off);
    return indent === "" ? ["", ...lines] : lines;
  });
}

/** gantry.example.yml: every key, those that others exclude commented out. */
export const renderExample = (): string =>
  [
    "# Gantry's configuration: every key with its meaning. Made by scripts/docs-config.ts from src/config.",
    "# Units stand in the names of the keys. Paths are relative to this file. Secrets are files of mode 0600, never values.",
    "# Keys that are commented out are optional, or another key takes their place.",
    ...exampleSection(shape, "", false),
    "",
  ].join("\n");

type Row = { readonly key: string; readonly node: Shape; readonly required: boolean };

function rowsOf(node: Shape, at: string): Row[] {
  const required = new Set(node.required ?? []);
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const here = at === "" ? key : `${at}.${key}`;
    const inner = partOf(child);
    if (isSection(child)) return rowsOf(child, here);
    const row = { key: here, node: child, required: required.has(key) };
    if (inner === undefined || !isSection(inner)) return [row];
    if (child.items === undefined) return rowsOf(inner, `${here}.<name>`);
    return [row, ...rowsOf(inner, `${here}[]`)];
  });
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function section(key: string, node: Shape): string {
  const inner = partOf(node);
  const rows = isSection(node) ? rowsOf(node, key) : inner === undefined ? [{ key, node, required: false }] : rowsOf(inner, `${key}.<name>`);
  return [
    `## ${key}`,
    "",
    ...(rows[0]?.node === node ? [] : [`${node.description}`, ""]),
    "| key | meaning | allowed | when absent |",
    "|---|---|---|---|",
    ...rows.map((row) => `| \`${row.key}\` | ${cell(row.node.description ?? "")} | ${cell(allowedAt(row.node))} | ${cell(absence(row.node, row.required))} |`),
    "",
  ].join("\n");
}

/** docs/config.md: a table for each section. */
export const renderPage = (): string =>
  [
    `# Configuration

<!-- made by scripts/docs-config.ts from src/config; change that -->

One YAML file: \`--config <file>\`, else \`GANTRY_CONFIG\`, else \`gantry.yml\` in the working folder. [gantry.example.yml](../gantry.example.yml)
holds every key. \`gantry config check\` says everything that is wrong with a file, one line for each mistake, and ends with 78 if there is any.

- Units stand in the names of the keys. Paths are relative to the configuration file.
- Secrets are never values: keys that end in \`File\` name files, of mode 0600 or 0400, that belong to the user Gantry runs as.
- An unknown key is a mistake. A key or section without a value counts as absent.
- Addresses may stand without quotes. Amounts of ether and gwei are decimal numbers.
`,
    ...Object.entries(shape.properties ?? {}).map(([key, node]) => section(key, node)),
  ].join("\n");

if (import.meta.main) {
  writeFileSync(new URL("../docs/config.md", import.meta.url), renderPage());
  writeFileSync(new URL("../gantry.example.yml", import.meta.url), renderExample());
}
