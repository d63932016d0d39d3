/**
 * Small values for ledger tests: blocks by name, commits and saves with everything else at rest.
 * Always: the same name gives the same block. Never: a rule of the ledger.
 */
import { createHash } from "node:crypto";
import type { ChainView } from "../../src/core/chain-view.ts";
import type { Delivery, SignedTx, SlotRef, Snapshot } from "../../src/core/delivery.ts";
import { failureOf } from "../../src/core/errors.ts";
import type { AuditEntry, BlockRef, ChainName, DeliveryId, Hex, Millis, SignerName, Watch } from "../../src/core/values.ts";
import { deliveryId, eventId, laneName, signerName, transferId, watchId } from "../../src/core/values.ts";
import type { Birth, Commit, Found, FoundEvent, Ledger, Save } from "../../src/ports.ts";

export const lane = laneName("lane");
export const signer = signerName("signer");

export const hashOf = (text: string): Hex => `0x${createHash("sha256").update(text).digest("hex")}`;

/** Block of a chain by height and fork. */
export const blockOf = (height: number, fork = "a", chain: ChainName = "ethereum"): BlockRef => ({
  chain, height, hash: hashOf(`${chain} ${height} ${fork}`), parent: hashOf(`${chain} ${height - 1} ${fork}`), time: height * 1_000,
});

/** final..head of one fork; heights from `forkAt` on are of `fork`. */
export function viewOf(final: number, head: number, chain: ChainName = "ethereum", forkAt = Infinity, fork = "b"): ChainView {
  const block = (height: number): BlockRef => blockOf(height, height >= forkAt ? fork : "a", chain);
  return { final: block(final), tip: Array.from({ length: head - final }, (_, index) => block(final + 1 + index)) };
}

export const nothingFound: Found = { events: [], births: [], watches: [] };

export const commitOf = (change: Partial<Commit>): Commit => ({
  chain: "ethereum", now: 1_000, move: null, blocks: [], dropped: [], watchSetVersion: null, found: nothingFound, opens: [], progress: [], ...change,
});

export const foundEvent = (name: string, at: BlockRef | null = blockOf(10)): FoundEvent => ({
  id: eventId(name), chain: "ethereum", kind: "kind", at, payload: { name },
});

export const birthOf = (name: string, event = name): Birth => ({
  id: deliveryId(name), lane, event: eventId(event), serves: [transferId(`transfer ${name}`)], deadline: null,
});

export const watchOf = (name: string, heightHint: number, chain: ChainName = "bitcoin"): Watch => ({
  id: watchId(name), chain, target: { script: "0x00" }, forWhom: "somebody", heightHint, detail: null,
});

/** The set without what it tells of changes; its order is nobody's concern. */
export async function setOf(ledger: Ledger, chain: ChainName): Promise<{ readonly version: number; readonly watches: readonly Watch[] }> {
  const { version, watches } = await ledger.watchSet(chain);
  return { version, watches: watches.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

export const auditOf = (subject: string, at: Millis = 2_000): AuditEntry => ({
  at, who: "relay", what: "step", subject, because: null, detail: { n: 1 },
});

/** A delivery for each name, each with its own event in `at`. */
export async function begin(ledger: Ledger, names: readonly string[], at: BlockRef = blockOf(10)): Promise<void> {
  await ledger.commit(commitOf({
    blocks: [at],
    found: { events: names.map((name) => foundEvent(name, at)), births: names.map((name) => birthOf(name)), watches: [] },
  }));
}

export async function moveView(ledger: Ledger, view: ChainView, change: Partial<Commit> = {}): Promise<readonly DeliveryId[]> {
  const chain = view.final.chain;
  const before = await ledger.view(chain);
  const from = before === null ? null : (before.tip.at(-1) ?? before.final).hash;
  const { wake } = await ledger.commit(commitOf({ chain, move: { view, from }, ...change }));
  return wake.map(({ id }) => id);
}

export async function snapshot(ledger: Ledger, name: string): Promise<Snapshot> {
  const found = await ledger.load(deliveryId(name), []);
  if (found === null) throw new Error(`no delivery ${name}`);
  return found;
}

/** Loads, changes, saves. */
export async function step(ledger: Ledger, name: string, change: Partial<Delivery>, rest: Omit<Partial<Save>, "next"> = {}): Promise<Delivery> {
  const { delivery } = await snapshot(ledger, name);
  return ledger.save({ next: { ...delivery, ...change }, audit: auditOf(name), ...rest });
}

export const reserve = (ledger: Ledger, name: string, floor = 5n, maxOpenSlots = 10, who: SignerName = signer): Promise<Delivery> =>
  step(ledger, name, { state: "proven" }, { reserve: { signer: who, floor, maxOpenSlots } });

export const txOf = (name: string, slot: SlotRef, replaces: Hex | null = null): SignedTx => ({
  hash: hashOf(name), raw: "0xabcd", slot, replaces, fee: 123_456_789_012_345_678_901n, purpose: "effect", detail: { name }, signedAt: 3_000,
});

/** Reserves and signs; the slot is live. */
export async function goLive(ledger: Ledger, name: string, floor = 5n): Promise<{ readonly slot: SlotRef; readonly hash: Hex }> {
  const { slot } = await reserve(ledger, name, floor);
  if (slot === null) throw new Error("no slot was handed out");
  const tx = txOf(`tx of ${name}`, slot);
  await step(ledger, name, { state: "sent" }, { attempt: tx });
  return { slot, hash: tx.hash };
}

/** "Remedy code" of what a promise rejects with, or "nothing". */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "nothing";
  } catch (thrown) {
    const { remedy, code } = failureOf(thrown);
    return `${remedy} ${code}`;
  }
}
