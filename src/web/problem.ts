/**
 * What a request is told when it gets no answer: a code, a sentence, and what would have been taken.
 * Always: a malformed request is the asker's (4xx), an error that nobody classified says nothing of its inside.
 * Never: a stack trace, a secret, or what the asker sent.
 */
import type { z } from "zod";
import { failureOf } from "../core/errors.ts";
import type { Remedy } from "../core/errors.ts";
import type { Log } from "../ports.ts";
import type { Problem } from "./answers.ts";

export type Reply = { readonly status: number; readonly body: unknown };

export const problemOf = ({ code, message, allowed = null }: { readonly code: string; readonly message: string; readonly allowed?: readonly string[] | null }): Problem =>
  ({ error: { code, message, allowed } });

const statusOfRemedy: Readonly<Record<Remedy, number>> = {
  Unavailable: 503, Conflict: 409, Rejected: 409, Invalid: 422, Unsafe: 409, Misconfigured: 500, Bug: 500,
};

/** A request that asks for something impossible by its own form, found only while it was answered. */
const malformedCodes = ["bad-cursor"];

/** What the server itself refused (malformed JSON, too large, wrong type), and what the parts threw. */
export function replyTo(thrown: unknown, log: Log): Reply {
  if (thrown instanceof Error && "statusCode" in thrown && typeof thrown.statusCode === "number" && thrown.statusCode >= 400 && thrown.statusCode < 500) {
    return { status: thrown.statusCode, body: problemOf({ code: "bad-request", message: thrown.message }) };
  }
  const failure = failureOf(thrown);
  if (malformedCodes.includes(failure.code)) return { status: 400, body: problemOf(failure) };
  log.error({ error: thrown, code: failure.code }, "a request failed");
  const message = failure.remedy === "Bug" ? "an error of Gantry; the log has the details" : failure.message;
  return { status: statusOfRemedy[failure.remedy], body: problemOf({ code: failure.code, message }) };
}

/** @param where what was looked at: "query", "body", … @param known the keys it may have */
export function malformed(where: string, error: z.ZodError, known: readonly string[]): Reply {
  const [first] = error.issues;
  const at = first === undefined ? "" : first.path.map(String).join(".");
  const what = at === "" ? where : `${where} "${at}"`;
  const rest = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : "";
  return { status: 400, body: problemOf({ code: "bad-request", message: `${what}: ${first?.message ?? "is not what is wanted"}${rest}`, allowed: allowedBy(first, known) }) };
}

function allowedBy(issue: z.core.$ZodIssue | undefined, known: readonly string[]): readonly string[] | null {
  if (issue?.code === "unrecognized_keys") return known;
  return issue?.code === "invalid_value" ? issue.values.map(String) : null;
}
