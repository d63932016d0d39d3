/**
 * What ten thousand watched deposit addresses add to the processor time of a Bitcoin block: the production watch loop, source,
 * reader and ledger over a node in memory, with and without them, in turns on the same blocks.
 * Always: blocks as full as mainnet's, read from their bytes each time; the node's answers cost nothing, so nothing is hidden in them.
 */
import { join } from "node:path";
import { createBitcoinClient } from "../src/chains/bitcoin/client.ts";
import { createEndpoints } from "../src/chains/endpoints.ts";
import { sha256 } from "../src/chains/bitcoin/codec.ts";
import { createClock } from "../src/clock.ts";
import { depositWatchId, watchedFor } from "../src/bridges/interbtc/names.ts";
import { requestToJson } from "../src/bridges/interbtc/issue-request.ts";
import { hexOf } from "../src/core/hex.ts";
import type { Hex, Watch } from "../src/core/values.ts";
import { createSqliteLedger } from "../src/ledger/sqlite.ts";
import type { Ledger } from "../src/ports.ts";
import { createInterbtcBitcoinReader } from "../watchers/bitcoin/interbtc.ts";
import { createBitcoinSource } from "../watchers/bitcoin/source.ts";
import { createWatch } from "../watchers/watch.ts";
import { hashOf, mineBlock, rawOf } from "../test/support/bitcoin-blocks.ts";
import { createMemoryNode } from "../test/support/bitcoin-node.ts";
import type { StoredBlock } from "../test/support/bitcoin-node.ts";
import { busyMs } from "./busy.ts";
import type { Figure } from "./figures.ts";
import { figure } from "./figures.ts";
import { quiet } from "./loop.ts";
import { mainnetLikeTxs } from "./mainnet-like.ts";

const addresses = 10_000;
const transactions = 3_000;
const warmUp = 8;
const measured = 40;
const first = 100;

/** A deposit address with what the watcher keeps of its request. */
function watchOf(number: number): Watch {
  const id = hexOf(sha256(Buffer.from(`issue ${number}`)));
  const script: Hex = `0x0014${hexOf(sha256(Buffer.from(`address ${number}`))).slice(2, 42)}`;
  const detail = requestToJson({
    id, requester: id, vault: { account: id, collateral: "DOT", wrapped: "IBTC" }, amountSat: 99_850n, feeSat: 150n, script, openActive: 1_000, periodActive: 7_200, bitcoinHeight: first, status: "pending",
  });
  return { id: depositWatchId(id), chain: "bitcoin", target: { script }, forWhom: watchedFor(id), heightHint: 1_000_000, detail };
}

/** Full blocks, linked, over the same transactions: only the coinbase and the header differ. */
function blocksOf(count: number): readonly StoredBlock[] {
  const txs = mainnetLikeTxs(1, transactions);
  let parent: Hex = `0x${"11".repeat(32)}`;
  return Array.from({ length: count }, (_, at) => {
    const block = mineBlock(parent, first + at, txs);
    parent = hashOf(block);
    return { height: first + at, raw: rawOf(block) };
  });
}

const add = (ledger: Ledger, watches: readonly Watch[]): Promise<unknown> =>
  ledger.commit({ chain: "bitcoin", now: Date.now(), move: null, blocks: [], dropped: [], watchSetVersion: null, found: { events: [], births: [], watches }, opens: [], progress: [] });

type Side = { readonly ledger: Ledger; block(at: number): Promise<number> };

/** A watch loop on a ledger of its own; `block` gives the processor time of the turn in which the node shows one block more. */
async function start(path: string, blocks: readonly StoredBlock[], watches: readonly Watch[]): Promise<Side> {
  const clock = createClock();
  const { signal } = new AbortController();
  const ledger = await createSqliteLedger({ path });
  const node = createMemoryNode("node", blocks.slice(0, 1));
  const endpoints = createEndpoints({ chain: "bitcoin", endpoints: [{ name: "node", client: createBitcoinClient(node.rpc) }], clock, meter: quiet.meter });
  const source = createBitcoinSource({ endpoints, readers: [createInterbtcBitcoinReader()], finalDepth: 6, startHeight: 0, clock });
  const watch = createWatch({ source, ledger, clock, ...quiet, pollMs: 60_000, auditEveryMs: 3_600_000, startHeight: async ({ height }) => height + 1, onWoken: async () => undefined });
  await watch.turn(signal);
  if (watches.length > 0) await add(ledger, watches);
  return {
    ledger,
    async block(at) {
      node.show(blocks.slice(Math.max(0, at - 10), at + 1));
      const before = busyMs();
      await watch.turn(signal);
      const after = busyMs();
      const view = await ledger.view("bitcoin");
      if (view?.tip.at(-1)?.height !== first + at) throw new Error(`the view is not at block ${first + at}`);
      return after - before;
    },
  };
}

type Run = { readonly without: readonly number[]; readonly watched: readonly number[] };

async function compare(folder: string, name: string, blocks: readonly StoredBlock[], before: (at: number, watched: Side) => Promise<void>): Promise<Run> {
  const without = await start(join(folder, `${name}-without.sqlite`), blocks, []);
  const watched = await start(join(folder, `${name}-watched.sqlite`), blocks, Array.from({ length: addresses }, (_, number) => watchOf(number)));
  const run = { without: [] as number[], watched: [] as number[] };
  try {
    for (let at = 1; at < blocks.length; at += 1) {
      await before(at, watched);
      // who comes first changes with each block: the second one finds the caches warm
      for (const side of at % 2 === 0 ? (["without", "watched"] as const) : (["watched", "without"] as const)) {
        const ms = await (side === "without" ? without : watched).block(at);
        if (at > warmUp) run[side].push(ms);
      }
    }
    return run;
  } finally {
    await without.ledger.close();
    await watched.ledger.close();
  }
}

/** Each block's own ratio: what else the machine does mostly meets both alike. */
const ratios = ({ without, watched }: Run): readonly number[] => watched.map((ms, at) => ms / (without[at] ?? Number.NaN));

export async function watched({ folder }: { readonly folder: string }): Promise<readonly Figure[]> {
  const blocks = blocksOf(1 + warmUp + measured);
  const still = await compare(folder, "still", blocks, async () => undefined);
  const moving = await compare(folder, "moving", blocks, (at, { ledger }) => add(ledger, [watchOf(addresses + at)]).then(() => undefined));
  return [
    figure(`a block of ${transactions} transactions, nothing watched`, "ms CPU", still.without),
    figure(`the same with ${addresses} deposit addresses`, "ms CPU", still.watched),
    figure("with of without", "×", ratios(still), { atMost: 1.1 }),
    figure("with of without, one address more before each block", "×", ratios(moving)),
  ];
}
