/**
 * A small chain in memory: blocks, a pool, nonces, reorgs above final, finality that lags.
 * Always: what is final never changes; a nonce is used once on a branch; an effect is remembered with the transaction that made it.
 * Never: time or chance of its own (the caller mines, reorganises and chooses).
 */
import type { BlockRef, ChainName, EventId, Hex, Json, Millis } from "../../src/core/values.ts";
import { hashOf } from "./delivery.ts";

/** `effect` null: an empty transaction. `fails`: it is mined and reverts. */
export type FakeTx = {
  readonly hash: Hex;
  readonly sender: string;
  readonly nonce: bigint;
  readonly fee: bigint;
  readonly effect: EventId | null;
  readonly fails: boolean;
};
export type FakeEvent = { readonly id: EventId; readonly kind: string; readonly payload: Json };
export type MinedTx = FakeTx & { readonly ok: boolean; readonly wasted: boolean };
export type FakeBlock = {
  readonly ref: BlockRef;
  readonly txs: readonly MinedTx[];
  readonly events: readonly FakeEvent[];
  /** after this block */
  readonly nonces: ReadonlyMap<string, bigint>;
  readonly effects: ReadonlyMap<EventId, { readonly block: BlockRef; readonly tx: MinedTx }>;
};

export interface FakeChain {
  readonly chain: ChainName;
  /** canonical blocks, by height */
  readonly canonical: readonly FakeBlock[];
  readonly pool: ReadonlyMap<Hex, FakeTx>;
  finalHeight(): number;
  /** state as an endpoint sees it that is `lag` blocks behind */
  at(lag: number): FakeBlock;
  finalAt(lag: number): FakeBlock;
  byHash(hash: Hex): FakeBlock | null;
  isCanonical(block: BlockRef): boolean;
  /** false when the nonce is used or a better-paid one has it */
  submit(tx: FakeTx): boolean;
  evict(hash: Hex): void;
  nonceOf(block: FakeBlock, sender: string): bigint;
  mine(time: Millis, events: readonly FakeEvent[], accept: (tx: FakeTx) => boolean): FakeBlock;
  /**
   * Takes `depth` blocks back (never final ones) and gives what they held. Their transactions return to the pool; one that
   * failed may succeed in its next block: a revert depends on the state it meets.
   */
  rewind(depth: number): readonly FakeBlock[];
  /** final stays where it is until this is undone */
  stallFinality(stalled: boolean): void;
}

/** `refusesSecond`: a second effect of the same event reverts; otherwise it is done again, like a payment. */
export function createFakeChain(chain: ChainName, finalDepth: number, refusesSecond: boolean, start: Millis): FakeChain {
  const genesis: FakeBlock = {
    ref: { chain, height: 0, hash: hashOf(`${chain}-0`), parent: hashOf("nothing"), time: start },
    txs: [], events: [], nonces: new Map(), effects: new Map(),
  };
  const canonical: FakeBlock[] = [genesis];
  const known = new Map<Hex, FakeBlock>([[genesis.ref.hash, genesis]]);
  const pool = new Map<Hex, FakeTx>();
  let built = 0;
  let final = 0;
  let stalled = false;
  const head = (): FakeBlock => canonical.at(-1) ?? genesis;
  const nonceOf = (block: FakeBlock, sender: string): bigint => block.nonces.get(sender) ?? 0n;
  const moveFinal = (): void => {
    if (!stalled) final = Math.max(final, head().ref.height - finalDepth);
  };

  /** The transactions that can be mined now: per sender in nonce order, the best paid of each nonce. */
  function choose(accept: (tx: FakeTx) => boolean, before: FakeBlock): readonly FakeTx[] {
    const next = new Map<string, bigint>();
    const waiting = [...pool.values()].filter(accept).sort((a, b) => (a.nonce === b.nonce ? Number(b.fee - a.fee) : Number(a.nonce - b.nonce)));
    return waiting.filter(({ sender, nonce }) => {
      if (nonce !== (next.get(sender) ?? nonceOf(before, sender))) return false;
      next.set(sender, nonce + 1n);
      return true;
    });
  }

  function mine(time: Millis, events: readonly FakeEvent[], accept: (tx: FakeTx) => boolean): FakeBlock {
    const before = head();
    built += 1;
    const ref: BlockRef = { chain, height: before.ref.height + 1, hash: hashOf(`${chain}-${before.ref.height + 1}-${built}`), parent: before.ref.hash, time };
    const nonces = new Map(before.nonces);
    const effects = new Map(before.effects);
    const txs = choose(accept, before).map((tx): MinedTx => {
      nonces.set(tx.sender, tx.nonce + 1n);
      const isSecond = tx.effect !== null && effects.has(tx.effect);
      const wasted = !tx.fails && isSecond && refusesSecond;
      const mined = { ...tx, ok: !tx.fails && !wasted, wasted };
      if (mined.ok && tx.effect !== null && !isSecond) effects.set(tx.effect, { block: ref, tx: mined });
      return mined;
    });
    const block: FakeBlock = { ref, txs, events, nonces, effects };
    canonical.push(block);
    known.set(ref.hash, block);
    for (const [hash, tx] of pool) if (tx.nonce < (nonces.get(tx.sender) ?? 0n)) pool.delete(hash);
    moveFinal();
    return block;
  }

  return {
    chain, canonical, pool, nonceOf, mine,
    finalHeight: () => final,
    at: (lag) => canonical[Math.max(0, canonical.length - 1 - lag)] ?? genesis,
    finalAt: (lag) => canonical[Math.max(0, final - lag)] ?? genesis,
    byHash: (hash) => known.get(hash) ?? null,
    isCanonical: ({ height, hash }) => canonical[height]?.ref.hash === hash,
    submit(tx) {
      if (tx.nonce < nonceOf(head(), tx.sender) || [...pool.values()].some((one) => one.sender === tx.sender && one.nonce === tx.nonce && one.fee > tx.fee)) return false;
      for (const [hash, one] of pool) if (one.sender === tx.sender && one.nonce === tx.nonce) pool.delete(hash);
      pool.set(tx.hash, tx);
      return true;
    },
    evict: (hash) => void pool.delete(hash),
    rewind(depth) {
      const dropped = canonical.splice(Math.max(final + 1, canonical.length - depth));
      for (const { txs } of dropped) for (const tx of txs) pool.set(tx.hash, { hash: tx.hash, sender: tx.sender, nonce: tx.nonce, fee: tx.fee, effect: tx.effect, fails: false });
      return dropped;
    },
    stallFinality(yes) {
      stalled = yes;
      moveFinal();
    },
  };
}
