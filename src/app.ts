/**
 * The composition root: the one place that wires configuration, chains, ledger, queue, loops and pages together.
 * Always: a chain that is away holds up only itself; stopping finishes the running steps before the ledger closes.
 * Never: logic of a chain, a bridge or a delivery.
 */
import type { BitcoinClient } from "./chains/bitcoin/client.ts";
import { createEndpoints } from "./chains/endpoints.ts";
import type { Endpoints } from "./chains/endpoints.ts";
import { checkNetwork } from "./chains/bitcoin/network.ts";
import { checkEthereum } from "./chains/ethereum/start-check.ts";
import { checkAll, guardNodes, refuseTwice } from "./app/preflight.ts";
import { startMonitoring } from "./app/monitoring.ts";
import type { Parts, Role } from "./app/parts.ts";
import { knownOf, safeMeter } from "./app/parts.ts";
import type { PolkadotPool } from "./app/polkadot.ts";
import { keepPruned } from "./app/pruning.ts";
import { relayTask, watchBitcoin, watchEthereum, watchPolkadot } from "./app/tasks.ts";
import { tbtcKnownLanes, tbtcWork } from "./app/tbtc.ts";
import { createClock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import { failureOf } from "./core/errors.ts";
import type { SignerName } from "./core/values.ts";
import { createSqliteLedger } from "./ledger/sqlite.ts";
import type { AdjustableLog } from "./log.ts";
import { createMetrics } from "./monitor/metrics.ts";
import { bitcoinNodes, ethereumNodes } from "./nodes.ts";
import type { OnNodeCall } from "./nodes.ts";
import type { Clock, Ledger } from "./ports.ts";
import type { BullmqWakeQueue } from "./queue/bullmq.ts";
import { createBullmqWakeQueue } from "./queue/bullmq.ts";
import { readSecretFile } from "./secret.ts";
import type { EthereumSigner } from "./signer/ethereum.ts";
import { createEthereumFileSigner } from "./signer/ethereum.ts";
import type { PolkadotSigner } from "./signer/polkadot.ts";

export type AppOptions = {
  readonly roles: readonly Role[];
  readonly log: AdjustableLog;
  /** for tests of crashes and full disks: stands between the loops and the ledger */
  readonly aroundLedger?: (ledger: Ledger) => Ledger;
  /** for tests that count what happens in a time */
  readonly clock?: Clock;
};

export interface App {
  /** no new work; running steps finish (broken off after `graceMs`); then everything is closed */
  stop(graceMs?: number): Promise<void>;
  /** resolves after a stop; rejects with what ended the app otherwise (contracts that are not what the configuration says, …) */
  readonly done: Promise<void>;
  readonly urls: { readonly api: string };
}

const stopGraceMs = 7_000;

/** @throws Misconfigured for what waiting cannot cure, Unavailable "ledger-locked" when another process has the ledger */
export async function startApp(config: Config, options: AppOptions): Promise<App> {
  const clock = options.clock ?? createClock();
  const stop = new AbortController();
  const abort = new AbortController();
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.toReversed()) await one.close();
    opened.length = 0;
  };
  try {
    const parts = await openParts(config, options, clock, opened);
    const monitoring = await startMonitoring(parts, options.roles, stop.signal);
    opened.push(monitoring);
    const tasks = [
      ...(options.roles.includes("watch") ? [watchBitcoin(parts, stop.signal), watchEthereum(parts, stop.signal), watchPolkadot(parts, stop.signal)] : []),
      ...(options.roles.includes("relay") ? [relayTask(parts, stop.signal, abort.signal), keepPruned({ ...parts, keepDays: config.ledger.keepDays }, stop.signal)] : []),
      monitoring.run(),
    ];
    const ended = Promise.all(tasks);
    // Whatever ends one task ends them all; nobody may wait for `done` before the first stop.
    const done = ended.then(() => undefined, async (thrown: unknown) => {
      stop.abort();
      abort.abort();
      await Promise.allSettled(tasks);
      await close();
      throw thrown;
    });
    done.catch(() => undefined);
    return {
      done,
      urls: { api: monitoring.url },
      stop: async (graceMs = stopGraceMs) => {
        stop.abort();
        const late = AbortSignal.timeout(graceMs);
        late.addEventListener("abort", () => abort.abort(), { once: true });
        await Promise.allSettled(tasks);
        abort.abort();
        await close();
      },
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Everything with a handle: what is opened here is closed in reverse order, also when a later piece fails. */
async function openParts(config: Config, options: AppOptions, clock: Clock, opened: { close(): Promise<void> }[]): Promise<Parts> {
  const { log, roles } = options;
  const metrics = createMetrics(knownOf(config, roles));
  const meter = safeMeter(metrics.meter, log);
  const stored = await createSqliteLedger({ path: config.ledger.path, log });
  opened.push(stored);
  const ledger = options.aroundLedger?.(stored) ?? stored;
  const queue = await openQueue(config, { clock, log, meter });
  opened.push(queue);
  const { bitcoin, ethereum, polkadot } = config.chains;
  const onCall: OnNodeCall = (chain, endpoint, method, seconds) => meter.observe("rpc_seconds", { chain, endpoint, method }, seconds);
  const start = AbortSignal.timeout(10_000);
  const tools = { clock, meter };
  const bitcoinCheck = async (client: Parameters<typeof checkNetwork>[0], signal: AbortSignal) => checkNetwork(client, bitcoin?.network ?? "mainnet", signal);
  const ethereumCheck = async (client: Parameters<typeof checkEthereum>[0], signal: AbortSignal) =>
    checkEthereum(client, { chainId: BigInt(ethereum?.chainId ?? 0), contracts: [] }, signal);
  const bitcoinAll = bitcoin === undefined ? [] : await bitcoinNodes(bitcoin, onCall);
  const ethereumAll = ethereum === undefined ? [] : await ethereumNodes(ethereum, onCall);
  const polkadotParts = polkadot === undefined ? null : await import("./app/polkadot.ts");
  const polkadotPool = polkadot === undefined || polkadotParts === null ? null : await polkadotParts.openPolkadot(polkadot, config, tools, onCall);
  if (polkadotPool !== null) opened.push(polkadotPool);
  await Promise.all([
    checkAll("bitcoin", bitcoinAll, bitcoinCheck, log, start), checkAll("ethereum", ethereumAll, ethereumCheck, log, start), polkadotPool?.check(log, start),
  ]);
  const pools = {
    bitcoin: createEndpoints({
      chain: "bitcoin", endpoints: guardNodes(bitcoinAll, bitcoinCheck), ...tools, demoteMs: (bitcoin?.demoteSeconds ?? 600) * 1_000, maxLagBlocks: bitcoin?.maxLagBlocks ?? 2,
    }),
    ethereum: createEndpoints({
      chain: "ethereum", endpoints: guardNodes(ethereumAll, ethereumCheck), ...tools, demoteMs: (ethereum?.demoteSeconds ?? 600) * 1_000, maxLagBlocks: ethereum?.maxLagBlocks ?? 2,
    }),
  };
  const signers = roles.includes("relay") ? await openSigners(config) : new Map<SignerName, EthereumSigner>();
  const { tbtc } = config.bridges;
  const signer = tbtc === undefined ? undefined : [...signers.values()].find(({ name }) => name === tbtc.signer);
  const polkadotSigners = polkadotParts !== null && roles.includes("relay") ? await polkadotParts.openPolkadotSigners(config) : new Map<SignerName, PolkadotSigner>();
  const interbtc = await openInterbtcParts(config, pools.bitcoin, polkadotPool, polkadotSigners, { clock, log, meter, ledger }, start);
  if (interbtc?.refunds === true) metrics.know(knownOf(config, roles, true));
  return {
    config, clock, log, meter, metrics, ledger, queue, pools, signers, polkadotSigners, interbtc,
    polkadot: polkadotPool,
    knownLanes: [...(tbtc === undefined ? [] : tbtcKnownLanes(config, tbtc, pools)), ...(interbtc?.knownLanes ?? [])],
    tbtcWork: tbtc === undefined || signer === undefined ? [] : tbtcWork(config, tbtc, pools, signer, tools),
    heads: new Map(),
    headMoved: new Map(),
  };
}

async function openInterbtcParts(
  config: Config, bitcoin: Endpoints<BitcoinClient>, polkadot: PolkadotPool | null, signers: ReadonlyMap<SignerName, PolkadotSigner>, tools: Pick<Parts, "clock" | "log" | "meter" | "ledger">, start: AbortSignal,
): Promise<Parts["interbtc"]> {
  const { interbtc } = config.bridges;
  if (interbtc === undefined || polkadot === null) return null;
  const [{ openInterbtc }, { mayRefund }] = await Promise.all([import("./app/interbtc.ts"), import("./app/interbtc-refunds.ts")]);
  const signer = [...signers.values()].find(({ name }) => name === interbtc.signer) ?? null;
  return openInterbtc({ config, interbtc, bitcoin, polkadot, refunds: await mayRefund(polkadot.endpoints, start), signer, tools });
}

async function openSigners(config: Config): Promise<ReadonlyMap<SignerName, EthereumSigner>> {
  const chainId = config.chains.ethereum?.chainId;
  if (chainId === undefined) return new Map();
  const all = await Promise.all(Object.entries(config.signers).filter(([, { chain }]) => chain === "ethereum").map(([name, { keyFile, passphraseFile }]) =>
    createEthereumFileSigner({ name, keyFile, chainId: BigInt(chainId), ...(passphraseFile === undefined ? {} : { passphraseFile }) })));
  refuseTwice(all.map(({ address }) => address));
  return new Map(all.map((signer) => [signer.name, signer]));
}

/** A Redis that would lose wakes by its own settings is refused; one that is away is waited for by the queue itself. */
async function openQueue(config: Config, tools: Pick<Parts, "clock" | "log" | "meter">): Promise<BullmqWakeQueue> {
  const { url, passwordFile } = config.redis;
  const password = passwordFile === undefined ? {} : { password: (await readSecretFile(passwordFile, "redis.passwordFile")).reveal() };
  const queue = createBullmqWakeQueue({ url, ...password, prefix: `gantry:${config.instance}`, ...tools });
  try {
    await queue.checkRedis();
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure.remedy !== "Unavailable") {
      await queue.close();
      throw thrown;
    }
    tools.log.warn({ code: failure.code }, `waiting for Redis: ${failure.message}`);
  }
  return queue;
}
