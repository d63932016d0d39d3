/**
 * The long-running tasks of one process: watching each chain, relaying.
 * Always: each waits for its own chain only, and ends when told to stop.
 * Never: what a task does; that is in watchers/ and relayer/.
 */
import { failureOf } from "../core/errors.ts";
import type { BlockRef } from "../core/values.ts";
import type { ChainSource } from "../ports.ts";
import { createRelay, wakeAll } from "../../relayer/relay.ts";
import { createSync } from "../../relayer/sync.ts";
import { createBitcoinSource } from "../../watchers/bitcoin/source.ts";
import { tbtcSpent } from "../../watchers/bitcoin/tbtc.ts";
import { createEthereumSource } from "../../watchers/ethereum/source.ts";
import { ethereumStartHeight } from "../../watchers/ethereum/start-height.ts";
import type { WatchOptions } from "../../watchers/commit.ts";
import { createWatch } from "../../watchers/watch.ts";
import type { Parts } from "./parts.ts";
import { relayLoops, watchLoop, workOf } from "./parts.ts";
import { bitcoinReadersOf } from "./readers.ts";
import { untilAvailable } from "./preflight.ts";
import { checkTbtcContracts, createHeightHint, tbtcEthereumReaders } from "./tbtc.ts";

const auditBlocksEveryMs = 60_000;
const auditWakesEveryMs = 5_000;

export async function watchBitcoin(parts: Parts, stop: AbortSignal): Promise<void> {
  const { config, pools, clock } = parts;
  const { bitcoin } = config.chains;
  if (bitcoin === undefined) return;
  const readers = bitcoinReadersOf(parts);
  const source = createBitcoinSource({ endpoints: pools.bitcoin, readers, finalDepth: bitcoin.finalDepth, startHeight: bitcoin.startHeight, clock });
  if ((await untilAvailable("bitcoin", [watchLoop("bitcoin")], () => source.head(stop), parts, stop)) === null) return;
  const census = config.bridges.tbtc === undefined ? {} : { census: (at: BlockRef) => tbtcSpent(parts.ledger, at) };
  // Nothing to search below final before there are watches, and each watch opens its own range.
  await createWatch({ ...watchOptions(parts, source), ...census, pollMs: bitcoin.pollMs, startHeight: async (final) => final.height + 1 }).run(stop);
}

export async function watchEthereum(parts: Parts, stop: AbortSignal): Promise<void> {
  const { config, pools, clock, heads } = parts;
  const { ethereum, bitcoin } = config.chains;
  if (ethereum === undefined) return;
  const references = await contractsOf(parts, [watchLoop("ethereum")], stop);
  if (references === null) return;
  const hint = createHeightHint(bitcoin?.network ?? "none", bitcoin?.startHeight ?? 0, () => heads.get("bitcoin") ?? null);
  const { tbtc } = config.bridges;
  const readers = tbtc === undefined || references === "none" ? [] : tbtcEthereumReaders(tbtc, references, hint);
  const source = createEthereumSource({ endpoints: pools.ethereum, readers, finalTag: ethereum.final, clock });
  if ((await untilAvailable("ethereum", [watchLoop("ethereum")], () => source.head(stop), parts, stop)) === null) return;
  const start = { depthDays: ethereum.historyDays, ...(ethereum.startBlock === undefined ? {} : { startHeight: ethereum.startBlock }) };
  const startHeight: WatchOptions["startHeight"] = (_final, signal) => ethereumStartHeight(pools.ethereum, start, signal);
  await createWatch({ ...watchOptions(parts, source), pollMs: ethereum.pollMs, startHeight }).run(stop);
}

export async function watchPolkadot(parts: Parts, stop: AbortSignal): Promise<void> {
  const { config, polkadot: pool } = parts;
  const { polkadot } = config.chains;
  if (polkadot === undefined || pool === null) return;
  const source = parts.interbtc?.source() ?? pool.source({ readers: [] });
  if ((await untilAvailable("polkadot", [watchLoop("polkadot")], () => source.head(stop), parts, stop)) === null) return;
  const state = parts.interbtc === null ? {} : { census: parts.interbtc.census, over: parts.interbtc.over };
  await createWatch({ ...watchOptions(parts, source), ...state, pollMs: polkadot.pollMs, startHeight: async (final) => polkadot.startBlock ?? final.height + 1 }).run(stop);
}

/** One relay for each bridge: a bridge whose chains are away must not hold up another. */
export async function relayTask(parts: Parts, stop: AbortSignal, abort: AbortSignal): Promise<void> {
  await Promise.all([relayTbtc(parts, stop, abort), relayInterbtc(parts, stop, abort)]);
}

async function relayTbtc(parts: Parts, stop: AbortSignal, abort: AbortSignal): Promise<void> {
  if (parts.tbtcWork.length === 0 || (await contractsOf(parts, relayLoops, stop)) === null) return;
  await createRelay({ ...parts, lanes: parts.tbtcWork, auditEveryMs: auditWakesEveryMs }).run(stop, abort);
}

async function relayInterbtc(parts: Parts, stop: AbortSignal, abort: AbortSignal): Promise<void> {
  const { interbtc, headMoved } = parts;
  if (interbtc === null || interbtc.work.length === 0) return;
  const relay = createRelay({ ...parts, lanes: interbtc.work, auditEveryMs: auditWakesEveryMs });
  const syncs = interbtc.syncs.map((one) => createSync({ ...parts, ...one, work: (...given) => relay.work(...given) }));
  const poke = (): void => syncs.forEach((sync) => sync.poke());
  interbtc.onIncluded(poke);
  headMoved.set("bitcoin", poke);
  await Promise.all([relay.run(stop, abort), ...syncs.map((sync) => sync.run(stop, abort))]);
}

/** The bridge's contracts, checked; waits while the chain is away. Null when stopped meanwhile. */
async function contractsOf(parts: Parts, loops: readonly string[], stop: AbortSignal) {
  const { config, pools, signers } = parts;
  const { tbtc } = config.bridges;
  if (tbtc === undefined) return "none" as const;
  const maintainer = [...signers.values()].find(({ name }) => name === tbtc.signer)?.address ?? null;
  return untilAvailable("ethereum", loops, () => checkTbtcContracts(tbtc, pools.ethereum, maintainer, stop), parts, stop);
}

function watchOptions(parts: Parts, source: ChainSource): Omit<WatchOptions, "pollMs" | "startHeight"> {
  const { ledger, clock, log, meter, heads, queue } = parts;
  const relayed = new Set(workOf(parts).map(({ lane }) => lane.name));
  return {
    source: {
      ...source,
      head: async (signal) => {
        const head = await source.head(signal);
        const isNew = heads.get(source.chain)?.hash !== head.best.hash;
        heads.set(source.chain, head.best);
        if (isNew) parts.headMoved.get(source.chain)?.();
        return head;
      },
    },
    ledger, clock, log, meter, auditEveryMs: auditBlocksEveryMs,
    onWoken: async (woken) => {
      const now = clock.now();
      const ours = woken.filter(({ lane }) => relayed.has(lane)).map((one) => ({ ...one, at: now }));
      await wakeAll(ours, { queue, clock, log, meter }).catch((thrown: unknown) => log.debug({ code: failureOf(thrown).code }, "wakes left to the audit"));
    },
  };
}
