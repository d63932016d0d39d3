/**
 * The recorded chain with real proof of work (test/fixtures/pow-chain-up.json) as values. Pure but for reading the file.
 * Hashes are in display order here, as the file has them and as a node's RPC gives them.
 */
import { readFile } from "node:fs/promises";

import type { Hex } from "../src/core/values.ts";

export type PowBlock = { readonly height: number; readonly hash: string; readonly header: Hex; readonly txids: readonly string[]; readonly txs: readonly Hex[] };

export type PowChain = {
  /** for LightRelay.genesis; the header is not mined, the blocks between it and the first one below do not exist */
  readonly genesisHeight: number;
  readonly genesisHeader: Hex;
  readonly oldDifficulty: number;
  readonly newDifficulty: number;
  readonly firstHeightOfNewEpoch: number;
  readonly blocks: readonly PowBlock[];
  readonly story: {
    readonly walletPublicKey: Hex;
    readonly walletPubKeyHash: Hex;
    readonly deposits: readonly {
      readonly depositor: Hex;
      readonly fundingTxid: string;
      readonly fundingOutputIndex: number;
      readonly valueSat: number;
      readonly script: Hex;
      readonly kind: "p2wsh" | "p2sh";
      readonly extraData: Hex | null;
      readonly reveal: {
        readonly fundingOutputIndex: number;
        readonly blindingFactor: Hex;
        readonly walletPubKeyHash: Hex;
        readonly refundPubKeyHash: Hex;
        readonly refundLocktime: Hex;
        readonly vault: Hex;
      };
    }[];
    readonly sweepTxid: string;
    readonly redemptions: readonly { readonly redeemer: Hex; readonly amountSat: number; readonly outputScript: Hex }[];
    readonly redemptionTxid: string;
  };
};

const file = new URL("../test/fixtures/pow-chain-up.json", import.meta.url);

export async function readPowChain(): Promise<PowChain> {
  return JSON.parse(await readFile(file, "utf8")) as PowChain;
}

/** The raw transaction with this txid. */
export function rawTx(chain: PowChain, txid: string): Hex {
  for (const block of chain.blocks) {
    const raw = block.txs[block.txids.indexOf(txid)];
    if (raw !== undefined) return raw;
  }
  throw new RangeError(`The recorded chain has no transaction ${txid}.`);
}
