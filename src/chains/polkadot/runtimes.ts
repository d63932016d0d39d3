/**
 * The runtimes of one node's chain: which one is in a block's state, and its metadata, fetched once per spec version.
 * Always: the version is asked for at that block. Never: takes today's metadata for yesterday's block.
 */
import { isHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import { badAnswer } from "./header.ts";
import { createMemory } from "./memory.ts";
import { createRuntime } from "./runtime.ts";
import type { PolkadotRuntime, RuntimeVersion } from "./runtime.ts";

type Ask = (method: string, params: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

export interface Runtimes {
  /** the runtime in the state of this block: the one that executes the next */
  at(block: Hex, signal: AbortSignal): Promise<PolkadotRuntime>;
}

/** a decoded runtime takes some 20 MB */
const keptRuntimes = 8;
const keptVersions = 4096;

function versionOf(name: string, value: unknown): RuntimeVersion {
  const raw = (typeof value === "object" && value !== null ? value : {}) as { readonly [key: string]: unknown };
  const { specName, specVersion, transactionVersion, apis } = raw;
  if (typeof specName !== "string" || typeof specVersion !== "number" || typeof transactionVersion !== "number" || !Array.isArray(apis)) {
    throw badAnswer(name, `a runtime version that is ${(JSON.stringify(value) ?? "nothing").slice(0, 80)}`);
  }
  const pairs = apis.filter((pair): pair is [Hex, number] => Array.isArray(pair) && isHex(pair[0], 8) && typeof pair[1] === "number");
  return { specName, specVersion, transactionVersion, apis: new Map(pairs) };
}

export function createRuntimes(name: string, ask: Ask): Runtimes {
  const byBlock = createMemory<PolkadotRuntime>(keptVersions);
  const bySpec = createMemory<Promise<PolkadotRuntime>>(keptRuntimes);
  const fetchMetadata = async (version: RuntimeVersion, block: Hex, signal: AbortSignal): Promise<PolkadotRuntime> => {
    const metadata = await ask("state_getMetadata", [block], signal);
    if (!isHex(metadata)) throw badAnswer(name, "metadata that is no hex");
    return createRuntime(version, metadata);
  };
  /** one fetch for all who wait; a failed one, or one its caller gave up, is nobody else's answer */
  const ofVersion = async (version: RuntimeVersion, block: Hex, signal: AbortSignal): Promise<PolkadotRuntime> => {
    const key = `${version.specName} ${version.specVersion}`;
    for (;;) {
      const known = bySpec.get(key);
      if (known === undefined) break;
      const runtime = await known.catch(() => null);
      if (runtime !== null) return runtime;
    }
    try {
      return await bySpec.set(key, fetchMetadata(version, block, signal));
    } catch (thrown) {
      bySpec.forget(key);
      throw thrown;
    }
  };
  return {
    async at(block, signal) {
      const kept = byBlock.get(block);
      if (kept !== undefined) return kept;
      const version = versionOf(name, await ask("state_getRuntimeVersion", [block], signal));
      return byBlock.set(block, await ofVersion(version, block, signal));
    },
  };
}
