/**
 * Facts about SQLite files and errors that more than one file here needs.
 * Always: a file we make is readable and writable by its owner only. Never: SQL.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { misconfigured } from "../core/errors.ts";

/** Primary result codes (https://www.sqlite.org/rescode.html). */
export const codes = { error: 1, busy: 5, constraint: 19, mismatch: 20, misuse: 21, range: 25 } as const;

/** The primary result code of an error thrown by node:sqlite; null for any other error. */
export function codeOf(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number") return null;
  return thrown.errcode & 0xff;
}

/**
 * Makes the file if it is not there, and gives it mode 0600; SQLite gives its WAL and shared memory the same.
 * A file that is there is never opened here: closing it again would let go of every lock this process holds on it (POSIX).
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "ax", 0o600));
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
    chmodSync(path, 0o600);
  }
}

/** One file has one lock, by whatever link it is named. Makes missing folders. Throws Misconfigured "ledger-unusable" for a folder. */
export function realPath(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) {
    if (statSync(full).isDirectory()) throw misconfigured("ledger-unusable", `the ledger ${path} is a folder; name a file in it, such as ${join(path, "gantry.sqlite")}`);
    return realpathSync(full);
  }
  makeFolder(dirname(full));
  return join(realpathSync(dirname(full)), basename(full));
}

/** Node's own `recursive` never ends where the parent is there and still nothing can be made in it, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    if (!existsSync(path)) throw thrown; // else another first start made it in this moment
  }
}
