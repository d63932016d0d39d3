/**
 * Whose turn it is when a signer has few open slots left and many deliveries want one.
 * Always: a full signer is seen in the ledger before the chain is asked anything; updates of a light client go first, since
 * deliveries rest on them, then the nearest deadlines; who waits for something else, or stopped asking, is forgotten.
 * Never: hands out a slot: the ledger does, and has the last word. Never decides who is woken: the save that frees a slot does.
 */
import type { Delivery } from "../src/core/delivery.ts";
import { rankOf, slotsToHandOut } from "../src/core/slot-room.ts";
import type { DeliveryId, Millis, SignerName } from "../src/core/values.ts";
import type { Clock, Ledger } from "../src/ports.ts";
import type { LaneWork } from "./perform.ts";

export interface Turns {
  /** may this delivery ask for a slot now? If not, it is counted among those that wait */
  isDue(delivery: Delivery, work: LaneWork): Promise<boolean>;
  /** a save of this signer may have freed a slot: wakes whom the ledger made due for it. `left`: who waits for one no more */
  pass(signer: SignerName, left?: DeliveryId): Promise<void>;
}

export type TurnsOptions = {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** never rejects; what it cannot wake is left to the audit */
  readonly wake: (due: readonly Delivery[]) => Promise<void>;
};

type Waiting = { readonly rank: number; readonly askedAt: Millis };

/** one that waits asks again after each `trackEveryMs`; so many times late, a person parked it, or nobody works on its lane */
const missedTurns = 3;
/** as many as are ever made due for slots of one signer at once */
const mostDue = 256;

export function createTurns({ ledger, clock, wake }: TurnsOptions): Turns {
  const queues = new Map<SignerName, Map<DeliveryId, Waiting>>();
  const woken = new Map<SignerName, ReadonlySet<string>>();
  return {
    async isDue(delivery, { submitter: { signer }, maxOpenSlots, policy }) {
      const free = slotsToHandOut(await ledger.openSlots(signer), maxOpenSlots);
      const queue = queues.get(signer) ?? new Map<DeliveryId, Waiting>();
      queues.set(signer, queue);
      const [now, rank] = [clock.now(), rankOf(delivery)];
      queue.set(delivery.id, { rank, askedAt: now });
      if (free <= 0) return false;
      let nearer = 0;
      for (const [id, other] of queue) {
        if (now - other.askedAt > missedTurns * policy.trackEveryMs) queue.delete(id);
        else if (other.rank < rank) nearer += 1;
      }
      // As many again may try: the nearest ask only now and then, and a free slot must not wait for them.
      if (nearer >= free + maxOpenSlots) return false;
      queue.delete(delivery.id);
      return true;
    },
    async pass(signer, left) {
      if (left !== undefined) queues.get(signer)?.delete(left);
      const due = await ledger.find({ slotOf: signer, dueBefore: clock.now(), limit: mostDue });
      const before = woken.get(signer);
      const keyOf = ({ id, version }: Delivery): string => `${id} ${version}`;
      woken.set(signer, new Set(due.map(keyOf)));
      await wake(due.filter((one) => before?.has(keyOf(one)) !== true));
    },
  };
}
