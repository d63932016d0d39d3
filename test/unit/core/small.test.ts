/** The small pure functions of the core: back-off, failures, sizes of waits. */
import { describe, expect, test } from "vitest";
import { backoffMs, fractionOf } from "../../../src/core/backoff.ts";
import { conflict, failureOf, unavailable, unsafe } from "../../../src/core/errors.ts";
import { priorityOf } from "../../../relayer/relay.ts";

const backoff = { baseMs: 1_000, capMs: 60_000 };

describe("back-off", () => {
  test.each([[1, 1_000], [2, 2_000], [3, 4_000], [6, 32_000], [7, 60_000], [40, 60_000], [1_000_000, 60_000]])(
    "try %i waits between half of and all of %i ms", (tries, whole) => {
      const ms = backoffMs(backoff, tries, "d1");
      expect(ms).toBeGreaterThanOrEqual(whole / 2);
      expect(ms).toBeLessThanOrEqual(whole);
    });
  test("the same subject waits the same, others come back apart", () => {
    expect(backoffMs(backoff, 3, "d1")).toBe(backoffMs(backoff, 3, "d1"));
    const waits = new Set(Array.from({ length: 50 }, (_, n) => backoffMs(backoff, 6, `d${n}`)));
    expect(waits.size).toBeGreaterThan(40);
  });
  test("a longer time named by the other side wins, a shorter one does not", () => {
    expect(backoffMs(backoff, 1, "d1", 90_000)).toBe(90_000);
    expect(backoffMs(backoff, 1, "d1", 1)).toBe(backoffMs(backoff, 1, "d1"));
  });
  test("zero tries is treated as the first", () => {
    expect(backoffMs(backoff, 0, "d1")).toBeLessThanOrEqual(1_000);
  });
  test("the jitter is a fraction below one", () => {
    for (const text of ["", "a", "d1#1", "\u{1F980}"]) {
      expect(fractionOf(text)).toBeGreaterThanOrEqual(0);
      expect(fractionOf(text)).toBeLessThan(1);
    }
  });
});

describe("any thrown value is a failure with a remedy", () => {
  test("what was classified keeps its class, code and evidence", () => {
    expect(failureOf(unsafe("a-code", "words", { evidence: { height: 1 } }))).toEqual({ remedy: "Unsafe", code: "a-code", message: "words", evidence: { height: 1 } });
  });
  test("a named time to retry travels along", () => {
    expect(failureOf(unavailable("slow", "words", { retryAfterMs: 5 }))).toMatchObject({ retryAfterMs: 5 });
    expect(failureOf(conflict("moved", "words"))).not.toHaveProperty("retryAfterMs");
  });
  test.each([[new TypeError("x is undefined"), "TypeError: x is undefined"], ["text", "text"], [undefined, "undefined"], [{}, "[object Object]"]])(
    "%s, which nobody classified, is our bug", (thrown, message) => {
      expect(failureOf(thrown)).toEqual({ remedy: "Bug", code: "unexpected", message, evidence: null });
    });
  test("the cause is kept for the log", () => {
    const cause = new Error("socket");
    expect(unavailable("down", "words", { cause }).cause).toBe(cause);
  });
});

describe("priority by protocol deadline", () => {
  const minute = 60_000;
  test.each([[null, 1_000_000], [-minute, 1], [1, 1], [minute + 1, 2], [90 * minute, 90], [1e15, 999_999]] as const)(
    "%s ms away is priority %i", (away, priority) => {
      expect(priorityOf(away === null ? null : 5_000 + away, 5_000)).toBe(priority);
    });
});
