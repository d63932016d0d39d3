/**
 * What a person may order the running process to do, as the API takes it.
 * Always: each order names who gave it and why; the answer says what is true now, or why nothing was done.
 * Never: an implementation (src/commands.ts has it), or an order that is not recorded.
 */
import type { Scope } from "../core/values.ts";

export const verbs = ["retry", "park", "resume", "abandon", "pause", "acknowledge", "log-level"] as const;
export type Verb = (typeof verbs)[number];

/** what a person can stop; a bad endpoint is demoted by itself, or leaves the configuration */
export const scopeKinds = ["lane", "signer", "chain"] as const satisfies readonly Scope["kind"][];

/** characters of an order's reason */
export const becauseLength = { least: 3, most: 500 } as const;

/** why an order was not carried out; stable words */
export const refusalCodes = ["unknown-delivery", "unknown-scope", "not-possible-now", "already-halted", "not-halted", "unknown-transfer", "unknown-level"] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** `said` is one line for people. */
export type Answer =
  | { readonly done: true; readonly subject: string; readonly now: string; readonly said: string }
  | { readonly done: false; readonly subject: string; readonly code: RefusalCode; readonly said: string };

export interface Commands {
  /** look at it at once, whatever it waits for */
  retry(id: string, because: string, who: string): Promise<Answer>;
  /** stop working on it until a person resumes it */
  park(id: string, because: string, who: string): Promise<Answer>;
  /** a parked delivery goes back to the state it left */
  resume(id: string, because: string, who: string): Promise<Answer>;
  /** never work on it again; its slot stays with the signer */
  abandon(id: string, because: string, who: string): Promise<Answer>;
  pause(scope: Scope, because: string, who: string): Promise<Answer>;
  /** lifts a pause or a halt */
  resumeScope(scope: Scope, because: string, who: string): Promise<Answer>;
  /** on record that a person looks at a halt, or at a transfer (by anything that names it); changes nothing else */
  acknowledge(subject: string, because: string, who: string): Promise<Answer>;
  logLevel(level: string, because: string, who: string): Promise<Answer>;
}

/** An order as it travels: `subject` is a delivery or transfer id, `<kind>:<name>` of a scope, or a log level. */
export type Order = { readonly verb: Verb; readonly subject: string; readonly because: string; readonly who: string };

/** `lane:tbtc-redemption` as a scope; null when it does not name one. Delivery ids never begin with a scope kind and a colon. */
export function scopeOf(subject: string): Scope | null {
  const at = subject.indexOf(":");
  const kind = scopeKinds.find((one) => one === subject.slice(0, at));
  const name = subject.slice(at + 1);
  return kind === undefined || name === "" ? null : { kind, name };
}

/** Hands an order to the one command it means. */
export function obey(commands: Commands, { verb, subject, because, who }: Order): Promise<Answer> {
  const scope = scopeOf(subject);
  switch (verb) {
    case "retry":
    case "park":
    case "abandon":
      return commands[verb](subject, because, who);
    case "resume":
      return scope === null ? commands.resume(subject, because, who) : commands.resumeScope(scope, because, who);
    case "pause":
      if (scope !== null) return commands.pause(scope, because, who);
      return Promise.resolve({
        done: false, subject, code: "unknown-scope",
        said: `"${subject}" cannot be paused; allowed are ${scopeKinds.join(", ")} with a name, e.g. lane:tbtc-redemption (a delivery is parked)`,
      });
    case "acknowledge":
      return commands.acknowledge(subject, because, who);
    case "log-level":
      return commands.logLevel(subject, because, who);
  }
}
