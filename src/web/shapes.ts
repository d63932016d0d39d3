/**
 * The parts that the API's answers are made of, as zod schemas: the types, the OpenAPI document and the tests come from them.
 * Always: times are Unix milliseconds; amounts and slots are decimal strings; what cannot be said is null, never left out.
 * Never: a field that could carry a secret or an address with credentials.
 */
import { z } from "zod";
import { causeNames } from "../core/causes.ts";
import { activeStates, states } from "../core/delivery.ts";
import { remedies } from "../core/errors.ts";
import { transferOutcomes } from "../core/transfer.ts";
import { chainNames } from "../core/values.ts";

/** Schemas with a name of their own in the OpenAPI document. */
export const named = z.registry<{ id: string }>();

/** Gives a schema its name in the OpenAPI document. */
export function name<T extends z.ZodType>(id: string, schema: T): T {
  named.add(schema, { id });
  return schema;
}

export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
export const count = z.int().min(0);
export const millis = z.number().describe("Unix milliseconds, or a span of them");
export const text = z.string();
/** What a chain, a bridge or a node said, as it is. */
export const anything = z.unknown();
const hex = z.string().regex(/^0x(?:[0-9a-f]{2})*$/u).describe("lower-case hex; Bitcoin hashes in wire order");
export const chain = z.enum(chainNames);
export const state = z.enum(states);

export const block = name("Block", z.strictObject({ height: count, hash: hex, time: millis }));
export const blockRef = name("BlockRef", z.strictObject({ chain, height: count, hash: hex, parent: hex, time: millis }));

export const failure = name("Failure", z.strictObject({
  remedy: z.enum(remedies),
  code: text.describe("stable word, listed in docs/errors.md"),
  message: text,
  evidence: anything,
  retryAfterMs: millis.optional(),
  patience: z.union([z.strictObject({ redos: count }), z.strictObject({ ms: millis })]).optional().describe("how often it is built anew, or how long it is tried again, before it parks"),
  atOnce: z.literal(true).optional().describe("built anew without a pause"),
}));

export const halt = name("Halt", z.strictObject({
  scope: z.strictObject({ kind: z.enum(["lane", "signer", "chain"]), name: text }),
  code: text,
  because: text,
  since: millis,
}));

export const scanRange = name("ScanRange", z.strictObject({
  id: text, chain, purpose: z.enum(["watches", "events"]), next: count, last: z.int(), missing: list(count).describe("heights that are pruned on every node"),
}));

export const wait = name("Wait", z.union([
  z.strictObject({ chain, height: count, at: z.enum(["best", "final"]) }),
  z.strictObject({ fact: text }),
  z.strictObject({ signer: text, maxOpenSlots: count }),
]));

export const audit = name("AuditEntry", z.strictObject({ at: millis, who: text, what: text, subject: text, because: text.nullable(), detail: anything }));

export const sourceEvent = name("SourceEvent", z.strictObject({
  id: text, chain, kind: text, at: blockRef.nullable().describe("null: in no block of the chain now"), generation: count, payload: anything,
}));

export const cause = z.enum(causeNames);
export const severity = z.enum(["page", "ticket", "info"]);
export const actor = z.enum(["user", "vault", "wallet", "relayer", "chain", "operator"]);
export const outcome = z.enum(transferOutcomes);
export const activeState = z.enum(activeStates);
export const acknowledged = name("Acknowledgement", z.strictObject({ at: millis, who: text, because: text.nullable() })).nullable();
export const action = name("Action", z.strictObject({ text, command: text.nullable().describe("to be typed as it is") })).nullable();
