/**
 * The stored transfers: what the monitor folded from the changes, moved on together with how far it has folded.
 * Always: compared with where the projection stands before anything is written, so two monitors cannot both move it.
 * Never: a fact of its own; all of it can be folded again from events and deliveries.
 */
import { conflict } from "../core/errors.ts";
import type { Projection, TransferStore } from "../core/projection.ts";
import type { Transfer } from "../core/transfer.ts";
import type { Group } from "./group.ts";
import type { Rows } from "./rows.ts";
import { spentSince } from "./rules.ts";

/** A signer that uses more slots than this in the time asked about is judged by these alone. */
const slotsLookedAt = 1_000;

export const transferStore = (rows: Rows, read: <T>(look: () => T) => Promise<T>, group: Pick<Group, "add">): TransferStore => ({
  changes: (after, limit) => read(() => rows.changes(after, limit)),
  recorded: (ids) => read(() => rows.recorded(ids)),
  projection: () => read(() => rows.projection()),
  putTransfers: (transfers, next, before) => group.add(() => putTransfers(rows, transfers, next, before)),
  transfers: (where) => read(() => rows.transfers(where)),
  transferCounts: () => read(() => rows.transferCounts()),
  forgetTransfers: (fold, limit) => group.add(() => forgetTransfers(rows, fold, limit)),
  spent: (signer, since) => read(() => spentSince(rows.dearestAttempts(signer, slotsLookedAt), since, slotsLookedAt)),
});

/** Throws Conflict "projection-moved". */
function putTransfers(rows: Rows, transfers: readonly Transfer[], next: Projection, before: Projection): void {
  const stands = rows.projection();
  if (stands.cursor !== before.cursor || stands.fold !== before.fold) {
    throw conflict("projection-moved", `the transfers stand at change ${stands.cursor}, these were folded from ${before.cursor}; fold again from there`);
  }
  for (const transfer of transfers) rows.putTransfer(transfer, rows.transfer(transfer.id), next.fold);
  rows.putProjection(next);
}

/** Transfers that a new way of folding no longer brings forth. */
function forgetTransfers(rows: Rows, fold: string, limit: number): number {
  const old = rows.transfersOfOtherFolds(fold, limit);
  for (const transfer of old) rows.removeTransfer(transfer);
  return old.length;
}
