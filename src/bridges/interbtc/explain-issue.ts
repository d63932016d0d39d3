/**
 * Where an issue stands and what can still become of it, in sentences for people who paid, or run the vault.
 * Always: one sentence for each thing that is the case, the same facts give the same sentences; every amount, clock and account
 * that decides is named. Never: I/O, or advice to pay where paying may be lost.
 */
import { toDisplay } from "../../chains/bitcoin/order.ts";
import type { Hex } from "../../core/values.ts";
import type { Dialect } from "./dialect.ts";
import { totalSat } from "./issue-request.ts";
import type { IssueRequest } from "./issue-request.ts";
import { blockingFork } from "./light-client.ts";
import type { Inclusion, LightClient } from "./light-client.ts";
import { expiryOf, isExpired } from "./payment.ts";
import type { ExpiryClocks, ExpiryRule } from "./payment.ts";

/** A transaction that pays the deposit address: what its first such output pays. `height` null: in no block now. Txid in wire order. */
export type SeenPayment = { readonly txid: Hex; readonly paidSat: bigint; readonly height: number | null; readonly isFinal: boolean };

export type IssueFacts = {
  readonly request: IssueRequest;
  /** oldest first */
  readonly payments: readonly SeenPayment[];
  readonly dialect: Dialect["name"];
  /** null: not known now */
  readonly clocks: (ExpiryClocks & ExpiryRule) | null;
  readonly lightClient: LightClient | null;
  /** of the block of the first payment that suffices; null: not known */
  readonly inclusion: Inclusion | null;
  /** our delivery of that payment; null: none */
  readonly delivery: { readonly state: string; readonly code: string | null } | null;
  /** the execution in the parachain's best state; `txid`: the payment it proved, null: not known */
  readonly executed: { readonly txid: Hex | null; readonly amountSat: bigint; readonly feeSat: bigint; readonly by: "us" | "other" } | null;
};

/** How accounts and scripts are written here (SS58 prefix, Bitcoin network). */
export type Display = { readonly account: (account: Hex) => string; readonly address: (script: Hex) => string };

const sat = (amount: bigint): string => `${amount} sat`;

/** What is known of an issue, one sentence each; never empty. */
export function explainIssue(facts: IssueFacts, display: Display): readonly string[] {
  const { request, payments } = facts;
  if (facts.executed !== null) {
    const { txid } = facts.executed;
    return [
      executedSentence(facts.executed),
      ...payments.flatMap((payment) => (txid === null || payment.txid === txid ? mintedForNothing(payment) : [secondSentence(payment, txid)])),
    ];
  }
  const enough = payments.filter(({ paidSat }) => paidSat >= totalSat(request));
  // the first that suffices and is in a block goes before one whose block is gone
  const chosen = enough.find(({ height }) => height !== null) ?? enough[0] ?? null;
  return [
    ...(payments.every(({ height }) => height === null) && chosen === null ? [unpaidSentence(facts, display)] : []),
    ...payments.flatMap((payment) => [...goneSentence(payment), chosen === null || payment.txid === chosen.txid ? amountSentence(facts, payment, display) : secondSentence(payment, chosen.txid)]),
    ...(chosen === null ? [] : openSentences(facts, chosen)),
  ];
}

const executedSentence = ({ txid, amountSat, feeSat, by }: NonNullable<IssueFacts["executed"]>): string =>
  `It is executed, by ${by === "us" ? "us" : "another"}, ${txid === null ? "with a payment that is not known here" : `with transaction ${toDisplay(txid)}`}: ${sat(amountSat)} are minted for the requester and ${sat(feeSat)} as fee.`;

/** "both clocks: active block 8200 and Bitcoin height 844"; without the clocks the request's own period is all that is known. */
function endsText({ request, clocks }: IssueFacts): string {
  if (clocks === null) return `${request.periodActive} active blocks after active block ${request.openActive}, on both clocks`;
  const { active, bitcoinHeight } = expiryOf(request, clocks);
  return `active block ${active} and Bitcoin height ${bitcoinHeight}, both (now at ${clocks.activeBlocks} and ${clocks.bitcoinHeight})`;
}

const hasExpired = ({ request, clocks }: IssueFacts): boolean => clocks !== null && isExpired(request, clocks);

function unpaidSentence(facts: IssueFacts, { address }: Display): string {
  const { request } = facts;
  if (request.status === "cancelled") return "Nobody has paid, and it is cancelled: it should not be paid any more, as nobody promises to mint for it.";
  if (hasExpired(facts)) return `Nobody has paid, and its time is over (after ${endsText(facts)}): anybody may cancel it, and it should not be paid any more.`;
  return `No block holds a payment yet: it waits for ${sat(totalSat(request))} to ${address(request.script)}, in one output; its time ends after ${endsText(facts)}.`;
}

const txName = (txid: Hex): string => `Transaction ${toDisplay(txid)}`;

const goneSentence = ({ txid, height }: SeenPayment): readonly string[] =>
  height === null ? [`${txName(txid)} was in a block that is not in Bitcoin's chain any more; it is mined again, or replaced.`] : [];

