/**
 * Group commit: writes that are asked for together share one transaction, and so one wait for the disk.
 * Always: a promise resolves only after the commit that holds it returned; a refused item is undone alone; a commit that
 * fails fails every item of its group, and nothing of the group is visible.
 * Never: two groups at once, or a group that mixes with a read.
 */
import type { GantryError } from "../core/errors.ts";
import { unavailable } from "../core/errors.ts";
import type { Store, Transaction } from "./rows.ts";

/** Bounds how long one group holds up everything else in the process. */
const maxGroup = 256;

type Item = {
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
};
type Settled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: unknown };

export interface Group {
  /** runs `write` in the next group. Rejects with what `write` threw, or Unavailable "ledger-unwritable" */
  add<T>(write: () => T): Promise<T>;
  /** runs what is waiting now; afterwards `add` rejects with Unavailable "ledger-closed" */
  end(): void;
}

export function createGroup({ transaction, soon }: Pick<Store, "transaction" | "soon">): Group {
  let waiting: Item[] = [];
  let isScheduled = false;
  let isEnded = false;

  function flush(): void {
    isScheduled = false;
    const items = waiting.slice(0, maxGroup);
    waiting = waiting.slice(maxGroup);
    if (items.length === 0) return;
    const settled = runGroup(transaction, items);
    for (const [index, item] of items.entries()) {
      const result = settled[index];
      if (result?.ok === true) item.resolve(result.value);
      else item.reject(result?.reason);
    }
    if (waiting.length > 0) schedule();
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    soon(flush);
  }

  return {
    add: <T>(write: () => T) =>
      new Promise<T>((resolve, reject) => {
        if (isEnded) {
          reject(closed());
          return;
        }
        waiting.push({ run: write, resolve: (value) => resolve(value as T), reject });
        schedule();
      }),
    end: () => {
      isEnded = true;
      while (waiting.length > 0) flush();
    },
  };
}

function runItem(transaction: Transaction, { run }: Item): Settled {
  transaction.mark();
  try {
    const value = run();
    transaction.keep();
    return { ok: true, value };
  } catch (thrown) {
    if (transaction.isBroken(thrown)) throw thrown;
    transaction.undo();
    return { ok: false, reason: thrown };
  }
}

function runGroup(transaction: Transaction, items: readonly Item[]): readonly Settled[] {
  try {
    transaction.begin();
    const settled = items.map((item) => runItem(transaction, item));
    transaction.commit();
    return settled;
  } catch (thrown) {
    const reason = unwritable(thrown);
    takeBack(transaction);
    return items.map(() => ({ ok: false, reason }));
  }
}

/** A store that cannot even roll back says so again at the next begin, and until then refuses to read. */
function takeBack(transaction: Transaction): void {
  try {
    transaction.rollback();
  } catch {
    return;
  }
}

export const closed = (): GantryError =>
  unavailable("ledger-closed", "the ledger is closed because the program is stopping; nothing was written");

function unwritable(thrown: unknown): GantryError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return unavailable(
    "ledger-unwritable",
    `the ledger could not be written (${why}); nothing of this group was saved. Free disk space or repair the disk; it is tried again`,
    { evidence: { why }, cause: thrown },
  );
}
