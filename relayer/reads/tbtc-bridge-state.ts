/**
 * Reads what the Bridge and its relay know, as plain records, all at one block.
 * Always: every value of one reading is from the same block; fees and limits are read, never assumed.
 * Never: judges (that is bridges/tbtc/provability.ts), caches, or writes.
 */
import { bigintAt, booleanAt, hexAt, numberAt, recordAt } from "../../src/chains/ethereum/abi.ts";
import type { Abi, AbiRecord, AbiValue } from "../../src/chains/ethereum/abi.ts";
import { bridgeAbi, relayAbi, walletStateOf } from "../../src/bridges/tbtc/contracts.ts";
import { outpointKey, redemptionKey } from "../../src/bridges/tbtc/keys.ts";
import type { DepositRecord, RedemptionState, RequestRecord, SweepState, WalletRecord } from "../../src/bridges/tbtc/provability.ts";
import type { WalletTx } from "../../src/bridges/tbtc/wallet-tx.ts";
import type { RelayState } from "../../src/bridges/tbtc/work-requirement.ts";
import type { EthereumClient } from "../../src/chains/ethereum/client.ts";
import { failureOf } from "../../src/core/errors.ts";
import type { Hex, Outpoint } from "../../src/core/values.ts";

/** Calls contracts of one client at one block. */
export interface BridgeReader {
  wallet(wallet: Hex): Promise<WalletRecord>;
  sweptAtSeconds(outpoint: Outpoint): Promise<number>;
  isSpent(outpoint: Outpoint): Promise<boolean>;
  sweepState(tx: WalletTx): Promise<SweepState>;
  /** `main` is the transaction's only input */
  redemptionState(tx: WalletTx, main: Outpoint): Promise<RedemptionState>;
  /** the Bridge's factor, and its relay's difficulties */
  work(): Promise<{ readonly factor: bigint; readonly relay: RelayState }>;
}

export function createBridgeReader(client: EthereumClient, bridge: Hex, blockHash: Hex, signal: AbortSignal): BridgeReader {
  const ask = async (abi: Abi, to: Hex, fn: string, args: readonly AbiValue[] = []): Promise<AbiRecord> =>
    abi.decodeResult(fn, await client.call({ to, data: abi.encode(fn, args) }, { blockHash }, signal));
  const atBridge = (fn: string, ...args: readonly AbiValue[]) => ask(bridgeAbi, bridge, fn, args);

  const wallet = async (hash: Hex): Promise<WalletRecord> => {
    const record = recordAt(await atBridge("wallets", hash), "wallet");
    return { state: walletStateOf(bigintAt(record, "state")), mainUtxoHash: hexAt(record, "mainUtxoHash"), movingFundsCommitment: hexAt(record, "movingFundsTargetWalletsCommitmentHash") };
  };
  const deposit = async (outpoint: Outpoint): Promise<DepositRecord> => {
    const record = recordAt(await atBridge("deposits", BigInt(outpointKey(outpoint))), "deposit");
    return { amountSat: bigintAt(record, "amount"), revealedAtSeconds: numberAt(record, "revealedAt"), sweptAtSeconds: numberAt(record, "sweptAt"), vault: hexAt(record, "vault") };
  };
  const request = async (fn: "pendingRedemptions" | "timedOutRedemptions", key: Hex): Promise<RequestRecord> => {
    const record = recordAt(await atBridge(fn, BigInt(key)), "request");
    return { requestedSat: bigintAt(record, "requestedAmount"), treasuryFeeSat: bigintAt(record, "treasuryFee"), txMaxFeeSat: bigintAt(record, "txMaxFee"), requestedAtSeconds: numberAt(record, "requestedAt") };
  };
  const isSpent = async (outpoint: Outpoint) => booleanAt(await atBridge("spentMainUTXOs", BigInt(outpointKey(outpoint))), "spent");

  return {
    wallet,
    sweptAtSeconds: async (outpoint) => (await deposit(outpoint)).sweptAtSeconds,
    isSpent,
    async sweepState(tx) {
      const [record, deposits, parameters] = await Promise.all([
        wallet(tx.wallet),
        Promise.all(tx.inputs.map(async (input) => (input.unlock === "wallet" ? null : deposit(input.outpoint)))),
        atBridge("depositParameters"),
      ]);
      return { wallet: record, deposits, depositTxMaxFeeSat: bigintAt(parameters, "txMaxFee") };
    },
    async redemptionState(tx, main) {
      const both = async (script: Hex) => {
        const key = redemptionKey(script, tx.wallet);
        const [pending, timedOut] = await Promise.all([request("pendingRedemptions", key), request("timedOutRedemptions", key)]);
        return { pending, timedOut };
      };
      const [record, mainInputSpent, requests, parameters] = await Promise.all([
        wallet(tx.wallet),
        isSpent(main),
        Promise.all(tx.outputs.map(async (output) => (output.toWallet ? null : both(output.script)))),
        atBridge("redemptionParameters"),
      ]);
      return {
        wallet: record, mainInputSpent, requests,
        redemptionTxMaxTotalFeeSat: bigintAt(parameters, "txMaxTotalFee"), redemptionTimeoutSeconds: numberAt(parameters, "timeout"),
      };
    },
    async work() {
      const [factor, references] = await Promise.all([atBridge("txProofDifficultyFactor"), atBridge("contractReferences")]);
      const relay = hexAt(references, "relay");
      const [current, previous, epoch] = await Promise.all([
        ask(relayAbi, relay, "getCurrentEpochDifficulty"),
        ask(relayAbi, relay, "getPrevEpochDifficulty"),
        ask(relayAbi, relay, "currentEpoch").then((found) => numberAt(found, "epoch"), nullIfAbsent),
      ]);
      return { factor: bigintAt(factor, "factor"), relay: { current: bigintAt(current, "current"), previous: bigintAt(previous, "previous"), epoch } };
    },
  };
}

/** Relays for test networks hold difficulties without numbering epochs. */
function nullIfAbsent(thrown: unknown): null {
  const { code } = failureOf(thrown);
  if (code === "call-reverted" || code === "abi-undecodable") return null;
  throw thrown;
}
