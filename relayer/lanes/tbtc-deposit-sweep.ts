/**
 * Lane: a wallet's sweep of deposits on Bitcoin → its proof on the Bridge, which credits the depositors.
 * Always: serves every deposit of the sweep at once. Never: proves a sweep before all its deposits are revealed.
 */
import { depositSweepLane } from "../../src/bridges/tbtc/names.ts";
import { encodeSweepProof } from "../../src/bridges/tbtc/proof-calls.ts";
import { judgeSweep } from "../../src/bridges/tbtc/provability.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import { createTbtcWalletLane } from "./tbtc-wallet-lane.ts";
import type { TbtcLane, TbtcLaneOptions } from "./tbtc-wallet-lane.ts";

export const createTbtcDepositSweepLane = (options: TbtcLaneOptions): TbtcLane =>
  createTbtcWalletLane(options, {
    name: depositSweepLane,
    kind: "sweep",
    judge: async (tx, main, bridge) => judgeSweep(tx, main, await bridge.sweepState(tx)),
    encode: encodeSweepProof,
    describe(tx) {
      const count = tx.inputs.filter((input) => input.unlock === "deposit").length;
      return `sweep of ${count} ${count === 1 ? "deposit" : "deposits"} by tBTC wallet ${tx.wallet}, Bitcoin transaction ${toDisplay(tx.txid)}`;
    },
  });
