/**
 * A payment that is made and in no block yet, in words: since when it waits, at what fee, who can hasten it, or that it is gone.
 * Always: what nodes said at the last look; a fee is blamed only once the payment is late. Never: takes it for paid.
 */
import type { Actor } from "./causes.ts";
import type { Finding } from "./finding.ts";
import { reverseHex } from "./hex.ts";
import type { MonitoredWorld, UnminedView } from "./monitored-world.ts";
import type { Clocks } from "./transfer-clock.ts";
import type { StepSpec, Transfer } from "./transfer.ts";
import { unminedFor } from "./unmined.ts";
import type { UnminedPayment } from "./unmined.ts";
import type { Hex, Millis } from "./values.ts";
import { act, ended, show, span } from "./words.ts";

type Reason = Pick<Finding, "cause" | "sentence" | "evidence" | "action"> & { readonly who: Actor };
/** A transfer in its present step, when it is, and how late and pressed. */
type Place = { readonly transfer: Transfer; readonly spec: StepSpec; readonly world: MonitoredWorld; readonly clocks: Clocks };
type Case = Place & { readonly lateMs: Millis; readonly isPressed: boolean };

/** a transaction whose fee is enough is usually mined within this */
const usualMs: Millis = 3_600_000;

/** The one this step waits for, whether it is still there or gone; null: none was seen. */
export function unminedOf({ transfer, spec, world, clocks }: Place): UnminedPayment | null {
  if (spec.phase !== "payment") return null;
  return unminedFor(world.unmined?.payments ?? [], transfer.id, clocks.chains.bitcoin?.bestHeight ?? -1);
}

const shown = (txid: Hex): string => reverseHex(txid).slice(2);
const rate = (satPerVb: number): string => `${Number(satPerVb.toPrecision(3))} sat/vB`;
const lasted = (ms: Millis): string => span(Math.max(1_000, ms));

/** What the step waits for instead, as "It …" goes on. */
export const unminedSays = ({ name }: Pick<StepSpec, "name">): string => `waits until a block takes the ${name}, which is made`;
export const unminedSentence = ({ txid, since, satPerVb }: UnminedPayment, now: Millis): string =>
  `Transaction ${shown(txid)} has been in the mempool for ${lasted(now - since)}, at ${rate(satPerVb)}.`;

/** Causes of what would otherwise be somebody's silence. */
export function unminedReasons(one: Case, payment: UnminedPayment): readonly Reason[] {
  const { world: { unmined }, transfer: { id } } = one;
  if (unmined === undefined) return [];
  const evidence = { ...payment, txid: shown(payment.txid), inputs: payment.inputs.map(({ txid, index }) => `${shown(txid)}:${index}`), minSatPerVb: unmined.minSatPerVb, estimateSatPerVb: unmined.estimateSatPerVb };
  const reason = payment.gone === null ? waitingReason(one, payment, unmined) : goneReason(one, payment, unmined);
  return reason === null ? [] : [{ ...reason, who: one.spec.who, evidence, action: act(reason.advice, show(id)) }];
}

type Told = Pick<Reason, "cause" | "sentence"> & { readonly advice: string };

/** Is it late, or long in the mempool, at a fee below what nodes ask for? */
function waitingReason({ spec, clocks, lateMs, isPressed }: Case, { since, satPerVb }: UnminedPayment, view: UnminedView): Told | null {
  const isLate = lateMs > 0 || isPressed || clocks.now - since > Math.min(spec.normalMs, usualMs);
  const asked = Math.max(view.minSatPerVb, view.estimateSatPerVb ?? 0);
  if (isLate && satPerVb < asked) {
    const estimate = view.estimateSatPerVb === null ? "" : `; ${rate(view.estimateSatPerVb)} would do within six blocks`;
    return { cause: "bitcoin-fee-too-low", sentence: `Its fee is too low: ${rate(satPerVb)}, where the node keeps none below ${rate(view.minSatPerVb)}${estimate}.`, advice: raise[spec.who] ?? raise["user"] ?? "" };
  }
  if (lateMs === 0 || isPressed) return null;
  return { cause: "source-not-final", sentence: view.estimateSatPerVb === null ? "The node cannot say whether its fee is enough." : "Its fee should do; blocks are slow.", advice: "Wait for blocks; if blocks come and it is in none, whoever made it can raise its fee." };
}

const raise: Readonly<Partial<Record<Actor, string>>> = {
  user: "Tell the user: replace it by one with a higher fee (RBF), or spend its change at a high fee (CPFP).",
  vault: "Tell the vault's operator: replace it by one with a higher fee (RBF, with the same outputs but the change), or spend its change at a high fee (CPFP).",
  wallet: "Tell the wallet's operators. Wallets sign no replacement by themselves; whoever gets one of its outputs can spend that at a high fee (CPFP).",
};

function goneReason({ spec, clocks }: Case, { txid, since, satPerVb, gone }: UnminedPayment, view: UnminedView): Told | null {
  if (gone === null) return null;
  const why = gone.spentBy === null
    ? `no node has it any more and no block holds it: it was dropped (nodes keep none below ${rate(view.minSatPerVb)}), or its coins were spent otherwise`
    : `transaction ${shown(gone.spentBy)} took its place, spends the same coins and does not pay this`;
  return {
    cause: "transaction-evicted",
    sentence: `Transaction ${shown(txid)}, which made the ${spec.name}, was in the mempool for ${lasted(gone.at - since)} at ${rate(satPerVb)}, until ${lasted(clocks.now - gone.at)} ago; ${ended(why)}`,
    advice: again[spec.who] ?? again["user"] ?? "",
  };
}

const again: Readonly<Partial<Record<Actor, string>>> = {
  user: "Tell the user: nothing was paid; it has to be sent again, with a higher fee.",
  vault: "Tell the vault's operator: nothing was paid; it has to be sent again, with a higher fee, before the request runs out.",
  wallet: "Tell the wallet's operators: their transaction has to be sent again.",
};

/** Something is wrong with a payment although its step is not late yet. */
export function isUnminedTrouble(one: Place): boolean {
  const payment = one.world.unmined === undefined ? null : unminedOf(one);
  if (payment === null || one.world.unmined === undefined) return false;
  const { minSatPerVb, estimateSatPerVb } = one.world.unmined;
  return payment.gone !== null || (one.clocks.now - payment.since > Math.min(one.spec.normalMs, usualMs) && payment.satPerVb < Math.max(minSatPerVb, estimateSatPerVb ?? 0));
}
