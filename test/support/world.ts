/**
 * A small world for reports and orders: a memory ledger with deliveries in chosen states, a memory queue, fixed heads.
 * Always: built through the ledger's own port, so that what is read is what a running instance would read.
 */
import { stepOf } from "../../src/core/step.ts";
import type { Outcome } from "../../src/core/delivery.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import { deliveryId, eventId, laneName, signerName, transferId } from "../../src/core/values.ts";
import type { BlockRef, ChainName, Hex, Scope } from "../../src/core/values.ts";
import { createMemoryLedger } from "../../src/ledger/memory.ts";
import type { World } from "../../src/monitor/world.ts";
import { createMemoryWakeQueue } from "../../src/queue/memory.ts";
import { createTestClock } from "./clock.ts";

export const hashOf = (number: number): Hex => `0x${number.toString(16).padStart(64, "0")}`;

/** The canonical block of a chain at a height. */
export const blockAt = (chain: ChainName, height: number): BlockRef => {
  const base = chain === "bitcoin" ? 0x1000 : 0x2000;
  return { chain, height, hash: hashOf(base + height), parent: hashOf(base + height - 1), time: 1_700_000_000_000 + height * 1_000 };
};

export const lane = laneName("tbtc-redemption");
export const signer = signerName("maintainer");
export const policy = { ...defaultPolicy("bitcoin", "ethereum") };
export const scopes: readonly Scope[] = [
  { kind: "lane", name: lane }, { kind: "signer", name: signer }, { kind: "chain", name: "bitcoin" }, { kind: "chain", name: "ethereum" },
];

export type SmallWorld = Awaited<ReturnType<typeof createSmallWorld>>;

/** One lane bitcoin → ethereum; final height 100, tip to 103 on bitcoin. */
export async function createSmallWorld() {
  const clock = createTestClock();
  const ledger = createMemoryLedger();
  const queue = createMemoryWakeQueue({ clock });
  const heads: Partial<Record<ChainName, { best: BlockRef; final: BlockRef }>> = {
    bitcoin: { best: blockAt("bitcoin", 105), final: blockAt("bitcoin", 100) },
  };
  const world: World = {
    ledger, queue, clock,
    chains: [{
      name: "bitcoin",
      head: () => (heads.bitcoin === undefined ? Promise.reject(new Error("node is away")) : Promise.resolve(heads.bitcoin)),
      endpoints: () => [{ name: "core-a", up: true, head: 105, lagBlocks: 0, demotedUntil: null, lastFailure: null }],
    }],
    lanes: [{ name: lane, source: "bitcoin", target: "ethereum", signer, describe: (event) => `redemption in ${event.id}` }],
    signers: [{ name: signer, chain: "ethereum", maxOpenSlots: 1, balance: () => Promise.resolve(5.5) }],
  };

  /** A delivery of an event in bitcoin block 100, born in `seen`, moved on by the outcomes. */
  async function add(name: string, txid: Hex, outcomes: readonly (Outcome | "reserve")[] = []): Promise<void> {
    const id = deliveryId(`${lane}:${name}`);
    const event = eventId(`redemption:${txid}`);
    await ledger.commit({
      chain: "bitcoin", now: clock.now(), move: null, blocks: [blockAt("bitcoin", 100)], dropped: [], watchSetVersion: null, opens: [], progress: [],
      found: {
        events: [{ id: event, chain: "bitcoin", kind: "redemption", at: blockAt("bitcoin", 100), payload: { txid } }],
        births: [{ id, lane, event, serves: [transferId(`transfer:${name}`)], deadline: null }], watches: [],
      },
    });
    for (const outcome of outcomes) {
      const snapshot = await ledger.load(id, []);
      if (snapshot === null) throw new Error(`no delivery ${id}`);
      const audit = { at: clock.now(), who: "relay", what: outcome === "reserve" ? "reserve" : outcome.kind, subject: id, because: null, detail: null };
      await (outcome === "reserve"
        ? ledger.save({ next: snapshot.delivery, reserve: { signer, floor: 7n, maxOpenSlots: 5 }, audit })
        : ledger.save({ ...stepOf(snapshot, outcome, policy, clock.now()), audit }));
    }
  }

  await ledger.commit({
    chain: "bitcoin", now: clock.now(), dropped: [], watchSetVersion: null, opens: [], progress: [], found: { events: [], births: [], watches: [] },
    move: { from: null, view: { final: blockAt("bitcoin", 100), tip: [101, 102, 103].map((height) => blockAt("bitcoin", height)) } },
    blocks: [100, 101, 102, 103].map((height) => blockAt("bitcoin", height)),
  });
  return { world, clock, ledger, queue, heads, add };
}

export const sourceFinal: Outcome = { kind: "source-final" };
export const proved: Outcome = { kind: "proved", proof: { p: 1 }, builtOn: [], deadline: null };
export const signed: Outcome = {
  kind: "signed",
  tx: { hash: hashOf(0xeee), raw: "0x02", slot: { signer, slot: 7n }, replaces: null, fee: 21_000n, purpose: "effect", detail: null, signedAt: 1_700_000_000_000 },
};
export const parkedBy = (code: string): Outcome => ({ kind: "park", code, evidence: { seen: "this" } });
