/**
 * Orders of people, carried out on the ledger: retry, park, resume, abandon a delivery; pause and resume a scope; acknowledge.
 * Always: every order is one compare-and-set save or one halt, with its reason in the audit log; a lost race is tried again on fresh data.
 * Never: a state change of its own making (`stepOf` decides), or work on a chain.
 */
import { edges } from "./core/apply.ts";
import type { Cause } from "./core/causes.ts";
import { activeStates } from "./core/delivery.ts";
import type { Delivery, Outcome } from "./core/delivery.ts";
import { GantryError, conflict, failureOf } from "./core/errors.ts";
import type { Policy } from "./core/policy.ts";
import { stepOf } from "./core/step.ts";
import { keysFor } from "./core/transfer-keys.ts";
import { deliveryId } from "./core/values.ts";
import type { AuditEntry, Json, LaneName, Scope, TransferId } from "./core/values.ts";
import { acknowledged } from "./monitor/acknowledged.ts";
import { scopesOf } from "./monitor/show.ts";
import type { KnownLane } from "./monitor/world.ts";
import type { Clock, Ledger, Log, Save, WakeQueue } from "./ports.ts";
import { scopeOf } from "./web/commands.ts";
import type { Answer, Commands, RefusalCode } from "./web/commands.ts";

export type CommandParts = {
  readonly ledger: Ledger;
  readonly queue: WakeQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly policyOf: (lane: LaneName) => Policy;
  readonly lanes: readonly Pick<KnownLane, "name" | "source" | "target" | "signer">[];
  /** everything that can be paused */
  readonly scopes: readonly Scope[];
  readonly logLevels: readonly string[];
  readonly setLogLevel: (level: string) => void;
  /** what is wrong with a transfer now; null: nothing */
  readonly causeOf: (id: TransferId) => Promise<Cause | null>;
};

type DeliveryVerb = "retry" | "park" | "resume" | "abandon";

const conflictsTolerated = 5;
const firstPriority = 1;
/** the reason `decide` gives a delivery that a halt keeps waiting */
const haltedCode = "halted";

const refuse = (subject: string, why: { readonly code: RefusalCode; readonly said: string }): Answer => ({ done: false, subject, ...why });
const did = (subject: string, now: string, said: string): Answer => ({ done: true, subject, now, said });

const outcomeOf = (verb: DeliveryVerb, because: string, who: string): Outcome =>
  verb === "park" ? { kind: "park", code: "parked-by-person", evidence: { who, because } } : { kind: verb };

/** What a person can do instead with a delivery in this state. */
function instead(verb: DeliveryVerb, { id, state }: Delivery): string {
  const allowed = (["retry", "park", "resume", "abandon"] as const).filter((one) => edges[state].includes(one));
  const advice = allowed.length === 0 ? "it is finished; nothing can be ordered" : `allowed are: ${allowed.join(", ")}`;
  return `delivery ${id} is ${state}: ${verb} is not possible; ${advice}`;
}

/** Unknown deliveries and impossible orders are answers, not errors. @throws Unavailable when the ledger cannot commit */
export function createCommands(parts: CommandParts): Commands {
  const order = (verb: DeliveryVerb) => (id: string, because: string, who: string) => onDelivery(parts, verb, id, because, who);
  return {
    retry: order("retry"),
    park: order("park"),
    resume: order("resume"),
    abandon: order("abandon"),
    pause: (scope, because, who) => pause(parts, scope, because, who),
    resumeScope: (scope, because, who) => resumeScope(parts, scope, because, who),
    acknowledge: (subject, because, who) => acknowledge(parts, subject, because, who),
    logLevel: (level, because, who) => Promise.resolve(logLevel(parts, level, because, who)),
  };
}

async function onDelivery(parts: CommandParts, verb: DeliveryVerb, id: string, because: string, who: string): Promise<Answer> {
  const { ledger, clock, log, policyOf } = parts;
  for (let attempt = 1; attempt <= conflictsTolerated; attempt += 1) {
    const snapshot = await ledger.load(deliveryId(id), []);
    if (snapshot === null) return refuse(id, { code: "unknown-delivery", said: `no delivery "${id}"; gantry status lists what is parked, gantry show finds others` });
    const { delivery } = snapshot;
    if (!edges[delivery.state].includes(verb)) return refuse(id, { code: "not-possible-now", said: instead(verb, delivery) });
    const step = stepOf(snapshot, outcomeOf(verb, because, who), policyOf(delivery.lane), clock.now());
    const audit: AuditEntry = { at: clock.now(), who, what: verb, subject: id, because, detail: { from: delivery.state, to: step.next.state } };
    const saved = await saveUnlessRaced(ledger, { ...step, audit });
    if (saved === null) continue;
    log.info({ delivery: id, lane: delivery.lane, who, because }, `${verb} by a person: ${delivery.state} to ${saved.state}`);
    await wake(parts, saved);
    return did(id, saved.state, `delivery ${id} is now ${saved.state}`);
  }
  throw conflict("delivery-busy", `delivery ${id} changed ${conflictsTolerated} times while ${verb} was tried; try again`);
}

async function saveUnlessRaced(ledger: Ledger, save: Save): Promise<Delivery | null> {
  try {
    return await ledger.save(save);
  } catch (thrown) {
    if (thrown instanceof GantryError && thrown.failure.remedy === "Conflict") return null;
    throw thrown;
  }
}

/** Best effort: the order is in the ledger, and the audit finds what the queue missed. */
async function wake({ queue, log }: CommandParts, { id, lane, wakeAt }: Delivery): Promise<void> {
  if (wakeAt === null) return;
  try {
    await queue.wake(lane, id, wakeAt, firstPriority);
  } catch (thrown) {
    log.warn({ delivery: id, lane, code: failureOf(thrown).code }, "the queue is away: the order is stored, the delivery is looked at later");
  }
}

