/** The end of the process tells a supervisor what may help. */
import { expect, test } from "vitest";
import { exitCodeOf, worstOf } from "../../../src/cli/exit.ts";
import { remedies } from "../../../src/core/errors.ts";

test("every remedy has its exit code", () => {
  expect(Object.fromEntries(remedies.map((remedy) => [remedy, exitCodeOf({ remedy })]))).toEqual({
    Unavailable: 75, Conflict: 75, Rejected: 64, Invalid: 70, Unsafe: 70, Misconfigured: 78, Bug: 70,
  });
});

test("the gravest of several counts", () => {
  expect([worstOf([]), worstOf([0, 75]), worstOf([75, 78, 0]), worstOf([78, 70, 64])]).toEqual([0, 75, 78, 70]);
});
