/**
 * Whose turn it is when a signer has few open slots left and many deliveries want one.
 * Always: a full signer is seen in the ledger before the chain is asked anything; updates of a light client go first, since
 * deliveries rest on them, then the nearest deadlines, as the ledger has those that wait.
 * Never: hands out a slot: the ledger does, and has the last word. Never decides who is woken: the save that frees a slot does.
 */
import type { Delivery } from "../src/core/delivery.ts";
import { rankOf } from "../src/core/slot-room.ts";
import type { SignerName } from "../src/core/values.ts";
import type { Clock, Ledger } from "../src/ports.ts";
import type { LaneWork } from "./perform.ts";

export interface Turns {
  /** may this delivery ask for a slot now? */
  isDue(delivery: Delivery, work: LaneWork): Promise<boolean>;
  /** a save of this signer may have freed a slot: wakes whom the ledger made due for it */
  pass(signer: SignerName): Promise<void>;
}

export type TurnsOptions = {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** never rejects; what it cannot wake is left to the audit */
  readonly wake: (due: readonly Delivery[]) => Promise<void>;
};

/** as many as are ever made due for slots of one signer at once */
const mostDue = 256;

export function createTurns({ ledger, clock, wake }: TurnsOptions): Turns {
  const woken = new Map<SignerName, ReadonlySet<string>>();
  return {
    isDue: (delivery, { submitter: { signer }, maxOpenSlots }) => ledger.mayAsk({ signer, maxOpenSlots, rank: rankOf(delivery), now: clock.now() }),
    async pass(signer) {
      const due = await ledger.find({ slotOf: signer, dueBefore: clock.now(), limit: mostDue });
      const before = woken.get(signer);
      const keyOf = ({ id, version }: Delivery): string => `${id} ${version}`;
      woken.set(signer, new Set(due.map(keyOf)));
      await wake(due.filter((one) => before?.has(keyOf(one)) !== true));
    },
  };
}
