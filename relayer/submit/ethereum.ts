/**
 * Brings effects to Ethereum: static call, EIP-1559 signing into a given nonce, broadcast, and where it stands.
 * Always: gas is estimated with fee fields; a replacement outbids in the same nonce under the cap; a nonce whose first
 * transaction was handed to a node is only signed again as its replacement (the signer refuses otherwise).
 * Never: waits for inclusion, chooses a nonce, decides what a revert reason means, or treats "already there" as trouble.
 */
import { Transaction } from "ethers";
import type { EthereumClient } from "../../src/chains/ethereum/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { Attempt, SignedTx, SlotRef } from "../../src/core/delivery.ts";
import { bug, failureOf, GantryError, invalid, unavailable } from "../../src/core/errors.ts";
import type { Hex, Json, SourceEvent } from "../../src/core/values.ts";
import type { Clock, Meter, Submitter } from "../../src/ports.ts";
import type { EthereumSigner } from "../../src/signer/ethereum.ts";
import { broadcast } from "./broadcast.ts";
import type { FeePolicy, Fees } from "./ethereum-fees.ts";
import { chooseFees, withMargin } from "./ethereum-fees.ts";
import { trackEthereum } from "./ethereum-track.ts";

/** What a bridge makes of a revert: `reason` is readable text or null, `data` the raw revert bytes. */
type ClassifyRevert = (reason: string | null, data: Hex) => GantryError;

export type EthereumSubmitterOptions<P extends Json> = {
  readonly endpoints: Endpoints<EthereumClient>;
  readonly signer: EthereumSigner;
  readonly encode: (event: SourceEvent, proof: P) => { readonly to: Hex; readonly data: Hex };
  readonly classify: ClassifyRevert;
  readonly fees: FeePolicy;
  readonly chainId: bigint;
  readonly clock: Clock;
  readonly meter: Meter;
  /** which block counts as final; default "finalized" */
  readonly finalTag?: "finalized" | "safe";
};

type Target = { readonly to: Hex; readonly data: Hex };
type Choice = { readonly target: Target; readonly gasLimit: bigint; readonly fees: Fees };

const selfTransferGas = 21_000n;
const harmless: readonly string[] = ["already-known", "nonce-too-low"];

/** Submitter for one signer and one kind of effect. Metric fees_spent_total{chain="ethereum"} counts ether (not wei) of final transactions. */
export function createEthereumSubmitter<P extends Json>(options: EthereumSubmitterOptions<P>): Submitter<P> {
  const { endpoints, signer, encode, classify, fees: policy, clock } = options;
  const finalTag = options.finalTag ?? "finalized";
  const counted = new Set<Hex>();

  const judged = (thrown: unknown): unknown => {
    const revert = revertIn(thrown);
    return revert === null ? thrown : classify(revert.reason, revert.data);
  };

  const signInto = (slot: SlotRef, previous: Attempt | null, purpose: SignedTx["purpose"], choice: Choice): Promise<SignedTx> =>
    signSlot(signer, clock, slot, previous, purpose, choice);

  return {
    signer: signer.name,

    async rehearse(event, proof, signal) {
      const target = encode(event, proof);
      try {
        await endpoints.ask((client, signal) => client.call({ ...target, from: signer.address }, "latest", signal), signal);
      } catch (thrown) {
        throw judged(thrown);
      }
    },

    async floor(signal) {
      const { value } = await endpoints.ask(async (client, signal) => {
        const [final, latest, pending] = await Promise.all([
          client.nonce(signer.address, finalTag, signal).catch(unknownWhenPruned), client.nonce(signer.address, "latest", signal), client.nonce(signer.address, "pending", signal),
        ]);
        return { next: pending > latest ? pending : latest, settled: final === latest && pending === latest };
      }, signal);
      return value;
    },

    async sign(event, proof, slot, previous, signal) {
      const target = encode(event, proof);
      try {
        const { value } = await endpoints.ask((client, signal) => priceCall(client, { target, from: signer.address, previous: feesOf(previous), policy, chainId: options.chainId }, signal), signal);
        return await signInto(slot, previous, "effect", { target, ...value });
      } catch (thrown) {
        throw judged(thrown);
      }
    },

    async fill(slot, previous, signal) {
      const { value: market } = await endpoints.ask((client, signal) => client.feeMarket(signal), signal);
      const fees = chooseFees(market, feesOf(previous), selfTransferGas, policy);
      return signInto(slot, previous, "fill", { target: { to: signer.address, data: "0x" }, gasLimit: selfTransferGas, fees });
    },

    async send(tx, signal) {
      signer.handOut(tx.slot.slot);
      await broadcast(endpoints, (client, signal) => hand(client, tx.raw, signal), signal);
    },

    async track(slot, attempts, signal) {
      const status = await trackEthereum({ endpoints, address: signer.address, finalTag, classify }, slot, attempts, signal);
      if ((status.kind === "included" || status.kind === "taken") && status.final) signer.settle(slot.slot);
      if (status.kind === "included" && status.final && !counted.has(status.hash)) {
        if (counted.size >= 10_000) counted.clear();
        counted.add(status.hash);
        options.meter.count("fees_spent_total", { chain: "ethereum" }, Number(status.feePaid) / 1e18);
      }
      return status;
    },
  };
}

