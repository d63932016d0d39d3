/**
 * Errors by remedy. Classified once, where the fact is known; one loop obeys the class.
 * Always: every failure carries a stable code that stands in docs/errors.md.
 * Never: message matching here (that lives in chains/<chain>/errors.ts and bridges/<bridge>/errors.ts).
 */
import type { Json, Millis } from "./values.ts";

export const remedies = ["Unavailable", "Conflict", "Rejected", "Invalid", "Unsafe", "Misconfigured", "Bug"] as const;
export type Remedy = (typeof remedies)[number];

/** How often a delivery is built anew for the same code, or how long it is tried again, before it parks. */
export type Patience = { readonly redos: number } | { readonly ms: Millis };

/** What is stored about a failure. */
export type Failure = {
  readonly remedy: Remedy;
  /** kebab-case, stable, listed in docs/errors.md */
  readonly code: string;
  /** one sentence for people: what happened, with which value, what is allowed, what to do */
  readonly message: string;
  readonly evidence: Json;
  /** honoured by back-off when the other side named a time (Retry-After) */
  readonly retryAfterMs?: Millis;
  /** absent: as its remedy says */
  readonly patience?: Patience;
  /** what it was refused for has already changed: it is built anew without a pause */
  readonly atOnce?: true;
};

export class GantryError extends Error {
  override readonly name = "GantryError";
  readonly failure: Failure;
  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.failure = failure;
  }
}

type Detail = Partial<Pick<Failure, "evidence" | "retryAfterMs" | "patience" | "atOnce">> & { readonly cause?: unknown };

const make =
  (remedy: Remedy) =>
  (code: string, message: string, { cause, evidence = null, ...more }: Detail = {}): GantryError =>
    new GantryError({ remedy, code, message, evidence, ...more }, cause === undefined ? {} : { cause });

export const unavailable = make("Unavailable");
export const conflict = make("Conflict");
export const rejected = make("Rejected");
export const invalid = make("Invalid");
export const unsafe = make("Unsafe");
export const misconfigured = make("Misconfigured");
export const bug = make("Bug");

/** Any thrown value as a Failure; what nobody classified is our bug. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof GantryError) return thrown.failure;
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { remedy: "Bug", code: "unexpected", message, evidence: null };
}
