/** What every ledger promises about views, standings, events, births, watches and scan ranges. */
import { expect, test } from "vitest";
import { eventId, watchId } from "../../../src/core/values.ts";
import type { Standing } from "../../../src/core/values.ts";
import type { Ledger, ScanRange } from "../../../src/ports.ts";
import { begin, birthOf, blockOf, commitOf, foundEvent, moveView, nothingFound, refusalOf, reserve, setOf, snapshot, step, viewOf, watchOf } from "../../support/ledger.ts";

export function commits(ledger: () => Ledger): void {
  const event = async (name: string): Promise<unknown> => (await ledger().events({ ids: [eventId(name)] }))[0];
  const watching = (...watches: readonly ReturnType<typeof watchOf>[]) => commitOf({ found: { ...nothingFound, watches } });
  const range = (change: Partial<ScanRange> = {}): ScanRange => ({
    id: "history", chain: "ethereum", purpose: "events", next: 1, last: 100, missing: [], ...change,
  });

  test("a view comes back as it was committed; another chain's is its own", async () => {
    expect(await ledger().view("ethereum")).toBeNull();
    await moveView(ledger(), viewOf(10, 14));
    await moveView(ledger(), viewOf(11, 15));
    expect(await ledger().view("ethereum")).toEqual(viewOf(11, 15));
    await moveView(ledger(), viewOf(11, 11));
    expect(await ledger().view("ethereum")).toEqual(viewOf(11, 11));
    expect(await ledger().view("bitcoin")).toBeNull();
  });

  test("the block remembered at a height is the last one committed there, until it is dropped", async () => {
    expect(await ledger().blockAt("ethereum", 9)).toBeNull();
    await ledger().commit(commitOf({ blocks: [blockOf(9), blockOf(9, "a", "bitcoin")] }));
    expect(await ledger().blockAt("ethereum", 9)).toEqual(blockOf(9));
    await ledger().commit(commitOf({ blocks: [blockOf(9, "b")], dropped: [blockOf(9)] }));
    expect(await ledger().blockAt("ethereum", 9)).toEqual(blockOf(9, "b"));
    await ledger().commit(commitOf({ dropped: [blockOf(9)] }));
    expect(await ledger().blockAt("ethereum", 9)).toEqual(blockOf(9, "b"));
    await ledger().commit(commitOf({ dropped: [blockOf(9, "b")] }));
    expect(await ledger().blockAt("ethereum", 9)).toBeNull();
  });

  test("a commit computed from another view is refused as a whole", async () => {
    await moveView(ledger(), viewOf(10, 14));
    const found = { events: [foundEvent("e")], births: [birthOf("e")], watches: [watchOf("w", 1)] };
    const commit = commitOf({ move: { view: viewOf(11, 15), from: blockOf(13).hash }, found, opens: [range()] });
    expect(await refusalOf(ledger().commit(commit))).toBe("Conflict view-moved");
    expect(await refusalOf(ledger().commit({ ...commit, move: { view: viewOf(11, 15), from: null } }))).toBe("Conflict view-moved");
    expect(await ledger().view("ethereum")).toEqual(viewOf(10, 14));
    expect(await event("e")).toBeUndefined();
    expect(await setOf(ledger(), "bitcoin")).toEqual({ version: 0, watches: [] });
    expect(await ledger().ranges("ethereum")).toEqual([]);
  });

  test("two commits computed from the same view: one wins", async () => {
    await moveView(ledger(), viewOf(10, 14));
    const from = blockOf(14).hash;
    const rivals = [viewOf(10, 15), viewOf(10, 16)].map((view) => refusalOf(ledger().commit(commitOf({ move: { view, from } }))));
    expect(await Promise.all(rivals)).toEqual(["nothing", "Conflict view-moved"]);
  });

  test.each<[string, ReturnType<typeof blockOf>, Standing]>([
    ["remembered below the final block", blockOf(8), "final"],
    ["the final block itself", blockOf(10), "final"],
    ["in the tip", blockOf(12), "tip"],
    ["a rival in the tip", blockOf(12, "b"), "dropped"],
    ["a rival of the final block", blockOf(10, "b"), "dropped"],
    ["a rival of a remembered block", blockOf(8, "b"), "dropped"],
    ["below, never remembered", blockOf(7), "unknown"],
    ["above the head", blockOf(15), "unknown"],
    ["of a chain without view", blockOf(8, "a", "bitcoin"), "unknown"],
  ])("standing of a block %s", async (_, block, standing) => {
    await begin(ledger(), ["a"]);
    await moveView(ledger(), viewOf(10, 14), { blocks: [blockOf(8)], found: { ...nothingFound, events: [foundEvent("a", block)] } });
    await step(ledger(), "a", { builtOn: [block, blockOf(14)], includedIn: block });
    const seen = await snapshot(ledger(), "a");
    expect(seen).toMatchObject({ eventStanding: standing, builtOnStanding: [standing, "tip"], includedStanding: standing });
  });

  test("an event without block is dropped, and a delivery not included has no such standing", async () => {
    await begin(ledger(), ["a"]);
    await ledger().commit(commitOf({ dropped: [blockOf(10)] }));
    expect(await snapshot(ledger(), "a")).toMatchObject({ eventStanding: "dropped", builtOnStanding: [], includedStanding: null });
  });

  test("an event keeps its id through a reorg: dropped, then found elsewhere", async () => {
    await begin(ledger(), ["a"]);
    expect(await event("a")).toMatchObject({ at: blockOf(10), generation: 0 });
    await ledger().commit(commitOf({ dropped: [blockOf(10)] }));
    expect(await event("a")).toMatchObject({ at: null, generation: 1, payload: { name: "a" } });
    const again = { ...foundEvent("a", blockOf(11, "b")), payload: { name: "moved" } };
    await ledger().commit(commitOf({ found: { ...nothingFound, events: [again] } }));
    expect(await event("a")).toEqual({ ...again, generation: 2 });
    await ledger().commit(commitOf({ found: { ...nothingFound, events: [{ ...again, payload: null }] } }));
    expect(await event("a")).toEqual({ ...again, generation: 2 });
  });

  test("events are found by id, by block and by kind, in the order of their ids", async () => {
    await begin(ledger(), ["c", "a"]);
    await begin(ledger(), ["b"], blockOf(11));
    const ids = async (where: Parameters<Ledger["events"]>[0]): Promise<readonly string[]> => (await ledger().events(where)).map(({ id }) => id);
    expect(await ids({})).toEqual(["a", "b", "c"]);
    expect(await ids({ limit: 2 })).toEqual(["a", "b"]);
    expect(await ids({ at: [blockOf(10).hash] })).toEqual(["a", "c"]);
    expect(await ids({ ids: [eventId("c"), eventId("b"), eventId("x")], at: [blockOf(10).hash] })).toEqual(["c"]);
    expect(await ids({ kind: "other" })).toEqual([]);
    expect(await ids({ ids: [] })).toEqual([]);
    const many = Array.from({ length: 1_500 }, (_, index) => eventId(`x${index}`));
    expect(await ids({ ids: [...many, eventId("b"), eventId("a")], limit: 5 })).toEqual(["a", "b"]);
  });

  test("a delivery is born once, due at once", async () => {
    await begin(ledger(), ["a"]);
    const { delivery } = await snapshot(ledger(), "a");
    expect(delivery).toMatchObject({ state: "seen", wakeAt: 1_000, createdAt: 1_000, since: 1_000, version: 1, serves: ["transfer a"] });
    await step(ledger(), "a", { state: "final" });
    const { wake } = await ledger().commit(commitOf({ now: 9_000, found: { events: [], births: [birthOf("a")], watches: [] } }));
    expect(wake).toEqual([]);
    expect((await snapshot(ledger(), "a")).delivery).toMatchObject({ state: "final", createdAt: 1_000 });
  });

  test("a delivery that is born proven has its proof, rests on no block, and is due when its planner says", async () => {
    const birth = { ...birthOf("a"), proven: { proof: { headers: 3 }, wakeAt: 5_000 } };
    const { wake } = await ledger().commit(commitOf({ found: { events: [foundEvent("a", null)], births: [birth], watches: [] } }));
    expect(wake.map(({ id }) => id)).toEqual(["a"]);
    const { delivery, eventStanding, builtOnStanding } = await snapshot(ledger(), "a");
    expect(delivery).toMatchObject({ state: "proven", proof: { headers: 3 }, builtOn: [], slot: null, wakeAt: 5_000, version: 1 });
    expect([eventStanding, builtOnStanding]).toEqual(["dropped", []]);
    await reserve(ledger(), "a");
    expect((await snapshot(ledger(), "a")).slot).toMatchObject({ state: "reserved", delivery: "a" });
  });

  test("a birth for an event nobody found is our bug, and nothing of its commit stays", async () => {
    const commit = commitOf({ found: { events: [foundEvent("e")], births: [birthOf("a", "nowhere")], watches: [] } });
    expect(await refusalOf(ledger().commit(commit))).toBe("Bug birth-without-event");
    expect(await event("e")).toBeUndefined();
  });

  test("a new watch makes a new set version and opens its scan in the same commit", async () => {
    await moveView(ledger(), viewOf(100, 106, "bitcoin"));
    await ledger().commit(watching(watchOf("w1", 90), watchOf("w2", 90), watchOf("w3", 95), watchOf("w4", 107)));
    expect(await setOf(ledger(), "bitcoin")).toEqual({ version: 1, watches: [watchOf("w1", 90), watchOf("w2", 90), watchOf("w3", 95), watchOf("w4", 107)] });
    expect(await ledger().ranges("bitcoin")).toMatchObject([
      { chain: "bitcoin", purpose: "watches", next: 90, last: 106, missing: [] }, { next: 95, last: 106 },
    ]);
    expect(await ledger().watch(watchId("w3"))).toEqual(watchOf("w3", 95));
    expect(await ledger().watch(watchId("w9"))).toBeNull();
    expect((await ledger().watchSet("ethereum")).version).toBe(0);
  });

  test("a watch that is known changes nothing", async () => {
    await moveView(ledger(), viewOf(100, 106, "bitcoin"));
    await ledger().commit(watching(watchOf("w1", 90)));
    await ledger().commit(watching(watchOf("w1", 50)));
    expect(await setOf(ledger(), "bitcoin")).toEqual({ version: 1, watches: [watchOf("w1", 90)] });
    expect(await ledger().ranges("bitcoin")).toHaveLength(1);
  });

  test("a set once read is read anew when a watch joins", async () => {
    await ledger().commit(watching(watchOf("w1", 1)));
    expect((await ledger().watchSet("bitcoin")).watches).toHaveLength(1);
    await ledger().commit(watching(watchOf("w0", 1)));
    expect((await setOf(ledger(), "bitcoin")).watches.map(({ id }) => id)).toEqual(["w0", "w1"]);
  });

  const lasting = (name: string, untilHeight: number) => ({ ...watchOf(name, 90), untilHeight });
  const ids = async (): Promise<readonly string[]> => (await setOf(ledger(), "bitcoin")).watches.map(({ id }) => id);

  test("a watch is over when its last height is final: it leaves the set, which has a new version, and is still known", async () => {
    await ledger().commit(watching(lasting("w1", 104), watchOf("w2", 90)));
    await moveView(ledger(), viewOf(103, 108, "bitcoin"));
    await ledger().commit(commitOf({ chain: "bitcoin", progress: (await ledger().ranges("bitcoin")).map(({ id, last }) => ({ id, next: last + 1, missing: [] })) }));
    expect(await ids()).toEqual(["w1", "w2"]);
    await moveView(ledger(), viewOf(104, 108, "bitcoin"));
    expect(await setOf(ledger(), "bitcoin")).toEqual({ version: 2, watches: [watchOf("w2", 90)] });
    expect(await ledger().watch(watchId("w1"))).toEqual(lasting("w1", 104));
    await ledger().commit(watching(lasting("w1", 500)));
    expect(await ids()).toEqual(["w2"]);
  });

  test("a watch that a chain's state asks for again goes on without its end, and what came after its end is searched, once for all of them", async () => {
    const searched = async (next: number): Promise<unknown> => ledger().commit(commitOf({ chain: "bitcoin", progress: (await ledger().ranges("bitcoin")).map(({ id }) => ({ id, next, missing: [] })) }));
    await moveView(ledger(), viewOf(100, 100, "bitcoin"));
    await ledger().commit(watching(lasting("w1", 104), lasting("w2", 102), lasting("w3", 500), watchOf("w4", 90)));
    await moveView(ledger(), viewOf(110, 110, "bitcoin"));
    await searched(111);
    expect(await ids()).toEqual(["w3", "w4"]);
    const first = await setOf(ledger(), "bitcoin");
    await ledger().commit({ ...watching(watchOf("w1", 90), watchOf("w2", 90), watchOf("w3", 90), watchOf("w4", 90), watchOf("w5", 95)), renews: true });
    expect((await ledger().ranges("bitcoin")).map(({ next, last }) => [next, last])).toEqual([[95, 110], [103, 110]]);
    expect(await setOf(ledger(), "bitcoin")).toEqual({ version: first.version + 1, watches: ["w1", "w2", "w3", "w4", "w5"].map((name) => watchOf(name, name === "w5" ? 95 : 90)) });
    const changed = (await ledger().watchSet("bitcoin")).since?.(first.version);
    expect([changed?.added.map(({ id }) => id), changed?.over]).toEqual([["w1", "w2", "w5"], []]);
    await moveView(ledger(), viewOf(600, 600, "bitcoin"));
    await searched(601);
    expect(await ids()).toEqual(["w1", "w2", "w3", "w4", "w5"]);
  });

  test("a watch tells the end it was given later, and one that goes on can be given another", async () => {
    const ending = (afterBlocks: number) => commitOf({ found: { ...nothingFound, ends: [{ watch: watchId("w1"), afterBlocks }] } });
    await moveView(ledger(), viewOf(100, 100, "bitcoin"));
    await ledger().commit(watching(lasting("w1", 500)));
    await ledger().commit(ending(3));
    expect([(await ledger().watch(watchId("w1")))?.untilHeight, (await ledger().watch(watchId("w2")))]).toEqual([103, null]);
    await ledger().commit({ ...watching(watchOf("w1", 90)), renews: true });
    expect(await ledger().watch(watchId("w1"))).toEqual(watchOf("w1", 90));
    await ledger().commit(ending(7));
    expect((await ledger().watch(watchId("w1")))?.untilHeight).toBe(107);
  });

  test("a watch is not over while a search may still come to its last height", async () => {
    await moveView(ledger(), viewOf(100, 106, "bitcoin"));
    await ledger().commit(watching(lasting("w1", 101)));
    const [open] = await ledger().ranges("bitcoin");
    const searched = (next: number, missing: readonly number[] = []) => commitOf({ chain: "bitcoin", progress: [{ id: open?.id ?? "", next, missing }] });
    await moveView(ledger(), viewOf(103, 110, "bitcoin"));
    await ledger().commit(searched(101, [101]));
    expect(await ids()).toEqual(["w1"]);
    await ledger().commit(searched(102));
    expect(await ids()).toEqual([]);
  });

  test("what a watch was for has come: it is over so many blocks later, and no later than by itself", async () => {
    const ends = (afterBlocks: number, ...names: readonly string[]) => commitOf({ found: { ...nothingFound, ends: names.map((name) => ({ watch: watchId(name), afterBlocks })) } });
    await ledger().commit(ends(1, "w1"));
    await ledger().commit({ ...watching({ ...watchOf("w1", 110), untilHeight: 500 }, watchOf("w2", 110)), found: { ...watching(watchOf("w1", 110), watchOf("w2", 110)).found, ends: [{ watch: watchId("w2"), afterBlocks: 3 }] } });
    await moveView(ledger(), viewOf(100, 106, "bitcoin"));
    await ledger().commit(ends(4, "w1", "w2", "unknown"));
    await ledger().commit(ends(50, "w1"));
    await moveView(ledger(), viewOf(109, 115, "bitcoin"));
    expect(await ids()).toEqual(["w1", "w2"]);
    await moveView(ledger(), viewOf(110, 116, "bitcoin"));
    expect(await ids()).toEqual([]);
  });

  test("a set tells what came and went since an older one, and that it does not know of one too old", async () => {
    await moveView(ledger(), viewOf(100, 106, "bitcoin"));
    await ledger().commit(watching(lasting("w1", 107)));
    const first = await ledger().watchSet("bitcoin");
    await ledger().commit(watching(watchOf("w2", 110)));
    await ledger().watchSet("bitcoin");
    await ledger().commit(watching(lasting("came and went", 107)));
    await ledger().commit(commitOf({ chain: "bitcoin", progress: (await ledger().ranges("bitcoin")).map(({ id, last }) => ({ id, next: last + 1, missing: [] })) }));
    await moveView(ledger(), viewOf(107, 113, "bitcoin"));
    const last = await ledger().watchSet("bitcoin");
    const names = (version: number) => {
      const changes = last.since?.(version) ?? null;
      return changes === null ? null : { added: changes.added.map(({ id }) => id), over: changes.over.map(({ id }) => id) };
    };
    expect(names(first.version)).toEqual({ added: ["w2"], over: ["w1"] });
    expect(names(last.version)).toEqual({ added: [], over: [] });
    expect([names(0), names(99)]).toEqual([null, null]);
    expect(first.watches.map(({ id }) => id)).toEqual(["w1"]);
  });

  test("blocks matched with an older watch set are refused: match again", async () => {
    await ledger().commit(watching(watchOf("w1", 1)));
    const matched = (watchSetVersion: number) => commitOf({ chain: "bitcoin", watchSetVersion, move: { view: viewOf(100, 106, "bitcoin"), from: null } });
    expect(await refusalOf(ledger().commit(matched(0)))).toBe("Conflict watch-set-moved");
    expect(await ledger().view("bitcoin")).toBeNull();
    await ledger().commit(matched(1));
    expect(await ledger().view("bitcoin")).not.toBeNull();
  });

  test("a watch found in the same commit that moves its own chain is searched up to the new head", async () => {
    await moveView(ledger(), viewOf(100, 106, "bitcoin"));
    await moveView(ledger(), viewOf(100, 107, "bitcoin"), { found: { ...nothingFound, watches: [watchOf("w", 107)] } });
    expect(await ledger().ranges("bitcoin")).toMatchObject([{ next: 107, last: 107 }]);
  });

  test("watches that came before their chain's first view are searched once it is there", async () => {
    await ledger().commit(watching(watchOf("w1", 90), watchOf("w2", 80), watchOf("w3", 200)));
    expect(await ledger().ranges("bitcoin")).toEqual([]);
    await moveView(ledger(), viewOf(100, 106, "bitcoin"));
    expect(await ledger().ranges("bitcoin")).toMatchObject([{ purpose: "watches", next: 80, last: 106 }]);
  });

  test("a range moves on, and closes when everything in it was searched", async () => {
    await ledger().commit(commitOf({ opens: [range()] }));
    await ledger().commit(commitOf({ opens: [range({ next: 1 })], progress: [{ id: "history", next: 60, missing: [] }] }));
    expect(await ledger().ranges("ethereum")).toEqual([range({ next: 60 })]);
    expect(await ledger().ranges("bitcoin")).toEqual([]);
    await ledger().commit(commitOf({ progress: [{ id: "history", next: 101, missing: [] }] }));
    expect(await ledger().ranges("ethereum")).toEqual([]);
    await ledger().commit(commitOf({ opens: [range()] }));
    expect(await ledger().ranges("ethereum")).toEqual([]);
  });

  test("a range that met pruned blocks stays open and visible, also when the rest of it is done", async () => {
    await ledger().commit(commitOf({ opens: [range()] }));
    await ledger().commit(commitOf({ progress: [{ id: "history", next: 101, missing: [7, 8] }] }));
    expect(await ledger().ranges("ethereum")).toEqual([range({ next: 101, missing: [7, 8] })]);
    await ledger().commit(commitOf({ progress: [{ id: "history", next: 101, missing: [] }] }));
    expect(await ledger().ranges("ethereum")).toEqual([]);
    expect(await refusalOf(ledger().commit(commitOf({ progress: [{ id: "other", next: 1, missing: [] }] })))).toBe("Bug range-unknown");
  });
}
