/** What every ledger promises about questions, halts, the proof of writing and closing. */
import type { DeliveryFilter } from "../../../src/core/delivery.ts";
import { expect, test } from "vitest";
import { deliveryId, eventId, laneName, transferId } from "../../../src/core/values.ts";
import type { Halt, Scope } from "../../../src/core/values.ts";
import type { Ledger } from "../../../src/ports.ts";
import { auditOf, begin, birthOf, commitOf, foundEvent, refusalOf, step } from "../../support/ledger.ts";

const scope: Scope = { kind: "lane", name: "lane" };
const haltOf = (code: string, since = 1, of: Scope = scope): Halt => ({ scope: of, code, because: `because ${code}`, since });

export function desk(ledger: () => Ledger): void {
  const ids = async (where: DeliveryFilter): Promise<readonly string[]> => (await ledger().find(where)).map(({ id }) => id);

  test("what is due comes in the order of its time; what rests never", async () => {
    await begin(ledger(), ["a", "b", "c", "d"]);
    await step(ledger(), "a", { wakeAt: 300 });
    await step(ledger(), "b", { wakeAt: 100 });
    await step(ledger(), "c", { wakeAt: null, state: "parked", parked: { from: "seen", code: "x", evidence: null } });
    await step(ledger(), "d", { wakeAt: 301 });
    expect(await ids({ dueBefore: 300 })).toEqual(["b", "a"]);
    expect(await ids({ dueBefore: 300, limit: 1 })).toEqual(["b"]);
    expect(await ids({ dueBefore: 99 })).toEqual([]);
    expect(await ids({ states: ["parked"] })).toEqual(["c"]);
    expect(await ids({ states: ["parked", "seen"], dueBefore: 1_000 })).toEqual(["b", "a", "d"]);
    expect(await ids({ states: [] })).toEqual([]);
  });

  test("deliveries are found by lane, transfer and event, oldest first", async () => {
    const other = { ...birthOf("b"), lane: laneName("other"), serves: [transferId("t1"), transferId("t2")] };
    await ledger().commit(commitOf({ now: 20, found: { events: [foundEvent("a"), foundEvent("b")], births: [birthOf("a")], watches: [] } }));
    await ledger().commit(commitOf({ now: 10, found: { events: [], births: [other, { ...birthOf("c"), event: eventId("b") }], watches: [] } }));
    expect(await ids({})).toEqual(["b", "c", "a"]);
    expect(await ids({ limit: 2 })).toEqual(["b", "c"]);
    expect(await ids({ lane: laneName("other") })).toEqual(["b"]);
    expect(await ids({ serves: transferId("t2") })).toEqual(["b"]);
    expect(await ids({ event: eventId("b") })).toEqual(["b", "c"]);
    expect(await ids({ event: eventId("b"), serves: transferId("transfer c") })).toEqual(["c"]);
  });

  test("deliveries are counted by lane and state", async () => {
    await begin(ledger(), ["a", "b", "c"]);
    await step(ledger(), "a", { state: "final" });
    expect(await ledger().counts()).toEqual([{ lane: "lane", state: "final", count: 1 }, { lane: "lane", state: "seen", count: 2 }]);
  });

  test("what is so is so since it was first said, until it is said to be over; each by its name", async () => {
    const since = (name: string, holds: boolean, now: number) => ledger().since({ name, holds, now });
    expect(await since("a", false, 5)).toBeNull();
    expect(await since("a", true, 10)).toBe(10);
    expect(await Promise.all([since("a", true, 20), since("a", true, 5), since("b", true, 30), since("b", true, 31)])).toEqual([10, 10, 30, 30]);
    expect(await since("a", false, 40)).toBeNull();
    expect([await since("a", true, 50), await since("b", true, 60)]).toEqual([50, 30]);
  });

  test("a halt is told to whom its scope covers, and to nobody else", async () => {
    await begin(ledger(), ["a"]);
    await ledger().halt(haltOf("reorg"), auditOf("lane lane"));
    await ledger().halt(haltOf("paused", 2, { kind: "chain", name: "bitcoin" }), auditOf("chain bitcoin"));
    const seen = async (...scopes: readonly Scope[]) => (await ledger().load(deliveryId("a"), scopes))?.halts;
    expect(await seen(scope, { kind: "signer", name: "signer" })).toEqual([haltOf("reorg")]);
    expect(await seen({ kind: "signer", name: "lane" })).toEqual([]);
    expect(await seen()).toEqual([]);
    expect(await ledger().halts()).toEqual([haltOf("paused", 2, { kind: "chain", name: "bitcoin" }), haltOf("reorg")]);
  });

  test("one halt per scope: the first stands, but a fact takes the place of a pause", async () => {
    await ledger().halt(haltOf("paused", 1), auditOf("lane"));
    await ledger().halt(haltOf("reorg", 2), auditOf("lane"));
    await ledger().halt(haltOf("paused", 3), auditOf("lane"));
    await ledger().halt(haltOf("other", 4), auditOf("lane"));
    expect(await ledger().halts()).toEqual([haltOf("reorg", 2)]);
    expect(await ledger().auditLog({ subject: "lane" })).toHaveLength(4);
  });

  test("lifting says whether there was something to lift, and is on record when there was", async () => {
    await ledger().halt(haltOf("reorg"), auditOf("lane"));
    expect(await ledger().lift({ kind: "signer", name: "lane" }, auditOf("lift"))).toBe(false);
    expect(await ledger().lift(scope, auditOf("lift"))).toBe(true);
    expect(await ledger().lift(scope, auditOf("lift"))).toBe(false);
    expect(await ledger().halts()).toEqual([]);
    expect(await ledger().auditLog({ subject: "lift" })).toHaveLength(1);
  });

  test("a ping resolves while writing is possible", async () => {
    await ledger().ping();
    await ledger().ping();
  });

  test("closing finishes the writes that were asked for, and refuses later ones", async () => {
    await begin(ledger(), ["a"]);
    const last = step(ledger(), "a", { wakeAt: 5 });
    const pings = [ledger().ping(), ledger().ping()];
    await last;
    const closing = ledger().close();
    await Promise.all([...pings, closing]);
    expect(await refusalOf(ledger().ping())).toBe("Unavailable ledger-closed");
    expect(await refusalOf(ledger().find({}))).toBe("Unavailable ledger-closed");
    await ledger().close();
  });
}
