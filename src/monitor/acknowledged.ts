/**
 * Who said that he looks at something, as the audit log has it.
 * Always: an acknowledgement counts for what stood at that moment: a later halt, another cause, a deadline that passed since want a
 * new one. Never: a write.
 */
import { z } from "zod";
import { causeNames } from "../core/causes.ts";
import type { Cause } from "../core/causes.ts";
import type { Acknowledgement, Explanation } from "../core/transfer.ts";
import type { Json, Millis, TransferId } from "../core/values.ts";
import type { Ledger } from "../ports.ts";

/** what a person who looks at a halt or a transfer leaves in the audit log */
export const acknowledged = "acknowledge";

/** entries of one subject that are looked at */
const auditLooked = 50;
const noted = z.object({ cause: z.enum(causeNames) });
const causeIn = (detail: Json): Cause | null => noted.safeParse(detail).data?.cause ?? null;

/** The newest one of the subject, at or after `since`, and of this cause if one is given; null: nobody did. */
export async function acknowledgementOf(ledger: Ledger, subject: string, since: Millis, cause: Cause | null = null): Promise<Acknowledgement | null> {
  const entries = await ledger.auditLog({ subject, limit: auditLooked });
  const last = entries.findLast(({ what, at, detail }) => what === acknowledged && at >= since && (cause === null || causeIn(detail) === cause));
  return last === undefined ? null : { at: last.at, who: last.who, because: last.because };
}

/** Does somebody look at what is wrong with this transfer now? */
export async function acknowledgementFor(ledger: Ledger, id: TransferId, explanation: Explanation | null, now: Millis): Promise<Acknowledgement | null> {
  if (explanation === null || explanation.cause === null) return null;
  const ranOutAt = explanation.deadline?.at ?? 0;
  return acknowledgementOf(ledger, id, Math.max(explanation.since, ranOutAt <= now ? ranOutAt : 0), explanation.cause);
}
