/**
 * Where the extrinsics of one nonce stand, looked up over every hash the nonce ever had, in the blocks of their eras.
 * Always: the account's nonce is read before the blocks, so that a block arriving in between never looks like a stranger's
 * extrinsic; "taken" and "missing" are only said when no endpoint contradicts.
 * Never: waits, or calls a block final that the node's final block does not cover.
 */
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { outcomeOf } from "../../src/chains/polkadot/dispatch.ts";
import { isOver, livesIn } from "../../src/chains/polkadot/era.ts";
import type { Era } from "../../src/chains/polkadot/era.ts";
import { blake2 } from "../../src/chains/polkadot/header.ts";
import { createMemory } from "../../src/chains/polkadot/memory.ts";
import type { Memory } from "../../src/chains/polkadot/memory.ts";
import type { DispatchFailure } from "../../src/chains/polkadot/runtime.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { Attempt, SlotRef } from "../../src/core/delivery.ts";
import type { GantryError } from "../../src/core/errors.ts";
import { bug, failureOf, unavailable } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Json } from "../../src/core/values.ts";
import type { TxStatus } from "../../src/ports.ts";
import { foreignExtrinsic } from "./polkadot-foreign.ts";

/** What a signed extrinsic's `detail` holds. */
export type PolkadotTxDetail = { readonly birth: number; readonly birthHash: Hex; readonly period: number; readonly tipPlanck: string; readonly specVersion: number };

export type PolkadotTrackContext = {
  readonly endpoints: Endpoints<PolkadotClient>;
  readonly account: Hex;
  /** what the bridge makes of a failed dispatch */
  readonly classify: (failure: DispatchFailure) => GantryError;
  /** where attempts were found before: a block is asked about, not searched for again */
  readonly places?: Places;
};

type Found = { readonly hash: Hex; readonly block: BlockRef; readonly index: number };
export type Places = Memory<Found>;
export const createPlaces = (): Places => createMemory<Found>(1_024);

type Seen = Extract<TxStatus, { kind: "pending" | "included" }>;
type Look = Seen | { readonly kind: "unseen"; readonly consumed: boolean; /** the final block in whose state the nonce is used */ readonly final: BlockRef | null };

const blocksAtOnce = 8;

export function detailOf(tx: { readonly hash: Hex; readonly detail: Json }): PolkadotTxDetail & Era {
  const detail = tx.detail as Partial<PolkadotTxDetail> | null;
  const { birth, birthHash, period, tipPlanck, specVersion } = detail ?? {};
  if (birth === undefined || birthHash === undefined || period === undefined || tipPlanck === undefined || specVersion === undefined) {
    throw bug("attempt-without-era", `the stored extrinsic ${tx.hash} does not say in which blocks it is valid`);
  }
  return { birth, birthHash, period, tipPlanck, specVersion };
}

export async function trackPolkadot(context: PolkadotTrackContext, slot: SlotRef, attempts: readonly Attempt[], signal: AbortSignal): Promise<TxStatus> {
  const { value: look, endpoint } = await context.endpoints.ask((client, signal) => lookWith(client, context, slot, attempts, signal), signal);
  if (look.kind !== "unseen") return look;
  const others = await askOthers(context, slot, attempts, signal);
  if (!look.consumed) return { kind: others.some(({ kind }) => kind === "pending" || kind === "included") ? "pending" : "missing" };
  if (!others.some(({ kind }) => kind === "included")) return { kind: "taken", final: look.final !== null, hash: look.final === null ? null : await takenBy(context, slot, look.final, endpoint, signal) };
  throw unavailable("endpoints-disagree", `one endpoint has our extrinsic of nonce ${slot.slot} in a block, another says a stranger's one took it: waiting until they agree`, {
    evidence: { nonce: `${slot.slot}`, account: context.account },
  });
}

/** Where it was found before, if the node's chain still has that block. */
async function foundBefore(client: PolkadotClient, attempts: readonly Attempt[], places: Places, final: BlockRef, signal: AbortSignal): Promise<Found | null> {
  const found = attempts.map(({ hash }) => places.get(hash)).find((place) => place !== undefined);
  if (found === undefined) return null;
  const { block, hash } = found;
  if (block.hash === final.hash || (await client.hashAt(block.height, signal)) === block.hash) return found;
  places.forget(hash);
  return null;
}

