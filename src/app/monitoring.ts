/**
 * The monitor role and the pages of one process: gauges, health, readiness, reports, orders.
 * Always: the API is served by every role, because orders go through the running process; gauges only by the monitor role.
 * Never: anything the relayer or the watchers depend on.
 */
import { createCommands } from "../commands.ts";
import { failureOf } from "../core/errors.ts";
import type { Json, LaneName, Millis, Scope } from "../core/values.ts";
import { signerName } from "../core/values.ts";
import { logLevels } from "../log.ts";
import type { LogLevel } from "../log.ts";
import { createGauges } from "../monitor/gauges.ts";
import type { Verdict } from "../monitor/health.ts";
import { health, readiness } from "../monitor/health.ts";
import { show } from "../monitor/show.ts";
import { status } from "../monitor/status.ts";
import type { KnownSigner, WatchedChain, World } from "../monitor/world.ts";
import { version } from "../version.ts";
import { defaultPolicy } from "../core/policy.ts";
import { accessPath } from "../web/access.ts";
import { serveApi } from "../web/serve.ts";
import { createBitcoinSource } from "../../watchers/bitcoin/source.ts";
import { createEthereumSource } from "../../watchers/ethereum/source.ts";
import type { Parts, Role } from "./parts.ts";
import { openNotifier } from "./notify.ts";
import { openTransfers } from "./transfers.ts";
import { chainsOf, loopsOf, workOf } from "./parts.ts";
import { tbtcEventsOf, tbtcTransfersOf } from "./tbtc.ts";

/** Every chain is asked for its head and every signer's balance: often enough for a scrape, seldom enough for a paid node. */
const refreshEveryMs: Millis = 10_000;
/** Transfers are read from the ledger: often enough that their steps are told apart. */
const transfersEveryMs: Millis = 2_000;
const weiPerEther = 1e18;

