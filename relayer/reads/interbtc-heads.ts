/**
 * A node's best and final block for questions that come in bursts (is it there already? asked before each step of each update).
 * Always: an answer is at most that old. Never: for where a transaction stands; that is asked anew.
 */
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { BlockRef, Millis } from "../../src/core/values.ts";
import type { Clock } from "../../src/ports.ts";

export type Heads = (client: PolkadotClient, at: "best" | "final", signal: AbortSignal) => Promise<BlockRef>;

/** Final blocks stay final; a best block that is kept longer hides what others did in the next one. */
const keptMs: { readonly [at in "best" | "final"]: Millis } = { best: 250, final: 1_000 };

export function createHeads(clock: Clock): Heads {
  const kept = new WeakMap<PolkadotClient, Partial<Record<"best" | "final", { readonly block: BlockRef; readonly at: Millis }>>>();
  return async (client, at, signal) => {
    const now = clock.now();
    const known = kept.get(client)?.[at];
    if (known !== undefined && now - known.at < keptMs[at]) return known.block;
    const block = await client.head(at, signal);
    kept.set(client, { ...kept.get(client), [at]: { block, at: now } });
    return block;
  };
}
