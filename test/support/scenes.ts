/**
 * Transfers that stand in every leg of their journey, in a world where nothing is wrong, and one trouble for each cause.
 * Always: a trouble changes one thing only; what it returns could be stored or read by the production code.
 */
import { createInterbtcJourneys, interbtcJourneyList } from "../../src/bridges/interbtc/journeys.ts";
import { createTbtcJourneys, tbtcJourneyList } from "../../src/bridges/tbtc/journeys.ts";
import type { Cause } from "../../src/core/causes.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import type { ChainSeen, MonitoredWorld } from "../../src/core/monitored-world.ts";
import type { Clocks } from "../../src/core/transfer-clock.ts";
import type { BridgeJourneys, TransferChange } from "../../src/core/transfer-fold.ts";
import type { Journey, Phase, Transfer } from "../../src/core/transfer.ts";
import { laneName, signerName } from "../../src/core/values.ts";
import type { ChainName, Halt, Millis } from "../../src/core/values.ts";
import { failure, now } from "./delivery.ts";
import { clocksAt, foldedAll } from "./folded-transfers.ts";
import {
  issueAsked, issueDelivered, issueExecuted, issuePaid, paid, paymentDelivered, paymentProved, payoutFact, requested, revealed, sweepDelivered, swept, sweepProved,
} from "./transfer-stories.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export type Scene = { readonly transfer: Transfer; readonly journey: Journey; readonly world: MonitoredWorld; readonly clocks: Clocks };
export type Kind = "deposit" | "redemption" | "issue" | "redeem";
/** all heights on all chains; every scene begins at `now`, and its last step too */
const seen = (event: ReturnType<typeof revealed>): TransferChange => ({ event, seenAt: now });
const relays = (delivery: Delivery, event: ReturnType<typeof revealed>): TransferChange => ({ delivery: { ...delivery, since: now }, event, seenAt: now });
const final = (bitcoin: number, other = 250): TransferChange => ({ clocks: clocksAt(now, { bitcoin, ethereum: other, polkadot: other }, 1_100) });

const redeem = (stage: "requested" | "payment" | "executed", height: number) => seen(payoutFact("redeem", stage, height));

type Story = { readonly journeys: BridgeJourneys; readonly journey: Journey | undefined; readonly asked: TransferChange; readonly paid: TransferChange; readonly delivery: ((state: "proven" | "sent") => TransferChange) | null; readonly done: TransferChange };
const tbtc = createTbtcJourneys();
const interbtc = createInterbtcJourneys();
const journeyOf = (kind: string) => [...tbtcJourneyList, ...interbtcJourneyList].find((one) => one.kind === kind);
const stories: Readonly<Record<Kind, Story>> = {
  deposit: { journeys: tbtc, journey: journeyOf("deposit"), asked: seen(revealed()), paid: seen(swept()), delivery: (state) => relays(sweepDelivered(state, 3), swept()), done: seen(sweepProved()) },
  redemption: { journeys: tbtc, journey: journeyOf("redemption"), asked: seen(requested()), paid: seen(paid()), delivery: (state) => relays(paymentDelivered(state, 3), paid()), done: seen(paymentProved()) },
  issue: { journeys: interbtc, journey: journeyOf("issue"), asked: seen(issueAsked()), paid: seen(issuePaid()), delivery: (state) => relays(issueDelivered(state, 3), issuePaid()), done: seen(issueExecuted()) },
  redeem: { journeys: interbtc, journey: journeyOf("redeem"), asked: redeem("requested", 100), paid: redeem("payment", 50), delivery: null, done: redeem("executed", 900) },
};

const soFar = ({ asked, paid, delivery, done }: Story, phase: Phase): readonly TransferChange[] => {
  const state = (name: "proven" | "sent") => (delivery === null ? [] : [delivery(name)]);
  switch (phase) {
    case "request-final": return [asked];
    case "payment": return [asked, final(40)];
    case "payment-final": return [asked, final(40), paid];
    case "provable": return [asked, paid, final(60)];
    case "send": return [asked, paid, final(60), ...state("proven")];
    case "include": return [asked, paid, final(60), ...state("sent")];
    case "final": return [asked, paid, final(60), done];
  }
};

