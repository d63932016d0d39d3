/**
 * A Substrate chain as the watchers see it: best and final head, blocks by hash, and what the readers find in their events.
 * Always: final is what the node's finality says; a block is read by its hash, with the runtime that executed it; a block whose
 * events look other than a reader knows is not passed over for that reader. Never: a block count taken for finality.
 */
import type { PolkadotClient, PolkadotExtrinsic } from "../../src/chains/polkadot/client.ts";
import type { PolkadotEvent, PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../src/chains/polkadot/shape.ts";
import type { Needs } from "../../src/chains/polkadot/shape.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { GantryError, invalid, unavailable } from "../../src/core/errors.ts";
import type { Failure } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Json, Millis, SourceEvent } from "../../src/core/values.ts";
import type { ChainSource, Clock, Found, Settled } from "../../src/ports.ts";
import { createProbe } from "../probe.ts";
import { nudgesOf } from "./nudges.ts";

/** What a reader may look up besides the event, in the state after the event's block. */
export type PolkadotLook = {
  /** the one that executed the block */
  readonly runtime: PolkadotRuntime;
  /** hash of the block's extrinsic at this index (PolkadotEvent.extrinsic); null: the block itself was the cause */
  extrinsic(index: number | null): Promise<Hex | null>;
  /** null: an optional item is not there. Keys and value as told in src/chains/polkadot/plain.ts */
  storage(pallet: string, item: string, keys: readonly Json[]): Promise<Json>;
};

/** How a bridge looks at events. It is called for the events that `needs(…).events` names, and only while they fit the runtime. */
export interface PolkadotReader {
  /** what it uses of this runtime; throws Unsafe "shape-changed" when it knows no such runtime. Pure: asked once per runtime */
  needs(runtime: PolkadotRuntime): Needs;
  /** throws Invalid when what the endpoint gave cannot be true: another one is used then */
  read(event: PolkadotEvent, block: BlockRef, look: PolkadotLook): Promise<Found>;
  /** what an event brings once it is final; pure */
  settle(event: SourceEvent): Settled;
}

export type PolkadotSourceOptions = {
  readonly endpoints: Endpoints<PolkadotClient>;
  readonly readers: readonly PolkadotReader[];
  readonly clock: Clock;
  /**
   * A reader's needs do not fit the runtime of a block (code "shape-changed"). Told before the block counts as read, each time:
   * halt the lanes of that reader durably. Without it the block is not read, and watching of this chain waits there.
   */
  readonly onMisfit?: (reader: PolkadotReader, block: BlockRef, failure: Failure) => Promise<void>;
  /** clients whose new heads ring the bell */
  readonly announcers?: readonly PolkadotClient[];
};

/** how often the endpoints that are not asked for anything else are asked for their head */
const probeEveryMs: Millis = 3_000;
const scanBlocks = 64;
const blocksAtOnce = 8;
const nothing: Found = { events: [], births: [], watches: [] };

