/**
 * The redeemer: turns a Bank balance into a request for a Bitcoin payment.
 * Always: the wallet's main UTXO is the one the Bridge knows now.
 */
import { AbiCoder, keccak256, solidityPackedKeccak256 } from "ethers";

import { bytesOf } from "../../src/core/hex.ts";
import type { Hex } from "../../src/core/values.ts";
import type { Coin } from "../bitcoin.ts";
import type { EthereumDevnet } from "../ethereum.ts";
import type { Tbtc } from "./deploy.ts";
import { lengthPrefixed } from "./scripts.ts";

export type RedemptionRequest = {
  /** the Bridge's key: keccak256(keccak256(length-prefixed script), wallet) */
  readonly key: Hex;
  readonly redeemer: Hex;
  /** without length */
  readonly outputScript: Hex;
  readonly requestedSat: bigint;
  readonly treasuryFeeSat: bigint;
  readonly txMaxFeeSat: bigint;
};

type RedemptionWish = {
  readonly redeemer: Hex;
  readonly amountSat: bigint;
  readonly outputScript: Hex;
  readonly walletPubKeyHash: Hex;
  readonly mainUtxo: Coin;
  readonly through?: "requestRedemption" | "approveBalanceAndCall";
};

export interface Redeemer {
  balanceSat(account: Hex): Promise<bigint>;
  request(wish: RedemptionWish): Promise<RedemptionRequest>;
}

/** The Bridge's key of a redemption request. */
const redemptionKey = (outputScript: Hex, walletPubKeyHash: Hex): Hex =>
  solidityPackedKeccak256(["bytes32", "bytes20"], [keccak256(bytesOf(lengthPrefixed(outputScript))), walletPubKeyHash]) as Hex;

export function createRedeemer(options: { readonly ethereum: EthereumDevnet; readonly tbtc: Tbtc }): Redeemer {
  const { ethereum, tbtc } = options;
  return {
    balanceSat: async (account) => BigInt(String((await ethereum.call(tbtc.bank, "balanceOf", [account]))[0])),
    request: async ({ redeemer, amountSat, outputScript, walletPubKeyHash, mainUtxo, through = "requestRedemption" }) => {
      const script = lengthPrefixed(outputScript);
      const { outpoint, valueSat } = mainUtxo;
      if (through === "requestRedemption") {
        await ethereum.transact(redeemer, tbtc.bank, "approveBalance", [tbtc.bridge.address, amountSat]);
        await ethereum.transact(redeemer, tbtc.bridge, "requestRedemption", [walletPubKeyHash, [outpoint.txid, outpoint.index, valueSat], script, amountSat]);
      } else {
        const data = AbiCoder.defaultAbiCoder().encode(
          ["address", "bytes20", "bytes32", "uint32", "uint64", "bytes"],
          [redeemer, walletPubKeyHash, outpoint.txid, outpoint.index, valueSat, script],
        );
        await ethereum.transact(redeemer, tbtc.bank, "approveBalanceAndCall", [tbtc.bridge.address, amountSat, data]);
      }
      const key = redemptionKey(outputScript, walletPubKeyHash);
      const [pending] = (await ethereum.call(tbtc.bridge, "pendingRedemptions", [key])) as readonly [readonly bigint[]];
      return { key, redeemer, outputScript, requestedSat: amountSat, treasuryFeeSat: pending[2] ?? 0n, txMaxFeeSat: pending[3] ?? 0n };
    },
  };
}
