/**
 * The lane that keeps the parachain's Bitcoin light client at the tip: what an update is, whether it arrived, and by whom.
 * Always: an update has arrived when its last header is stored, because each header needs its parent; who stored it is no matter.
 * Never: proves an event. Updates are planned by relayer/sync.ts from the chains as they are; a failed one is superseded.
 */
import type { PolkadotSubmitterOptions } from "../submit/polkadot.ts";
import { dialectOf } from "../../src/bridges/interbtc/dialects.ts";
import { classifyInterbtc } from "../../src/bridges/interbtc/errors.ts";
import { headersLane } from "../../src/bridges/interbtc/names.ts";
import type { BitcoinClient } from "../../src/chains/bitcoin/client.ts";
import { toDisplay } from "../../src/chains/bitcoin/order.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { Snapshot, State } from "../../src/core/delivery.ts";
import { bug, unavailable } from "../../src/core/errors.ts";
import type { BlockRef, DeliveryId, Hex, Json, SignerName, SourceEvent } from "../../src/core/values.ts";
import type { Clock, Effect, Lane, Submitter } from "../../src/ports.ts";
import type { SyncSide } from "../sync-side.ts";
import { createHeads } from "../reads/interbtc-heads.ts";
import { storedHeaders } from "../reads/interbtc-light-client.ts";
import { createSight } from "./interbtc-headers-sight.ts";
import { blocksIn, headersOf, updateFromJson } from "./interbtc-headers-update.ts";
import type { HeadersProof } from "./interbtc-headers-update.ts";
import { createLead } from "./interbtc-lead.ts";

export type InterbtcHeadersOptions = {
  readonly signer: SignerName;
  /** the signer's account, 32 bytes, for the order among relayers */
  readonly account: Hex;
  readonly bitcoin: Endpoints<BitcoinClient>;
  readonly polkadot: Endpoints<PolkadotClient>;
  readonly rankedDelay: boolean;
  readonly minDepth: number;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  readonly initialiseAt: number | null;
  readonly clock: Clock;
};

type ForSubmitter = Pick<PolkadotSubmitterOptions<HeadersProof>, "encode" | "needs" | "classify">;

export interface InterbtcHeadersLane extends Lane<HeadersProof>, SyncSide, ForSubmitter {}

export function createInterbtcHeadersLane(options: InterbtcHeadersOptions): InterbtcHeadersLane {
  const { polkadot, account, maxBatch, maxInFlight } = options;
  const heads = createHeads(options.clock);
  const noAnchor = () =>
    bug("update-has-no-anchor", "an update of the header lane is planned from what the light client knows and is never proved from an event; abandon it, and what is missing is planned anew");
  return {
    name: headersLane,
    source: "bitcoin",
    target: "polkadot",
    signer: options.signer,
    eventKind: "interbtc-headers",
    eventPrefix: "interbtc:headers:",
    policy: { maxBatch, maxInFlight },
    blocksIn,
    look: createSight({ ...options, lead: options.rankedDelay ? createLead(polkadot, account) : null }),

    async delivered(event, at, signal) {
      const last = blocksIn(event.payload).at(-1);
      if (last === undefined) return null;
      return (await polkadot.ask(async (client, signal) => sightOf(client, last.hash, await heads(client, at, signal), at, signal), signal)).value;
    },
    anchor: () => Promise.resolve({ kind: "impossible", failure: noAnchor().failure }),
    build: () => Promise.reject(noAnchor()),
    check: () => noAnchor().failure,
    distrust: () => undefined,
    describe: (event) => {
      const blocks = blocksIn(event.payload);
      const [first, last] = [blocks[0], blocks.at(-1)];
      return `Bitcoin header${blocks.length === 1 ? "" : "s"} ${first?.height}${blocks.length === 1 ? "" : `–${last?.height}`} (up to block ${toDisplay(last?.hash ?? "0x")}) to the parachain`;
    },

    encode(event, proof, runtime) {
      const update = updateFromJson(event.payload);
      const placed = headersOf(update);
      const [first] = placed;
      const dialect = dialectOf(runtime);
      if (update.initialise && first !== undefined) return dialect.initialize(first.header, first.height);
      return dialect.storeHeaders(placed.map(({ header }) => header), proof.forkBound);
    },
    needs: (runtime) => dialectOf(runtime).needs.headers,
    classify: (failure) => classifyInterbtc(failure, "store-header"),
  };
}

