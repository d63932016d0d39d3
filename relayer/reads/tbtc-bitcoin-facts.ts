/**
 * Reads what Bitcoin says about the block of a wallet's transaction and the headers above it.
 * Always: the block must be canonical on the endpoint that answers, and the headers begin with exactly that block.
 * Never: uses a transaction index; works on a plain pruned node as long as the block itself is there.
 */
import type { WalletTx } from "../../src/bridges/tbtc/wallet-tx.ts";
import type { Utxo } from "../../src/bridges/tbtc/keys.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { BitcoinHeader } from "../../src/chains/bitcoin/codec.ts";
import { unavailable } from "../../src/core/errors.ts";
import type { BlockRef } from "../../src/core/values.ts";

/** Up to `count` linked headers from `block` on, or null when that endpoint's chain does not hold the block. */
export async function headersFrom(client: BitcoinClient, block: BlockRef, count: number, signal: AbortSignal): Promise<readonly BitcoinHeader[] | null> {
  const found = await client.header(block.hash, signal);
  if (found === null || found.confirmations < 1) return null;
  const headers = (await client.headers(block.height, count, signal)).map(({ header }) => header);
  return headers[0]?.hash === block.hash ? headers : null;
}

/** The input unlocked by the wallet's key alone with its value, from the event or from the block's undo data; null when there is none. */
export async function mainInputOf(client: BitcoinClient, block: BlockRef, tx: WalletTx, signal: AbortSignal): Promise<Utxo | null> {
  const index = tx.inputs.findIndex((input) => input.unlock === "wallet");
  const input = tx.inputs[index];
  if (input === undefined) return null;
  if (input.valueSat !== null) return { outpoint: input.outpoint, valueSat: BigInt(input.valueSat) };
  const spent = (await client.prevouts(block.hash, tx.txid, signal))?.[index];
  if (spent !== undefined) return { outpoint: input.outpoint, valueSat: spent.valueSat };
  throw unavailable("main-utxo-value-unknown", `The endpoint no longer knows what input ${index} of ${tx.txid} spent. Add a Bitcoin endpoint that keeps undo data of block ${block.height}.`, {
    evidence: { txid: tx.txid, input: index, height: block.height },
  });
}
