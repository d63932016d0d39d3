/**
 * The recorded Bitcoin chain with real work (fixtures/pow-chain-up.json) as values: six blocks around a retarget, with a
 * tBTC wallet's sweep and redemption inside.
 */
import { readFileSync } from "node:fs";
import { parseHeader, parseTx } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinHeader, BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import { fromDisplay } from "../../src/chains/bitcoin/order.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";

type Recorded = {
  readonly blocks: readonly { readonly height: number; readonly header: Hex; readonly txids: readonly string[]; readonly txs: readonly Hex[] }[];
  readonly story: {
    readonly walletPubKeyHash: Hex;
    readonly sweepTxid: string;
    readonly redemptionTxid: string;
    readonly deposits: readonly { readonly fundingTxid: string; readonly fundingOutputIndex: number; readonly valueSat: number; readonly script: Hex; readonly depositor: Hex; readonly extraData: Hex | null }[];
    readonly redemptions: readonly { readonly redeemer: Hex; readonly amountSat: number; readonly outputScript: Hex }[];
  };
};
const recorded = JSON.parse(readFileSync(new URL("../fixtures/pow-chain-up.json", import.meta.url), "utf8")) as Recorded;

export type StoryBlock = { readonly height: number; readonly header: BitcoinHeader; readonly ref: BlockRef; readonly txs: readonly BitcoinTx[] };

export const storyBlocks: readonly StoryBlock[] = recorded.blocks.map(({ height, header: raw, txs }) => {
  const header = parseHeader(raw);
  const ref: BlockRef = { chain: "bitcoin", height, hash: header.hash, parent: header.parent, time: header.timeSeconds * 1000 };
  return { height, header, ref, txs: txs.map(parseTx) };
});
export const story = recorded.story;
export const wallet = story.walletPubKeyHash;

const find = (txid: string): { readonly tx: BitcoinTx; readonly block: StoryBlock } => {
  for (const block of storyBlocks) {
    const tx = block.txs.find((candidate) => candidate.txid === fromDisplay(txid));
    if (tx !== undefined) return { tx, block };
  }
  throw new Error(`no ${txid} in the story`);
};
/** In the last block of the old epoch (difficulty 1). */
export const sweep = find(story.sweepTxid);
/** In the second block of the new epoch (difficulty 2). */
export const redemption = find(story.redemptionTxid);
/** Difficulties from a block on, at most `count`. */
export const difficultiesFrom = (height: number, count = 100): readonly bigint[] =>
  storyBlocks.filter((block) => block.height >= height).slice(0, count).map(({ header }) => header.difficulty);
