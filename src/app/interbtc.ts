/**
 * interBTC wired: readers for both chains, the census, the lanes with their submitters, and what a changed shape halts.
 * Always: one signer acts in all lanes; whose deposits are watched follows the configuration. Loaded only when the bridge is
 * configured: its packages take a second. Never: a decision; those are in bridges/interbtc and core.
 */
import type { BitcoinClient } from "../chains/bitcoin/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { accountOf } from "../chains/polkadot/account.ts";
import { issueLane, refundLane } from "../bridges/interbtc/names.ts";
import type { InterbtcPeriods } from "../bridges/interbtc/request-journey.ts";
import { policyOf } from "../config/policy.ts";
import type { Config } from "../config/schema.ts";
import { failureOf } from "../core/errors.ts";
import type { DeliveryId, Hex, Json } from "../core/values.ts";
import { signerName } from "../core/values.ts";
import type { BridgeFacts } from "../monitor/observe.ts";
import type { KnownLane, World } from "../monitor/world.ts";
import type { ChainSource, Clock, Found, Ledger, Lane, Log, Meter, Submitter } from "../ports.ts";
import type { PolkadotSigner } from "../signer/polkadot.ts";
import { createInterbtcHeadersLane, inUpdateOrder } from "../../relayer/lanes/interbtc-headers.ts";
import type { InterbtcHeadersLane } from "../../relayer/lanes/interbtc-headers.ts";
import { createInterbtcIssueLane } from "../../relayer/lanes/interbtc-issue.ts";
import type { PaymentLane, PaymentLaneOptions } from "../../relayer/lanes/interbtc-payment.ts";
import { createInterbtcRefundLane } from "../../relayer/lanes/interbtc-refund.ts";
import type { LaneWork } from "../../relayer/perform.ts";
import { createPolkadotSubmitter } from "../../relayer/submit/polkadot.ts";
import type { PolkadotSubmitterOptions } from "../../relayer/submit/polkadot.ts";
import type { SyncOptions } from "../../relayer/sync.ts";
import { createInterbtcBitcoinReader } from "../../watchers/bitcoin/interbtc.ts";
import { createInterbtcPayoutBitcoinReader } from "../../watchers/bitcoin/interbtc-payouts.ts";
import { createInterbtcRefundPayments } from "../../watchers/bitcoin/interbtc-refunds.ts";
import type { BitcoinReader } from "../../watchers/bitcoin/source.ts";
import type { WatchOptions } from "../../watchers/commit.ts";
import { nothingFound } from "../../watchers/commit.ts";
import { createInterbtcPolkadotReader, interbtcCensus } from "../../watchers/polkadot/interbtc.ts";
import type { InterbtcWatching } from "../../watchers/polkadot/interbtc.ts";
import { interbtcOver } from "../../watchers/polkadot/interbtc-over.ts";
import { createInterbtcPayoutReader, interbtcPayoutCensus } from "../../watchers/polkadot/interbtc-payouts.ts";
import { createInterbtcRefundReader, refundCensus } from "../../watchers/polkadot/interbtc-refunds.ts";
import { createInterbtcFacts } from "./interbtc-facts.ts";
import { createIssueNotes } from "./interbtc-notes.ts";
import { createPayoutNotes } from "./interbtc-payout-notes.ts";
import { createPeriodsSeen } from "./interbtc-periods.ts";
import type { Kept } from "./seldom.ts";
import { createMisfit } from "./misfit.ts";
import type { PolkadotPool } from "./polkadot.ts";

type Interbtc = NonNullable<Config["bridges"]["interbtc"]>;
type Tools = { readonly clock: Clock; readonly log: Log; readonly meter: Meter; readonly ledger: Ledger };

export type InterbtcWiring = {
  readonly config: Config;
  readonly interbtc: Interbtc;
  readonly bitcoin: Endpoints<BitcoinClient>;
  readonly polkadot: PolkadotPool;
  /** the parachain asks vaults for refunds, as far as is known */
  readonly refunds: boolean;
  /** null: nothing is relayed in this process */
  readonly signer: PolkadotSigner | null;
  readonly tools: Tools;
};

