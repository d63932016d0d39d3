/** Which of our calls root has paused. */
import { expect, test } from "vitest";
import { pausedIn } from "../../../src/chains/polkadot/paused.ts";
import type { PolkadotCall } from "../../../src/chains/polkadot/runtime.ts";
import type { Json } from "../../../src/core/values.ts";

const call = (pallet: string, name: string, args: { readonly [arg: string]: Json } = {}): PolkadotCall => ({ pallet, name, args });
const batch = (...calls: readonly PolkadotCall[]): PolkadotCall => call("Utility", "batch", { calls: calls as unknown as Json });
const store = call("BTCRelay", "store_block_header");

test.each([
  ["nothing is paused", [], store, null],
  ["the call itself", ["BTCRelay.store_block_header"], store, "BTCRelay.store_block_header"],
  ["its whole pallet", ["BTCRelay"], store, "BTCRelay.store_block_header"],
  ["another call of its pallet", ["BTCRelay.initialize"], store, null],
  ["a pallet that begins alike", ["BTC"], store, null],
  ["one inside a batch", ["BTCRelay"], batch(call("System", "remark"), store), "BTCRelay.store_block_header"],
  ["one two batches deep", ["BTCRelay"], batch(batch(store)), "BTCRelay.store_block_header"],
  ["the batch around it", ["Utility.batch"], batch(store), "Utility.batch"],
] as const)("%s", (_name, paused, given, found) => {
  expect(pausedIn(given, new Set(paused))).toBe(found);
});
