/** What every ledger promises about whom a commit wakes. */
import { expect, test } from "vitest";
import type { Delivery } from "../../../src/core/delivery.ts";
import { deliveryId } from "../../../src/core/values.ts";
import type { Wait } from "../../../src/core/values.ts";
import type { Ledger } from "../../../src/ports.ts";
import { begin, birthOf, blockOf, commitOf, foundEvent, lane, moveView, nothingFound, snapshot, step, viewOf } from "../../support/ledger.ts";

const at = (height: number, which: "best" | "final"): Wait => ({ chain: "ethereum", height, at: which });

export function waits(ledger: () => Ledger): void {
  const waitFor = (name: string, waitsFor: Wait | null, change: Partial<Delivery> = {}): Promise<Delivery> =>
    step(ledger(), name, { waitsFor, waitCode: "waiting", wakeAt: 50_000, ...change });

  test("births are woken with what the queue needs", async () => {
    const births = [{ ...birthOf("b"), deadline: 99 }, birthOf("a")];
    const { wake } = await ledger().commit(commitOf({ found: { events: [foundEvent("a"), foundEvent("b")], births, watches: [] } }));
    expect(wake).toEqual([{ id: "a", lane, deadline: null }, { id: "b", lane, deadline: 99 }]);
  });

  test("exactly those are woken whose height the view reached, best and final apart", async () => {
    await begin(ledger(), ["best15", "best16", "final11", "final12", "fact", "none", "other"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("best15", at(15, "best"));
    await waitFor("best16", at(16, "best"));
    await waitFor("final11", at(11, "final"));
    await waitFor("final12", at(12, "final"));
    await waitFor("fact", { fact: "epoch" });
    await waitFor("none", null);
    await waitFor("other", { chain: "bitcoin", height: 1, at: "best" });
    expect(await moveView(ledger(), viewOf(11, 15))).toEqual(["best15", "final11"]);
    expect((await snapshot(ledger(), "best15")).waitEnded).toBe(true);
    expect((await snapshot(ledger(), "best16")).waitEnded).toBe(false);
    expect((await snapshot(ledger(), "fact")).waitEnded).toBe(false);
    expect((await snapshot(ledger(), "other")).waitEnded).toBe(false);
    expect(await moveView(ledger(), viewOf(20, 25))).toEqual(["best16", "final12"]);
  });

  test("an ended wait wakes once, until it is saved again", async () => {
    await begin(ledger(), ["a"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("a", at(15, "best"));
    expect(await moveView(ledger(), viewOf(10, 15))).toEqual(["a"]);
    expect(await moveView(ledger(), viewOf(10, 16))).toEqual([]);
    await waitFor("a", at(17, "best"));
    expect(await moveView(ledger(), viewOf(10, 17))).toEqual(["a"]);
  });

  test("an ended wait is due in the ledger itself, so that its wake may be lost; the next step's wait counts again", async () => {
    const due = async (before: number): Promise<readonly string[]> => (await ledger().find({ dueBefore: before })).map(({ id }) => id);
    await begin(ledger(), ["ended", "waiting"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("ended", at(15, "best"));
    await waitFor("waiting", at(16, "best"));
    const { version } = (await snapshot(ledger(), "ended")).delivery;
    await moveView(ledger(), viewOf(10, 15), { now: 9_000 });
    expect(await due(8_999)).toEqual([]);
    expect(await due(9_000)).toEqual(["ended"]);
    expect((await snapshot(ledger(), "ended")).delivery.version).toBe(version); // a step that runs meanwhile is not refused
    await waitFor("ended", at(17, "best"));
    expect(await due(49_999)).toEqual([]);
    expect(await due(50_000)).toEqual(["ended", "waiting"]);
  });

  test("a wait whose height was passed while the step was taken is due a second later, whatever it says", async () => {
    await begin(ledger(), ["passed", "ahead"]);
    await moveView(ledger(), viewOf(10, 14));
    expect((await waitFor("passed", at(10, "final"))).wakeAt).toBe(3_000);
    expect((await waitFor("ahead", at(11, "final"))).wakeAt).toBe(50_000);
    expect((await waitFor("passed", at(10, "final"), { wakeAt: 2_500 })).wakeAt).toBe(2_500);
  });

  test("a wait that was saved after its height had passed is woken by the next commit", async () => {
    await begin(ledger(), ["a"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("a", at(12, "best"));
    expect(await moveView(ledger(), viewOf(10, 15))).toEqual(["a"]);
  });

  test("who waits for a fact is woken by the commit of the event that states it, as long as a block holds it", async () => {
    await begin(ledger(), ["a", "b"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("a", { fact: "proved" });
    await waitFor("b", { fact: "something-else" });
    const states = commitOf({ found: { ...nothingFound, events: [foundEvent("proved", blockOf(14))] } });
    expect((await ledger().commit(states)).wake).toMatchObject([{ id: "a" }]);
    expect((await snapshot(ledger(), "a")).waitEnded).toBe(true);
    expect((await snapshot(ledger(), "b")).waitEnded).toBe(false);
    await ledger().commit(commitOf({ dropped: [blockOf(14)] }));
    expect((await snapshot(ledger(), "a")).waitEnded).toBe(false);
    await waitFor("a", null);
    expect((await ledger().commit(states)).wake).toEqual([]);
  });

  test("a scan, which moves no view, ends no wait", async () => {
    await begin(ledger(), ["a"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("a", at(12, "best"));
    expect((await ledger().commit(commitOf({ blocks: [blockOf(3)] }))).wake).toEqual([]);
  });

  test("parked and finished deliveries are not woken by heights, nor by blocks they no longer rest on", async () => {
    await begin(ledger(), ["parked", "done"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("parked", at(15, "best"), { state: "parked", parked: { from: "seen", code: "x", evidence: null }, wakeAt: null, builtOn: [blockOf(12)] });
    await waitFor("done", at(15, "best"), { state: "delivered", wakeAt: null, includedIn: blockOf(9), builtOn: [blockOf(12)] });
    expect(await moveView(ledger(), viewOf(13, 15), { dropped: [blockOf(12)] })).toEqual([]);
  });

  test("the block of an effect becoming final wakes its delivery", async () => {
    await begin(ledger(), ["a", "b"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("a", null, { state: "included", includedIn: blockOf(12) });
    await waitFor("b", at(13, "final"), { state: "included", includedIn: blockOf(13) });
    expect(await moveView(ledger(), viewOf(11, 15))).toEqual([]);
    expect(await moveView(ledger(), viewOf(12, 15))).toEqual(["a"]);
    expect(await moveView(ledger(), viewOf(13, 15))).toEqual(["b"]);
  });

  test("a dropped block wakes whose event, proof or effect rests on it", async () => {
    await begin(ledger(), ["event"], blockOf(13));
    await begin(ledger(), ["proof", "effect", "free"], blockOf(9));
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("proof", null, { state: "sent", builtOn: [blockOf(9), blockOf(13)] });
    await waitFor("effect", null, { state: "included", includedIn: blockOf(14) });
    await waitFor("free", null, { state: "sent", builtOn: [blockOf(12)] });
    const rivals = [blockOf(13, "b"), blockOf(14, "b"), blockOf(15, "b")];
    const woken = await moveView(ledger(), viewOf(10, 15, "ethereum", 13), { dropped: [blockOf(14), blockOf(13)], blocks: rivals });
    expect(woken).toEqual(["effect", "event", "proof"]);
    expect(await snapshot(ledger(), "proof")).toMatchObject({ builtOnStanding: ["final", "dropped"] });
    expect(await snapshot(ledger(), "effect")).toMatchObject({ includedStanding: "dropped" });
    expect(await snapshot(ledger(), "event")).toMatchObject({ eventStanding: "dropped", event: { generation: 1 } });
  });

  test("a proof that rests on a block we never saw is woken when a rival of it becomes canonical", async () => {
    await begin(ledger(), ["a"]);
    await moveView(ledger(), viewOf(10, 14));
    await waitFor("a", null, { state: "sent", builtOn: [blockOf(15, "never seen")] });
    expect((await snapshot(ledger(), "a")).builtOnStanding).toEqual(["unknown"]);
    expect(await moveView(ledger(), viewOf(10, 15), { blocks: [blockOf(15)] })).toEqual(["a"]);
    expect((await snapshot(ledger(), "a")).builtOnStanding).toEqual(["dropped"]);
  });

  test("a proof built anew no longer hangs on its former blocks", async () => {
    await begin(ledger(), ["a"]);
    await waitFor("a", null, { state: "proven", builtOn: [blockOf(13)] });
    await waitFor("a", null, { state: "proven", builtOn: [blockOf(12)] });
    expect((await ledger().commit(commitOf({ dropped: [blockOf(13)] }))).wake).toEqual([]);
    expect((await ledger().commit(commitOf({ dropped: [blockOf(12)] }))).wake).toMatchObject([{ id: "a" }]);
  });

  test("an event found in another block wakes its deliveries; found in the same block it does not", async () => {
    await begin(ledger(), ["a"]);
    const found = (block: ReturnType<typeof blockOf>) => commitOf({ found: { ...nothingFound, events: [foundEvent("a", block)] } });
    expect((await ledger().commit(found(blockOf(10)))).wake).toEqual([]);
    expect((await ledger().commit(found(blockOf(11, "b")))).wake).toMatchObject([{ id: "a" }]);
  });

  test("a delivered one whose effect's block is dropped is woken and due", async () => {
    await begin(ledger(), ["a"]);
    await moveView(ledger(), viewOf(5, 10));
    await step(ledger(), "a", { state: "delivered", includedIn: blockOf(10), wakeAt: null });
    expect((await ledger().commit(commitOf({ now: 8_000, dropped: [blockOf(10)] }))).wake).toMatchObject([{ id: "a" }]);
    expect((await snapshot(ledger(), "a")).delivery).toMatchObject({ state: "delivered", wakeAt: 8_000 });
    expect((await ledger().find({ dueBefore: 8_000 })).map(({ id }) => id)).toEqual([deliveryId("a")]);
  });

  test("an orphan whose event is seen again is woken and due, without anything but its time changing", async () => {
    await begin(ledger(), ["a"]);
    await moveView(ledger(), viewOf(5, 10));
    await ledger().commit(commitOf({ dropped: [blockOf(10)] }));
    const orphan = await step(ledger(), "a", { state: "orphaned", wakeAt: null });
    expect(await ledger().find({ dueBefore: Infinity })).toEqual([]);
    const back = commitOf({ now: 7_000, found: { ...nothingFound, events: [foundEvent("a", blockOf(9))] }, blocks: [blockOf(9)] });
    expect((await ledger().commit(back)).wake).toEqual([{ id: "a", lane, deadline: null }]);
    expect((await snapshot(ledger(), "a")).delivery).toEqual({ ...orphan, wakeAt: 7_000, version: orphan.version + 1 });
    expect((await ledger().find({ dueBefore: 7_000 })).map(({ id }) => id)).toEqual([deliveryId("a")]);
    expect((await ledger().commit(commitOf({ dropped: [blockOf(9)] }))).wake).toEqual([]);
    expect(await ledger().find({ dueBefore: Infinity })).toEqual([]);
  });
}
