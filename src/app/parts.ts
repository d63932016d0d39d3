/**
 * What the tasks of one process share, and what is known of it before its first turn.
 * Always: a metric's mistake is logged, and never stops the work it measures.
 */
import type { BitcoinClient } from "../chains/bitcoin/client.ts";
import type { EthereumClient } from "../chains/ethereum/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { headersLane, issueLane, refundLane } from "../bridges/interbtc/names.ts";
import { depositSweepLane, redemptionLane } from "../bridges/tbtc/names.ts";
import type { Config } from "../config/schema.ts";
import { failureOf } from "../core/errors.ts";
import type { BlockRef, ChainName, LaneName, SignerName } from "../core/values.ts";
import { signerName } from "../core/values.ts";
import type { AdjustableLog } from "../log.ts";
import type { Known } from "../monitor/labels.ts";
import type { Metrics } from "../monitor/metrics.ts";
import type { KnownLane } from "../monitor/world.ts";
import type { Clock, Ledger, Meter } from "../ports.ts";
import type { BullmqWakeQueue } from "../queue/bullmq.ts";
import type { EthereumSigner } from "../signer/ethereum.ts";
import type { PolkadotSigner } from "../signer/polkadot.ts";
import { version } from "../version.ts";
import type { LaneWork } from "../../relayer/perform.ts";
import { journeysOf } from "./journeys.ts";
import type { InterbtcParts } from "./interbtc.ts";
import type { PolkadotPool } from "./polkadot.ts";

export type Role = "watch" | "relay" | "monitor";

export type Parts = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: AdjustableLog;
  readonly meter: Meter;
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly queue: BullmqWakeQueue;
  readonly pools: { readonly bitcoin: Endpoints<BitcoinClient>; readonly ethereum: Endpoints<EthereumClient> };
  readonly signers: ReadonlyMap<SignerName, EthereumSigner>;
  /** null: no Polkadot chain is configured */
  readonly polkadot: PolkadotPool | null;
  readonly polkadotSigners: ReadonlyMap<SignerName, PolkadotSigner>;
  /** null: the bridge is not configured */
  readonly interbtc: InterbtcParts | null;
  readonly knownLanes: readonly KnownLane[];
  readonly tbtcWork: readonly LaneWork[];
  /** best block of each chain as its watcher last saw it: for hints and display */
  readonly heads: Map<ChainName, BlockRef>;
  /** called when the watcher sees a new best block of a chain: latency only */
  readonly headMoved: Map<ChainName, () => void>;
};

/** What is relayed here. */
export const workOf = ({ tbtcWork, interbtc }: Pick<Parts, "tbtcWork" | "interbtc">): readonly LaneWork[] => [...tbtcWork, ...(interbtc?.work ?? [])];

export const chainsOf = (config: Config): readonly ChainName[] => [
  ...(config.chains.bitcoin === undefined ? [] : (["bitcoin"] as const)),
  ...(config.chains.ethereum === undefined ? [] : (["ethereum"] as const)),
  ...(config.chains.polkadot === undefined ? [] : (["polkadot"] as const)),
];

/** The loop that reads a chain, by the name it has in metrics. */
export const watchLoop = (chain: ChainName): string => `watch-${chain}`;
/** The loop that keeps light clients at the tip. */
export const syncLoop = "sync";
/** The relayer's own loops. */
export const relayLoops: readonly string[] = ["audit", "upkeep"];

/** The loops of a process with these roles; without a bridge there is nothing to relay. */
export const loopsOf = (config: Config, roles: readonly Role[]): readonly string[] => [
  ...(roles.includes("watch") ? chainsOf(config).map(watchLoop) : []),
  ...(roles.includes("relay") && lanesOf(config).length > 0 ? relayLoops : []),
  ...(roles.includes("relay") && config.bridges.interbtc?.lanes.headers.enabled === true ? [syncLoop] : []),
  ...(roles.includes("monitor") ? ["monitor"] : []),
];

/** Every lane of the configured bridges, also those that are switched off here. */
const lanesOf = ({ bridges: { tbtc, interbtc } }: Config): readonly LaneName[] => [
  ...(tbtc === undefined ? [] : [depositSweepLane, redemptionLane]),
  ...(interbtc === undefined ? [] : [headersLane, issueLane]),
];

/** `refunds`: the parachain asks vaults for refunds, which only itself tells. */
export function knownOf(config: Config, roles: readonly Role[], refunds = false): Known {
  return {
    version,
    chains: chainsOf(config),
    endpoints: chainsOf(config).flatMap((chain) => (config.chains[chain]?.endpoints ?? []).map(({ name }) => ({ chain, name }))),
    lanes: [...lanesOf(config), ...(refunds ? [refundLane] : [])],
    signers: Object.entries(config.signers).map(([name, { chain }]) => ({ chain, name: signerName(name) })),
    loops: loopsOf(config, roles),
    journeys: journeysOf(config, refunds).flatMap(({ journeys }) => journeys).map(({ bridge, kind, steps }) => ({ bridge, kind, steps: steps.map(({ name }) => name) })),
  };
}

/** Measuring must not break what is measured: a wrong name or label is a logged bug. */
export function safeMeter(meter: Meter, log: Pick<AdjustableLog, "error">): Meter {
  const safely = (measure: () => void): void => {
    try {
      measure();
    } catch (thrown) {
      const { code, message } = failureOf(thrown);
      log.error({ code }, message);
    }
  };
  return {
    count: (...given) => safely(() => meter.count(...given)),
    observe: (...given) => safely(() => meter.observe(...given)),
    set: (...given) => safely(() => meter.set(...given)),
  };
}
