/**
 * An issue, a redeem or a replace from its facts: requested on the parachain, paid on Bitcoin, proved, executed. The three differ
 * in who pays and what the words are; their requests run out alike.
 * Always: a request runs out only when both clocks passed; until somebody cancels it, it can still be executed.
 * Never: I/O.
 */
import { issueLane } from "./names.ts";
import { toDisplay } from "../../chains/bitcoin/order.ts";
import type { Derived, EventFact, Facts } from "../../core/transfer-fold.ts";
import { deliveryFor, endsOf, goneHints, isIn, legsOf, ofKind, paymentStep, provingSteps, requestStep } from "../../core/transfer-legs.ts";
import type { Deadline, Journey } from "../../core/transfer.ts";
import type { Actor } from "../../core/causes.ts";
import { transferId } from "../../core/values.ts";
import type { Hex, Json, LaneName, Millis, TransferId } from "../../core/values.ts";

export const requestKinds = ["issue", "redeem", "replace"] as const;
export type RequestKind = (typeof requestKinds)[number];
export const requestTransfer = (kind: RequestKind, id: Hex): TransferId => transferId(`interbtc-${kind}-${id}`);
export const requestOf = (id: TransferId): { readonly kind: RequestKind; readonly id: Hex } | null => {
  const found = /^interbtc-(issue|redeem|replace)-(0x[0-9a-f]{64})$/u.exec(id);
  return found === null ? null : { kind: found[1] as RequestKind, id: found[2] as Hex };
};

/** The pallet's current periods in active blocks (a request keeps its own when that is longer), and BTCRelay's constant. */
export type InterbtcPeriods = Readonly<Record<RequestKind, number>> & { readonly parachainBlocksPerBitcoinBlock: number };

type Words = { readonly step: string; readonly who: Actor; readonly payer: string; readonly lane: LaneName | null; readonly normalMs: number; readonly lateAfterMs: number };
const hours = 3_600_000;
const words: Readonly<Record<RequestKind, Words>> = {
  issue: { step: "payment", who: "user", payer: "the user", lane: issueLane, normalMs: hours, lateAfterMs: 6 * hours },
  redeem: { step: "payment", who: "vault", payer: "the vault", lane: null, normalMs: hours, lateAfterMs: 4 * hours },
  replace: { step: "payment", who: "vault", payer: "the old vault", lane: null, normalMs: hours, lateAfterMs: 4 * hours },
};
export const requestJourney = (kind: RequestKind): Journey => {
  const { step, who, payer, lane, normalMs, lateAfterMs } = words[kind];
  return {
    bridge: "interbtc", kind, lane,
    steps: [
      requestStep("polkadot", `the ${kind} request`),
      paymentStep(step, who, `waits for ${payer} to pay on Bitcoin`, normalMs, lateAfterMs),
      ...provingSteps("polkadot", { payment: "the payment", provable: "waits until the light client on Polkadot can verify the payment", effect: `the ${kind}` }),
    ],
  };
};

/** What an opening event carries, for all three kinds (amounts as decimal text). */
type Request = {
  readonly id: Hex; readonly requester?: Hex; readonly vault?: { readonly account: Hex } | Hex; readonly script?: Hex;
  readonly amountSat?: string; readonly feeSat?: string; readonly openActive: number; readonly periodActive: number; readonly bitcoinHeight: number;
};
type Payment = { readonly txid: Hex; readonly paidSat?: string };
type Kept = { readonly request?: Request; readonly payment?: Payment; readonly tx?: Hex | null };

export function keepRequest(kind: string, payload: Json): Json {
  const fields = payload as { readonly [name: string]: Json };
  const { txid, paidSat, tx, request } = fields;
  if (kind.endsWith("-requested")) return { request: slim(fields) };
  // a payment carries its request: whoever comes first tells what is asked
  if (kind.endsWith("-payment")) return { payment: { txid: txid ?? null, paidSat: paidSat ?? null }, request: request === undefined || request === null ? null : slim(request as typeof fields) };
  return { tx: typeof tx === "string" ? tx : null };
}

const slim = ({ id, requester, vault, script, amountSat, feeSat, openActive, periodActive, bitcoinHeight }: { readonly [name: string]: Json }): Json =>
  Object.fromEntries(Object.entries({ id, requester, vault, script, amountSat, feeSat, openActive, periodActive, bitcoinHeight }).filter((entry): entry is [string, Json] => entry[1] !== undefined));

type Known = Pick<Facts, "events" | "deliveries" | "expiredAt">;

export function deriveRequest(kind: RequestKind, facts: Known, periods: InterbtcPeriods): Derived {
  const of = (stage: string) => ofKind(facts, `interbtc-${kind}-${stage}`);
  const opener = of("requested")[0] ?? null;
  const executed = of("executed")[0] ?? null;
  const cancelled = of("cancelled")[0] ?? null;
  const payments = of("payment");
  const request = [opener, ...payments].map((fact) => (fact?.kept as Kept | undefined)?.request ?? null).find((one) => one !== null) ?? null;
  const asked = askedSat(kind, request);
  // the first in a block that pays enough; what was too little is shown while there is nothing better
  const enough = payments.filter((one) => (paidSat(one) ?? asked) >= asked);
  const payment = enough[0] ?? null;
  const short = isIn(payment) ? null : (payments.find((one) => isIn(one) && !enough.includes(one)) ?? null);
  const delivery = deliveryFor(facts, payment);
  const legs = legsOf(payment, delivery, executed);
  const deadlines = request === null || legs.included !== null ? [] : deadlinesOf(kind, request, periods);
  const ending = endingOf(facts, { opener, cancelled, isPaid: legs.paid !== null || short !== null, isSettled: isSettled(facts), final: legs.final, isSeen: isIn(opener) || isIn(executed) || isIn(payment) });
  const hints = [...hintsOf(kind, { payment, short, cancelled, asked, deadlines, expiredAt: facts.expiredAt }), ...goneHints(opener, payment, executed)];
  return {
    openedAt: opener?.seenAt ?? null,
    ends: [isIn(opener) ? opener.finalAt : null, ...endsOf(legs)],
    ...ending, deadlines, deadlineRule: "all", hints,
    about: aboutOf(request, payment ?? short, asked, executed),
    keys: keysOf(request, payments, [executed, cancelled]),
    related: Object.values(facts.deliveries).map(({ event }) => event),
  };
}

