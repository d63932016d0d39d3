/**
 * Asks a node, before anything else, whether it is on the configured chain: genesis, runtime name, properties.
 * Always: what is wrong is Misconfigured and names the key, the value and what is allowed; a node that is away is Unavailable.
 */
import { misconfigured } from "../../core/errors.ts";
import type { GantryError } from "../../core/errors.ts";
import type { Hex, Json } from "../../core/values.ts";
import type { PolkadotClient, PolkadotProperties } from "./client.ts";
import { checkShape } from "./shape.ts";
import type { Needs } from "./shape.ts";

export type PolkadotExpectation = {
  readonly genesis: Hex;
  readonly specName?: string;
  /** oldest spec version this program was made for */
  readonly minSpecVersion?: number;
  /** address prefix; without it any is taken */
  readonly ss58Format?: number;
  /** properties by name, e.g. { bitcoinNetwork: "bitcoin-regtest" } */
  readonly properties?: { readonly [name: string]: Json };
  /** what the bridges use must look as they know it */
  readonly needs?: readonly Needs[];
};

/** What doctor shows. */
export type PolkadotFacts = { readonly genesis: Hex; readonly specName: string; readonly specVersion: number; readonly transactionVersion: number; readonly properties: PolkadotProperties; readonly bestHeight: number; readonly finalHeight: number; readonly bestTime: number };

const wrong = (code: "wrong-genesis" | "wrong-runtime" | "wrong-property", client: PolkadotClient, what: string, is: Json, expected: Json): GantryError =>
  misconfigured(code, `endpoint ${client.name} has ${what} ${JSON.stringify(is)}, but ${JSON.stringify(expected)} is configured: point the endpoint at that chain, or correct the configuration`, {
    evidence: { endpoint: client.name, is, expected },
  });

/** Throws Misconfigured "wrong-genesis", "wrong-runtime", "wrong-property", Unsafe "shape-changed"; resolves to what was seen when all is as expected. */
export async function checkPolkadot(client: PolkadotClient, expect: PolkadotExpectation, signal: AbortSignal): Promise<PolkadotFacts> {
  const genesis = await client.genesis(signal);
  if (genesis !== expect.genesis) throw wrong("wrong-genesis", client, "genesis", genesis, expect.genesis);
  const [final, best, properties] = [await client.head("final", signal), await client.head("best", signal), await client.properties(signal)];
  const runtime = await client.runtimeAfter(best.hash, signal);
  if (expect.specName !== undefined && runtime.specName !== expect.specName) throw wrong("wrong-runtime", client, "runtime", runtime.specName, expect.specName);
  if (expect.minSpecVersion !== undefined && runtime.specVersion < expect.minSpecVersion) throw wrong("wrong-runtime", client, "spec version", runtime.specVersion, expect.minSpecVersion);
  if (expect.ss58Format !== undefined && properties.ss58Format !== expect.ss58Format) throw wrong("wrong-property", client, "ss58Format", properties.ss58Format, expect.ss58Format);
  for (const [name, expected] of Object.entries(expect.properties ?? {})) {
    const is = properties.all[name] ?? null;
    if (JSON.stringify(is) !== JSON.stringify(expected)) throw wrong("wrong-property", client, name, is, expected);
  }
  for (const needs of expect.needs ?? []) checkShape(runtime, needs);
  const { specName, specVersion, transactionVersion } = runtime;
  return { genesis, specName, specVersion, transactionVersion, properties, bestHeight: best.height, finalHeight: final.height, bestTime: best.time };
}
