/**
 * A configuration's text to its value, or to the list of all its mistakes.
 * Always: pure; nothing of the file is shown but keys and values that cannot be secret.
 * Never: a guess. What is not understood is a mistake.
 */
import { parseDocument } from "yaml";
import { misconfigured } from "../core/errors.ts";
import type { GantryError } from "../core/errors.ts";
import { problemsOf } from "./problems.ts";
import { brokenRules } from "./rules.ts";
import { schema } from "./schema.ts";
import type { Config } from "./schema.ts";

export type Parsed = {
  /** null when there are problems */
  readonly config: Config | null;
  readonly raw: unknown;
  readonly problems: readonly string[];
};

/** A key without a value is a key not given: sections may stand empty, all commented out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null).map(([key, item]) => [key, withoutNulls(item)]));
}

/** Reads YAML. An unquoted 0x… stays text: as a number an address would lose its end. */
function readYaml(text: string): { readonly raw: unknown; readonly problems: readonly string[] } {
  const document = parseDocument(text, { customTags: (tags) => tags.filter((tag) => typeof tag === "string" || tag.format !== "HEX"), prettyErrors: true });
  // One broken line makes the parser complain about the next ones in the same words.
  const first = document.errors.filter((error, index, all) => all.findIndex((other) => other.code === error.code) === index);
  const problems = first.map((error) => {
    const at = error.linePos?.[0];
    const where = at === undefined ? "the file" : `line ${at.line}, column ${at.col}`;
    return `${where}: not valid YAML (${error.code.toLowerCase().replaceAll("_", " ")})`;
  });
  if (problems.length > 0) return { raw: null, problems };
  try {
    return { raw: withoutNulls(document.toJS()), problems };
  } catch {
    return { raw: null, problems: ["the file: not valid YAML (aliases that lead nowhere, or to too much)"] };
  }
}

/** Never throws. */
export function parseConfig(text: string): Parsed {
  const { raw, problems } = readYaml(text);
  if (problems.length > 0) return { config: null, raw, problems };
  if (raw === null) return { config: null, raw, problems: ["the file: is empty; gantry.example.yml shows what may stand in it"] };
  const result = schema.safeParse(raw);
  const all = [...(result.success ? [] : problemsOf(result.error, raw)), ...brokenRules(raw)];
  return { config: result.success && all.length === 0 ? result.data : null, raw, problems: all };
}

/** All mistakes of one file as one error. */
export function configInvalid(file: string, problems: readonly string[]): GantryError {
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  return misconfigured("config-invalid", `${file} has ${count}:\n${problems.map((line) => `  ${line}`).join("\n")}`, { evidence: { file, problems } });
}
