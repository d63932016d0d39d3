/**
 * Where a redeem or a replace stands and who may do what, in sentences for the user who waits and for whoever runs a vault.
 * Always: one sentence for each thing that is the case, the same facts give the same sentences; every amount, clock, account and call
 * that decides is named. Never: I/O, or advice to pay where paying is lost.
 */
import { toDisplay } from "../../chains/bitcoin/order.ts";
import type { Hex } from "../../core/values.ts";
import type { Dialect } from "./dialect.ts";
import { waitSentence } from "./explain-issue.ts";
import type { Display } from "./explain-issue.ts";
import type { Inclusion, LightClient } from "./light-client.ts";
import type { OpReturnFlaw } from "./op-return.ts";
import { expiryOf, isExpired } from "./payment.ts";
import type { ExpiryClocks, ExpiryRule } from "./payment.ts";
import type { PayoutRequest, PayoutStatus } from "./payout.ts";

/** A transaction that carries the request's id. `height` null: in no block now. Txid in wire order. */
export type SeenPayout = { readonly txid: Hex; readonly paidSat: bigint; readonly flaw: OpReturnFlaw | null; readonly height: number | null };

export type PayoutFacts = {
  readonly dialect: Dialect["name"];
  readonly request: PayoutRequest;
  /** as the parachain's best block that was read has it */
  readonly status: PayoutStatus;
  /** oldest first */
  readonly payments: readonly SeenPayout[];
  /** the vault has its tokens for a redeem that was reimbursed */
  readonly isMinted: boolean;
  /** null: not known now */
  readonly clocks: (ExpiryClocks & ExpiryRule) | null;
  readonly lightClient: LightClient | null;
  /** of the block of the first payment that counts; null: not known */
  readonly inclusion: Inclusion | null;
};

/** What is known of it, one sentence each; never empty. */
export function explainPayout(facts: PayoutFacts, display: Display): readonly string[] {
  const { payments } = facts;
  const good = payments.filter(({ flaw }) => flaw === null);
  const paid = good.find(({ height }) => height !== null) ?? null;
  return [
    ...payments.flatMap((payment) => [...goneSentence(payment), ...flawSentence(facts, payment)]),
    ...good.filter(({ txid, height }) => paid !== null && height !== null && txid !== paid.txid).map(twiceSentence),
    ...standSentences(facts, paid, display),
  ];
}

const sat = (amount: bigint): string => `${amount} sat`;
const txName = (txid: Hex): string => `Transaction ${toDisplay(txid)}`;

const goneSentence = ({ txid, height }: SeenPayout): readonly string[] =>
  height === null ? [`${txName(txid)} was in a block that is not in Bitcoin's chain any more; it is mined again, or replaced.`] : [];

const twiceSentence = ({ txid, paidSat }: SeenPayout): string => `${txName(txid)} pays ${sat(paidSat)} a second time: one payment is proved, and the other is the vault's loss.`;

const forms: Readonly<Record<Exclude<OpReturnFlaw, "too-little" | "too-much">, string>> = {
  "too-many-outputs": "has more than three outputs",
  "unknown-output": "has an output of a kind the parachain does not know (taproot, for one)",
  "several-op-returns": "has more than one OP_RETURN",
  "op-return-with-value": "pays into its OP_RETURN",
  "address-paid-twice": "pays one address twice",
  "other-address": "pays nothing to the asked address",
};

function flawSentence({ request: { amountSat } }: PayoutFacts, { txid, paidSat, flaw }: SeenPayout): readonly string[] {
  if (flaw === null) return [];
  const what = flaw === "too-little" || flaw === "too-much" ? `pays ${sat(paidSat)}, ${sat(flaw === "too-little" ? amountSat - paidSat : paidSat - amountSat)} too ${flaw.slice(4)}` : forms[flaw];
  return [`${txName(txid)} carries its id and ${what}: no proof of it is taken, and payments are not added up.`];
}

function standSentences(facts: PayoutFacts, paid: SeenPayout | null, display: Display): readonly string[] {
  const { request, status } = facts;
  switch (status) {
    case "completed":
      return [paid === null ? "It is executed, with a payment that is not known here." : `It is executed: ${txName(paid.txid).toLowerCase()} paid ${sat(paid.paidSat)} and was proved.`];
    case "pending":
      return paid === null ? unpaidSentences(facts, display) : paidSentences(facts, paid, display);
    case "cancelled":
      return [`It is cancelled, and the old vault ${display.account(request.vault.account)} keeps its tokens.`, ...(paid === null ? [] : [`${txName(paid.txid)} paid it all the same: ${paidAndCancelled(facts, paid, display)}.`])];
    case "reimbursed":
    case "retried":
      return [cancelledSentence(facts, display), ...(paid === null ? [] : [`${txName(paid.txid)} paid it all the same: a redeem that was cancelled takes no proof, so the vault's ${sat(paid.paidSat)} are gone unless the redeemer gives them back.`])];
  }
}

