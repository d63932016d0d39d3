/**
 * How a command line finds and may talk to the running process: a file beside the ledger with the address and a token.
 * Always: mode 0600, written whole or not at all, a new token for each start, removed when the process stops.
 * Never: the token anywhere else (not in arguments, environment or logs).
 */
import { randomBytes, timingSafeEqual, createHash } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { unavailable } from "../core/errors.ts";

export type Access = { readonly url: string; readonly token: string; readonly pid: number };

/** The file belongs to the ledger because the ledger says who may act. */
export const accessPath = (ledgerPath: string): string => `${ledgerPath}.access`;

export const newToken = (): string => randomBytes(32).toString("hex");

/** Makes the access known; resolves to what removes it again. */
export async function publishAccess(path: string, access: Access): Promise<() => Promise<void>> {
  const draft = `${path}.${access.pid}`;
  await writeFile(draft, `${JSON.stringify(access)}\n`, { mode: 0o600 });
  await rename(draft, path);
  return () => rm(path, { force: true });
}

/** @throws Unavailable `not-running` when no process has published an access */
export async function readAccess(path: string): Promise<Access> {
  const notRunning = (cause: unknown) =>
    unavailable("not-running", `no running Gantry found (no readable file "${path}"); start it with: gantry run`, { cause });
  try {
    const found: unknown = JSON.parse(await readFile(path, "utf8"));
    if (isAccess(found)) return found;
  } catch (thrown) {
    throw notRunning(thrown);
  }
  throw notRunning(null);
}

const isAccess = (value: unknown): value is Access =>
  typeof value === "object" && value !== null
  && "url" in value && typeof value.url === "string"
  && "token" in value && typeof value.token === "string"
  && "pid" in value && typeof value.pid === "number";

/** Compares in constant time whatever the lengths are. */
export function sameToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
