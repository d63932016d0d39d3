/**
 * A refund from its facts: asked of a vault on the parachain (of the first dialect), paid on Bitcoin, proved, settled.
 * Always: a refund has no deadline; unpaid it is told for a month, and can be paid and settled even then. Never: I/O.
 */
import { refundLane, refundTransfer } from "./names.ts";
import { abandonedAfterMs } from "./request-journey.ts";
import { toDisplay } from "../../chains/bitcoin/order.ts";
import type { BridgeJourneys, Derived, EventFact, Facts } from "../../core/transfer-fold.ts";
import { deliveryFor, endsOf, goneHints, isIn, legsOf, ofKind, paymentStep, provingSteps, requestStep } from "../../core/transfer-legs.ts";
import type { Journey } from "../../core/transfer.ts";
import type { Hex, Json, Millis, SourceEvent, TransferId } from "../../core/values.ts";

const hours = 3_600_000;

const refundJourney: Journey = {
  bridge: "interbtc", kind: "refund", lane: refundLane,
  steps: [
    requestStep("polkadot", "the refund request"),
    paymentStep("payment", "vault", "waits for the vault to pay the refund on Bitcoin", hours, 4 * hours),
    ...provingSteps("polkadot", { payment: "the payment", provable: "waits until the light client on Polkadot can verify the payment", effect: "the refund" }),
  ],
};

const named = /^interbtc-refund-0x[0-9a-f]{64}$/u;
const isRefund = (id: TransferId): boolean => named.test(id);
const kinds = /^interbtc-refund-(?:requested|payment|executed)$/u;

function refundSubjects({ kind, payload }: SourceEvent): readonly TransferId[] {
  if (!kinds.test(kind)) return [];
  const { refundId, id } = payload as { readonly refundId?: Hex; readonly id?: Hex };
  const which = refundId ?? id;
  return which === undefined ? [] : [refundTransfer(which)];
}

/** The bridge's journeys with this one, for a parachain that asks for refunds. */
export const withRefunds = (journeys: BridgeJourneys): BridgeJourneys => ({
  ...journeys,
  journeys: [...journeys.journeys, refundJourney],
  kindOf: (id) => (isRefund(id) ? refundJourney.kind : journeys.kindOf(id)),
  subjects: (event) => [...journeys.subjects(event), ...refundSubjects(event)],
  keep: (event, id) => (isRefund(id) ? keepRefund(event) : journeys.keep(event, id)),
  derive: (id, kind, facts) => (kind === refundJourney.kind ? deriveRefund(facts) : journeys.derive(id, kind, facts)),
});

type Request = { readonly id: Hex; readonly issueId: Hex; readonly requester: Hex; readonly vault: { readonly account: Hex }; readonly script: Hex; readonly amountSat: string };
type Payment = { readonly txid: Hex; readonly paidSat: string; readonly flaw: string | null };
type Kept = { readonly request?: Request; readonly payment?: Payment; readonly tx?: Hex | null };
const keptOf = (fact: EventFact | null): Kept => (fact?.kept ?? {}) as Kept;

function keepRefund({ kind, payload }: SourceEvent): Json {
  const fields = payload as { readonly [name: string]: Json };
  const { txid = null, paidSat = null, flaw = null, tx = null, request = null } = fields;
  if (kind.endsWith("-requested")) return { request: slim(fields) };
  // a payment carries its request: whoever comes first tells what is asked
  if (kind.endsWith("-payment")) return { payment: { txid, paidSat, flaw }, request: slim(request as typeof fields) };
  return { tx };
}

const slim = ({ id = null, issueId = null, requester = null, vault = null, script = null, amountSat = null }: { readonly [name: string]: Json }): Json => ({ id, issueId, requester, vault, script, amountSat });

function deriveRefund(facts: Pick<Facts, "events" | "deliveries">): Derived {
  const of = (stage: string) => ofKind(facts, `interbtc-refund-${stage}`);
  const [opener = null, executed = null] = [of("requested")[0], of("executed")[0]];
  const payments = of("payment");
  const payment = payments.find((one) => keptOf(one).payment?.flaw === null) ?? null;
  const wrong = isIn(payment) ? null : (payments.find((one) => isIn(one) && keptOf(one).payment?.flaw !== null) ?? null);
  const legs = legsOf(payment, deliveryFor(facts, payment), executed);
  const request = [opener, ...payments].map((fact) => keptOf(fact).request).find((one) => one !== undefined) ?? null;
  const ending = endingOf(facts, { opener, payment, wrong, executed, final: legs.final });
  return {
    openedAt: opener?.seenAt ?? null,
    ends: [isIn(opener) ? opener.finalAt : null, ...endsOf(legs)],
    ...ending,
    deadlines: [], deadlineRule: "all",
    hints: [...(wrong === null || legs.included !== null ? [] : [unusable(wrong, request)]), ...goneHints(opener, payment, executed)],
    about: aboutOf(request, payment ?? wrong, executed),
    keys: [request?.id, request?.issueId, request?.requester, request?.vault.account, request?.script, ...payments.map((one) => keptOf(one).payment?.txid), keptOf(executed).tx].filter((key) => typeof key === "string"),
    related: Object.values(facts.deliveries).map(({ event }) => event),
  };
}

type Standing = { readonly opener: EventFact | null; readonly payment: EventFact | null; readonly wrong: EventFact | null; readonly executed: EventFact | null; readonly final: Millis | null };

/** The month counts by the blocks' times, so that what history shows of long ago is over at once. */
function endingOf({ events }: Pick<Facts, "events">, { opener, payment, wrong, executed, final }: Standing): Pick<Derived, "outcome" | "endedAt" | "keptUntil"> {
  if (final !== null) return { outcome: "completed", endedAt: final };
  if (isIn(payment) || isIn(executed)) return { outcome: null, endedAt: null };
  const askedAt = opener?.block?.time;
  if (askedAt === undefined) return Object.keys(events).length === 0 ? { outcome: null, endedAt: null } : { outcome: "orphaned", endedAt: opener?.seenAt ?? null };
  const keptUntil = Math.max(askedAt, wrong?.block?.time ?? 0) + abandonedAfterMs;
  return { outcome: "expired", endedAt: keptUntil, keptUntil };
}

function unusable(fact: EventFact, request: Request | null): Derived["hints"][number] {
  const { payment } = keptOf(fact);
  return { cause: "payment-unusable", evidence: { txid: payment === undefined ? null : toDisplay(payment.txid), paidSat: payment?.paidSat ?? null, askedSat: request?.amountSat ?? null, flaw: payment?.flaw ?? null } };
}

function aboutOf(request: Request | null, fact: EventFact | null, executed: EventFact | null): Facts["about"] {
  const { payment } = keptOf(fact);
  return {
    ...(request === null ? {} : { refundId: request.id, issueId: request.issueId, requester: request.requester, vault: request.vault.account, script: request.script, askedSat: request.amountSat }),
    ...(payment === undefined ? {} : { paymentTxid: toDisplay(payment.txid), paidSat: payment.paidSat }),
    ...(executed === null ? {} : { executedTx: keptOf(executed).tx ?? null }),
  };
}
