/**
 * bitcoind and the dev chain side by side, with a header relayer between them: the stage for issues and redeems.
 * Always: a block of the dev chain for each transaction and whenever a test asks, none by itself; everything is gone after `stop`.
 */
import { createBitcoinDevnet, keyOf } from "../../devnet/bitcoin.ts";
import type { BitcoinDevnet, SentTx } from "../../devnet/bitcoin.ts";
import { connectInterbtc, eventIn } from "../../devnet/interbtc/chain.ts";
import type { InterbtcChain } from "../../devnet/interbtc/chain.ts";
import { executeIssue, registerVault, requestIssue } from "../../devnet/interbtc/parties.ts";
import type { Vault } from "../../devnet/interbtc/parties.ts";
import { fullProof } from "../../devnet/interbtc/proof.ts";
import type { FullTransactionProof } from "../../devnet/interbtc/proof.ts";
import { createHeaderRelay } from "../../devnet/interbtc/relay.ts";
import type { HeaderRelay } from "../../devnet/interbtc/relay.ts";
import type { PolkadotBlocks } from "../../devnet/polkadot/production.ts";
import { startPolkadot } from "../../devnet/polkadot/server.ts";
import type { PolkadotServer } from "../../devnet/polkadot/server.ts";
import { createRunFolder } from "../../devnet/processes.ts";
import { findServers, startBitcoind } from "../../devnet/servers.ts";
import type { BitcoinServer } from "../../devnet/servers.ts";
import type { Hex } from "../../src/core/values.ts";

export interface InterbtcStage {
  /** all data of the stage */
  readonly folder: string;
  readonly bitcoinServer: BitcoinServer;
  readonly chain: InterbtcChain;
  readonly polkadot: PolkadotServer;
  readonly bitcoin: BitcoinDevnet;
  readonly relay: HeaderRelay;
  /** the next Bitcoin block has the transaction and is relayed; its proof, which is not stable yet */
  mined(sent: SentTx): Promise<FullTransactionProof>;
  /** the same for several in one block, stable on both clocks of the development preset */
  settledAll(sent: readonly SentTx[]): Promise<readonly FullTransactionProof[]>;
  settled(sent: SentTx): Promise<FullTransactionProof>;
  stop(): Promise<void>;
}

/** Confirmations of the development preset. */
export const stable = { bitcoin: 3, polkadot: 2 };
/** 10,000 DOT: worth 1 BTC at genesis, so it backs 38,461,538 satoshi at 260 % */
export const collateralPlanck = 100_000_000_000_000n;
/** a script that nobody watches */
export const elsewhere: Hex = `0x0014${"e5".repeat(20)}`;

/** //Bob's vault. */
export const registered = (chain: InterbtcChain): Promise<Vault> => registerVault(chain, { who: "//Bob", key: keyOf("interbtc vault"), collateralPlanck });

/** A stage on which the relay is ready and //Bob has a vault. */
export async function startWithVault(): Promise<{ readonly stage: InterbtcStage; readonly vault: Vault }> {
  const stage = await startInterbtc();
  await stage.relay.initialize();
  await stage.relay.mine(stable.bitcoin);
  return { stage, vault: await registered(stage.chain) };
}

/** //Charlie has the tokens of a paid issue. */
export async function issued(stage: InterbtcStage, vault: Vault, amountSat: bigint): Promise<void> {
  const issue = await requestIssue(stage.chain, "//Charlie", vault, amountSat);
  const proof = await stage.settled(await stage.bitcoin.pay([{ script: issue.script, valueSat: issue.totalSat }]));
  eventIn(await executeIssue(stage.chain, "//Eve", issue.id, proof), "Issue.ExecuteIssue");
}

export type InterbtcStageOptions = { readonly preset?: string; readonly blocks?: PolkadotBlocks; readonly bitcoinNetwork?: string };

export async function startInterbtc(options: InterbtcStageOptions = {}): Promise<InterbtcStage> {
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
  const settledAll = async (sent: readonly SentTx[]): Promise<readonly FullTransactionProof[]> => {
    const [hash = "0x"] = await relay.mine(stable.bitcoin);
    await polkadot.mine(stable.polkadot);
    const block = await relay.block(hash);
    return sent.map(({ tx }) => fullProof(block, tx.txid));
  };
  return {
    folder: folder.path,
    bitcoinServer: node,
    chain,
    polkadot,
    bitcoin,
    relay,
    mined,
    settledAll,
    settled: async (sent) => {
      const [proof] = await settledAll([sent]);
      if (proof === undefined) throw new RangeError("One transaction has one proof.");
      return proof;
    },
    stop: async () => {
      await chain.close();
      await Promise.all([node.stop(), polkadot.stop()]);
      await folder.remove();
    },
  };
}
