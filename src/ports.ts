/**
 * Every interface the shell fills. Core values in, core values out.
 * Always: each network call takes an AbortSignal and ends; errors thrown are GantryError with a remedy.
 * Never: an implementation, or a type that belongs to one chain SDK or one store.
 */
import type { ChainView } from "./core/chain-view.ts";
import type { Attempt, Delivery, DeliveryFilter, SignedTx, Slot, SlotRef, Snapshot, State, Woken } from "./core/delivery.ts";
import type { Failure } from "./core/errors.ts";
import type { OpenSlots } from "./core/slot-room.ts";
import type { TransferStore } from "./core/projection.ts";
import type { Pruning } from "./core/pruning.ts";
import type {
  AuditEntry, BlockRef, ChainName, DeliveryId, EventId, Halt, Hex, Json, LaneName, Millis, Scope, SignerName, SourceEvent, TransferId,
  Wait, Watch, WatchId,
} from "./core/values.ts";

// ---------------------------------------------------------------- time and words

export interface Clock {
  now(): Millis;
  /** resolves after `ms`, or at once when the signal aborts; never rejects */
  sleep(ms: Millis, signal: AbortSignal): Promise<void>;
}

export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/**
 * Counters and timings the loops report. The monitor role turns them into series; `null`-like implementations are fine.
 * Names are those of docs/metrics.md without the prefix; labels are closed sets, never ids or URLs.
 */
export interface Meter {
  count(name: string, labels: Readonly<Record<string, string>>, by?: number): void;
  observe(name: string, labels: Readonly<Record<string, string>>, value: number): void;
  set(name: string, labels: Readonly<Record<string, string>>, value: number): void;
}

// ---------------------------------------------------------------- watching

/** An event as a reader found it. The ledger gives `generation`. */
export type FoundEvent = Omit<SourceEvent, "generation">;
/** A delivery to begin when it does not exist yet. Born in state `seen`, or in `proven` with this proof, which rests on no block. */
export type Birth = {
  readonly id: DeliveryId;
  readonly lane: LaneName;
  readonly event: EventId;
  readonly serves: readonly TransferId[];
  readonly deadline: Millis | null;
  /**
   * What a sync lane plans needs no proof of an event: its event has no block, so a failure ends the delivery and it is planned
   * anew. `wakeAt`: when it is looked after at the latest, should the planner not do it at once.
   */
  readonly proven?: { readonly proof: Json; readonly wakeAt: Millis };
};
/** What was watched for has come: the watch is over so many blocks of its chain later (or sooner, when it ends by itself). */
export type WatchEnd = { readonly watch: WatchId; readonly afterBlocks: number };
export type Found = {
  readonly events: readonly FoundEvent[];
  readonly births: readonly Birth[];
  readonly watches: readonly Watch[];
  readonly ends?: readonly WatchEnd[];
};
/** What an event brings once it is final. */
export type Settled = Omit<Found, "events">;

export type WatchChanges = { readonly added: readonly Watch[]; readonly over: readonly Watch[] };
/** The watches of one chain that are not over, with the version a block's commit must carry. */
export type WatchSet = {
  readonly version: number;
  readonly watches: readonly Watch[];
  /** what came and went since the set had this older version; null: that is not known any more, so all of it is looked at anew */
  readonly since?: (version: number) => WatchChanges | null;
};

