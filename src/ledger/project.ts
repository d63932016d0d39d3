/**
 * The stored transfers: what the monitor folded from the changes, moved on together with how far it has folded.
 * Always: compared with where the projection stands before anything is written, so two monitors cannot both move it.
 * Never: a fact of its own; all of it can be folded again from events and deliveries.
 */
import { conflict } from "../core/errors.ts";
import type { Projection } from "../core/projection.ts";
import type { Transfer } from "../core/transfer.ts";
import type { Rows } from "./rows.ts";

/** Throws Conflict "projection-moved". */
export function putTransfers(rows: Rows, transfers: readonly Transfer[], next: Projection, before: Projection): void {
  const stands = rows.projection();
  if (stands.cursor !== before.cursor || stands.fold !== before.fold) {
    throw conflict("projection-moved", `the transfers stand at change ${stands.cursor}, these were folded from ${before.cursor}; fold again from there`);
  }
  for (const transfer of transfers) rows.putTransfer(transfer, rows.transfer(transfer.id), next.fold);
  rows.putProjection(next);
}

/** Transfers that a new way of folding no longer brings forth. */
export function forgetTransfers(rows: Rows, fold: string, limit: number): number {
  const old = rows.transfersOfOtherFolds(fold, limit);
  for (const transfer of old) rows.removeTransfer(transfer);
  return old.length;
}