const nameOf = ({ kind, name }: Scope): string => `${kind} ${name}`;

function unknownScope({ scopes }: CommandParts, scope: Scope): Answer | null {
  if (scopes.some(({ kind, name }) => kind === scope.kind && name === scope.name)) return null;
  const allowed = scopes.filter(({ kind }) => kind === scope.kind).map(({ name }) => name);
  return refuse(`${scope.kind}:${scope.name}`, { code: "unknown-scope", said: `no ${scope.kind} "${scope.name}"; allowed are: ${allowed.join(", ") || "none configured"}` });
}

async function pause(parts: CommandParts, scope: Scope, because: string, who: string): Promise<Answer> {
  const subject = `${scope.kind}:${scope.name}`;
  const unknown = unknownScope(parts, scope);
  if (unknown !== null) return unknown;
  const standing = (await parts.ledger.halts()).find((one) => one.scope.kind === scope.kind && one.scope.name === scope.name);
  // A pause must not cover up an unsafe fact, which needs more than a wish to be lifted.
  if (standing !== undefined) return refuse(subject, { code: "already-halted", said: `${nameOf(scope)} is already stopped (${standing.code}: ${standing.because})` });
  const now = parts.clock.now();
  await parts.ledger.halt({ scope, code: "paused", because, since: now }, { at: now, who, what: "pause", subject, because, detail: null });
  parts.log.warn({ scope: subject, who, because }, "paused by a person");
  return did(subject, "paused", `${nameOf(scope)} is paused; what is already sent is still followed. Lift it with: gantry resume ${nameOf(scope)} --because …`);
}

async function resumeScope(parts: CommandParts, scope: Scope, because: string, who: string): Promise<Answer> {
  const subject = `${scope.kind}:${scope.name}`;
  const lifted = await parts.ledger.lift(scope, { at: parts.clock.now(), who, what: "resume", subject, because, detail: null });
  if (!lifted) return unknownScope(parts, scope) ?? refuse(subject, { code: "not-halted", said: `${nameOf(scope)} is not stopped; nothing to resume` });
  const released = await release(parts, scope, who, because);
  parts.log.warn({ scope: subject, who, because, released }, "resumed by a person");
  return did(subject, "running", `${nameOf(scope)} works again; ${released} waiting deliveries are looked at now`);
}

/** Deliveries that waited for this scope need not sit out their wait. One that is held by another scope too waits again by itself. */
async function release(parts: CommandParts, scope: Scope, who: string, because: string): Promise<number> {
  const { ledger, clock, lanes, policyOf } = parts;
  const touched = lanes.filter((lane) => scopesOf(lane).some(({ kind, name }) => kind === scope.kind && name === scope.name));
  const active = await Promise.all(touched.map(({ name }) => ledger.find({ lane: name, states: activeStates })));
  const waiting = active.flat().filter(({ waitCode }) => waitCode === haltedCode);
  const saved = await Promise.all(waiting.map(async ({ id, lane }) => {
    const snapshot = await ledger.load(id, []);
    if (snapshot === null || snapshot.delivery.waitCode !== haltedCode) return null;
    const audit: AuditEntry = { at: clock.now(), who, what: "resume", subject: id, because, detail: { scope: nameOf(scope) } };
    const one = await saveUnlessRaced(ledger, { ...stepOf(snapshot, { kind: "retry" }, policyOf(lane), clock.now()), audit });
    if (one !== null) await wake(parts, one);
    return one;
  }));
  return saved.filter((one) => one !== null).length;
}

/** Puts on record that a person looks at it: "halt-not-looked-at" ends and messages are not repeated; what is stopped or late stays so. */
async function acknowledge(parts: CommandParts, subject: string, because: string, who: string): Promise<Answer> {
  const { ledger, clock, log } = parts;
  const note = async (of: string, what: string, detail: Json = null): Promise<Answer> => {
    await ledger.note({ at: clock.now(), who, what: acknowledged, subject: of, because, detail });
    log.info({ subject: of, who, because }, "acknowledged by a person");
    return did(of, "acknowledged", `it is on record that ${who} looks at ${what}`);
  };
  const scope = scopeOf(subject);
  if (scope !== null) {
    const standing = (await ledger.halts()).find((one) => one.scope.kind === scope.kind && one.scope.name === scope.name);
    if (standing === undefined) return unknownScope(parts, scope) ?? refuse(subject, { code: "not-halted", said: `${nameOf(scope)} is not stopped; nothing to acknowledge` });
    return note(subject, `the halt of ${nameOf(scope)}`);
  }
  for (const key of keysFor(subject)) {
    const [found] = await ledger.transfers({ key, limit: 1 });
    if (found === undefined) continue;
    const cause = await parts.causeOf(found.id);
    if (cause === null) return refuse(found.id, { code: "not-possible-now", said: `nothing is wrong with transfer ${found.id} now; nothing to acknowledge` });
    return note(found.id, `transfer ${found.id} (${cause}); it is told again when its cause changes or a deadline passes`, { cause });
  }
  return refuse(subject, { code: "unknown-transfer", said: `no transfer and no stopped scope "${subject}"; gantry alerts lists what is wrong, gantry show finds transfers` });
}

function logLevel({ logLevels, setLogLevel, log }: CommandParts, level: string, because: string, who: string): Answer {
  if (!logLevels.includes(level)) return refuse(level, { code: "unknown-level", said: `no log level "${level}"; allowed are: ${logLevels.join(", ")}` });
  setLogLevel(level);
  log.warn({ level, who, because }, "log level changed by a person");
  return did(level, level, `the log level is now ${level}`);
}
