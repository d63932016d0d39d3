/**
 * What the Bridge, its watchtower and the refund pool say on Ethereum, as events that people see and that end waits; and from which
 * wallets' scripts and outputs are watched on Bitcoin.
 * Always: ids are made of the Bridge's own keys and survive a reorg; watches are opened only by final events (settle).
 * Never: creates a delivery (a wallet's Bitcoin transaction does), or trusts an event for what the Bridge's state can tell.
 */
import { bigintAt, hexAt, numberAt } from "../../src/chains/ethereum/abi.ts";
import type { AbiRecord } from "../../src/chains/ethereum/abi.ts";
import { bridgeAbi, reimbursementPoolAbi, watchtowerAbi } from "../../src/bridges/tbtc/contracts.ts";
import { outpointKey, publicKeyHashOf, redemptionKey } from "../../src/bridges/tbtc/keys.ts";
import {
  depositTransfer, movedFundsTimeoutEvent, movedFundsTransfer, movingFundsResetEvent, objectionEvent, outpointWatch, parametersEvent, proofEvent,
  redemptionTransfer, refundFailedEvent, requestEvent, revealEvent, scriptWatches, timeoutEvent, vetoEvent, vetoWithdrawnEvent, walletEvent,
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
  /** null: the Bridge names none */
  readonly watchtower: Hex | null;
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
/** Bridge events about a wallet that moves its funds; it does so at most once. */
const moves: Readonly<Record<string, string>> = { MovingFundsCommitmentSubmitted: "moving-funds-committed", MovingFundsTimedOut: "moving-funds-timed-out", MovingFundsBelowDustReported: "moving-funds-below-dust" };
/** Governance changed what deadlines are made of. */
const parameters: Readonly<Record<string, string>> = {
  RedemptionParametersUpdated: "redemption", MovingFundsParametersUpdated: "moving-funds",
  WatchtowerParametersUpdated: "watchtower", WatchtowerEnabled: "watchtower-enabled", WatchtowerDisabled: "watchtower-disabled",
};
const watchtowerEvents = ["ObjectionRaised", "VetoFinalized", "VetoedFundsWithdrawn", "WatchtowerParametersUpdated", "WatchtowerEnabled", "WatchtowerDisabled"];
const bridgeEvents = [
  "DepositRevealed", "RedemptionRequested", "RedemptionTimedOut", "MovingFundsTimeoutReset", "MovedFundsSweepTimedOut", "RedemptionParametersUpdated", "MovingFundsParametersUpdated",
  ...Object.keys(walletStages), ...Object.keys(proofs), ...Object.keys(moves),
];

export function createTbtcEthereumReader(options: TbtcEthereumReaderOptions): EthereumReader {
  const { bridge, reimbursementPool: pool, watchtower } = options;
  return {
    addresses: [bridge, pool, watchtower].filter((address) => address !== null),
    topics: [
      ...bridgeEvents.map((name) => bridgeAbi.topic(name)), reimbursementPoolAbi.topic("SendingEtherFailed"),
      ...(watchtower === null ? [] : watchtowerEvents.map((name) => watchtowerAbi.topic(name))),
    ],
    async read(log, block, fetchTx) {
      const read = log.address === bridge ? await readBridge(log, options, fetchTx) : log.address === watchtower ? readWatchtower(log) : readPool(log, pool);
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
  if (name in parameters) return changed(name, log.txHash);
  const wallet = hexAt(args, "walletPubKeyHash");
  const stage = walletStages[name];
  if (stage !== undefined) return { id: walletEvent(stage, wallet), kind: `tbtc-wallet-${stage}`, payload: { wallet, tx: log.txHash } };
  const proof = proofs[name];
  if (proof !== undefined) {
    const txid = hexAt(args, proof.field);
    return { id: proofEvent(txid), kind: proof.kind, payload: { wallet, txid, tx: log.txHash, ...(await proofIn(log.txHash, wallet, txid, options, fetchTx)) } };
  }
  const move = moving(name, args, wallet, log.txHash);
  if (move !== null) return move;
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

const changed = (name: string, tx: Hex): Read => ({ id: parametersEvent(parameters[name] ?? name, tx), kind: "tbtc-parameters-updated", payload: { what: parameters[name] ?? name, tx } });

function moving(name: string, args: AbiRecord, wallet: Hex, tx: Hex): Read | null {
  const stage = moves[name];
  if (stage !== undefined) return { id: walletEvent(stage, wallet), kind: `tbtc-${stage}`, payload: { wallet, tx, ...(name === "MovingFundsCommitmentSubmitted" ? { targets: hexesAt(args, "targetWallets") } : {}) } };
  if (name === "MovingFundsTimeoutReset") return { id: movingFundsResetEvent(wallet, tx), kind: "tbtc-moving-funds-reset", payload: { wallet, tx } };
  if (name !== "MovedFundsSweepTimedOut") return null;
  const key = outpointKey({ txid: hexAt(args, "movingFundsTxHash"), index: numberAt(args, "movingFundsTxOutputIndex") });
  return { id: movedFundsTimeoutEvent(key), kind: "tbtc-moved-funds-timed-out", payload: { wallet, tx, outpointKey: key, transfer: movedFundsTransfer(key) } };
}

const hexesAt = (args: AbiRecord, name: string): readonly Hex[] => (Array.isArray(args[name]) ? (args[name] as readonly Hex[]) : []);

function readWatchtower(log: EthereumLog): Read | null {
  const decoded = watchtowerAbi.decodeLog(log);
  if (decoded === null) return null;
  const { event: name, args } = decoded;
  if (name in parameters) return changed(name, log.txHash);
  const key: Hex = `0x${bigintAt(args, "redemptionKey").toString(16).padStart(64, "0")}`;
  const about = { redemptionKey: key, transfer: redemptionTransfer(key), tx: log.txHash };
  switch (name) {
    case "ObjectionRaised": {
      const guardian = hexAt(args, "guardian");
      return { id: objectionEvent(key, guardian), kind: "tbtc-redemption-objected", payload: { ...about, guardian } };
    }
    case "VetoFinalized":
      return { id: vetoEvent(key), kind: "tbtc-redemption-vetoed", payload: about };
    default:
      return { id: vetoWithdrawnEvent(key), kind: "tbtc-redemption-veto-withdrawn", payload: { ...about, amountSat: bigintAt(args, "amount").toString() } };
  }
}

function readPool(log: EthereumLog, pool: Hex | null): Read | null {
  const [fact] = pool === null ? [] : factsOfReceipt([log], pool);
  if (fact === undefined) return null;
  return { id: refundFailedEvent(log.txHash, fact.receiver), kind: "tbtc-refund-failed", payload: { tx: log.txHash, receiver: fact.receiver, amountWei: fact.amountWei.toString() } };
}

/**
 * The wallet's new main UTXO from the call that proved the transaction, and what it moved to other wallets. `call` is "wrapped" when it went through another
 * contract and "not-kept" when no endpoint has it: then only the scan of the wallet's scripts finds what comes next.
 */
async function proofIn(tx: Hex, wallet: Hex, txid: Hex, options: TbtcEthereumReaderOptions, fetchTx: FetchTx): Promise<Payload> {
  const found = await fetchTx(tx);
  if (found === null) return { call: "not-kept", mainUtxo: null };
  const direct = found.to !== null && (found.to === options.bridge || found.to === options.maintainerProxy);
  const call = direct ? decodeProofCall(found.input) : null;
  if (call === null || call.tx.txid !== txid) return { call: "wrapped", mainUtxo: null };
  const main = mainUtxoAfter(call, wallet);
  const moved = call.effect !== "moving-funds" ? {} : { moved: call.tx.outputs.map(({ script, valueSat }, index) => ({ index, wallet: publicKeyHashOf(script), valueSat: valueSat.toString() })) };
  return { call: "direct", mainUtxo: main === null ? null : { ...main.outpoint, valueSat: main.valueSat.toString() }, ...moved };
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