const chainSeen = (name: ChainName): ChainSeen => ({
  name, best: 250, final: 240, cursor: 250, headSeenAt: null, headBudgetMs: hour, lagBudgetBlocks: 5,
  endpoints: [{ name: "a", up: true, lagBlocks: 0, demotedUntil: null, lastFailure: null }],
  skewMs: 0, skewBudgetMs: 30_000, backlog: { blocks: 0, since: null, missing: [] }, backlogBudgetMs: hour,
});
const chains = ["bitcoin", "polkadot", "ethereum"] as const;
export const lanes = [
  { name: laneName("tbtc-deposit-sweep"), bridge: "tbtc", source: "bitcoin", target: "ethereum", signer: signerName("maintainer") },
  { name: laneName("tbtc-redemption"), bridge: "tbtc", source: "bitcoin", target: "ethereum", signer: signerName("maintainer") },
  { name: laneName("interbtc-issue"), bridge: "interbtc", source: "bitcoin", target: "polkadot", signer: signerName("relayer") },
] as const;
export const quiet: MonitoredWorld = {
  chains: chains.map(chainSeen), lanes, deliveries: [], halts: [], haltBudgetMs: hour,
  lightClients: [], bridges: [], signers: [], loops: [], ledger: { writable: true, failure: null },
  queue: { reachable: true, failure: null, evicts: null, overdue: [], overdueBudgetMs: minute },
};

/** A transfer in this leg for `ageMs`, and nothing wrong. */
export function scene(kind: Kind, phase: Phase, ageMs: Millis = 0): Scene {
  const { journeys, journey, ...story } = stories[kind];
  const transfer = [...foldedAll(journeys, soFar({ journeys, journey, ...story }, phase)).values()][0];
  if (transfer === undefined || journey === undefined) throw new Error(`no ${kind}`);
  return { transfer, journey, world: quiet, clocks: clocksAt(now + ageMs, { bitcoin: 60, ethereum: 150, polkadot: 150 }, 1_100) };
}

/** Facts that came on top. */
export function told(kind: Kind, { transfer, ...rest }: Scene, ...changes: readonly TransferChange[]): Scene {
  const { journeys, ...story } = stories[kind];
  const phase = rest.journey.steps.find(({ name }) => name === transfer.steps.at(-1)?.name)?.phase ?? "request-final";
  const after = foldedAll(journeys, [...soFar({ journeys, ...story }, phase), ...changes]).get(transfer.id);
  return { ...rest, transfer: after ?? transfer };
}

export const inWorld = (one: Scene, more: Partial<MonitoredWorld>): Scene => ({ ...one, world: { ...one.world, ...more } });
export const after = (one: Scene, ms: Millis): Scene => {
  const at = one.clocks.now + ms;
  const { chains } = one.clocks;
  return { ...one, clocks: { now: at, chains: Object.fromEntries(Object.entries(chains).map(([name, clock]) => [name, { ...clock, headTime: at, headSeenAt: at }])) } };
};
const onChain = (one: Scene, more: (chain: ChainSeen) => Partial<ChainSeen>): Scene => {
  const step = one.journey.steps.find(({ name }) => name === one.transfer.steps.at(-1)?.name);
  return inWorld(one, { chains: one.world.chains.map((chain) => (chain.name === step?.chain ? { ...chain, ...more(chain) } : chain)) });
};
const halted = (one: Scene, scope: Halt["scope"]): Scene => inWorld(one, { halts: [...one.world.halts, { scope, code: "bug", because: "a test says so", since: one.clocks.now - minute, acknowledged: null }] });
const laneOf = ({ journey }: Scene) => lanes.find(({ name }) => name === journey.lane) ?? lanes[0];
const works = (one: Scene, more: Partial<Delivery>): Scene =>
  inWorld(one, { deliveries: [...one.world.deliveries, { delivery: { ...sweepDelivered("sent", 4), wakeAt: one.clocks.now + minute, ...more }, slot: null, eventStanding: "final" }] });
