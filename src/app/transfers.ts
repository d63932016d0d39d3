/**
 * The monitor's transfers wired: journeys of the configured bridges, what is looked at, how ids are spelled.
 * Always: the same in a process that relays nothing; a bridge's facts that cannot be read now are "not known".
 * Never: a judgement; those are in core.
 */
import { addressKeys } from "../chains/bitcoin/address-keys.ts";
import { usualTbtcPeriods } from "../bridges/tbtc/periods.ts";
import type { TbtcPeriods } from "../bridges/tbtc/periods.ts";
import { budgetsOf, stepBudgetsOf, tbtcPeriodsOf } from "../config/budgets.ts";
import type { Config } from "../config/schema.ts";
import { misconfigured } from "../core/errors.ts";
import { usualBlockMs } from "../core/policy.ts";
import type { BridgeJourneys } from "../core/transfer-fold.ts";
import { budgetKey } from "../core/transfer-progress.ts";
import type { Transfer } from "../core/transfer.ts";
import type { Millis } from "../core/values.ts";
import { chainNames } from "../core/values.ts";
import { showBudgets } from "../monitor/budgets.ts";
import type { Gauges } from "../monitor/gauges.ts";
import { createObserver } from "../monitor/observe.ts";
import type { BridgeFacts, ObserveParts } from "../monitor/observe.ts";
import { createTransfers } from "../monitor/transfers.ts";
import type { Transfers } from "../monitor/transfers.ts";
import type { World } from "../monitor/world.ts";
import { liveJourneys } from "./journeys.ts";
import { createMempoolFacts } from "./mempool.ts";
import type { Parts, Role } from "./parts.ts";
import { chainsOf, loopsOf, watchLoop } from "./parts.ts";
import { bitcoinReadersOf } from "./readers.ts";
import { createSeldom } from "./seldom.ts";
import type { Kept } from "./seldom.ts";
import { createTbtcFacts } from "./tbtc-facts.ts";
import { createFundings, waitingOutpoints } from "./tbtc-funding.ts";
import { openPeriods } from "./tbtc-periods.ts";
import { checkTbtcContracts } from "./tbtc.ts";

/** Account spellings need packages that only a Polkadot chain loads. */
async function spellingsOf(config: Config): Promise<readonly ((text: string) => readonly string[])[]> {
  if (config.chains.polkadot === undefined) return [addressKeys];
  const { accountKeys } = await import("../chains/polkadot/account.ts");
  return [addressKeys, accountKeys];
}

/** Nodes are asked for a bridge's facts this often, however often transfers are looked at. */
const factsEveryMs: Millis = 10_000;

const nothingKnown: BridgeFacts = { view: null, lightClients: [], activeBlocks: null, relayedHeight: null };

type Facts = (signal: AbortSignal) => Promise<BridgeFacts>;

function factsOf({ config: { bridges: { tbtc }, monitor }, pools, interbtc, ...tools }: Parts, periods: Kept<TbtcPeriods> | null, open: () => Iterable<Transfer>): readonly Facts[] {
  // only proofs through the proxy are refunded
  const pool = tbtc?.maintainerProxy === undefined ? null : async (signal: AbortSignal) => (await checkTbtcContracts(tbtc, pools.ethereum, null, signal)).reimbursementPool;
  return [
    ...(tbtc === undefined || periods === null ? [] : [createTbtcFacts({
      ...tools, ethereum: pools.ethereum, bridge: tbtc.bridge, pool, periods, open, fundings: createFundings({ ...tools, bitcoin: pools.bitcoin }),
      behindBudgetMs: monitor.lightClientSeconds * 1_000, epochBudgetBlocks: monitor.tbtc.relayEpochBlocks,
    })]),
    ...(interbtc === null ? [] : [interbtc.facts]),
  ];
}

const periodsOf = async ({ config: { bridges: { tbtc }, monitor }, pools, ...tools }: Parts): Promise<Kept<TbtcPeriods> | null> =>
  tbtc === undefined ? null : openPeriods({ ...tools, ethereum: pools.ethereum, bridge: tbtc.bridge, own: tbtcPeriodsOf(monitor) });

