/**
 * A redemption from its facts: requested on Ethereum, paid by the wallet on Bitcoin, proved; or objected to and vetoed by guardians.
 * Always: the same script may be asked for again once a request is settled; the newest request counts, with what came after it.
 * Never: I/O.
 */
import { deliveryFor, endsOf, goneHints, isIn, legsOf, ofKind } from "../../core/transfer-legs.ts";
import { proofEvent } from "./names.ts";
import { proofTxs, provedBy } from "./deposit-journey.ts";
import type { KeptWalletTx } from "./deposit-journey.ts";
import { assumed } from "./periods.ts";
import type { TbtcPeriods } from "./periods.ts";
import { epochDeadlines } from "./relay-epochs.ts";
import { toDisplay } from "../../chains/bitcoin/order.ts";
import type { Derived, EventFact, Facts } from "../../core/transfer-fold.ts";
import type { Deadline } from "../../core/transfer.ts";
import type { Hex, Json, Millis } from "../../core/values.ts";

type Request = { readonly wallet: Hex; readonly tx: Hex; readonly redeemer: Hex; readonly script: Hex; readonly requestedSat: string };
type Known = Pick<Facts, "events" | "deliveries" | "expiredAt">;

export function keepRedemption(payload: Json): Json {
  const { wallet, tx, redeemer, script, requestedSat } = payload as unknown as Request;
  return { wallet, tx, redeemer, script, requestedSat };
}

const heightOf = (fact: EventFact | null | undefined): number => fact?.block?.height ?? Infinity;

export function deriveRedemption(facts: Known, periods: TbtcPeriods): Derived {
  const requests = ofKind(facts, "tbtc-redemption-requested");
  // the newest that stands in a block; one that lost its block counts only when there is no other
  const request = requests.filter(isIn).at(-1) ?? requests[0] ?? null;
  const since = isIn(request) ? heightOf(request) : -1;
  const txs = ofKind(facts, "tbtc-redemption");
  // what was proven before this request was made settled an earlier one
  const { payment, effect } = provedBy(facts, txs.filter(({ kept }) => heightOf(facts.events[proofEvent((kept as KeptWalletTx).txid)]) > since));
  const timeout = ofKind(facts, "tbtc-redemption-timed-out").find((one) => isIn(one) && heightOf(one) > since) ?? null;
  const [veto = null] = ofKind(facts, "tbtc-redemption-vetoed").filter((one) => isIn(one) && heightOf(one) >= since);
  const legs = legsOf(payment, deliveryFor(facts, payment), effect);
  const about = request === null ? null : (request.kept as Request);
  const isGone = !isIn(request) && !isIn(payment) && !isIn(effect) && legs.final === null && (request !== null || payment !== null);
  // a wallet that moves its funds pays scripts nobody asked for
  const wasMove = request === null && effect !== null && effect.kind !== "tbtc-redemptions-completed";
  const outcome = timeout !== null ? "expired" : veto !== null ? "cancelled" : wasMove || isGone ? "orphaned" : legs.final !== null ? "completed" : null;
  const txids = txs.map(({ kept }) => (kept as KeptWalletTx).txid);
  const deadlines = !isIn(request) || legs.included !== null ? [] : deadlinesOf(request.block?.time ?? 0, legs.paid === null ? null : (payment?.block?.height ?? null), periods);
  return {
    openedAt: request?.seenAt ?? null,
    ends: [isIn(request) ? request.finalAt : null, ...endsOf(legs)],
    outcome,
    endedAt: timeout?.seenAt ?? veto?.seenAt ?? legs.final ?? (request ?? payment)?.seenAt ?? null,
    deadlines, deadlineRule: "any",
    hints: [...goneHints(request, payment, effect), ...(legs.paid === null && veto === null ? objected(facts, since, request, periods) : [])],
    about: {
      ...(about === null ? {} : { redeemer: about.redeemer, wallet: about.wallet, script: about.script, amountSat: about.requestedSat, requestTx: about.tx }),
      ...(payment === null ? {} : { paymentTxid: toDisplay((payment.kept as KeptWalletTx).txid) }),
      ...(isIn(payment) ? { paymentHeight: payment.block?.height ?? null } : {}),
      ...(effect === null ? {} : { proofTx: (effect.kept as KeptWalletTx).tx }),
      ...(requests.length > 1 ? { earlierRequests: requests.length - 1 } : {}),
      ...endOf(facts, timeout, veto),
      ...assumed(deadlines, periods),
    },
    keys: [...requests.flatMap(({ kept }) => keysOf(kept as Request)), ...txids, ...proofTxs(effect), ...proofTxs(timeout), ...proofTxs(veto)],
    related: txids.map(proofEvent),
  };
}

const keysOf = ({ wallet, tx, redeemer, script }: Request): readonly string[] => [wallet, tx, redeemer, script];

const objectionsSince = (facts: Known, since: number): readonly EventFact[] => ofKind(facts, "tbtc-redemption-objected").filter((one) => isIn(one) && heightOf(one) >= since);

/** Guardians hold it back: the wallet may not pay before the delay is over, and with a third objection never. */
function objected(facts: Known, since: number, request: EventFact | null, { redemptionDelaysMs }: TbtcPeriods): Derived["hints"] {
  const objections = objectionsSince(facts, since);
  if (objections.length === 0 || !isIn(request)) return [];
  const delayMs = redemptionDelaysMs?.[Math.min(objections.length, 2)] ?? null;
  const until = delayMs === null ? null : (request.block?.time ?? 0) + delayMs;
  return [{ cause: "redemption-objected", evidence: { objections: objections.length, guardians: objections.map(({ kept }) => (kept as KeptObjection).guardian), heldUntil: until }, ...(until === null ? {} : { until: { chain: "ethereum", at: until } }) }];
}

type KeptObjection = KeptWalletTx & { readonly guardian: Hex };

/** How it ended when it did not end well, for people. */
function endOf(facts: Known, timeout: EventFact | null, veto: EventFact | null): Derived["about"] {
  if (timeout !== null) return { because: "it was reported as timed out: the redeemer has the balance back, and the wallet's operators lost stake", timeoutTx: proofTxs(timeout)[0] ?? null };
  if (veto === null) return {};
  const withdrawn = ofKind(facts, "tbtc-redemption-veto-withdrawn").find(isIn) ?? null;
  return {
    because: withdrawn === null ? "guardians vetoed it: the watchtower holds the balance; what the penalty leaves, the redeemer can withdraw there after the freeze period" : "guardians vetoed it; the redeemer has withdrawn what the penalty left",
    vetoTx: proofTxs(veto)[0] ?? null, ...(withdrawn === null ? {} : { withdrawalTx: proofTxs(withdrawn)[0] ?? null }),
  };
}

/** @param paidAt height of the payment; null: not paid */
function deadlinesOf(requestedAt: Millis, paidAt: number | null, { redemptionTimeoutMs, redemptionMarginMs, relayProofLength }: TbtcPeriods): readonly Deadline[] {
  const timesOut = requestedAt + redemptionTimeoutMs;
  const margin: Deadline = { what: "the wallet no longer pays it", chain: "ethereum", clock: "time", value: timesOut - redemptionMarginMs, at: timesOut - redemptionMarginMs };
  const hard: Deadline = { what: "anyone may report the time-out and the wallet's operators lose stake", chain: "ethereum", clock: "time", value: timesOut, at: timesOut };
  return paidAt === null ? [margin, hard] : [hard, ...epochDeadlines(paidAt, relayProofLength)];
}
