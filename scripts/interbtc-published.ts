/**
 * Writes down what a published package says of interBTC's runtime: names, order and types of the calls, events, errors, storage items
 * and constants of the bridge's pallets, and of the types they use. Facts only, in the words of test/support/interface-of.ts.
 * Always: the same package gives the same file.  Usage, in a folder for it: npm pack @interlay/interbtc-api@2.6.0 && tar xzf *.tgz, then
 *   node scripts/interbtc-published.ts <folder>/package [<day it was read>] > test/fixtures/polkadot/interbtc-published.json
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

type Fields = { readonly [name: string]: string | Fields };
type Variants = { readonly [name: string]: string | Fields };
type Definition = string | { readonly _enum: readonly string[] | Variants } | Fields;

/** pallets the dev chain has, with the names the package gives to their calls, events and errors */
const pallets: readonly (readonly [pallet: string, prefix: string])[] = [
  ["btcRelay", "BtcRelay"], ["currency", "Currency"], ["fee", "Fee"], ["issue", "Issue"], ["oracle", "Oracle"], ["redeem", "Redeem"], ["replace", "Replace"],
  ["security", "Security"], ["tokens", "OrmlTokensModule"], ["txPause", "TxPause"], ["vaultRegistry", "VaultRegistry"],
];

const folder = resolve(process.argv[2] ?? "package");
const interfaces = join(folder, "build/esm/src/interfaces");
const read = (file: string): string => readFileSync(join(interfaces, file), "utf8");
const { name, version, license, repository } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Readonly<Record<string, string>>;
const { default: lookup } = (await import(pathToFileURL(join(interfaces, "lookup.js")).href)) as { readonly default: Readonly<Record<string, Definition>> };

const spaced = (type: string): string => type.replace(/([,;])(?=\S)/gu, "$1 ");
/** "_alias" says which fields the library renamed because JavaScript has the name for itself: hash_ is hash */
const fieldLines = (fields: Fields): readonly string[] =>
  Object.entries(fields).flatMap(([field, type]) => (typeof type === "string" ? [`${field.replace(/_$/u, "")}: ${spaced(type)}`] : []));

function variantLine(index: number, variant: string, content: string | Fields): string {
  if (typeof content === "object") return `${index} ${variant}(${fieldLines(content).join(", ")})`;
  if (content === "Null") return `${index} ${variant}`;
  return `${index} ${variant}(${spaced(content).replace(/^\((.*)\)$/u, "$1")})`;
}

/** Lines of a type: its variants by index, its fields, or the type it is another name of. */
function linesOf(type: string): readonly string[] {
  const definition = lookup[type];
  if (definition === undefined) throw new Error(`The package does not define ${type}.`);
  if (typeof definition === "string") return definition === "Null" ? [] : [spaced(definition)];
  if (!("_enum" in definition)) return fieldLines(definition);
  const variants = definition["_enum"] as readonly string[] | Variants;
  const entries = Array.isArray(variants) ? variants.map((variant: string) => [variant, "Null"] as const) : Object.entries(variants as Variants);
  return entries.flatMap(([variant, content], index) => (variant.startsWith("__Unused") ? [] : [variantLine(index, variant, content)]));
}

/** What a declaration file says of one pallet, on one line, without comments. */
function section(file: string, pallet: string): string {
  const text = read(file);
  const start = text.indexOf(`\n        ${pallet}: {\n`);
  if (start < 0) return "";
  return text.slice(text.indexOf("{", start) + 1, text.indexOf("\n        };\n", start)).replace(/\/\*\*[\s\S]*?\*\//gu, "").replace(/\s+/gu, " ");
}

const storageOf = (pallet: string): readonly string[] =>
  [...section("augment-api-query.d.ts", pallet).matchAll(/ (\w+): AugmentedQuery<ApiType, .*? => Observable<(.*?)>, \[([^=]*?)\]> & QueryableStorageEntry/gu)]
    .map(([, item = "", value = "", keys = ""]) => {
      const tuples = (type: string): string => spaced(type.replace(/ITuple<\[(.*?)\]>/gu, "($1)").replace(/\s/gu, ""));
      return keys === "" ? `${item}: ${tuples(value)}` : `${item}(${tuples(keys)}): ${tuples(value)}`;
    }).toSorted();
const constantsOf = (pallet: string): readonly string[] =>
  [...section("augment-api-consts.d.ts", pallet).matchAll(/ (\w+): ([^;]*?) & AugmentedConst<ApiType>;/gu)].map(([, item = "", type = ""]) => `${item}: ${type}`).toSorted();

const palletFacts = Object.fromEntries(pallets.map(([pallet, prefix]) => {
  const lines = (kind: string): readonly string[] => (lookup[`${prefix}${kind}`] === undefined ? [] : linesOf(`${prefix}${kind}`));
  return [pallet, { calls: lines("Call"), events: lines("Event"), errors: lines("Error"), storage: storageOf(pallet), constants: constantsOf(pallet) }];
}));

/** every type that is named somewhere, and those these name */
const types: Record<string, readonly string[]> = {};
const collect = (lines: readonly string[]): void => {
  for (const [type] of lines.flatMap((line) => [...line.matchAll(/\b[A-Z]\w+/gu)])) {
    if (types[type] !== undefined || typeof lookup[type] === "undefined") continue;
    collect((types[type] = linesOf(type)));
  }
};
for (const facts of Object.values(palletFacts)) collect(Object.values(facts).flat());

process.stdout.write(`${JSON.stringify({
  about: "What a published package says of the runtime of interBTC, written down by scripts/interbtc-published.ts. Only the pallets that the dev chain has; each with all of theirs.",
  source: { package: name, version, license, repository, files: ["lookup.js", "augment-api-query.d.ts", "augment-api-consts.d.ts"], runtime: /(\w+)::RuntimeEvent/u.exec(read("lookup.js"))?.[1], specVersion: "not stated in the package" },
  read: process.argv[3] ?? new Date().toISOString().slice(0, 10),
  pallets: palletFacts,
  types: Object.fromEntries(Object.entries(types).toSorted(([a], [b]) => (a < b ? -1 : 1))),
}, null, 1)}\n`);
