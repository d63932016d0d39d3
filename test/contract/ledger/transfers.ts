/** What every ledger promises about the order of changes and the transfers folded from them. */
import { expect, test } from "vitest";
import type { Projection, TransferFilter } from "../../../src/core/projection.ts";
import type { Transfer } from "../../../src/core/transfer.ts";
import { deliveryId, eventId, transferId } from "../../../src/core/values.ts";
import type { Ledger } from "../../../src/ports.ts";
import { auditOf, begin, birthOf, blockOf, commitOf, foundEvent, goLive, nothingFound, refusalOf, signer, step, txOf } from "../../support/ledger.ts";

const start: Projection = { cursor: 0, fold: "" };
const at = (cursor: number, fold = "one"): Projection => ({ cursor, fold });

const transferOf = (name: string, change: Partial<Transfer> = {}): Transfer => ({
  id: transferId(name), bridge: "tbtc", kind: "deposit", openedAt: 1, endedAt: null, outcome: null,
  steps: [{ name: "first", startedAt: 1, endedAt: null }], deadlines: [], deadlineRule: "all", deliveries: [deliveryId(name)], keys: [name], facts: { name }, ...change,
});
const ended = (name: string, change: Partial<Transfer> = {}): Transfer => transferOf(name, { endedAt: 9, outcome: "completed", ...change });

