/**
 * Reasons that lie in the transfer itself: who has not acted, what its deliveries wait for, its deadlines.
 * Always: a normal wait is a reason only once the step is late; a failure is one at once.
 * Never: ranks them; explain.ts does.
 */
import type { Actor, Cause } from "./causes.ts";
import { isActive } from "./delivery.ts";
import { fundingReasons } from "./explain-funding.ts";
import { unminedOf, unminedReasons } from "./explain-unmined.ts";
import type { Finding } from "./finding.ts";
import type { DeliveryView, MonitoredWorld } from "./monitored-world.ts";
import { deadlineOf } from "./transfer-clock.ts";
import type { Clocks, DeadlineView } from "./transfer-clock.ts";
import { factsOf } from "./transfer-fold.ts";
import type { Action, Journey, StepSpec, Transfer } from "./transfer.ts";
import { codesOf } from "./trouble.ts";
import type { TroubleCode } from "./trouble.ts";
import type { ChainName, Json, Millis } from "./values.ts";
import { act, ended, nameOf, show, status } from "./words.ts";

/** `who`: where it is not its cause's own actor. */
export type Reason = Pick<Finding, "cause" | "sentence" | "evidence" | "action"> & { readonly who?: Actor };

export type Case = {
  readonly transfer: Transfer;
  readonly journey: Journey;
  readonly spec: StepSpec;
  readonly world: MonitoredWorld;
  readonly clocks: Clocks;
  readonly deadline: DeadlineView | null;
  /** how far the step is past its own budget */
  readonly lateMs: Millis;
  /** a deadline is near or has passed */
  readonly isPressed: boolean;
};

export function ownReasons(one: Case): readonly Reason[] {
  const fundings = fundingReasons(one);
  const unmined = unminedOf(one);
  const silent = unmined === null ? silence(one).filter(({ cause }) => cause !== "wallet-silent" || fundings.length === 0) : unminedReasons(one, unmined);
  const others = [...hinted(one), ...fundings, ...silent];
  // whoever runs a vault beside this installation is to be woken for its deadlines; for another's he can only ask
  const ownFault = isOurs(one) && one.isPressed ? others.filter(({ cause }) => cause === "vault-silent" || cause === "payment-unusable") : [];
  return [
    ...others.filter((reason) => !ownFault.includes(reason)),
    ...one.world.deliveries.flatMap((view) => deliveryReasons(view, one)),
    ...slowChain(one),
    ...unproved(one),
    ...pressed(one, ownFault.map(({ sentence }) => sentence).join(" ")),
    ...(one.lateMs > 0 ? [unexplained(one)] : []),
  ];
}

const isOurs = ({ transfer }: Case): boolean => factsOf(transfer).about["ours"] === true;

const text = (evidence: Json, name: string): string => {
  const value = typeof evidence === "object" && evidence !== null ? (evidence as { readonly [key: string]: Json })[name] : null;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "?";
};

/** What the bridge itself found wrong while folding. */
const hinted = ({ transfer, clocks }: Case): readonly Reason[] =>
  factsOf(transfer).hints.filter(({ until }) => until === undefined || !isOver(transfer.bridge, until, clocks)).map(({ cause, evidence }) => ({ cause, evidence, ...hintWords(cause, evidence, transfer.id) }));

const isOver = (bridge: string, { chain, at }: { readonly chain: ChainName; readonly at: Millis }, clocks: Clocks): boolean =>
  deadlineOf({ bridge, deadlines: [{ what: "", chain, clock: "time", value: at, at }], deadlineRule: "any" }, clocks)?.passed ?? false;

