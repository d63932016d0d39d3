/**
 * An issue, a redeem or a replace from its facts: requested on the parachain, paid on Bitcoin, proved, executed. The three differ
 * in who pays, how exactly, and what the words are; their requests run out alike.
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

/** Where the pallets keep them. */
export const periodItems: Readonly<Record<RequestKind, readonly [pallet: string, item: string]>> = { issue: ["Issue", "IssuePeriod"], redeem: ["Redeem", "RedeemPeriod"], replace: ["Replace", "ReplacePeriod"] };

/** `expired`: who may do what once both clocks have passed. */
type Words = { readonly who: Actor; readonly payer: string; readonly lane: LaneName | null; readonly normalMs: number; readonly lateAfterMs: number; readonly expired: string };
const hours = 3_600_000;
const words: Readonly<Record<RequestKind, Words>> = {
  issue: { who: "user", payer: "the user", lane: issueLane, normalMs: hours, lateAfterMs: 6 * hours, expired: "the issue may be cancelled" },
  redeem: {
    who: "vault", payer: "the vault", lane: null, normalMs: hours, lateAfterMs: 4 * hours,
    expired: "the redeemer may call redeem.cancel_redeem (reimburse true: the vault's collateral for the tokens; false: the tokens back and a compensation)",
  },
  replace: { who: "vault", payer: "the old vault", lane: null, normalMs: hours, lateAfterMs: 4 * hours, expired: "anybody may call replace.cancel_replace (on the first runtime the vault that takes over alone)" },
};
const seen = "waits until the light client on Polkadot can verify the payment";
export const requestJourney = (kind: RequestKind): Journey => {
  const { who, payer, lane, normalMs, lateAfterMs } = words[kind];
  const proving = provingSteps("polkadot", { payment: "the payment", provable: lane === null ? `${seen} and ${payer} proves it` : seen, effect: `the ${kind}` });
  return {
    bridge: "interbtc", kind, lane,
    steps: [
      requestStep("polkadot", `the ${kind} request`),
      paymentStep("payment", who, `waits for ${payer} to pay on Bitcoin`, normalMs, lateAfterMs),
      // where nobody here relays, whoever paid has to prove it
      ...proving.map((step) => (lane === null && (step.phase === "provable" || step.phase === "send") ? { ...step, who, says: step.says.replace("the relayer", payer) } : step)),
    ],
  };
};

/** What an opening event carries, for all three kinds (amounts as decimal text). */
type Request = {
  readonly id: Hex; readonly requester?: Hex; readonly vault?: { readonly account: Hex } | Hex; readonly script?: Hex;
  readonly amountSat?: string; readonly feeSat?: string; readonly openActive: number; readonly periodActive: number; readonly bitcoinHeight: number;
};
/** `flaw`: why no proof of a vault's payment would be taken (op-return.ts). */
type Payment = { readonly txid: Hex; readonly paidSat?: string; readonly flaw?: string | null };
type Kept = { readonly request?: Request; readonly payment?: Payment; readonly tx?: Hex | null; readonly status?: string | null };

export function keepRequest(kind: string, payload: Json): Json {
  const fields = payload as { readonly [name: string]: Json };
  const { txid, paidSat, flaw, tx, status, request } = fields;
  if (kind.endsWith("-requested")) return { request: slim(fields) };
  // a payment carries its request: whoever comes first tells what is asked
  if (kind.endsWith("-payment")) return { payment: { txid: txid ?? null, paidSat: paidSat ?? null, flaw: flaw ?? null }, request: request === undefined || request === null ? null : slim(request as typeof fields) };
  return { tx: typeof tx === "string" ? tx : null, ...(typeof status === "string" ? { status } : {}) };
}

const slim = ({ id, requester, vault, script, amountSat, feeSat, openActive, periodActive, bitcoinHeight }: { readonly [name: string]: Json }): Json =>
  Object.fromEntries(Object.entries({ id, requester, vault, script, amountSat, feeSat, openActive, periodActive, bitcoinHeight }).filter((entry): entry is [string, Json] => entry[1] !== undefined));

type Known = Pick<Facts, "events" | "deliveries" | "expiredAt">;

