/**
 * The issue lane and its submitter over the stage of test/support/interbtc.ts, as the program composes them.
 * Always: //Dave relays; final is two blocks behind. Payments are told as the watchers tell them.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Issue } from "../../devnet/interbtc/parties.ts";
import { until } from "../../devnet/until.ts";
import { createInterbtcIssueLane } from "../../relayer/lanes/interbtc-issue.ts";
import type { PaymentLane } from "../../relayer/lanes/interbtc-payment.ts";
import type { PaymentAnchor } from "../../relayer/lanes/interbtc-payment-anchor.ts";
import { createPolkadotSubmitter } from "../../relayer/submit/polkadot.ts";
import type { InterbtcProof } from "../../src/bridges/interbtc/proof.ts";
import { issuePaymentEvent } from "../../src/bridges/interbtc/names.ts";
import { createBitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { createClock } from "../../src/clock.ts";
import type { Attempt, Delivery, SignedTx, SlotRef } from "../../src/core/delivery.ts";
import type { Hex, SourceEvent } from "../../src/core/values.ts";
import type { Anchored, Submitter, TxStatus } from "../../src/ports.ts";
import { createPolkadotFileSigner } from "../../src/signer/polkadot.ts";
import type { InterbtcStage } from "./interbtc.ts";
import { polkadotEndpoints } from "./polkadot.ts";
import { createMemoryMeter } from "./quiet.ts";

export interface IssueBench {
  readonly lane: PaymentLane;
  readonly submitter: Submitter<InterbtcProof>;
  readonly bitcoin: Endpoints<BitcoinClient>;
  readonly signal: AbortSignal;
  /** other deliveries of an issue, as the ledger would tell them */
  readonly siblings: Delivery[];
  /** a payment in a block, as the Bitcoin watcher tells it */
  paid(issue: Pick<Issue, "id" | "script">, tx: BitcoinTx, blockHash: Hex): Promise<SourceEvent>;
  anchor(event: SourceEvent): Promise<Anchored<PaymentAnchor>>;
  /** anchor, build and check. Throws when it is not provable, or not proved */
  prove(event: SourceEvent): Promise<InterbtcProof>;
  /** signs into the account's next nonce */
  sign(event: SourceEvent, proof: InterbtcProof): Promise<SignedTx>;
  track(tx: SignedTx): Promise<TxStatus>;
  /** sends it and waits for its block */
  land(tx: SignedTx): Promise<TxStatus>;
  /** uses its nonce up by the signer's own empty transaction, as for a delivery that gave it up */
  giveUp(tx: SignedTx): Promise<void>;
  close(): Promise<void>;
}

const attemptOf = (tx: SignedTx): Attempt => ({ ...tx, broadcasts: 1, lastSentAt: tx.signedAt });

export async function createIssueBench(stage: InterbtcStage, options: { readonly rankedDelay?: boolean; readonly who?: string } = {}): Promise<IssueBench> {
  const { signal } = new AbortController();
  const folder = await mkdtemp(join(tmpdir(), "gantry-issue-"));
  const keyFile = join(folder, "key");
  await writeFile(keyFile, options.who ?? "//Dave", { mode: 0o600 });
  const signer = await createPolkadotFileSigner({ keyFile, isDevelopmentChain: true });
  const polkadot = polkadotEndpoints({ node: stage.polkadot.url });
  const [clock, meter] = [createClock(), createMemoryMeter()];
  const bitcoin = createEndpoints({ chain: "bitcoin", endpoints: [{ name: "node", client: createBitcoinClient(stage.bitcoin.rpc) }], clock, meter });
  const siblings: Delivery[] = [];
  const lane = createInterbtcIssueLane({ signer: signer.name, account: signer.account, bitcoin, polkadot, rankedDelay: options.rankedDelay ?? false, siblings: async () => siblings });
  const genesis = (await polkadot.ask((client) => client.genesis(signal), signal)).value;
  const submitter = createPolkadotSubmitter<InterbtcProof>({
    endpoints: polkadot, signer, genesis: () => genesis, clock, meter, fees: { maxFeePlanck: 10n ** 13n }, encode: lane.encode, needs: lane.needs, classify: lane.classify,
  });
  const track = (tx: SignedTx): Promise<TxStatus> => submitter.track(tx.slot, [attemptOf(tx)], signal);
  const land = async (tx: SignedTx): Promise<TxStatus> => {
    await submitter.send(tx, signal);
    return until("the extrinsic is in a block", async () => {
      const status = await track(tx);
      return status.kind === "included" ? status : null;
    }, { withinMs: 60_000 });
  };
  return {
    lane, submitter, bitcoin, signal, siblings,
    async paid({ id, script }, tx, blockHash) {
      const { header, height } = await bitcoin.ask((client) => client.block(blockHash, signal), signal).then(({ value }) => value);
      const index = tx.outputs.findIndex((output) => output.script === script);
      const payload = { issueId: id, txid: tx.txid, paidSat: `${tx.outputs[index]?.valueSat ?? 0n}`, index };
      return {
        id: issuePaymentEvent(id, tx.txid), chain: "bitcoin", kind: "interbtc-issue-payment", generation: 0, payload,
        at: { chain: "bitcoin", height, hash: header.hash, parent: header.parent, time: header.timeSeconds * 1000 },
      };
    },
    anchor: (event) => lane.anchor(event, clock.now(), signal),
    async prove(event) {
      const anchored = await lane.anchor(event, clock.now(), signal);
      if (anchored.kind !== "ready") throw new Error(`not provable: ${anchored.kind === "not-yet" ? anchored.code : anchored.failure.message}`);
      const proof = await lane.build(event, anchored.anchor, signal);
      const failure = lane.check(event, anchored.anchor, proof);
      if (failure !== null) throw new Error(failure.message);
      return proof;
    },
    async sign(event, proof) {
      const { next } = await submitter.floor(signal);
      const slot: SlotRef = { signer: signer.name, slot: next };
      return submitter.sign(event, proof, slot, null, signal);
    },
    track,
    land,
    async giveUp(tx) {
      await land(await submitter.fill(tx.slot, attemptOf(tx), signal));
    },
    async close() {
      polkadot.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