/** A reorg deeper than what the parachain calls stable. */
const mintedForNothing = ({ txid, paidSat, height }: SeenPayment): readonly string[] =>
  height === null ? [`${txName(txid)} is in no block of Bitcoin's chain now, though tokens were minted for it: unless it is mined again, the vault does not have these ${sat(paidSat)}; tell its operator at once.`] : [];

const secondSentence = ({ txid, paidSat }: SeenPayment, executes: Hex): string =>
  `${txName(txid)} is another payment, of ${sat(paidSat)}: an issue is executed once, with ${toDisplay(executes)}, so this one cannot be executed; the vault owes it back.`;

function amountSentence(facts: IssueFacts, { txid, paidSat }: SeenPayment, { account }: Display): string {
  const { request, dialect } = facts;
  const asked = totalSat(request);
  const differs = paidSat - asked;
  if (differs === 0n) return `${txName(txid)} pays exactly what is asked, ${sat(asked)}.`;
  if (differs > 0n) {
    const rest = dialect === "v1" ? "the vault is asked to pay back" : "the vault keeps";
    return `${txName(txid)} pays ${sat(differs)} too much: the request grows as far as the vault ${account(request.vault.account)} has capacity; what is beyond that, ${rest}.`;
  }
  const isOver = request.status === "cancelled" || hasExpired(facts);
  const hope = isOver ? "its time is over" : `watched for: a second payment of the whole ${sat(asked)} in one output, or the end of its time (after ${endsText(facts)})`;
  return `${txName(txid)} pays ${sat(paidSat)}, ${sat(-differs)} too little: only the requester ${account(request.requester)} may execute it and settle for less; payments are not added up; ${hope}.`;
}

/** Paid enough and not executed. */
function openSentences(facts: IssueFacts, payment: SeenPayment): readonly string[] {
  return [...lateSentence(facts, payment), ...waitSentence(facts, payment), ...deliverySentence(facts)];
}

function lateSentence(facts: IssueFacts, { paidSat, height }: SeenPayment): readonly string[] {
  const { request, dialect, clocks } = facts;
  const isClosed = request.status === "cancelled";
  if (!isClosed && !hasExpired(facts)) return [];
  const what = isClosed ? "The request is cancelled" : "The request's time is over on both clocks";
  if (dialect === "v1") return [`${what}: this runtime does not execute it any more; the payer must settle with the vault.`];
  if (isClosed) return [`${what}: the payment can be executed only while the vault accepts issues and has capacity for ${sat(paidSat)}.`];
  const late = clocks !== null && height !== null && height > expiryOf(request, clocks).bitcoinHeight ? ", and the payment came late" : "";
  return [`${what}${late}: it can be executed as before until somebody cancels it, and after that only while the vault accepts issues and has capacity for ${sat(paidSat)}.`];
}

/** How far the light client is with a payment's block; nothing while that is not known. */
export function waitSentence({ lightClient, inclusion }: Pick<IssueFacts, "lightClient" | "inclusion">, { height }: Pick<SeenPayment, "height">): readonly string[] {
  if (inclusion === null || lightClient === null || height === null) return [];
  if (inclusion.kind === "provable") return [`The light client can verify the payment since active block ${inclusion.sinceActive}.`];
  const { best, stable, activeBlocks } = lightClient;
  switch (inclusion.code) {
    case "relay-not-initialised":
      return ["The parachain's Bitcoin light client has not begun; no payment can be verified."];
    case "block-not-relayed":
      return [`The light client does not know the payment's block at height ${height} yet; its best height is ${best.height}.`];
    case "on-relay-fork":
      return [`The payment's block at height ${height} is on a fork for the light client; it can be verified once that fork is ${stable.bitcoin} blocks ahead.`];
    case "bitcoin-confirmations":
      return [`The payment has ${Math.max(0, best.height - height + 1)} of ${stable.bitcoin} Bitcoin blocks that the parachain asks for, its own among them.`];
    case "parachain-confirmations":
      return [`The light client has to know the payment's block for ${stable.parachain} active blocks: until active block ${inclusion.untilActive ?? "unknown"}, now at ${activeBlocks}.`];
    case "ongoing-fork": {
      const fork = blockingFork(lightClient);
      return [`A fork near the light client's best height ${best.height} stops every proof${fork === null ? "" : `: it reaches height ${fork.maxHeight} and must be ${stable.bitcoin} blocks behind`}.`];
    }
  }
}

function deliverySentence({ delivery }: IssueFacts): readonly string[] {
  if (delivery === null) return ["No delivery here serves this payment: its vault is not watched, or the lane is off."];
  const { state, code } = delivery;
  if (state === "sent") return ["Its execution is sent and in no block yet."];
  if (state === "included" || state === "delivered") return [`Its execution is in a block that is ${state === "included" ? "not final" : "final"}.`];
  if (state === "parked") return [`Its delivery is parked (${code ?? "no code"}): a person must look at it.`];
  return code === null ? [] : [`Its delivery waits (${code}).`];
}
