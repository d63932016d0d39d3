/**
 * A lane that proves payments to the parachain: of issues, so that the tokens are minted; of refunds, so that they are settled.
 * Always: the parachain decides when, by its light client's own rules; a proof shows just what the parachain asks for; a request
 * is executed once, so a second payment of it is told apart from the first.
 * Never: sends, signs, or proves a payment of less than was asked.
 */
import { classifyInterbtc } from "../../src/bridges/interbtc/errors.ts";
import type { LightClient } from "../../src/bridges/interbtc/light-client.ts";
import type { InterbtcProof } from "../../src/bridges/interbtc/proof.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { BitcoinBlock } from "../../src/chains/bitcoin/codec.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { isTrusted } from "../../src/chains/endpoint-health.ts";
import type { Answer, Endpoints } from "../../src/chains/endpoints.ts";
import type { Dialect } from "../../src/bridges/interbtc/dialect.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { failureOf, unavailable } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Millis, SignerName, SourceEvent, TransferId } from "../../src/core/values.ts";
import type { Lane } from "../../src/ports.ts";
import { checkInterbtcProof } from "../proofs/interbtc-proof-check.ts";
import { buildInterbtcProof } from "../proofs/interbtc-proof.ts";
import type { PolkadotSubmitterOptions } from "../submit/polkadot.ts";
import { readLightClient } from "../reads/interbtc-light-client.ts";
import { sightExecution } from "./interbtc-execution.ts";
import type { Execution } from "./interbtc-execution.ts";
import { createLead } from "./interbtc-lead.ts";
import { anchorPayment } from "./interbtc-payment-anchor.ts";
import type { PaymentAnchor } from "./interbtc-payment-anchor.ts";
import { paidIn } from "./interbtc-payment-kind.ts";
import type { Paid, PaymentKind } from "./interbtc-payment-kind.ts";
import { executedFor } from "./interbtc-siblings.ts";

export type PaymentLaneOptions = {
  readonly signer: SignerName;
  /** the signer's account, 32 bytes, for the order among relayers */
  readonly account: Hex;
  readonly bitcoin: Endpoints<BitcoinClient>;
  readonly polkadot: Endpoints<PolkadotClient>;
  /** let the vaults that the protocol's order puts before us go first */
  readonly rankedDelay: boolean;
  /** all deliveries that serve a transfer: a request paid twice has two */
  readonly siblings: (transfer: TransferId) => Promise<readonly Delivery[]>;
  /** how long a "not yet" lasts before the chain is asked again; ten times as long where a block of the parachain ends it. Default 6 s */
  readonly pollMs?: Millis;
};

type ForSubmitter = Pick<PolkadotSubmitterOptions<InterbtcProof>, "encode" | "needs" | "classify">;

export interface PaymentLane extends Lane<InterbtcProof, PaymentAnchor>, ForSubmitter {}

/** blocks kept at a time: many payments are in one block, and it is fetched and hashed once for all of them */
const keptBlocks = 4;

/** The last few answers by key; those that failed are asked for again. */
function createShared<T>(most: number): { get(key: string, make: () => Promise<T>): Promise<T>; clear(): void } {
  const kept = new Map<string, Promise<T>>();
  return {
    get(key, make) {
      const found = kept.get(key);
      if (found !== undefined) return found;
      const made = make();
      made.catch(() => kept.delete(key));
      kept.set(key, made);
      for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - most))) kept.delete(oldest);
      return made;
    },
    clear: () => kept.clear(),
  };
}

