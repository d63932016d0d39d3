/** The report: true numbers from the ledger, every id leads to its delivery, and it can be written as JSON. */
import { beforeEach, describe, expect, test } from "vitest";
import { reverseHex } from "../../../src/core/hex.ts";
import { show } from "../../../src/monitor/show.ts";
import { status } from "../../../src/monitor/status.ts";
import { blockAt, createSmallWorld, hashOf, lane, parkedBy, proved, signed, signer, sourceFinal } from "../../support/world.ts";
import type { SmallWorld } from "../../support/world.ts";

const txid = hashOf(0xabcdef012345);
let small: SmallWorld;
beforeEach(async () => {
  small = await createSmallWorld();
  await small.add("a", txid, [sourceFinal, proved, "reserve", signed]);
  await small.add("b", hashOf(2), [sourceFinal, parkedBy("proof-refused")]);
});

describe("status", () => {
  test("tells how far the ledger has read and how much is missing", async () => {
    const heads = new Map([["bitcoin" as const, { best: blockAt("bitcoin", 105), final: blockAt("bitcoin", 100), seenAt: small.clock.now() - 4_000, askedAt: 0 }]]);
    const [bitcoin] = (await status(small.world, heads)).chains;
    expect(bitcoin).toMatchObject({ name: "bitcoin", best: { height: 105 }, final: { height: 100 }, cursor: { height: 103 }, lagBlocks: 2, headAgeSeconds: 4 });
  });

  test("never shows the ledger ahead of the chain: what the watcher read since counts as heard", async () => {
    const heads = new Map([["bitcoin" as const, { best: blockAt("bitcoin", 102), final: blockAt("bitcoin", 99), seenAt: 0, askedAt: 0 }]]);
    const [bitcoin] = (await status(small.world, heads)).chains;
    expect(bitcoin).toMatchObject({ best: { height: 103 }, final: { height: 100 }, cursor: { height: 103 }, lagBlocks: 0 });
  });

  test("without any head heard it still tells what the ledger knows", async () => {
    const [bitcoin] = (await status(small.world, new Map())).chains;
    expect(bitcoin).toMatchObject({ best: null, final: null, cursor: { height: 103 }, lagBlocks: null, headAgeSeconds: null });
  });

  test("counts a lane by state, lists what is parked, names the oldest open delivery", async () => {
    await small.clock.advance(61_000);
    const [found] = (await status(small.world, new Map())).lanes;
    expect(found).toMatchObject({
      name: lane, counts: { sent: 1, parked: 1 },
      parked: [{ id: `${lane}:b`, code: "proof-refused" }],
      oldest: { id: `${lane}:a`, state: "sent", ageSeconds: 61 },
    });
  });

  test("a signer whose slots are all open is blocked by its lowest slot", async () => {
    const [found] = (await status(small.world, new Map())).signers;
    expect(found).toEqual({
      name: signer, chain: "ethereum", openSlots: 1, includedSlots: 0, maxOpenSlots: 1, lowest: "7", highest: "7", blockedBy: { slot: "7", delivery: `${lane}:a` },
    });
  });

  test("a queue that is away is part of the report, not its end", async () => {
    await small.queue.close();
    const queue = { ...small.queue, ping: () => Promise.reject(new Error("gone")) };
    const report = await status({ ...small.world, queue }, new Map());
    expect(report.queue).toMatchObject({ reachable: false, failure: "Error: gone" });
    expect(report.lanes).toHaveLength(1);
  });
});

describe("show finds the delivery", () => {
  test.each([
    ["delivery id", `${lane}:a`],
    ["event id", `redemption:${txid}`],
    ["transfer id", "transfer:a"],
    ["txid in wire order", txid],
    ["txid as explorers print it", reverseHex(txid).slice(2)],
    ["txid in capitals without 0x", txid.slice(2).toUpperCase()],
    ["hash of a signed transaction", hashOf(0xeee)],
    ["with blanks around", `  ${lane}:a `],
  ])("by its %s", async (_what, id) => {
    expect((await show(small.world, id))?.deliveries.map((one) => one.id)).toEqual([`${lane}:a`]);
  });

  test.each([["nothing"], [""], ["0x"], ["0xzz"], [hashOf(0xdead)], ["red"]])("but not by %j", async (id) => {
    expect(await show(small.world, id)).toBeNull();
  });

  test("with its slot, attempts, wait and history, and as JSON", async () => {
    const report = await show(small.world, `${lane}:a`);
    const [one] = report?.deliveries ?? [];
    expect(one).toMatchObject({
      lane, state: "sent", what: `redemption in redemption:${txid}`, eventStanding: "final", serves: ["transfer:a"],
      slots: [{ signer, slot: "7", state: "live", attempts: [{ hash: hashOf(0xeee), fee: "21000", purpose: "effect", broadcasts: 0 }] }],
    });
    expect(one?.history.map(({ what }) => what)).toEqual(expect.arrayContaining(["source-final", "proved", "reserve", "signed"]));
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test("with the signed bytes kept back", async () => {
    expect(JSON.stringify(await show(small.world, `${lane}:a`))).not.toContain('"raw"');
  });

  test("and an event that no delivery serves is shown by itself", async () => {
    await small.ledger.commit({
      chain: "bitcoin", now: small.clock.now(), move: null, blocks: [], dropped: [], watchSetVersion: null, opens: [], progress: [],
      found: { events: [{ id: `reveal:1` as never, chain: "bitcoin", kind: "reveal", at: null, payload: null }], births: [], watches: [] },
    });
    expect(await show(small.world, "reveal:1")).toMatchObject({ deliveries: [], events: [{ id: "reveal:1" }] });
  });
});