const paidSat = (fact: EventFact): bigint | null => {
  const text = (fact.kept as Kept).payment?.paidSat;
  return typeof text === "string" ? BigInt(text) : null;
};
const askedSat = (kind: RequestKind, request: Request | null): bigint => (kind === "issue" && request !== null ? BigInt(request.amountSat ?? 0) + BigInt(request.feeSat ?? 0) : 0n);

/** Nobody here goes on: every delivery was given up or lost its event. */
const isSettled = ({ deliveries }: Known): boolean => Object.values(deliveries).every(({ state }) => state === "abandoned" || state === "orphaned");

type Standing = { readonly opener: EventFact | null; readonly cancelled: EventFact | null; readonly isPaid: boolean; readonly isSettled: boolean; readonly final: number | null; readonly isSeen: boolean };

function endingOf({ events, expiredAt }: Known, { opener, cancelled, isPaid, isSettled, final, isSeen }: Standing): Pick<Derived, "outcome" | "endedAt"> {
  if (final !== null) return { outcome: "completed", endedAt: final };
  // a paid issue can be executed even when it was cancelled: it stays open while somebody works on it
  if (isIn(cancelled) && (!isPaid || isSettled)) return { outcome: "cancelled", endedAt: cancelled.seenAt };
  if (!isSeen && Object.keys(events).length > 0) return { outcome: "orphaned", endedAt: opener?.seenAt ?? null };
  if (expiredAt !== null && !isPaid && opener !== null && opener.kind === "interbtc-issue-requested") return { outcome: "expired", endedAt: expiredAt };
  return { outcome: null, endedAt: null };
}

/** Each is the last value at which the request has not run out on that clock. */
function deadlinesOf(kind: RequestKind, { openActive, periodActive, bitcoinHeight }: Request, periods: InterbtcPeriods): readonly Deadline[] {
  const period = Math.max(periods[kind], periodActive);
  const what = `the ${kind} may be cancelled`;
  return [
    { what, chain: "polkadot", clock: "active-blocks", value: openActive + period, at: null },
    { what, chain: "bitcoin", clock: "height", value: bitcoinHeight + Math.ceil(period / Math.max(1, periods.parachainBlocksPerBitcoinBlock)), at: null },
  ];
}

type Wrong = { readonly payment: EventFact | null; readonly short: EventFact | null; readonly cancelled: EventFact | null; readonly asked: bigint; readonly deadlines: readonly Deadline[]; readonly expiredAt: Millis | null };

function hintsOf(kind: RequestKind, { payment, short, cancelled, asked, deadlines, expiredAt }: Wrong): Derived["hints"] {
  if (short !== null) {
    const { txid } = (short.kept as Kept).payment ?? {};
    return [{ cause: "paid-too-little", evidence: { txid: txid === undefined ? null : toDisplay(txid), paidSat: `${paidSat(short) ?? 0n}`, askedSat: `${asked}` } }];
  }
  const lastHeight = deadlines.find(({ clock }) => clock === "height")?.value ?? Infinity;
  // Bitcoin's height alone proves nothing: the request runs out on both clocks
  const isLate = isIn(payment) && (payment.block?.height ?? 0) > lastHeight && (isIn(cancelled) || (expiredAt !== null && expiredAt <= payment.seenAt));
  return isLate && kind === "issue" ? [{ cause: "paid-too-late", evidence: { paidAtHeight: payment.block?.height ?? null, lastHeight: Number.isFinite(lastHeight) ? lastHeight : null, cancelled: isIn(cancelled) } }] : [];
}

const accountOf = (vault: Request["vault"]): Hex | null => (vault === undefined ? null : typeof vault === "string" ? vault : vault.account);

function aboutOf(request: Request | null, payment: EventFact | null, asked: bigint, executed: EventFact | null): Facts["about"] {
  const txid = payment === null ? undefined : (payment.kept as Kept).payment?.txid;
  return {
    ...(request === null ? {} : { requestId: request.id, requester: request.requester ?? null, vault: accountOf(request.vault), script: request.script ?? null, amountSat: request.amountSat ?? null }),
    ...(asked > 0n ? { askedSat: `${asked}` } : {}),
    ...(payment === null || txid === undefined ? {} : { paymentTxid: toDisplay(txid), paidSat: paidSat(payment)?.toString() ?? null }),
    ...(executed === null ? {} : { executedTx: (executed.kept as Kept).tx ?? null }),
  };
}

function keysOf(request: Request | null, payments: readonly EventFact[], others: readonly (EventFact | null)[]): readonly string[] {
  const txids = payments.map((one) => (one.kept as Kept).payment?.txid);
  const txs = others.map((one) => (one?.kept as Kept | undefined)?.tx);
  return [request?.id, request?.requester, accountOf(request?.vault), request?.script, ...txids, ...txs].filter((key) => typeof key === "string");
}