export function createPaymentLane(kind: PaymentKind, options: PaymentLaneOptions): PaymentLane {
  const { bitcoin, polkadot, siblings, pollMs = 6_000 } = options;
  const lead = options.rankedDelay ? createLead(polkadot, options.account) : null;
  const blocks = createShared<Answer<BitcoinBlock>>(keptBlocks);
  const lights = createShared<LightClient>(1);
  /** who gave the data of a proof, until its check */
  const givenBy = new WeakMap<InterbtcProof, string>();
  let suspect: string | null = null;

  const paymentIn = ({ payload }: SourceEvent): Paid => paidIn(kind, payload);
  const sight = async (event: SourceEvent, at: "best" | "final", signal: AbortSignal): Promise<Execution> => {
    const payment = paymentIn(event);
    const { value, endpoint } = await polkadot.ask((client, signal) => sightExecution(client, { ...kind, ...payment }, at, signal), signal);
    if (value.kind === "by-another") await contradict({ kind, polkadot }, payment, at, endpoint, signal);
    if (value.kind !== "effect" || value.effect.tx !== null) return value;
    // executed long ago: no node has the state before, but our own records may know with which payment
    const txid = executedFor(await siblings(kind.transferOf(payment.id)), kind.deliveryOf(payment.id, payment.txid));
    return txid === null ? value : { kind: "by-another", txid, effect: value.effect };
  };

  return {
    name: kind.lane,
    source: "bitcoin",
    target: "polkadot",
    signer: options.signer,

    async delivered(event, at, signal) {
      const execution = await sight(event, at, signal);
      return execution.kind === "effect" ? execution.effect : null;
    },

    async anchor(event, now, signal) {
      if (event.at === null) return { kind: "not-yet", code: "transaction-not-in-chain", until: now + pollMs, waitsFor: null };
      const question = {
        kind, polkadot, lead, siblings, pollMs, payment: paymentIn(event), block: event.at, sight: (at: "best" | "final") => sight(event, at, signal),
        lightClient: (client: PolkadotClient, dialect: Dialect, at: BlockRef, signal: AbortSignal) => lights.get(`${client.name} ${at.hash}`, () => readLightClient(client, dialect, at, signal)),
      };
      return anchorPayment(question, now, signal);
    },

    async build(event, { block }, signal) {
      const { value, endpoint } = await blocks.get(block.hash, () => fetchBlock(bitcoin, block, signal));
      const proof = buildInterbtcProof(value, paymentIn(event).txid);
      givenBy.set(proof, endpoint);
      return proof;
    },

    check(event, { block, asks }, proof) {
      suspect = givenBy.get(proof) ?? null;
      return checkInterbtcProof(proof, { txid: paymentIn(event).txid, blockHash: block.hash, script: asks.script, leastSat: asks.sat, ...(asks.named ? { named: paymentIn(event).id } : {}) });
    },

    distrust(failure) {
      blocks.clear();
      if (suspect !== null) bitcoin.distrust(suspect, failure);
    },

    describe: (event) => {
      const { id, txid, paidSat } = paymentIn(event);
      return `${kind.word} ${id}, paid with ${paidSat} satoshi by ${toDisplay(txid)}`;
    },

    encode: (event, proof, runtime) => kind.executions(runtime).execute(paymentIn(event).id, proof),
    needs: (runtime) => kind.executions(runtime).needs,
    classify: (failure) => {
      const refusal = classifyInterbtc(failure, kind.call);
      // it is built once more, and our copy of the block may be what is wrong
      if (refusal.failure.code === "interbtc-proof-refused") blocks.clear();
      return refusal;
    },
  };
}

/** That ours is not the payment is one endpoint's word against all others'. Throws Unavailable "endpoints-disagree". */
async function contradict({ kind, polkadot }: { readonly kind: PaymentKind; readonly polkadot: Endpoints<PolkadotClient> }, payment: Paid, at: "best" | "final", endpoint: string, signal: AbortSignal): Promise<void> {
  const answers = await polkadot.askAll((client, signal) => sightExecution(client, { ...kind, ...payment }, at, signal), signal, (state) => state.name !== endpoint && isTrusted(state));
  const other = answers.find((answer) => "value" in answer && answer.value.kind === "effect" && answer.value.effect.tx !== null);
  if (other === undefined) return;
  throw unavailable("endpoints-disagree", `Endpoint ${endpoint} has ${kind.word} ${payment.id} executed with another payment than ${toDisplay(payment.txid)}, endpoint ${other.endpoint} with this one: waiting until they agree.`, {
    evidence: { [kind.idName]: payment.id, txid: payment.txid, endpoints: [endpoint, other.endpoint] },
  });
}

async function fetchBlock(bitcoin: Endpoints<BitcoinClient>, { height, hash }: BlockRef, signal: AbortSignal): Promise<Answer<BitcoinBlock>> {
  try {
    return await bitcoin.ask((client, signal) => client.block(hash, signal), signal);
  } catch (thrown) {
    if (failureOf(thrown).code !== "block-pruned") throw thrown;
    throw unavailable("block-pruned", `No Bitcoin node keeps block ${height} (${toDisplay(hash)}) any more, whose transactions a proof needs; give an endpoint that has it.`, {
      evidence: { heights: [height], block: hash }, cause: thrown,
    });
  }
}
