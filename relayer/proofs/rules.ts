/**
 * What the checks of proofs are made of: rules that must hold, and Bitcoin's hash.
 * Always: a broken rule is told in its own words. Never: shared with what builds proofs.
 */
import { createHash } from "node:crypto";

class Refusal extends Error {}

export function must(rule: string, holds: boolean): asserts holds {
  if (!holds) throw new Refusal(rule);
}

/** The rule that `check` found broken; null: none. */
export function brokenRule(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

export const once = (part: Uint8Array): Buffer => createHash("sha256").update(part).digest();

/** SHA-256 of the SHA-256 of the parts in a row. */
export function twice(...parts: readonly Uint8Array[]): Buffer {
  const inner = createHash("sha256");
  for (const part of parts) inner.update(part);
  return once(inner.digest());
}