function hintWords(cause: Cause, evidence: Json, id: string): Pick<Reason, "sentence" | "action"> {
  switch (cause) {
    case "paid-too-little":
      return { sentence: `The user paid ${text(evidence, "paidSat")} sat where ${text(evidence, "askedSat")} were asked for.`, action: act("Only the user can settle it: by executing the request for less, or by paying the whole sum in one output.") };
    case "paid-too-late":
      return { sentence: "The payment came after the request had run out.", action: act("The vault has to take it all the same; if the proof is refused, the user turns to the vault's operator.", show(id)) };
    case "payment-unusable":
      return { sentence: unusable(evidence), action: act("Tell the vault's operator: only a payment of exactly the sum, in the right form, counts; what was paid so is the vault's loss.", show(id)) };
    case "paid-and-cancelled":
      return text(evidence, "executable") === "true"
        ? { sentence: `The vault paid ${text(evidence, "paidSat")} sat, and it was cancelled before that was proved.`, action: act("Tell the old vault's operator: today's runtime still takes replace.execute_replace with its proof, if the vault that takes over has the collateral for it; the first one does not.", show(id)) }
        : { sentence: `The vault paid ${text(evidence, "paidSat")} sat, and it was cancelled before that was proved: no proof is taken any more, the bitcoin is gone.`, action: act("Tell the vault's operator: only the redeemer can give the bitcoin back. Find out why the payment was not proved in time.", show(id)) };
    case "redemption-objected":
      return {
        sentence: `${text(evidence, "objections") === "1" ? "A guardian has" : `${text(evidence, "objections")} guardians have`} objected; the wallet must not pay it before the delay is over, and a third objection vetoes it.`,
        action: act("Nothing to do here: the redeemer can only talk to the guardians.", show(id)),
      };
    case "source-reorged-out":
      return { sentence: `A reorg of ${text(evidence, "chain")} dropped the block it rests on, and no block holds it now.`, action: act("Wait for it to be mined again. If it is not, what was spent in it is free again and nothing follows.", show(id)) };
    default:
      return { sentence: "", action: act("Look at everything known about it.", show(id)) };
  }
}

function unusable(evidence: Json): string {
  const flaw = text(evidence, "flaw");
  return flaw === "too-little" || flaw === "too-much"
    ? `A transaction with its id pays ${text(evidence, "paidSat")} sat where exactly ${text(evidence, "askedSat")} are asked for: no proof of it is taken.`
    : `A transaction with its id pays in a form of which no proof is taken (${flaw}).`;
}

type Coded = { readonly cause: Cause; readonly sentence: (code: string) => string; readonly action: (id: string) => Action };

const fee: Coded = { cause: "bitcoin-fee-too-low", sentence: (code) => `Its transaction is not taken at the fee that is allowed (${code}).`, action: () => act("Raise the fee limit of the signer and restart, or wait for lower fees.", status) };
const evicted: Coded = { cause: "transaction-evicted", sentence: () => "The nodes dropped its transaction; the same bytes were sent again and are in no block yet.", action: (id) => act("Look at its fee and at what the nodes say of it.", show(id)) };
const funds: Coded = { cause: "signer-without-funds", sentence: () => "Its signer cannot pay for the transaction.", action: () => act("Send funds to the signer's account; the doctor names it.", "gantry doctor") };
const taken: Coded = { cause: "signer-slot-taken", sentence: () => "A transaction not made here used its nonce.", action: () => act("Find who else holds the signer's key.", status) };
const gap: Coded = { cause: "nonce-gap", sentence: (code) => `It waits for an earlier nonce of its signer (${code}).`, action: () => act("See which nonce is the lowest open one, and look at its fee.", status) };
const behind: Coded = { cause: "light-client-behind", sentence: (code) => `The light client does not know its block yet (${code}).`, action: () => act("See that Bitcoin's headers and retargets are relayed.", status) };
const forked: Coded = { cause: "light-client-on-another-fork", sentence: () => "The light client holds its block on a fork.", action: () => act("See that the headers of Bitcoin's best chain are relayed.", status) };
const blocked: Coded = { cause: "light-client-blocked", sentence: () => "A fork that the light client knows stops every proof.", action: () => act("It ends when the best chain is far enough ahead: see that headers are relayed.", status) };
const paused: Coded = { cause: "chain-paused", sentence: (code) => `The protocol takes no proofs now (${code}).`, action: () => act("Nothing to do here: its governance has to lift the pause.") };
const oracle: Coded = { cause: "oracle-outage", sentence: (code) => `The protocol has no fresh price (${code}).`, action: () => act("Tell its oracles' operators.") };
const dropped: Coded = { cause: "source-reorged-out", sentence: (code) => `The node that was asked does not have its block in the chain (${code}).`, action: (id) => act("Wait for it to be mined again; if it is not, nothing follows.", show(id)) };
const older: Coded = { cause: "node-lagging", sentence: (code) => `The target's node is behind (${code}).`, action: () => act("Let it catch up, or use another node.", "gantry doctor") };
const away: Coded = { cause: "node-stalled", sentence: (code) => `The nodes it needs do not answer (${code}).`, action: () => act("Look at the nodes: are they running and connected?", "gantry doctor") };
const doubtful: Coded = { cause: "node-lying", sentence: (code) => `The nodes contradict each other (${code}).`, action: () => act("Find out which one is wrong, and remove it from the configuration.", "gantry doctor") };
const depth: Coded = { cause: "source-not-final", sentence: (code) => `Too few blocks have come since (${code}).`, action: () => act("Wait for blocks; nothing is wrong on this side.") };

