/**
 * Both chains of an interBTC stage as Gantry watches them, into one ledger, turn by turn as a test says.
 * Always: audits at every turn, so that what they find shows; `stop` closes every connection it opened.
 */
import type { InterbtcStage } from "./interbtc.ts";
import { createMisfit } from "../../src/app/misfit.ts";
import { createBitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { createEndpoints } from "../../src/chains/endpoints.ts";
import { createClock } from "../../src/clock.ts";
import { headOf } from "../../src/core/chain-view.ts";
import type { BlockRef, LaneName } from "../../src/core/values.ts";
import { createMemoryLedger } from "../../src/ledger/memory.ts";
import type { ChainSource, Ledger } from "../../src/ports.ts";
import { createInterbtcBitcoinReader } from "../../watchers/bitcoin/interbtc.ts";
import { createInterbtcPayoutBitcoinReader } from "../../watchers/bitcoin/interbtc-payouts.ts";
import { createBitcoinSource } from "../../watchers/bitcoin/source.ts";
import type { WatchOptions } from "../../watchers/commit.ts";
import { createInterbtcPolkadotReader, interbtcCensus } from "../../watchers/polkadot/interbtc.ts";
import type { InterbtcWatching, WatchedFor } from "../../watchers/polkadot/interbtc.ts";
import { interbtcOver } from "../../watchers/polkadot/interbtc-over.ts";
import { createInterbtcPayoutReader, interbtcPayoutCensus } from "../../watchers/polkadot/interbtc-payouts.ts";
import { createPolkadotSource } from "../../watchers/polkadot/source.ts";
import type { PolkadotReader } from "../../watchers/polkadot/source.ts";
import { createWatch } from "../../watchers/watch.ts";
import type { Watch } from "../../watchers/watch.ts";
import { polkadotEndpoints } from "./polkadot.ts";
import { createMemoryLog, createMemoryMeter } from "./quiet.ts";

export interface Watching {
  readonly ledger: Ledger;
  /** what the audits found amiss so far */
  findings(): number;
  /** turns until the view stands at the node's head and nothing is left to read */
  polkadot(): Promise<BlockRef>;
  bitcoin(): Promise<BlockRef>;
  /** Polkadot until it is final as far as blocks go, then Bitcoin with the watches that came of it */
  both(): Promise<void>;
  stop(): void;
}

type Options = {
  readonly ledger?: Ledger;
  readonly watchVaults?: InterbtcWatching["watchVaults"];
  /** default: for ever */
  readonly keep?: WatchedFor;
  /** first Polkadot height read; default: none below final */
  readonly from?: number;
  /** readers beside the bridge's, each with the lanes that rest on it */
  readonly beside?: readonly { readonly reader: PolkadotReader; readonly lanes: readonly LaneName[] }[];
};

const finalDepth = 3;

export function watchInterbtc(stage: InterbtcStage, { ledger = createMemoryLedger(), watchVaults = "all", keep, from, beside = [] }: Options = {}): Watching {
  const watching: InterbtcWatching = { watchVaults, ...(keep === undefined ? {} : { keep }) };
  const [clock, log, meter] = [createClock(), createMemoryLog(), createMemoryMeter()];
  const { signal } = new AbortController();
  const parachain = polkadotEndpoints({ dev: stage.polkadot.url });
  const bitcoind = createEndpoints({ chain: "bitcoin", endpoints: [{ name: "bitcoind", client: createBitcoinClient(stage.bitcoin.rpc) }], clock, meter });
  const loop = (source: ChainSource, more: Pick<WatchOptions, "startHeight" | "census" | "over">): Watch =>
    createWatch({ source, ledger, clock, log, meter, pollMs: 1_000, auditEveryMs: 0, onWoken: async () => undefined, ...more });
  const onMisfit = createMisfit({ ledger, clock, log, lanesOf: (reader) => beside.find((one) => one.reader === reader)?.lanes ?? [] });
  const polkadot = createPolkadotSource({ endpoints: parachain, readers: [createInterbtcPolkadotReader(watching), createInterbtcPayoutReader(watching), ...beside.map(({ reader }) => reader)], clock, onMisfit });
  const bitcoin = createBitcoinSource({ endpoints: bitcoind, readers: [createInterbtcBitcoinReader(), createInterbtcPayoutBitcoinReader()], finalDepth, startHeight: 0, clock });
  const census: NonNullable<WatchOptions["census"]> = async (at, signal) => {
    const [issues, payouts] = [await interbtcCensus(parachain, watching, at, signal), await interbtcPayoutCensus(parachain, watching, at, signal)];
    return { events: [...issues.events, ...payouts.events], births: [], watches: [...issues.watches, ...payouts.watches] };
  };
  const over: Pick<WatchOptions, "over"> = keep === undefined ? {} : { over: (at, watches, signal) => interbtcOver(parachain, keep.overBlocks, at, watches, signal) };
  const loops = {
    polkadot: loop(polkadot, { startHeight: async (final) => from ?? final.height + 1, census, ...over }),
    bitcoin: loop(bitcoin, { startHeight: async (final) => final.height + 1 }),
  };
  const settled = async (chain: "polkadot" | "bitcoin"): Promise<BlockRef> => {
    const { best } = await (chain === "polkadot" ? polkadot : bitcoin).head(signal);
    for (let turns = 0; turns < 100; turns += 1) {
      const more = await loops[chain].turn(signal);
      const view = await ledger.view(chain);
      // the turn after the last one settles what became final and audits it
      if (!more && view !== null && headOf(view).hash === best.hash && !(await loops[chain].turn(signal))) return best;
    }
    throw new RangeError(`The view of ${chain} does not come to block ${best.height} in 100 turns.`);
  };
  return {
    ledger,
    findings: () => meter.total("audit_findings_total"),
    polkadot: () => settled("polkadot"),
    bitcoin: () => settled("bitcoin"),
    both: async () => {
      await settled("polkadot");
      await settled("bitcoin");
    },
    stop: () => parachain.close(),
  };
}
