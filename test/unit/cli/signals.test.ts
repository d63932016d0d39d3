/** The first signal asks, the second insists. */
import { afterEach, expect, test } from "vitest";
import { firstSignal } from "../../../src/cli/signals.ts";

const before = { SIGTERM: process.listeners("SIGTERM"), SIGINT: process.listeners("SIGINT") };
afterEach(() => {
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    for (const listener of process.listeners(name)) if (!before[name].includes(listener)) process.off(name, listener);
  }
});

test("the first one is told, only a second one ends at once, and one keystroke delivered twice is one", async () => {
  let ended = 0;
  let now = 0;
  const first = firstSignal(() => void (ended += 1), () => now);
  process.emit("SIGINT");
  expect(await first).toBe("SIGINT");
  now = 50;
  process.emit("SIGINT");
  expect(ended).toBe(0);
  now = 1_000;
  process.emit("SIGTERM");
  expect(ended).toBe(1);
});
