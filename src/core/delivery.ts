/**
 * The record of one delivery, its states, the acts `decide` may choose and the outcomes `apply` understands.
 * Always: state names are stored, so they are only ever added; a delivery carries everything a restart needs.
 * Never: behaviour. `decide` is in decide.ts, `apply` in apply.ts, the drawing of the edges in docs/architecture.md.
 */
import type { Failure } from "./errors.ts";
import type {
  BlockRef, DeliveryId, EventId, Halt, Hex, Json, LaneName, Millis, SignerName, SourceEvent, Standing, TransferId, Wait,
} from "./values.ts";

export const activeStates = ["seen", "final", "proven", "sent", "included"] as const;
export const finishedStates = ["delivered", "orphaned", "abandoned"] as const;
export const states = [...activeStates, "parked", ...finishedStates] as const;
export type ActiveState = (typeof activeStates)[number];
export type State = (typeof states)[number];
export const isActive = (state: State): state is ActiveState => (activeStates as readonly State[]).includes(state);
export const isFinished = (state: State): boolean => (finishedStates as readonly State[]).includes(state);

/** One-time place on the target: an account nonce (Ethereum, Polkadot) or a payment's anchor outpoint (Bitcoin). */
export type SlotRef = { readonly signer: SignerName; readonly slot: bigint };
export type SlotState = "reserved" | "live" | "spent" | "void";

/**
 * Signed bytes, durable before the first broadcast. `fee` is the most it can cost, in the target's smallest unit.
 * `purpose` "fill" is the signer's own empty transaction that consumes a slot nobody needs any more.
 */
export type SignedTx = {
  readonly hash: Hex;
  readonly raw: Hex;
  readonly slot: SlotRef;
  readonly replaces: Hex | null;
  readonly fee: bigint;
  readonly purpose: "effect" | "fill";
  readonly detail: Json;
  readonly signedAt: Millis;
};
/** A signed transaction with what we did with it. */
export type Attempt = SignedTx & { readonly broadcasts: number; readonly lastSentAt: Millis | null };

/** A slot as stored. `delivery` is null once its delivery ended earlier: then the signer sees it spent or consumes it. */
export type Slot = {
  readonly ref: SlotRef;
  readonly delivery: DeliveryId | null;
  readonly state: SlotState;
  /** its delivery says that a transaction of this slot is in a target block, which can still vanish */
  readonly isIncluded: boolean;
  readonly attempts: readonly Attempt[];
};

/** Refusals with one code: how many so far, and when it parks at the latest (null: it parks by their number). */
export type Refusal = { readonly code: string; readonly times: number; readonly until: Millis | null };

export type Delivery = {
  readonly id: DeliveryId;
  readonly lane: LaneName;
  readonly event: EventId;
  readonly serves: readonly TransferId[];
  readonly state: State;
  /** set while parked: where it came from, why, and what was seen */
  readonly parked: { readonly from: ActiveState; readonly code: string; readonly evidence: Json } | null;
  /** who caused the effect, known from `included` on */
  readonly by: "us" | "other" | null;
  /** what passed our own check; null before `proven` */
  readonly proof: Json;
  /** every block, on any chain, that the proof and the right to exist rest on */
  readonly builtOn: readonly BlockRef[];
  /** the target block that holds the effect, and the transaction that made it */
  readonly includedIn: BlockRef | null;
  readonly effectTx: Hex | null;
  /** the slot it holds; null before reservation, and again after the slot ended or was left to the signer */
  readonly slot: SlotRef | null;
  /** nearest protocol deadline as host time, for priority and display only */
  readonly deadline: Millis | null;
  readonly createdAt: Millis;
  /** host time at which `state` was entered */
  readonly since: Millis;
  /** when to look again, whatever happens; null only when parked or finished */
  readonly wakeAt: Millis | null;
  readonly waitsFor: Wait | null;
  /** stable code of the reason for waiting, e.g. "source-not-final"; null when not waiting */
  readonly waitCode: string | null;
  /** failures in a row of the same act; any progress sets it to 0 */
  readonly tries: number;
  /** how often it went back to `final` because the target refused or a transaction reverted */
  readonly redos: number;
  readonly lastError: Failure | null;
  /** the newest refusal that is borne only so often, or so long; absent: none was yet */
  readonly refusal?: Refusal;
  /** compare-and-set: the version this value was loaded at */
  readonly version: number;
};

/** A delivery whose wait a commit ended, with what the queue needs to wake it. */
export type Woken = Pick<Delivery, "id" | "lane" | "deadline">;