/** One chain, read only, already composed with its bridges' readers. */
export interface ChainSource {
  readonly chain: ChainName;
  /** best and final block as the healthiest endpoint sees them now */
  head(signal: AbortSignal): Promise<{ readonly best: BlockRef; readonly final: BlockRef }>;
  /** a block by hash, to walk back along parents; Unavailable when no endpoint has it */
  block(hash: Hex, signal: AbortSignal): Promise<BlockRef>;
  /** the canonical block at a height now, for finding where a final block is */
  blockAt(height: number, signal: AbortSignal): Promise<BlockRef>;
  /** what the readers find in exactly this block (by hash), checked against its header */
  read(block: BlockRef, watches: WatchSet, signal: AbortSignal): Promise<Found>;
  /**
   * What the readers find in final history [from, to]; may stop early (adaptive ranges): `scannedTo` says where.
   * `blocks` are the blocks the found events are in. Throws GantryError code "block-pruned" with evidence {heights}
   * when the node no longer has a block it needs.
   */
  scan(from: number, to: number, watches: WatchSet, signal: AbortSignal): Promise<{
    readonly scannedTo: number;
    readonly found: Found;
    readonly blocks: readonly BlockRef[];
  }>;
  /** what an event brings once it is final (requests create watches and births only then); pure */
  settle(event: SourceEvent): Settled;
  /** the endpoint that last answered gave something that cannot be true: use another one for a while */
  distrust(failure: Failure): void;
  /** latency only: yields when a new block may be there; never needed for correctness */
  nudges?(signal: AbortSignal): AsyncIterable<void>;
}

// ---------------------------------------------------------------- relaying

/** Where an effect stands on the target. */
export type Effect = { readonly block: BlockRef; readonly tx: Hex | null };

export type Anchored<A> =
  | { readonly kind: "ready"; readonly anchor: A; readonly builtOn: readonly BlockRef[]; readonly deadline: Millis | null }
  /** not provable yet: an outcome, not an error */
  /** `soon`: the anchor that it will have when the wait is over, as far as can be told: what takes time is prepared with it */
  | { readonly kind: "not-yet"; readonly code: string; readonly until: Millis; readonly waitsFor: Wait | null; readonly soon?: A }
  /** can never be proved, or only after a person acted */
  | { readonly kind: "impossible"; readonly failure: Failure };

/** One direction, one kind of effect. P is the proof as stored (JSON), A the anchor. */
export interface Lane<P extends Json = Json, A = unknown> {
  readonly name: LaneName;
  readonly source: ChainName;
  readonly target: ChainName;
  readonly signer: SignerName;
  /** is the effect on the target at its best / final state? */
  delivered(event: SourceEvent, at: "best" | "final", signal: AbortSignal): Promise<Effect | null>;
  anchor(event: SourceEvent, now: Millis, signal: AbortSignal): Promise<Anchored<A>>;
  build(event: SourceEvent, anchor: A, signal: AbortSignal): Promise<P>;
  /** independently written, offline; null = good. A failure here demotes the endpoint that gave the data */
  check(event: SourceEvent, anchor: A, proof: P): Failure | null;
  /** the data behind the last build came from a bad endpoint */
  distrust(failure: Failure): void;
  describe(event: SourceEvent): string;
}

/** What became of a slot's transactions, looked up over every hash it ever had. */
export type TxStatus =
  | { readonly kind: "pending" }
  | { readonly kind: "missing" }
  | { readonly kind: "included"; readonly hash: Hex; readonly block: BlockRef; readonly ok: boolean; readonly final: boolean; readonly failure: Failure | null; readonly feePaid: bigint }
  /** the slot was consumed by a transaction we never made; `final` when a final block shows it; `hash`: null where it cannot be found cheaply */
  | { readonly kind: "taken"; readonly final: boolean; readonly hash: Hex | null };

