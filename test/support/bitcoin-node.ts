/**
 * An in-memory node that answers the few calls our Bitcoin client makes, in bitcoind's words, and can be told to lie.
 * Always: heights without a block are "out of range", so a chain may begin late or have gaps.
 */
import { parseBlock, parseHeader } from "../../src/chains/bitcoin/codec.ts";
import { fromDisplay, toDisplay } from "../../src/chains/bitcoin/order.ts";
import { RpcError } from "../../src/chains/json-rpc.ts";
import type { JsonRpc, RpcAnswer, RpcCall } from "../../src/chains/json-rpc.ts";
import { sliceHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";

export type StoredBlock = { readonly height: number; readonly raw: Hex };
/** undefined: answer honestly */
type Lie = (call: RpcCall) => unknown;

export type MemoryNode = {
  readonly rpc: JsonRpc;
  readonly calls: RpcCall[];
  /** the chain from now on, any order */
  show(blocks: readonly StoredBlock[]): void;
  pruneBelow(height: number): void;
  lie(lie: Lie | null): void;
};

const refuse = (code: number, message: string): RpcError => new RpcError(code, message, null);

export function createMemoryNode(name: string, blocks: readonly StoredBlock[]): MemoryNode {
  const calls: RpcCall[] = [];
  const byHash = new Map<Hex, StoredBlock>();
  let active = new Map<number, Hex>();
  let pruneHeight = 0;
  let liar: Lie | null = null;

  const show = (chain: readonly StoredBlock[]): void => {
    active = new Map(chain.map((block) => [block.height, parseHeader(sliceHex(block.raw, 0, 80)).hash]));
    for (const block of chain) byHash.set(active.get(block.height) ?? "0x", block);
  };
  const best = (): number => Math.max(...active.keys());
  const known = (hash: unknown): StoredBlock => {
    const block = byHash.get(fromDisplay(String(hash)));
    if (block === undefined) throw refuse(-5, "Block not found");
    return block;
  };
  const placed = (block: StoredBlock, hash: unknown): unknown => ({
    height: block.height,
    confirmations: active.get(block.height) === fromDisplay(String(hash)) ? best() - block.height + 1 : -1,
  });

  const honest = ({ method, params }: RpcCall): unknown => {
    const [first, second] = params;
    switch (method) {
      case "getblockchaininfo":
        return { chain: "regtest", blocks: best(), headers: best(), bestblockhash: toDisplay(active.get(best()) ?? "0x"), initialblockdownload: false, pruned: pruneHeight > 0, ...(pruneHeight > 0 ? { pruneheight: pruneHeight } : {}) };
      case "getblockhash": {
        const hash = active.get(Number(first));
        if (hash === undefined) throw refuse(-8, "Block height out of range");
        return toDisplay(hash);
      }
      case "getblockheader":
        return second === true ? placed(known(first), first) : sliceHex(known(first).raw, 0, 80).slice(2);
      case "getblock":
        if (known(first).height < pruneHeight) throw refuse(-1, "Block not available (pruned data)");
        return known(first).raw.slice(2);
      default:
        throw refuse(-32601, "Method not found");
    }
  };
  const answer = (call: RpcCall): RpcAnswer => {
    calls.push(call);
    try {
      const lied = liar?.(call);
      return { ok: true, result: lied === undefined ? honest(call) : lied };
    } catch (error) {
      if (error instanceof RpcError) return { ok: false, error };
      throw error;
    }
  };

  show(blocks);
  return {
    calls,
    show,
    pruneBelow: (height) => void (pruneHeight = height),
    lie: (next) => void (liar = next),
    rpc: {
      name,
      call: async (method, params) => {
        const said = answer({ method, params });
        if (said.ok) return said.result;
        throw said.error;
      },
      batch: async (asked) => asked.map(answer),
    },
  };
}

/** A raw block, checked to be one. */
export function stored(height: number, raw: Hex): StoredBlock {
  parseBlock(raw);
  return { height, raw };
}
