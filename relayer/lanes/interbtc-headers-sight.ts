/**
 * What the parachain's light client knows of Bitcoin, what Bitcoin has beyond that, and why some of it is not told now.
 * Always: the light client is read at one block; a Bitcoin reorg of any depth is followed from the last common block.
 * Never: plans, or takes headers without work for Bitcoin's.
 */
import { dialectOf } from "../../src/bridges/interbtc/dialects.ts";
import type { Dialect, StoredHeader } from "../../src/bridges/interbtc/dialect.ts";
import { v1RetargetFault } from "../../src/bridges/interbtc/errors.ts";
import type { LightClient } from "../../src/bridges/interbtc/light-client.ts";
import { retargetOnFork } from "../../src/bridges/interbtc/light-client.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { sha256 } from "../../src/chains/bitcoin/codec.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import { invalid, misconfigured, unavailable } from "../../src/core/errors.ts";
import { bytesOf, hexOf } from "../../src/core/hex.ts";
import type { BlockRef, Hex, Millis } from "../../src/core/values.ts";
import type { Make, Sight } from "../sync-side.ts";
import { mainHashes, readLightClient, storedHeaders } from "../reads/interbtc-light-client.ts";
import { commonAncestor } from "./interbtc-ancestor.ts";
import { blockOf, updateToJson } from "./interbtc-headers-update.ts";
import type { PlacedHeader } from "./interbtc-headers-update.ts";
import type { Lead } from "./interbtc-lead.ts";

export type SightOptions = {
  readonly bitcoin: Endpoints<BitcoinClient>;
  readonly polkadot: Endpoints<PolkadotClient>;
  /** Bitcoin blocks that must be on top of a header before it is told */
  readonly minDepth: number;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  /** height of the first block of a light client that knows none; null: somebody else begins it */
  readonly initialiseAt: number | null;
  /** null: nobody is let go first */
  readonly lead: Lead | null;
};

export type LookAt = (inFlight: readonly BlockRef[], now: Millis, signal: AbortSignal) => Promise<Sight>;

/** blocks between two changes of Bitcoin's target */
const periodBlocks = 2016;

export function createSight(options: SightOptions): LookAt {
  const { polkadot, lead } = options;
  /** the parachain's height when this process first saw a header */
  const firstSeen = new Map<Hex, number>();

  /** why a single new header waits; others may tell it first */
  const letOthersGo = async (fresh: readonly PlacedHeader[], at: BlockRef, now: Millis, signal: AbortSignal): Promise<string | null> => {
    const [only] = fresh;
    if (lead === null || only === undefined || fresh.length > 1) return null;
    const { hash, raw } = only.header;
    const since = firstSeen.get(hash) ?? at.height;
    if (firstSeen.size > 1_000) firstSeen.clear();
    firstSeen.set(hash, since);
    const blocks = await lead(hexOf(sha256(bytesOf(raw))), at, now, signal);
    return at.height >= since + blocks ? null : `header ${toDisplay(hash)} is left to other relayers until block ${since + blocks} of the parachain`;
  };

  return async (inFlight, now, signal) => {
    const { value: { light, dialect } } = await polkadot.ask(async (client, signal) => {
      const at = await client.head("best", signal);
      const dialect = dialectOf(await client.runtimeOf(at.hash, signal));
      return { light: await readLightClient(client, dialect, at, signal), dialect };
    }, signal);
    if (!light.isInitialised) return beginning(options, light, signal);
    const { headers, known } = await aheadOf(options, light, inFlight, signal);
    const told = headers.findLastIndex(({ header }) => known.has(header.hash));
    const ancestor = known.get(headers[told]?.header.hash ?? "0x");
    const fresh = headers.slice(told + 1);
    const [onFork] = ancestor === undefined ? [] : retargetOnFork(light, ancestor, fresh.length);
    const retarget = onFork ?? faultyRetarget(dialect, light, fresh);
    const tellable = retarget === undefined ? headers : headers.filter(({ height }) => height < retarget);
    const flying = new Set(inFlight.map(({ hash }) => hash));
    const wait = inFlight.length > 0 && fresh.every(({ header }) => flying.has(header.hash)) ? null : await letOthersGo(fresh, light.at, now, signal);
    return {
      kind: "follow", start: light.start, known: new Set(known.keys()), best: tellable.map(blockOf),
      held: heldBy(onFork ?? null, wait), make: makeFrom(headers, boundOf(light, ancestor ?? null)),
    };
  };
}

/** The first version's runtime takes no first header of a period: what is below is told, then the lane stops. Throws Unsafe "interbtc-v1-retarget". */
function faultyRetarget(dialect: Dialect, light: LightClient, fresh: readonly PlacedHeader[]): number | undefined {
  const first = dialect.name === "v1" && light.isDifficultyChecked ? fresh.find(({ height }) => height % periodBlocks === 0) : undefined;
  const fault = first === undefined || first !== fresh[0] ? null : v1RetargetFault({ name: "BTCRelay.MissingBlockHeight", about: "" }, [first.height]);
  if (fault !== null) throw fault;
  return first?.height;
}

function heldBy(retarget: number | null, wait: string | null): Extract<Sight, { kind: "follow" }>["held"] {
  if (wait !== null) return { code: "ranked-delay", message: wait, isNothingNew: true };
  if (retarget === null) return null;
  return {
    code: "retarget-on-fork", isNothingNew: false,
    message: `Bitcoin's best chain is a fork for the light client, and on a fork it cannot check the header at height ${retarget}, the first of a new difficulty period: the light client stays behind until the chain it follows wins on Bitcoin, or its governance steps in`,
  };
}

