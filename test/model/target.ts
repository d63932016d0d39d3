/**
 * The model's target chain as lane and submitter: always reachable, never lagging; what goes wrong is the search's choice.
 * Always: a second effect is accepted, like a payment, so that nothing but our own law prevents it.
 */
import type { LaneWork } from "../../relayer/perform.ts";
import type { Attempt, SignedTx, SlotRef } from "../../src/core/delivery.ts";
import type { Policy } from "../../src/core/policy.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import type { BlockRef, Hex } from "../../src/core/values.ts";
import { laneName, signerName } from "../../src/core/values.ts";
import type { Effect, TxStatus } from "../../src/ports.ts";
import { hashOf } from "../support/delivery.ts";

export const now = 1_000_000;
export const signer = signerName("hot");

/** `effect` null: a fill, or a stranger's. `sender` other than "us" uses no nonce of ours. */
export type ModelTx = { readonly hash: Hex; readonly sender: "us" | "rival" | "stranger"; readonly nonce: number; readonly fee: number; readonly effect: string | null };
export type ModelBlock = { readonly ref: BlockRef; readonly txs: readonly ModelTx[] };
export type Chain = { blocks: ModelBlock[]; final: number; pool: ModelTx[]; built: number; highest: number };

export const isOurs = ({ sender }: ModelTx): boolean => sender !== "rival";
export const nonceAt = (blocks: readonly ModelBlock[]): number => blocks.flatMap(({ txs }) => txs.filter(isOurs)).length;
export const finalBlocks = ({ blocks, final }: Chain): readonly ModelBlock[] => blocks.slice(0, final + 1);

function effectIn(blocks: readonly ModelBlock[], event: string): Effect | null {
  for (const { ref, txs } of blocks) {
    const tx = txs.find(({ effect }) => effect === event);
    if (tx !== undefined) return { block: ref, tx: tx.hash };
  }
  return null;
}

export const modelPolicy = (isOld: boolean): Policy => ({ ...defaultPolicy("bitcoin", "ethereum"), maxRedos: 1, bumpAfterMs: isOld ? 0 : 10 ** 9 });

/** `blame` hears of a broadcast that breaks the slot law. */
export function createModelWork(chain: Chain, isOld: boolean, onSend: (tx: SignedTx) => Promise<void>): LaneWork {
  const policy = modelPolicy(isOld);
  const sign = (slot: SlotRef, previous: Attempt | null, effect: string | null): SignedTx => {
    const fee = (previous?.fee ?? 0n) + 1n;
    return {
      hash: hashOf(`${slot.slot}/${fee}/${effect ?? "fill"}`), raw: "0x", slot, replaces: previous?.hash ?? null, fee,
      purpose: effect === null ? "fill" : "effect", detail: effect, signedAt: now,
    };
  };
  return {
    policy, maxOpenSlots: 2, concurrency: 1,
    lane: {
      name: laneName("alpha"), source: "bitcoin", target: "ethereum", signer,
      delivered: async (event, at) => effectIn(at === "final" ? finalBlocks(chain) : chain.blocks, event.id),
      anchor: async () => ({ kind: "ready", anchor: null, builtOn: [], deadline: null }),
      build: async () => null,
      check: () => null,
      distrust: () => undefined,
      describe: () => "",
    },
    submitter: {
      signer,
      rehearse: async () => undefined,
      floor: async () => ({
        next: BigInt(nonceAt(chain.blocks) + chain.pool.filter(isOurs).length),
        settled: !chain.pool.some(isOurs) && nonceAt(chain.blocks) === nonceAt(finalBlocks(chain)),
      }),
      sign: async (event, _proof, slot, previous) => sign(slot, previous, event.id),
      fill: async (slot, previous) => sign(slot, previous, null),
      send: async (tx) => {
        await onSend(tx);
        const nonce = Number(tx.slot.slot);
        if (nonce < nonceAt(chain.blocks) || chain.pool.some((one) => isOurs(one) && one.nonce === nonce && one.fee >= Number(tx.fee))) return;
        chain.pool = [...chain.pool.filter((one) => !isOurs(one) || one.nonce !== nonce), { hash: tx.hash, sender: "us", nonce, fee: Number(tx.fee), effect: tx.detail as string | null }];
      },
      track: async (slot, attempts) => track(chain, Number(slot.slot), attempts),
    },
  };
}

function track(chain: Chain, nonce: number, attempts: readonly Attempt[]): TxStatus {
  const hashes = new Set(attempts.map(({ hash }) => hash));
  for (const [height, { ref, txs }] of chain.blocks.entries()) {
    const tx = txs.find(({ hash }) => hashes.has(hash));
    if (tx !== undefined) return { kind: "included", hash: tx.hash, block: ref, ok: true, final: height <= chain.final, failure: null, feePaid: 1n };
  }
  if (nonceAt(chain.blocks) > nonce) return { kind: "taken", final: nonceAt(finalBlocks(chain)) > nonce, hash: null };
  return { kind: chain.pool.some(({ hash }) => hashes.has(hash)) ? "pending" : "missing" };
}
