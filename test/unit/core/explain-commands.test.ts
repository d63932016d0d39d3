/** Every command that an explanation offers is taken by the program's own parser, and carries what the order needs. */
import { describe, expect, test } from "vitest";

import { createProgram } from "../../../src/cli/program.ts";
import type { Actions } from "../../../src/cli/program.ts";
import type { Cause } from "../../../src/core/causes.ts";
import { explain } from "../../../src/core/explain.ts";
import { installationCauses } from "../../../src/core/findings.ts";
import { phases } from "../../../src/core/transfer.ts";
import { signerName } from "../../../src/core/values.ts";
import { now } from "../../support/delivery.ts";
import { day, hour, quiet, scene, troubles } from "../../support/scenes.ts";

const words = (line: string): readonly string[] => [...line.matchAll(/'([^']*)'|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? "");

async function called(line: string): Promise<readonly unknown[]> {
  const calls: unknown[] = [];
  const actions = new Proxy({}, { get: (_, name) => (...given: readonly unknown[]) => { calls.push(String(name), ...given.slice(1)); return Promise.resolve(0); } }) as Actions;
  const [command, ...args] = words(line);
  expect(command).toBe("gantry");
  await createProgram(actions, { out: () => undefined, err: () => undefined }, "1.2.3", () => undefined).parseAsync([...args], { from: "user" });
  return calls;
}

const quietest = scene("deposit", "send");
const signers = [{ name: signerName("maintainer"), chain: "ethereum", balance: 1, runwayMs: null, runwayBudgetMs: day, openSlots: 0, maxOpenSlots: 8, lowest: null, lowestBudgetMs: hour, foreign: { count: 1, lastAt: now } }] as const;
const lines = new Set<string>();
for (const make of Object.values(troubles)) {
  for (const phase of phases) {
    const { transfer, journey, world, clocks } = make(scene("deposit", phase));
    const told = explain(transfer, journey, world, clocks)?.action?.command;
    for (const line of [told, ...installationCauses(world, clocks.now).map(({ action }) => action.command)]) if (typeof line === "string") lines.add(line);
  }
}
for (const phase of phases) lines.add(explain(scene("deposit", phase).transfer, quietest.journey, quiet, scene("deposit", phase, 90 * day).clocks)?.action?.command ?? "gantry status");
for (const { action } of installationCauses({ ...quiet, signers }, now)) if (action.command !== null) lines.add(action.command);

describe("commands that are offered", () => {
  test.each([...lines])("%s", async (line) => {
    expect((await called(line)).length).toBeGreaterThan(0);
  });

  test("resuming names the scope or the delivery, as the order wants it", async () => {
    const commandOf = (cause: Cause) => installationCauses(troubles[cause]?.(quietest).world ?? quiet, now)[0]?.action.command ?? "";
    expect(await called(commandOf("lane-halted"))).toMatchObject(["order", { verb: "resume", subject: "lane:tbtc-deposit-sweep" }]);
    expect(await called(commandOf("signer-halted"))).toMatchObject(["order", { verb: "resume", subject: "signer:maintainer" }]);
    expect(await called(commandOf("chain-halted"))).toMatchObject(["order", { verb: "resume", subject: "chain:ethereum" }]);
    expect(await called(commandOf("proof-refused"))).toMatchObject(["order", { verb: "resume", subject: expect.stringContaining("tbtc-deposit-sweep-") }]);
  });
});
