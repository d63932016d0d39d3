/**
 * The story recorded in the chain with real work, told to production contracts with mainnet's LightRelay and factor 3:
 * three reveals, a sweep in the last block of the old epoch, three redemption requests, their payment in the new epoch.
 * Always: the wallet's transactions are the recorded ones; only Ethereum's side happens now.
 * With proofs: the sweep needs 2 headers; the redemption needs 3, and the retarget before it.
 */
import { parseTx } from "../../src/chains/bitcoin/codec.ts";
import { fromDisplay } from "../../src/chains/bitcoin/order.ts";
import { concatHex } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Coin } from "../bitcoin.ts";
import type { EthereumDevnet, Receipt } from "../ethereum.ts";
import { rawTx } from "../pow-chain.ts";
import type { PowChain } from "../pow-chain.ts";
import { deployTbtc } from "./deploy.ts";
import type { Tbtc } from "./deploy.ts";
import { infoOf, outpointKey } from "./depositor.ts";
import { createRedeemer } from "./redeemer.ts";
import type { RedemptionRequest } from "./redeemer.ts";

export interface PowStory {
  readonly tbtc: Tbtc;
  readonly walletPubKeyHash: Hex;
  /** wire order */
  readonly sweepTxid: Hex;
  readonly redemptionTxid: Hex;
  /** the Bridge's keys of the three deposits */
  readonly depositKeys: readonly Hex[];
  /** the main UTXO after the sweep was proved */
  readonly sweptUtxo: Coin;
  revealDeposits(): Promise<void>;
  /** only after the sweep was proved: the Bank balances pay for them */
  requestRedemptions(): Promise<readonly RedemptionRequest[]>;
  /** tells the relay of the new epoch (headers of the first four blocks) */
  retarget(): Promise<Receipt>;
}

const proofLength = 2;

/** Deploys, registers the recorded wallet; reveals nothing yet. Needs a block per transaction to be quick. */
export async function createPowStory(options: { readonly ethereum: EthereumDevnet; readonly chain: PowChain; readonly maintainers: readonly Hex[]; readonly directMaintainers?: readonly Hex[]; readonly poolWei?: bigint }): Promise<PowStory> {
  const { ethereum, chain, ...authority } = options;
  const { story, genesisHeader, genesisHeight } = chain;
  const tbtc = await deployTbtc({ ethereum, ...authority, factor: 3, relay: { kind: "light", genesisHeader, genesisHeight, proofLength } });
  await tbtc.registerWallet(story.walletPublicKey);
  const redeemer = createRedeemer({ ethereum, tbtc });
  const sweep = parseTx(rawTx(chain, story.sweepTxid));
  const sweptUtxo: Coin = { outpoint: { txid: sweep.txid, index: 0 }, valueSat: sweep.outputs[0]?.valueSat ?? 0n };

  return {
    tbtc,
    walletPubKeyHash: story.walletPubKeyHash,
    sweepTxid: sweep.txid,
    redemptionTxid: fromDisplay(story.redemptionTxid),
    depositKeys: story.deposits.map((deposit) => outpointKey(fromDisplay(deposit.fundingTxid), deposit.fundingOutputIndex)),
    sweptUtxo,
    revealDeposits: async () => {
      for (const { fundingTxid, depositor, extraData, reveal } of story.deposits) {
        const info = infoOf(parseTx(rawTx(chain, fundingTxid)));
        const terms = [reveal.fundingOutputIndex, reveal.blindingFactor, reveal.walletPubKeyHash, reveal.refundPubKeyHash, reveal.refundLocktime, reveal.vault];
        const from = depositor.toLowerCase() as Hex;
        if (extraData === null) await ethereum.transact(from, tbtc.bridge, "revealDeposit", [info, terms]);
        else await ethereum.transact(from, tbtc.bridge, "revealDepositWithExtraData", [info, terms, extraData]);
      }
    },
    requestRedemptions: async () => {
      const requests: RedemptionRequest[] = [];
      for (const { redeemer: who, amountSat, outputScript } of story.redemptions) {
        requests.push(await redeemer.request({ redeemer: who.toLowerCase() as Hex, amountSat: BigInt(amountSat), outputScript, walletPubKeyHash: story.walletPubKeyHash, mainUtxo: sweptUtxo }));
      }
      return requests;
    },
    retarget: () => ethereum.transact(ethereum.account(9), tbtc.relay, "retarget", [concatHex(...chain.blocks.slice(0, 2 * proofLength).map(({ header }) => header))]),
  };
}