/** `periods`: as the pallets have them now; `isOurs`: does whoever runs this installation also run that vault? */
export type RequestRules = { readonly periods: InterbtcPeriods; readonly isOurs: (vault: Hex) => boolean };

export function deriveRequest(kind: RequestKind, facts: Known, rules: RequestRules): Derived {
  const of = (stage: string) => ofKind(facts, `interbtc-${kind}-${stage}`);
  const opener = of("requested")[0] ?? null;
  const executed = of("executed")[0] ?? null;
  const cancelled = of("cancelled")[0] ?? null;
  const payments = of("payment");
  const request = [opener, ...payments].map((fact) => (fact?.kept as Kept | undefined)?.request ?? null).find((one) => one !== null) ?? null;
  const asked = askedSat(kind, request);
  // the first in a block that settles it; what does not is shown while there is nothing better
  const enough = payments.filter((one) => (kind === "issue" ? (paidSat(one) ?? asked) >= asked : flawOf(one) === null));
  const payment = enough[0] ?? null;
  const wrong = isIn(payment) ? null : (payments.find((one) => isIn(one) && !enough.includes(one)) ?? null);
  const delivery = deliveryFor(facts, payment);
  const legs = legsOf(payment, delivery, executed);
  const isOver = legs.included !== null || (kind !== "issue" && isIn(cancelled));
  const deadlines = request === null || isOver ? [] : deadlinesOf(kind, request, rules.periods);
  const standing = { opener, cancelled, isPaid: legs.paid !== null || (kind === "issue" && wrong !== null), isSettled: isSettled(facts), final: legs.final, isSeen: isIn(opener) || isIn(executed) || isIn(payment) };
  const told = { payment, wrong, cancelled, asked, deadlines, expiredAt: facts.expiredAt, isExecuted: legs.included !== null };
  return {
    openedAt: opener?.seenAt ?? null,
    ends: [isIn(opener) ? opener.finalAt : null, ...endsOf(legs)],
    ...endingOf(facts, standing), deadlines, deadlineRule: "all",
    hints: [...(kind === "issue" ? issueHints(told) : payoutHints(kind, told)), ...goneHints(opener, payment, executed)],
    ...(kind === "issue" ? {} : { keptUntil: keptUntilOf(told) }),
    about: { ...aboutOf(request, payment ?? wrong, asked, executed), ...(kind === "issue" ? {} : payoutAbout(request, { cancelled, minted: of("minted")[0] ?? null }, rules)) },
    keys: keysOf(request, payments, [executed, cancelled, ...of("minted")]),
    related: Object.values(facts.deliveries).map(({ event }) => event),
  };
}

const paidSat = (fact: EventFact): bigint | null => {
  const text = (fact.kept as Kept).payment?.paidSat;
  return typeof text === "string" ? BigInt(text) : null;
};
const flawOf = (fact: EventFact): string | null => (fact.kept as Kept).payment?.flaw ?? null;
/** Of a redeem and a replace the amount is what is paid: their fees stay on the parachain. */
const askedSat = (kind: RequestKind, request: Request | null): bigint =>
  request === null ? 0n : BigInt(request.amountSat ?? 0) + BigInt(kind === "issue" ? (request.feeSat ?? 0) : 0);

/** Nobody here goes on: every delivery was given up or lost its event. */
const isSettled = ({ deliveries }: Known): boolean => Object.values(deliveries).every(({ state }) => state === "abandoned" || state === "orphaned");

type Standing = { readonly opener: EventFact | null; readonly cancelled: EventFact | null; readonly isPaid: boolean; readonly isSettled: boolean; readonly final: number | null; readonly isSeen: boolean };

function endingOf({ events, expiredAt }: Known, { opener, cancelled, isPaid, isSettled, final, isSeen }: Standing): Pick<Derived, "outcome" | "endedAt"> {
  if (final !== null) return { outcome: "completed", endedAt: final };
  // a paid issue can be executed even when it was cancelled: it stays open while somebody works on it
  if (isIn(cancelled) && (!isPaid || isSettled)) return { outcome: "cancelled", endedAt: cancelled.seenAt };
  if (!isSeen && Object.keys(events).length > 0) return { outcome: "orphaned", endedAt: opener?.seenAt ?? null };
  // a vault's debt stays open long after its time (keptUntilOf), since it can still be paid, proved and cancelled
  if (expiredAt !== null && !isPaid && opener !== null) return { outcome: "expired", endedAt: expiredAt };
  return { outcome: null, endedAt: null };
}