export async function startMonitoring(
  parts: Parts, roles: readonly Role[], stop: AbortSignal,
): Promise<{ readonly url: string; run(): Promise<void>; close(): Promise<void> }> {
  const { config, clock, meter, metrics, log } = parts;
  const world = worldOf(parts, stop);
  const gauges = createGauges(world, meter);
  const transfers = await openTransfers(parts, roles, world, gauges, stop);
  const startedAt = clock.now();
  const loops = loopsOf(config, roles);
  const served = await serveApi(
    {
      status: async () => status(world, gauges.heads(), await transfers.lightClients().catch(() => null)),
      show: (id) => show(world, id, transfers),
      metrics: { contentType: metrics.contentType, text: () => metrics.text() },
      health: async () => {
        const turns = await metrics.read("loop_last_turn_timestamp_seconds");
        const lastTurn = (loop: string): Millis | null => (turns.find(({ labels }) => labels.loop === loop)?.value ?? 0) * 1000 || null;
        return health(loops.map((loop) => ({ loop, lastTurnAt: lastTurn(loop), budgetMs: config.monitor.loopSeconds * 1_000 })), startedAt, clock.now());
      },
      ready: () => ready(parts, world),
      transfers,
      alerts: () => transfers.alerts(),
      commands: createCommands({
        ...parts, lanes: parts.knownLanes, scopes: scopesOf(parts), logLevels, setLogLevel: (level) => log.setLevel(level as LogLevel),
        causeOf: async (id) => (await transfers.get(id))?.explanation?.cause ?? null,
        policyOf: (lane: LaneName) => workOf(parts).find((one) => one.lane.name === lane)?.policy ?? defaultPolicy("bitcoin", "ethereum"),
      }),
      hostNames: config.http.hostNames,
      version,
      log,
    },
    { host: config.http.host, port: config.http.port, accessFile: accessPath(config.ledger.path) },
  );
  log.info({ url: served.url, roles: roles.join(",") }, `listening on ${served.url}`);
  return {
    url: served.url,
    close: () => served.close(),
    run: async () => {
      if (!roles.includes("monitor")) return new Promise((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
      const notifier = openNotifier(parts, served.url, stop);
      let [askedAt, hasLooked] = [-Infinity, false];
      while (!stop.aborted) {
        if (clock.now() - askedAt >= refreshEveryMs) {
          askedAt = clock.now();
          await gauges.refresh(stop);
        }
        await transfers.refresh(stop).then(() => (hasLooked = true), (thrown: unknown) => {
          if (stop.aborted) return;
          const { code, message } = failureOf(thrown);
          meter.count("errors_total", { where: "monitor", code });
          log.warn({ code }, `transfers were not looked at: ${message}`);
        });
        if (hasLooked) notifier.tell(transfers.alerts());
        meter.set("loop_last_turn_timestamp_seconds", { loop: "monitor" }, clock.now() / 1000);
        await clock.sleep(transfersEveryMs, stop);
      }
      await notifier.settled();
    },
  };
}

function worldOf(parts: Parts, stop: AbortSignal): World {
  const { config, ledger, queue, clock, pools, knownLanes } = parts;
  const { bitcoin, ethereum } = config.chains;
  const chains: WatchedChain[] = [];
  if (bitcoin !== undefined) {
    const source = createBitcoinSource({ endpoints: pools.bitcoin, readers: [], finalDepth: bitcoin.finalDepth, startHeight: bitcoin.startHeight, clock });
    chains.push({ name: "bitcoin", head: (signal) => source.head(signal), endpoints: () => pools.bitcoin.states() });
  }
  if (ethereum !== undefined) {
    const source = createEthereumSource({ endpoints: pools.ethereum, readers: [], finalTag: ethereum.final, clock });
    chains.push({ name: "ethereum", head: (signal) => source.head(signal), endpoints: () => pools.ethereum.states() });
  }
  if (parts.polkadot !== null) {
    const pool = parts.polkadot;
    chains.push({ name: "polkadot", head: (signal) => pool.head(signal), endpoints: () => pool.endpoints.states() });
  }
  const known = knownSigners(parts, stop);
  const evicts = async (): Promise<string | null> => {
    try {
      await queue.checkRedis();
      return null;
    } catch (thrown) {
      const { code, evidence } = failureOf(thrown);
      if (code !== "redis-eviction-policy") throw thrown;
      const policy: Json = typeof evidence === "object" && evidence !== null && "policy" in evidence ? evidence["policy"] : null;
      return typeof policy === "string" ? policy : "other than noeviction";
    }
  };
  return { ledger, queue, clock, evicts, chains, lanes: knownLanes, signers: known, eventsOf: tbtcEventsOf, ...(parts.interbtc === null ? {} : { notesOf: parts.interbtc.notesOf }), transfersOf: tbtcTransfersOf };
}

function knownSigners({ config, pools, signers, polkadot, polkadotSigners }: Parts, stop: AbortSignal): readonly KnownSigner[] {
  const slotsOf = (name: string): number => config.signers[name]?.maxOpenSlots ?? 1;
  const onEthereum = [...signers.values()].map(({ name, address }): KnownSigner => ({
    name, chain: "ethereum", maxOpenSlots: slotsOf(name),
    balance: async (signal) => Number((await pools.ethereum.ask((client, signal) => client.balance(address, "latest", signal), AbortSignal.any([signal, stop]))).value) / weiPerEther,
  }));
  if (polkadot === null) return onEthereum;
  return [...onEthereum, ...[...polkadotSigners.values()].map(({ name, account }): KnownSigner => ({
    name, chain: "polkadot", maxOpenSlots: slotsOf(name),
    balance: (signal) => polkadot.balance(account, AbortSignal.any([signal, stop])),
  }))];
}

function scopesOf({ config, knownLanes }: Parts): readonly Scope[] {
  return [
    ...chainsOf(config).map((name): Scope => ({ kind: "chain", name })),
    ...knownLanes.map(({ name }): Scope => ({ kind: "lane", name })),
    ...Object.keys(config.signers).map((name): Scope => ({ kind: "signer", name: signerName(name) })),
  ];
}

async function ready({ config, ledger, queue }: Parts, world: World): Promise<Verdict> {
  const failureText = (ask: Promise<unknown>): Promise<string | null> => ask.then(() => null, (thrown: unknown) => failureOf(thrown).message);
  const [ledgerFailure, queueFailure] = await Promise.all([failureText(ledger.ping()), failureText(queue.ping())]);
  if (ledgerFailure !== null) return readiness({ chains: [], ledgerFailure, queueFailure, maxLagBlocks: 0 });
  const chains = await Promise.all(world.chains.map(async (chain) => {
    const { name } = chain;
    const view = await ledger.view(name);
    return { name, endpoints: chain.endpoints(), cursorHeight: view === null ? null : (view.tip.at(-1) ?? view.final).height, ranges: await ledger.ranges(name) };
  }));
  const lags = Object.values(config.chains).map((chain) => chain?.maxLagBlocks ?? 0);
  return readiness({ chains, ledgerFailure, queueFailure, maxLagBlocks: Math.max(0, ...lags) });
}
