/**
 * Who said that he looks at something, as the audit log has it.
 * Always: an acknowledgement counts for what stood at that moment: a halt that came later wants a new one. Never: a write.
 */
import type { Millis } from "../core/values.ts";
import type { Ledger } from "../ports.ts";

/** what a person who looks at a halt leaves in the audit log */
export const acknowledged = "acknowledge";

/** entries of one subject that are looked at */
const auditLooked = 50;

/** When a person said that he looks at the subject, at or after `since`; null: nobody did. */
export async function acknowledgedAt(ledger: Ledger, subject: string, since: Millis): Promise<Millis | null> {
  const entries = await ledger.auditLog({ subject, limit: auditLooked });
  return entries.findLast(({ what, at }) => what === acknowledged && at >= since)?.at ?? null;
}
