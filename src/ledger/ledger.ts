/**
 * The ledger over any store: reads at once, writes through the group.
 * Always: one consistent state per read; a write's promise tells the truth about the disk.
 * Never: anything that depends on which store it is.
 */
import type { Hex, Millis } from "../core/values.ts";
import type { Ledger } from "../ports.ts";
import { commitSeen } from "./commit.ts";
import { closed, createGroup } from "./group.ts";
import { transferStore } from "./project.ts";
import { haltAfter } from "./rules.ts";
import { pruneStep } from "./prune.ts";
import type { DeskRows, SlotRows, Store } from "./rows.ts";
import { saveSlotStep, saveStep } from "./save.ts";
import { mayAsk } from "./slot-turns.ts";
import { snapshotOf } from "./snapshot.ts";
import { createWatchSets } from "./watch-sets.ts";

export function createLedger(store: Store): Ledger {
  const { rows } = store;
  const group = createGroup(store);
  const watchSetOf = createWatchSets(rows);
  let isClosed = false;

  // async: a throw becomes a rejection
  const read = async <T>(look: () => T): Promise<T> => {
    if (isClosed) throw closed();
    return store.read(look);
  };

  return {
    load: (id, scopes) => read(() => snapshotOf(rows, id, scopes)),
    save: (save) => group.add(() => saveStep(rows, save)),
    saveSlot: (save) => group.add(() => saveSlotStep(rows, save)),
    commit: (commit) => group.add(() => commitSeen(rows, commit)),
    view: (chain) => read(() => rows.view(chain)),
    blockAt: (chain, height) => read(() => rows.blockAt(chain, height)),
    watchSet: (chain) => read(() => watchSetOf(chain)),
    ranges: (chain) => read(() => rows.openRanges(chain)),
    events: (where) => read(() => rows.events(where)),
    watch: (id) => read(() => rows.watch(id)),
    since: async ({ name, holds, now }) => {
      const known = await read(() => rows.condition(name));
      // asked at every look, and seldom news
      return (known !== null) === holds ? known : group.add(() => noteCondition(rows, name, holds, now));
    },
    find: (where) => read(() => rows.find(where)),
    counts: () => read(() => rows.counts()),
    slots: (where) => read(() => rows.slots(where)),
    openSlots: (signer) => read(() => rows.openCount(signer)),
    mayAsk: (ask) => read(() => mayAsk(rows, ask)),
    attemptByHash: (hash) => read(() => attemptByHash(rows, hash)),
    halts: () => read(() => rows.halts()),
    halt: (halt, audit) =>
      group.add(() => {
        rows.putHalt(haltAfter(rows.halt(halt.scope), halt));
        rows.addAudit(audit);
      }),
    lift: (scope, audit) =>
      group.add(() => {
        if (rows.halt(scope) === null) return false;
        rows.removeHalt(scope);
        rows.addAudit(audit);
        return true;
      }),
    auditLog: (where) => read(() => rows.audit(where)),
    prune: (order) => group.add(() => pruneStep(rows, order)),
    note: (entry) => group.add(() => rows.addAudit(entry)),
    ...transferStore(rows, read, group),
    ping: () => group.add(() => rows.beat()),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      group.end();
      store.close();
    },
  };
}

function attemptByHash(rows: SlotRows, hash: Hex): Awaited<ReturnType<Ledger["attemptByHash"]>> {
  const ref = rows.slotOfAttempt(hash);
  const slot = ref === null ? null : rows.fullSlot(ref);
  return slot === null ? null : { slot, delivery: slot.delivery };
}

function noteCondition(rows: DeskRows, name: string, holds: boolean, now: Millis): Millis | null {
  const known = rows.condition(name);
  if (!holds && known !== null) rows.removeCondition(name);
  if (holds && known === null) rows.putCondition(name, now);
  return holds ? (known ?? now) : null;
}
