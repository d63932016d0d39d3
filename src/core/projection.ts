/**
 * What is said between the monitor and the ledger about stored transfers: changes to fold, how far they are folded, questions.
 * Always: a stored transfer can be folded again from events and deliveries; nothing else depends on it.
 * Never: behaviour.
 */
import type { Delivery } from "./delivery.ts";
import type { Transfer, TransferOutcome } from "./transfer.ts";
import type { SourceEvent, TransferId } from "./values.ts";

/** What changed, each in its newest state. `cursor`: where the next piece begins; as before when nothing changed. */
export type Changes = { readonly events: readonly SourceEvent[]; readonly deliveries: readonly Delivery[]; readonly cursor: number };

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
