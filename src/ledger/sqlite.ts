/**
 * The ledger in one SQLite file: the default, durable store.
 * Always: write-ahead log with synchronous=FULL, so a resolved write survives power loss; one process at a time.
 * Never: opened without its lock, or served by a file system that cannot do this.
 */
import { DatabaseSync } from "node:sqlite";
import { GantryError, misconfigured, unavailable } from "../core/errors.ts";
import type { Ledger, Log } from "../ports.ts";
import { createLedger } from "./ledger.ts";
import { lock } from "./lock.ts";
import type { Migration } from "./migrations.ts";
import { migrate, migrations } from "./migrations.ts";
import type { Store, Transaction } from "./rows.ts";
import { createSqliteChains, createSqliteDesk } from "./sqlite-chains.ts";
import { createSqliteDeliveries, createSqliteSlots } from "./sqlite-deliveries.ts";
import { createSqliteChanges, createSqliteSequence, createSqliteTransfers } from "./sqlite-transfers.ts";
import { codeOf, codes, createPrivateFile, realPath } from "./sqlite-file.ts";
import { createStatements } from "./sqlite-statements.ts";

/** Our own lock keeps other writers out; this is for somebody who looks at the file with another tool. */
const busyTimeoutMs = 2_000;
/** Pages (4 KiB) after which a commit moves the log into the file: fewer, larger moves. */
const checkpointPages = 4_000;

/**
 * Opens, or makes, the ledger at `path` (mode 0600; missing folders are made).
 * Throws Unavailable "ledger-locked", Misconfigured "ledger-newer" or "ledger-unusable".
 */
export async function createSqliteLedger({ path, log }: { readonly path: string; readonly log?: Log }): Promise<Ledger> {
  return usable(path, () => {
    const real = realPath(path);
    const held = lock(real);
    try {
      createPrivateFile(real);
      const db = openDatabase(real);
      log?.info({ path: real }, "ledger open");
      return createLedger(createSqliteStore(db, () => held.release()));
    } catch (thrown) {
      held.release();
      throw thrown;
    }
  });
}

function usable<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (thrown) {
    if (thrown instanceof GantryError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw misconfigured("ledger-unusable", `the ledger ${path} cannot be opened (${why}); name Gantry's own file, or a new one, in a folder that this user may write to`, {
      evidence: { path, why }, cause: thrown,
    });
  }
}

/** The file at the newest of `steps`. The caller holds the lock. Throws Misconfigured "ledger-newer" or "ledger-unusable". */
export function openDatabase(path: string, steps: readonly Migration[] = migrations): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    const mode = db.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
    if (mode !== "wal") throw misconfigured("ledger-unusable", `the ledger ${path} lies on a file system without write-ahead logging; use a local disk`);
    db.exec(`PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    migrate(db, steps);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** Closes `db` with the store, then runs `afterClose`. */
export function createSqliteStore(db: DatabaseSync, afterClose: () => void = () => undefined): Store {
  const statements = createStatements(db);
  const nextChange = createSqliteSequence(statements);
  return {
    rows: {
      ...createSqliteDeliveries(statements, nextChange), ...createSqliteSlots(statements), ...createSqliteChains(statements, nextChange),
      ...createSqliteDesk(statements), ...createSqliteChanges(statements), ...createSqliteTransfers(statements),
    },
    transaction: transactionOf(db, (sql) => statements.run(sql)),
    read: (look) => {
      try {
        statements.run("BEGIN");
        try {
          return look();
        } finally {
          if (db.isTransaction) statements.run("COMMIT");
        }
      } catch (thrown) {
        throw isStoreTrouble(thrown) ? unreadable(thrown) : thrown;
      }
    },
    soon: (run) => void setImmediate(run),
    close: () => {
      try {
        db.close();
      } finally {
        afterClose();
      }
    },
  };
}

/** What a single item can be blamed for; everything else is trouble of the store. */
const itemCodes: readonly number[] = [codes.error, codes.constraint, codes.mismatch, codes.misuse, codes.range];

const isStoreTrouble = (thrown: unknown): boolean => {
  const code = codeOf(thrown);
  return code !== null && !itemCodes.includes(code);
};

function unreadable(thrown: unknown): GantryError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return unavailable("ledger-unreadable", `the ledger could not be read (${why}); repair the disk or restore the file; it is tried again`, {
    evidence: { why }, cause: thrown,
  });
}

function transactionOf(db: DatabaseSync, run: (sql: string) => void): Transaction {
  return {
    begin: () => run("BEGIN IMMEDIATE"),
    commit: () => run("COMMIT"),
    rollback: () => {
      if (db.isTransaction) run("ROLLBACK");
    },
    mark: () => run("SAVEPOINT item"),
    keep: () => run("RELEASE item"),
    undo: () => {
      run("ROLLBACK TO item");
      run("RELEASE item");
    },
    isBroken: (thrown) => !db.isTransaction || isStoreTrouble(thrown),
  };
}