async function signSlot(
  signer: EthereumSigner, clock: Clock, slot: SlotRef, previous: Attempt | null, purpose: SignedTx["purpose"], { target, gasLimit, fees }: Choice,
): Promise<SignedTx> {
  if (slot.signer !== signer.name) throw bug("slot-of-another-signer", `slot ${slot.slot} belongs to ${slot.signer}, not to ${signer.name}`);
  const { raw, hash } = await signer.sign({ ...target, nonce: slot.slot, gasLimit, ...fees }, previous?.raw ?? null);
  return {
    hash, raw, slot, purpose,
    replaces: previous?.hash ?? null,
    fee: gasLimit * fees.maxFeePerGasWei,
    detail: { gasLimit: `${gasLimit}`, maxFeePerGasWei: `${fees.maxFeePerGasWei}`, maxPriorityFeePerGasWei: `${fees.maxPriorityFeePerGasWei}` },
    signedAt: clock.now(),
  };
}

type Pricing = { readonly target: Target; readonly from: Hex; readonly previous: Fees | null; readonly policy: FeePolicy; readonly chainId: bigint };

/** Gas limit and fees for a call as it would run now; the estimate carries fee fields (refunding contracts cost more then). */
async function priceCall(client: EthereumClient, pricing: Pricing, signal: AbortSignal): Promise<{ gasLimit: bigint; fees: Fees }> {
  const { target, from, previous, policy, chainId } = pricing;
  const [market, latest, on] = await Promise.all([client.feeMarket(signal), client.blockBy("latest", signal), client.chainId(signal)]);
  if (on !== chainId) throw invalid("endpoint-on-another-chain", `endpoint ${client.name} is on chain ${on} now, chain ${chainId} is configured; another endpoint is used, correct its URL`);
  if (latest === null) throw unavailable("unknown-block", `endpoint ${client.name} has no latest block; it is waited for`);
  const offered = chooseFees(market, previous, 0n, policy);
  const gasLimit = withMargin(await client.estimateGas({ ...target, from, ...offered }, signal), latest.gasLimit, policy);
  return { gasLimit, fees: chooseFees(market, previous, gasLimit, policy) };
}

/** A node that has it, or saw its nonce used, needs it no more. */
async function hand(client: EthereumClient, raw: Hex, signal: AbortSignal): Promise<void> {
  try {
    await client.sendRaw(raw, signal);
  } catch (thrown) {
    if (!harmless.includes(failureOf(thrown).code)) throw thrown;
  }
}

function feesOf(previous: Attempt | null): Fees | null {
  if (previous === null) return null;
  const { maxFeePerGas, maxPriorityFeePerGas } = Transaction.from(previous.raw);
  return { maxFeePerGasWei: maxFeePerGas ?? 0n, maxPriorityFeePerGasWei: maxPriorityFeePerGas ?? 0n };
}

/** While finality stalls, a node may have dropped the final block's state; then it is not known, and nobody calls it settled. */
function unknownWhenPruned(thrown: unknown): null {
  if (failureOf(thrown).code === "block-pruned") return null;
  throw thrown;
}

/** Reason and data of a "call-reverted" error, null for anything else. */
function revertIn(thrown: unknown): { reason: string | null; data: Hex } | null {
  if (!(thrown instanceof GantryError) || thrown.failure.code !== "call-reverted") return null;
  const evidence = thrown.failure.evidence as { reason: string | null; data: Hex };
  return { reason: evidence.reason, data: evidence.data };
}
