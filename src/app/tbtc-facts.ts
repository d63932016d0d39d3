/**
 * What tBTC's contracts and a Bitcoin node say, for explaining and alerting: does the pool that refunds the proofs' gas still pay, can
 * the relay of difficulties still judge what is unproven, are the waiting deposits' payments there?
 * Always: read where nothing is relayed too; what cannot be read is "not known", and counted.
 * Never: a judgement.
 */
import { epochMargin, relayIsBehindBy } from "../bridges/tbtc/relay-epochs.ts";
import type { RelayEpochs } from "../bridges/tbtc/relay-epochs.ts";
import { blocksPerEpoch, epochOf } from "../bridges/tbtc/work-requirement.ts";
import { depositSweepLane, redemptionLane } from "../bridges/tbtc/names.ts";
import type { TbtcPeriods } from "../bridges/tbtc/periods.ts";
import type { EthereumClient } from "../chains/ethereum/client.ts";
import type { Endpoints } from "../chains/endpoints.ts";
import { headOf } from "../core/chain-view.ts";
import { failureOf } from "../core/errors.ts";
import type { BridgeView, FundingView, LightClientView } from "../core/monitored-world.ts";
import { factsOf } from "../core/transfer-fold.ts";
import type { Transfer } from "../core/transfer.ts";
import type { Hex, Millis, TransferId } from "../core/values.ts";
import type { BridgeFacts } from "../monitor/observe.ts";
import type { Clock, Ledger, Meter } from "../ports.ts";
import { readRelayEpochs } from "../../relayer/reads/tbtc-periods.ts";
import { createKept } from "./seldom.ts";
import type { Kept } from "./seldom.ts";

/** a refund that failed is told of for this long */
const failedWithinMs: Millis = 24 * 3_600_000;
/** they come in no order of time; more than these in a lifetime is nothing to be told anew */
const failuresLookedAt = 10_000;
/** of each lane; more than these wait for the same */
const waitingLookedAt = 500;
/** whole ether; one proof's gas is a small part of it on any day */
const leastBalance = 0.05;
const weiPerEther = 1e18;
/** the relay moves once in two weeks; somebody waits for that only now and then */
const relayEveryMs = { calm: 60_000, awaited: 10_000 } as const satisfies Record<string, Millis>;

export type TbtcFactsParts = {
  readonly ethereum: Endpoints<EthereumClient>;
  readonly bridge: Hex;
  /** the pool the Bridge refers to; null: gas is not refunded to this installation */
  readonly pool: ((signal: AbortSignal) => Promise<Hex>) | null;
  readonly periods: Kept<TbtcPeriods>;
  readonly fundings: (open: Iterable<Transfer>, signal: AbortSignal) => Promise<readonly FundingView[]>;
  /** open transfers, as of the last look */
  readonly open: () => Iterable<Transfer>;
  /** how long the relay may be behind, and how near it may come to forgetting what is needed */
  readonly behindBudgetMs: Millis;
  readonly epochBudgetBlocks: number;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly meter: Meter;
};

export function createTbtcFacts(parts: TbtcFactsParts): (signal: AbortSignal) => Promise<BridgeFacts> {
  const { ethereum, bridge, pool, periods, fundings, open, ledger, clock, meter } = parts;
  const balance = createBalance(parts);
  let isAwaited = false;
  const relay = createKept<RelayEpochs | null>({
    none: null, clock, meter, everyMs: () => relayEveryMs[isAwaited ? "awaited" : "calm"],
    read: async (signal) => (await ethereum.ask((client, signal) => readRelayEpochs(client, bridge, signal), signal)).value,
  });
  /** Where the relay was when it was last asked; null: it does not number its epochs, or was never reached. */
  const epochsNow = async (signal: AbortSignal): Promise<RelayEpochs | null> => {
    const { areRead, relayProofLength } = periods.current();
    if (!areRead || relayProofLength !== null) await relay.refresh(signal);
    return relay.current();
  };
  return async (signal) => {
    await periods.refresh(signal);
    const [amount, failedAt, epochs, funded, view] = await Promise.all([
      pool === null ? null : balance(pool, signal), pool === null ? null : lastFailed(ledger, clock.now()), epochsNow(signal), fundings(open(), signal), ledger.view("bitcoin"),
    ]);
    const unproven = unprovenOf(open());
    const best = view === null ? null : headOf(view).height;
    const lag = epochs === null || best === null ? null : relayIsBehindBy(epochs, best);
    // what could not be read is neither so nor over
    const behindSince = lag === null ? null : await ledger.since({ name: "tbtc:relay-behind", holds: lag > 0, now: clock.now() });
    const epoch = epochs === null || best === null ? null : epochView(epochs, unproven, best, parts.epochBudgetBlocks);
    isAwaited = behindSince !== null || (epoch !== null && epoch.marginBlocks <= epoch.budgetBlocks);
    const lightClients = epochs === null || lag === null ? [] : [{
      ...lightClientOf(epochs, lag), behindSince, behindBudgetMs: parts.behindBudgetMs, neededBy: lag === 0 ? [] : [...new Set([...waitingFor(epochs, unproven), ...await heldUpHere(ledger)])],
    }];
    return {
      lightClients, activeBlocks: null, relayedHeight: null,
      view: {
        name: "tbtc", chain: "ethereum", paused: null, oracleOutSince: null, fundings: funded,
        epoch, refundPool: pool === null ? null : { balance: amount, leastBalance, failedAt },
      },
    };
  };
}

