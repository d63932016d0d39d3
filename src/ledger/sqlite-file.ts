/**
 * Facts about SQLite files and errors that more than one file here needs.
 * Always: a file we make is readable and writable by its owner only. Never: SQL.
 */
import { chmodSync, closeSync, openSync } from "node:fs";

/** Primary result codes (https://www.sqlite.org/rescode.html). */
export const codes = { error: 1, busy: 5, constraint: 19, mismatch: 20, misuse: 21, range: 25 } as const;

/** The primary result code of an error thrown by node:sqlite; null for any other error. */
export function codeOf(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number") return null;
  return thrown.errcode & 0xff;
}

/** SQLite gives a file's WAL and shared memory the mode of the file itself. */
export function createPrivateFile(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}
