/**
 * A fake target chain as lane and submitter: lagging endpoints, lies, refusals, fees.
 * Always: tells the judge what is broadcast, at the moment it is.
 */
import type { Attempt, SignedTx, SlotRef } from "../../src/core/delivery.ts";
import { rejected, unavailable } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import type { EventId, Hex, Json, LaneName, SignerName, SourceEvent } from "../../src/core/values.ts";
import type { Anchored, Effect, Lane, Submitter, TxStatus } from "../../src/ports.ts";
import { hashOf } from "../support/delivery.ts";
import type { FakeBlock, FakeChain, FakeTx } from "../support/fake-chain.ts";
import type { Life } from "./life.ts";

export type TargetParts = {
  readonly life: Life;
  readonly source: FakeChain;
  readonly target: FakeChain;
  readonly signer: SignerName;
  readonly refusesSecond: boolean;
  /** source blocks above the event that the target's light client wants to know */
  readonly anchorDepth: number;
  readonly feeCap: bigint;
  /** asked at signing: will this transaction be mined and revert? */
  readonly reverts: () => boolean;
  /** called when the bytes are handed over, before they take effect */
  readonly onSend: (tx: SignedTx) => Promise<void>;
  /** called after the static call saw no effect */
  readonly onRehearsed: (event: EventId) => void;
};

type Detail = { readonly effect: EventId | null; readonly fails: boolean };

const effectIn = (block: FakeBlock, event: EventId): Effect | null => {
  const found = block.effects.get(event);
  return found === undefined ? null : { block: found.block, tx: found.tx.hash };
};

export function createFakeLane(name: LaneName, parts: TargetParts): Lane {
  const { life, source, target } = parts;
  const { random } = life;
  const lag = (): number => life.random.between(0, life.faults().maxLagBlocks);
  return {
    name, source: source.chain, target: target.chain, signer: parts.signer,
    delivered: (event, at) => life.rpc("delivered", () => {
      if (at === "final") return effectIn(target.finalAt(lag()), event.id);
      const seen = effectIn(target.at(lag()), event.id);
      if (seen !== null || !random.chance(life.faults().lie)) return seen;
      const head = target.at(random.between(0, 3)).ref;
      return { block: { ...head, height: head.height + random.between(0, 1), hash: hashOf(`lie-${head.height}`) }, tx: random.chance(0.5) ? hashOf("lie") : null };
    }),
    anchor: (event, now) => life.rpc("anchor", (): Anchored<Json> => {
      const head = source.at(lag()).ref;
      const height = (event.at?.height ?? 0) + parts.anchorDepth;
      if (event.at === null || head.height < height) {
        return { kind: "not-yet", code: "anchor-not-relayed", until: now + 30_000, waitsFor: { chain: source.chain, height, at: "best" } };
      }
      return { kind: "ready", anchor: head.hash, builtOn: [event.at, head], deadline: null };
    }),
    build: (event, anchor) => life.rpc("build", () => ({ event: event.id, anchor: anchor as Json, bad: random.chance(life.faults().badData) })),
    check: (_event, _anchor, proof) =>
      (proof as { bad?: boolean }).bad === true ? { remedy: "Invalid", code: "proof-does-not-verify", message: "the proof is wrong", evidence: proof } : null,
    distrust: () => undefined,
    describe: (event: SourceEvent) => event.id,
  };
}

const notNow: Failure = { remedy: "Unavailable", code: "not-now", message: "the target takes nothing of this kind now", evidence: null };

export function createFakeSubmitter(parts: TargetParts): Submitter {
  const { life, target, signer } = parts;
  const lag = (): number => life.random.between(0, life.faults().maxLagBlocks);

  function bytes(slot: SlotRef, previous: Attempt | null, detail: Detail): SignedTx {
    const fee = previous === null ? 100n : previous.fee + previous.fee / 4n;
    if (fee > parts.feeCap) throw unavailable("fee-cap", `slot ${slot.slot} would need ${fee}`);
    const purpose = detail.effect === null ? "fill" : "effect";
    return {
      hash: hashOf(`${slot.slot}/${fee}/${detail.effect ?? "fill"}`), raw: "0x00", slot, replaces: previous?.hash ?? null, fee, purpose,
      detail, signedAt: life.clock.now(),
    };
  }

  return {
    signer,
    rehearse: (event) => life.rpc("rehearse", () => {
      if (parts.refusesSecond && target.at(lag()).effects.has(event.id)) throw rejected("already-there", "the target has the effect already");
      parts.onRehearsed(event.id);
    }),
    floor: () => life.rpc("floor", () => {
      const head = target.at(lag());
      const base = target.nonceOf(head, signer);
      const pooled = new Set([...target.pool.values()].filter(({ sender }) => sender === signer).map(({ nonce }) => nonce));
      let next = base;
      while (pooled.has(next)) next += 1n;
      // as nodes tell it: what waits above a gap is in nobody's next nonce
      return { next, settled: next === base && target.nonceOf(target.finalAt(0), signer) === base };
    }),
    sign: async (event, _proof, slot, previous) => bytes(slot, previous, { effect: event.id, fails: parts.reverts() }),
    fill: async (slot, previous) => bytes(slot, previous, { effect: null, fails: false }),
    // what a static call of the signed bytes says: sometimes "not now", which passes by itself
    rehearseSigned: () => life.rpc("rehearseSigned", () => (life.random.chance(life.faults().rpc) ? notNow : null)),
    send: (tx) => life.rpc("send", async () => {
      await parts.onSend(tx);
      const { effect, fails } = tx.detail as Detail;
      target.submit({ hash: tx.hash, sender: signer, nonce: tx.slot.slot, fee: tx.fee, effect, fails });
    }),
    track: (slot, attempts) => life.rpc("track", () => track(target, target.at(lag()), target.finalAt(lag()), slot, attempts)),
  };
}

function track(chain: FakeChain, head: FakeBlock, final: FakeBlock, slot: SlotRef, attempts: readonly Attempt[]): TxStatus {
  const hashes = new Set<Hex>(attempts.map(({ hash }) => hash));
  for (const { ref, txs } of chain.canonical.slice(0, head.ref.height + 1)) {
    for (const tx of txs) {
      if (!hashes.has(tx.hash)) continue;
      const failure = tx.ok ? null : { remedy: "Rejected" as const, code: tx.wasted ? "already-there" : "reverted", message: "reverted", evidence: null };
      return { kind: "included", hash: tx.hash, block: ref, ok: tx.ok, final: ref.height <= final.ref.height, failure, feePaid: tx.fee };
    }
  }
  if (chain.nonceOf(head, slot.signer) > slot.slot) return { kind: "taken", final: chain.nonceOf(final, slot.signer) > slot.slot, hash: null };
  return [...hashes].some((hash) => chain.pool.has(hash)) ? { kind: "pending" } : { kind: "missing" };
}

export const txOf = (sender: string, nonce: bigint, fee: bigint, effect: EventId | null, serial: number): FakeTx =>
  ({ hash: hashOf(`${sender}/${nonce}/${serial}`), sender, nonce, fee, effect, fails: false });
