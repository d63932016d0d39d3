/**
 * bitcoind and the dev chain side by side, with a header relayer between them: the stage for issues and redeems.
 * Always: a block of the dev chain for each transaction and whenever a test asks, none by itself; everything is gone after `stop`.
 */
import { createBitcoinDevnet } from "../../devnet/bitcoin.ts";
import type { BitcoinDevnet, SentTx } from "../../devnet/bitcoin.ts";
import { connectInterbtc } from "../../devnet/interbtc/chain.ts";
import type { InterbtcChain } from "../../devnet/interbtc/chain.ts";
import { fullProof } from "../../devnet/interbtc/proof.ts";
import type { FullTransactionProof } from "../../devnet/interbtc/proof.ts";
import { createHeaderRelay } from "../../devnet/interbtc/relay.ts";
import type { HeaderRelay } from "../../devnet/interbtc/relay.ts";
import { startPolkadot } from "../../devnet/polkadot/server.ts";
import type { PolkadotServer } from "../../devnet/polkadot/server.ts";
import { createRunFolder } from "../../devnet/processes.ts";
import { findServers, startBitcoind } from "../../devnet/servers.ts";
import type { Hex } from "../../src/core/values.ts";

export interface InterbtcStage {
  readonly chain: InterbtcChain;
  readonly polkadot: PolkadotServer;
  readonly bitcoin: BitcoinDevnet;
  readonly relay: HeaderRelay;
  /** the next Bitcoin block has the transaction and is relayed; its proof, which is not stable yet */
  mined(sent: SentTx): Promise<FullTransactionProof>;
  /** the same, stable on both clocks of the development preset */
  settled(sent: SentTx): Promise<FullTransactionProof>;
  stop(): Promise<void>;
}

/** Confirmations of the development preset. */
export const stable = { bitcoin: 3, polkadot: 2 };
/** 10,000 DOT: worth 1 BTC at genesis, so it backs 38,461,538 satoshi at 260 % */
export const collateralPlanck = 100_000_000_000_000n;
/** a script that nobody watches */
export const elsewhere: Hex = `0x0014${"e5".repeat(20)}`;

export async function startInterbtc(options: { readonly preset?: string } = {}): Promise<InterbtcStage> {
  const folder = await createRunFolder();
  const { signal } = new AbortController();
  const [node, polkadot] = await Promise.all([
    startBitcoind({ folder: folder.path, paths: await findServers() }),
    startPolkadot({ folder: folder.path, blocks: { everySeconds: null, atOnce: true }, ...options }),
  ]);
  const bitcoin = await createBitcoinDevnet({ rpc: node.rpc, signal });
  const chain = await connectInterbtc(polkadot.url);
  const relay = createHeaderRelay({ chain, bitcoin, who: "//Eve" });
  const mined = async (sent: SentTx): Promise<FullTransactionProof> => {
    const [hash = "0x"] = await relay.mine(1);
    return fullProof(await relay.block(hash), sent.tx.txid);
  };
  return {
    chain,
    polkadot,
    bitcoin,
    relay,
    mined,
    settled: async (sent) => {
      const proof = await mined(sent);
      await relay.mine(stable.bitcoin - 1);
      await polkadot.mine(stable.polkadot);
      return proof;
    },
    stop: async () => {
      await chain.close();
      await Promise.all([node.stop(), polkadot.stop()]);
      await folder.remove();
    },
  };
}
