/**
 * What others than Gantry do in tBTC, on a devnet: governance changes periods, maintainers prove, a wallet pays all it has.
 * Never: Gantry's account.
 */
import type { Coin } from "../../devnet/bitcoin.ts";
import { roles } from "../../devnet/devnet.ts";
import type { Devnet } from "../../devnet/devnet.ts";
import type { Wallet } from "../../devnet/tbtc/wallet.ts";
import { createBitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { Hex } from "../../src/core/values.ts";
import { buildSpvProof } from "../../relayer/proofs/bitcoin-spv.ts";

export interface Others {
  /** parameters by their place; the others stay */
  govern(what: "Redemption" | "Wallet", change: Readonly<Record<number, unknown>>): Promise<void>;
  /** a wallet's transaction in the given block, by another maintainer */
  prove(fn: string, txid: Hex, blockHash: Hex, mainUtxo: Coin | null, ...more: readonly Hex[]): Promise<void>;
}

export function createOthers({ ethereum, tbtc, servers }: Pick<Devnet, "ethereum" | "tbtc" | "servers">): Others {
  return {
    async govern(what, change) {
      const values = await ethereum.call(tbtc.bridge, `${what.toLowerCase()}Parameters`, []);
      await ethereum.transact(tbtc.governance, tbtc.bridge, `update${what}Parameters`, values.map((value, index) => change[index] ?? value));
    },
    async prove(fn, txid, blockHash, mainUtxo, ...more) {
      const block = await createBitcoinClient(servers.bitcoin.rpc).block(blockHash, AbortSignal.timeout(10_000));
      const { version, inputVector, outputVector, locktime, merkleProof, txIndex, headers, coinbasePreimage, coinbaseProof } = buildSpvProof(block, txid, [block.header]);
      const utxo = mainUtxo === null ? [`0x${"00".repeat(32)}`, 0, 0] : utxoOf(mainUtxo);
      await ethereum.transact(ethereum.account(roles.rival), tbtc.maintainerProxy, fn, [[version, inputVector, outputVector, locktime], [merkleProof, txIndex, headers, coinbasePreimage, coinbaseProof], utxo, ...more]);
    },
  };
}

/** As the Bridge's functions take it. */
export const utxoOf = ({ outpoint, valueSat }: Coin): readonly [Hex, number, bigint] => [outpoint.txid, outpoint.index, valueSat];

/** A payment of everything, without change. */
export async function payAll(from: Wallet, to: Hex, coin: Coin): Promise<{ readonly txid: Hex; readonly coin: Coin }> {
  from.rewind(coin);
  const { tx } = await from.redeem([{ key: "0x", redeemer: "0x", outputScript: to, requestedSat: coin.valueSat, treasuryFeeSat: 0n, txMaxFeeSat: 0n }]);
  return { txid: tx.txid, coin: { outpoint: { txid: tx.txid, index: 0 }, valueSat: tx.outputs[0]?.valueSat ?? 0n } };
}