/** Which deliveries are meant. */
export type DeliveryFilter = {
  readonly lane?: LaneName;
  readonly states?: readonly State[];
  /** wakeAt, or the commit that ended its wait, <= this */
  readonly dueBefore?: Millis;
  readonly serves?: TransferId;
  readonly event?: EventId;
  /** waits for a slot of this signer */
  readonly slotOf?: SignerName;
  readonly limit?: number;
};

/** Everything `decide` may look at, read from the ledger in one snapshot. */
export type Snapshot = {
  readonly delivery: Delivery;
  readonly event: SourceEvent;
  /** standing of `event.at` (null `at` → "dropped") */
  readonly eventStanding: Standing;
  readonly builtOnStanding: readonly Standing[];
  readonly includedStanding: Standing | null;
  /** the slot `delivery.slot` names, with its attempts, oldest first */
  readonly slot: Slot | null;
  /** a lower slot of the same signer is reserved without live bytes: nothing above it may be broadcast */
  readonly lowerSlotReserved: boolean;
  /** `delivery.waitsFor` names a height that the chain's view has reached: it may act before `wakeAt` */
  readonly waitEnded: boolean;
  /** halts whose scope covers this delivery (its lane, its signer, its chains) */
  readonly halts: readonly Halt[];
};

/** The one next thing to do. Each is performed with at most one side effect, then saved. */
export type Act =
  | { readonly do: "none" }
  | { readonly do: "wait"; readonly until: Millis; readonly waitsFor: Wait | null; readonly code: string }
  /** no I/O: the snapshot itself is the news */
  | { readonly do: "note"; readonly outcome: Outcome }
  /** ask the target, then anchor → build → check */
  | { readonly do: "prove" }
  /** ask the target, static call; then reserve a slot in the save */
  | { readonly do: "reserve" }
  /** sign into the held slot; `replaces` = the attempt to outbid */
  | { readonly do: "sign"; readonly replaces: Attempt | null }
  /** broadcast exactly these saved bytes */
  | { readonly do: "send"; readonly attempt: Attempt }
  /** look at every hash the slot ever had, and ask the target for the effect */
  | { readonly do: "track" }
  /** the including block is final: ask the target one last time, at its final state */
  | { readonly do: "confirm" };

export type Outcome =
  | { readonly kind: "source-final" }
  | { readonly kind: "source-dropped" }
  | { readonly kind: "source-seen-again" }
  /** a block the proof rests on left its chain, or the anchor is too old: prove again (same slot if live) */
  | { readonly kind: "anchor-lost" }
  | { readonly kind: "proved"; readonly proof: Json; readonly builtOn: readonly BlockRef[]; readonly deadline: Millis | null }
  | { readonly kind: "waiting"; readonly until: Millis; readonly waitsFor: Wait | null; readonly code: string }
  /** the effect is on the target and not by a transaction of this delivery's slot */
  | { readonly kind: "effect-seen"; readonly block: BlockRef; readonly tx: Hex | null }
  | { readonly kind: "reserved"; readonly slot: SlotRef }
  | { readonly kind: "signed"; readonly tx: SignedTx }
  /** the target would refuse the bytes now, though not for ever, and they never went out: prove again later (same slot if still live) */
  | { readonly kind: "put-off"; readonly failure: Failure }
  /** handed to at least one node; look again at the target's next block */
  | { readonly kind: "broadcast"; readonly waitsFor: Wait | null }
  /** the node knows it; look again at the target's next block */
  | { readonly kind: "pending"; readonly waitsFor: Wait | null }
  /** no node knows any of the slot's transactions: the same bytes go out again */
  | { readonly kind: "lost" }
  | { readonly kind: "included"; readonly block: BlockRef; readonly tx: Hex }
  /** our transaction is in a *final* block and failed: the slot is spent */
  | { readonly kind: "reverted"; readonly block: BlockRef; readonly tx: Hex; readonly failure: Failure }
  /** a *final* block shows the slot consumed by a transaction we never made; `by`: its hash, null where it was not found */
  | { readonly kind: "slot-taken"; readonly by: Hex | null }
  /** the signer's upkeep ended the slot while the delivery was parked */
  | { readonly kind: "slot-over" }
  | { readonly kind: "target-final" }
  | { readonly kind: "target-dropped"; readonly slotLive: boolean }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** refused for good: needs a person */
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "park"; readonly code: string; readonly evidence: Json }
  | { readonly kind: "resume" }
  | { readonly kind: "retry" }
  | { readonly kind: "abandon" };

export type OutcomeKind = Outcome["kind"];
