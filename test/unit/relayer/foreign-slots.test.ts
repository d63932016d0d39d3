/** Transactions of somebody else with a signer's key: three are a warning, the fourth within an hour halts and names them. */
import { expect, test } from "vitest";
import { createForeignSlots } from "../../../relayer/foreign-slots.ts";
import { signerName } from "../../../src/core/values.ts";
import { createMemoryLedger } from "../../../src/ledger/memory.ts";
import { createTestClock } from "../../support/clock.ts";
import { hashOf } from "../../support/delivery.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";

const signer = signerName("polkadot");
function createStage() {
  const ledger = createMemoryLedger();
  const clock = createTestClock();
  return { ledger, clock, foreignSlot: createForeignSlots({ ledger, clock, log: createMemoryLog(), meter: createMemoryMeter() }) };
}

test("the fourth within an hour halts the signer with the hashes that are known", async () => {
  const { ledger, foreignSlot } = createStage();
  for (const hash of [hashOf("a"), null, hashOf("c")]) await foreignSlot(signer, hash);
  expect(await ledger.halts()).toEqual([]);
  await foreignSlot(signer, hashOf("d"));
  const [halt] = await ledger.halts();
  expect(halt).toMatchObject({ scope: { kind: "signer", name: signer }, code: "foreign-transactions" });
  for (const name of ["a", "c", "d"]) expect(halt?.because).toContain(hashOf(name));
  const entry = (await ledger.auditLog({ subject: `signer ${signer}` })).find(({ what }) => what === "halt");
  expect(entry?.detail).toEqual({ withinHour: 4, hashes: [hashOf("a"), hashOf("c"), hashOf("d")] });
});

test("four within more than an hour are four warnings", async () => {
  const { ledger, clock, foreignSlot } = createStage();
  for (const name of ["a", "b", "c", "d"]) {
    await foreignSlot(signer, hashOf(name));
    await clock.advance(1_200_000);
  }
  expect(await ledger.halts()).toEqual([]);
});
