/** What a log line holds, and what it never holds. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { invalid } from "../../../src/core/errors.ts";
import { createLog } from "../../../src/log.ts";
import type { LogLevel } from "../../../src/log.ts";
import { isSecret, secretOf } from "../../../src/secret.ts";

function capture(level: LogLevel = "debug") {
  const lines: string[] = [];
  const log = createLog({ level, destination: { write: (line: string) => void lines.push(line) } });
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown>;
  return { log, lines, last };
}

describe("a line", () => {
  it("is one JSON object with level, time, fields and message", () => {
    const { log, lines, last } = capture();
    log.info({ lane: "tbtc-redemption", delivery: "d1", code: "sent" }, "handed to a node");
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith("}\n")).toBe(true);
    expect(last()).toMatchObject({ level: "info", lane: "tbtc-redemption", delivery: "d1", code: "sent", msg: "handed to a node" });
    expect(new Date(String(last()["time"])).toISOString()).toBe(last()["time"]);
  });
  it("keeps amounts whole at any depth, and bytes as hex", () => {
    const { log, last } = capture();
    log.info({ feeWei: 2n ** 70n, tx: { parts: [1n, new Uint8Array([0, 255])] }, slots: new Map([["a", 7n]]) }, "x");
    expect(last()).toMatchObject({ feeWei: "1180591620717411303424", tx: { parts: ["1", "0x00ff"] }, slots: [["a", "7"]] });
  });
  it("tells an error with its code, evidence and cause", () => {
    const { log, last } = capture();
    log.error({ error: invalid("merkle-root-mismatch", "root differs", { evidence: { height: 7 }, cause: new TypeError("inner") }) }, "x");
    expect(last()["error"]).toMatchObject({ code: "merkle-root-mismatch", remedy: "Invalid", evidence: { height: 7 }, cause: { message: "inner" } });
  });
  it("ends where values go round in a circle", () => {
    const { log, last } = capture();
    const round: Record<string, unknown> = { name: "round" };
    round["self"] = round;
    log.info({ round }, "x");
    expect(JSON.stringify(last())).toContain("[deeper]");
  });
});

describe("the level", () => {
  it("can be changed while running", () => {
    const { log, lines } = capture("warn");
    log.info({}, "not shown");
    log.setLevel("debug");
    log.debug({}, "shown");
    log.setLevel("error");
    log.warn({}, "not shown");
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["shown"]);
  });
});

describe("a secret", () => {
  const secret = secretOf("hunter2");
  it("is not in a line, wherever it stands", () => {
    const { log, lines } = capture();
    log.warn({ secret, list: [secret], map: new Map([["k", secret]]), deep: { deep: { secret } } }, "x");
    log.error({ error: new Error("at https://me:hunter2@node.example/x"), url: new URL("https://me:hunter2@node.example") }, "see redis://:hunter2@127.0.0.1:6379/0");
    expect(lines.join("")).not.toContain("hunter2");
    expect(lines[0]?.match(/\[secret\]/gu)).toHaveLength(4);
    expect(lines[1]).toContain("see redis://[secret]@127.0.0.1:6379/0");
  });
  it("shows a mark in every other form too", () => {
    expect([JSON.stringify({ secret }), String(secret), inspect(secret), inspect({ a: { b: { secret } } }), JSON.stringify(Object.entries(secret))].join(" ")).not.toContain("hunter2");
    expect(secret.reveal()).toBe("hunter2");
    expect([isSecret(secret), isSecret({ reveal: () => "x" }), isSecret(null)]).toEqual([true, false, false]);
  });
});
