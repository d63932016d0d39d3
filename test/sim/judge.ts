/**
 * What must hold, looked at all along and at the end. Every broken promise is a line; none is the verdict wanted.
 * Always: looks at the true chains and the true ledger, never through the program's eyes.
 */
import type { Delivery, SignedTx } from "../../src/core/delivery.ts";
import { isActive, isFinished } from "../../src/core/delivery.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { EventId, SignerName } from "../../src/core/values.ts";
import type { Ledger } from "../../src/ports.ts";
import type { FakeChain, MinedTx } from "../support/fake-chain.ts";
import type { LogLine } from "../support/quiet.ts";

export type JudgeParts = {
  readonly ledger: Ledger;
  readonly source: FakeChain;
  readonly target: FakeChain;
  readonly signer: SignerName;
  readonly policy: Policy;
  readonly now: () => number;
  readonly begun: number;
};

export function createJudge(parts: JudgeParts) {
  const { ledger, source, target, signer, policy } = parts;
  const broken: string[] = [];
  const blame = (line: string): void => {
    if (broken.length < 20) broken.push(`${Math.round((parts.now() - parts.begun) / 1000)}s ${line}`);
  };

  /** At the moment bytes are handed to a node. */
  async function onSend(tx: SignedTx): Promise<void> {
    const saved = await ledger.attemptByHash(tx.hash);
    if (saved === null) return blame(`bytes ${tx.hash} were sent before they were saved`);
    const open = await ledger.slots({ signer, open: true });
    const empty = open.find(({ ref, state }) => state === "reserved" && ref.slot < tx.slot.slot);
    if (empty !== undefined) blame(`slot ${tx.slot.slot} was sent while ${empty.ref.slot} is reserved without bytes`);
    const { effect } = tx.detail as { effect: EventId | null };
    if (effect !== null && !isEventFinal(effect)) blame(`effect of ${effect} was sent before its event was final`);
  }

  const isEventFinal = (id: EventId): boolean =>
    source.canonical.slice(0, source.finalHeight() + 1).some(({ events }) => events.some((event) => event.id === id));

  const ours = (id: EventId | null): readonly MinedTx[] =>
    target.canonical.flatMap(({ txs }) => txs.filter((tx) => tx.sender === signer && tx.ok && tx.effect !== null && (id === null || tx.effect === id)));

  async function allTheWay(): Promise<void> {
    for (const delivery of await ledger.find({})) {
      if (isActive(delivery.state) && (delivery.wakeAt === null || delivery.wakeAt > parts.now() + policy.maxWaitMs)) {
        blame(`${delivery.id} in ${delivery.state} would sleep until ${delivery.wakeAt ?? "ever"}`);
      }
    }
    const counts = new Map<string, number>();
    for (const { effect } of ours(null)) counts.set(String(effect), (counts.get(String(effect)) ?? 0) + 1);
    for (const [effect, count] of counts) if (count > 1) blame(`${effect} took effect ${count} times by us`);
  }

  /** After the faults stopped and everything had time to end. */
  async function atTheEnd(lines: readonly LogLine[]): Promise<void> {
    const deliveries = new Map((await ledger.find({})).map((delivery) => [delivery.event, delivery]));
    for (const { events } of source.canonical.slice(1, source.finalHeight() + 1)) {
      for (const { id } of events) judgeEvent(id, deliveries.get(id));
    }
    const slots = await ledger.slots({ signer, open: true });
    for (const slot of slots) {
      const isSpare = slot.state === "reserved" && slot === slots.at(-1);
      if (!isSpare) blame(`slot ${slot.ref.slot} never ended: ${slot.state}, ${slot.attempts.length} attempts, owner ${slot.delivery ?? "none"}`);
    }
    const stranded = [...target.pool.values()].filter(({ sender }) => sender === signer);
    if (stranded.length > 0) blame(`the pool still holds ${stranded.map(({ nonce }) => nonce).join(", ")} while the nonce is ${target.nonceOf(target.at(0), signer)}`);
    for (const { level, fields, message } of lines) {
      const code = String(fields["code"]);
      if (level === "error" && !["block-pruned", "reorg-below-final", "ledger-unwritable"].includes(code)) blame(`told as error: ${code}: ${message}`);
    }
  }

  function judgeEvent(id: EventId, delivery: Delivery | undefined): void {
    if (delivery === undefined) return blame(`final event ${id} has no delivery`);
    const { state, by, effectTx } = delivery;
    if (state === "parked" || state === "abandoned") return;
    if (!isFinished(state)) return blame(`${delivery.id} rests in ${state} (${delivery.waitCode ?? "no reason"})`);
    const effect = target.finalAt(0).effects.get(id);
    if (effect === undefined) return blame(`${delivery.id} is ${state} without an effect`);
    if (by === "us" && !target.canonical.some(({ txs }) => txs.some((tx) => tx.hash === effectTx && tx.ok && tx.sender === signer))) {
      blame(`${delivery.id} claims ${effectTx ?? "nothing"}, which is not in the chain`);
    }
    if (by === "other" && effectTx !== null && effect.tx.sender === signer) blame(`${delivery.id} says another did it, but it was us`);
  }

  const wasted = (): number => target.canonical.flatMap(({ txs }) => txs.filter(({ sender, wasted }) => sender === signer && wasted)).length;
  return { broken, blame, onSend, allTheWay, atTheEnd, wasted, done: () => ours(null).length };
}
