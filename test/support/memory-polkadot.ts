/**
 * A Substrate chain in memory as a source reads it: blocks of one branch, final two behind the best, each with its events and
 * the runtime that executed it. Always: only what a source asks; anything else throws.
 */
import metadata from "@polkadot/types-support/metadata/static-substrate";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { createRuntime } from "../../src/chains/polkadot/runtime.ts";
import type { PolkadotEvent, PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import { createTestClock } from "./clock.ts";
import { blockOf } from "./ledger.ts";
import { createMemoryMeter } from "./quiet.ts";

/** the metadata of a Substrate node as published with the library; only the version differs */
export const substrateRuntime = (specVersion: number): PolkadotRuntime => createRuntime({ specName: "node", specVersion, transactionVersion: 2, apis: new Map() }, metadata);

export type MemoryPolkadot = {
  readonly endpoints: Endpoints<PolkadotClient>;
  at(height: number): BlockRef;
  /** one block more, with these events; its runtime stays until another is given */
  mine(events?: readonly Pick<PolkadotEvent, "pallet" | "name" | "data">[], runtime?: PolkadotRuntime): BlockRef;
};

export function createMemoryPolkadot(first: PolkadotRuntime): MemoryPolkadot {
  const blocks: { readonly ref: BlockRef; readonly runtime: PolkadotRuntime; readonly events: readonly PolkadotEvent[] }[] = [];
  const at = (height: number): BlockRef => blockOf(height, "a", "polkadot");
  const mine: MemoryPolkadot["mine"] = (events = [], runtime = blocks.at(-1)?.runtime ?? first) => {
    const ref = at(blocks.length);
    blocks.push({ ref, runtime, events: events.map((event, index) => ({ ...event, index, extrinsic: 0 })) });
    return ref;
  };
  const held = (hash: Hex) => blocks.find(({ ref }) => ref.hash === hash) ?? blocks[0];
  const best = (behind: number): BlockRef => at(Math.max(0, blocks.length - 1 - behind));
  const client: Partial<PolkadotClient> = {
    name: "memory",
    head: async (which) => best(which === "best" ? 0 : 2),
    block: async (hash) => held(hash)?.ref ?? null,
    hashAt: async (height) => blocks[height]?.ref.hash ?? null,
    runtimeOf: async (hash) => held(hash)?.runtime ?? first,
    events: async (hash) => held(hash)?.events ?? [],
  };
  mine();
  return {
    at,
    mine,
    endpoints: createEndpoints({ chain: "polkadot", endpoints: [{ name: "memory", client: client as PolkadotClient }], clock: createTestClock(), meter: createMemoryMeter() }),
  };
}
