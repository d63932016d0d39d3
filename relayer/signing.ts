/**
 * Deliveries of this process between being handed a slot and having bytes in it. A higher slot may not be broadcast before that;
 * its delivery waits for them here, for as long as signing takes, instead of for a timer.
 * Always: only a delivery that has bytes waits here, and it is no longer counted, so nobody waits in a circle.
 * Never: an answer about the ledger. Who was waited for may have failed; the ledger is read again.
 */
import type { SignerName } from "../src/core/values.ts";

export interface Signing {
  /** counts a delivery; call what it returns once the next step is saved or given up (again and again does no harm) */
  begin(signer: SignerName): () => void;
  /** resolves when all that are counted now have ended; null when there are none */
  settled(signer: SignerName): Promise<unknown> | null;
}

export function createSigning(): Signing {
  const open = new Map<SignerName, Set<Promise<void>>>();
  return {
    begin(signer) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      const counted = open.get(signer) ?? new Set();
      open.set(signer, counted.add(promise));
      return () => {
        counted.delete(promise);
        resolve();
      };
    },
    settled(signer) {
      const counted = open.get(signer);
      return counted === undefined || counted.size === 0 ? null : Promise.all(counted);
    },
  };
}
