/**
 * Ethereum as the watchers see it: heads with the chain's own finality, blocks, and what the readers find in their logs.
 * Always: a block is read by its hash; history is read in ranges whose finds are placed in canonical blocks; final is what
 * the node's "finalized" (or "safe") block says. Never: a block count taken for finality, or logs of another block.
 */
import type { EthereumClient, EthereumLog } from "../../src/chains/ethereum/client.ts";
import { refOf } from "../../src/chains/ethereum/client.ts";
import type { Answer, Endpoints } from "../../src/chains/endpoints.ts";
import { GantryError, invalid, unavailable } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Millis, SourceEvent } from "../../src/core/values.ts";
import type { ChainSource, Clock, Found, Settled } from "../../src/ports.ts";
import { createProbe } from "../probe.ts";
import type { Wanted } from "./block-logs.ts";
import { matches, readBlockLogs, union } from "./block-logs.ts";
import { compareHistory } from "./cross-check.ts";
import { firstLogRange, narrowed, widened } from "./log-range.ts";

/** How a bridge looks at logs. `addresses` and `topics` (alternatives for the first topic) are lower case. */
export interface EthereumReader {
  readonly addresses: readonly Hex[];
  readonly topics: readonly Hex[];
  /** `fetchTx` gives recipient and input of a transaction; null when no endpoint keeps it */
  read(log: EthereumLog, block: BlockRef, fetchTx: (hash: Hex) => Promise<{ readonly to: Hex | null; readonly input: Hex } | null>): Promise<Found>;
  /** what an event brings once it is final; pure */
  settle(event: SourceEvent): Settled;
}

export type EthereumSourceOptions = {
  readonly endpoints: Endpoints<EthereumClient>;
  readonly readers: readonly EthereumReader[];
  /** which block counts as final; default "finalized" */
  readonly finalTag?: "finalized" | "safe";
  readonly clock: Clock;
};

/** how often the endpoints that are not asked for anything else are asked for their head */
const probeEveryMs: Millis = 3_000;
const blocksAtOnce = 8;
/** of a pruned range, so many heights are named; the rest is found when the range is read again */
const mostHeights = 1_000;