export function createPolkadotSource(options: PolkadotSourceOptions): ChainSource {
  const { endpoints, readers, clock } = options;
  let lastEndpoint: string | null = null;
  const probe = createProbe(endpoints, probeEveryMs, clock, async (client, signal) => (await client.head("best", signal)).height);

  const ask: AskAny = async (call, signal) => {
    const { value, endpoint } = await endpoints.ask(call, signal);
    lastEndpoint = endpoint;
    return value;
  };
  const distrust = (failure: Failure): void => {
    if (lastEndpoint !== null) endpoints.distrust(lastEndpoint, failure);
  };
  const read = createRead(options, ask, distrust);

  return {
    chain: "polkadot",

    async head(signal) {
      const head = await ask(headOf, signal);
      if (lastEndpoint !== null) endpoints.sawHead(lastEndpoint, head.best.height);
      probe(signal);
      return head;
    },

    block: (hash, signal) => ask((client, signal) => blockOrNext(client, hash, signal), signal),
    blockAt: (height, signal) => ask((client, signal) => blockAtOrNext(client, height, signal), signal),
    read: (block, _watches, signal) => read(block, signal),

    async scan(from, to, _watches, signal) {
      if (readers.length === 0) return { scannedTo: to, found: nothing, blocks: [] };
      const last = Math.min(to, from + scanBlocks - 1);
      const blocks = await linkedBlocks(ask, from, last, signal);
      const parts: Found[] = [];
      for (let at = 0; at < blocks.length; at += blocksAtOnce) {
        parts.push(...(await Promise.all(blocks.slice(at, at + blocksAtOnce).map((block) => read(block, signal).catch((thrown: unknown) => rethrowWithHeight(thrown, block.height))))));
      }
      return { scannedTo: last, found: join(parts), blocks: blocks.filter((_, at) => (parts[at]?.events.length ?? 0) > 0) };
    },

    settle(event) {
      const parts = readers.map((reader) => reader.settle(event));
      return { births: parts.flatMap(({ births }) => births), watches: parts.flatMap(({ watches }) => watches), ends: parts.flatMap(({ ends }) => ends ?? []) };
    },

    distrust,
    ...(options.announcers === undefined ? {} : { nudges: nudgesOf(options.announcers, endpoints) }),
  };
}

/** What the readers find in one block. */
function createRead({ readers, onMisfit }: PolkadotSourceOptions, ask: AskAny, distrust: (failure: Failure) => void) {
  const fits = createFits();
  return async (block: BlockRef, signal: AbortSignal): Promise<Found> => {
    if (readers.length === 0) return nothing;
    const { runtime, events } = await ask(async (client, signal) => {
      const [runtime, events] = await Promise.all([client.runtimeOf(block.hash, signal), client.events(block.hash, signal)]);
      return { runtime, events };
    }, signal);
    const look: PolkadotLook = {
      runtime,
      storage: (pallet, item, keys) => ask((client, signal) => client.storage(pallet, item, keys, block.hash, signal), signal),
      extrinsic: async (index) => (index === null ? null : hashOf(await ask((client, signal) => client.extrinsics(block.hash, signal), signal), index)),
    };
    const parts: Found[] = [];
    for (const reader of readers) {
      const needs = fits(runtime, reader);
      if (!(needs instanceof GantryError)) parts.push(await readEvents(reader, needs, events, block, look).catch((thrown: unknown) => doubted(thrown, distrust)));
      else if (onMisfit === undefined) throw needs;
      else await onMisfit(reader, block, needs.failure);
    }
    return join(parts);
  };
}

const join = (parts: readonly Found[]): Found => ({
  events: parts.flatMap(({ events }) => events),
  births: parts.flatMap(({ births }) => births),
  watches: parts.flatMap(({ watches }) => watches),
});

async function readEvents(reader: PolkadotReader, needs: Needs, events: readonly PolkadotEvent[], block: BlockRef, look: PolkadotLook): Promise<Found> {
  const wanted = needs.events ?? {};
  const parts: Found[] = [];
  for (const event of events) if (`${event.pallet}.${event.name}` in wanted) parts.push(await reader.read(event, block, look));
  return join(parts);
}

function hashOf(extrinsics: readonly PolkadotExtrinsic[], index: number): Hex {
  const found = extrinsics.find((one) => one.index === index);
  if (found !== undefined) return found.hash;
  throw invalid("extrinsic-missing", `a block has an event of its extrinsic ${index} and only ${extrinsics.length} extrinsics; another endpoint is used`, { evidence: { index, count: extrinsics.length } });
}

/** What a reader could not believe is the endpoint's fault. */
function doubted(thrown: unknown, distrust: (failure: Failure) => void): never {
  if (thrown instanceof GantryError && thrown.failure.remedy === "Invalid") distrust(thrown.failure);
  throw thrown;
}

