/**
 * Why a transfer stands where it stands, who must act until when, and what to do about it.
 * Always: the most upstream cause that explains this very step; a deadline that is near or passed is always said, and blamed only
 * when nothing more specific is; "unexplained" comes last and only for what is late.
 * Never: I/O, or a cause for what takes its normal time.
 */
import { causes } from "./causes.ts";
import type { Actor, Cause } from "./causes.ts";
import { ownReasons } from "./explain-own.ts";
import { unminedOf, unminedSays, unminedSentence } from "./explain-unmined.ts";
import type { Reason } from "./explain-own.ts";
import { installationCauses } from "./findings.ts";
import type { Finding } from "./finding.ts";
import type { MonitoredWorld } from "./monitored-world.ts";
import { deadlineOf, isNear } from "./transfer-clock.ts";
import type { Clocks, DeadlineView } from "./transfer-clock.ts";
import { currentStep, eta, late, progress, stepLate } from "./transfer-progress.ts";
import type { StepHistory } from "./transfer-progress.ts";
import { phases } from "./transfer.ts";
import type { Expected, Explanation, Journey, Phase, StepSpec, Transfer, TransferReport } from "./transfer.ts";
import { isFinished } from "./delivery.ts";
import type { Millis } from "./values.ts";
import { span } from "./words.ts";

/** legs in which the relayer works */
const relaying: readonly Phase[] = ["provable", "send", "include"];
const sending: readonly Phase[] = ["send", "include"];
/** once the effect is in a block, no deadline runs any more */
const unsettled = phases.filter((phase) => phase !== "final");

/** Causes from the most upstream to the last resort, with the legs they can hold up. The first that fits is named. */
export const upstream: readonly { readonly cause: Cause; readonly phases: readonly Phase[] }[] = [
  { cause: "ledger-unwritable", phases },
  { cause: "proof-refused", phases: relaying },
  { cause: "source-reorged-out", phases: phases.filter((phase) => phase !== "request-final") },
  { cause: "paid-and-cancelled", phases: ["payment-final", "provable"] },
  { cause: "chain-halted", phases },
  { cause: "lane-halted", phases: relaying },
  { cause: "signer-halted", phases: sending },
  { cause: "relayer-dead", phases },
  { cause: "node-lying", phases },
  { cause: "node-stalled", phases },
  { cause: "node-lagging", phases },
  { cause: "scan-backlog", phases },
  { cause: "chain-paused", phases: relaying },
  { cause: "oracle-outage", phases: relaying },
  { cause: "light-client-on-another-fork", phases: relaying },
  { cause: "light-client-blocked", phases: relaying },
  { cause: "light-client-behind", phases: relaying },
  { cause: "signer-without-funds", phases: sending },
  { cause: "signer-slot-taken", phases: sending },
  { cause: "nonce-gap", phases: sending },
  { cause: "transaction-evicted", phases: ["payment", ...sending] },
  { cause: "bitcoin-fee-too-low", phases: ["payment", ...sending] },
  { cause: "redis-down", phases: relaying },
  { cause: "redis-evicts", phases: relaying },
  { cause: "queue-not-draining", phases: relaying },
  { cause: "paid-too-little", phases: ["payment"] },
  { cause: "paid-too-late", phases: ["payment-final", ...relaying] },
  { cause: "payment-unusable", phases: ["payment"] },
  { cause: "user-has-not-paid", phases: ["payment"] },
  { cause: "vault-silent", phases: ["payment", "payment-final", "provable"] },
  { cause: "redemption-objected", phases: ["request-final", "payment"] },
  { cause: "wallet-silent", phases: ["payment"] },
  { cause: "source-not-final", phases: ["request-final", "payment", "payment-final", "provable", "final"] },
  { cause: "relay-epoch-leaving", phases: ["payment-final", "provable", "send", "include"] },
  { cause: "proof-missing", phases: ["provable"] },
  { cause: "deadline-passed", phases: unsettled },
  { cause: "deadline-near", phases: unsettled },
  { cause: "unexplained", phases },
];

/** Null once the transfer ended. `history`: for when it will be done; without it by what is normal. */
export function explain(transfer: Transfer, journey: Journey, world: MonitoredWorld, clocks: Clocks, history: StepHistory = {}): Explanation | null {
  const step = currentStep(journey, transfer);
  if (step === null) return null;
  const { spec, state } = step;
  const deadline = deadlineOf(transfer, clocks);
  const lateMs = stepLate(transfer, journey, clocks);
  const reason = reasonOf(transfer, journey, spec, world, clocks, { deadline, lateMs });
  const cause = reason?.cause ?? null;
  const unmined = unminedOf({ transfer, spec, world, clocks });
  const isMade = unmined !== null && unmined.gone === null;
  const says = isMade ? unminedSays(spec) : spec.says;
  const who = reason?.who ?? (cause === null ? (isMade ? "chain" : spec.who) : causes[cause].who);
  const begun = `It ${says}, for ${span(clocks.now - state.startedAt)} now; ${span(spec.normalMs)} is normal.`;
  const until = deadlineSentence(reason?.who ?? (isMade && cause === null ? "chain" : actorOf(spec, cause)), deadline);
  return {
    step: spec.name, waitingFor: says, who, since: state.startedAt, normalMs: spec.normalMs, deadline: deadline?.deadline ?? null, cause,
    sentence: [begun, isMade ? unminedSentence(unmined, clocks.now) : null, reason?.sentence, until, tooLateSentence(expected(transfer, journey, clocks, history), clocks.now)].filter((part) => part !== undefined && part !== null && part !== "").join(" "),
    evidence: reason?.evidence ?? null,
    action: reason?.action ?? null,
  };
}

