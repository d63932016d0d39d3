/**
 * Bitcoin as the watch loop sees it: head, blocks, what the readers find, history. Read only.
 * Always: nothing is found but in blocks whose bytes hash to what was asked; an endpoint that gives what cannot be true
 * is demoted and another one asked. Never: needs a wallet, an index or the node's word for a transaction.
 */
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { failureOf, GantryError, invalid, unavailable } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Millis } from "../../src/core/values.ts";
import type { ChainSource, Clock } from "../../src/ports.ts";
import { createProbe } from "../probe.ts";
import { blockRef, headOf } from "./head.ts";
import type { Head } from "./head.ts";
import { hashesIn, prunedAt, readPiece } from "./history.ts";
import { createIndexOf, createWatchIndex, matchBlock } from "./match.ts";
import type { BitcoinReader } from "./match.ts";

export type { BitcoinReader } from "./match.ts";

export type BitcoinSourceOptions = {
  readonly endpoints: Endpoints<BitcoinClient>;
  readonly readers: readonly BitcoinReader[];
  /** blocks on top of and including a block that make it final; at least 1 */
  readonly finalDepth: number;
  /** no block below is ever read: what lies there does not concern the operator */
  readonly startHeight: number;
  readonly clock: Clock;
};

/** one long poll; the endpoint's own limit for silence lies above it */
const longPollMs = 25_000;
const nudgeRestMs = { first: 1_000, longest: 30_000 } as const;
/** how often endpoints that are not in use are looked at, so that health and lag are known before they are needed */
const probeEveryMs = 10_000;

/** Best and final head, with every endpoint's head noted on the way. */
function createHeadWatch({ endpoints, finalDepth, clock }: BitcoinSourceOptions) {
  let known: Head | null = null;
  const probe = createProbe(endpoints, probeEveryMs, clock, async (client, signal) => (await client.chainInfo(signal)).blocks);
  return async (signal: AbortSignal): Promise<Head & { readonly endpoint: string }> => {
    probe(signal);
    const { value, endpoint } = await endpoints.ask((client, ends) => headOf(client, finalDepth, known, ends), signal);
    known = value;
    endpoints.sawHead(endpoint, value.best.height);
    return { ...value, endpoint };
  };
}

async function headerOf(client: BitcoinClient, hash: Hex, signal: AbortSignal): Promise<BlockRef> {
  const found = await client.header(hash, signal);
  if (found !== null) return blockRef(found.header, found.height);
  throw unavailable("block-unknown", `Bitcoin endpoint "${client.name}" does not have block ${hash}.`, { evidence: { endpoint: client.name, hash } });
}

async function canonicalAt(client: BitcoinClient, height: number, signal: AbortSignal): Promise<BlockRef> {
  const hash = await client.hashAt(height, signal);
  if (hash === null) {
    throw unavailable("height-out-of-range", `The chain of Bitcoin endpoint "${client.name}" has no block ${height}.`, { evidence: { endpoint: client.name, height } });
  }
  const block = await headerOf(client, hash, signal);
  if (block.height === height) return block;
  throw invalid("block-height-mismatch", `Bitcoin endpoint "${client.name}" gave block ${hash} for height ${height} and says it is ${block.height}.`, {
    evidence: { endpoint: client.name, height, hash, says: block.height },
  });
}

/**
 * Heights that one endpoint's chain does not have must be absent from every endpoint's: a chain that begins late is one
 * thing, hiding blocks another. Throws Unavailable until all of them can be asked; whoever hid a block is demoted.
 */
async function confirmAbsent(endpoints: Endpoints<BitcoinClient>, absent: readonly number[], by: string, signal: AbortSignal): Promise<void> {
  const [first, last] = [absent[0], absent.at(-1)];
  if (first === undefined || last === undefined || endpoints.states().length === 1) return;
  for (const answer of await endpoints.askAll((client, ends) => hashesIn(client, first, last, ends), signal)) {
    if ("failure" in answer) throw new GantryError(answer.failure);
    if (!absent.some((height) => answer.value[height - first] !== null)) continue;
    const hidden = unavailable("height-hidden", `Bitcoin endpoint "${by}" says there are no blocks from height ${first} on, "${answer.endpoint}" has them. Asking another one.`, {
      evidence: { by, has: answer.endpoint, first, last },
    });
    endpoints.distrust(by, hidden.failure);
    throw hidden;
  }
}

async function* nudges(endpoints: Endpoints<BitcoinClient>, clock: Clock, signal: AbortSignal): AsyncIterable<void> {
  let restMs: Millis = nudgeRestMs.first;
  while (!signal.aborted) {
    try {
      await endpoints.ask((client, ends) => client.waitForNewBlock(longPollMs, ends), signal);
      restMs = nudgeRestMs.first;
      yield;
    } catch (error) {
      if (!(error instanceof GantryError)) throw error;
      // polling goes on without nudges
      await clock.sleep(restMs, signal);
      restMs = Math.min(nudgeRestMs.longest, restMs * 2);
    }
  }
}

export function createBitcoinSource(options: BitcoinSourceOptions): ChainSource {
  const { endpoints, readers, startHeight, clock } = options;
  const head = createHeadWatch(options);
  const indexOf = createIndexOf();
  let lastAnswered: string | null = null;
  const ask = async <T>(call: (client: BitcoinClient, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> => {
    const { value, endpoint } = await endpoints.ask(call, signal);
    lastAnswered = endpoint;
    return value;
  };

  return {
    chain: "bitcoin",
    async head(signal) {
      const { best, final, endpoint } = await head(signal);
      lastAnswered = endpoint;
      return { best, final };
    },
    block: (hash, signal) => ask((client, ends) => headerOf(client, hash, ends), signal),
    blockAt: (height, signal) => ask((client, ends) => canonicalAt(client, height, ends), signal),
    async read(block, watches, signal) {
      const base = indexOf(watches);
      try {
        const { txs } = await ask((client, ends) => client.block(block.hash, ends), signal);
        return matchBlock(txs, block, createWatchIndex([], base), readers);
      } catch (error) {
        if (failureOf(error).code === "block-pruned") throw prunedAt(lastAnswered ?? "", [block.height]);
        throw error;
      }
    },
    async scan(from, to, watches, signal) {
      const first = Math.max(from, startHeight);
      if (first > to) return { scannedTo: to, found: { events: [], births: [], watches: [] }, blocks: [] };
      const base = indexOf(watches);
      const { value: piece, endpoint } = await endpoints.ask((client, ends) => readPiece(client, first, to, createWatchIndex([], base), readers, ends), signal);
      lastAnswered = endpoint;
      await confirmAbsent(endpoints, piece.absent, endpoint, signal);
      return piece;
    },
    settle(event) {
      const settled = readers.map((reader) => reader.settle(event));
      return { births: settled.flatMap(({ births }) => births), watches: settled.flatMap(({ watches }) => watches), ends: settled.flatMap(({ ends }) => ends ?? []) };
    },
    distrust(failure) {
      if (lastAnswered !== null) endpoints.distrust(lastAnswered, failure);
    },
    nudges: (signal) => nudges(endpoints, clock, signal),
  };
}
