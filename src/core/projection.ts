/**
 * What is said between the monitor and the ledger about stored transfers: changes to fold, how far they are folded, questions.
 * Always: a stored transfer can be folded again from events and deliveries; nothing else depends on it.
 * Never: behaviour. `TransferStore` is that part of the port `Ledger` (ports.ts).
 */
import type { Delivery } from "./delivery.ts";
import type { Transfer, TransferOutcome } from "./transfer.ts";
import type { EventId, Millis, SignerName, SourceEvent, TransferId } from "./values.ts";

/** `recordedAt`: host time of the commit that last moved it. */
export type RecordedEvent = { readonly event: SourceEvent; readonly recordedAt: Millis };

/** What changed, each in its newest state. `cursor`: where the next piece begins; as before when nothing changed. */
export type Changes = { readonly events: readonly RecordedEvent[]; readonly deliveries: readonly Delivery[]; readonly cursor: number };

/** How far the stored transfers follow the changes, and by which fold (another one folds everything anew). */
export type Projection = { readonly cursor: number; readonly fold: string };

/** Where a page of transfers ended. */
export type TransferPlace = Pick<Transfer, "id" | "openedAt">;

/** Newest first, by `openedAt`, then id. Every part given must hold. */
export type TransferFilter = {
  readonly open?: boolean;
  readonly bridge?: string;
  readonly kind?: string;
  readonly ids?: readonly TransferId[];
  /** exactly one of its keys */
  readonly key?: string;
  /** one of its keys begins so; when very many do, only some of them are found */
  readonly text?: string;
  /** written by this fold only */
  readonly fold?: string;
  /** those after this one */
  readonly after?: TransferPlace;
  readonly limit: number;
};

/** `outcome` null: open. */
export type TransferCount = { readonly bridge: string; readonly kind: string; readonly outcome: TransferOutcome | null; readonly count: number };

/** What the ledger does for the monitor beyond reading. */
export interface TransferStore {
  /** events and deliveries in the order in which they last changed, at most `limit` of both together, after a cursor (0: the first) */
  changes(after: number, limit: number): Promise<Changes>;
  /** events by id, with when they were recorded */
  recorded(ids: readonly EventId[]): Promise<readonly RecordedEvent[]>;
  projection(): Promise<Projection>;
  /** what the monitor folded (cursor 0, fold "" before the first); refused with Conflict "projection-moved" when the projection is not at `before` */
  putTransfers(rows: readonly Transfer[], next: Projection, before: Projection): Promise<void>;
  transfers(where: TransferFilter): Promise<readonly Transfer[]>;
  transferCounts(): Promise<readonly TransferCount[]>;
  /** what the signer's transactions since then cost at most (the dearest of each slot), in the target's smallest unit; `since`
   *  comes back later than asked when there are more slots than are looked at */
  spent(signer: SignerName, since: Millis): Promise<{ readonly fees: bigint; readonly since: Millis }>;
  /** takes out at most `limit` transfers that another fold wrote; how many it were */
  forgetTransfers(fold: string, limit: number): Promise<number>;
}