type Judged = { readonly deadline: DeadlineView | null; readonly lateMs: Millis };

function reasonOf(transfer: Transfer, journey: Journey, spec: StepSpec, world: MonitoredWorld, clocks: Clocks, { deadline, lateMs }: Judged): Reason | null {
  const isPressed = deadline !== null && (deadline.passed || isNear(transfer, deadline));
  const found = installationCauses(world, clocks.now).filter((finding) => finding.stops && (finding.only ?? [transfer.id]).includes(transfer.id) && holdsUp(finding, spec, journey, world, clocks));
  const own = ownReasons({ transfer, journey, spec, world, clocks, deadline, lateMs, isPressed });
  const all: readonly Reason[] = [...found, ...own];
  for (const { cause, phases: legs } of upstream) {
    const first = legs.includes(spec.phase) ? all.find((one) => one.cause === cause) : undefined;
    if (first !== undefined) return first;
  }
  return null;
}

/** Does what is wrong there hold up this step here? */
function holdsUp({ cause, scope }: Finding, spec: StepSpec, journey: Journey, world: MonitoredWorld, clocks: Clocks): boolean {
  const lane = world.lanes.find(({ name }) => name === journey.lane);
  const isRelayed = relaying.includes(spec.phase);
  if (scope.delivery !== undefined) return world.deliveries.some(({ delivery }) => delivery.id === scope.delivery);
  if (scope.bridge !== undefined) return scope.bridge === journey.bridge;
  if (scope.lane !== undefined) return scope.lane === journey.lane;
  if (scope.signer !== undefined) return lane !== undefined && scope.signer === lane.signer;
  if (scope.chain !== undefined) return scope.chain === spec.chain || (spec.phase === "provable" && scope.chain === lane?.source);
  // Gantry goes on by its ledger without Redis: it is to blame only for what was due and not looked at.
  if (cause === "redis-down" || cause === "redis-evicts") return world.deliveries.some(({ delivery }) => !isFinished(delivery.state) && delivery.wakeAt !== null && clocks.now - delivery.wakeAt > world.queue.overdueBudgetMs);
  return cause === "ledger-unwritable" || isRelayed;
}

const actors: Readonly<Record<Actor, string>> = { user: "The user", vault: "The vault", wallet: "The wallet's operators", relayer: "The relayer", operator: "The operator of this installation", chain: "" };

const actorOf = (spec: StepSpec, cause: Cause | null): Actor => {
  const who = cause === null ? spec.who : causes[cause].who;
  // who has to act before a deadline is whoever the step waits for, unless this installation is in his way
  return who === "operator" && (cause === "deadline-near" || cause === "deadline-passed") ? spec.who : who;
};

function deadlineSentence(who: Actor, view: DeadlineView | null): string | null {
  if (view === null) return null;
  const { deadline, leftMs, passed, next } = view;
  if (passed) {
    const ahead = next === null || next.at === null || deadline.at === null || leftMs === null ? "" : ` In ${span(next.at - deadline.at + leftMs)} ${next.what}.`;
    return `The deadline passed${leftMs === null ? "" : ` ${span(-leftMs)} ago`}: ${deadline.what}.${ahead}`;
  }
  if (leftMs === null) return `When its deadline comes, ${deadline.what}.`;
  const name = actors[who];
  return `${name === "" ? "It has" : `${name} must act within`} ${span(leftMs)}${name === "" ? " left" : ""}; then ${deadline.what}.`;
}

/** Null once it ended. A deadline that has passed, or whose time nobody knows, is not compared. */
function expected(transfer: Transfer, journey: Journey, clocks: Clocks, history: StepHistory): Expected | null {
  const times = eta(history, transfer, journey, clocks.now);
  const deadline = deadlineOf(transfer, clocks);
  const until = deadline === null || deadline.passed ? null : deadline.deadline.at;
  return times === null ? null : { ...times, afterDeadlineMs: until === null ? 0 : Math.max(0, times.medianAt - until) };
}

/** Stands behind what tells of the deadline. */
const tooLateSentence = (when: Expected | null, now: Millis): string | null =>
  when === null || when.afterDeadlineMs === 0 ? null : `It will probably be done in ${span(when.medianAt - now)}, ${span(when.afterDeadlineMs)} after that.`;

/** Everything told about one transfer, as the command line, the API, the page and notifications print it. */
export function reportOf(transfer: Transfer, journey: Journey, world: MonitoredWorld, clocks: Clocks, history: StepHistory): Omit<TransferReport, "acknowledged"> {
  const { id, bridge, kind, outcome, openedAt, endedAt, deliveries, keys, facts } = transfer;
  const deadline = deadlineOf(transfer, clocks);
  return {
    id, bridge, kind, state: endedAt === null ? "open" : "ended", outcome, openedAt, endedAt, deliveries, keys, facts,
    steps: progress(journey, transfer, clocks),
    lateMs: late(transfer, journey, clocks),
    deadline: endedAt !== null || deadline === null ? null : { at: deadline.deadline.at, text: deadline.deadline.what, passed: deadline.passed },
    explanation: explain(transfer, journey, world, clocks, history),
    eta: expected(transfer, journey, clocks, history),
  };
}
