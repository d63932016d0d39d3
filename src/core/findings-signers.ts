/**
 * What is wrong with a signer: its funds, its slots, others who use its key.
 * Always: a signer that holds no open slot is blocked by nothing.
 * Never: I/O.
 */
import type { Finding } from "./finding.ts";
import type { HaltView, SignerView } from "./monitored-world.ts";
import type { Millis } from "./values.ts";
import { act, counted, doctor, nameOf, show, span, status } from "./words.ts";

export function signerFindings(signer: SignerView, halts: readonly HaltView[], now: Millis): readonly Finding[] {
  const { name, chain, balance, runwayMs, runwayBudgetMs, openSlots, maxOpenSlots, lowest, lowestBudgetMs, foreign } = signer;
  const scope = { signer: name };
  const found: Finding[] = [];
  const isShort = runwayMs !== null && runwayMs < runwayBudgetMs;
  if (balance === 0 || isShort) {
    found.push({
      cause: "signer-without-funds", scope, stops: balance === 0 || runwayMs === 0, since: null, evidence: { signer: name, chain, balance, runwayMs, runwayBudgetMs },
      sentence: balance === 0 || runwayMs === 0 ? `Signer ${name} has no funds left on ${nameOf(chain)}.` : `Signer ${name} has funds on ${nameOf(chain)} for ${span(runwayMs ?? 0)} at the present pace.`,
      action: act(`Send funds to signer ${name}'s account; the doctor names it.`, doctor),
    });
  }
  if (foreign.count > 0) {
    found.push({
      // a delivery whose own nonce was taken says so itself
      cause: "signer-slot-taken", scope, stops: false, ...(isHaltedForThem(signer, halts) ? { severity: "info" as const } : {}), since: foreign.lastAt, evidence: { signer: name, chain, count: foreign.count, lastAt: foreign.lastAt },
      sentence: `${counted(foreign.count, "transaction")} of signer ${name} within the last hour ${foreign.count === 1 ? "was" : "were"} not made here.`,
      action: act("Find who else holds the key; stop them, or move to a new key.", `gantry pause signer ${name} --because 'somebody else uses the key'`),
    });
  }
  if (lowest !== null && openSlots > 0 && now - lowest.since > lowestBudgetMs) {
    const isFull = openSlots >= maxOpenSlots;
    found.push({
      cause: "nonce-gap", scope, stops: openSlots > 1 || isFull, since: lowest.since,
      evidence: { signer: name, chain, slot: lowest.slot, delivery: lowest.delivery, openSlots, maxOpenSlots },
      sentence: `Nonce ${lowest.slot} of signer ${name} has been open for ${span(now - lowest.since)} and ${openSlots > 1 ? `holds up ${counted(openSlots - 1, "later one")}` : "is not mined"}.`,
      action: act("Look at its fee and at what the nodes say of it.", lowest.delivery === null ? status : show(lowest.delivery)),
    });
  }
  return found;
}

/** The halt says it, and louder. */
const isHaltedForThem = ({ name }: SignerView, halts: readonly HaltView[]): boolean =>
  halts.some(({ scope, code }) => scope.kind === "signer" && scope.name === name && code === "foreign-transactions");