/** what a delivery waits for or last failed with, by code; those of `atOnce` are reasons before anything is late */
const atOnce: Readonly<Record<TroubleCode, Coded>> = {
  "fee-cap": fee, "fee-too-low": fee, "replacement-underpriced": fee, "pool-full": fee,
  "transaction-lost": evicted, "transaction-sent-again": evicted, "extrinsic-banned": evicted,
  "insufficient-funds": funds,
  "slot-taken-not-final": taken,
  "on-relay-fork": forked, "ongoing-fork": blocked,
  "transaction-not-in-chain": dropped,
  "interbtc-paused": paused, "interbtc-no-price": oracle,
};
const onceLate: Readonly<Record<string, Coded>> = {
  "lower-slot-reserved": gap, "slot-fill-unsent": gap, "no-open-slot": gap, "signer-not-settled": gap, "nonce-too-high": gap,
  "epoch-not-relayed": behind, "tbtc-epoch-not-known": behind, "block-not-relayed": behind, "relay-not-initialised": behind, "interbtc-block-not-relayed": behind,
  "block-not-canonical": dropped, "bridge-older-than-transaction": older, "no-endpoint": away, "endpoint-unreachable": away, "endpoint-timeout": away,
  "endpoints-disagree": doubtful, "block-logs-doubtful": doubtful,
  "source-not-final": depth, "not-enough-work": depth, "too-few-headers": depth, "bitcoin-confirmations": depth, "parachain-confirmations": depth, "interbtc-not-stable": depth, "target-not-final": depth,
};

function deliveryReasons({ delivery }: DeliveryView, { lateMs }: Case): readonly Reason[] {
  return codesOf(delivery).flatMap((code) => {
    const coded = (atOnce as Readonly<Record<string, Coded>>)[code] ?? (lateMs > 0 ? onceLate[code] : undefined);
    if (coded === undefined) return [];
    const { id, lane, state, waitCode, lastError, tries } = delivery;
    const evidence = { delivery: id, lane, state, waitCode, tries, lastError: lastError === null ? null : { code: lastError.code, message: lastError.message } };
    return [{ cause: coded.cause, sentence: coded.sentence(code), action: coded.action(id), evidence }];
  });
}

