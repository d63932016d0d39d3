/** Several deliveries of one signer at once: a higher slot waits for the bytes of a lower one, not for a timer. */
import { expect, test } from "vitest";
import { createRelay } from "../../../relayer/relay.ts";
import { unavailable } from "../../../src/core/errors.ts";
import { deliveryId } from "../../../src/core/values.ts";
import { attemptOf } from "../../support/delivery.ts";
import { createMemoryLog, createMemoryMeter } from "../../support/quiet.ts";
import { createParts } from "../../support/relay-parts.ts";
import { createSmallWorld, hashOf, lane, signer } from "../../support/world.ts";

function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((done) => {
    open = done;
  });
  return { promise, open };
}

async function twoAtOnce(endOfLower: "signs" | "fails") {
  const world = await createSmallWorld();
  const { signal } = new AbortController();
  const release = gate();
  const higherSigned = gate();
  const sent: bigint[] = [];
  const { work } = createParts({ name: lane, signer }, {
    signer,
    sign: async (_event, _proof, slot) => {
      if (slot.slot === 5n) {
        await release.promise;
        if (endOfLower === "fails") throw unavailable("endpoint-timeout", "the node is away");
      } else {
        higherSigned.open();
      }
      return { ...attemptOf(slot.slot, 0, { broadcasts: 0 }), slot, signedAt: world.clock.now() };
    },
    send: async ({ slot }) => void sent.push(slot.slot),
  });
  const relay = createRelay({ ...world, log: createMemoryLog(), meter: createMemoryMeter(), lanes: [work], auditEveryMs: 30_000 });
  const ids = ["a", "b"].map((name) => deliveryId(`${lane}:${name}`));
  await world.add("a", hashOf(1));
  await world.add("b", hashOf(2));
  const working = ids.map((id) => relay.work(lane, id, signal));
  await higherSigned.promise;
  await world.clock.advance(0);
  expect(sent).toEqual([]);
  release.open();
  await Promise.all(working);
  const waits = await Promise.all(ids.map(async (id) => (await world.ledger.load(id, []))?.delivery.waitCode));
  return { sent, waits };
}

test("both go out as soon as the lower one has its bytes", async () => {
  const { sent, waits } = await twoAtOnce("signs");
  expect(sent.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([5n, 6n]);
  expect(waits).toEqual(["transaction-pending", "transaction-pending"]);
});

test("the higher one stays where it is when the lower one cannot be signed", async () => {
  const { sent, waits } = await twoAtOnce("fails");
  expect(sent).toEqual([]);
  expect(waits).toEqual(["endpoint-timeout", "lower-slot-reserved"]);
});
