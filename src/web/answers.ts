/**
 * What the API answers, as zod schemas.
 * Always: the program's own values fit them (src/app/monitoring.ts does not compile otherwise), and a running instance is checked
 * against them by a test.
 */
import { z } from "zod";
import {
  acknowledged, action, activeState, actor, anything, audit, block, blockRef, cause, chain, count, failure, halt, list, millis, name, outcome, scanRange, severity, sourceEvent, state,
  text, wait,
} from "./shapes.ts";

export const problem = name("Problem", z.strictObject({
  error: z.strictObject({
    code: text.describe("stable word, listed in docs/errors.md"),
    message: text,
    allowed: list(text).nullable().describe("what would have been taken, when that can be listed"),
  }),
}));
export type Problem = z.output<typeof problem>;

export const judgement = name("Judgement", z.strictObject({ ok: z.boolean(), reasons: list(text) }));
export type Judgement = z.output<typeof judgement>;

const endpoint = name("Endpoint", z.strictObject({
  name: text, up: z.boolean(), head: count.nullable(), lagBlocks: count.nullable(), demotedUntil: millis.nullable(), lastFailure: failure.nullable(),
}));

export const chainStatus = name("Chain", z.strictObject({
  name: chain,
  best: block.nullable().describe("as the nodes say; null: none was asked yet"),
  final: block.nullable(),
  cursor: block.nullable().describe("as far as the ledger has read"),
  lagBlocks: z.int().nullable(),
  headAgeSeconds: count.nullable(),
  endpoints: list(endpoint),
  ranges: list(scanRange),
}));

const laneStatusShape = {
  name: text, source: chain, target: chain, signer: text,
  counts: z.partialRecord(state, count).readonly().describe("deliveries by state"),
  parked: list(z.strictObject({ id: text, code: text, since: millis })),
  oldest: z.strictObject({ id: text, state, ageSeconds: count, waitCode: text.nullable() }).nullable(),
};
const laneStatus = name("LaneStatus", z.strictObject(laneStatusShape));
const lane = name("Lane", z.strictObject({ ...laneStatusShape, halts: list(halt).describe("what stops it: itself, its signer or one of its chains") }));

const signerStatus = name("Signer", z.strictObject({
  name: text, chain, openSlots: count, includedSlots: count, maxOpenSlots: count, lowest: text.nullable(), highest: text.nullable(),
  blockedBy: z.strictObject({ slot: text, delivery: text.nullable() }).nullable(),
}));

const lightClientStatus = name("LightClient", z.strictObject({
  lane: text.nullable(), bridge: text, chain, height: count.nullable(), lagBlocks: count.nullable(),
  behindSince: millis.nullable().describe("null: it is not further behind than usual"),
  otherForkSince: millis.nullable().describe("its best block is not on Bitcoin's best chain"),
  blockedSince: millis.nullable().describe("a fork it knows stops every proof"),
  retarget: z.strictObject({ height: count, because: z.enum(["fork", "runtime"]), since: millis }).nullable().describe("the first header of a difficulty period that it can never be told of Bitcoin's best chain"),
}));

export const status = name("Status", z.strictObject({
  at: millis,
  chains: list(chainStatus),
  lanes: list(laneStatus),
  lightClients: list(lightClientStatus).nullable().describe("null: not known now"),
  signers: list(signerStatus),
  halts: list(halt),
  queue: z.strictObject({ reachable: z.boolean(), failure: text.nullable(), overdue: z.record(text, count).readonly() }),
}));
export type Status = z.output<typeof status>;

export const chains = name("Chains", z.strictObject({ at: millis, chains: list(chainStatus) }));
export const lanes = name("Lanes", z.strictObject({ at: millis, lanes: list(lane), signers: list(signerStatus), halts: list(halt) }));
export type Lanes = z.output<typeof lanes>;

const stepReport = name("Step", z.strictObject({
  name: text, who: actor, says: text, startedAt: millis.nullable(), endedAt: millis.nullable(), normalMs: millis, lateAfterMs: millis, lateMs: millis,
}));

