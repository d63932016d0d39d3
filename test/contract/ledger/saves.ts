/** What every ledger promises about one step of a delivery. */
import { expect, test } from "vitest";
import { deliveryId, eventId } from "../../../src/core/values.ts";
import type { Ledger } from "../../../src/ports.ts";
import { auditOf, begin, birthOf, blockOf, commitOf, foundEvent, refusalOf, snapshot, step } from "../../support/ledger.ts";

export function saves(ledger: () => Ledger): void {
  test("an unknown delivery loads as null", async () => {
    expect(await ledger().load(deliveryId("nobody"), [])).toBeNull();
  });

  test("a saved step is what the next load sees, one version later", async () => {
    await begin(ledger(), ["a"]);
    const change = {
      state: "proven" as const, proof: { headers: "0x00", list: [1, "2", null, { deep: true }] }, builtOn: [blockOf(9), blockOf(3, "a", "bitcoin")],
      deadline: 77, wakeAt: 5_000, waitsFor: { fact: "epoch" }, waitCode: "epoch-not-there", tries: 2, redos: 1,
      lastError: { remedy: "Unavailable" as const, code: "late", message: "late", evidence: { n: "1" }, retryAfterMs: 10 },
    };
    const before = await snapshot(ledger(), "a");
    const saved = await step(ledger(), "a", change);
    expect(saved).toEqual({ ...before.delivery, ...change, version: 2 });
    expect((await snapshot(ledger(), "a")).delivery).toEqual(saved);
  });

  test("what is stored does not change with the value it was saved from", async () => {
    await begin(ledger(), ["a"]);
    const proof = { list: [1] };
    await step(ledger(), "a", { proof });
    proof.list.push(2);
    expect((await snapshot(ledger(), "a")).delivery.proof).toEqual({ list: [1] });
  });

  test("a step taken on an older version is refused and leaves no trace", async () => {
    await begin(ledger(), ["a"]);
    const { delivery } = await snapshot(ledger(), "a");
    await step(ledger(), "a", { wakeAt: 1 });
    expect(await refusalOf(ledger().save({ next: { ...delivery, wakeAt: 2 }, audit: auditOf("late one") }))).toBe("Conflict ledger-version-moved");
    expect((await snapshot(ledger(), "a")).delivery).toMatchObject({ wakeAt: 1, version: 2 });
    expect(await ledger().auditLog({ subject: "late one" })).toEqual([]);
  });

  test("of many savers of one version exactly one wins, at every version", async () => {
    await begin(ledger(), ["a"]);
    for (let version = 1; version <= 20; version++) {
      const { delivery } = await snapshot(ledger(), "a");
      const savers = Array.from({ length: 10 }, (_, who) => ledger().save({ next: { ...delivery, wakeAt: who }, audit: auditOf(`saver ${who}`) }));
      const results = await Promise.allSettled(savers);
      const winners = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      expect(winners).toHaveLength(1);
      expect((await snapshot(ledger(), "a")).delivery).toEqual(winners[0]);
    }
    expect((await snapshot(ledger(), "a")).delivery.version).toBe(21);
  });

  test("a refused step refuses itself alone, although the others of its group depend on the same disk write", async () => {
    await begin(ledger(), ["a", "b", "c"]);
    const results = await Promise.allSettled([
      step(ledger(), "a", { wakeAt: 11 }), step(ledger(), "b", { wakeAt: 12, version: 9 }), step(ledger(), "c", { wakeAt: 13 }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const wakes = await Promise.all(["a", "b", "c"].map(async (name) => (await snapshot(ledger(), name)).delivery.wakeAt));
    expect(wakes).toEqual([11, 1_000, 13]);
  });

  test("writes of one caller happen in the order they were asked for", async () => {
    await begin(ledger(), ["a"]);
    const { delivery } = await snapshot(ledger(), "a");
    const inOrder = await Promise.all([
      ledger().save({ next: { ...delivery, wakeAt: 1 }, audit: auditOf("a") }),
      ledger().save({ next: { ...delivery, wakeAt: 2, version: 2 }, audit: auditOf("a") }),
      ledger().save({ next: { ...delivery, wakeAt: 3, version: 3 }, audit: auditOf("a") }),
    ]);
    expect(inOrder.map(({ wakeAt, version }) => [wakeAt, version])).toEqual([[1, 2], [2, 3], [3, 4]]);
  });

  test("a save is not visible before its promise resolves", async () => {
    await begin(ledger(), ["a"]);
    const { delivery } = await snapshot(ledger(), "a");
    const saving = ledger().save({ next: { ...delivery, wakeAt: 4_000 }, audit: auditOf("a") });
    const seen = await ledger().load(deliveryId("a"), []);
    expect([1_000, 4_000]).toContain(seen?.delivery.wakeAt);
    await saving;
    expect((await snapshot(ledger(), "a")).delivery.wakeAt).toBe(4_000);
  });

  test("a step of a delivery that nobody began, or of another one than it was, is our bug", async () => {
    await begin(ledger(), ["a"]);
    const { delivery } = await snapshot(ledger(), "a");
    const save = (change: object): Promise<unknown> => ledger().save({ next: { ...delivery, ...change }, audit: auditOf("a") });
    expect(await refusalOf(save({ id: deliveryId("nobody") }))).toBe("Bug delivery-unknown");
    expect(await refusalOf(save({ event: eventId("other") }))).toBe("Bug delivery-identity-changed");
    expect(await refusalOf(save({ serves: [] }))).toBe("Bug delivery-identity-changed");
    expect((await snapshot(ledger(), "a")).delivery).toEqual(delivery);
  });

  test("each step leaves its audit entry, and the newest are given oldest first", async () => {
    await begin(ledger(), ["a", "b"]);
    for (const wakeAt of [1, 2, 3]) await step(ledger(), "a", { wakeAt }, { audit: { ...auditOf("a", wakeAt), because: `step ${wakeAt}` } });
    await step(ledger(), "b", {});
    expect((await ledger().auditLog({ subject: "a" })).map(({ because }) => because)).toEqual(["step 1", "step 2", "step 3"]);
    expect((await ledger().auditLog({ subject: "a", limit: 2 })).map(({ because }) => because)).toEqual(["step 2", "step 3"]);
    expect(await ledger().auditLog({ limit: 1 })).toEqual([auditOf("b")]);
  });

  test("an event that came back while its delivery was being orphaned makes it due, so that no lost wake strands it", async () => {
    await begin(ledger(), ["a", "b"]);
    await ledger().commit(commitOf({ move: { view: { final: blockOf(5), tip: [6, 7, 8, 9, 10].map((height) => blockOf(height)) }, from: null } }));
    const orphan = { state: "orphaned" as const, wakeAt: null };
    expect((await step(ledger(), "a", orphan)).wakeAt).toBe(2_000);
    await ledger().commit(commitOf({ dropped: [blockOf(10)] }));
    expect((await step(ledger(), "b", orphan)).wakeAt).toBeNull();
  });

  test("births and steps of one moment share a group without mixing", async () => {
    await begin(ledger(), ["a"]);
    const [, , saved] = await Promise.all([
      ledger().commit(commitOf({ found: { events: [foundEvent("z")], births: [birthOf("z")], watches: [] } })),
      refusalOf(ledger().commit(commitOf({ found: { events: [foundEvent("y")], births: [birthOf("x", "nowhere")], watches: [] } }))),
      step(ledger(), "a", { wakeAt: 6 }),
    ]);
    expect(saved.wakeAt).toBe(6);
    expect((await snapshot(ledger(), "z")).delivery.state).toBe("seen");
    expect(await ledger().events({ ids: [eventId("y")] })).toEqual([]);
  });
}
