/**
 * The header lane as the program composes it, over a stage's bitcoind and dev chain: watchers, ledger, relay, engine.
 * Always: every round trip to a node is counted; all loops have ended when `stop` returns.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterbtcHeadersLane, inUpdateOrder } from "../../relayer/lanes/interbtc-headers.ts";
import type { InterbtcHeadersLane } from "../../relayer/lanes/interbtc-headers.ts";
import type { HeadersProof } from "../../relayer/lanes/interbtc-headers-update.ts";
import { createRelay, wakeAll } from "../../relayer/relay.ts";
import type { Relay } from "../../relayer/relay.ts";
import { createPolkadotSubmitter } from "../../relayer/submit/polkadot.ts";
import { createSync } from "../../relayer/sync.ts";
import type { Sync } from "../../relayer/sync.ts";
import { createBitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { JsonRpc } from "../../src/chains/json-rpc.ts";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { createPolkadotClient } from "../../src/chains/polkadot/client.ts";
import { createSocketRpc } from "../../src/chains/polkadot/socket.ts";
import { createClock } from "../../src/clock.ts";
import type { Delivery, State } from "../../src/core/delivery.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import { createMemoryLedger } from "../../src/ledger/memory.ts";
import type { ChainSource, Ledger, Submitter } from "../../src/ports.ts";
import { createMemoryWakeQueue } from "../../src/queue/memory.ts";
import { createPolkadotFileSigner } from "../../src/signer/polkadot.ts";
import { createBitcoinSource } from "../../watchers/bitcoin/source.ts";
import { createPolkadotSource } from "../../watchers/polkadot/source.ts";
import { createWatch } from "../../watchers/watch.ts";
import type { InterbtcStage } from "./interbtc.ts";
import { createMemoryLog, createMemoryMeter } from "./quiet.ts";

export type Pace = { readonly watchMs: number; readonly syncMs: number; readonly trackMs: number; readonly auditMs: number };
const impatient: Pace = { watchMs: 500, syncMs: 1_000, trackMs: 1_000, auditMs: 1_000 };

export type HeaderRelayOptions = {
  readonly who?: string;
  readonly maxBatch?: number;
  readonly maxInFlight?: number;
  readonly minDepth?: number;
  readonly rankedDelay?: boolean;
  readonly initialiseAt?: number | null;
  readonly maxOpenSlots?: number;
  readonly around?: (submitter: Submitter<HeadersProof>) => Submitter<HeadersProof>;
  /** round trips of lane and submitter, by "chain method" */
  readonly calls?: Map<string, number>;
  /** round trips of the watchers, likewise */
  readonly watcherCalls?: Map<string, number>;
  /** how often it looks when nothing tells it to; default: often, so that a test need not wait */
  readonly pace?: Pace;
};

export type HeaderRelayParts = {
  readonly lane: InterbtcHeadersLane;
  readonly polkadot: Endpoints<PolkadotClient>;
  readonly ledger: Ledger;
  readonly relay: Relay;
  readonly sync: Sync;
  readonly log: ReturnType<typeof createMemoryLog>;
  readonly meter: ReturnType<typeof createMemoryMeter>;
  /** updates in these states, oldest first */
  updates(...states: readonly State[]): Promise<readonly Delivery[]>;
  /** all loops; to be stopped by `stop` */
  run(): void;
  stop(): Promise<void>;
};

