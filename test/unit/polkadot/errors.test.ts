import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classifyRefusal } from "../../../src/chains/polkadot/errors.ts";

type Recorded = { readonly name: string; readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };
const { errors } = JSON.parse(readFileSync(new URL("../../fixtures/polkadot/pool-errors.json", import.meta.url), "utf8")) as { errors: Recorded[] };

/** by the name in the fixture: what the loop does about it */
const meaning: { readonly [name: string]: readonly [remedy: string, code: string] } = {
  stale: ["Rejected", "nonce-too-low"],
  future: ["Unavailable", "nonce-too-high"],
  payment: ["Unavailable", "insufficient-funds"],
  "bad-signature": ["Rejected", "signature-refused"],
  "ancient-birth-block": ["Rejected", "era-over"],
  "exhausts-resources": ["Rejected", "extrinsic-too-large"],
  custom: ["Rejected", "extrinsic-invalid"],
  unknown: ["Unavailable", "validity-unknown"],
  banned: ["Unavailable", "extrinsic-banned"],
  "already-imported": ["Rejected", "already-known"],
  "priority-too-low": ["Unavailable", "replacement-underpriced"],
  "immediately-dropped": ["Unavailable", "pool-full"],
};

describe("what a node's refusal means", () => {
  it.each(errors.map((one) => [one.name, one.error] as const))("%s", (name, error) => {
    const { failure } = classifyRefusal({ data: undefined, ...error }, "node", "author_submitExtrinsic");
    expect([failure.remedy, failure.code]).toEqual(meaning[name]);
  });

  it("every kind of refusal that has a meaning has an answer in the fixture", () => {
    expect(errors.map(({ name }) => name).toSorted()).toEqual(Object.keys(meaning).toSorted());
  });

  it.each([
    ["a method it does not have", -32601, "Method not found", "method-unknown"],
    ["a method it keeps to itself", -32601, "RPC call is unsafe to be called externally", "method-unknown"],
    ["a block it never had", 4003, "Client error: UnknownBlock: Header was not found in the database: 0x12", "unknown-block"],
    ["a state it has dropped", 4003, "Client error: Api called for an unknown Block: State already discarded for 0x12", "block-pruned"],
    ["too many calls", -32999, "Too many requests", "endpoint-throttled"],
    ["words nobody knows", -32000, "a new kind of trouble", "call-refused"],
  ])("%s lets another endpoint be asked", (_name, code, message, expected) => {
    expect(classifyRefusal({ code, message, data: undefined }, "node", "state_call").failure).toMatchObject({ remedy: "Unavailable", code: expected });
  });

  it("node text cannot smuggle control characters or pages of text into a message", () => {
    const { failure } = classifyRefusal({ code: 1, message: `bad\u001b[31m\n${"x".repeat(5000)}`, data: undefined }, "node", "state_call");
    expect(failure.message).not.toContain("\u001b");
    expect(failure.message).not.toContain("\n");
    expect(failure.message.length).toBeLessThan(600);
  });
});
