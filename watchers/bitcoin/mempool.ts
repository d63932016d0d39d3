/**
 * Watched payments that are in no block yet: a look at a node's mempool with the readers of its blocks.
 * Always: what spends a watched output is asked for by that output; what pays a watched script is searched for only while the
 * mempool is small enough, each transaction fetched once, so many a look. Never: tells the ledger, or births anything.
 */
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import type { MempoolState, UnminedTx } from "../../src/chains/bitcoin/mempool.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { BlockRef, Hex, Outpoint } from "../../src/core/values.ts";
import type { FoundEvent, WatchSet } from "../../src/ports.ts";
import { createIndexOf } from "./match.ts";
import type { BitcoinReader, WatchIndex } from "./match.ts";

/** `events`: what a block with it would bring. */
export type UnminedFound = Pick<UnminedTx, "since" | "satPerVb"> & { readonly txid: Hex; readonly inputs: readonly Outpoint[]; readonly events: readonly FoundEvent[] };
/** A transaction known before, of which a look wants to know whether it is still there. */
export type UnminedKnown = { readonly txid: Hex; readonly inputs: readonly Outpoint[] };
export type MempoolFound = {
  readonly state: MempoolState;
  readonly present: readonly UnminedFound[];
  /** of the known ones: in no endpoint's mempool; `spentBy`: an unmined transaction that took an input of it */
  readonly absent: readonly { readonly txid: Hex; readonly spentBy: Hex | null }[];
};

export type MempoolOptions = {
  readonly endpoints: Endpoints<BitcoinClient>;
  readonly readers: readonly BitcoinReader[];
  readonly watchSet: () => Promise<WatchSet>;
  /** outputs that are not watched in blocks, and whose spending pays something that is (deposits, by a sweep) */
  readonly alsoSpent: () => readonly Outpoint[];
  /** a mempool with more transactions is not searched; 0: none is */
  readonly searchUpTo: number;
};

/** transactions fetched in one look */
const fetchedAtOnce = 500;
const nowhere: Hex = `0x${"00".repeat(32)}`;

/** Gives the look; null: nothing is watched that could be there, and nobody was asked. */
export function createMempoolWatch(options: MempoolOptions): (known: readonly UnminedKnown[], signal: AbortSignal) => Promise<MempoolFound | null> {
  const { endpoints, readers, watchSet, alsoSpent } = options;
  const indexOf = createIndexOf();
  const search = createSearch(options.searchUpTo);
  return async (known, signal) => {
    const set = await watchSet();
    const index = indexOf(set);
    const watched = set.watches.flatMap(({ target }) => ("outpoint" in target ? [target.outpoint] : []));
    const scripts = options.searchUpTo > 0 && set.watches.length > watched.length;
    const outpoints = [...watched, ...alsoSpent()];
    if (outpoints.length === 0 && !scripts && known.length === 0) return null;
    const { value: found } = await endpoints.ask(async (client, signal) => {
      const [state, spenders] = await Promise.all([client.mempoolState(signal), client.spenders(outpoints, signal)]);
      const paying = scripts ? await search(client, state.size, index, set.version, signal) : [];
      const txids = [...new Set([...spenders.flatMap((txid) => txid ?? []), ...paying, ...known.map(({ txid }) => txid)])];
      return { state, txids, unmined: await client.unmined(txids, signal) };
    }, signal);
    const { state, txids, unmined } = found;
    const present = unmined.flatMap((one) => (one === null ? [] : [foundOf(one, state, index, readers)])).filter(({ events }) => events.length > 0);
    const lost = known.filter(({ txid }) => unmined[txids.indexOf(txid)] === null);
    return { state, present, absent: lost.length === 0 ? [] : await reallyAbsent(endpoints, lost, signal) };
  };
}

function foundOf({ tx, since, satPerVb }: UnminedTx, { bestHeight }: MempoolState, index: WatchIndex, readers: readonly BitcoinReader[]): UnminedFound {
  const hits = [...(index.hits(tx)?.values() ?? [])];
  // the block it may be in: readers want one, and nobody keeps what they say of it
  const block: BlockRef = { chain: "bitcoin", height: bestHeight + 1, hash: nowhere, parent: nowhere, time: since };
  const events = hits.length === 0 ? [] : readers.flatMap((reader) => reader.read(tx, block, hits).events);
  return { txid: tx.txid, since, satPerVb, inputs: tx.inputs.map(({ outpoint }) => outpoint), events };
}

/** One node's mempool is not another's: gone is what none of them has. */
async function reallyAbsent(endpoints: Endpoints<BitcoinClient>, lost: readonly UnminedKnown[], signal: AbortSignal): Promise<MempoolFound["absent"]> {
  const answers = await endpoints.askAll(async (client, signal) => {
    const unmined = await client.unmined(lost.map(({ txid }) => txid), signal);
    const gone = lost.filter((_, at) => unmined[at] === null);
    const inputs = gone.flatMap((one) => one.inputs);
    const spenders = await client.spenders(inputs, signal);
    let first = 0;
    return new Map(gone.map((one) => [one.txid, spenders.slice(first, (first += one.inputs.length)).find((txid) => txid !== null) ?? null]));
  }, signal);
  const said = answers.flatMap((answer) => ("value" in answer ? [answer.value] : []));
  if (said.length === 0) return [];
  return lost.filter(({ txid }) => said.every((gone) => gone.has(txid))).map(({ txid }) => ({ txid, spentBy: said.map((gone) => gone.get(txid) ?? null).find((by) => by !== null) ?? null }));
}

type Search = (client: BitcoinClient, size: number, index: WatchIndex, version: number, signal: AbortSignal) => Promise<readonly Hex[]>;

/** Ids of transactions that touch something watched. Those that were fetched are kept: what is watched later may be paid already. */
function createSearch(searchUpTo: number): Search {
  let kept = new Map<Hex, BitcoinTx>();
  let hit = new Set<Hex>();
  let matchedWith = -1;
  return async (client, size, index, version, signal) => {
    if (size > searchUpTo) return [];
    const ids = await client.mempoolIds(signal);
    const isFresh = matchedWith !== version;
    const next = new Map<Hex, BitcoinTx>();
    for (const id of ids) {
      const tx = kept.get(id);
      if (tx !== undefined) next.set(id, tx);
    }
    const wanted = ids.filter((id) => !next.has(id)).slice(0, fetchedAtOnce);
    const fetched = (await client.unmined(wanted, signal)).flatMap((one) => (one === null ? [] : [one.tx]));
    for (const tx of fetched) next.set(tx.txid, tx);
    const matched = (isFresh ? [...next.values()] : fetched).filter((tx) => index.hits(tx) !== null).map(({ txid }) => txid);
    hit = new Set([...matched, ...(isFresh ? [] : [...hit].filter((id) => next.has(id)))]);
    [kept, matchedWith] = [next, version];
    return [...hit];
  };
}
