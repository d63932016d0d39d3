/**
 * Has the Bridge accepted the proof of a wallet's transaction, and in which block?
 * Always: state answers first (two cheap calls when nothing happened); the proof's own event, which names the Bitcoin
 * transaction, is what counts, whoever submitted it.
 * Never: takes "the inputs are used" for "this transaction was proven".
 */
import { hexAt } from "../../src/chains/ethereum/abi.ts";
import { bridgeAbi } from "../../src/bridges/tbtc/contracts.ts";
import type { WalletTx } from "../../src/bridges/tbtc/wallet-tx.ts";
import { refOf } from "../../src/chains/ethereum/client.ts";
import type { EthereumBlock, EthereumClient, EthereumLog } from "../../src/chains/ethereum/client.ts";
import { failureOf, unavailable } from "../../src/core/errors.ts";
import type { Hex, Millis } from "../../src/core/values.ts";
import type { Effect } from "../../src/ports.ts";
import { createBridgeReader } from "../reads/tbtc-bridge-state.ts";

/** `by-another`: the Bridge used these inputs for a proof of another Bitcoin transaction. */
export type Sighting = { readonly kind: "none" } | { readonly kind: "effect"; readonly effect: Effect } | { readonly kind: "by-another" };

export type EffectQuestion = {
  readonly bridge: Hex;
  readonly tx: WalletTx;
  /** time of the Bitcoin block; no proof can be older (a day is granted for clocks that disagree); null = unknown */
  readonly minedAt: Millis | null;
  /** the Bridge has no history below this height */
  readonly fromHeight: number;
  readonly logSpanBlocks: number;
  readonly finalTag: "finalized" | "safe";
};

const proofFields: Readonly<Record<string, string>> = {
  DepositsSwept: "sweepTxHash", RedemptionsCompleted: "redemptionTxHash", MovingFundsCompleted: "movingFundsTxHash", MovedFundsSwept: "sweepTxHash",
};
const proofTopics = Object.keys(proofFields).map((name) => bridgeAbi.topic(name));
const clockGraceMs = 86_400_000;

/** Looks at the state of the best or the final block. Throws Unavailable while the endpoint changes chains. */
export async function sightEffect(client: EthereumClient, question: EffectQuestion, at: "best" | "final", signal: AbortSignal): Promise<Sighting> {
  const head = await client.blockBy(at === "best" ? "latest" : question.finalTag, signal);
  if (head === null) return { kind: "none" };
  if (!(await isTaken(client, question, head, signal))) return { kind: "none" };
  const log = await findProof(client, question, head, signal);
  const still = await client.blockBy(head.height, signal);
  if (still?.hash !== head.hash) throw unavailable("target-moved", `Ethereum block ${head.height} changed while it was searched for the proof of ${question.tx.txid}. It is searched again.`);
  if (log === null) return { kind: "by-another" };
  const block = await client.blockBy(log.blockHash, signal);
  if (block === null) throw unavailable("target-moved", `Ethereum block ${log.blockHash} with the proof of ${question.tx.txid} is gone. It is searched again.`);
  return { kind: "effect", effect: { block: refOf(block), tx: log.txHash } };
}

async function isTaken(client: EthereumClient, { bridge, tx }: EffectQuestion, head: EthereumBlock, signal: AbortSignal): Promise<boolean> {
  const reader = createBridgeReader(client, bridge, head.hash, signal);
  const deposit = tx.inputs.find((input) => input.unlock === "deposit");
  if (deposit !== undefined) return (await reader.sweptAtSeconds(deposit.outpoint)) > 0;
  const main = tx.inputs.find((input) => input.unlock === "wallet");
  return main !== undefined && reader.isSpent(main.outpoint);
}

/**
 * First the newest blocks (most proofs looked for are our own of some minutes ago), then upwards from the Bitcoin block's
 * time: a proof follows its transaction within hours, however long ago that was.
 */
async function findProof(client: EthereumClient, question: EffectQuestion, head: EthereumBlock, signal: AbortSignal): Promise<EthereumLog | null> {
  const { fromHeight, logSpanBlocks: span, minedAt } = question;
  const newest = Math.max(fromHeight, head.height - span + 1);
  const recent = await proofIn(client, question, newest, head.height, signal);
  if (recent !== null) return recent;
  let from = minedAt === null ? fromHeight : await heightBefore(client, minedAt - clockGraceMs, fromHeight, newest, signal);
  for (; from < newest; from += span) {
    const found = await proofIn(client, question, from, Math.min(from + span, newest) - 1, signal);
    if (found !== null) return found;
  }
  return null;
}

/** The proof's event within [from, to], in as many pieces as the node wants. */
async function proofIn(client: EthereumClient, question: EffectQuestion, from: number, to: number, signal: AbortSignal): Promise<EthereumLog | null> {
  try {
    const logs = await client.logs({ addresses: [question.bridge], topics: proofTopics, from, to }, signal);
    return logs.find((log) => provenTxid(log) === question.tx.txid) ?? null;
  } catch (thrown) {
    if (from >= to || failureOf(thrown).code !== "log-range-too-large") throw thrown;
  }
  const middle = Math.floor((from + to) / 2);
  return (await proofIn(client, question, middle + 1, to, signal)) ?? proofIn(client, question, from, middle, signal);
}

function provenTxid(log: EthereumLog): Hex | null {
  const decoded = bridgeAbi.decodeLog(log);
  const field = decoded === null ? undefined : proofFields[decoded.event];
  return decoded === null || field === undefined ? null : hexAt(decoded.args, field);
}

/** A height within [low, high] at or before which every block is older than `time`. */
async function heightBefore(client: EthereumClient, time: Millis, low: number, high: number, signal: AbortSignal): Promise<number> {
  let [lowest, highest] = [low, high];
  while (lowest < highest) {
    const middle = Math.ceil((lowest + highest) / 2);
    const block = await client.blockBy(middle, signal);
    if (block !== null && block.time < time) lowest = middle;
    else highest = middle - 1;
  }
  return lowest;
}
