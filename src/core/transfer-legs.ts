/**
 * The legs that every transfer shares: a Bitcoin payment is seen, becomes final, is proved on the other chain, and the effect
 * there becomes final.
 * Always: what the chains show comes before what a delivery remembers: a payment or an effect that lost its block ends nothing.
 * Never: a bridge's own rules.
 */
import type { Derived, DeliveryFact, EventFact, Facts } from "./transfer-fold.ts";
import type { StepSpec } from "./transfer.ts";
import type { Actor } from "./causes.ts";
import type { ChainName, Millis } from "./values.ts";
import { nameOf } from "./words.ts";

/** Host times, null where not seen; in the order of the steps. */
export type Legs = {
  readonly paid: Millis | null;
  readonly paidFinal: Millis | null;
  readonly provable: Millis | null;
  readonly sent: Millis | null;
  readonly included: Millis | null;
  readonly final: Millis | null;
};
export const endsOf = ({ paid, paidFinal, provable, sent, included, final }: Legs): readonly (Millis | null)[] => [paid, paidFinal, provable, sent, included, final];

const nothing: Legs = { paid: null, paidFinal: null, provable: null, sent: null, included: null, final: null };

export const isIn = (fact: EventFact | null | undefined): fact is EventFact => fact !== null && fact !== undefined && fact.block !== null;

/** `effect`: the target's own event of the effect, null when none was seen. */
export function legsOf(payment: EventFact | null, delivery: DeliveryFact | null, effect: EventFact | null): Legs {
  const effectGone = effect !== null && effect.block === null;
  const done: Pick<Legs, "included" | "final"> = {
    included: isIn(effect) ? effect.seenAt : effectGone ? null : (delivery?.reached.included ?? null),
    final: effectGone ? null : (effect?.finalAt ?? delivery?.reached.delivered ?? null),
  };
  const paymentGone = payment !== null && payment.block === null;
  if (paymentGone) return { ...nothing, ...(isIn(effect) || delivery?.state === "delivered" ? done : {}) };
  return {
    paid: payment?.seenAt ?? null,
    paidFinal: payment?.finalAt ?? delivery?.reached.final ?? null,
    provable: delivery?.reached.proven ?? null,
    sent: delivery?.reached.sent ?? null,
    ...done,
  };
}

/** The delivery that relays this event, else the one that came furthest (ties by id). */
export function deliveryFor({ deliveries }: Pick<Facts, "deliveries">, payment: EventFact | null): DeliveryFact | null {
  const all = Object.values(deliveries).sort((a, b) => Object.keys(b.reached).length - Object.keys(a.reached).length || (a.id < b.id ? -1 : 1));
  if (payment === null) return all[0] ?? null;
  return all.find(({ event }) => event === payment.id) ?? null;
}

/** In a block before not in one, the earlier block first, ties by id: the same whatever order they were seen in. */
export const byBlock = (a: EventFact, b: EventFact): number =>
  Number(!isIn(a)) - Number(!isIn(b)) || (a.block?.height ?? 0) - (b.block?.height ?? 0) || (a.id < b.id ? -1 : 1);

export const ofKind = ({ events }: Pick<Facts, "events">, ...kinds: readonly string[]): readonly EventFact[] =>
  Object.values(events).filter(({ kind }) => kinds.includes(kind)).sort(byBlock);

/** What it rests on was in a block and is in none now. */
export const goneHints = (...facts: readonly (EventFact | null)[]): Derived["hints"] =>
  facts.filter((fact) => fact !== null && fact.block === null).map((fact) => ({ cause: "source-reorged-out", evidence: { event: fact?.id ?? null, chain: fact?.chain ?? null } }));

const minutes = 60_000;
const hours = 60 * minutes;

/** Steps 3 to 7 of every journey: from a payment in a block to its final effect on `target`. */
export const provingSteps = (target: ChainName, words: { readonly payment: string; readonly provable: string; readonly effect: string }): readonly StepSpec[] => [
  { name: "payment-final", phase: "payment-final", chain: "bitcoin", who: "chain", normalMs: 75 * minutes, lateAfterMs: 3 * hours, says: `waits until ${words.payment} is final on Bitcoin` },
  { name: "provable", phase: "provable", chain: target, who: "chain", normalMs: 75 * minutes, lateAfterMs: 3 * hours, says: words.provable },
  { name: "proof-sent", phase: "send", chain: target, who: "relayer", normalMs: 2 * minutes, lateAfterMs: 15 * minutes, says: "waits for the relayer to send the proof" },
  { name: "proof-included", phase: "include", chain: target, who: "chain", normalMs: 3 * minutes, lateAfterMs: 15 * minutes, says: `waits until a block of ${nameOf(target)} takes the proof` },
  { name: "final", phase: "final", chain: target, who: "chain", normalMs: target === "ethereum" ? 20 * minutes : 2 * minutes, lateAfterMs: target === "ethereum" ? 60 * minutes : 15 * minutes, says: `waits until ${words.effect} is final on ${nameOf(target)}` },
];

/** The first step of every journey. */
export const requestStep = (chain: ChainName, request: string): StepSpec => ({
  name: "request-final", phase: "request-final", chain, who: "chain", says: `waits until ${request} is final on ${nameOf(chain)}`,
  normalMs: chain === "ethereum" ? 20 * minutes : 2 * minutes, lateAfterMs: chain === "ethereum" ? 60 * minutes : 15 * minutes,
});

export const paymentStep = (name: string, who: Actor, says: string, normalMs: Millis, lateAfterMs: Millis): StepSpec => ({ name, phase: "payment", chain: "bitcoin", who, says, normalMs, lateAfterMs });
