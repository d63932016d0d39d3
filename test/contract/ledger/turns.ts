/** What every ledger promises those that wait for a slot: they are due in the very save that frees one. */
import { expect, test } from "vitest";
import type { Delivery } from "../../../src/core/delivery.ts";
import { signerName } from "../../../src/core/values.ts";
import type { Ledger } from "../../../src/ports.ts";
import { auditOf, begin, birthOf, blockOf, commitOf, foundEvent, goLive, nothingFound, refusalOf, reserve, signer, snapshot, step } from "../../support/ledger.ts";

const cap = 2;

export function turns(ledger: () => Ledger): void {
  /** saved at 2000, not to be looked at before 50000 */
  const ask = (name: string, change: Partial<Delivery> = {}, who = signer): Promise<Delivery> =>
    step(ledger(), name, { state: "proven", waitsFor: { signer: who, maxOpenSlots: cap }, waitCode: "no-open-slot", wakeAt: 50_000, ...change });
  const due = async (): Promise<readonly string[]> => (await ledger().find({ slotOf: signer, dueBefore: 3_000 })).map(({ id }) => id);
  const include = (name: string, effectTx: Delivery["effectTx"]): Promise<Delivery> =>
    step(ledger(), name, { state: "included", by: "us", includedIn: blockOf(12), effectTx });
  const fill = async (...names: readonly string[]) => {
    await begin(ledger(), names);
    const live = [];
    for (const name of names) live.push(await goLive(ledger(), name));
    return live;
  };
  const end = (name: string, live: Awaited<ReturnType<typeof fill>>[number] | undefined): Promise<Delivery> => {
    if (live === undefined) throw new Error(`${name} holds no slot`);
    return step(ledger(), name, { state: "delivered", wakeAt: null, slot: null }, { slotEnds: { ref: live.slot, how: "spent" } });
  };

  test("one slot that ends makes due the nearest deadline among those that wait for this signer", async () => {
    const [a] = await fill("a", "b");
    await begin(ledger(), ["none", "far", "near", "other"]);
    await ask("none");
    await ask("far", { deadline: 9_000 });
    await ask("near", { deadline: 8_000 });
    await ask("other", { deadline: 1 }, signerName("somebody else"));
    expect(await due()).toEqual([]);
    await end("a", a);
    expect(await due()).toEqual(["near"]);
    expect((await snapshot(ledger(), "near")).delivery).toMatchObject({ wakeAt: 2_000, waitCode: "no-open-slot" });
  });

  test("updates of a light client come before every deadline, since deliveries rest on them", async () => {
    const [a] = await fill("a", "b");
    await begin(ledger(), ["near"]);
    await ledger().commit(commitOf({ found: { ...nothingFound, events: [foundEvent("update")], births: [{ ...birthOf("update"), serves: [] }] } }));
    await ask("near", { deadline: 1 });
    await ask("update");
    await end("a", a);
    expect(await due()).toEqual(["update"]);
  });

  test("as many are made due as slots are free, and those without a deadline in the order of their birth", async () => {
    const [a, b] = await fill("a", "b");
    await begin(ledger(), ["first"]);
    await begin(ledger(), ["second", "third"]);
    for (const name of ["third", "second", "first"]) await ask(name);
    await end("a", a);
    await end("b", b);
    expect(await due()).toEqual(["first", "second"]);
  });

  test("one that was let ask and takes none passes its turn on; one that asks again does not", async () => {
    const [a] = await fill("a", "b");
    await begin(ledger(), ["c", "d"]);
    await ask("c", { deadline: 1 });
    await ask("d");
    await end("a", a);
    expect(await due()).toEqual(["c"]);
    await ask("c", { deadline: 1, wakeAt: 2_900 });
    expect(await due()).toEqual(["c"]);
    await step(ledger(), "c", { state: "final", waitsFor: null, waitCode: "rehearsal-failed", wakeAt: 60_000 });
    expect(await due()).toEqual(["d"]);
  });

  test("one whose turn nobody takes, since nobody works on its lane, holds up those behind for a minute only", async () => {
    const [a, b] = await fill("a", "b");
    await begin(ledger(), ["nobody's", "ours", "later"]);
    await ask("nobody's", { deadline: 1 });
    for (const [index, name] of ["ours", "later"].entries()) await ask(name, { deadline: 2 + index, wakeAt: 200_000 });
    await end("a", a);
    await begin(ledger(), ["c"]);
    const { slot } = await reserve(ledger(), "c", 5n, cap);
    expect(await due()).toEqual(["nobody's"]);
    if (b === undefined || slot === null) throw new Error("no slot was held");
    await step(ledger(), "b", { state: "delivered", wakeAt: null, slot: null }, { slotEnds: { ref: b.slot, how: "spent" }, audit: auditOf("b", 70_000) });
    expect((await ledger().find({ slotOf: signer, dueBefore: 70_000 })).map(({ id }) => id)).toEqual(["nobody's", "ours"]);
  });

  const mayAsk = (rank: number, now = 3_000): Promise<boolean> => ledger().mayAsk({ signer, maxOpenSlots: cap, rank, now });

  test("while no slot is free nobody may ask; then the nearest deadlines may, and some after them, so that no free slot waits long", async () => {
    const [a] = await fill("a", "b");
    await begin(ledger(), ["w1", "w2", "w3", "w4", "other"]);
    for (const deadline of [4, 2, 1, 3]) await ask(`w${deadline}`, { deadline });
    await ask("other", { deadline: 1 }, signerName("somebody else"));
    expect([await mayAsk(-1), await mayAsk(1)]).toEqual([false, false]);
    await end("a", a);
    expect(await Promise.all([-1, 1, 3, 4, 99].map((rank) => mayAsk(rank)))).toEqual([true, true, true, false, false]);
  });

  test("who waits for something else, or whom nobody looks at for a minute, is in nobody's way", async () => {
    const [a] = await fill("a", "b");
    await begin(ledger(), ["w1", "w2", "w3"]);
    for (const deadline of [1, 2, 3]) await ask(`w${deadline}`, { deadline });
    await end("a", a);
    expect([await mayAsk(99), await mayAsk(99, 62_000), await mayAsk(99, 62_001)]).toEqual([false, false, true]);
    await step(ledger(), "w2", { waitsFor: null, waitCode: "rehearsal-failed", wakeAt: 60_000 });
    expect(await mayAsk(99)).toBe(true);
  });

  test("a wait that is saved after its slot was freed is due a second later", async () => {
    const [a] = await fill("a", "b");
    await begin(ledger(), ["late"]);
    await end("a", a);
    expect((await ask("late")).wakeAt).toBe(3_000);
    await reserve(ledger(), "late", 5n, cap);
    await begin(ledger(), ["later"]);
    expect((await ask("later")).wakeAt).toBe(50_000);
  });

  test("a slot given back without bytes lets one ask, and so does one that the signer itself saw spent", async () => {
    const [a] = await fill("a");
    await begin(ledger(), ["b", "c", "d"]);
    const { slot } = await reserve(ledger(), "b");
    await ask("c", { deadline: 1 });
    await ask("d", { deadline: 2 });
    if (slot !== null) await step(ledger(), "b", { state: "final", slot: null }, { leavesSlot: slot });
    expect(await due()).toEqual(["c"]);
    await reserve(ledger(), "c", 5n, cap);
    if (a !== undefined) await step(ledger(), "a", { state: "abandoned", wakeAt: null, slot: null }, { leavesSlot: a.slot });
    expect(await due()).toEqual([]);
    const [left] = await ledger().slots({ signer, open: true });
    if (left !== undefined) await ledger().saveSlot({ slot: left, ends: "spent", audit: auditOf("upkeep") });
    expect(await due()).toEqual(["d"]);
  });

  test("a transaction in a block takes no room and lets the next one ask; dropped from it, it takes room again", async () => {
    const [a] = await fill("a", "b");
    await begin(ledger(), ["c", "d"]);
    await ask("c");
    await include("a", a?.hash ?? null);
    expect(await due()).toEqual(["c"]);
    expect((await ledger().slots({ signer, open: true })).map(({ isIncluded }) => isIncluded)).toEqual([true, false]);
    expect((await reserve(ledger(), "c", 5n, cap)).slot?.slot).toBe(7n);
    await step(ledger(), "a", { state: "sent", by: null, includedIn: null, effectTx: null });
    expect((await ledger().slots({ signer, open: true })).map(({ isIncluded }) => isIncluded)).toEqual([false, false, false]);
    expect(await refusalOf(reserve(ledger(), "d", 5n, 3))).toBe("Unavailable no-open-slot");
  });

  test("an effect that is not by the slot's own transactions leaves the slot in the way", async () => {
    await fill("a", "b");
    await begin(ledger(), ["c"]);
    await include("a", blockOf(99).hash);
    expect(await refusalOf(reserve(ledger(), "c", 5n, cap))).toBe("Unavailable no-open-slot");
  });

  test("four times as many slots are the most that are open, in a block or not", async () => {
    const names = Array.from({ length: 4 }, (_, at) => `a${at}`);
    for (const [at, live] of (await fill(...names)).entries()) await include(`a${at}`, live.hash);
    await begin(ledger(), ["b"]);
    expect(await refusalOf(reserve(ledger(), "b", 5n, 1))).toBe("Unavailable no-open-slot");
    expect((await reserve(ledger(), "b", 5n, 2)).slot?.slot).toBe(9n);
  });
}
