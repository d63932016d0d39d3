/** The first signal asks, the second insists. */
import { afterEach, expect, test } from "vitest";
import { firstSignal } from "../../../src/cli/signals.ts";

const before = { SIGTERM: process.listeners("SIGTERM"), SIGINT: process.listeners("SIGINT") };
afterEach(() => {
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    for (const listener of process.listeners(name)) if (!before[name].includes(listener)) process.off(name, listener);
  }
});

test("the first one is told, only the second one ends at once, whichever they are", async () => {
  let ended = 0;
  const first = firstSignal(() => void (ended += 1));
  process.emit("SIGINT");
  expect(await first).toBe("SIGINT");
  expect(ended).toBe(0);
  process.emit("SIGTERM");
  expect(ended).toBe(1);
});
