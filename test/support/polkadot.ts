/**
 * A real dev chain for tests of the Polkadot adapters: blocks come only when asked for, final is two blocks behind.
 * Always: development accounts only; the chain's process and folder are gone after `close`.
 */
import { createRunFolder } from "../../devnet/processes.ts";
import { startPolkadot } from "../../devnet/polkadot/server.ts";
import type { PolkadotServer } from "../../devnet/polkadot/server.ts";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { createPolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { eraBytes } from "../../src/chains/polkadot/era.ts";
import { blake2 } from "../../src/chains/polkadot/header.ts";
import type { PolkadotCall } from "../../src/chains/polkadot/runtime.ts";
import { createSocketRpc } from "../../src/chains/polkadot/socket.ts";
import { createClock } from "../../src/clock.ts";
import type { Hex } from "../../src/core/values.ts";
import type { PolkadotSigner } from "../../src/signer/polkadot.ts";
import { createMemoryMeter } from "./quiet.ts";

export type TestPolkadot = PolkadotServer & {
  readonly client: PolkadotClient;
  readonly signal: AbortSignal;
  readonly genesis: Hex;
  readonly folder: string;
  /** signs with `signer` in the account's next nonce (or `nonce`), valid for 64 blocks from the head, and gives it to the pool */
  put(signer: PolkadotSigner, call: PolkadotCall, more?: { readonly nonce?: bigint; readonly tipPlanck?: bigint }): Promise<Hex>;
  close(): Promise<void>;
};

export async function startTestPolkadot(finalityLag = 2): Promise<TestPolkadot> {
  const folder = await createRunFolder();
  const server = await startPolkadot({ folder: folder.path, blocks: "manual", finalityLag });
  const { signal } = new AbortController();
  const client = createPolkadotClient(createSocketRpc({ name: "test", url: server.url, timeoutMs: 20_000 }));
  const genesis = await client.genesis(signal);
  return {
    ...server, client, signal, genesis, folder: folder.path,
    async put(signer, call, more = {}) {
      const best = await client.head("best", signal);
      const runtime = await client.runtimeAfter(best.hash, signal);
      const nonce = more.nonce ?? (await client.nonce(signer.account, "pending", signal));
      const raw = await signer.sign({
        registry: runtime.registry, specVersion: runtime.specVersion, transactionVersion: runtime.transactionVersion, genesis, nonce,
        tipPlanck: more.tipPlanck ?? 0n, call: runtime.encodeCall(call), era: eraBytes({ birth: best.height, birthHash: best.hash, period: 64 }), birthHash: best.hash,
      }, null);
      await client.submit(raw, signal);
      return blake2(raw);
    },
    async close() {
      client.close();
      await server.stop();
      await folder.remove();
    },
  };
}

type TestEndpoints = Endpoints<PolkadotClient> & { readonly meter: ReturnType<typeof createMemoryMeter>; readonly clients: readonly PolkadotClient[]; close(): void };

/** Endpoints by name and URL, in this order, as the program composes them. */
export function polkadotEndpoints(urls: Readonly<Record<string, string>>, options: { readonly timeoutMs?: number; readonly silentMs?: number } = {}): TestEndpoints {
  const meter = createMemoryMeter();
  const endpoints = Object.entries(urls).map(([name, url]) => ({
    name,
    client: createPolkadotClient(createSocketRpc({ name, url, timeoutMs: options.timeoutMs ?? 20_000 }), { silentMs: options.silentMs ?? 30_000, againMs: 100 }),
  }));
  const clients = endpoints.map(({ client }) => client);
  return {
    ...createEndpoints({ chain: "polkadot", endpoints, clock: createClock(), meter }), meter, clients,
    close: () => {
      for (const client of clients) client.close();
    },
  };
}

/** The runtime leaves a trace of these bytes in an event, whatever else it is. */
export const remark = (text: string): PolkadotCall => ({ pallet: "System", name: "remark_with_event", args: { remark: `0x${Buffer.from(text).toString("hex")}` } });
export const batch = (name: "batch" | "batch_all", calls: readonly PolkadotCall[]): PolkadotCall => ({ pallet: "Utility", name, args: { calls } });
