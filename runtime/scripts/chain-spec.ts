/**
 * Puts the committed genesis state and the committed wasm together into a raw chain spec: for chopsticks (library or
 * CLI) and for real nodes. Always holds: the state is what the runtime's own genesis builder gave (a test of the chain
 * compares them), so no wasm is run here. Must never do: write anything but the file it is told to.
 *
 *   node runtime/scripts/chain-spec.ts [--preset development|strict] [--wasm FILE] [--network NAME] [--out FILE]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

export type ChainSpec = {
  readonly name: string;
  readonly id: string;
  readonly chainType: "Development";
  readonly bootNodes: readonly string[];
  readonly properties: Readonly<Record<string, string | number>>;
  readonly relay_chain: string;
  readonly para_id: number;
  readonly genesis: { readonly raw: { readonly top: Readonly<Record<string, string>>; readonly childrenDefault: Readonly<Record<string, never>> } };
};

export type ChainSpecOptions = {
  /** Which genesis state; default "development". */
  readonly preset?: "development" | "strict";
  /** The runtime; default the committed one. Zstd-compressed or plain. */
  readonly wasm?: Uint8Array;
  /** Chain property `bitcoinNetwork`, by which clients know which Bitcoin they must watch; default "bitcoin-regtest". */
  readonly network?: string;
};

const CODE_KEY = "0x3a636f6465"; // ":code"
const folder = new URL("../wasm/", import.meta.url);

/** The bytes of a committed runtime; "upgrade" is the later version for trying an upgrade. */
export const runtimeWasm = (build: "current" | "upgrade" = "current"): Uint8Array =>
  readFileSync(new URL(build === "current" ? "gantry-dev.wasm" : "gantry-dev-upgrade.wasm", folder));

/** The raw chain spec. Throws when a committed file is missing or is not JSON. */
export const chainSpec = (options: ChainSpecOptions = {}): ChainSpec => {
  const state: unknown = JSON.parse(readFileSync(new URL(`genesis-${options.preset ?? "development"}.json`, folder), "utf8"));
  const wasm = Buffer.from(options.wasm ?? runtimeWasm()).toString("hex");
  return {
    name: "Gantry development chain",
    id: "gantry-dev",
    chainType: "Development",
    bootNodes: [],
    properties: { bitcoinNetwork: options.network ?? "bitcoin-regtest", ss58Format: 42, tokenDecimals: 10, tokenSymbol: "INTR" },
    // only nodes made for parachains read these two
    relay_chain: "dev",
    para_id: 2000,
    genesis: { raw: { top: { ...(state as Record<string, string>), [CODE_KEY]: `0x${wasm}` }, childrenDefault: {} } },
  };
};

const isPreset = (text: string): text is "development" | "strict" => text === "development" || text === "strict";

const main = (): void => {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { preset: text, wasm: text, network: text, out: text } });
  const preset = values.preset ?? "development";
  if (!isPreset(preset)) {
    process.stderr.write(`chain-spec: preset ${preset} is not known; use development or strict\n`);
    process.exitCode = 64;
    return;
  }
  const spec = chainSpec({
    preset,
    ...(values.wasm === undefined ? {} : { wasm: readFileSync(values.wasm) }),
    ...(values.network === undefined ? {} : { network: values.network }),
  });
  const json = `${JSON.stringify(spec, null, 1)}\n`;
  if (values.out === undefined) process.stdout.write(json);
  else writeFileSync(values.out, json);
};

if (import.meta.main) main();
