/**
 * What became of one extrinsic of a block, from the block's events.
 * Always: failures hidden inside a success count: a sudo call that failed, a batch that was interrupted, a proxied call.
 * Never: judges a failure; its name goes to the bridge.
 */
import type { Json } from "../../core/values.ts";
import type { DispatchFailure, PolkadotEvent, PolkadotRuntime } from "./runtime.ts";

/** `feePaid` in planck, tip included; 0 where the runtime does not say it. `where`: the event that told of the failure. */
export type ExtrinsicOutcome = { readonly ok: boolean; readonly failure: (DispatchFailure & { readonly where: string }) | null; readonly feePaid: bigint };

/** Events with a Result in a field: Ok is no failure. */
const results: { readonly [event: string]: string } = {
  "Sudo.Sudid": "sudoResult", "Sudo.SudoAsDone": "sudoResult", "Proxy.ProxyExecuted": "result", "Multisig.MultisigExecuted": "result", "Utility.DispatchedAs": "result",
};
/** Events that are a failure, with the field that holds the error, by name and by place (old runtimes name no fields). */
const failures: { readonly [event: string]: readonly [string, string] } = {
  "System.ExtrinsicFailed": ["dispatchError", "0"], "Utility.BatchInterrupted": ["error", "1"], "Utility.ItemFailed": ["error", "0"],
};

function errorIn({ pallet, name, data }: PolkadotEvent): Json {
  const key = `${pallet}.${name}`;
  const failed = failures[key];
  if (failed !== undefined) return data[failed[0]] ?? data[failed[1]] ?? "Unknown";
  const result = results[key];
  if (result === undefined) return null;
  const value = data[result] ?? data["0"];
  return typeof value === "object" && value !== null && "Err" in value ? (value["Err"] ?? "Unknown") : null;
}

/** `events` are all of the block's. Null: none is about this extrinsic. */
export function outcomeOf(runtime: PolkadotRuntime, events: readonly PolkadotEvent[], extrinsic: number): ExtrinsicOutcome | null {
  const own = events.filter((event) => event.extrinsic === extrinsic);
  const ended = own.find(({ pallet, name }) => pallet === "System" && (name === "ExtrinsicSuccess" || name === "ExtrinsicFailed"));
  if (ended === undefined) return null;
  const failing = own.find((event) => errorIn(event) !== null);
  const paid = own.find(({ pallet, name }) => pallet === "TransactionPayment" && name === "TransactionFeePaid")?.data["actualFee"];
  return {
    ok: failing === undefined,
    failure: failing === undefined ? null : { ...runtime.dispatchFailure(errorIn(failing)), where: `${failing.pallet}.${failing.name}` },
    feePaid: typeof paid === "string" ? BigInt(paid) : 0n,
  };
}