function createBalance({ ethereum, meter }: TbtcFactsParts): (find: (signal: AbortSignal) => Promise<Hex>, signal: AbortSignal) => Promise<number | null> {
  let address: Hex | null = null;
  return async (find, signal) => {
    try {
      address ??= await find(signal);
      const of = address;
      return Number((await ethereum.ask((client, signal) => client.balance(of, "latest", signal), signal)).value) / weiPerEther;
    } catch (thrown) {
      meter.count("errors_total", { where: "monitor", code: failureOf(thrown).code });
      return null;
    }
  };
}

const unprovenSteps = ["payment-final", "provable", "proof-sent", "proof-included"];
/** Paid at this Bitcoin height; `isFinal`: and deep enough to be proved. */
type Unproven = { readonly id: TransferId; readonly height: number; readonly isFinal: boolean };

/** What wallets did and nobody has proved yet. */
function unprovenOf(open: Iterable<Transfer>): readonly Unproven[] {
  return [...open].flatMap((transfer) => {
    const { about, opened } = factsOf(transfer);
    const height = about["paymentHeight"];
    const step = transfer.steps.at(-1)?.name ?? "";
    return transfer.bridge === "tbtc" && opened && typeof height === "number" && unprovenSteps.includes(step) ? [{ id: transfer.id, height, isFinal: step !== unprovenSteps[0] }] : [];
  });
}

const epochView = (epochs: RelayEpochs, unproven: readonly Unproven[], best: number, budgetBlocks: number): BridgeView["epoch"] => {
  const margin = epochMargin(epochs, unproven.map(({ height }) => height), best);
  return margin === null ? null : { ...margin, budgetBlocks, neededBy: unproven.filter(({ height }) => epochOf(height) <= margin.neededEpoch).map(({ id }) => id) };
};

const lightClientOf = ({ epoch }: RelayEpochs, lagBlocks: number): Omit<LightClientView, "behindSince" | "behindBudgetMs"> => ({
  lane: null, bridge: "tbtc", chain: "ethereum", height: (epoch + 1) * blocksPerEpoch - 1, lagBlocks, lagBudgetBlocks: 0, otherForkSince: null, blockedSince: null,
});

/** Nothing but the relay is in their way. */
const waitingFor = ({ epoch }: RelayEpochs, unproven: readonly Unproven[]): readonly TransferId[] =>
  unproven.filter(({ height, isFinal }) => isFinal && epochOf(height) > epoch).map(({ id }) => id);

/** Whom deliveries serve that wait for the relay: also where the request was never seen, because it is older than what is read. */
async function heldUpHere(ledger: Ledger): Promise<readonly TransferId[]> {
  const waiting = await Promise.all([depositSweepLane, redemptionLane].map((lane) => ledger.find({ lane, states: ["final"], limit: waitingLookedAt })));
  return waiting.flat().filter(({ waitCode }) => waitCode === "epoch-not-relayed").flatMap(({ serves }) => serves);
}

async function lastFailed(ledger: Ledger, now: Millis): Promise<Millis | null> {
  const events = await ledger.events({ kind: "tbtc-refund-failed", limit: failuresLookedAt });
  const recorded = await ledger.recorded(events.filter(({ at }) => at !== null).map(({ id }) => id));
  const lately = recorded.map(({ recordedAt }) => recordedAt).filter((at) => at > now - failedWithinMs);
  return lately.length === 0 ? null : Math.max(...lately);
}