export type InterbtcParts = {
  readonly bitcoinReaders: readonly BitcoinReader[];
  /** the parachain read for this bridge */
  readonly source: () => ChainSource;
  readonly census: NonNullable<WatchOptions["census"]>;
  readonly over: NonNullable<WatchOptions["over"]>;
  /** what its pallets say, for the monitor */
  readonly facts: (signal: AbortSignal) => Promise<BridgeFacts>;
  readonly notesOf: NonNullable<World["notesOf"]>;
  readonly knownLanes: readonly KnownLane[];
  /** the parachain asks vaults for refunds, as far as is known */
  readonly refunds: boolean;
  /** how long requests may take, as the monitor last read it with `facts` */
  readonly periods: Kept<InterbtcPeriods>["current"];
  /** is that vault run beside this installation? */
  isOurs(vault: Hex): boolean;
  readonly work: readonly LaneWork[];
  /** light clients that are kept at the tip here */
  readonly syncs: readonly Pick<SyncOptions, "side" | "policy" | "pollMs">[];
  /** `tell` is called when an update of a light client is in a block */
  onIncluded(tell: () => void): void;
};

/** @throws Misconfigured "bad-account" for a vault that is none */
export function openInterbtc(wiring: InterbtcWiring): InterbtcParts {
  const { interbtc, polkadot, tools } = wiring;
  const watching = watchingOf(wiring);
  const reader = createInterbtcPolkadotReader(watching);
  const refundReader = createInterbtcRefundReader(watching);
  // redeems and replaces are only watched: no lane rests on what is found of them
  const payoutReader = createInterbtcPayoutReader(watching);
  const ours = ownVaultsOf(wiring);
  const periods = createPeriodsSeen({ polkadot: polkadot.endpoints, ...tools });
  const facts = createInterbtcFacts({ polkadot: polkadot.endpoints, ...tools, behindBudgetMs: wiring.config.monitor.lightClientSeconds * 1_000 });
  const notes = { ledger: tools.ledger, polkadot: polkadot.endpoints, network: wiring.config.chains.bitcoin?.network ?? "mainnet" };
  const [issueNotes, payoutNotes] = [createIssueNotes(notes), createPayoutNotes(notes)];
  const lanes = { headers: headersOf(wiring), issue: createInterbtcIssueLane(paymentOptions(wiring)) };
  // as issues are: refunds are what becomes of some of them
  const refunds: readonly PaymentLane[] = wiring.refunds ? [createInterbtcRefundLane(paymentOptions(wiring))] : [];
  const standings = { load: (id: DeliveryId) => tools.ledger.load(id, []), polkadot: polkadot.endpoints };
  const included = { tell: (): void => undefined };
  return {
    refunds: wiring.refunds,
    bitcoinReaders: [createInterbtcBitcoinReader(), createInterbtcRefundPayments(), createInterbtcPayoutBitcoinReader()],
    // what the readers find is what issues rest on; headers are relayed from state
    source: () => polkadot.source({ readers: [reader, refundReader, payoutReader], onMisfit: createMisfit({ ...tools, lanesOf: (misfit) => (misfit === payoutReader ? [] : [misfit === refundReader ? refundLane : issueLane]) }) }),
    census: async (at, signal) => joined(
      await interbtcCensus(polkadot.endpoints, watching, at, signal), await refundCensus(polkadot.endpoints, watching, at, signal),
      await unlessMisfit(interbtcPayoutCensus(polkadot.endpoints, watching, at, signal)),
    ),
    over: (at, watches, signal) => interbtcOver(polkadot.endpoints, interbtc.watchOverBlocks, at, watches, signal),
    facts: async (signal) => (await Promise.all([facts(signal), periods.refresh(signal)]))[0],
    notesOf: async (transfer) => [...(await issueNotes(transfer)), ...(await payoutNotes(transfer))],
    periods: () => periods.current(),
    isOurs: (vault) => ours.includes(vault),
    knownLanes: [lanes.headers, lanes.issue, ...refunds].map((lane) => ({ name: lane.name, source: lane.source, target: lane.target, signer: lane.signer, describe: (event) => lane.describe(event) })),
    work: [
      ...(interbtc.lanes.headers.enabled ? workOf(wiring, lanes.headers, interbtc.lanes.headers, (submitter) => inUpdateOrder(submitter, standings, () => included.tell())) : []),
      ...(interbtc.lanes.issue.enabled ? [lanes.issue, ...refunds].flatMap((lane) => workOf(wiring, lane, interbtc.lanes.issue)) : []),
    ],
    syncs: interbtc.lanes.headers.enabled && wiring.signer !== null
      ? [{ side: lanes.headers, policy: policyOf(wiring.config.policy, interbtc.lanes.headers.policy, "bitcoin", "polkadot"), pollMs: enginePollMs(wiring) }]
      : [],
    onIncluded: (tell) => {
      included.tell = tell;
    },
  };
}

