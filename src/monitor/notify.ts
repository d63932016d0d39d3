/**
 * Who has to be told of what now: from what is wrong and what was told before.
 * Always: pure; once told, again only after the repeat interval and while nobody looks at it; "it is over" only of what was told, and
 * only once it stayed away;
 * what was told is plain data, so that a restart goes on where it was.
 * Never: a message for what comes and goes within the holding time.
 */
import type { Actor, Cause, Severity } from "../core/causes.ts";
import type { Millis } from "../core/values.ts";
import type { Alert } from "./alerts.ts";

/** What one webhook wants to hear. */
export type Wish = {
  readonly severities: readonly Severity[];
  readonly repeatMs: Millis;
  /** also told when it is over */
  readonly resolved: boolean;
  readonly holdMs: Millis;
};

/** One thing that a webhook was told of and that is not over for it yet. */
export type Told = {
  readonly id: string;
  readonly cause: Cause;
  readonly severity: Severity;
  readonly sentence: string;
  readonly who: Actor;
  readonly since: Millis;
  readonly lastAt: Millis;
  /** since when it is no longer wrong; null: it is */
  readonly goneAt: Millis | null;
};

export type Due = { readonly status: "firing"; readonly alert: Alert } | { readonly status: "resolved"; readonly told: Told; readonly endedAt: Millis };

/** "it is over" that could not be delivered for this long is news to nobody */
const staleMs: Millis = 24 * 3_600_000;

/** What is due now, the gravest first as the alerts are; and what was told, with what has gone or come back since. */
export function dueNow(alerts: readonly Alert[], before: readonly Told[], wish: Wish, now: Millis): { readonly due: readonly Due[]; readonly told: readonly Told[] } {
  const wrong = new Map(oneEach(alerts).map((alert) => [alert.id, alert]));
  const isKept = ({ severity, goneAt }: Told): boolean =>
    wish.severities.includes(severity) && (goneAt === null || (wish.resolved ? now - goneAt <= staleMs : now - goneAt < wish.holdMs));
  const told = before.map((one): Told => ({ ...one, goneAt: wrong.has(one.id) ? null : (one.goneAt ?? now) })).filter(isKept);
  const known = new Map(told.map((one) => [one.id, one]));
  const begun = [...wrong.values()].flatMap((alert): readonly Due[] => {
    const last = known.get(alert.id);
    const isDue = last === undefined ? now - alert.since >= wish.holdMs : alert.acknowledged === null && now - last.lastAt >= wish.repeatMs;
    // after a restart some things do not know any more since when they are
    return isDue && wish.severities.includes(alert.severity) ? [{ status: "firing", alert: { ...alert, since: Math.min(alert.since, last?.since ?? alert.since) } }] : [];
  });
  const over = told.flatMap((one): readonly Due[] =>
    (wish.resolved && one.goneAt !== null && now - one.goneAt >= wish.holdMs ? [{ status: "resolved", told: one, endedAt: one.goneAt }] : []));
  return { told, due: [...begun, ...over] };
}

/** Many parked deliveries are one message, told by the first of them. */
function oneEach(alerts: readonly Alert[]): readonly Alert[] {
  const byId = new Map<string, readonly Alert[]>();
  for (const alert of alerts) {
    const id = alert.id.replace(/ delivery:\S+/u, "");
    byId.set(id, [...(byId.get(id) ?? []), alert]);
  }
  return [...byId].flatMap(([id, [first, ...others]]) => {
    if (first === undefined || others.length === 0) return first === undefined ? [] : { ...first, id };
    const acknowledged = others.every((one) => one.acknowledged !== null) ? first.acknowledged : null;
    return { ...first, id, acknowledged, sentence: `${first.sentence} And ${others.length} more like it.`, since: Math.min(first.since, ...others.map(({ since }) => since)), transfers: [...first.transfers, ...others.flatMap(({ transfers }) => transfers)] };
  });
}

/** What was told, once this has arrived. */
export function afterSending(told: readonly Told[], due: Due, now: Millis): readonly Told[] {
  const id = due.status === "firing" ? due.alert.id : due.told.id;
  const others = told.filter((one) => one.id !== id);
  if (due.status === "resolved") return others;
  const { cause, severity, sentence, who, since } = due.alert;
  return [...others, { id, cause, severity, sentence, who, since, lastAt: now, goneAt: null }];
}
