/**
 * What a store must offer so that the ledger's logic, written once, can run over it: plain reads and writes of rows.
 * Always: synchronous, and every write belongs to the transaction that is open; a read sees the writes before it.
 * Never: a rule of the ledger. Rules are in rules.ts, save.ts, commit.ts and snapshot.ts, for every store alike.
 */
import type { ChainView } from "../core/chain-view.ts";
import type { Delivery, DeliveryFilter, SignedTx, Slot, SlotRef } from "../core/delivery.ts";
import type { Changes, Projection, RecordedEvent, TransferCount, TransferFilter } from "../core/projection.ts";
import type { OpenSlots } from "../core/slot-room.ts";
import type { Transfer } from "../core/transfer.ts";
import type {
  AuditEntry, BlockRef, ChainName, DeliveryId, EventId, Halt, Hex, Millis, Scope, SignerName, SourceEvent, TransferId, Watch, WatchId,
} from "../core/values.ts";
import type { Ledger, ScanRange } from "../ports.ts";

/** A slot without its attempts. */
export type SlotRow = Omit<Slot, "attempts">;

export type Counts = Awaited<ReturnType<Ledger["counts"]>>;
export type EventFilter = Parameters<Ledger["events"]>[0];
export type SlotFilter = Parameters<Ledger["slots"]>[0];
type AuditFilter = Parameters<Ledger["auditLog"]>[0];

export interface DeliveryRows {
  delivery(id: DeliveryId): Delivery | null;
  /** `before` is the row as it is now; null inserts. Its indexes follow: alarms (alarmsOf) are set anew on every put */
  putDelivery(next: Delivery, before: Delivery | null): void;
  /** ordered by wakeAt, id when `dueBefore` is given, else by createdAt, id */
  find(where: DeliveryFilter): readonly Delivery[];
  counts(): Counts;
  /** deliveries waiting for this event (factOf) */
  waitingFor(event: EventId): readonly DeliveryId[];
  /** deliveries waiting for a slot of this signer (slotWaitOf) and not due before `dueFrom`, the first in turn first */
  waitingForSlot(signer: SignerName, dueFrom: Millis, limit: number): readonly Delivery[];
  /** how many of these have a lower rank, counted up to `limit` */
  nearerForSlot(signer: SignerName, dueFrom: Millis, rank: number, limit: number): number;
  /** takes out every alarm of this chain at or below the heights; each alarm rings once */
  ringAlarms(chain: ChainName, bestHeight: number, finalHeight: number): readonly DeliveryId[];
  /** `dueBefore` finds it from `at` on, whatever its wakeAt says, until it is put again; no new version */
  makeDue(id: DeliveryId, at: Millis): void;
  /** the row is this one without its proof: no new version, and no change to fold */
  dropProof(delivery: Delivery): void;
  /** who rests (restsOn) on a block of this height, and on which one */
  restingAt(chain: ChainName, height: number): readonly { readonly id: DeliveryId; readonly hash: Hex }[];
}

export interface SlotRows {
  slot(ref: SlotRef): SlotRow | null;
  putSlot(row: SlotRow): void;
  highestSlot(signer: SignerName): bigint | null;
  /** reserved and live ones, lowest first */
  openSlots(signer: SignerName): readonly SlotRow[];
  openCount(signer: SignerName): OpenSlots;
  hasReservedBelow(ref: SlotRef): boolean;
  /** one slot with its attempts, oldest first */
  fullSlot(ref: SlotRef): Slot | null;
  /** by signer, then slot */
  slots(where: SlotFilter): readonly Slot[];
  attemptCount(ref: SlotRef): number;
  slotOfAttempt(hash: Hex): SlotRef | null;
  addAttempt(tx: SignedTx): void;
  markSent(hash: Hex, at: Millis): void;
  /** raw bytes ("0x") and detail (null) of the slot's attempts go; hashes and fees stay */
  dropBytes(ref: SlotRef): void;
  /** the dearest attempt of each slot of the signer, highest slots first */
  dearestAttempts(signer: SignerName, limit: number): readonly { readonly fee: bigint; readonly signedAt: Millis }[];
}

