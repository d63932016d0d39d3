/**
 * Where the transactions of one nonce stand, looked up over every hash the nonce ever had.
 * Always: the account's nonce is read before the receipts, so that a block arriving in between never looks like a stranger's
 * transaction; "taken" and "missing" are only said when no endpoint contradicts.
 * Never: waits, or calls a block final that the node's final block does not cover.
 */
import { Transaction } from "ethers";
import type { EthereumClient, EthereumReceipt } from "../../src/chains/ethereum/client.ts";
import { refOf } from "../../src/chains/ethereum/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { Attempt, SlotRef } from "../../src/core/delivery.ts";
import type { Failure } from "../../src/core/errors.ts";
import { failureOf, GantryError, rejected, unavailable } from "../../src/core/errors.ts";
import type { Hex } from "../../src/core/values.ts";
import type { TxStatus } from "../../src/ports.ts";

export type TrackContext = {
  readonly endpoints: Endpoints<EthereumClient>;
  readonly address: Hex;
  readonly finalTag: "finalized" | "safe";
  readonly classify: (reason: string | null, data: Hex) => GantryError;
};

type Look = TxStatus | { readonly kind: "unseen"; readonly consumed: boolean; readonly final: boolean };

export async function trackEthereum(context: TrackContext, slot: SlotRef, attempts: readonly Attempt[], signal: AbortSignal): Promise<TxStatus> {
  const { value: look } = await context.endpoints.ask((client, signal) => lookWith(client, context, slot, attempts, signal), signal);
  if (look.kind !== "unseen") return look;
  const others = await askOthers(context.endpoints, attempts, signal);
  if (!look.consumed) return { kind: others === "unknown" ? "missing" : "pending" };
  if (others !== "mined") return { kind: "taken", final: look.final, hash: null };
  throw unavailable("endpoints-disagree", `one endpoint has our transaction of nonce ${slot.slot} in a block, another says a stranger's one took it: waiting until they agree`, {
    evidence: { nonce: `${slot.slot}`, address: context.address },
  });
}

async function lookWith(client: EthereumClient, context: TrackContext, slot: SlotRef, attempts: readonly Attempt[], signal: AbortSignal): Promise<Look> {
  const final = await client.blockBy(context.finalTag, signal);
  if (final === null) throw unavailable("no-final-block", `endpoint ${client.name} knows no "${context.finalTag}" block yet; nothing can be called final without it`);
  const consumed = (await client.nonce(context.address, "latest", signal)) > slot.slot;
  const receipts = await Promise.all(attempts.map((attempt) => client.receipt(attempt.hash, signal)));
  for (const [at, receipt] of receipts.entries()) {
    const attempt = attempts[at];
    if (receipt === null || attempt === undefined) continue;
    return {
      kind: "included",
      hash: receipt.txHash,
      block: refOf(receipt.block),
      ok: receipt.ok,
      final: receipt.block.height <= final.height,
      failure: receipt.ok ? null : await whyItFailed(client, context, attempt, receipt, signal),
      feePaid: receipt.gasUsed * receipt.effectiveGasPriceWei,
    };
  }
  if (consumed) return { kind: "unseen", consumed, final: await consumedAtFinal(client, context, slot, final.hash, signal) };
  const known = await Promise.all(attempts.map((attempt) => client.transaction(attempt.hash, signal)));
  return known.some((transaction) => transaction !== null) ? { kind: "pending" } : { kind: "unseen", consumed, final: false };
}

/** Not knowing (e.g. the state of the final block is pruned while finality stalls) is not final. */
async function consumedAtFinal(client: EthereumClient, context: TrackContext, slot: SlotRef, finalHash: Hex, signal: AbortSignal): Promise<boolean> {
  try {
    return (await client.nonce(context.address, { blockHash: finalHash }, signal)) > slot.slot;
  } catch (thrown) {
    if (!(thrown instanceof GantryError) || thrown.failure.remedy !== "Unavailable" || signal.aborted) throw thrown;
    return false;
  }
}

/** Does any endpoint know one of the hashes, and in a block? An endpoint that is away does not contradict. */
async function askOthers(endpoints: Endpoints<EthereumClient>, attempts: readonly Attempt[], signal: AbortSignal): Promise<"unknown" | "pooled" | "mined"> {
  if (attempts.length === 0) return "unknown";
  const answers = await endpoints.askAll((client, signal) => Promise.all(attempts.map((attempt) => client.transaction(attempt.hash, signal))), signal);
  const known = answers.flatMap((answer) => ("value" in answer ? answer.value.filter((transaction) => transaction !== null) : []));
  if (known.some((transaction) => transaction.blockHash !== null)) return "mined";
  return known.length > 0 ? "pooled" : "unknown";
}

/** A mined failure carries no reason, so the call is made again on the state before its block. */
async function whyItFailed(client: EthereumClient, context: TrackContext, attempt: Attempt, receipt: EthereumReceipt, signal: AbortSignal): Promise<Failure> {
  const tx = Transaction.from(attempt.raw);
  const evidence = { tx: receipt.txHash, block: receipt.block.hash, gasUsed: `${receipt.gasUsed}`, gasLimit: `${tx.gasLimit}` };
  try {
    const call = { to: (tx.to ?? "0x").toLowerCase() as Hex, data: tx.data as Hex, from: context.address };
    await client.call(call, { blockHash: receipt.block.parent }, signal);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const failure = failureOf(thrown);
    if (failure.code === "call-reverted") {
      const { reason, data } = failure.evidence as { reason: string | null; data: Hex };
      return context.classify(reason, data).failure;
    }
  }
  // 1/64 of the gas stays behind when an inner call runs out
  const outOfGas = receipt.gasUsed * 64n >= tx.gasLimit * 63n;
  return outOfGas
    ? rejected("out-of-gas", `transaction ${receipt.txHash} used all of its ${tx.gasLimit} gas and failed; it is tried again with a new estimate, raise gasMarginPercent if this goes on`, { evidence }).failure
    : rejected("transaction-failed", `transaction ${receipt.txHash} failed in block ${receipt.block.height}; on the state before that block the same call works, so something in that block came first`, { evidence }).failure;
}