export function createEthereumSource(options: EthereumSourceOptions): ChainSource {
  const { endpoints, readers, clock } = options;
  const finalTag = options.finalTag ?? "finalized";
  const wanted: readonly Wanted[] = readers.filter(({ addresses, topics }) => addresses.length > 0 && topics.length > 0);
  const all = union(wanted);
  let lastEndpoint: string | null = null;
  let range = firstLogRange;
  let known: Hex | null = null;
  const probe = createProbe(endpoints, probeEveryMs, clock, async (client, signal) => (await blockOrNext(client, "latest", signal)).height);

  const ask = async <T>(call: (client: EthereumClient, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> => {
    const { value, endpoint }: Answer<T> = await endpoints.ask(call, signal);
    lastEndpoint = endpoint;
    return value;
  };
  const find = (logs: readonly EthereumLog[], blockOf: (hash: Hex) => BlockRef, signal: AbortSignal): Promise<Found> =>
    readLogs(readers, logs, blockOf, (hash) => fetchTx(endpoints, hash, signal));

  return {
    chain: "ethereum",

    async head(signal) {
      const head = await ask((client, signal) => headOf(client, finalTag, known, signal), signal);
      known = head.best.hash;
      if (lastEndpoint !== null) endpoints.sawHead(lastEndpoint, head.best.height);
      probe(signal);
      return head;
    },

    block: (hash, signal) => ask((client, signal) => blockOrNext(client, hash, signal), signal),
    blockAt: (height, signal) => ask((client, signal) => blockOrNext(client, height, signal), signal),

    async read(block, _watches, signal) {
      if (wanted.length === 0) return nothing;
      const logs = await ask((client, signal) => readBlockLogs(client, block, wanted, signal), signal).catch(waitWhenAllContradict);
      return find(logs, () => block, signal);
    },

    async scan(from, to, _watches, signal) {
      if (wanted.length === 0) return { scannedTo: to, found: nothing, blocks: [] };
      for (;;) {
        const last = Math.min(to, from + range.blocks - 1);
        const asked = last - from + 1;
        try {
          const { value: { logs, blocks }, endpoint } = await endpoints.ask((client, signal) => scanRange(client, from, last, all, signal), signal);
          lastEndpoint = endpoint;
          await compareHistory(endpoints, { value: logs, endpoint }, { from, to: last }, wanted, signal);
          range = widened(range, asked);
          const byHash = new Map(blocks.map((block) => [block.hash, block]));
          const found = await find(logs, (hash) => byHash.get(hash) ?? missingBlock(hash), signal);
          return { scannedTo: last, found, blocks };
        } catch (thrown) {
          if (signal.aborted || asked === 1 || !wantsLess(thrown)) throw withHeights(thrown, from, last);
          range = narrowed(asked);
        }
      }
    },

    settle(event) {
      const parts = readers.map((reader) => reader.settle(event));
      return { births: parts.flatMap(({ births }) => births), watches: parts.flatMap(({ watches }) => watches), ends: parts.flatMap(({ ends }) => ends ?? []) };
    },

    distrust(failure) {
      if (lastEndpoint !== null) endpoints.distrust(lastEndpoint, failure);
    },
  };
}

const nothing: Found = { events: [], births: [], watches: [] };

/** `known`: a head whose parent was asked for already. */
async function headOf(client: EthereumClient, finalTag: "finalized" | "safe", known: Hex | null, signal: AbortSignal): Promise<{ best: BlockRef; final: BlockRef }> {
  // in this order the final block cannot be above the best one
  const final = await client.blockBy(finalTag, signal);
  const best = await client.blockBy("latest", signal);
  if (final === null || best === null) {
    throw unavailable("no-final-block", `endpoint ${client.name} knows no "${finalTag}" block; a node that follows the chain's finality is needed (a consensus client beside it), nothing is called final without it`);
  }
  if (final.height > best.height) throw invalid("final-above-best", `endpoint ${client.name} has final block ${final.height} above its latest ${best.height}; another endpoint is used`);
  if (best.height > 0 && best.hash !== known) await hasParent(client, best, signal);
  return { best: refOf(best), final: refOf(final) };
}

/** A head on a parent that its own node does not have would be walked back to in vain, by every endpoint, for ever. */
async function hasParent(client: EthereumClient, best: BlockRef, signal: AbortSignal): Promise<void> {
  const has = async (): Promise<boolean> => (await client.blockBy(best.parent, signal))?.height === best.height - 1;
  if (await has()) return;
  const again = await client.blockBy("latest", signal);
  if (again?.hash !== best.hash) throw unavailable("chain-moving", `the chain of endpoint ${client.name} changed while its head was read; it is read again`);
  if (await has()) return;
  throw invalid("parent-does-not-link", `endpoint ${client.name} has head ${best.height} (${best.hash}) on a parent ${best.parent} that it does not have; another endpoint is used`, {
    evidence: { endpoint: client.name, height: best.height, hash: best.hash, parent: best.parent },
  });
}

async function blockOrNext(client: EthereumClient, at: Hex | number | "latest", signal: AbortSignal): Promise<BlockRef> {
  const block = await client.blockBy(at, signal);
  if (block === null) throw unavailable("unknown-block", `endpoint ${client.name} does not have block ${at} now; another endpoint is asked, or it is waited for`);
  return refOf(block);
}

/** Logs of [from, to] and the canonical blocks they are in. */
async function scanRange(
  client: EthereumClient, from: number, to: number, wanted: Wanted, signal: AbortSignal,
): Promise<{ logs: readonly EthereumLog[]; blocks: readonly BlockRef[] }> {
  // a node that is behind would answer the part it has as if it were all
  await blockOrNext(client, to, signal);
  const logs = await client.logs({ ...wanted, from, to }, signal);
  const hashAt = new Map(logs.map((log) => [log.blockHeight, log.blockHash]));
  const blocks: BlockRef[] = [];
  const heights = [...hashAt.keys()];
  for (let at = 0; at < heights.length; at += blocksAtOnce) {
    blocks.push(...(await Promise.all(heights.slice(at, at + blocksAtOnce).map((height) => blockOrNext(client, height, signal)))));
  }
  const canonical = new Set(blocks.map((block) => block.hash));
  const stray = logs.find((log) => !canonical.has(log.blockHash));
  if (stray !== undefined) {
    throw unavailable("log-block-not-canonical", `endpoint ${client.name} gave a log of block ${stray.blockHash}, which is not its block at height ${stray.blockHeight} now; the range is read again`);
  }
  return { logs, blocks };
}

async function readLogs(
  readers: readonly EthereumReader[],
  logs: readonly EthereumLog[],
  blockOf: (hash: Hex) => BlockRef,
  fetchTx: (hash: Hex) => Promise<{ to: Hex | null; input: Hex } | null>,
): Promise<Found> {
  const parts: Found[] = [];
  for (const log of logs) {
    for (const reader of readers) {
      if (matches(reader, log)) parts.push(await reader.read(log, blockOf(log.blockHash), fetchTx));
    }
  }
  return {
    events: parts.flatMap(({ events }) => events),
    births: parts.flatMap(({ births }) => births),
    watches: parts.flatMap(({ watches }) => watches),
  };
}

async function fetchTx(endpoints: Endpoints<EthereumClient>, hash: Hex, signal: AbortSignal): Promise<{ to: Hex | null; input: Hex } | null> {
  const unknown = "unknown-transaction";
  try {
    const { value } = await endpoints.ask(async (client, signal) => {
      const transaction = await client.transaction(hash, signal);
      if (transaction === null) throw unavailable(unknown, `endpoint ${client.name} does not keep transaction ${hash}; another endpoint is asked`);
      return { to: transaction.to, input: transaction.input };
    }, signal);
    return value;
  } catch (thrown) {
    if (codeOf(thrown) === unknown) return null;
    throw thrown;
  }
}

const codeOf = (thrown: unknown): string | null => (thrown instanceof GantryError ? thrown.failure.code : null);

/** Refused as too large, or every endpoint was too slow for it. */
function wantsLess(thrown: unknown): boolean {
  if (!(thrown instanceof GantryError)) return false;
  const { code, evidence } = thrown.failure;
  return code === "log-range-too-large" || (code === "no-endpoint" && JSON.stringify(evidence).includes('"endpoint-timeout"'));
}

function withHeights(thrown: unknown, from: number, to: number): unknown {
  if (codeOf(thrown) !== "block-pruned") return thrown;
  const heights = Array.from({ length: Math.min(mostHeights, to - from + 1) }, (_, at) => from + at);
  return unavailable("block-pruned", `no endpoint keeps the logs of blocks ${from} to ${to}; an endpoint with full history is needed for them`, { evidence: { heights } });
}

/** Endpoints that contradict themselves are out of favour already; for the watcher it means "not now". */
function waitWhenAllContradict(thrown: unknown): never {
  if (!(thrown instanceof GantryError) || thrown.failure.remedy !== "Invalid") throw thrown;
  throw unavailable("block-logs-doubtful", `no endpoint gives believable logs: ${thrown.message}`, { evidence: thrown.failure.evidence, cause: thrown });
}

function missingBlock(hash: Hex): never {
  throw unavailable("unknown-block", `block ${hash} of a log was not read`);
}
