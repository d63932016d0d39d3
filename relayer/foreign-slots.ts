/**
 * Notices when somebody else uses a signer's key. One foreign transaction is a warning (its slot is spent, the delivery is
 * redone); more than three within an hour halt the signer: two programs with one key undo each other's work.
 * Always: counted from the time this process first saw them; the halt itself is durable, and names the transactions.
 * Never: blames the delivery whose slot was taken.
 */
import type { Hex, Millis, SignerName } from "../src/core/values.ts";
import type { Clock, Ledger, Log, Meter } from "../src/ports.ts";

const withinMs: Millis = 3_600_000;
const tolerated = 3;
/** as many hashes as a message takes */
const mostNamed = 10;

/** `hash` of the foreign transaction; null where the chain was not asked for it, or did not tell. */
export type ForeignSlots = (signer: SignerName, hash: Hex | null) => Promise<void>;

type Sighting = { readonly at: Millis; readonly hash: Hex | null };

/** Gives the function to call for each slot that a foreign transaction took. */
export function createForeignSlots({ ledger, clock, log, meter }: { readonly ledger: Ledger; readonly clock: Clock; readonly log: Log; readonly meter: Meter }): ForeignSlots {
  const seen = new Map<SignerName, readonly Sighting[]>();
  return async (signer, hash) => {
    const now = clock.now();
    const recent = [...(seen.get(signer) ?? []).filter(({ at }) => now - at < withinMs), { at: now, hash }];
    seen.set(signer, recent);
    meter.count("foreign_slots_total", { signer });
    log.warn({ signer, code: "slot-taken", tx: hash, withinHour: recent.length }, "a transaction that is not ours used this signer's key");
    const subject = `signer ${signer}`;
    await ledger.note({ at: now, who: "relay", what: "foreign transaction", subject, because: null, detail: { tx: hash, withinHour: recent.length } });
    if (recent.length <= tolerated) return;
    const hashes = recent.flatMap((one) => (one.hash === null ? [] : [one.hash]));
    const named = hashes.length === 0 ? "" : ` (${hashes.slice(-mostNamed).join(", ")})`;
    const because = `${recent.length} transactions that are not ours used the key of signer ${signer} within an hour${named}; find who else holds it before resuming`;
    await ledger.halt(
      { scope: { kind: "signer", name: signer }, code: "foreign-transactions", because, since: now },
      { at: now, who: "relay", what: "halt", subject, because, detail: { withinHour: recent.length, hashes } },
    );
  };
}
