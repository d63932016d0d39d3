/**
 * Which of the bridge's interfaces a runtime speaks.
 * Always: by what its metadata has; what neither dialect knows is Unsafe "shape-changed". Never: by a version number.
 */
import { checkShape } from "../../chains/polkadot/shape.ts";
import type { PolkadotRuntime } from "../../chains/polkadot/runtime.ts";
import { latest } from "./dialect-latest.ts";
import type { Dialect } from "./dialect.ts";

const known = new WeakMap<PolkadotRuntime, Dialect>();

/** The dialect of this runtime. Throws Unsafe "shape-changed" when it has no call of either to store headers with. */
export function dialectOf(runtime: PolkadotRuntime): Dialect {
  const kept = known.get(runtime);
  if (kept !== undefined) return kept;
  checkShape(runtime, { calls: { "BTCRelay.store_block_header": { blockHeader: "_", forkBound: "_" } } });
  known.set(runtime, latest);
  return latest;
}