const client = (one: Scene) => ({ lane: null, bridge: one.journey.bridge, chain: laneOf(one).target, height: 40, lagBlocks: 12, lagBudgetBlocks: 3, behindSince: null, behindBudgetMs: hour, otherForkSince: null, blockedSince: null });
const bridge = (one: Scene) => ({ name: one.journey.bridge, chain: laneOf(one).target, paused: null, oracleOutSince: null, refundPool: null, epoch: null });
const signer = (one: Scene) => ({ name: laneOf(one).signer, chain: laneOf(one).target, balance: 1, runwayMs: null, runwayBudgetMs: day, openSlots: 0, maxOpenSlots: 8, lowest: null, lowestBudgetMs: hour, foreign: { count: 0, lastAt: null } });

/** What makes each cause true, and nothing else; those of the transfer itself are made by its facts and its age. */
export const troubles: Readonly<Partial<Record<Cause, (one: Scene) => Scene>>> = {
  "ledger-unwritable": (one) => inWorld(one, { ledger: { writable: false, failure: "disk full" } }),
  "proof-refused": (one) => works(one, { state: "parked", since: one.clocks.now - hour, parked: { from: "final", code: "tbtc-fee-too-high", evidence: null } }),
  "chain-halted": (one) => halted(one, { kind: "chain", name: one.journey.steps.find(({ name }) => name === one.transfer.steps.at(-1)?.name)?.chain ?? "bitcoin" }),
  "lane-halted": (one) => halted(one, { kind: "lane", name: laneOf(one).name }),
  "signer-halted": (one) => halted(one, { kind: "signer", name: laneOf(one).signer }),
  "relayer-dead": (one) => inWorld(one, { loops: chains.map((chain) => ({ loop: `watch-${chain}`, chain, lastTurnAt: one.clocks.now - hour, startedAt: 0, budgetMs: minute })) }),
  "node-lying": (one) => onChain(one, () => ({ endpoints: [{ name: "a", up: true, lagBlocks: 0, demotedUntil: one.clocks.now + minute, lastFailure: failure("Invalid", "block-hash-mismatch") }] })),
  "node-stalled": (one) => onChain(one, () => ({ headSeenAt: one.clocks.now - 2 * hour })),
  "node-lagging": (one) => onChain(one, () => ({ cursor: 200 })),
  "scan-backlog": (one) => onChain(one, () => ({ backlog: { blocks: 900, since: one.clocks.now - 2 * hour, missing: [] } })),
  "chain-paused": (one) => inWorld(one, { bridges: [{ ...bridge(one), paused: { since: one.clocks.now - hour, because: "an upgrade" } }] }),
  "oracle-outage": (one) => inWorld(one, { bridges: [{ ...bridge(one), oracleOutSince: one.clocks.now - hour }] }),
  "light-client-on-another-fork": (one) => inWorld(one, { lightClients: [{ ...client(one), otherForkSince: one.clocks.now - hour }] }),
  "light-client-blocked": (one) => inWorld(one, { lightClients: [{ ...client(one), blockedSince: one.clocks.now - hour }] }),
  "light-client-behind": (one) => inWorld(one, { lightClients: [{ ...client(one), behindSince: one.clocks.now - 2 * hour }] }),
  "signer-without-funds": (one) => inWorld(one, { signers: [{ ...signer(one), balance: 0 }] }),
  "signer-slot-taken": (one) => works(one, { waitCode: "slot-taken-not-final" }),
  "nonce-gap": (one) => inWorld(one, { signers: [{ ...signer(one), openSlots: 3, lowest: { slot: "7", delivery: null, since: one.clocks.now - 2 * hour } }] }),
  "transaction-evicted": (one) => works(one, { waitCode: "transaction-lost" }),
  "bitcoin-fee-too-low": (one) => works(one, { tries: 2, lastError: failure("Unavailable", "fee-cap") }),
  "redis-down": (one) => inWorld(works(one, { wakeAt: one.clocks.now - hour }), { queue: { ...one.world.queue, reachable: false, failure: "refused" } }),
  "redis-evicts": (one) => inWorld(works(one, { wakeAt: one.clocks.now - hour }), { queue: { ...one.world.queue, evicts: "allkeys-lru" } }),
  "queue-not-draining": (one) => inWorld(one, { queue: { ...one.world.queue, overdue: [{ lane: laneOf(one).name, count: 4, since: one.clocks.now - hour }] } }),
  "relay-epoch-leaving": (one) => inWorld(one, { bridges: [{ ...bridge(one), epoch: { marginBlocks: 30, budgetBlocks: 144 } }] }),
};
