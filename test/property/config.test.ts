/** Whatever stands in the file: an answer, never a crash, and every mistake on a line of its own. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config/parse.ts";
import { shape } from "../../src/config/shape.ts";
import type { Shape } from "../../src/config/shape.ts";

const keysOf = (node: Shape): string[] => {
  const part = node.items ?? (node.additionalProperties === false ? undefined : node.additionalProperties);
  return [...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [key, ...keysOf(child)]), ...(part === undefined ? [] : keysOf(part))];
};
const known = [...new Set([...keysOf(shape), "main", "__proto__", "constructor"])];

const signs = "abc:-[]{}&*!|>'\"%@`#, \n\t0x".split("");
const odd = fc.string({ unit: fc.constantFrom(...signs) });

/** Trees out of real keys in wrong places, with any values. */
const tree = fc.letrec((tie) => ({
  node: fc.oneof({ depthSize: "small" }, fc.string(), odd, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), tie("section"), fc.array(tie("node"), { maxLength: 3 })),
  section: fc.dictionary(fc.oneof(fc.constantFrom(...known), fc.string(), odd), tie("node"), { maxKeys: 6 }),
}));

it("any tree of values gets a configuration or a list of one-line mistakes", () => {
  fc.assert(
    fc.property(tree.section, (value) => {
      const { config, problems } = parseConfig(stringify(value));
      expect(config === null).toBe(problems.length > 0);
      expect(problems.filter((line) => line.includes("\n") || line.length > 1_000)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

it("any text gets an answer", () => {
  fc.assert(fc.property(odd, (text) => {
    const { config, problems } = parseConfig(text);
    expect(config === null).toBe(problems.length > 0);
  }), { numRuns: 500 });
});