/** People also have the bare key of a transfer: "0x…" of "tbtc-deposit-0x…". */
const idSpellings = (journeys: readonly BridgeJourneys[]) => (text: string): readonly string[] => {
  const hex = /^(?:0x)?((?:[0-9a-f]{40}|[0-9a-f]{64}))$/iu.exec(text)?.[1];
  return hex === undefined ? [] : journeys.flatMap((one) => one.journeys).map(({ bridge, kind }) => `${bridge}-${kind}-0x${hex.toLowerCase()}`);
};

/** Throws Misconfigured "unknown-step": a budget that judges nothing is a mistake. */
function knownSteps({ monitor }: Config, journeys: readonly BridgeJourneys[]): ReturnType<typeof stepBudgetsOf> {
  const known = journeys.flatMap((one) => one.journeys).flatMap((journey) => journey.steps.map(({ name }) => budgetKey(journey, name)));
  const unknown = Object.keys(monitor.steps).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw misconfigured("unknown-step", `monitor.steps: there is no step ${unknown.join(", ")}; allowed are ${known.join(", ") || "none: no bridge is configured"}`);
  return stepBudgetsOf(monitor);
}

/** However often blocks come, mempools need not be looked at more often. */
const leastMempoolMs: Millis = 2_000;

function unminedOf(parts: Parts, journeys: () => readonly BridgeJourneys[], open: Transfers["open"], stop: AbortSignal): Pick<ObserveParts, "unmined"> {
  const { config: { chains: { bitcoin } }, pools, ledger, clock, meter } = parts;
  const readers = bitcoinReadersOf(parts);
  if (bitcoin === undefined || readers.length === 0) return {};
  const { mempoolUpTo, pollMs } = bitcoin;
  const read = createMempoolFacts({ endpoints: pools.bitcoin, readers, journeys, ledger, clock, searchUpTo: mempoolUpTo, open, alsoSpent: () => waitingOutpoints(open().values()) });
  return { unmined: createSeldom({ read, none: null, everyMs: () => Math.max(leastMempoolMs, pollMs), clock, meter, stop }) };
}

export async function openTransfers(parts: Parts, roles: readonly Role[], world: World, gauges: Gauges, stop: AbortSignal): Promise<Transfers> {
  const { config, ledger, clock, meter, metrics, log } = parts;
  const periods = await periodsOf(parts);
  const live = liveJourneys(config, parts.interbtc, () => periods?.current() ?? usualTbtcPeriods);
  const journeys = live();
  const loops = loopsOf(config, roles);
  const budgets = budgetsOf(config.monitor);
  if (roles.includes("monitor")) showBudgets(budgets, { chains: chainsOf(config), signers: world.signers.map(({ name }) => name), loops }, meter);
  const observe = createObserver({
    world, gauges, budgets, msPerBlock: usualBlockMs, startedAt: clock.now(), ...unminedOf(parts, live, () => transfers.open(), stop),
    bridges: factsOf(parts, periods, () => transfers.open().values()).map((read) => createSeldom({ read, none: nothingKnown, everyMs: () => factsEveryMs, clock, meter, stop })),
    loops: async () => {
      const turns = await metrics.read("loop_last_turn_timestamp_seconds");
      // the monitor's own loop turns while this is asked
      return loops.filter((loop) => loop !== "monitor").map((loop) => ({
        loop, chain: chainNames.find((name) => watchLoop(name) === loop) ?? null,
        lastTurnAt: (turns.find(({ labels }) => labels.loop === loop)?.value ?? 0) * 1_000 || null,
      }));
    },
  });
  const transfers = createTransfers({ ledger, clock, meter, log, observe, journeys: live, stepBudgets: knownSteps(config, journeys), spellings: [idSpellings(journeys), ...(await spellingsOf(config))] });
  return transfers;
}
