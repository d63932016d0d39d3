/**
 * The schema as data: which keys there are, what is allowed at a key, which values are paths of files.
 * Always: pure; derived from schema.ts, so messages, docs/config.md and the example cannot disagree with it.
 * Never: a rule of its own.
 */
import { z } from "zod";
import type { About } from "./leaf.ts";
import { schema } from "./schema.ts";

export type KeyPath = readonly (string | number)[];

/** One key of the configuration, as zod describes it. */
export type Shape = Partial<About> & {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  /** of a section whose keys are chosen freely; false when only `properties` are allowed */
  readonly additionalProperties?: Shape | false;
  readonly items?: Shape;
  readonly required?: readonly string[];
};

export const shape = z.toJSONSchema(schema, { io: "input" }) as Shape;

const freeKeys = (node: Shape): Shape | undefined => (node.additionalProperties === false ? undefined : node.additionalProperties);

/** What stands at a path; undefined for a key that does not exist. */
export function shapeAt(path: KeyPath, root: Shape = shape): Shape | undefined {
  let node: Shape | undefined = root;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = typeof step === "number" ? node.items : (node.properties?.[step] ?? freeKeys(node));
  }
  return node;
}

/** In words, what may stand here. */
export function allowedAt(node: Shape): string {
  if (node.allowed !== undefined) return node.allowed;
  if (node.enum !== undefined) return node.enum.length === 1 ? `${node.enum[0]}` : `one of ${node.enum.join(", ")}`;
  if (node.type === "integer") return `a whole number from ${node.minimum} to ${node.maximum}`;
  if (node.type === "boolean") return "true or false";
  if (node.properties !== undefined) return `a section with the keys ${Object.keys(node.properties).join(", ")}`;
  if (freeKeys(node) !== undefined) return "a section with one part for each name";
  return "text";
}

/** A key as it can stand in a line of text: odd ones quoted, endless ones cut. */
const keyText = (key: string): string => (/^[\w-]{1,40}$/u.test(key) ? key : JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key));

/** `chains.bitcoin.endpoints[0].name` */
export const pathText = (path: KeyPath): string =>
  path.reduce<string>((text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text}${text === "" ? "" : "."}${keyText(step)}`), "");

export type FileKey = { readonly path: KeyPath; readonly file: NonNullable<About["file"]>; readonly value: string };

/** Every path of a file in a configuration, also in one that is not valid. */
export function filesIn(value: unknown, node: Shape | undefined = shape, path: KeyPath = []): readonly FileKey[] {
  if (node === undefined) return [];
  if (typeof value === "string") return node.file === undefined ? [] : [{ path, file: node.file, value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => filesIn(item, node.items, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => filesIn(item, shapeAt([key], node), [...path, key]));
}