/** Each is the last value at which the request has not run out on that clock. */
function deadlinesOf(kind: RequestKind, { openActive, periodActive, bitcoinHeight }: Request, periods: InterbtcPeriods): readonly Deadline[] {
  const period = Math.max(periods[kind], periodActive);
  const what = words[kind].expired;
  return [
    { what, chain: "polkadot", clock: "active-blocks", value: openActive + period, at: null },
    { what, chain: "bitcoin", clock: "height", value: bitcoinHeight + Math.ceil(period / Math.max(1, periods.parachainBlocksPerBitcoinBlock)), at: null },
  ];
}

type Told = {
  readonly payment: EventFact | null; readonly wrong: EventFact | null; readonly cancelled: EventFact | null; readonly asked: bigint;
  readonly deadlines: readonly Deadline[]; readonly expiredAt: Millis | null; readonly isExecuted: boolean;
};

const paymentEvidence = (fact: EventFact, asked: bigint): { readonly [name: string]: Json } => {
  const { txid } = (fact.kept as Kept).payment ?? {};
  return { txid: txid === undefined ? null : toDisplay(txid), paidSat: `${paidSat(fact) ?? 0n}`, askedSat: `${asked}` };
};

function issueHints({ payment, wrong, cancelled, asked, deadlines, expiredAt }: Told): Derived["hints"] {
  if (wrong !== null) return [{ cause: "paid-too-little", evidence: paymentEvidence(wrong, asked) }];
  const lastHeight = deadlines.find(({ clock }) => clock === "height")?.value ?? Infinity;
  // Bitcoin's height alone proves nothing: the request runs out on both clocks
  const isLate = isIn(payment) && (payment.block?.height ?? 0) > lastHeight && (isIn(cancelled) || (expiredAt !== null && expiredAt <= payment.seenAt));
  return isLate ? [{ cause: "paid-too-late", evidence: { paidAtHeight: payment.block?.height ?? null, lastHeight: Number.isFinite(lastHeight) ? lastHeight : null, cancelled: isIn(cancelled) } }] : [];
}

/** Who pays a vault's debt wrongly, or for a request that is cancelled, has paid for nothing. */
function payoutHints(kind: RequestKind, { payment, wrong, cancelled, asked, isExecuted }: Told): Derived["hints"] {
  if (isExecuted) return [];
  if (isIn(payment) && isIn(cancelled)) return [{ cause: "paid-and-cancelled", evidence: { ...paymentEvidence(payment, asked), executable: kind === "replace" } }];
  return wrong === null || isIn(cancelled) ? [] : [{ cause: "payment-unusable", evidence: { ...paymentEvidence(wrong, asked), flaw: flawOf(wrong) } }];
}

/** what was lost by a cancellation is told for this long */
const toldForMs = 7 * 24 * hours;
/** what nobody pays, and nobody cancels either, is told for this long after its time: an alert for ever would hide the next one */
export const abandonedAfterMs = 30 * 24 * hours;
/** A loss counts by the blocks' times, so that what history shows of long ago is over at once. */
function keptUntilOf({ payment, cancelled, expiredAt, isExecuted }: Told): Millis | null {
  if (isExecuted) return null;
  if (isIn(payment)) return isIn(cancelled) ? Math.max(payment.block?.time ?? 0, cancelled.block?.time ?? 0) + toldForMs : null;
  return expiredAt === null || isIn(cancelled) ? null : expiredAt + abandonedAfterMs;
}

function payoutAbout(request: Request | null, { cancelled, minted }: { readonly cancelled: EventFact | null; readonly minted: EventFact | null }, { isOurs }: RequestRules): Facts["about"] {
  const vault = accountOf(request?.vault);
  return {
    ...(vault === null ? {} : { ours: isOurs(vault) }),
    ...(isIn(cancelled) ? { cancelledTx: (cancelled.kept as Kept).tx ?? null, cancelledAs: (cancelled.kept as Kept).status ?? null } : {}),
    ...(isIn(minted) ? { mintedTx: (minted.kept as Kept).tx ?? null } : {}),
  };
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
