/** The example and the page say what the schema says, and the example is a good configuration. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { renderExample, renderPage } from "../../../scripts/docs-config.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { policyOf } from "../../../src/config/policy.ts";
import { filesIn, shape } from "../../../src/config/shape.ts";
import type { Shape } from "../../../src/config/shape.ts";
import { defaultPolicy } from "../../../src/core/policy.ts";
import { logLevels } from "../../../src/log.ts";

const repo = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
const example = repo("gantry.example.yml");
const page = repo("docs/config.md");

/** Every key the schema knows, with its description; `<name>` and `[]` as on the page. */
function keys(node: Shape, at = ""): { readonly key: string; readonly last: string; readonly node: Shape }[] {
  const part = node.items ?? (node.additionalProperties === false ? undefined : node.additionalProperties);
  const inner = part === undefined ? [] : keys(part, node.items === undefined ? `${at}.<name>` : `${at}[]`);
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const here = at === "" ? key : `${at}.${key}`;
    return [{ key: here, last: key, node: child }, ...keys(child, here)];
  });
  return [...own, ...inner];
}

describe("gantry.example.yml", () => {
  it("is what the schema says (else: node scripts/docs-config.ts)", () => expect(example).toBe(renderExample()));
  it("is a valid configuration", () => expect(parseConfig(example).problems).toEqual([]));
  it("holds every key", () => {
    const missing = keys(shape).filter(({ last }) => !new RegExp(`^[ #-]*${last}:`, "mu").test(example));
    expect(missing.map(({ key }) => key)).toEqual([]);
  });
});

describe("docs/config.md", () => {
  it("is what the schema says (else: node scripts/docs-config.ts)", () => expect(page).toBe(renderPage()));
  it("has a row for every value", () => {
    const values = keys(shape).filter(({ node }) => node.properties === undefined && !(typeof node.additionalProperties === "object"));
    expect(values.length).toBeGreaterThan(50);
    expect(values.filter(({ key }) => !page.includes(`| \`${key}\` |`)).map(({ key }) => key)).toEqual([]);
  });
  it("explains every key", () => {
    expect(keys(shape).filter(({ node }) => (node.description ?? "").length < 8).map(({ key }) => key)).toEqual([]);
  });
});

describe("a good configuration", () => {
  const least = parseConfig("log:\n");
  it("may say nothing: sections and keys without a value take their defaults", () => {
    expect(least.problems).toEqual([]);
    expect(least.config).toMatchObject({
      instance: "main", ledger: { path: "gantry.sqlite" }, redis: { url: "redis://127.0.0.1:6379" },
      http: { host: "127.0.0.1", port: 9464, hostNames: [] }, log: { level: "info" }, signers: {},
    });
  });
  it("comes out with fees in wei, whether amounts are numbers or text", () => {
    const fees = (text: string) => parseConfig(`signers: { main: { chain: ethereum, keyFile: k, fees: { ${text} } } }`).config?.signers["main"]?.fees;
    expect(fees("maxFeePerGasGwei: 30, budgetPerTxEther: 0.05, minPriorityFeePerGasGwei: '0.5'")).toEqual({
      maxFeePerGasWei: 30_000_000_000n, minPriorityFeeWei: 500_000_000n, budgetWei: 50_000_000_000_000_000n, gasMarginPercent: 20,
    });
  });
  it("keeps an address whole that stands without quotes", () => {
    const { raw } = parseConfig("bridges: { tbtc: { bridge: 0x5e4861a80B55f035D899f66772117F00FA0E8e7B } }");
    expect(raw).toEqual({ bridges: { tbtc: { bridge: "0x5e4861a80B55f035D899f66772117F00FA0E8e7B" } } });
    expect(parseConfig(example).config?.bridges.tbtc?.bridge).toBe("0x5e4861a80b55f035d899f66772117f00fa0e8e7b");
  });
  it("takes a Polkadot chain without a genesis hash for the development chain, and with one in one form only", () => {
    const genesis = (text: string) => parseConfig(`chains: { polkadot: { ${text} endpoints: [{ name: a, url: "ws://127.0.0.1:9944" }] } }`).config?.chains.polkadot?.genesis;
    expect(genesis("")).toBeUndefined();
    expect(genesis(`genesis: 0x${"AB".repeat(32)},`)).toBe(`0x${"ab".repeat(32)}`);
  });
  it("has the policy of the core unless told otherwise, and a lane's own word wins", () => {
    const common = least.config?.policy;
    if (common === undefined) throw new Error("no policy");
    expect(policyOf(common, {}, "bitcoin", "ethereum")).toEqual(defaultPolicy("bitcoin", "ethereum"));
    const own = policyOf(common, { maxRedos: 0, backoffCapSeconds: 5 }, "bitcoin", "ethereum");
    expect(own).toMatchObject({ maxRedos: 0, backoff: { baseMs: 1_000, capMs: 5_000 } });
  });
  it("knows every secret by the end of its key", () => {
    const secrets = filesIn(parseConfig(example.replaceAll("# passphraseFile", "passphraseFile")).raw).filter(({ file }) => file === "secret");
    expect(secrets.map(({ path }) => path.at(-1))).toEqual(["keyFile", "passphraseFile"]);
    expect(keys(shape).filter(({ last, node }) => last.endsWith("File") !== (node.file === "secret" || node.file === "later"))).toEqual([]);
  });
  it("allows the levels the log knows", () => expect(shape.properties?.["log"]?.properties?.["level"]?.enum).toEqual([...logLevels]));
});