type Ahead = { readonly headers: readonly PlacedHeader[]; readonly known: ReadonlyMap<Hex, StoredHeader> };

/** Bitcoin's best chain from the last block that the light client knows, or one before it, and which of all those it knows. */
async function aheadOf(options: SightOptions, light: LightClient, inFlight: readonly BlockRef[], signal: AbortSignal): Promise<Ahead> {
  const ask = <T>(question: (client: PolkadotClient, signal: AbortSignal) => Promise<T>): Promise<T> => options.polkadot.ask(question, signal).then(({ value }) => value);
  const span = options.maxBatch * options.maxInFlight + 1;
  let headers = await headersFrom(options, light.best.height, span, signal);
  if (headers[0]?.header.hash !== light.best.hash) {
    const ancestor = await commonAncestor({ light, bitcoin: options.bitcoin, mainHashes: (heights, signal) => ask((client) => mainHashes(client, heights, light.at.hash, signal)) }, signal);
    headers = await headersFrom(options, ancestor, span, signal);
  }
  // the usual turn: the light client has Bitcoin's tip
  if (headers.length === 1 && headers[0]?.header.hash === light.best.hash && inFlight.length === 0) return { headers, known: new Map([[light.best.hash, { height: light.best.height, chainId: 0, paraHeight: 0 }]]) };
  for (;;) {
    const hashes = [...new Set([...headers.map(({ header }) => header.hash), ...inFlight.map(({ hash }) => hash)])];
    const stored = await ask(async (client, signal) => storedHeaders(client, dialectOf(await client.runtimeOf(light.at.hash, signal)), hashes, light.at.hash, signal));
    const known = new Map(hashes.flatMap((hash, index) => {
      const header = stored[index] ?? null;
      return header === null ? [] : [[hash, header] as const];
    }));
    const last = headers.at(-1);
    if (headers[0] === undefined || !known.has(headers[0].header.hash)) throw unavailable("bitcoin-chain-moved", "Bitcoin's best chain changed while it was compared with the light client; it is looked at again.");
    if (last === undefined || headers.length < span || !known.has(last.header.hash)) return { headers, known };
    // the light client knows a fork further than one look reaches
    headers = await headersFrom(options, last.height, span, signal);
  }
}

/** Headers that are deep enough, from a height on. Throws Invalid "header-without-work" for what no miner made. */
async function headersFrom({ bitcoin, minDepth }: SightOptions, first: number, span: number, signal: AbortSignal): Promise<readonly PlacedHeader[]> {
  const { value } = await bitcoin.ask(async (client, signal) => {
    const headers = await client.headers(first, span + minDepth, signal);
    const bad = headers.find(({ header }) => !hasWork(header.hash, header.target));
    if (bad !== undefined) throw invalid("header-without-work", `Bitcoin endpoint "${client.name}" gave header ${toDisplay(bad.header.hash)}, whose hash is above its own target; another endpoint is used`, { evidence: { endpoint: client.name, height: bad.height } });
    return headers;
  }, signal);
  // the first one is known already, whatever its depth
  return value.slice(0, Math.max(1, value.length - minDepth));
}

const hasWork = (hash: Hex, target: bigint): boolean => BigInt(hexOf(bytesOf(hash).toReversed())) <= target;

/** The least bound that the light client takes, and one more when the first of these headers opens a fork. */
function boundOf(light: LightClient, ancestor: StoredHeader | null): number {
  const tips = new Map([[0, light.best.height], ...light.forks.map(({ chainId, maxHeight }) => [chainId, maxHeight] as const)]);
  const opensFork = ancestor !== null && tips.get(ancestor.chainId) !== ancestor.height;
  return light.chainCounter + (opensFork ? 2 : 1);
}

function makeFrom(headers: readonly PlacedHeader[], forkBound: number, initialise = false): Make {
  const raw = new Map(headers.map(({ header }) => [header.hash, header.raw]));
  return ({ blocks }, after) => ({
    payload: updateToJson({ headers: blocks.map(({ hash }) => raw.get(hash) ?? "0x"), firstHeight: blocks[0]?.height ?? 0, after, initialise }),
    proof: { forkBound },
  });
}

/** Throws Misconfigured "initialise-height-refused" for a height that the pallet does not take. */
async function beginning(options: SightOptions, light: LightClient, signal: AbortSignal): Promise<Sight> {
  const { initialiseAt: height, bitcoin } = options;
  if (height === null) {
    return { kind: "wait", reason: { code: "relay-not-initialised", message: "the parachain's light client was never started and bridges.interbtc.lanes.headers.initialiseAt is not set: waiting until somebody starts it" } };
  }
  if (light.isDifficultyChecked && height % periodBlocks !== 0) {
    throw misconfigured(
      "initialise-height-refused",
      `bridges.interbtc.lanes.headers.initialiseAt is ${height}, but a light client that checks difficulty begins with the first block of a difficulty period: a multiple of ${periodBlocks}, such as ${height - (height % periodBlocks)}`,
      { evidence: { height, periodBlocks } },
    );
  }
  const { value } = await bitcoin.ask((client, signal) => client.headers(height, 1, signal), signal);
  const [first] = value;
  if (first === undefined) return { kind: "wait", reason: { code: "relay-not-initialised", message: `the light client shall begin at height ${height}, which Bitcoin has not reached` } };
  return { kind: "begin", block: blockOf(first), make: makeFrom([first], light.chainCounter + 1, true) };
}
