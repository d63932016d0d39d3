/**
 * What bitcoind would answer about a chain of a few blocks: methods, result shapes, error codes. Pure.
 * Always: calls itself regtest, the only name under which a chain of one's own may be configured.
 * Never: undo data (verbosity 3 is refused), chain work, or anything a header or a raw transaction does not show.
 */
import { parseHeader, parseTx } from "../src/chains/bitcoin/codec.ts";
import { toDisplay } from "../src/chains/bitcoin/order.ts";
import type { PowBlock } from "./pow-chain.ts";

export type View = {
  readonly first: number;
  /** blocks shown, lowest first, as the node tells them now */
  readonly blocks: readonly PowBlock[];
  /** hash at an index of `blocks` */
  readonly hashAt: (index: number) => string | undefined;
};

export type RpcReply = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string } };

const refuse = (code: number, message: string): RpcReply => ({ error: { code, message } });

const headerOf = (block: PowBlock): { readonly parent: string; readonly merkleRoot: string; readonly time: number; readonly bits: string; readonly difficulty: number; readonly nonce: number; readonly version: number } => {
  const header = parseHeader(block.header);
  const bytes = Buffer.from(block.header.slice(2), "hex");
  return {
    parent: toDisplay(header.parent),
    merkleRoot: toDisplay(header.merkleRoot),
    time: header.timeSeconds,
    bits: header.bits.toString(16).padStart(8, "0"),
    difficulty: Number(header.difficulty),
    nonce: bytes.readUInt32LE(76),
    version: bytes.readInt32LE(0),
  };
};

function verboseHeader({ blocks, hashAt }: View, index: number, block: PowBlock): object {
  const { parent, merkleRoot, time, bits, difficulty, nonce, version } = headerOf(block);
  const next = hashAt(index + 1);
  return {
    hash: block.hash, confirmations: blocks.length - index, height: block.height, version, versionHex: (version >>> 0).toString(16).padStart(8, "0"),
    merkleroot: merkleRoot, time, mediantime: time, nonce, bits, difficulty, nTx: block.txs.length, previousblockhash: parent,
    ...(next === undefined ? {} : { nextblockhash: next }),
  };
}

function rawBlock(block: PowBlock): string {
  const count = block.txs.length.toString(16).padStart(2, "0"); // the recorded blocks have fewer than 253 transactions
  return [block.header, `0x${count}`, ...block.txs].map((part) => part.slice(2)).join("");
}

function chainInfo({ first, blocks, hashAt }: View): object {
  const tip = blocks.at(-1);
  const { time, bits, difficulty } = tip === undefined ? { time: 0, bits: "1d00ffff", difficulty: 1 } : headerOf(tip);
  const height = first + blocks.length - 1;
  return {
    chain: "regtest", blocks: height, headers: height, bestblockhash: hashAt(blocks.length - 1) ?? "00".repeat(32), bits, difficulty, time, mediantime: time,
    verificationprogress: 1, initialblockdownload: false, size_on_disk: 0, pruned: false, warnings: [],
  };
}

function byHash(view: View, hash: unknown, answer: (index: number, block: PowBlock) => RpcReply): RpcReply {
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash)) return refuse(-8, `blockhash must be of length 64 (not ${String(hash).length}, for '${String(hash)}')`);
  const index = view.blocks.findIndex((block) => block.hash === hash);
  const block = view.blocks[index];
  return block === undefined ? refuse(-5, "Block not found") : answer(index, block);
}

/** As far as the shown blocks tell; there is no mempool. */
function unspent({ blocks, hashAt }: View, txid: string, index: number): object | null {
  const at = blocks.findIndex((block) => block.txids.includes(txid));
  const raw = blocks[at]?.txs[blocks[at].txids.indexOf(txid)];
  const output = raw === undefined ? undefined : parseTx(raw).outputs[index];
  const isSpent = blocks.some(({ txs }) => txs.some((tx) => parseTx(tx).inputs.some(({ outpoint }) => outpoint.index === index && toDisplay(outpoint.txid) === txid)));
  if (output === undefined || isSpent) return null;
  return { bestblock: hashAt(blocks.length - 1) ?? "", confirmations: blocks.length - at, value: Number(output.valueSat) / 1e8, scriptPubKey: { hex: output.script.slice(2) }, coinbase: false };
}

/** The reply's `result` or `error` to one call. */
export function answerWith(view: View, method: string, params: readonly unknown[]): RpcReply {
  const { first, blocks, hashAt } = view;
  switch (method) {
    case "getblockchaininfo":
      return { result: chainInfo(view) };
    case "getblockcount":
      return { result: first + blocks.length - 1 };
    case "getbestblockhash":
      return { result: hashAt(blocks.length - 1) ?? "00".repeat(32) };
    case "waitfornewblock":
      return { result: { hash: hashAt(blocks.length - 1) ?? "00".repeat(32), height: first + blocks.length - 1 } };
    case "getblockhash": {
      const hash = hashAt(Number(params[0]) - first);
      return hash === undefined ? refuse(-8, "Block height out of range") : { result: hash };
    }
    case "getblockheader":
      return byHash(view, params[0], (index, block) => ({ result: params[1] === false ? block.header.slice(2) : verboseHeader(view, index, block) }));
    case "getblock":
      return byHash(view, params[0], (index, block) => {
        const verbosity = Number(params[1] ?? 1);
        if (verbosity === 0) return { result: rawBlock(block) };
        if (verbosity === 1) return { result: { ...verboseHeader(view, index, block), tx: block.txids } };
        return refuse(-32603, "Undo data expected but can't be read. This could be due to disk corruption or a conflict with a pruning event.");
      });
    case "gettxout":
      return { result: unspent(view, String(params[0]), Number(params[1])) };
    default:
      return refuse(-32601, "Method not found");
  }
}
