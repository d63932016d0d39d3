/** What every ledger promises about slots and attempts (the storing half of the slot law). */
import { expect, test } from "vitest";
import type { SlotRef } from "../../../src/core/delivery.ts";
import { signerName } from "../../../src/core/values.ts";
import type { Ledger, SlotSave } from "../../../src/ports.ts";
import { auditOf, begin, goLive, refusalOf, reserve, signer, snapshot, step, txOf } from "../../support/ledger.ts";

const ref = (slot: bigint): SlotRef => ({ signer, slot });

export function slots(ledger: () => Ledger): void {
  const states = async (): Promise<readonly string[]> =>
    (await ledger().slots({ signer })).map((slot) => `${slot.ref.slot} ${slot.state} ${slot.delivery ?? "nobody"}`);
  const giveUp = async (name: string): Promise<void> => {
    const { slot } = (await snapshot(ledger(), name)).delivery;
    if (slot !== null) await step(ledger(), name, { state: "abandoned", wakeAt: null, slot: null }, { leavesSlot: slot });
  };

  test("slots are handed out from the floor up, and fill in the stored delivery", async () => {
    await begin(ledger(), ["a", "b", "c"]);
    expect((await reserve(ledger(), "a", 5n)).slot).toEqual(ref(5n));
    expect((await reserve(ledger(), "b", 5n)).slot).toEqual(ref(6n));
    expect((await reserve(ledger(), "c", 9n)).slot).toEqual(ref(9n));
    expect((await snapshot(ledger(), "c")).delivery.slot).toEqual(ref(9n));
    expect(await states()).toEqual(["5 reserved a", "6 reserved b", "9 reserved c"]);
  });

  test("what the caller thinks the slot will be does not matter", async () => {
    await begin(ledger(), ["a"]);
    const saved = await step(ledger(), "a", { slot: ref(99n) }, { reserve: { signer, floor: 5n, maxOpenSlots: 3 } });
    expect(saved.slot).toEqual(ref(5n));
  });

  test("reservations asked for at the same moment never get the same slot", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `d${index}`);
    await begin(ledger(), names);
    const saved = await Promise.all(names.map((name) => reserve(ledger(), name, 8n, 30)));
    expect(new Set(saved.map(({ slot }) => slot?.slot)).size).toBe(30);
    expect((await ledger().slots({ signer })).map((slot) => slot.ref.slot)).toEqual(names.map((_, index) => 8n + BigInt(index)));
  });

  test("slots sort as numbers, far beyond 64 bits, and signers do not share them", async () => {
    await begin(ledger(), ["a", "b", "c", "d"]);
    await reserve(ledger(), "a", 9n);
    await reserve(ledger(), "b", 2n ** 287n);
    expect((await reserve(ledger(), "c", 0n)).slot?.slot).toBe(2n ** 287n + 1n);
    expect((await reserve(ledger(), "d", 0n, 1, signerName("other"))).slot?.slot).toBe(0n);
    expect((await ledger().slots({ signer })).map((slot) => slot.ref.slot)).toEqual([9n, 2n ** 287n, 2n ** 287n + 1n]);
  });

  test("the lowest ownerless reserved slot is handed out again before a new one", async () => {
    await begin(ledger(), ["a", "b", "c", "d", "e", "f"]);
    for (const name of ["a", "b", "c"]) await reserve(ledger(), name);
    await giveUp("b");
    await giveUp("a");
    expect((await reserve(ledger(), "d")).slot).toEqual(ref(5n));
    expect((await reserve(ledger(), "e")).slot).toEqual(ref(6n));
    expect((await reserve(ledger(), "f")).slot).toEqual(ref(8n));
  });

  test("ownerless reserved slots below the floor become void; owned and live ones below it stay", async () => {
    await begin(ledger(), ["a", "b", "c", "d"]);
    await goLive(ledger(), "a");
    await reserve(ledger(), "b");
    await reserve(ledger(), "c");
    await giveUp("b");
    expect((await reserve(ledger(), "d", 8n)).slot).toEqual(ref(8n));
    expect(await states()).toEqual(["5 live a", "6 void nobody", "7 reserved c", "8 reserved d"]);
  });

  test("at the cap a reservation is refused and nothing of the step is kept", async () => {
    await begin(ledger(), ["a", "b", "c"]);
    await goLive(ledger(), "a");
    await reserve(ledger(), "b");
    expect(await refusalOf(reserve(ledger(), "c", 5n, 2))).toBe("Unavailable no-open-slot");
    expect((await snapshot(ledger(), "c")).delivery).toMatchObject({ state: "seen", version: 1, slot: null });
    expect(await states()).toEqual(["5 live a", "6 reserved b"]);
  });

  test("at the cap an ownerless reserved slot can still be taken over: everything above it waits for its bytes", async () => {
    await begin(ledger(), ["a", "b", "c"]);
    await reserve(ledger(), "a");
    await goLive(ledger(), "b");
    await giveUp("a");
    expect((await reserve(ledger(), "c", 5n, 2)).slot).toEqual(ref(5n));
  });

  test("ended slots free the cap", async () => {
    await begin(ledger(), ["a", "b"]);
    const { slot } = await goLive(ledger(), "a");
    await step(ledger(), "a", { state: "delivered", slot: null, wakeAt: null }, { slotEnds: { ref: slot, how: "spent" } });
    expect((await reserve(ledger(), "b", 5n, 1)).slot).toEqual(ref(6n));
  });

  test("an attempt makes the slot live; further attempts follow, oldest first", async () => {
    await begin(ledger(), ["a"]);
    const { slot, hash } = await goLive(ledger(), "a");
    await step(ledger(), "a", {}, { attempt: txOf("second", slot, hash) });
    await step(ledger(), "a", {}, { attempt: txOf("first by name", slot, hash) });
    const held = (await snapshot(ledger(), "a")).slot;
    expect(held).toMatchObject({ ref: slot, delivery: "a", state: "live" });
    expect(held?.attempts.map(({ detail }) => detail)).toEqual([{ name: "tx of a" }, { name: "second" }, { name: "first by name" }]);
    expect(held?.attempts[0]).toEqual({ ...txOf("tx of a", slot), broadcasts: 0, lastSentAt: null });
  });

  test("each hand-over to a node is counted and timed", async () => {
    await begin(ledger(), ["a"]);
    const { hash } = await goLive(ledger(), "a");
    await step(ledger(), "a", {}, { sent: { hash, at: 4_000 } });
    await step(ledger(), "a", {}, { sent: { hash, at: 5_000 } });
    expect((await snapshot(ledger(), "a")).slot?.attempts).toMatchObject([{ broadcasts: 2, lastSentAt: 5_000 }]);
  });

  test("an attempt is found by its hash, also after its delivery left the slot", async () => {
    await begin(ledger(), ["a"]);
    const { slot, hash } = await goLive(ledger(), "a");
    expect(await ledger().attemptByHash(hash)).toMatchObject({ slot: { ref: slot }, delivery: "a" });
    await giveUp("a");
    expect(await ledger().attemptByHash(hash)).toMatchObject({ slot: { ref: slot, state: "live" }, delivery: null });
    expect(await ledger().attemptByHash("0x00")).toBeNull();
  });

  test("bytes for a slot that this delivery does not hold, or twice the same bytes, are our bug", async () => {
    await begin(ledger(), ["a", "b"]);
    const { slot, hash } = await goLive(ledger(), "a");
    await reserve(ledger(), "b");
    expect(await refusalOf(step(ledger(), "b", {}, { attempt: txOf("x", slot) }))).toBe("Bug slot-not-held");
    expect(await refusalOf(step(ledger(), "b", { slot }, { attempt: txOf("x", slot) }))).toBe("Bug slot-not-held");
    expect(await refusalOf(step(ledger(), "b", { slot: ref(40n) }, { attempt: txOf("x", ref(40n)) }))).toBe("Bug slot-not-held");
    expect(await refusalOf(step(ledger(), "a", {}, { attempt: txOf("tx of a", slot) }))).toBe("Bug attempt-known");
    expect(await refusalOf(step(ledger(), "b", {}, { sent: { hash, at: 1 } }))).toBe("Bug attempt-in-other-slot");
    expect(await refusalOf(step(ledger(), "b", {}, { sent: { hash: "0x00", at: 1 } }))).toBe("Bug attempt-unknown");
  });

  test("a slot ends once, is not named afterwards, and is never dropped in silence", async () => {
    await begin(ledger(), ["a"]);
    const { slot } = await goLive(ledger(), "a");
    expect(await refusalOf(step(ledger(), "a", { slot: null }))).toBe("Bug slot-still-held");
    expect(await refusalOf(step(ledger(), "a", {}, { slotEnds: { ref: slot, how: "spent" } }))).toBe("Bug slot-not-held");
    expect(await refusalOf(reserve(ledger(), "a"))).toBe("Bug slot-still-held");
    await step(ledger(), "a", { state: "final", slot: null }, { slotEnds: { ref: slot, how: "spent" } });
    expect(await refusalOf(step(ledger(), "a", {}, { slotEnds: { ref: slot, how: "void" } }))).toBe("Bug slot-already-ended");
    expect(await refusalOf(step(ledger(), "a", { slot }))).toBe("Bug slot-not-held");
    expect((await reserve(ledger(), "a")).slot).toEqual(ref(6n));
    expect(await ledger().slots({ delivery: (await snapshot(ledger(), "a")).delivery.id })).toHaveLength(2);
  });

  test("a slot left by its delivery stays with the signer as it was", async () => {
    await begin(ledger(), ["a"]);
    await goLive(ledger(), "a");
    await giveUp("a");
    expect(await states()).toEqual(["5 live nobody"]);
  });

  test("a lower slot without bytes is seen by every slot above it, until it has bytes", async () => {
    await begin(ledger(), ["a", "b"]);
    const low = (await reserve(ledger(), "a")).slot ?? ref(0n);
    await goLive(ledger(), "b");
    expect((await snapshot(ledger(), "b")).lowerSlotReserved).toBe(true);
    expect((await snapshot(ledger(), "a")).lowerSlotReserved).toBe(false);
    await step(ledger(), "a", { state: "sent" }, { attempt: txOf("tx of a", low) });
    expect((await snapshot(ledger(), "b")).lowerSlotReserved).toBe(false);
  });

  test("open slots are the reserved and the live ones", async () => {
    await begin(ledger(), ["a", "b", "c"]);
    const { slot } = await goLive(ledger(), "a");
    await step(ledger(), "a", { slot: null }, { slotEnds: { ref: slot, how: "void" } });
    await goLive(ledger(), "b");
    await reserve(ledger(), "c");
    expect((await ledger().slots({ signer, open: true })).map(({ state }) => state)).toEqual(["live", "reserved"]);
    expect((await ledger().slots({ open: false })).map(({ state }) => state)).toEqual(["void"]);
  });

  const upkeep = async (rest: Omit<SlotSave, "slot" | "audit">): Promise<void> => {
    const [slot] = await ledger().slots({ signer });
    if (slot === undefined) throw new Error("no slot");
    await ledger().saveSlot({ slot, audit: auditOf("upkeep"), ...rest });
  };

  test("the signer fills, sends and ends a slot that was left to it", async () => {
    await begin(ledger(), ["a"]);
    await reserve(ledger(), "a");
    await giveUp("a");
    const fill = { ...txOf("fill", ref(5n)), purpose: "fill" as const };
    expect(await refusalOf(upkeep({ attempt: { ...fill, slot: ref(6n) } }))).toBe("Bug attempt-in-other-slot");
    await upkeep({ attempt: fill });
    await upkeep({ sent: { hash: fill.hash, at: 7_000 } });
    expect(await ledger().slots({ signer })).toMatchObject([{ state: "live", delivery: null, attempts: [{ purpose: "fill", broadcasts: 1 }] }]);
    await upkeep({ ends: "spent" });
    expect(await states()).toEqual(["5 spent nobody"]);
    expect(await refusalOf(upkeep({ ends: "void" }))).toBe("Bug slot-already-ended");
    expect(await ledger().auditLog({ subject: "upkeep" })).toHaveLength(3);
  });

  test("upkeep taken on an older look at the slot is refused", async () => {
    await begin(ledger(), ["a", "b"]);
    await reserve(ledger(), "a");
    await giveUp("a");
    const [slot] = await ledger().slots({ signer });
    if (slot === undefined) throw new Error("no slot");
    const again = (change: object): Promise<void> => ledger().saveSlot({ slot: { ...slot, ...change }, ends: "void", audit: auditOf("upkeep") });
    expect(await refusalOf(again({ state: "live" }))).toBe("Conflict ledger-slot-moved");
    expect(await refusalOf(again({ attempts: [{ ...txOf("x", slot.ref), broadcasts: 0, lastSentAt: null }] }))).toBe("Conflict ledger-slot-moved");
    expect(await refusalOf(again({ ref: ref(77n) }))).toBe("Bug slot-unknown");
    await reserve(ledger(), "b");
    expect(await refusalOf(again({}))).toBe("Conflict ledger-slot-moved");
  });

  test("a slot whose delivery works on it is not the signer's to touch; one whose delivery is parked is", async () => {
    await begin(ledger(), ["a"]);
    await goLive(ledger(), "a");
    expect(await refusalOf(upkeep({ ends: "spent" }))).toBe("Conflict ledger-slot-moved");
    await step(ledger(), "a", { state: "parked", parked: { from: "sent", code: "x", evidence: null }, wakeAt: null });
    await upkeep({ ends: "spent" });
    expect((await snapshot(ledger(), "a")).slot?.state).toBe("spent");
    expect((await step(ledger(), "a", { state: "final", parked: null, slot: null })).slot).toBeNull();
  });
}