async function lookWith(client: PolkadotClient, { account, classify, places = createPlaces() }: PolkadotTrackContext, slot: SlotRef, attempts: readonly Attempt[], signal: AbortSignal): Promise<Look> {
  const final = await client.head("final", signal);
  const before = await foundBefore(client, attempts, places, final, signal);
  if (before !== null) return included(client, before, final, classify, signal);
  const best = await client.head("best", signal);
  const consumed = (await client.nonce(account, best.hash, signal)) > slot.slot;
  if (consumed) {
    const found = await findInBlocks(client, attempts, best, signal);
    if (found !== null) return included(client, places.set(found.hash, found), final, classify, signal);
    const atFinal = await client.nonce(account, final.hash, signal).catch(unknownWhenPruned);
    return { kind: "unseen", consumed, final: atFinal !== null && atFinal > slot.slot ? final : null };
  }
  const pool = new Set((await client.pending(signal)).map((raw) => blake2(raw)));
  if (attempts.some(({ hash }) => pool.has(hash))) return { kind: "pending" };
  // no block can hold it any more, but only final says that none does: until then a reorg may bring it back
  const eras = attempts.map(detailOf);
  const over = eras.length > 0 && eras.every((era) => isOver(era, best.height));
  if (over && !eras.every((era) => isOver(era, final.height))) return { kind: "pending" };
  return { kind: "unseen", consumed, final: null };
}

/** While finality stalls, a node may have dropped the final block's state; then it is not known, and nobody calls it final. */
export function unknownWhenPruned(thrown: unknown): null {
  if (failureOf(thrown).code === "block-pruned") return null;
  throw thrown;
}

/** The block of the best chain that holds one of the attempts: only those of their eras can. */
async function findInBlocks(client: PolkadotClient, attempts: readonly Attempt[], best: BlockRef, signal: AbortSignal): Promise<Found | null> {
  const ranges = attempts.map((attempt) => livesIn(detailOf(attempt)));
  if (ranges.length === 0) return null;
  const first = Math.min(...ranges.map((range) => range.first));
  const last = Math.min(best.height, Math.max(...ranges.map((range) => range.last)));
  const heights = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => last - at).filter((height) => ranges.some((range) => height >= range.first && height <= range.last));
  const ours = new Set(attempts.map(({ hash }) => hash));
  // most are in the newest block or the one before, whose hashes are known already
  const near = new Map([[best.height, best.hash], [best.height - 1, best.parent]]);
  for (let at = 0, count = near.size; at < heights.length; at += count, count = blocksAtOnce) {
    const looks = await Promise.all(heights.slice(at, at + count).map(async (height): Promise<Found | null> => {
      const hash = near.get(height) ?? (await client.hashAt(height, signal));
      if (hash === null) return null;
      const extrinsic = (await client.extrinsics(hash, signal)).find((one) => ours.has(one.hash));
      if (extrinsic === undefined) return null;
      const block = await client.block(hash, signal);
      return block === null ? null : { hash: extrinsic.hash, block, index: extrinsic.index };
    }));
    const found = looks.find((look) => look !== null);
    if (found !== undefined) return found;
  }
  return null;
}

async function included(client: PolkadotClient, found: Found, final: BlockRef, classify: PolkadotTrackContext["classify"], signal: AbortSignal): Promise<Seen> {
  const { block, index, hash } = found;
  const [runtime, events] = await Promise.all([client.runtimeOf(block.hash, signal), client.events(block.hash, signal)]);
  const outcome = outcomeOf(runtime, events, index);
  if (outcome === null) throw unavailable("endpoint-bad-answer", `endpoint ${client.name} has extrinsic ${hash} in block ${block.height}, but no event says how it ended; another endpoint is asked`);
  return {
    kind: "included",
    hash,
    block,
    ok: outcome.ok,
    // the block was found on the best chain by height: final only if the final block is not below it
    final: block.height <= final.height,
    failure: outcome.failure === null ? null : classify(outcome.failure).failure,
    feePaid: outcome.feePaid,
  };
}

/** Looked up where the nonce was seen used. Worth a few more questions: people want to know who else holds the key. */
async function takenBy({ endpoints, account }: PolkadotTrackContext, { slot }: SlotRef, final: BlockRef, endpoint: string, signal: AbortSignal): Promise<Hex | null> {
  const [answer] = await endpoints.askAll((client, signal) => foreignExtrinsic(client, account, slot, final, signal), signal, ({ name }) => name === endpoint);
  return answer !== undefined && "value" in answer ? answer.value : null;
}

/** What the other endpoints see. One that is away does not contradict. */
async function askOthers(context: PolkadotTrackContext, slot: SlotRef, attempts: readonly Attempt[], signal: AbortSignal): Promise<readonly Look[]> {
  if (attempts.length === 0 || context.endpoints.states().length < 2) return [];
  const answers = await context.endpoints.askAll((client, signal) => lookWith(client, context, slot, attempts, signal), signal);
  return answers.flatMap((answer) => ("value" in answer ? [answer.value] : []));
}