const deadline = name("Deadline", z.strictObject({
  what: text, chain, clock: z.enum(["height", "active-blocks", "time"]), value: z.number(), at: millis.nullable(),
}));

const explanation = name("Explanation", z.strictObject({
  step: text, waitingFor: text, who: actor, since: millis, normalMs: millis, deadline: deadline.nullable(),
  cause: cause.nullable().describe("null: nothing is wrong"),
  sentence: text, evidence: anything, action,
}));

export const transfer = name("Transfer", z.strictObject({
  id: text, bridge: text, kind: text, state: z.enum(["open", "ended"]), outcome: outcome.nullable(), openedAt: millis, endedAt: millis.nullable(),
  steps: list(stepReport),
  lateMs: millis.describe("0: not late"),
  deadline: z.strictObject({ at: millis.nullable(), text, passed: z.boolean() }).nullable(),
  explanation: explanation.nullable().describe("null once it ended"),
  acknowledged: acknowledged.describe("who looks at what is wrong with it now; null: nobody, or nothing is"),
  eta: z.strictObject({ medianAt: millis, p90At: millis, afterDeadlineMs: millis.describe("how long after its deadline medianAt is; 0: it is not") }).nullable(),
  deliveries: list(text), keys: list(text), facts: anything,
}));
export type TransferAnswer = z.output<typeof transfer>;

export const transfers = name("Transfers", z.strictObject({
  items: list(transfer),
  next: text.nullable().describe("cursor of the next page; null: this is the last one"),
}));
export type Transfers = z.output<typeof transfers>;

const alert = name("Alert", z.strictObject({
  id: text.describe("the same for as long as the same thing is wrong with the same part"),
  cause, severity, sentence: text, who: actor, since: millis, evidence: anything, action,
  deadline: deadline.nullable().describe("the nearest one of what it holds up"), transfers: list(text).describe("those it holds up, or that it is about; at most twenty"),
  acknowledged: acknowledged.describe("who looks at it, so that its messages are not repeated; null: nobody looks at all of it"),
}));
export const alerts = name("Alerts", z.strictObject({ alerts: list(alert) }));
export type Alert = z.output<typeof alert>;
export type Alerts = z.output<typeof alerts>;

const attempt = name("Attempt", z.strictObject({
  hash: text, replaces: text.nullable(), fee: text, purpose: z.enum(["effect", "fill"]), signedAt: millis, broadcasts: count, lastSentAt: millis.nullable(),
}));

export const delivery = name("Delivery", z.strictObject({
  id: text, lane: text, target: chain.nullable(), what: text.nullable(), serves: list(text), state, since: millis, createdAt: millis, deadline: millis.nullable(),
  parked: z.strictObject({ from: activeState, code: text, evidence: anything }).nullable(),
  wait: z.strictObject({ code: text.nullable(), until: millis, for: wait.nullable() }).nullable(),
  tries: count, redos: count, lastError: failure.nullable(), by: z.enum(["us", "other"]).nullable(), includedIn: blockRef.nullable(), effectTx: text.nullable(),
  event: sourceEvent, eventStanding: z.enum(["final", "tip", "dropped", "unknown"]),
  slots: list(z.strictObject({ signer: text, slot: text, state: z.enum(["reserved", "live", "spent", "void"]), attempts: list(attempt) })),
  halts: list(halt),
  history: list(audit).describe("oldest first"),
}));
export type DeliveryAnswer = z.output<typeof delivery>;

export const shown = name("Shown", z.looseObject({ query: text, notes: z.record(z.string(), list(text)).describe("what the steps of a transfer do not tell, by transfer"), deliveries: list(delivery), events: list(sourceEvent) }));
export type Shown = z.output<typeof shown>;

export const answer = name("OrderAnswer", z.union([
  z.strictObject({ done: z.literal(true), subject: text, now: text, said: text.describe("one line for people") }),
  z.strictObject({ done: z.literal(false), subject: text, code: text, said: text.describe("one line for people") }),
]));

export const openapiDocument = z.looseObject({ openapi: z.literal("3.1.0") });
