/** What every ledger promises about letting go: what ended long ago loses its history and its bytes, and nothing else does. */
import { expect, test } from "vitest";
import type { Delivery } from "../../../src/core/delivery.ts";
import { deliveryId } from "../../../src/core/values.ts";
import type { Ledger } from "../../../src/ports.ts";
import { auditOf, begin, goLive, hashOf, signer, snapshot, step } from "../../support/ledger.ts";

const all = { before: 10_000, after: 0, most: 1_000 };

export function pruning(ledger: () => Ledger): void {
  /** sent, with bytes, and over since 5000 */
  const end = async (name: string, change: Partial<Delivery> = {}): Promise<void> => {
    const { slot } = await goLive(ledger(), name);
    await step(ledger(), name, { state: "delivered", since: 5_000, wakeAt: null, slot: null, proof: { bytes: "many" }, ...change }, { slotEnds: { ref: slot, how: "spent" } });
  };
  const history = async (subject: string): Promise<number> => (await ledger().auditLog({ subject })).length;
  const rawOf = async (name: string): Promise<readonly string[]> =>
    (await ledger().slots({ delivery: deliveryId(name) })).flatMap(({ attempts }) => attempts.map(({ raw }) => raw));

  test("of what ended long ago the outcome, the slot, hash and fee stay; its steps, its proof and its bytes go", async () => {
    await begin(ledger(), ["a"]);
    await end("a");
    const [before, { cursor }] = [await snapshot(ledger(), "a"), await ledger().changes(0, 100)];
    expect(await ledger().prune(all)).toEqual({ next: null, pruned: 3 });
    expect(await history("a")).toBe(0);
    expect(await snapshot(ledger(), "a")).toEqual({ ...before, delivery: { ...before.delivery, proof: null } });
    const [slot] = await ledger().slots({ signer });
    expect(slot).toMatchObject({ delivery: "a", state: "spent", attempts: [{ hash: hashOf("tx of a"), raw: "0x", detail: null, fee: 123_456_789_012_345_678_901n }] });
    expect(await ledger().attemptByHash(hashOf("tx of a"))).toMatchObject({ delivery: "a" });
    expect((await ledger().spent(signer, 0)).fees).toBe(123_456_789_012_345_678_901n);
    expect((await ledger().changes(cursor, 100)).deliveries).toEqual([]);
    expect(await ledger().prune(all)).toEqual({ next: null, pruned: 0 });
  });

  test.each([
    ["is on its way", { state: "included", wakeAt: 6_000 }], ["is parked", { state: "parked", parked: { from: "sent", code: "x", evidence: null } }],
    ["ended lately", { since: 10_000 }], ["is to be looked at again", { wakeAt: 20_000 }],
  ] as const)("what %s keeps all", async (_, change) => {
    await begin(ledger(), ["a"]);
    await end("a", change);
    expect(await ledger().prune(all)).toEqual({ next: null, pruned: 0 });
    expect([await history("a"), await rawOf("a")]).toEqual([3, ["0xabcd"]]);
    expect((await snapshot(ledger(), "a")).delivery.proof).toEqual({ bytes: "many" });
  });

  test("steps recorded lately stay, also of what ended long ago", async () => {
    await begin(ledger(), ["a"]);
    await end("a", { since: 1_000 });
    expect(await ledger().prune({ ...all, before: 2_000 })).toEqual({ next: null, pruned: 0 });
    expect(await history("a")).toBe(3);
  });

  test("what people did, and what is recorded of anything but a delivery or a slot, stays", async () => {
    await begin(ledger(), ["a"]);
    await end("a");
    await ledger().note({ ...auditOf("a", 3_000), who: "anna" });
    await ledger().note({ ...auditOf("signer hot", 3_000), what: "foreign transaction" });
    await ledger().prune(all);
    expect((await ledger().auditLog({})).map(({ who, subject }) => `${who} ${subject}`)).toEqual(["anna a", "relay signer hot"]);
  });

  test("bytes in a slot that is open stay; those of one that its signer saw spent long ago go with its record", async () => {
    await begin(ledger(), ["a"]);
    const { slot } = await goLive(ledger(), "a");
    await step(ledger(), "a", { state: "abandoned", since: 5_000, wakeAt: null, slot: null }, { leavesSlot: slot });
    const name = `slot ${signer}/${slot.slot}`;
    const [left] = await ledger().slots({ signer });
    await ledger().note(auditOf(name));
    await ledger().prune(all);
    expect((await ledger().slots({ signer }))[0]?.attempts[0]?.raw).toBe("0xabcd");
    expect([await history("a"), await history(name)]).toEqual([0, 1]);
    if (left !== undefined) await ledger().saveSlot({ slot: left, ends: "spent", audit: auditOf(name) });
    expect(await ledger().prune({ ...all, before: 2_500 })).toEqual({ next: null, pruned: 0 });
    expect(await ledger().prune(all)).toEqual({ next: null, pruned: 2 });
    expect((await ledger().slots({ signer }))[0]).toMatchObject({ state: "spent", attempts: [{ raw: "0x" }] });
  });

  test("goes page by page, each looking at no more than it is told, and ends where the young ones begin", async () => {
    await begin(ledger(), ["a", "b"]);
    await end("a");
    await end("b");
    await ledger().note(auditOf("young", 50_000));
    const pages: number[] = [];
    for (let after: number | null = 0; after !== null;) {
      const { next, pruned }: Awaited<ReturnType<Ledger["prune"]>> = await ledger().prune({ ...all, after, most: 2 });
      pages.push(pruned);
      after = next;
    }
    expect(pages).toEqual([2, 2, 2, 0]);
    expect((await ledger().auditLog({})).map(({ subject }) => subject)).toEqual(["young"]);
  });
}
