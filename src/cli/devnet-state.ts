/**
 * What `gantry devnet up` leaves for the other devnet verbs: one small file, gone when it ends.
 * Never: a secret.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export type DevnetState = {
  /** where it listens for its end */
  readonly socket: string;
  readonly config: string;
  /** chopsticks itself, with the devnet_* verbs */
  readonly polkadotRawUrl: string;
};

export const stateFile = fileURLToPath(new URL("../../.cache/devnet.json", import.meta.url));

/** Null when no devnet runs, or what it left cannot be read. */
export async function readState(): Promise<DevnetState | null> {
  const state: unknown = await readFile(stateFile, "utf8").then((text) => JSON.parse(text) as unknown).catch(() => null);
  return typeof state === "object" && state !== null && "socket" in state ? (state as DevnetState) : null;
}
