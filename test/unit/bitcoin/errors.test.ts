import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { nodeError } from "../../../src/chains/bitcoin/errors.ts";
import { RpcError } from "../../../src/chains/json-rpc.ts";
import { failureOf } from "../../../src/core/errors.ts";

type Recorded = { readonly case: string; readonly code: number; readonly message: string; readonly remedy: string; readonly name: string; readonly version: string; readonly how: string };

const recorded = JSON.parse(readFileSync(new URL("../../fixtures/bitcoin/node-errors.json", import.meta.url), "utf8")) as readonly Recorded[];

describe("what bitcoind's refusals mean", () => {
  it.each(recorded.map((row) => [`${row.case} (${row.version}, ${row.how})`, row] as const))("%s", (_, row) => {
    const failure = failureOf(nodeError(new RpcError(row.code, row.message, null), "node-a"));
    expect({ remedy: failure.remedy, name: failure.code }).toEqual({ remedy: row.remedy, name: row.name });
    expect(failure.message).toContain("node-a");
  });

  it("waits out an answer nobody knows", () => {
    expect(failureOf(nodeError(new RpcError(-4711, "something new", null), "node-a"))).toMatchObject({ remedy: "Unavailable", code: "node-error" });
  });

  it("does not take a spent or missing input for a final refusal of ours, and says to look it up", () => {
    const failure = failureOf(nodeError(new RpcError(-25, "bad-txns-inputs-missingorspent", null), "node-a"));
    expect(failure.message).toContain("it may be mined already");
  });

  it("leaves what is no node answer as it is", () => {
    const error = new TypeError("ours");
    expect(nodeError(error, "node-a")).toBe(error);
  });
});
