/**
 * What a webhook is sent: one JSON document for each thing that begins, lasts or ends.
 * Always: this schema (docs/notify.md explains it); a field is never renamed or left out under the same `version`, only added.
 * Never: a secret, or a URL of a node.
 */
import { z } from "zod";
import { causeNames, causes } from "../core/causes.ts";
import type { Cause } from "../core/causes.ts";
import type { Deadline } from "../core/transfer.ts";
import type { Millis } from "../core/values.ts";
import type { Alert } from "./alerts.ts";
import type { Told } from "./notify.ts";

const moment = z.iso.datetime();
const actors = ["user", "vault", "wallet", "relayer", "chain", "operator"] as const;

export const notification = z.strictObject({
  version: z.literal(1),
  /** "resolved": it is over; "test": nothing is wrong, somebody tries the way */
  status: z.enum(["firing", "resolved", "test"]),
  /** the same for as long as the same thing is wrong with the same part */
  id: z.string().min(1),
  instance: z.string(),
  /** null in a test */
  cause: z.enum(causeNames).nullable(),
  title: z.string(),
  severity: z.enum(["page", "ticket", "info"]),
  /** why, in plain words; of a resolved one as it was last told */
  sentence: z.string(),
  /** who can end it */
  who: z.enum(actors),
  since: moment,
  /** when it was seen to be over; null while it lasts */
  endedAt: moment.nullable(),
  sentAt: moment,
  /** the nearest one of what it holds up; `at` null: its chain's clock cannot be read */
  deadline: z.strictObject({ what: z.string(), at: moment.nullable() }).nullable(),
  evidence: z.json(),
  action: z.strictObject({ text: z.string(), command: z.string().nullable() }).nullable(),
  /** where a person sees it now */
  url: z.string(),
  /** all of it as one line, for services that print a text */
  text: z.string(),
});
export type Notification = z.output<typeof notification>;

/** Whose message it is. */
export type Sender = { readonly instance: string; readonly pageUrl: string };

const iso = (at: Millis): string => new Date(at).toISOString();
const shown = ({ what, at }: Deadline): Notification["deadline"] => ({ what, at: at === null ? null : iso(at) });
/** as the page has it after # */
const placeOf = (transfers: readonly string[]): string => (transfers.length === 1 && transfers[0] !== undefined ? `transfers/${encodeURIComponent(transfers[0])}` : "alerts");
const urlOf = ({ pageUrl }: Sender, transfers: readonly string[]): string => `${pageUrl.replace(/\/$/u, "")}/#/${placeOf(transfers)}`;

export function firing(alert: Alert, sender: Sender, now: Millis): Notification {
  const { id, cause, severity, sentence, who, since, deadline, evidence, action, transfers } = alert;
  return {
    ...common(sender, cause, now), status: "firing", id, severity, sentence, who, since: iso(since), endedAt: null,
    deadline: deadline === null ? null : shown(deadline), evidence: evidence as z.output<typeof notification>["evidence"], action,
    url: urlOf(sender, transfers), text: `[${severity}] ${sender.instance}: ${sentence}`,
  };
}

export function resolved({ id, cause, severity, sentence, who, since }: Told, endedAt: Millis, sender: Sender, now: Millis): Notification {
  return {
    ...common(sender, cause, now), status: "resolved", id, severity, sentence, who, since: iso(since), endedAt: iso(endedAt),
    deadline: null, evidence: null, action: null, url: urlOf(sender, []), text: `[resolved] ${sender.instance}: ${causes[cause].title}. It was: ${sentence}`,
  };
}

export function trial(sender: Sender, now: Millis): Notification {
  const sentence = "This is a test: nothing is wrong. Messages from this Gantry arrive here.";
  return {
    version: 1, status: "test", id: "test", instance: sender.instance, cause: null, title: "a test", severity: "info", sentence, who: "operator",
    since: iso(now), endedAt: null, sentAt: iso(now), deadline: null, evidence: null, action: null, url: urlOf(sender, []), text: `[test] ${sender.instance}: ${sentence}`,
  };
}

const common = ({ instance }: Sender, cause: Cause, now: Millis) => ({ version: 1, instance, cause, title: causes[cause].title, sentAt: iso(now) }) as const;
