/** The ledger's rules where a table says more than a story (test/contract tells the stories). */
import { expect, test } from "vitest";
import type { SlotState } from "../../../src/core/delivery.ts";
import { allocateSlot, firstRange, rangesFor, standingOf } from "../../../src/ledger/rules.ts";
import type { SlotRow } from "../../../src/ledger/rows.ts";
import { deliveryId } from "../../../src/core/values.ts";
import { blockOf, refusalOf, signer, viewOf, watchOf } from "../../support/ledger.ts";

const row = (slot: bigint, state: SlotState, owner: string | null): SlotRow => ({
  ref: { signer, slot }, state, delivery: owner === null ? null : deliveryId(owner), isIncluded: false,
});
const allocate = (floor: bigint, maxOpenSlots: number, open: readonly SlotRow[], highest: bigint | null) => {
  const { slot, voids } = allocateSlot({ signer, floor, maxOpenSlots }, open, highest);
  return [slot.slot, ...voids.map((ref) => ref.slot)];
};

test.each<[string, bigint, readonly SlotRow[], bigint | null, readonly bigint[]]>([
  ["the first slot is the floor", 7n, [], null, [7n]],
  ["a slot above the highest, also when that one ended", 3n, [], 7n, [8n]],
  ["the floor, when the chain is further than we are", 20n, [], 7n, [20n]],
  ["an ownerless reserved one before a new one", 3n, [row(5n, "reserved", null)], 7n, [5n]],
  ["the lowest of them, whatever their order", 3n, [row(6n, "reserved", null), row(5n, "reserved", null)], 7n, [5n]],
  ["none below the floor: those are void", 6n, [row(5n, "reserved", null), row(6n, "reserved", null)], 7n, [6n, 5n]],
  ["never an owned one, never a live one", 3n, [row(5n, "reserved", "a"), row(6n, "live", null)], 7n, [8n]],
])("a reservation gets %s", (_, floor, open, highest, expected) => {
  expect(allocate(floor, 10, open, highest)).toEqual(expected);
});

test("voided slots do not count towards the cap; owned and live ones do", async () => {
  const open = [row(4n, "reserved", null), row(5n, "live", null), row(6n, "reserved", "a")];
  expect(allocate(5n, 3, open, 6n)).toEqual([7n, 4n]);
  expect(await refusalOf(Promise.resolve().then(() => allocate(5n, 2, open, 6n)))).toBe("Unavailable no-open-slot");
});

test("the view speaks for its own heights, whatever is remembered", () => {
  const view = viewOf(10, 14);
  expect(standingOf(blockOf(12), view, blockOf(12, "b").hash)).toBe("tip");
  expect(standingOf(blockOf(10), view, blockOf(10, "b").hash)).toBe("final");
  expect(standingOf(blockOf(12, "b"), view, blockOf(12, "b").hash)).toBe("dropped");
  expect(standingOf(blockOf(9), view, null)).toBe("unknown");
  expect(standingOf(blockOf(9), null, blockOf(9).hash)).toBe("unknown");
});

test("new watches open one range per hint, up to the head; hints above it are met by coming blocks", () => {
  const view = viewOf(10, 14, "bitcoin");
  const watches = [watchOf("a", 3), watchOf("b", 3), watchOf("c", 14), watchOf("d", 15)];
  expect(rangesFor("bitcoin", watches, 7, view).map(({ id, next, last }) => [id, next, last])).toEqual([
    ["watches:bitcoin:7:3", 3, 14], ["watches:bitcoin:7:14", 14, 14],
  ]);
  expect(rangesFor("bitcoin", watches, 7, null)).toEqual([]);
  expect(firstRange("bitcoin", watches, view)).toMatchObject({ next: 3, last: 14 });
  expect(firstRange("bitcoin", [watchOf("d", 15)], view)).toBeNull();
});
