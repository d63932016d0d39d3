/**
 * The Polkadot submitter over a dev chain, as the program composes it: file key, endpoints, fee policy.
 * Always: one chain for a test file; a test starts with an empty pool (a block takes what is left).
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { PolkadotFeePolicy } from "../../relayer/submit/polkadot-fees.ts";
import { createPolkadotSubmitter } from "../../relayer/submit/polkadot.ts";
import type { PolkadotCall } from "../../src/chains/polkadot/runtime.ts";
import type { Needs } from "../../src/chains/polkadot/shape.ts";
import { createClock } from "../../src/clock.ts";
import type { Attempt, SignedTx, SlotRef } from "../../src/core/delivery.ts";
import type { Failure } from "../../src/core/errors.ts";
import { failureOf, rejected } from "../../src/core/errors.ts";
import type { Json, SourceEvent } from "../../src/core/values.ts";
import { eventId } from "../../src/core/values.ts";
import type { Submitter, TxStatus } from "../../src/ports.ts";
import { createPolkadotFileSigner } from "../../src/signer/polkadot.ts";
import type { PolkadotSigner } from "../../src/signer/polkadot.ts";
import { polkadotEndpoints, startTestPolkadot } from "./polkadot.ts";
import type { TestPolkadot } from "./polkadot.ts";

export type Proof = { readonly call: Json };
type Setup = { submitter: Submitter<Proof>; signer: PolkadotSigner; meter: ReturnType<typeof polkadotEndpoints>["meter"] };
type SetupOptions = { readonly urls?: Record<string, string>; readonly fees?: PolkadotFeePolicy; readonly eraBlocks?: number; readonly who?: string; readonly needs?: Needs };

export const fees: PolkadotFeePolicy = { maxFeePlanck: 10n ** 13n };
export const event: SourceEvent = { id: eventId("e1"), chain: "bitcoin", kind: "test", at: null, generation: 0, payload: null };
export const proofOf = (call: PolkadotCall): Proof => ({ call });
export const attempt = (tx: SignedTx): Attempt => ({ ...tx, broadcasts: 1, lastSentAt: tx.signedAt });
export const refusal = async (work: Promise<unknown>): Promise<Failure> =>
  failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));

export type SubmitBench = {
  readonly chain: () => TestPolkadot;
  readonly open: (options?: SetupOptions) => Promise<Setup>;
  readonly sign: (setup: Setup, call: PolkadotCall, previous?: SignedTx) => Promise<SignedTx>;
  readonly send: (setup: Setup, tx: SignedTx) => Promise<void>;
  readonly track: (setup: Setup, ...txs: SignedTx[]) => Promise<TxStatus>;
  readonly signerOf: (uri: string) => Promise<PolkadotSigner>;
};

/** Registers the hooks of a test file. */
export function usePolkadotBench(): SubmitBench {
  let started: TestPolkadot | null = null;
  let folder = "";
  let keys = 0;
  const opened: { close(): void }[] = [];
  const chain = (): TestPolkadot => {
    if (started === null) throw new Error("the chain is not started yet");
    return started;
  };
  const signerOf = async (uri: string): Promise<PolkadotSigner> => {
    const keyFile = join(folder, `key-${(keys += 1)}`);
    await writeFile(keyFile, uri, { mode: 0o600 });
    return createPolkadotFileSigner({ keyFile, isDevelopmentChain: true });
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gantry-submit-"));
    started = await startTestPolkadot();
  });
  afterAll(async () => {
    await started?.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) one.close();
    await chain().setPool({ ready: 8192, banMs: 30 * 60_000 });
    await chain().mine(3);
  });
  return {
    chain,
    signerOf,
    async open(options = {}) {
      const endpoints = polkadotEndpoints(options.urls ?? { node: chain().url });
      opened.push(endpoints);
      const signer = await signerOf(options.who ?? "//Bob");
      const submitter = createPolkadotSubmitter<Proof>({
        endpoints, signer, genesis: () => chain().genesis, clock: createClock(), meter: endpoints.meter, fees: options.fees ?? fees, needs: () => options.needs ?? {},
        eraBlocks: options.eraBlocks ?? 64,
        encode: (_event, proof) => proof.call as unknown as PolkadotCall,
        classify: ({ name, about }) => rejected("test-dispatch-failed", about === "" ? name : about, { evidence: { name } }),
      });
      return { submitter, signer, meter: endpoints.meter };
    },
    async sign({ submitter, signer }, call, previous) {
      const { next } = await submitter.floor(chain().signal);
      const slot: SlotRef = previous?.slot ?? { signer: signer.name, slot: next };
      return submitter.sign(event, proofOf(call), slot, previous === undefined ? null : attempt(previous), chain().signal);
    },
    send: ({ submitter }, tx) => submitter.send(tx, chain().signal),
    async track({ submitter }, ...txs) {
      const last = txs.at(-1);
      if (last === undefined) throw new Error("nothing to track");
      return submitter.track(last.slot, txs.map(attempt), chain().signal);
    },
  };
}
