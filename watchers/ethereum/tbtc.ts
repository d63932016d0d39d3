/**
 * What the Bridge and the refund pool say on Ethereum, as events that people see and that end waits; and from which
 * wallets' scripts and outputs are watched on Bitcoin.
 * Always: ids are made of the Bridge's own keys and survive a reorg; watches are opened only by final events (settle).
 * Never: creates a delivery (a wallet's Bitcoin transaction does), or trusts an event for what the Bridge's state can tell.
 */
import { bigintAt, hexAt, numberAt } from "../../src/chains/ethereum/abi.ts";
import type { AbiRecord } from "../../src/chains/ethereum/abi.ts";
import { bridgeAbi, reimbursementPoolAbi } from "../../src/bridges/tbtc/contracts.ts";
import { outpointKey, redemptionKey } from "../../src/bridges/tbtc/keys.ts";
import {
  depositTransfer, outpointWatch, proofEvent, redemptionTransfer, refundFailedEvent, requestEvent, revealEvent, scriptWatches, timeoutEvent, walletEvent,
} from "../../src/bridges/tbtc/names.ts";
import type { BitcoinHeightHint } from "../../src/bridges/tbtc/names.ts";
import { decodeProofCall, mainUtxoAfter } from "../../src/bridges/tbtc/proof-calls.ts";
import { factsOfReceipt } from "../../src/bridges/tbtc/receipt-facts.ts";
import type { EthereumLog } from "../../src/chains/ethereum/client.ts";
import { sliceHex } from "../../src/core/hex.ts";
import type { BlockRef, EventId, Hex, Json, SourceEvent, Watch } from "../../src/core/values.ts";
import type { FoundEvent } from "../../src/ports.ts";
import type { EthereumReader } from "./source.ts";

export type TbtcEthereumReaderOptions = {
  readonly bridge: Hex;
  /** null: gas is not reimbursed, nothing to watch there */
  readonly reimbursementPool: Hex | null;
  /** null: proofs go straight to the Bridge */
  readonly maintainerProxy: Hex | null;
  readonly bitcoinHeightHint: BitcoinHeightHint;
};

type FetchTx = (hash: Hex) => Promise<{ readonly to: Hex | null; readonly input: Hex } | null>;
type Read = { readonly id: EventId; readonly kind: string; readonly payload: Json };
type Payload = { readonly [key: string]: Json };

/** Bridge events by what they report about a wallet's life. */
const walletStages: Readonly<Record<string, string>> = {
  NewWalletRegistered: "registered", WalletMovingFunds: "moving-funds", WalletClosing: "closing", WalletClosed: "closed", WalletTerminated: "terminated",
};
/** Bridge events that say a Bitcoin transaction was proven, with the field that holds its id. */
const proofs: Readonly<Record<string, { readonly kind: string; readonly field: string }>> = {
  DepositsSwept: { kind: "tbtc-deposits-swept", field: "sweepTxHash" },
  RedemptionsCompleted: { kind: "tbtc-redemptions-completed", field: "redemptionTxHash" },
  MovingFundsCompleted: { kind: "tbtc-moving-funds-completed", field: "movingFundsTxHash" },
  MovedFundsSwept: { kind: "tbtc-moved-funds-swept", field: "sweepTxHash" },
};
const bridgeEvents = ["DepositRevealed", "RedemptionRequested", "RedemptionTimedOut", ...Object.keys(walletStages), ...Object.keys(proofs)];

export function createTbtcEthereumReader(options: TbtcEthereumReaderOptions): EthereumReader {
  const { bridge, reimbursementPool: pool } = options;
  return {
    addresses: pool === null ? [bridge] : [bridge, pool],
    topics: [...bridgeEvents.map((name) => bridgeAbi.topic(name)), reimbursementPoolAbi.topic("SendingEtherFailed")],
    async read(log, block, fetchTx) {
      const read = log.address === bridge ? await readBridge(log, options, fetchTx) : readPool(log, pool);
      return { events: read === null ? [] : [event(read, block)], births: [], watches: [] };
    },
    settle: (event) => ({ births: [], watches: watchesOf(event, options.bitcoinHeightHint) }),
  };
}

const event = ({ id, kind, payload }: Read, block: BlockRef): FoundEvent => ({ id, chain: "ethereum", kind, at: block, payload });

