/**
 * Who said that he looks at something, as the audit log has it.
 * Always: an acknowledgement counts for what stood at that moment: a later halt, another cause, a deadline that passed since want a
 * new one. Never: a write.
 */
import { z } from "zod";
import { causeNames } from "../core/causes.ts";
import type { Cause } from "../core/causes.ts";
import { factsOf } from "../core/transfer-fold.ts";
import type { Acknowledgement, Deadline, Explanation, Transfer } from "../core/transfer.ts";
import type { Json, Millis } from "../core/values.ts";
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

type Told = Pick<Explanation, "cause" | "since" | "deadline">;

/** Does somebody look at what is wrong with this transfer now? */
export async function acknowledgementFor(ledger: Ledger, transfer: Pick<Transfer, "id" | "facts">, explanation: Told | null, now: Millis): Promise<Acknowledgement | null> {
  if (explanation === null || explanation.cause === null) return null;
  return acknowledgementOf(ledger, transfer.id, Math.max(explanation.since, ranOutAt(transfer, explanation.deadline, now)), explanation.cause);
}

/** When its deadline passed; 0: none has. The host time of a deadline in blocks is reckoned anew with each, and moves on while none comes. */
function ranOutAt(transfer: Pick<Transfer, "facts">, deadline: Deadline | null, now: Millis): Millis {
  if (deadline !== null && deadline.clock !== "time") return factsOf(transfer).expiredAt ?? 0;
  const at = deadline?.at ?? 0;
  return at <= now ? at : 0;
}
