/**
 * What explaining looks at besides the transfer: the installation and its chains as one plain value.
 * Always: null means "not known" (not read yet, not asked) and blames nothing; every budget comes with what it judges.
 * Never: a function, a clock, or a secret.
 */
import type { Delivery, Slot } from "./delivery.ts";
import type { Failure } from "./errors.ts";
import type { Acknowledgement } from "./transfer.ts";
import type { UnminedPayment } from "./unmined.ts";
import type { ChainName, DeliveryId, Halt, LaneName, Millis, SignerName, Standing, TransferId } from "./values.ts";

export type EndpointView = {
  readonly name: string;
  readonly up: boolean;
  readonly lagBlocks: number | null;
  /** said something that cannot be true: last choice until then */
  readonly demotedUntil: Millis | null;
  readonly lastFailure: Failure | null;
};

export type ChainSeen = {
  readonly name: ChainName;
  /** as the nodes say; null: no node answered since the start */
  readonly best: number | null;
  readonly final: number | null;
  /** as far as the ledger has read */
  readonly cursor: number | null;
  /** host time at which the best block last changed */
  readonly headSeenAt: Millis | null;
  readonly headBudgetMs: Millis;
  readonly lagBudgetBlocks: number;
  readonly endpoints: readonly EndpointView[];
  /** time of the newest block minus host time when it was first seen */
  readonly skewMs: Millis | null;
  readonly skewBudgetMs: Millis;
  /** blocks still to be searched; `since` = when there began to be some; `missing` are pruned on every node */
  readonly backlog: { readonly blocks: number; readonly since: Millis | null; readonly missing: readonly number[] };
  readonly backlogBudgetMs: Millis;
};

export type LaneView = { readonly name: LaneName; readonly bridge: string; readonly source: ChainName; readonly target: ChainName; readonly signer: SignerName };

export type DeliveryView = {
  readonly delivery: Delivery;
  /** the slot it holds, with its attempts */
  readonly slot: Slot | null;
  readonly eventStanding: Standing;
};

export type HaltView = Halt & {
  /** the person who said that he looks at it */
  readonly acknowledged: Acknowledgement | null;
};

/** The target's light client of the source, or tBTC's relay of difficulties. */
export type LightClientView = {
  readonly lane: LaneName | null;
  readonly bridge: string;
  /** where it is */
  readonly chain: ChainName;
  readonly height: number | null;
  readonly lagBlocks: number | null;
  readonly lagBudgetBlocks: number;
  /** since it is further behind than `lagBudgetBlocks` */
  readonly behindSince: Millis | null;
  readonly behindBudgetMs: Millis;
  /** its best block is not on Bitcoin's best chain, since */
  readonly otherForkSince: Millis | null;
  /** a fork it knows is so near that it takes no proof at all, since */
  readonly blockedSince: Millis | null;
  /** the first header of a difficulty period that it can never be told of Bitcoin's best chain; missing: not known */
  readonly retarget?: { readonly height: number; readonly because: "fork" | "runtime"; readonly since: Millis } | null;
  /** those that wait for what it does not know yet, and nothing is told while there are none. Missing: any may */
  readonly neededBy?: readonly TransferId[];
};

export type SignerView = {
  readonly name: SignerName;
  readonly chain: ChainName;
  /** whole coins; null: not read yet */
  readonly balance: number | null;
  /** how long the balance lasts at the present pace; null: nothing is being spent, or not known */
  readonly runwayMs: Millis | null;
  readonly runwayBudgetMs: Millis;
  readonly openSlots: number;
  readonly maxOpenSlots: number;
  /** the lowest open slot, and since when it is the lowest */
  readonly lowest: { readonly slot: string; readonly delivery: DeliveryId | null; readonly since: Millis } | null;
  readonly lowestBudgetMs: Millis;
  /** slots used by transactions not made here, within the last hour, newest host time */
  readonly foreign: { readonly count: number; readonly lastAt: Millis | null };
};

export type LoopView = {
  readonly loop: string;
  /** the chain it watches; null: a relayer's, or the monitor's */
  readonly chain: ChainName | null;
  /** null: none since the start; a loop of another process that never reported is listed like this too */
  readonly lastTurnAt: Millis | null;
  readonly startedAt: Millis;
  readonly budgetMs: Millis;
};

export type QueueView = {
  readonly reachable: boolean;
  readonly failure: string | null;
  /** the eviction policy when it may drop wakes, else null */
  readonly evicts: string | null;
  readonly overdue: readonly { readonly lane: LaneName; readonly count: number; readonly since: Millis }[];
  readonly overdueBudgetMs: Millis;
};

export type BridgeView = {
  readonly name: string;
  /** the chain on which its contracts or pallets are */
  readonly chain: ChainName;
  readonly paused: { readonly since: Millis; readonly because: string } | null;
  readonly oracleOutSince: Millis | null;
  /** `failedAt`: a refund failed then, and none has been paid since; null: gas is not refunded */
  readonly refundPool: { readonly balance: number | null; readonly leastBalance: number; readonly failedAt: Millis | null } | null;
  /**
   * Blocks until the relay of difficulties forgets an epoch that is still needed; 0: the next retarget does it; `hasLeft`: it has.
   * `neededBy`: those whose payment is in it or an older one. Missing: not known.
   */
  readonly epoch: { readonly marginBlocks: number; readonly budgetBlocks: number; readonly hasLeft?: boolean; readonly neededEpoch?: number; readonly relayEpoch?: number; readonly neededBy?: readonly TransferId[] } | null;
  /** of the transfers that wait for somebody to use a payment: what a node says of it */
  readonly fundings?: readonly FundingView[];
};

/** The Bitcoin payment that a transfer rests on, as a node last said. */
export type FundingView = {
  readonly transfer: TransferId;
  /** "txid:index", in display order */
  readonly outpoint: string;
  /** 0: in the mempool; null: not among its unspent outputs */
  readonly confirmations: number | null;
  readonly neededConfirmations: number;
  /** it was seen in a block before */
  readonly wasIn: boolean;
  /** host time since which it is so */
  readonly since: Millis;
};

export type MonitoredWorld = {
  readonly chains: readonly ChainSeen[];
  readonly lanes: readonly LaneView[];
  /** for a transfer: its own; for the installation: at least those parked */
  readonly deliveries: readonly DeliveryView[];
  readonly halts: readonly HaltView[];
  /** how long a halt may stay without anybody having looked */
  readonly haltBudgetMs: Millis;
  readonly lightClients: readonly LightClientView[];
  readonly signers: readonly SignerView[];
  readonly loops: readonly LoopView[];
  readonly queue: QueueView;
  readonly ledger: { readonly writable: boolean; readonly failure: string | null };
  readonly bridges: readonly BridgeView[];
  /** Bitcoin payments in no block yet; missing: not known */
  readonly unmined?: UnminedView;
};

/** Payments as the mempools show them, and what nodes ask for, in satoshi per virtual byte. `estimateSatPerVb` null: the node cannot say. */
export type UnminedView = { readonly payments: readonly UnminedPayment[]; readonly minSatPerVb: number; readonly estimateSatPerVb: number | null };