export async function composeHeaderRelay(stage: InterbtcStage, options: HeaderRelayOptions = {}): Promise<HeaderRelayParts> {
  const { pace = impatient } = options;
  const folder = await mkdtemp(join(tmpdir(), "gantry-headers-"));
  await writeFile(join(folder, "key"), options.who ?? "//Dave", { mode: 0o600 });
  const signer = await createPolkadotFileSigner({ keyFile: join(folder, "key"), isDevelopmentChain: true });
  const [clock, log, meter, ledger] = [createClock(), createMemoryLog(), createMemoryMeter(), createMemoryLedger()];
  const counted = (chain: string, calls = options.calls) => (method: string): void => void calls?.set(`${chain} ${method}`, (calls.get(`${chain} ${method}`) ?? 0) + 1);
  const bitcoinClient = createBitcoinClient(countingRpc(stage.bitcoin.rpc, counted("bitcoin")));
  const polkadotClient = createPolkadotClient(createSocketRpc({ name: "node", url: stage.polkadot.url, timeoutMs: 20_000, onCall: counted("polkadot") }));
  const watchClient = createPolkadotClient(createSocketRpc({ name: "node", url: stage.polkadot.url, timeoutMs: 20_000, onCall: counted("polkadot", options.watcherCalls) }));
  const bitcoin = createEndpoints({ chain: "bitcoin", endpoints: [{ name: "node", client: bitcoinClient }], clock, meter });
  const polkadot = createEndpoints({ chain: "polkadot", endpoints: [{ name: "node", client: polkadotClient }], clock, meter });
  const watched = createEndpoints({ chain: "polkadot", endpoints: [{ name: "node", client: watchClient }], clock, meter });
  const quietBitcoin = createEndpoints({ chain: "bitcoin", endpoints: [{ name: "node", client: createBitcoinClient(countingRpc(stage.bitcoin.rpc, counted("bitcoin", options.watcherCalls))) }], clock, meter });

  const lane = createInterbtcHeadersLane({
    signer: signer.name, account: signer.account, bitcoin, polkadot, rankedDelay: options.rankedDelay ?? false, minDepth: options.minDepth ?? 0,
    maxBatch: options.maxBatch ?? 4, maxInFlight: options.maxInFlight ?? 4, initialiseAt: options.initialiseAt ?? null, clock,
  });
  let poke = (): void => undefined;
  const genesis = await watchClient.genesis(new AbortController().signal);
  const plain = createPolkadotSubmitter<HeadersProof>({ endpoints: polkadot, signer, encode: lane.encode, needs: lane.needs, classify: lane.classify, fees: { maxFeePlanck: 10n ** 13n }, genesis: () => genesis, headsKeptMs: 1_000, clock, meter });
  const around = options.around ?? ((submitter) => submitter);
  const submitter = inUpdateOrder(around(plain), { load: (id) => ledger.load(id, []), polkadot }, () => poke());
  const policy = { ...defaultPolicy("bitcoin", "polkadot"), backoff: { baseMs: 200, capMs: 2_000 }, trackEveryMs: pace.trackMs };
  const queue = createMemoryWakeQueue({ clock, log, meter });
  const tools = { ledger, clock, log, meter };
  const relay = createRelay({ ...tools, queue, lanes: [{ lane, submitter, policy, maxOpenSlots: options.maxOpenSlots ?? 32, concurrency: 8 }], auditEveryMs: pace.auditMs });
  const sync = createSync({ ...tools, side: lane, policy, work: (...given) => relay.work(...given), pollMs: pace.syncMs });
  poke = () => sync.poke();
  const onWoken = async (woken: Parameters<Parameters<typeof createWatch>[0]["onWoken"]>[0]): Promise<void> => wakeAll(woken.map((one) => ({ ...one, at: clock.now() })), { queue, clock, log, meter });
  const watch = (source: ChainSource) => createWatch({ source, ...tools, pollMs: pace.watchMs, auditEveryMs: 60_000, startHeight: async (final) => final.height + 1, onWoken });
  const sources = [
    createBitcoinSource({ endpoints: quietBitcoin, readers: [], finalDepth: 6, startHeight: 0, clock }),
    createPolkadotSource({ endpoints: watched, readers: [], clock, announcers: [watchClient] }),
  ];
  const stop = new AbortController();
  let loops: readonly Promise<void>[] = [];
  return {
    lane, polkadot, ledger, relay, sync, log, meter,
    updates: (...states) => ledger.find({ lane: lane.name, states }),
    run() {
      loops = [...sources.map((source) => watch(source).run(stop.signal)), relay.run(stop.signal), sync.run(stop.signal, stop.signal)];
    },
    async stop() {
      stop.abort();
      await Promise.all(loops);
      polkadotClient.close();
      watchClient.close();
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One request of any size is one round trip. */
function countingRpc(rpc: JsonRpc, count: (method: string) => void): JsonRpc {
  return {
    name: rpc.name,
    call: (method, params, signal, timeoutMs) => {
      count(method);
      return rpc.call(method, params, signal, timeoutMs);
    },
    batch: (calls, signal) => {
      count("batch");
      return rpc.batch(calls, signal);
    },
  };
}
