/**
 * Mistakes of a configuration in words: the key, the bad value, what is allowed; one line each, all of them.
 * Always: pure; a value that may hold a secret is not shown.
 * Never: only the first mistake.
 */
import type { z } from "zod";
import { looksLikeKey } from "./leaf.ts";
import { allowedAt, pathText, shapeAt } from "./shape.ts";
import type { KeyPath } from "./shape.ts";

const longestShown = 80;

/** A value as people wrote it, without what could be secret. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "a section";
  if (typeof value !== "string") return String(value);
  if (looksLikeKey(value)) return "a value that looks like a key (not shown)";
  const text = value.replaceAll(/:\/\/[^/\s@]*@/gu, "://…@");
  return JSON.stringify(text.length > longestShown ? `${text.slice(0, longestShown)}…` : text);
}

/** Edits (insert, delete, replace one letter) that make `a` into `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      next.push(Math.min((row[j] ?? 0) + (a[i] === b[j] ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The key that was probably meant, or null when none is near. */
export function nearest(key: string, known: readonly string[]): string | null {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/gu, "");
  const scored = known.map((one) => {
    const [given, other] = [plain(key), plain(one)];
    const part = given.length > 3 && (other.includes(given) || given.includes(other));
    return { one, score: part ? 1 : distance(given, other) };
  });
  const best = scored.sort((a, b) => a.score - b.score)[0];
  return best !== undefined && best.score <= (key.length > 3 ? Math.max(2, key.length / 3) : 1) ? best.one : null;
}

function unknownKey(path: KeyPath, key: string): string {
  const known = Object.keys(shapeAt(path)?.properties ?? {});
  const meant = nearest(key, known);
  const hint = meant === null ? `allowed here: ${known.join(", ")}` : `did you mean "${meant}"?`;
  return `${pathText([...path, key])}: unknown key; ${hint}`;
}

const valueAt = (value: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>((at, step) => (typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[step] : undefined), value);

/** Two complaints about one value are one mistake. */
export function problemsOf(error: z.ZodError, raw: unknown): readonly string[] {
  const lines = new Map<string, string>();
  for (const issue of error.issues) {
    const path = issue.path as KeyPath;
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) lines.set(pathText([...path, key]), unknownKey(path, key));
      continue;
    }
    const at = pathText(path);
    if (lines.has(at)) continue;
    if (issue.code === "invalid_key") {
      lines.set(at, `${at}: not a good name; must be a name of 1 to 32 lower-case letters, digits and dashes, beginning with a letter`);
      continue;
    }
    const node = shapeAt(path);
    const must = node === undefined ? "" : `; must be ${allowedAt(node)}`;
    const value = valueAt(raw, path);
    lines.set(at, value === undefined ? `${at}: missing${must}` : `${at === "" ? "the file" : at}: ${show(value)} is not allowed${must}`);
  }
  return [...lines.values()];
}