export function transfers(ledger: () => Ledger): void {
  /** everything after a cursor, read in pieces */
  async function changed(after: number, limit: number): Promise<{ readonly names: readonly string[]; readonly cursor: number }> {
    const names: string[] = [];
    let cursor = after;
    for (;;) {
      const piece = await ledger().changes(cursor, limit);
      expect(piece.events.length + piece.deliveries.length).toBeLessThanOrEqual(limit);
      if (piece.cursor === cursor) return { names, cursor };
      names.push(...piece.events.map(({ event }) => `event ${event.id}`), ...piece.deliveries.map(({ id, state }) => `${id} ${state}`));
      cursor = piece.cursor;
    }
  }
  const ids = async (where: Partial<TransferFilter>): Promise<readonly string[]> =>
    (await ledger().transfers({ limit: 100, ...where })).map(({ id }) => id);

  test("changes come in the order in which they were last made, each in its newest state, in pieces of any size", async () => {
    expect(await changed(0, 10)).toEqual({ names: [], cursor: 0 });
    await begin(ledger(), ["a", "b"]);
    await step(ledger(), "a", { state: "final" });
    const { names, cursor } = await changed(0, 1);
    expect(names).toEqual(["event a", "event b", "b seen", "a final"]);
    expect(new Set((await changed(0, 3)).names)).toEqual(new Set(names));
    await step(ledger(), "b", { wakeAt: 5 });
    await step(ledger(), "a", { state: "proven" });
    await step(ledger(), "b", { state: "final" });
    expect((await changed(cursor, 1)).names).toEqual(["a proven", "b final"]);
  });

  test("an event that loses its block, and a delivery whose event is back, are changes", async () => {
    await begin(ledger(), ["a"], blockOf(10));
    const { cursor } = await changed(0, 10);
    await ledger().commit(commitOf({ dropped: [blockOf(10)] }));
    const piece = await ledger().changes(cursor, 10);
    expect(piece.events.map(({ event }) => [event.id, event.at])).toEqual([["a", null]]);
  });

  test("an event tells when it was last moved", async () => {
    await ledger().commit(commitOf({ now: 5, found: { ...nothingFound, events: [foundEvent("a"), foundEvent("b")] } }));
    await ledger().commit(commitOf({ now: 7, dropped: [blockOf(10)], found: { ...nothingFound, events: [foundEvent("b", blockOf(11))] } }));
    const ids = [eventId("a"), eventId("b"), eventId("x")];
    expect((await ledger().recorded(ids)).map(({ event, recordedAt }) => [event.id, event.at?.height, recordedAt])).toEqual([["a", undefined, 7], ["b", 11, 7]]);
    expect((await ledger().changes(0, 10)).events).toEqual(await ledger().recorded(ids));
    expect(await ledger().recorded([])).toEqual([]);
  });

  test("what was refused is no change, and what follows it is seen", async () => {
    await begin(ledger(), ["a", "b"]);
    const { cursor } = await changed(0, 10);
    const stale = step(ledger(), "a", { state: "final" });
    await Promise.all([stale, refusalOf(step(ledger(), "a", { state: "parked" })), step(ledger(), "b", { state: "final" })]);
    expect((await changed(cursor, 10)).names.toSorted()).toEqual(["a final", "b final"]);
  });

  test("transfers move on with their projection, and only from where it stands", async () => {
    expect(await ledger().projection()).toEqual(start);
    await ledger().putTransfers([transferOf("a")], at(5), start);
    expect(await refusalOf(ledger().putTransfers([transferOf("b")], at(6), start))).toBe("Conflict projection-moved");
    expect(await refusalOf(ledger().putTransfers([transferOf("b")], at(6), at(5, "two")))).toBe("Conflict projection-moved");
    expect(await ledger().projection()).toEqual(at(5));
    expect(await ids({})).toEqual(["a"]);
    await ledger().putTransfers([ended("a", { facts: { b: 1 } }), transferOf("b")], at(6), at(5));
    expect(await ledger().transfers({ limit: 9, key: "a" })).toEqual([ended("a", { facts: { b: 1 } })]);
  });

  test("they are listed newest first, in pages without a gap or a repeat", async () => {
    const rows = [["a", 3], ["b", 1], ["c", 3], ["d", 2], ["e", 3]] as const;
    await ledger().putTransfers(rows.map(([name, openedAt]) => transferOf(name, { openedAt })), at(1), start);
    expect(await ids({})).toEqual(["e", "c", "a", "d", "b"]);
    expect(await ids({ limit: 2 })).toEqual(["e", "c"]);
    expect(await ids({ limit: 2, after: { id: transferId("c"), openedAt: 3 } })).toEqual(["a", "d"]);
    expect(await ids({ limit: 2, after: { id: transferId("d"), openedAt: 2 } })).toEqual(["b"]);
    expect(await ids({ after: { id: transferId("b"), openedAt: 1 } })).toEqual([]);
  });

  test("they are found by state, bridge, kind, id, key and the beginning of a key", async () => {
    await ledger().putTransfers([
      transferOf("a", { keys: ["0xabc1", "a"] }), ended("b", { keys: ["0xabc2", "shared"] }), ended("c", { kind: "redemption", keys: ["shared"] }),
      transferOf("d", { bridge: "interbtc", kind: "issue" }),
    ], at(1), start);
    expect(await ids({ open: true })).toEqual(["d", "a"]);
    expect(await ids({ open: false })).toEqual(["c", "b"]);
    expect(await ids({ bridge: "tbtc", kind: "deposit" })).toEqual(["b", "a"]);
    expect(await ids({ kind: "issue" })).toEqual(["d"]);
    expect(await ids({ ids: [transferId("a"), transferId("d"), transferId("x")] })).toEqual(["d", "a"]);
    expect(await ids({ ids: [] })).toEqual([]);
    expect(await ids({ key: "shared" })).toEqual(["c", "b"]);
    expect(await ids({ key: "0xabc" })).toEqual([]);
    expect(await ids({ text: "0xabc" })).toEqual(["b", "a"]);
    expect(await ids({ text: "0xabc", open: false, bridge: "tbtc" })).toEqual(["b"]);
    expect(await ids({ text: "%" })).toEqual([]);
    expect(await ids({ key: "shared", after: { id: transferId("c"), openedAt: 1 } })).toEqual(["b"]);
  });

  test("a key that a transfer gave up no longer finds it", async () => {
    await ledger().putTransfers([transferOf("a", { keys: ["x", "y"] })], at(1), start);
    await ledger().putTransfers([transferOf("a", { keys: ["y", "z", "z"] })], at(2), at(1));
    expect([await ids({ key: "x" }), await ids({ key: "y" }), await ids({ key: "z" })]).toEqual([[], ["a"], ["a"]]);
  });

  test("they are counted by kind and outcome, whatever became of them", async () => {
    await ledger().putTransfers([transferOf("a"), transferOf("b"), ended("c", { outcome: "expired" })], at(1), start);
    await ledger().putTransfers([ended("a"), transferOf("b", { facts: 2 })], at(2), at(1));
    expect(await ledger().transferCounts()).toEqual([
      { bridge: "tbtc", kind: "deposit", outcome: null, count: 1 }, { bridge: "tbtc", kind: "deposit", outcome: "completed", count: 1 },
      { bridge: "tbtc", kind: "deposit", outcome: "expired", count: 1 },
    ]);
  });

  test("what another fold wrote is told apart and taken out in pieces", async () => {
    await ledger().putTransfers(["a", "b", "c"].map((name) => transferOf(name)), at(1), start);
    await ledger().putTransfers([transferOf("b")], at(1, "two"), at(1));
    expect(await ids({ fold: "two" })).toEqual(["b"]);
    expect(await ledger().forgetTransfers("two", 1)).toBe(1);
    expect(await ledger().forgetTransfers("two", 9)).toBe(1);
    expect(await ledger().forgetTransfers("two", 9)).toBe(0);
    expect(await ids({})).toEqual(["b"]);
    expect([await ids({ key: "a" }), await ids({ key: "c" })]).toEqual([[], []]);
    expect(await ledger().transferCounts()).toEqual([{ bridge: "tbtc", kind: "deposit", outcome: null, count: 1 }]);
  });

  test("what a signer may have spent is the dearest attempt of each slot since then", async () => {
    await ledger().commit(commitOf({ found: { events: [foundEvent("a"), foundEvent("b")], births: [birthOf("a"), birthOf("b")], watches: [] } }));
    const { slot, hash } = await goLive(ledger(), "a");
    await step(ledger(), "a", {}, { attempt: { ...txOf("dearer", slot, hash), fee: 7n, signedAt: 9_000 } });
    await goLive(ledger(), "b");
    expect(await ledger().spent(signer, 0)).toEqual({ fees: txOf("x", slot).fee + 7n, since: 0 });
    expect(await ledger().spent(signer, 9_000)).toEqual({ fees: 7n, since: 9_000 });
    expect(await ledger().spent(signer, 9_001)).toEqual({ fees: 0n, since: 9_001 });
  });

  test("a note is on record", async () => {
    await ledger().note({ ...auditOf("lane:x"), what: "acknowledge" });
    expect(await ledger().auditLog({ subject: "lane:x" })).toEqual([{ ...auditOf("lane:x"), what: "acknowledge" }]);
  });
}
