/** Stored text: what goes in comes out, and slot keys sort as numbers. */
import { expect, test } from "vitest";
import { signerName } from "../../../src/core/values.ts";
import { decodeDelivery, encodeDelivery, slotKey, slotOfKey } from "../../../src/ledger/codec.ts";
import { deliveryOf } from "../../../src/ledger/rules.ts";
import { birthOf, blockOf, refusalOf, signer } from "../../support/ledger.ts";

test("a delivery comes back from its text, large slots included", () => {
  const delivery = { ...deliveryOf(birthOf("a"), 7), slot: { signer, slot: 2n ** 200n }, builtOn: [blockOf(1)], proof: { n: "1" } };
  expect(decodeDelivery(encodeDelivery(delivery))).toEqual(delivery);
  expect(decodeDelivery(encodeDelivery({ ...delivery, slot: null })).slot).toBeNull();
});

test("slot keys sort as text in the order of their numbers", () => {
  const slots = [0n, 1n, 9n, 10n, 11n, 99n, 100n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 288n];
  const keys = slots.map(slotKey);
  expect([...keys].sort()).toEqual(keys);
  expect(keys.map((key) => slotOfKey(signerName("s"), key).slot)).toEqual(slots);
});

test("what cannot be a slot is our bug", async () => {
  expect(await refusalOf(Promise.resolve().then(() => slotKey(-1n)))).toBe("Bug slot-out-of-range");
  expect(await refusalOf(Promise.resolve().then(() => slotKey(10n ** 99n)))).toBe("Bug slot-out-of-range");
});
