/**
 * The header relayer of a devnet: Bitcoin's headers to the pallet BTCRelay, and blocks with their proofs from the node.
 * Always: parents first; a reorg's new branch is relayed from its fork on. Never: trusts what it sent before; it asks the chain.
 */
import { parseBlock, parseHeader } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinBlock, BitcoinHeader } from "../../src/chains/bitcoin/codec.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { rejected } from "../../src/core/errors.ts";
import type { Hex, Json } from "../../src/core/values.ts";
import type { BitcoinDevnet } from "../bitcoin.ts";
import type { InterbtcChain, Outcome } from "./chain.ts";
import { relayHeaderOf } from "./proof.ts";
import type { RelayHeader } from "./proof.ts";

/** as many headers as the known relayers put into one transaction */
const batchSize = 16;

export interface HeaderRelay {
  /** the relay's first block is the node's tip; the chain is told `height`, by default the true one */
  initialize(height?: number): Promise<Outcome>;
  /** one header as it is given; `forkBound` is by default the least allowed */
  store(header: RelayHeader, forkBound?: number): Promise<Outcome>;
  /** every header of the node's best chain that the relay does not have. Throws Rejected "devnet-call-failed" */
  follow(): Promise<readonly Outcome[]>;
  /** those headers, oldest first. Throws Rejected "devnet-call-failed" */
  missing(): Promise<readonly RelayHeader[]>;
  /** mines `count` blocks and relays them; their hashes in wire order */
  mine(count?: number): Promise<readonly Hex[]>;
  bestHeight(): Promise<number>;
  block(hash: Hex): Promise<BitcoinBlock>;
  header(hash: Hex): Promise<BitcoinHeader>;
}

/** `who` signs and needs no fee for headers that are accepted. */
export function createHeaderRelay(options: { readonly chain: InterbtcChain; readonly bitcoin: BitcoinDevnet; readonly who: string }): HeaderRelay {
  const { chain, bitcoin, who } = options;
  const ask = async (method: string, hash: Hex, form: unknown): Promise<Hex> => `0x${String(await bitcoin.rpc.call(method, [toDisplay(hash), form], new AbortController().signal))}`;
  const header = async (hash: Hex): Promise<BitcoinHeader> => parseHeader(await ask("getblockheader", hash, false));
  const number = async (item: string): Promise<number> => Number(await chain.read("btcRelay", item));
  const leastBound = async (): Promise<number> => (await number("chainCounter")) + 1;
  const isStored = async (hash: Hex): Promise<boolean> => {
    const stored = (await chain.read("btcRelay", "blockHeaders", { content: hash })) as { readonly [field: string]: Json };
    return Number(stored["blockHeight"]) > 0;
  };
  const storeCall = (block: RelayHeader, bound: number): ReturnType<InterbtcChain["call"]> => chain.call("btcRelay", "storeBlockHeader", block, bound);

  const missing = async (): Promise<readonly RelayHeader[]> => {
    const headers: RelayHeader[] = [];
    let { hash, height } = await bitcoin.tip();
    const start = await number("startBlockHeight");
    while (!(await isStored(hash))) {
      if (height <= start) throw rejected("devnet-call-failed", `The relay starts at height ${start} with a block that is not on the node's chain.`);
      const next = await header(hash);
      headers.unshift(relayHeaderOf(next));
      [hash, height] = [next.parent, height - 1];
    }
    return headers;
  };
  const follow = async (): Promise<readonly Outcome[]> => {
    const headers = await missing();
    const outcomes: Outcome[] = [];
    for (let at = 0; at < headers.length; at += batchSize) {
      const some = headers.slice(at, at + batchSize);
      const bound = (await leastBound()) + 1; // the first one may open a fork
      const [only, ...others] = some.map((block) => storeCall(block, bound));
      if (only !== undefined) outcomes.push(await chain.done(who, others.length === 0 ? only : chain.call("utility", "batchAll", [only, ...others])));
    }
    return outcomes;
  };
  return {
    initialize: async (height) => {
      const tip = await bitcoin.tip();
      return chain.send(who, chain.call("btcRelay", "initialize", relayHeaderOf(await header(tip.hash)), height ?? tip.height));
    },
    store: async (block, forkBound) => chain.send(who, storeCall(block, forkBound ?? (await leastBound()))),
    follow,
    missing,
    mine: async (count = 1) => {
      const hashes = await bitcoin.mine(count);
      await follow();
      return hashes;
    },
    bestHeight: () => number("bestBlockHeight"),
    block: async (hash) => parseBlock(await ask("getblock", hash, 0)),
    header,
  };
}
