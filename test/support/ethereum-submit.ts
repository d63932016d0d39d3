/**
 * The Ethereum submitter over a test chain, as the program composes it: file key, endpoints, fee policy.
 * Always: each test begins at the same block (snapshot), and proxies are closed after it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { FeePolicy } from "../../relayer/submit/ethereum-fees.ts";
import { createEthereumSubmitter } from "../../relayer/submit/ethereum.ts";
import { createClock } from "../../src/clock.ts";
import type { Attempt, SignedTx, SlotRef } from "../../src/core/delivery.ts";
import type { Failure } from "../../src/core/errors.ts";
import { failureOf, rejected } from "../../src/core/errors.ts";
import type { Hex, SourceEvent } from "../../src/core/values.ts";
import { eventId } from "../../src/core/values.ts";
import type { Submitter, TxStatus } from "../../src/ports.ts";
import { createEthereumFileSigner } from "../../src/signer/ethereum.ts";
import type { EthereumSigner } from "../../src/signer/ethereum.ts";
import { endpointsOf, startTestChain, topicOf } from "./ethereum.ts";
import type { TestChain } from "./ethereum.ts";
import { createRpcProxy } from "./rpc-proxy.ts";
import type { Rewrite, RpcProxy } from "./rpc-proxy.ts";

const gwei = 1_000_000_000n;
export const fees: FeePolicy = { maxFeePerGasWei: 500n * gwei, budgetWei: 10n ** 18n };
// worthless: anvil's first account
const key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

export type Proof = { readonly data: Hex };
type Setup = { submitter: Submitter<Proof>; signer: EthereumSigner; meter: ReturnType<typeof endpointsOf>["meter"] };
type SetupOptions = { readonly urls?: Record<string, string>; readonly fees?: FeePolicy; readonly timeoutMs?: number };

export const event: SourceEvent = { id: eventId("e1"), chain: "bitcoin", kind: "test", at: null, generation: 0, payload: null };
export const effect = (number: number): Proof => ({ data: `${topicOf(number)}abcd` });
export const attempt = (tx: SignedTx): Attempt => ({ ...tx, broadcasts: 1, lastSentAt: tx.signedAt });
export const refusal = async (work: Promise<unknown>): Promise<Failure> =>
  failureOf(await work.then(() => new Error("was accepted"), (thrown: unknown) => thrown));

export type SubmitBench = {
  readonly chain: () => TestChain;
  readonly open: (options?: SetupOptions) => Promise<Setup>;
  readonly proxyWith: (rewrite: Rewrite) => Promise<RpcProxy>;
  /** into the chain's next nonce, or as a replacement of `previous` */
  readonly sign: (setup: Setup, proof: Proof, previous?: SignedTx) => Promise<SignedTx>;
  readonly track: (setup: Setup, ...txs: SignedTx[]) => Promise<TxStatus>;
};

/** Registers the hooks of a test file. */
export function useSubmitBench(): SubmitBench {
  let started: TestChain | null = null;
  let folder = "";
  let snapshot: unknown;
  const proxies: RpcProxy[] = [];
  const chain = (): TestChain => {
    if (started === null) throw new Error("the chain is not started yet");
    return started;
  };
  beforeAll(async () => {
    started = await startTestChain();
    folder = await mkdtemp(join(tmpdir(), "gantry-submit-"));
    await writeFile(join(folder, "key"), key, { mode: 0o600 });
  });
  afterAll(async () => {
    await started?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    snapshot = await chain().rpc("evm_snapshot");
  });
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
    await chain().rpc("evm_revert", snapshot);
    await chain().rpc("anvil_dropAllTransactions");
  });
  return {
    chain,
    async open(options = {}) {
      const endpoints = endpointsOf(options.urls ?? { node: chain().url }, options.timeoutMs);
      const signer = await createEthereumFileSigner({ keyFile: join(folder, "key"), chainId: 31337n });
      const submitter = createEthereumSubmitter<Proof>({
        endpoints, signer, chainId: 31337n, clock: createClock(), meter: endpoints.meter, fees: options.fees ?? fees,
        encode: (_event, proof) => ({ to: chain().contract, data: proof.data }),
        classify: (reason, data) => rejected("test-reverted", reason ?? "no reason", { evidence: { reason, data } }),
      });
      return { submitter, signer, meter: endpoints.meter };
    },
    async proxyWith(rewrite) {
      const proxy = await createRpcProxy(chain().url);
      proxy.use(rewrite);
      proxies.push(proxy);
      return proxy;
    },
    async sign({ submitter, signer }, proof, previous) {
      const { next } = await submitter.floor(chain().signal);
      const slot: SlotRef = previous?.slot ?? { signer: signer.name, slot: next };
      return submitter.sign(event, proof, slot, previous === undefined ? null : attempt(previous), chain().signal);
    },
    async track({ submitter }, ...txs) {
      const last = txs.at(-1);
      if (last === undefined) throw new Error("nothing to track");
      return submitter.track(last.slot, txs.map(attempt), chain().signal);
    },
  };
}
