/**
 * Where the parachain's Bitcoin light client is, against what our own watchers see of Bitcoin: for display, metrics and alerts.
 * Always: told of a light client read at one block; also where nothing is relayed. Since when something is so is host time, from
 * when it was first seen, and outlives a restart. Never: a cause of an act; the engine looks for itself.
 */
import { dialectOf } from "../bridges/interbtc/dialects.ts";
import type { LightClient, RelayChain } from "../bridges/interbtc/light-client.ts";
import { blockingFork } from "../bridges/interbtc/light-client.ts";
import type { PolkadotClient } from "../chains/polkadot/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { headOf } from "../core/chain-view.ts";
import type { BlockRef, Hex, LaneName, Millis } from "../core/values.ts";
import type { Clock, Ledger, Meter } from "../ports.ts";
import { mainHashes, readLightClient } from "../../relayer/reads/interbtc-light-client.ts";
import { createRetargetSight } from "./interbtc-retarget.ts";
import type { Untellable } from "./interbtc-retarget.ts";

export type SyncFacts = {
  readonly lane: LaneName;
  /** the parachain block of which all this is */
  readonly at: BlockRef;
  readonly isInitialised: boolean;
  readonly best: { readonly height: number; readonly hash: Hex };
  /** Bitcoin as our watchers see it; null: not at all yet */
  readonly bitcoin: BlockRef | null;
  /** blocks of Bitcoin's best chain that the light client's main chain does not have; null: not known */
  readonly lagBlocks: number | null;
  /** since the oldest of them was mined, by its own timestamp; 0: none is missing */
  readonly lagMs: Millis | null;
  /** its best block is not on Bitcoin's best chain, since; null: it is, or that is not known */
  readonly otherForkSince: Millis | null;
  /** forks near enough to win or to stop proofs */
  readonly forks: readonly RelayChain[];
  /** the fork that stops every proof */
  readonly blocking: { readonly fork: RelayChain; readonly since: Millis } | null;
  /** the header that it can never be told; null: there is none, or that is not known */
  readonly retarget: (Untellable & { readonly since: Millis }) | null;
};

export interface SyncFactsReader {
  /** reads the light client now; sets the metrics light_client_… */
  read(signal: AbortSignal): Promise<SyncFacts>;
}

export type SyncFactsOptions = { readonly lane: LaneName; readonly polkadot: Endpoints<PolkadotClient>; readonly ledger: Ledger; readonly clock: Clock; readonly meter: Meter };

/** main-chain heights compared with Bitcoin when the best block is not on it: deeper than any fork the light client lets win */
const lookBack = 128;
/** a block that nobody here remembers the time of */
const normalBlockMs: Millis = 600_000;

export function createSyncFacts({ lane, polkadot, ledger, clock, meter }: SyncFactsOptions): SyncFactsReader {
  const since = (what: string, holds: boolean): Promise<Millis | null> => ledger.since({ name: `${lane}:${what}`, holds, now: clock.now() });
  const ours = async (height: number): Promise<Hex | null> => (await ledger.blockAt("bitcoin", height))?.hash ?? null;
  const retargetOf = createRetargetSight(polkadot, ours);

  /** The highest height at which the light client's main chain is Bitcoin's. What our watchers never saw is taken to agree. */
  const commonHeight = async (light: LightClient, head: BlockRef, signal: AbortSignal): Promise<{ readonly height: number; readonly isSure: boolean }> => {
    const top = Math.min(light.best.height, head.height);
    if (light.best.height === top && (await ours(top)) === light.best.hash) return { height: top, isSure: true };
    const heights = Array.from({ length: Math.min(lookBack, top - light.start + 1) }, (_, index) => top - index);
    const { value: theirs } = await polkadot.ask((client, signal) => mainHashes(client, heights, light.at.hash, signal), signal);
    for (const [index, height] of heights.entries()) {
      const hash = await ours(height);
      if (hash === null || hash === theirs[index]) return { height, isSure: hash !== null };
    }
    return { height: Math.max(light.start, top - heights.length), isSure: false };
  };
  type Lag = Pick<SyncFacts, "lagBlocks" | "lagMs"> & { readonly isOnBitcoin: boolean | null; readonly commonAt: number | null };
  const lagOf = async (light: LightClient, head: BlockRef | null, signal: AbortSignal): Promise<Lag> => {
    if (head === null || !light.isInitialised || head.height < light.start) return { lagBlocks: null, lagMs: null, isOnBitcoin: null, commonAt: null };
    const common = await commonHeight(light, head, signal);
    const lagBlocks = head.height - common.height;
    const next = lagBlocks === 0 ? null : await ledger.blockAt("bitcoin", common.height + 1);
    // when a block was mined that our watchers never saw is reckoned once, and time goes on from there
    const reckoned = await ledger.since({ name: `${lane}:behind-unseen`, holds: lagBlocks > 0 && next === null, now: clock.now() - lagBlocks * normalBlockMs });
    const lagMs = lagBlocks === 0 ? 0 : Math.max(0, clock.now() - (next?.time ?? reckoned ?? clock.now()));
    const isAtTop = common.height === Math.min(light.best.height, head.height);
    return { lagBlocks, lagMs, isOnBitcoin: isAtTop ? (common.isSure ? true : null) : false, commonAt: common.height };
  };
  return {
    async read(signal) {
      const { value: { light, dialect } } = await polkadot.ask(async (client, signal) => {
        const at = await client.head("best", signal);
        const dialect = dialectOf(await client.runtimeOf(at.hash, signal));
        return { light: await readLightClient(client, dialect, at, signal), dialect };
      }, signal);
      const view = await ledger.view("bitcoin");
      const head = view === null ? null : headOf(view);
      const lag = await lagOf(light, head, signal);
      const { isOnBitcoin, lagBlocks, lagMs } = lag;
      const fork = light.isInitialised ? blockingFork(light) : null;
      const retarget = head === null || lag.commonAt === null ? null : await retargetOf({ dialect, light, commonAt: lag.commonAt, isOnBitcoin, headHeight: head.height }, signal);
      // while it is not known whether it is on another fork, nobody says that this is over
      const otherForkSince = isOnBitcoin === null ? null : await since("other-fork", !isOnBitcoin);
      const blockedSince = await since("blocked", fork !== null);
      const retargetSince = await since("retarget", retarget !== null);
      const near = light.forks.filter(({ maxHeight }) => maxHeight + light.stable.bitcoin > light.best.height);
      const facts: SyncFacts = {
        lane, at: light.at, isInitialised: light.isInitialised, best: light.best, bitcoin: head, lagBlocks, lagMs, otherForkSince, forks: near,
        blocking: fork === null || blockedSince === null ? null : { fork, since: blockedSince },
        retarget: retarget === null || retargetSince === null ? null : { ...retarget, since: retargetSince },
      };
      report(facts, clock.now(), meter);
      return facts;
    },
  };
}

function report({ lane, lagBlocks, lagMs, forks, blocking }: SyncFacts, now: Millis, meter: Meter): void {
  if (lagBlocks !== null) meter.set("light_client_lag_blocks", { lane }, lagBlocks);
  if (lagMs !== null) meter.set("light_client_lag_seconds", { lane }, lagMs / 1_000);
  meter.set("light_client_forks", { lane }, forks.length);
  meter.set("light_client_blocked_seconds", { lane }, blocking === null ? 0 : (now - blocking.since) / 1_000);
}
