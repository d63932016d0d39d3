/**
 * What interBTC's own pallets say, for explaining and alerting: its light client, its clock, its oracles, whether it runs.
 * Always: read where nothing is relayed too; each part that cannot be read is "not known", and counted.
 * Never: a judgement. Since when something is so is host time, from when it was first seen (it outlives a restart), unless the chain says it.
 */
import { headersLane } from "../bridges/interbtc/names.ts";
import type { PolkadotClient } from "../chains/polkadot/client.ts";
import { pausedCalls, pausedIn } from "../chains/polkadot/paused.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { failureOf } from "../core/errors.ts";
import type { LightClientView } from "../core/monitored-world.ts";
import type { Json, Millis } from "../core/values.ts";
import type { BridgeFacts } from "../monitor/observe.ts";
import type { Clock, Ledger, Meter } from "../ports.ts";
import { createSyncFacts } from "./interbtc-sync-facts.ts";
import type { SyncFacts } from "./interbtc-sync-facts.ts";

/** the newest block needs minutes to be relayed; three in a row do not come so quickly */
const lagBudgetBlocks = 2;

type Parts = {
  readonly polkadot: Endpoints<PolkadotClient>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly meter: Meter;
  /** how long the light client may be behind */
  readonly behindBudgetMs: Millis;
};
/** `stopped`: why nothing is taken now; null: it is */
type State = { readonly stopped: string | null; readonly isPriceOut: boolean };
type Pallets = State & { readonly activeBlocks: number };

export function createInterbtcFacts({ polkadot, ledger, clock, meter, behindBudgetMs }: Parts): (signal: AbortSignal) => Promise<BridgeFacts> {
  const sync = createSyncFacts({ lane: headersLane, polkadot, ledger, clock, meter });
  const since = (what: string, holds: boolean): Promise<Millis | null> => ledger.since({ name: `interbtc:${what}`, holds, now: clock.now() });
  let state: { readonly at: Millis; readonly value: State } | null = null;
  const stateNow = async (signal: AbortSignal): Promise<State> => {
    if (state === null || clock.now() - state.at >= stateEveryMs) state = { at: clock.now(), value: (await polkadot.ask((one, signal) => stateOf(one, signal), signal)).value };
    return state.value;
  };
  // what it knew once it still knows: while it cannot be read, no deadline is passed that was not
  let relayed: number | null = null;
  const orNull = async <T>(read: () => Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (thrown) {
      meter.count("errors_total", { where: "monitor", code: failureOf(thrown).code });
      return null;
    }
  };
  return async (signal) => {
    const [client, pallets] = await Promise.all([
      orNull(() => sync.read(signal)),
      orNull(async (): Promise<Pallets> => ({ ...(await stateNow(signal)), activeBlocks: (await polkadot.ask((one, signal) => activeBlocksOf(one, signal), signal)).value })),
    ]);
    const stopped = pallets?.stopped ?? null;
    // what could not be read is neither so nor over
    const [stoppedSince, priceOutSince] = pallets === null ? [null, null] : [await since("stopped", stopped !== null), await since("price-out", pallets.isPriceOut)];
    if (client?.isInitialised === true) relayed = client.best.height;
    const light = client === null || !client.isInitialised ? [] : [lightClientOf(client, behindBudgetMs, clock.now())];
    return {
      lightClients: light,
      relayedHeight: { bridge: "interbtc", height: relayed },
      activeBlocks: pallets === null ? null : { chain: "polkadot", count: pallets.activeBlocks },
      view: pallets === null ? null : {
        name: "interbtc", chain: "polkadot", oracleOutSince: priceOutSince, refundPool: null, epoch: null,
        paused: stoppedSince === null || stopped === null ? null : { since: stoppedSince, because: stopped },
      },
    };
  };
}

const lightClientOf = ({ lane, best, lagBlocks, lagMs, otherForkSince, blocking, retarget }: SyncFacts, behindBudgetMs: Millis, now: Millis): LightClientView => ({
  lane, bridge: "interbtc", chain: "polkadot", height: best.height, lagBlocks, lagBudgetBlocks, behindBudgetMs,
  behindSince: lagBlocks === null || lagMs === null || lagBlocks <= lagBudgetBlocks ? null : now - lagMs,
  otherForkSince, blockedSince: blocking?.since ?? null, retarget,
});

/** pauses and prices change seldom, and are many questions */
const stateEveryMs: Millis = 30_000;
/** what users and relayers of issues need */
const ourCalls = ["BTCRelay.store_block_header", "Issue.request_issue", "Issue.execute_issue"];

async function activeBlocksOf(client: PolkadotClient, signal: AbortSignal): Promise<number> {
  const { hash } = await client.head("best", signal);
  return Number(await client.storage("Security", "ActiveBlockCount", [], hash, signal));
}

/** At the best block. A price is out when it was fed once and has run out, by the chain's own time; the pallet then forgets until when it held. */
async function stateOf(client: PolkadotClient, signal: AbortSignal): Promise<State> {
  const at = await client.head("best", signal);
  const [deactivated, fed, until, paused] = await Promise.all([
    client.storage("Security", "IsDeactivated", [], at.hash, signal), client.entries("Oracle", "RawValuesUpdated", at.hash, signal),
    client.entries("Oracle", "ValidUntil", at.hash, signal), pausedCalls(client, await client.runtimeOf(at.hash, signal), at.hash, signal),
  ]);
  const holdsUntil = new Map(until.map(({ keys, value }) => [JSON.stringify(keys[0]), Number(value)]));
  const isOut = (key: Json): boolean => (holdsUntil.get(JSON.stringify(key)) ?? 0) < at.time;
  const rates = [...fed, ...until].map(({ keys }) => keys[0] ?? null).filter(isExchangeRate);
  const ours = ourCalls.filter((name) => pausedIn({ pallet: name.split(".")[0] ?? "", name: name.split(".")[1] ?? "", args: {} }, paused) !== null);
  const stopped = deactivated === true ? "its security module is deactivated" : ours.length > 0 ? `governance has paused ${ours.join(", ")}` : null;
  return { stopped, isPriceOut: rates.some(isOut) };
}

/** Keys are enums: {exchangeRate: currency}, feeEstimation. */
const isExchangeRate = (key: Json): boolean => typeof key === "object" && key !== null && Object.keys(key).some((name) => name.toLowerCase() === "exchangerate");