export interface Submitter<P extends Json = Json> {
  readonly signer: SignerName;
  /** static call from the sending address; throws Rejected/… as bridges/<bridge>/errors.ts classifies the reason */
  rehearse(event: SourceEvent, proof: P, signal: AbortSignal): Promise<void>;
  /** asks ahead for what this effect will need in a moment, at most a block from now; what it learns may be used then, nothing depends on it */
  prepare?(event: SourceEvent, proof: P, signal: AbortSignal): Promise<void>;
  /**
   * `next`: the lowest slot the chain itself would hand out now, counting pending ones: floor for the ledger's next slot.
   * `settled`: nothing of this signer is pending or included-but-not-final. A ledger without history begins only then.
   */
  floor(signal: AbortSignal): Promise<{ readonly next: bigint; readonly settled: boolean }>;
  /** signs into `slot`; `previous` = attempt to outbid in the same slot. Throws Unavailable code "fee-cap" at the cap */
  sign(event: SourceEvent, proof: P, slot: SlotRef, previous: Attempt | null, signal: AbortSignal): Promise<SignedTx>;
  /** empty self-transaction that consumes a slot nobody needs */
  fill(slot: SlotRef, previous: Attempt | null, signal: AbortSignal): Promise<SignedTx>;
  /**
   * how the target would refuse these saved bytes now; null: it would not, or nobody offers to tell. Absent where `rehearse` says as
   * much without a signature
   */
  rehearseSigned?(tx: SignedTx, signal: AbortSignal): Promise<Failure | null>;
  /** idempotent: bytes the node already knows, or whose slot is already used, are not an error */
  send(tx: SignedTx, signal: AbortSignal): Promise<void>;
  track(slot: SlotRef, attempts: readonly Attempt[], signal: AbortSignal): Promise<TxStatus>;
}

// ---------------------------------------------------------------- ledger

/** Blocks still to be searched: `next`..`last` inclusive. "watches" = for newly added watches, "events" = history. */
export type ScanRange = {
  readonly id: string;
  readonly chain: ChainName;
  readonly purpose: "watches" | "events";
  readonly next: number;
  readonly last: number;
  /** set when it met pruned blocks: it stays open, visible, and needs a person or another node */
  readonly missing: readonly number[];
};

/** One transaction of the watchers. */
export type Commit = {
  readonly chain: ChainName;
  /** host time of the commit */
  readonly now: Millis;
  /** the new view, and the head hash of the view it was computed from (null: none yet); another head → Conflict.
   *  null for a scan, which does not move the view */
  readonly move: { readonly view: ChainView; readonly from: Hex | null } | null;
  /** blocks that became canonical (also the blocks of scanned events), and blocks that stopped being so */
  readonly blocks: readonly BlockRef[];
  readonly dropped: readonly BlockRef[];
  /** watch-set version the events were matched with; a newer set → Conflict (match again); null = not matched */
  readonly watchSetVersion: number | null;
  readonly found: Found;
  /** a chain's state asks for these watches now: one that ended, or will, goes on, and what came after its end is searched */
  readonly renews?: true;
  /** ranges to open (id must be new, else ignored) and progress of open ones: next > last closes it */
  readonly opens: readonly ScanRange[];
  readonly progress: readonly { readonly id: string; readonly next: number; readonly missing: readonly number[] }[];
};

/** One step of a delivery: compare-and-set on `next.version`. */
export type Save = {
  readonly next: Delivery;
  /** hand out a slot: lowest ownerless reserved slot >= floor, else max(highest + 1, floor). With `maxOpenSlots` open slots in
   *  no block (roomFor) the save is refused with Unavailable "no-open-slot". The stored delivery's `slot` is filled in */
  readonly reserve?: {
    readonly signer: SignerName;
    readonly floor: bigint;
    readonly maxOpenSlots: number;
    /** false: what raised the floor may still vanish. A floor above every slot this ledger handed out is then refused with
     *  Unavailable "signer-not-settled": skipping a nonce that nobody uses in the end would hold the signer up for ever */
    readonly settled?: boolean;
  };
  /** new signed bytes for next.slot: the slot becomes live */
  readonly attempt?: SignedTx;
  /** this attempt was handed to a node */
  readonly sent?: { readonly hash: Hex; readonly at: Millis };
  /** a final target block consumed the slot, or made it impossible */
  readonly slotEnds?: { readonly ref: SlotRef; readonly how: "spent" | "void" };
  /** the delivery gives up its slot before the slot ended: it stays with the signer (delivery = null) */
  readonly leavesSlot?: SlotRef;
  readonly audit: AuditEntry;
};

