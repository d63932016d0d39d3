/**
 * The calls that root has paused (pallet TxPause), by their names in the metadata.
 * Always: nothing where the runtime has no such pallet; a pallet alone stands for all its calls.
 * Never: says that a call would pass; it may fail for any other reason.
 */
import type { Hex, Json } from "../../core/values.ts";
import { bytesOf, isHex } from "../../core/hex.ts";
import type { PolkadotClient } from "./client.ts";
import { palletBy, storageOf } from "./items.ts";
import type { PolkadotCall, PolkadotRuntime } from "./runtime.ts";

/** "Issue.execute_issue", or "Issue" for the whole pallet, in the state of block `at`. One round trip while nothing is paused. */
export async function pausedCalls(client: PolkadotClient, runtime: PolkadotRuntime, at: Hex, signal: AbortSignal): Promise<ReadonlySet<string>> {
  if (storageOf(palletBy(runtime.registry, "TxPause"), "PausedCalls") === null) return new Set();
  const entries = await client.entries("TxPause", "PausedCalls", at, signal);
  return new Set(entries.map(({ keys: [name] }) => (Array.isArray(name) ? name : []).flatMap((part: Json) => (isHex(part) ? [Buffer.from(bytesOf(part)).toString("utf8")] : [])).join(".")));
}

/** The first of a call and those inside its arguments that is paused, as "Pallet.call"; null: none. */
export function pausedIn(call: PolkadotCall, paused: ReadonlySet<string>): string | null {
  const name = `${call.pallet}.${call.name}`;
  if (paused.has(call.pallet) || paused.has(name)) return name;
  for (const inner of Object.values(call.args).flatMap(callsIn)) {
    const found = pausedIn(inner, paused);
    if (found !== null) return found;
  }
  return null;
}

function callsIn(value: Json): readonly PolkadotCall[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(callsIn);
  return "pallet" in value && "name" in value && "args" in value ? [value as unknown as PolkadotCall] : [];
}
