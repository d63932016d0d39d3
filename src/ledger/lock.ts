/**
 * One process per ledger: an exclusive lock that ends with the process, however it ends.
 * Always: held by the operating system on `<ledger>.lock`, so kill -9 frees it at once and nothing stale can remain.
 * Never: a pid file, a timeout, or a lease; nor opens the lock file in any other way, which would let go of it.
 */
import { DatabaseSync } from "node:sqlite";
import { unavailable } from "../core/errors.ts";
import { codeOf, codes, createPrivateFile, realPath } from "./sqlite-file.ts";

export interface Lock {
  release(): void;
}

/** Node has no flock; an open exclusive transaction of an otherwise empty database is one. Throws Unavailable "ledger-locked". */
export function lock(ledgerPath: string): Lock {
  const path = `${realPath(ledgerPath)}.lock`;
  createPrivateFile(path);
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (thrown) {
    db.close();
    if (codeOf(thrown) === codes.busy) {
      throw unavailable("ledger-locked", `another process uses the ledger ${ledgerPath}; stop it first, or ask it to do this`, {
        evidence: { path: ledgerPath }, cause: thrown,
      });
    }
    throw thrown;
  }
  return { release: () => db.close() };
}
