/**
 * Finds the block since which something holds in a chain's state, by looking at few states.
 * Always: an answer is of one chain: a reorg meanwhile is noticed. Never: says more than the node's states show; what was
 * before the oldest state it keeps is unknown.
 */
import { failureOf, unavailable } from "../../core/errors.ts";
import type { BlockRef, Hex } from "../../core/values.ts";
import type { PolkadotClient } from "./client.ts";

/** `holds` at a block that does not change; once true it must stay true. `atMost`: blocks looked back. */
export type SinceQuestion = { readonly head: BlockRef; readonly holds: (block: Hex) => Promise<boolean>; readonly atMost?: number };

/**
 * The first block at or below `head` (where it holds) in whose state it holds; null: older than the states the node keeps, or
 * than `atMost`. Looks back in doubling steps, then halves: about 2·log2(age) states. Throws Unavailable "target-moved".
 */
export async function holdsSince(client: PolkadotClient, { head, holds, atMost = Infinity }: SinceQuestion, signal: AbortSignal): Promise<BlockRef | null> {
  const hashAt = async (height: number): Promise<Hex> => {
    const hash = height === head.height ? head.hash : await client.hashAt(height, signal);
    if (hash === null) throw moved(head);
    return hash;
  };
  /** null: its state is gone */
  const look = async (height: number): Promise<boolean | null> => {
    try {
      return await holds(await hashAt(height));
    } catch (thrown) {
      if (failureOf(thrown).code === "block-pruned") return null;
      throw thrown;
    }
  };
  const oldest = Math.max(0, head.height - atMost);
  let high = head.height;
  /** the highest height known not to be the answer, and whether it does not hold there */
  let low = -1;
  let isKnown = oldest === 0;
  for (let step = 1; low < 0 && high > oldest; step *= 2) {
    const height = Math.max(oldest, head.height - step);
    const seen = await look(height);
    if (seen === true) high = height;
    else [low, isKnown] = [height, seen === false];
  }
  while (low >= 0 && high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const seen = await look(middle);
    if (seen === true) high = middle;
    else [low, isKnown] = [middle, seen === false];
  }
  const block = isKnown ? await client.block(await hashAt(high), signal) : null;
  if ((await client.hashAt(head.height, signal)) !== head.hash || (isKnown && block === null)) throw moved(head);
  return block;
}

const moved = (head: BlockRef): Error => unavailable("target-moved", `Polkadot block ${head.height} changed while the chain below it was searched. It is searched again.`);
