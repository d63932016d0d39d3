/**
 * Which extrinsic, not made here, used a nonce of our account.
 * Always: best effort: null where the node does not keep the states or bodies needed. Never: fails what asks for it.
 */
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { readExtrinsic } from "../../src/chains/polkadot/extrinsic.ts";
import { holdsSince } from "../../src/chains/polkadot/since.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";

/** blocks looked back: nodes keep the states of the last 256 */
const atMost = 256;

/** `head`: a block in whose state the nonce is used. */
export async function foreignExtrinsic(client: PolkadotClient, account: Hex, nonce: bigint, head: BlockRef, signal: AbortSignal): Promise<Hex | null> {
  try {
    const isUsed = async (block: Hex): Promise<boolean> => (await client.nonce(account, block, signal)) > nonce;
    const block = await holdsSince(client, { head, holds: isUsed, atMost }, signal);
    if (block === null) return null;
    const [runtime, extrinsics] = await Promise.all([client.runtimeOf(block.hash, signal), client.extrinsics(block.hash, signal)]);
    const found = extrinsics.find(({ raw }) => {
      const { by } = readExtrinsic(runtime, raw);
      return by !== null && by.signer === account && by.nonce === nonce;
    });
    return found?.hash ?? null;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
