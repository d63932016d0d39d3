/**
 * Which of the bridge's interfaces a runtime speaks.
 * Always: by what its metadata has; what neither dialect knows is Unsafe "shape-changed". Never: by a version number.
 */
import { checkShape } from "../../chains/polkadot/shape.ts";
import type { Needs } from "../../chains/polkadot/shape.ts";
import type { PolkadotRuntime } from "../../chains/polkadot/runtime.ts";
import { failureOf } from "../../core/errors.ts";
import { latest } from "./dialect-latest.ts";
import { v1 } from "./dialect-v1.ts";
import type { Dialect, Refunds } from "./dialect.ts";

/** The calls that tell the dialects apart, by pallet and arguments; their types are the business of `needs`. */
const marks = [
  [latest, { "BTCRelay.store_block_header": { blockHeader: "_", forkBound: "_" } }],
  [v1, { "Relay.store_block_header": { rawBlockHeader: "_" } }],
] as const;

const known = new WeakMap<PolkadotRuntime, Dialect>();

/** The dialect of this runtime. Throws Unsafe "shape-changed", naming today's call, when it has neither's call to store headers with. */
export function dialectOf(runtime: PolkadotRuntime): Dialect {
  const kept = known.get(runtime);
  if (kept !== undefined) return kept;
  const found = marks.find(([, calls]) => has(runtime, { calls }))?.[0];
  if (found === undefined) checkShape(runtime, { calls: marks[0][1] });
  const dialect = found ?? latest;
  known.set(runtime, dialect);
  return dialect;
}

const refundMark: Needs = { storage: { "Refund.RefundRequests": { keys: ["_"], value: "_" } } };
const refunding = new WeakMap<PolkadotRuntime, Refunds | null>();

/** The refunds of this runtime, when its metadata has their pallet; null: none are asked for. Throws as dialectOf. */
export function refundsOf(runtime: PolkadotRuntime): Refunds | null {
  const kept = refunding.get(runtime);
  if (kept !== undefined) return kept;
  const { refunds } = dialectOf(runtime);
  const found = refunds !== null && has(runtime, refundMark) ? refunds : null;
  refunding.set(runtime, found);
  return found;
}

function has(runtime: PolkadotRuntime, needs: Needs): boolean {
  try {
    checkShape(runtime, needs);
    return true;
  } catch (thrown) {
    if (failureOf(thrown).code === "shape-changed") return false;
    throw thrown;
  }
}