/** Is the header stored, and since which block? Its transaction is looked for at the best block only: there it is asked who it was. */
async function sightOf(client: PolkadotClient, hash: Hex, head: BlockRef, at: "best" | "final", signal: AbortSignal): Promise<Effect | null> {
  const dialect = dialectOf(await client.runtimeOf(head.hash, signal));
  const items = [{ pallet: "BTCRelay", item: "BlockHeaders", keys: [dialect.headerKey(hash)] }, { pallet: "Security", item: "ActiveBlockCount", keys: [] }];
  const [value, active] = await client.storages(items, head.hash, signal);
  const stored = dialect.storedHeader(value ?? null);
  if (stored === null) return null;
  const maker = at === "best" ? await makerOf(client, hash, head, head.height - (Number(active) - stored.paraHeight), signal) : null;
  return maker ?? { block: head, tx: null };
}

/** The transaction that stored a header, where the parachain counted every block as active since; null: not found there. */
async function makerOf(client: PolkadotClient, hash: Hex, head: BlockRef, height: number, signal: AbortSignal): Promise<Effect | null> {
  if (height < 1 || height > head.height) return null;
  const at = height === head.height ? head.hash : await client.hashAt(height, signal);
  const block = at === null ? null : await client.block(at, signal);
  if (block === null) return null;
  const told = (await client.events(block.hash, signal)).find(({ pallet, data }) => pallet === "BTCRelay" && isHash(data["blockHash"] ?? null, hash));
  if (told?.extrinsic === undefined || told.extrinsic === null) return null;
  const made = (await client.extrinsics(block.hash, signal))[told.extrinsic];
  return made === undefined ? null : { block, tx: made.hash };
}

const isHash = (value: Json, hash: Hex): boolean => (typeof value === "object" && value !== null && "content" in value ? value["content"] === hash : value === hash);

const isStoredState = (state: State): boolean => state === "included" || state === "delivered";

type Standings = { readonly load: (id: DeliveryId) => Promise<Snapshot | null>; readonly polkadot: Endpoints<PolkadotClient> };

/**
 * The submitter with nonces in the order of the updates: what builds on headers that are still on their way is neither
 * rehearsed (it would fail now) nor given a nonce before they have one. Throws Unavailable "earlier-update-first".
 */
export function inUpdateOrder(submitter: Submitter<HeadersProof>, { load, polkadot }: Standings, onIncluded: () => void): Submitter<HeadersProof> {
  const isParentKnown = async (event: SourceEvent, signal: AbortSignal): Promise<boolean> => {
    const parent = headersOf(updateFromJson(event.payload))[0]?.header.parent;
    if (parent === undefined) return true;
    const { value } = await polkadot.ask(async (client, signal) => {
      const { hash } = await client.head("best", signal);
      return storedHeaders(client, dialectOf(await client.runtimeOf(hash, signal)), [parent], hash, signal);
    }, signal);
    return value[0] !== null;
  };
  return {
    ...submitter,
    async rehearse(event, proof, signal) {
      const { after } = updateFromJson(event.payload);
      const before = after === null ? null : ((await load(after))?.delivery ?? null);
      if (before !== null && !isStoredState(before.state)) {
        if (before.slot !== null && (before.state === "proven" || before.state === "sent")) return;
        if (!(await isParentKnown(event, signal))) {
          throw unavailable("earlier-update-first", `the headers before these were planned as ${before.id}, which has no nonce (it is ${before.state}); this update waits for it, or for a new plan`, { evidence: { before: before.id, state: before.state } });
        }
      }
      await submitter.rehearse(event, proof, signal);
    },
    async track(slot, attempts, signal) {
      const status = await submitter.track(slot, attempts, signal);
      if (status.kind === "included") onIncluded();
      return status;
    },
  };
}
