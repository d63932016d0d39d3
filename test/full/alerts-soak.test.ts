/** A healthy installation of both bridges raises nothing for three minutes; `npm run soak` looks for longer. */
import { expect, test } from "vitest";
import { soak } from "../support/soak.ts";

test("three minutes of issues, deposits and redemptions: everything arrives and nobody is told anything", async () => {
  const { told, alerts, stories, rounds } = await soak({ minutes: 3, say: () => undefined });
  expect(told).toEqual([]);
  expect(alerts).toEqual({ alerts: [] });
  expect(stories).toBeGreaterThan(0);
  expect(rounds).toBeGreaterThan(120);
});