/** Somebody who is not this installation has not acted. */
function silence({ transfer, spec, lateMs, isPressed }: Case): readonly Reason[] {
  if (lateMs === 0 && !isPressed) return [];
  const evidence = { ...factsOf(transfer).about };
  if (spec.phase !== "payment") {
    // another's vault that paid in the last moment is no more our page than one that did not
    const isLatePayer = spec.phase === "payment-final" && evidence["ours"] === false && isPressed;
    return spec.who !== "vault" && !isLatePayer ? [] : [{
      cause: "vault-silent", evidence, sentence: isLatePayer ? "The vault paid so late that its time may run out before that is proved." : "The vault has paid, and nobody has proved it.",
      action: act("Tell the vault's operator; anybody else may prove it, too. Once it is cancelled, the payment may count for nothing.", show(transfer.id)),
    }];
  }
  switch (spec.who) {
    case "user":
      return [{ cause: "user-has-not-paid", evidence, sentence: "The user has not paid.", action: act("Nothing to do here: the user pays, or lets the request run out.") }];
    case "vault":
      return [{ cause: "vault-silent", evidence, sentence: "The vault has not paid.", action: act("Tell the vault's operator.", show(transfer.id)) }];
    case "wallet":
      return [{ cause: "wallet-silent", evidence, sentence: "The wallet's operators have not acted.", action: act("Tell the wallet's operators; is their coordination running?", show(transfer.id)) }];
    default:
      return [];
  }
}

/** A lane would do it, and there is none for it here. */
function unproved({ transfer, journey, spec, lateMs, isPressed }: Case): readonly Reason[] {
  if (spec.phase !== "provable" || spec.who !== "relayer" || journey.lane !== null || (lateMs === 0 && !isPressed)) return [];
  return [{
    cause: "proof-missing", evidence: { ...factsOf(transfer).about },
    sentence: "It is final on Bitcoin, and nobody has proved it; Gantry has no lane for it.",
    action: act("Tell those who run the Bridge's maintainers, with the Bitcoin transaction.", show(transfer.id)),
  }];
}

/** The step waits for blocks alone, and they come slowly. */
function slowChain({ transfer, spec, clocks, lateMs }: Case): readonly Reason[] {
  if (lateMs === 0 || !["request-final", "payment-final", "final"].includes(spec.phase)) return [];
  const chain = clocks.chains[spec.chain];
  const on = Object.values(factsOf(transfer).events).find(({ chain, block, finalAt }) => chain === spec.chain && block !== null && finalAt === null && block.height > (clocks.chains[chain]?.finalHeight ?? 0));
  if (chain === undefined || on === undefined || on.block === null) return [];
  return [{
    cause: "source-not-final", evidence: { event: on.id, height: on.block.height, finalHeight: chain.finalHeight, bestHeight: chain.bestHeight },
    sentence: `${nameOf(spec.chain)}'s final block is ${chain.finalHeight}; it needs ${on.block.height}.`,
    action: act(`Wait; if ${nameOf(spec.chain)} makes blocks but none becomes final, look at its nodes.`, "gantry doctor"),
  }];
}

function pressed({ transfer, deadline, isPressed }: Case, sentence: string): readonly Reason[] {
  if (!isPressed || deadline === null) return [];
  const { what, chain, clock, value, at } = deadline.deadline;
  return [{
    cause: deadline.passed ? "deadline-passed" : "deadline-near", sentence, evidence: { what, chain, clock, value, at },
    action: act(deadline.passed ? "See what can still be done, and tell those concerned." : "See what it waits for, and press whoever must act.", show(transfer.id)),
  }];
}

function unexplained({ transfer, spec, world }: Case): Reason {
  const active = world.deliveries.map(({ delivery }) => delivery).filter(({ state }) => isActive(state));
  const [one] = active;
  const failed = one !== undefined && one.tries > 0 ? one.lastError : null;
  const clue = failed !== null ? ` Its delivery failed ${one?.tries === 1 ? "once" : `${one?.tries} times`}: ${ended(failed.message)}` : one?.waitCode === null || one === undefined ? "" : ` Its delivery waits (${one.waitCode}).`;
  return {
    cause: "unexplained",
    evidence: { step: spec.name, deliveries: active.map(({ id, state, waitCode, tries, lastError }) => ({ id, state, waitCode, tries, lastError: lastError?.code ?? null })) },
    sentence: `It is late, and nothing that Gantry knows of explains it.${clue}`,
    action: act("Look at everything known about it, and at the log.", show(transfer.id)),
  };
}
