/**
 * A fake chain as a ChainSource: lags, fails, sometimes says what cannot be true.
 * Always: what it finds in a block is what the block holds, or an error.
 */
import { unavailable } from "../../src/core/errors.ts";
import type { BlockRef, SourceEvent } from "../../src/core/values.ts";
import { deliveryId, laneName } from "../../src/core/values.ts";
import type { Birth, ChainSource, Found, FoundEvent } from "../../src/ports.ts";
import { hashOf } from "../support/delivery.ts";
import type { FakeBlock, FakeChain } from "../support/fake-chain.ts";
import type { Life } from "./life.ts";

/** Events of kind "request:<lane>" bring their delivery only when final, "effect:<lane>" at once. */
export const birthOf = ({ id, kind }: Pick<SourceEvent, "id" | "kind">): Birth =>
  ({ id: deliveryId(`d-${id}`), lane: laneName(kind.split(":")[1] ?? ""), event: id, serves: [], deadline: null });

function foundIn(blocks: readonly FakeBlock[]): Found {
  const events = blocks.flatMap(({ ref, events }) => events.map((event): FoundEvent => ({ ...event, chain: ref.chain, at: ref })));
  return { events, births: events.filter(({ kind }) => kind.startsWith("effect:")).map(birthOf), watches: [] };
}

export function createFakeSource(chain: FakeChain, life: Life): ChainSource {
  const { random } = life;
  const lag = (): number => random.between(0, life.faults().maxLagBlocks);
  const need = (block: FakeBlock | null | undefined, what: string): FakeBlock => {
    if (block === null || block === undefined) throw unavailable("block-unknown", `no endpoint has block ${what}`);
    return block;
  };
  return {
    chain: chain.chain,
    head: () => life.rpc("head", () => {
      const behind = lag();
      const best = chain.at(behind).ref;
      const final = chain.finalAt(behind).ref;
      return random.chance(life.faults().lie) ? lieAbout(best, final, random.chance(0.3)) : { best, final };
    }),
    block: (hash) => life.rpc("block", () => need(chain.byHash(hash), hash).ref),
    blockAt: (height) => life.rpc("blockAt", () => need(chain.canonical[height], String(height)).ref),
    read: (block) => life.rpc("read", () => foundIn([need(chain.byHash(block.hash), block.hash)])),
    scan: (from, to) => life.rpc("scan", () => {
      const scannedTo = random.chance(0.3) ? random.between(from, to) : to;
      const blocks = chain.canonical.slice(from, scannedTo + 1);
      const found = foundIn(blocks);
      return { scannedTo, found, blocks: blocks.filter(({ events }) => events.length > 0).map(({ ref }) => ref) };
    }),
    settle: (event) => ({ births: event.kind.startsWith("request:") ? [birthOf(event)] : [], watches: [] }),
    distrust: () => undefined,
  };
}

/** A head nobody mined; sometimes one that contradicts what is final. */
function lieAbout(best: BlockRef, final: BlockRef, unsafely: boolean): { readonly best: BlockRef; readonly final: BlockRef } {
  const rival: BlockRef = { ...final, hash: hashOf(`lie-${final.height}`) };
  if (unsafely) return { best: rival, final };
  return { best: { ...best, height: best.height + 1, hash: hashOf(`lie-${best.height + 1}`), parent: hashOf(`lie-${best.height}`) }, final };
}