/** What a reader needs of a runtime, or what is wrong between them; looked at once. */
function createFits(): (runtime: PolkadotRuntime, reader: PolkadotReader) => Needs | GantryError {
  const known = new WeakMap<PolkadotRuntime, Map<PolkadotReader, Needs | GantryError>>();
  const look = (runtime: PolkadotRuntime, reader: PolkadotReader): Needs | GantryError => {
    try {
      const needs = reader.needs(runtime);
      checkShape(runtime, needs);
      return needs;
    } catch (thrown) {
      if (thrown instanceof GantryError) return thrown;
      throw thrown;
    }
  };
  return (runtime, reader) => {
    const ofRuntime = known.get(runtime) ?? new Map<PolkadotReader, Needs | GantryError>();
    known.set(runtime, ofRuntime);
    const fit = ofRuntime.get(reader) ?? look(runtime, reader);
    ofRuntime.set(reader, fit);
    return fit;
  };
}

async function headOf(client: PolkadotClient, signal: AbortSignal): Promise<{ best: BlockRef; final: BlockRef }> {
  // in this order the final block cannot be above the best one
  const final = await client.head("final", signal);
  const best = await client.head("best", signal);
  if (final.height > best.height) throw invalid("final-above-best", `endpoint ${client.name} has final block ${final.height} above its best ${best.height}; another endpoint is used`);
  return { best, final };
}

async function blockOrNext(client: PolkadotClient, hash: Hex, signal: AbortSignal): Promise<BlockRef> {
  const block = await client.block(hash, signal);
  if (block === null) throw unavailable("unknown-block", `endpoint ${client.name} does not have block ${hash} now; another endpoint is asked, or it is waited for`);
  return block;
}

async function blockAtOrNext(client: PolkadotClient, height: number, signal: AbortSignal): Promise<BlockRef> {
  const hash = await client.hashAt(height, signal);
  if (hash === null) throw unavailable("unknown-block", `endpoint ${client.name} has no block at height ${height} now; another endpoint is asked, or it is waited for`);
  const block = await blockOrNext(client, hash, signal);
  if (block.height !== height) throw invalid("block-height-mismatch", `endpoint ${client.name} gave block ${block.height} (${hash}) for height ${height}; another endpoint is used`);
  return block;
}

type AskAny = <T>(call: (client: PolkadotClient, signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<T>;

/** Blocks of [from, to] as one endpoint links them, from the last back to the first: a range is never of two forks. */
async function linkedBlocks(ask: AskAny, from: number, to: number, signal: AbortSignal): Promise<readonly BlockRef[]> {
  return ask(async (client, signal) => {
    const hashes = await Promise.all(Array.from({ length: to - from + 1 }, (_, at) => client.hashAt(from + at, signal)));
    const blocks: BlockRef[] = [];
    for (let at = 0; at < hashes.length; at += blocksAtOnce) {
      const some = hashes.slice(at, at + blocksAtOnce).map(async (hash, offset) => (hash === null ? blockAtOrNext(client, from + at + offset, signal) : blockOrNext(client, hash, signal)));
      blocks.push(...(await Promise.all(some.map((one, offset) => one.catch((thrown: unknown) => rethrowWithHeight(thrown, from + at + offset))))));
    }
    const stray = blocks.find((block, at) => block.height !== from + at || (at > 0 && block.parent !== blocks[at - 1]?.hash));
    if (stray !== undefined) throw unavailable("chain-moving", `the chain of endpoint ${client.name} changed around block ${stray.height} while it was read; it is read again`);
    return blocks;
  }, signal);
}

/** Whoever reads history must know which heights a node has dropped. */
function rethrowWithHeight(thrown: unknown, height: number): never {
  if (!(thrown instanceof GantryError) || thrown.failure.code !== "block-pruned") throw thrown;
  throw unavailable("block-pruned", `no endpoint keeps the state of block ${height}: ${thrown.message}`, { evidence: { heights: [height] }, cause: thrown });
}
