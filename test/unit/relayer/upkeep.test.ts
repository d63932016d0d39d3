/** The signer's own care for slots that no delivery looks after. */
import { expect, test } from "vitest";
import { createUpkeep } from "../../../relayer/upkeep.ts";
import { rejected, unavailable } from "../../../src/core/errors.ts";
import type { GantryError } from "../../../src/core/errors.ts";
import { attemptOf } from "../../support/delivery.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";
import { createParts } from "../../support/relay-parts.ts";
import { createSmallWorld, hashOf, lane, proved, signed, signer, sourceFinal } from "../../support/world.ts";

const { signal } = new AbortController();

/** A slot whose delivery was abandoned before anything went out; the node answers each send with the next of `answers`. */
async function abandoned(answers: readonly (GantryError | null)[]) {
  const { ledger, clock, add } = await createSmallWorld();
  await add("a", hashOf(1), [sourceFinal, proved, "reserve", signed, { kind: "abandon" }]);
  const left = [...answers];
  let fills = 0;
  const { work } = createParts({ name: lane, signer }, {
    signer,
    fill: async (slot, previous) => attemptOf(slot.slot, (fills += 1), { slot, replaces: previous?.hash ?? null, purpose: "fill", broadcasts: 0 }),
    send: async () => {
      const answer = left.shift() ?? null;
      if (answer !== null) throw answer;
    },
  });
  const pass = createUpkeep({ ledger, clock, log: createMemoryLog(), meter: createMemoryMeter(), lanes: [work], foreignSlot: async () => undefined, turns: { isDue: async () => true, pass: async () => undefined } });
  const attempts = async () => (await ledger.slots({ signer, open: true })).flatMap((slot) => slot.attempts.map(({ purpose, broadcasts }) => `${purpose} ${broadcasts}`));
  return { pass: () => pass(signal), attempts };
}

test("fill bytes that no block takes any more are replaced by others, and the slot is not held open for ever", async () => {
  const { pass, attempts } = await abandoned([rejected("era-over", "its blocks are over"), null]);
  await pass();
  expect(await attempts()).toEqual(["effect 0", "fill 0"]);
  await pass();
  expect(await attempts()).toEqual(["effect 0", "fill 0", "fill 0"]);
  await pass();
  expect(await attempts()).toEqual(["effect 0", "fill 0", "fill 1"]);
});

test("fill bytes that a node could not take yet are sent again as they are", async () => {
  const { pass, attempts } = await abandoned([unavailable("pool-full", "later"), null]);
  for (let passes = 0; passes < 3; passes += 1) await pass();
  expect(await attempts()).toEqual(["effect 0", "fill 1"]);
});
