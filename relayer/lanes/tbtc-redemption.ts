/**
 * Lane: a wallet's payment of redemptions on Bitcoin → its proof on the Bridge, which closes the requests.
 * Always: serves every request the transaction pays, also timed-out ones paid late.
 * Never: takes a payment to other wallets (moving funds) for a redemption.
 */
import { redemptionLane } from "../../src/bridges/tbtc/names.ts";
import { encodeRedemptionProof } from "../../src/bridges/tbtc/proof-calls.ts";
import { judgeRedemption } from "../../src/bridges/tbtc/provability.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { invalid } from "../../src/core/errors.ts";
import { createTbtcWalletLane } from "./tbtc-wallet-lane.ts";
import type { TbtcLane, TbtcLaneOptions } from "./tbtc-wallet-lane.ts";

export const createTbtcRedemptionLane = (options: TbtcLaneOptions): TbtcLane =>
  createTbtcWalletLane(options, {
    name: redemptionLane,
    kind: "redemption",
    async judge(tx, main, bridge) {
      if (main === null) throw invalid("not-a-wallet-transaction", `Transaction ${tx.txid} spends nothing of wallet ${tx.wallet}.`);
      return judgeRedemption(tx, main, await bridge.redemptionState(tx, main.outpoint));
    },
    encode: encodeRedemptionProof,
    describe(tx) {
      const count = tx.outputs.filter((output) => !output.toWallet).length;
      return `payment of ${count} ${count === 1 ? "redemption" : "redemptions"} by tBTC wallet ${tx.wallet}, Bitcoin transaction ${toDisplay(tx.txid)}`;
    },
  });