const taker = ({ requester }: PayoutRequest, { account }: Display): string => `the vault that takes over, ${account(requester)},`;

/** A replace: the first runtime takes no proof of one that was cancelled. */
const paidAndCancelled = ({ request, dialect }: PayoutFacts, { paidSat }: SeenPayout, display: Display): string =>
  dialect === "v1"
    ? `this runtime takes no proof of what was cancelled, so the vault's ${sat(paidSat)} are gone unless ${taker(request, display)} gives them back`
    : `anybody may still call replace.execute_replace with its proof, and it is taken if ${taker(request, display)} has the collateral for it`;

function cancelledSentence({ request, status, isMinted }: PayoutFacts, { account }: Display): string {
  if (status === "retried") return `The redeemer ${account(request.requester)} cancelled it and has the tokens back, with a compensation out of the vault's collateral: he may ask another vault.`;
  const tokens = isMinted ? "the vault has the tokens instead" : "the tokens go to the vault, by redeem.mint_tokens_for_reimbursed_redeem if it lacked the collateral for them";
  return `The redeemer ${account(request.requester)} cancelled it and was paid out of the vault's collateral; ${tokens}.`;
}

const payerOf = ({ kind, vault }: PayoutRequest, { account }: Display): string => `the ${kind === "redeem" ? "" : "old "}vault ${account(vault.account)}`;

function unpaidSentences(facts: PayoutFacts, display: Display): readonly string[] {
  const { request } = facts;
  const owes = `${payerOf(request, display)} owes exactly ${sat(request.amountSat)} to ${display.address(request.script)}, with the id in an OP_RETURN`;
  return hasExpired(facts)
    ? [`Nobody has paid, and its time is over (after ${endsText(facts)}): ${mayDo(facts, display)}. Until then ${owes} and may still pay and prove it, at the risk that it is cancelled meanwhile.`]
    : [`No block holds a payment yet: ${owes}; its time ends after ${endsText(facts)}, and then ${mayDo(facts, display)}.`];
}

function paidSentences(facts: PayoutFacts, { txid, paidSat, height }: SeenPayout, display: Display): readonly string[] {
  const { request, clocks } = facts;
  const prove = `redeem.execute_redeem`.replaceAll("redeem", request.kind);
  const late = clocks !== null && height !== null && height > expiryOf(request, clocks).bitcoinHeight ? ", late by Bitcoin's clock" : "";
  return [
    `${txName(txid)} pays exactly what is asked, ${sat(paidSat)}${late}.`,
    ...waitSentence(facts, { height }),
    `It is not proved yet: ${payerOf(request, display)} should call ${prove} with its proof, and anybody may; Gantry does not. ${
      hasExpired(facts) ? `Its time is over (after ${endsText(facts)}): ${mayDo(facts, display)}` : `Its time ends after ${endsText(facts)}; then ${mayDo(facts, display)}`
    }, and the payment would ${request.kind === "redeem" || facts.dialect === "v1" ? "count for nothing" : "have to be executed all the same"}.`,
  ];
}

const hasExpired = ({ request, clocks }: PayoutFacts): boolean => clocks !== null && isExpired(request, clocks);

/** Without the clocks the request's own period is all that is known. */
function endsText({ request, clocks }: PayoutFacts): string {
  if (clocks === null) return `${request.periodActive} active blocks after active block ${request.openActive}, on both clocks`;
  const { active, bitcoinHeight } = expiryOf(request, clocks);
  return `active block ${active} and Bitcoin height ${bitcoinHeight}, both (now at ${clocks.activeBlocks} and ${clocks.bitcoinHeight})`;
}

function mayDo({ request, dialect }: PayoutFacts, display: Display): string {
  const { kind, id, requester } = request;
  if (kind === "redeem") return `the redeemer ${display.account(requester)} alone may call redeem.cancel_redeem(${id}, reimburse): true for the vault's collateral instead of the tokens, false for the tokens and a compensation`;
  return `${dialect === "v1" ? `${taker(request, display)} alone` : "anybody"} may call replace.cancel_replace(${id})`;
}
