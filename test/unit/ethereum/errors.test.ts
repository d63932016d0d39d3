import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classifyRefusal, decodeReason } from "../../../src/chains/ethereum/errors.ts";

type Recorded = { source: string; method: string; error: { code: number; message: string; data?: unknown }; expect: { remedy: string; code: string; reason?: string | null } };
const fixture = new URL("../../fixtures/ethereum/node-errors.json", import.meta.url);
const { answers } = JSON.parse(readFileSync(fixture, "utf8")) as { answers: Recorded[] };

describe("what a node's refusal means", () => {
  it.each(answers.map((answer) => [`${answer.method} ${answer.error.message.slice(0, 60)} (${answer.source})`, answer] as const))("%s", (_name, answer) => {
    const { failure } = classifyRefusal({ data: undefined, ...answer.error }, "node", answer.method);
    expect({ remedy: failure.remedy, code: failure.code }).toEqual({ remedy: answer.expect.remedy, code: answer.expect.code });
    if (answer.expect.reason !== undefined) expect(failure.evidence).toMatchObject({ reason: answer.expect.reason });
  });

  it("an answer nobody recorded lets another endpoint try", () => {
    const { failure } = classifyRefusal({ code: -32000, message: "a new kind of trouble", data: undefined }, "node", "eth_call");
    expect(failure.remedy).toBe("Unavailable");
    expect(failure.evidence).toMatchObject({ message: "a new kind of trouble" });
  });

  it("node text cannot smuggle control characters or pages of text into a message", () => {
    const { failure } = classifyRefusal({ code: -32000, message: `bad\u001b[31m\n${"x".repeat(5000)}`, data: undefined }, "node", "eth_call");
    expect(failure.message).not.toContain("\u001b");
    expect(failure.message).not.toContain("\n");
    expect(failure.message.length).toBeLessThan(600);
  });

  it("broken revert data is shown, not thrown", () => {
    expect(decodeReason("0x08c379a0ffff")).toContain("undecodable");
    expect(decodeReason("0x")).toBeNull();
  });
});