/** Step on a slot no delivery owns (its signer's upkeep). Refused with Conflict when `state` or the number of attempts moved. */
export type SlotSave = {
  readonly slot: Slot;
  readonly attempt?: SignedTx;
  readonly sent?: { readonly hash: Hex; readonly at: Millis };
  readonly ends?: "spent" | "void";
  /** the final block that consumed the slot is gone (a reorg below final, resumed by a person): it is open again, live if it has bytes */
  readonly reopens?: true;
  readonly audit: AuditEntry;
};

export interface Ledger extends TransferStore, Pruning {
  /** one consistent read of everything `decide` looks at, the halts of `scopes` included; null when the id is unknown */
  load(id: DeliveryId, scopes: readonly Scope[]): Promise<Snapshot | null>;
  /** resolves only after the transaction that holds it returned; the stored value (version + 1) comes back */
  save(save: Save): Promise<Delivery>;
  saveSlot(save: SlotSave): Promise<void>;
  /** resolves to deliveries whose wait it ended: view moves past waitsFor, events moved, builtOn or includedIn dropped, births */
  commit(commit: Commit): Promise<{ readonly wake: readonly Woken[] }>;

  view(chain: ChainName): Promise<ChainView | null>;
  /** the block remembered as canonical at this height; null when none was ever seen there */
  blockAt(chain: ChainName, height: number): Promise<BlockRef | null>;
  watchSet(chain: ChainName): Promise<WatchSet>;
  ranges(chain: ChainName): Promise<readonly ScanRange[]>;
  events(where: { readonly ids?: readonly EventId[]; readonly at?: readonly Hex[]; readonly kind?: string; readonly limit?: number }): Promise<readonly SourceEvent[]>;
  /** also one that is over */
  watch(id: WatchId): Promise<Watch | null>;

  /**
   * Since when something is so, by the name its teller gave it; null: it is not. When it was not so before, since `now`, whoever asks
   * again and after whatever restart, until somebody says that it is over.
   */
  since(condition: { readonly name: string; readonly holds: boolean; readonly now: Millis }): Promise<Millis | null>;

  find(where: DeliveryFilter): Promise<readonly Delivery[]>;
  /** deliveries by lane and state, for gauges */
  counts(): Promise<readonly { readonly lane: LaneName; readonly state: State; readonly count: number }[]>;
  /** `atLeast`: this slot and those above it */
  slots(where: { readonly signer?: SignerName; readonly open?: boolean; readonly delivery?: DeliveryId; readonly atLeast?: bigint }): Promise<readonly Slot[]>;
  /** the signer's open ones, counted */
  openSlots(signer: SignerName): Promise<OpenSlots>;
  /** whether one of this rank (`rankOf`) may ask for a slot now: some are free, and not too many that wait for them come first */
  mayAsk(ask: { readonly signer: SignerName; readonly maxOpenSlots: number; readonly rank: number; readonly now: Millis }): Promise<boolean>;
  /** by any transaction hash an attempt ever had */
  attemptByHash(hash: Hex): Promise<{ readonly slot: Slot; readonly delivery: DeliveryId | null } | null>;

  halts(): Promise<readonly Halt[]>;
  halt(halt: Halt, audit: AuditEntry): Promise<void>;
  lift(scope: Scope, audit: AuditEntry): Promise<boolean>;
  auditLog(where: { readonly subject?: string; readonly limit?: number }): Promise<readonly AuditEntry[]>;
  note(entry: AuditEntry): Promise<void>;

  /** proves that a write can be committed now */
  ping(): Promise<void>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- queue

/** Wakes only: "look at delivery X at time T". Losing all of them loses nothing. */
export interface WakeQueue {
  /** fails fast when the queue's server is away (Unavailable "queue-unavailable"); callers go on without it */
  wake(lane: LaneName, id: DeliveryId, at: Millis, priority: number): Promise<void>;
  /** runs `handle` for each due wake, `concurrency` at a time, until the signal aborts; in-flight handlers are awaited */
  serve(lane: LaneName, concurrency: number, handle: (id: DeliveryId) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** due but not taken, per lane: the watchdog and the gauge `wakes_overdue` */
  overdue(lane: LaneName): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