function watchingOf(wiring: InterbtcWiring): InterbtcWatching {
  const { watchVaults, watchExecutedBlocks, watchOverBlocks } = wiring.interbtc;
  const keep = { executedBlocks: watchExecutedBlocks, overBlocks: watchOverBlocks };
  return { watchVaults: watchVaults === "own" ? ownVaultsOf(wiring) : watchVaults, keep };
}

/** The vaults that are named; else the signer's own account, which may be one. */
function ownVaultsOf({ interbtc: { vaultAccounts }, signer }: InterbtcWiring): readonly Hex[] {
  const named = vaultAccounts.map((text, index) => accountOf(text, `bridges.interbtc.vaultAccounts[${index}]`));
  return named.length > 0 || signer === null ? named : [signer.account];
}

/** Nobody: for lanes that are only shown here. */
const noAccount: Hex = `0x${"00".repeat(32)}`;

const endsOf = ({ interbtc, signer, bitcoin, polkadot }: InterbtcWiring) =>
  ({ signer: signerName(interbtc.signer), account: signer?.account ?? noAccount, bitcoin, polkadot: polkadot.endpoints }) as const;

function headersOf(wiring: InterbtcWiring): InterbtcHeadersLane {
  const { rankedDelay, minDepth, maxBatch, maxInFlight, initialiseAt = null } = wiring.interbtc.lanes.headers;
  return createInterbtcHeadersLane({ ...endsOf(wiring), rankedDelay, minDepth, maxBatch, maxInFlight, initialiseAt, clock: wiring.tools.clock });
}

const paymentOptions = (wiring: InterbtcWiring): PaymentLaneOptions => ({
  ...endsOf(wiring), rankedDelay: wiring.interbtc.lanes.issue.rankedDelay, pollMs: syncPollMs(wiring), siblings: (serves) => wiring.tools.ledger.find({ serves }),
});

/** A runtime that shows redeems otherwise than known is told by each of its blocks; issues go on. */
const unlessMisfit = (found: Promise<Found>): Promise<Found> =>
  found.catch((thrown: unknown) => {
    if (failureOf(thrown).code === "shape-changed") return nothingFound;
    throw thrown;
  });

const joined = (...parts: readonly Found[]): Found => ({
  events: parts.flatMap(({ events }) => events), births: parts.flatMap(({ births }) => births),
  watches: parts.flatMap(({ watches }) => watches), ends: parts.flatMap(({ ends }) => ends ?? []),
});

/** Updates are priced and sent in bursts, which one look at the heads serves. */
const headsKeptMs = 1_000;

/** The chain's own pace: asked as often as it is looked at anyway. */
const syncPollMs = ({ config }: InterbtcWiring): number => config.chains.polkadot?.pollMs ?? 6_000;

/** A new Bitcoin block and an included update ring: without news the slower chain's pace is enough. */
const enginePollMs = (wiring: InterbtcWiring): number => Math.max(syncPollMs(wiring), wiring.config.chains.bitcoin?.pollMs ?? 0);

type RelayedLane<P extends Json> = Lane<P> & Pick<PolkadotSubmitterOptions<P>, "encode" | "needs" | "classify">;

/** A lane with its submitter; none where nobody signs. */
function workOf<P extends Json>(wiring: InterbtcWiring, lane: RelayedLane<P>, section: Interbtc["lanes"]["issue"], wrap: (submitter: Submitter<P>) => Submitter<P> = (same) => same): readonly LaneWork[] {
  const { config, interbtc, polkadot, signer, tools } = wiring;
  const account = config.signers[interbtc.signer];
  if (signer === null || account === undefined) return [];
  const submitter = createPolkadotSubmitter<P>({
    endpoints: polkadot.endpoints, signer, genesis: () => polkadot.genesis(), headsKeptMs, ...tools,
    fees: { maxFeePlanck: account.extrinsicFees.maxFeePlanck, tipPlanck: BigInt(account.extrinsicFees.tipPlanck) },
    encode: (event, proof, runtime) => lane.encode(event, proof, runtime), needs: (runtime) => lane.needs(runtime), classify: (failure) => lane.classify(failure),
  });
  return [{ lane, submitter: wrap(submitter), policy: policyOf(config.policy, section.policy, "bitcoin", "polkadot"), maxOpenSlots: account.maxOpenSlots, concurrency: section.concurrency }];
}