async function readBridge(log: EthereumLog, options: TbtcEthereumReaderOptions, fetchTx: FetchTx): Promise<Read | null> {
  const decoded = bridgeAbi.decodeLog(log);
  if (decoded === null) return null;
  const { event: name, args } = decoded;
  const wallet = hexAt(args, "walletPubKeyHash");
  const stage = walletStages[name];
  if (stage !== undefined) return { id: walletEvent(stage, wallet), kind: `tbtc-wallet-${stage}`, payload: { wallet, tx: log.txHash } };
  const proof = proofs[name];
  if (proof !== undefined) {
    const txid = hexAt(args, proof.field);
    return { id: proofEvent(txid), kind: proof.kind, payload: { wallet, txid, tx: log.txHash, ...(await mainUtxoIn(log.txHash, wallet, txid, options, fetchTx)) } };
  }
  if (name === "DepositRevealed") return reveal(args, wallet, log.txHash);
  return redemption(name, args, wallet, log.txHash);
}

function reveal(args: AbiRecord, wallet: Hex, tx: Hex): Read {
  const outpoint = { txid: hexAt(args, "fundingTxHash"), index: numberAt(args, "fundingOutputIndex") };
  const key = outpointKey(outpoint);
  const payload = {
    wallet, tx, outpoint, depositKey: key, transfer: depositTransfer(key), depositor: hexAt(args, "depositor"), vault: hexAt(args, "vault"),
    amountSat: bigintAt(args, "amount").toString(), refundLocktime: hexAt(args, "refundLocktime"),
  };
  return { id: revealEvent(key), kind: "tbtc-deposit-revealed", payload };
}

function redemption(name: string, args: AbiRecord, wallet: Hex, tx: Hex): Read {
  // the event carries the script with its length in front
  const script = sliceHex(hexAt(args, "redeemerOutputScript"), 1);
  const key = redemptionKey(script, wallet);
  const common: Payload = { wallet, tx, script, redemptionKey: key, transfer: redemptionTransfer(key) };
  if (name === "RedemptionTimedOut") return { id: timeoutEvent(key, tx), kind: "tbtc-redemption-timed-out", payload: common };
  const payload: Payload = {
    ...common, redeemer: hexAt(args, "redeemer"), requestedSat: bigintAt(args, "requestedAmount").toString(),
    treasuryFeeSat: bigintAt(args, "treasuryFee").toString(), txMaxFeeSat: bigintAt(args, "txMaxFee").toString(),
  };
  return { id: requestEvent(key, tx), kind: "tbtc-redemption-requested", payload };
}

function readPool(log: EthereumLog, pool: Hex | null): Read | null {
  const [fact] = pool === null ? [] : factsOfReceipt([log], pool);
  if (fact === undefined) return null;
  return { id: refundFailedEvent(log.txHash, fact.receiver), kind: "tbtc-refund-failed", payload: { tx: log.txHash, receiver: fact.receiver, amountWei: fact.amountWei.toString() } };
}

/**
 * The wallet's new main UTXO from the call that proved the transaction. `call` is "wrapped" when it went through another
 * contract and "not-kept" when no endpoint has it: then only the scan of the wallet's scripts finds what comes next.
 */
async function mainUtxoIn(tx: Hex, wallet: Hex, txid: Hex, options: TbtcEthereumReaderOptions, fetchTx: FetchTx): Promise<Payload> {
  const found = await fetchTx(tx);
  if (found === null) return { call: "not-kept", mainUtxo: null };
  const direct = found.to !== null && (found.to === options.bridge || found.to === options.maintainerProxy);
  const call = direct ? decodeProofCall(found.input) : null;
  if (call === null || call.tx.txid !== txid) return { call: "wrapped", mainUtxo: null };
  const main = mainUtxoAfter(call, wallet);
  return { call: "direct", mainUtxo: main === null ? null : { ...main.outpoint, valueSat: main.valueSat.toString() } };
}

/**
 * Any event that names a wallet opens the watches of its scripts: from the wallet's creation when this event is that,
 * else from as far back as we look. A proof also names the output whose spending is the wallet's next transaction.
 */
function watchesOf({ id, kind, at, payload }: SourceEvent, bitcoinHeightHint: BitcoinHeightHint): readonly Watch[] {
  const fields = payload as Payload;
  const wallet = fields["wallet"];
  if (typeof wallet !== "string") return [];
  const created = id === walletEvent("registered", wallet as Hex) ? (at?.time ?? null) : null;
  const scripts = scriptWatches(wallet as Hex, bitcoinHeightHint(created));
  const main = fields["mainUtxo"] as { readonly txid: Hex; readonly index: number; readonly valueSat: string } | null | undefined;
  if (!Object.values(proofs).some((proof) => proof.kind === kind) || main === null || main === undefined) return scripts;
  return [...scripts, outpointWatch(wallet as Hex, { txid: main.txid, index: main.index }, BigInt(main.valueSat), bitcoinHeightHint(null))];
}
