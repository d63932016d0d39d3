/**
 * What is wrong now, for people: each cause of the installation itself once, with the transfers it holds up; then the causes that
 * lie in transfers, each once, told by the one that is worst.
 * Always: the most severe first, then what lasts longest; no I/O.
 * Never: the same root cause twice.
 */
import { causes } from "../core/causes.ts";
import type { Actor, Cause, Severity } from "../core/causes.ts";
import type { Finding } from "../core/finding.ts";
import type { Acknowledgement, Action, Deadline } from "../core/transfer.ts";
import type { Json, Millis, TransferId } from "../core/values.ts";
import type { Troubled } from "./judge.ts";

export type Alert = {
  /** the same for as long as the same thing is wrong with the same part; made of code words and configured names */
  readonly id: string;
  readonly cause: Cause;
  readonly severity: Severity;
  readonly sentence: string;
  /** who can end it */
  readonly who: Actor;
  readonly since: Millis;
  readonly evidence: Json;
  readonly action: Action | null;
  /** the nearest one of what it holds up */
  readonly deadline: Deadline | null;
  /** those it holds up, or that it is about; at most twenty */
  readonly transfers: readonly TransferId[];
  /** who looks at it; null: nobody looks at all of it */
  readonly acknowledged: Acknowledgement | null;
};

/** transfers an alert names; it counts them all */
const namedAtMost = 20;
const severities: readonly Severity[] = ["page", "ticket", "info"];

/** When something was first seen to be wrong, for what does not know itself since when it is. */
export interface Sightings {
  since(what: string, now: Millis): Millis;
  /** forgets what was not asked for since the last call */
  forget(): void;
}

export function createSightings(): Sightings {
  let before = new Map<string, Millis>();
  let now = new Map<string, Millis>();
  return {
    since: (what, at) => {
      const since = now.get(what) ?? before.get(what) ?? at;
      now.set(what, since);
      return since;
    },
    forget: () => {
      before = now;
      now = new Map();
    },
  };
}

export function alertsOf(findings: readonly Finding[], troubled: readonly Troubled[], sightings: Sightings, now: Millis): readonly Alert[] {
  const byCause = new Map<Cause, Troubled[]>();
  for (const one of troubled) {
    const { cause } = one.explanation;
    if (cause !== null) byCause.set(cause, [...(byCause.get(cause) ?? []), one]);
  }
  const known = new Set(findings.map(({ cause }) => cause));
  const alerts = [
    ...findings.map((finding) => ofFinding(finding, byCause.get(finding.cause) ?? [], finding.since ?? sightings.since(idOf(finding), now))),
    ...[...byCause].filter(([cause]) => !known.has(cause) && causes[cause].severity !== "info").map(([cause, all]) => ofTransfers(cause, all, sightings.since(cause, now))),
  ];
  sightings.forget();
  return alerts.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || a.since - b.since);
}

/** "node-lying chain:bitcoin endpoint:core-a" */
function idOf({ cause, scope, evidence }: Finding): string {
  const endpoint = typeof evidence === "object" && evidence !== null && "endpoint" in evidence ? evidence["endpoint"] : null;
  const parts = Object.entries({ ...scope, ...(typeof endpoint === "string" ? { endpoint } : {}) });
  return [cause, ...parts.map(([kind, name]) => `${kind}:${name}`)].join(" ");
}

const idsOf = (all: readonly Troubled[]): readonly TransferId[] => all.slice(0, namedAtMost).map(({ transfer }) => transfer.id);
const named = (all: readonly Troubled[]): Json => ({ count: all.length, transfers: idsOf(all) });

const nearestOf = (all: readonly Troubled[]): Deadline | null =>
  all.flatMap(({ explanation }) => explanation.deadline ?? []).sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity))[0] ?? null;

/** The newest one, when there is one for each of them. */
function lookedAt(all: readonly Pick<Troubled, "acknowledged">[]): Acknowledgement | null {
  const looks = all.flatMap(({ acknowledged }) => acknowledged ?? []);
  return looks.length < all.length ? null : (looks.sort((a, b) => b.at - a.at)[0] ?? null);
}

function ofFinding(finding: Finding, held: readonly Troubled[], since: Millis): Alert {
  const { cause, sentence, evidence, action, scope } = finding;
  const theirs = held.filter(({ explanation }) => explanation.sentence.includes(sentence));
  const holds = theirs.length === 0 ? "" : ` It holds up ${theirs.length === 1 ? "a transfer" : `${theirs.length} transfers`}.`;
  const { who } = causes[cause];
  const severity = finding.severity ?? causes[cause].severity;
  return {
    id: idOf(finding), cause, severity, who, since, action, sentence: sentence + holds, evidence: { scope, facts: evidence, holds: named(theirs) },
    deadline: nearestOf(theirs), transfers: idsOf(theirs),
    // what the whole installation suffers from is not looked at because one of its transfers is
    acknowledged: finding.acknowledged ?? (scope.delivery === undefined && finding.only === undefined ? null : lookedAt(theirs)),
  };
}

/** The worst is the one that is late for longest, of those that nobody looks at if there are any. */
function ofTransfers(cause: Cause, all: readonly Troubled[], since: Millis): Alert {
  const unseen = all.filter(({ acknowledged }) => acknowledged === null).length;
  const looked = unseen === all.length || unseen === 0 ? "" : ` (${all.length - unseen} of them looked at)`;
  const sorted = all.toSorted((a, b) => Number(a.acknowledged !== null) - Number(b.acknowledged !== null) || b.lateMs - a.lateMs || a.explanation.since - b.explanation.since);
  const [worst] = sorted;
  const { title, severity } = causes[cause];
  const told = worst === undefined ? title : `${worst.transfer.bridge} ${worst.transfer.kind} ${worst.transfer.id}: ${worst.explanation.sentence}`;
  return {
    id: cause, cause, severity, since, who: worst?.explanation.who ?? causes[cause].who, deadline: nearestOf(sorted), transfers: idsOf(sorted), action: worst?.explanation.action ?? null,
    sentence: all.length === 1 ? told : `${all.length} transfers${looked}: ${title}. The one that is late for longest is ${told}`,
    evidence: { facts: worst?.explanation.evidence ?? null, holds: named(sorted) }, acknowledged: lookedAt(all),
  };
}