export interface ChainRows {
  view(chain: ChainName): ChainView | null;
  putView(chain: ChainName, view: ChainView): void;
  /** the block remembered as canonical at this height */
  blockAt(chain: ChainName, height: number): BlockRef | null;
  putBlock(block: BlockRef): void;
  /** forgets exactly this block; a rival remembered at its height stays */
  dropBlock(block: BlockRef): void;
  event(id: EventId): SourceEvent | null;
  putEvent(event: SourceEvent, recordedAt: Millis): void;
  /** by id */
  events(where: EventFilter): readonly SourceEvent[];
  /** also one that is over; with the end it has now */
  watch(id: WatchId): Watch | null;
  /** in place of one that was over, or had an end. `version` of its chain's set that has it first */
  addWatch(watch: Watch, version: number): void;
  /** moves the last height that can matter down; one that is lower stays */
  endWatch(id: WatchId, untilHeight: number): void;
  /** those whose last height is at or below this one leave the set, which has this version without them; how many did */
  closeWatches(chain: ChainName, height: number, version: number): number;
  /** those that are not over, by id, with the ends they have now */
  watches(chain: ChainName): readonly Watch[];
  /** those that came into the set or left it after this version, by id */
  watchesSince(chain: ChainName, version: number): readonly { readonly watch: Watch; readonly isOver: boolean }[];
  /** 0 while the chain never had a watch */
  watchSetVersion(chain: ChainName): number;
  putWatchSetVersion(chain: ChainName, version: number): void;
  /** also closed ones: an id is used once */
  range(id: string): ScanRange | null;
  putRange(range: ScanRange): void;
  /** by next, then id */
  openRanges(chain: ChainName): readonly ScanRange[];
}

export interface DeskRows {
  /** since when a condition holds; null: it does not */
  condition(name: string): Millis | null;
  putCondition(name: string, since: Millis): void;
  removeCondition(name: string): void;
  /** by kind, then name */
  halts(): readonly Halt[];
  halt(scope: Scope): Halt | null;
  putHalt(halt: Halt): void;
  removeHalt(scope: Scope): void;
  addAudit(entry: AuditEntry): void;
  /** from the one after this number on, oldest first */
  auditPage(after: number, limit: number): readonly (Pick<AuditEntry, "at" | "who" | "subject"> & { readonly seq: number })[];
  dropAudit(seq: number): void;
  /** the newest `limit`, oldest first */
  audit(where: AuditFilter): readonly AuditEntry[];
  /** a write that changes something each time */
  beat(): void;
}

/** Every put of an event or a delivery takes the next number of one sequence; `changes` reads in its order. */
export interface ChangeRows {
  recorded(ids: readonly EventId[]): readonly RecordedEvent[];
  changes(after: number, limit: number): Changes;
}

export interface TransferRows {
  projection(): Projection;
  putProjection(next: Projection): void;
  transfer(id: TransferId): Transfer | null;
  /** `before` is the row as it is now; null inserts. Its keys and the counts follow */
  putTransfer(next: Transfer, before: Transfer | null, fold: string): void;
  removeTransfer(row: Transfer): void;
  /** newest first */
  transfers(where: TransferFilter): readonly Transfer[];
  /** written by another fold, any order */
  transfersOfOtherFolds(fold: string, limit: number): readonly Transfer[];
  transferCounts(): readonly TransferCount[];
}

export interface Rows extends DeliveryRows, SlotRows, ChainRows, DeskRows, ChangeRows, TransferRows {}

/** How a store brackets writes. Each throws when the store cannot do it. */
export interface Transaction {
  begin(): void;
  /** durable when it returns */
  commit(): void;
  /** also after a failed commit, and when the store already rolled back by itself */
  rollback(): void;
  /** one item of the group begins; `keep` or `undo` ends it */
  mark(): void;
  keep(): void;
  undo(): void;
  /** the store itself is in trouble, not just this item */
  isBroken(thrown: unknown): boolean;
}

export interface Store {
  readonly rows: Rows;
  readonly transaction: Transaction;
  /** runs `look` against one consistent state */
  read<T>(look: () => T): T;
  /** when a group that has been started should run: as soon as possible, after what is ready now has joined it */
  soon(run: () => void): void;
  close(): void;
}
