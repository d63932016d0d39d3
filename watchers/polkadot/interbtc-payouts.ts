/**
 * interBTC's redeems and replaces on the parachain: requests, executions and cancellations become events; a final request has its
 * id watched on Bitcoin. The census tells the same of every open request from storage, whoever saw its event.
 * Always: a request is what the pallet's storage holds after the event's block; only those of the vaults that are watched are
 * told, since of the others nobody here would see the payment. Never: judges whether a request is paid; relays nothing.
 */
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import { checkShape } from "../../src/chains/polkadot/shape.ts";
import { payoutStorage } from "../../src/bridges/interbtc/dialect-payouts.ts";
import { dialectOf } from "../../src/bridges/interbtc/dialects.ts";
import { payoutEvent, payoutWatchId, payoutWatchedFor } from "../../src/bridges/interbtc/names.ts";
import { opReturnScript } from "../../src/bridges/interbtc/op-return.ts";
import { paidFromHeight } from "../../src/bridges/interbtc/payment.ts";
import { payoutFromJson, payoutToJson } from "../../src/bridges/interbtc/payout.ts";
import type { PayoutKind, PayoutRequest, PayoutSign } from "../../src/bridges/interbtc/payout.ts";
import { invalid } from "../../src/core/errors.ts";
import { isHex } from "../../src/core/hex.ts";
import type { BlockRef, Hex, Json, Watch } from "../../src/core/values.ts";
import type { Found, FoundEvent } from "../../src/ports.ts";
import type { InterbtcWatching } from "./interbtc.ts";
import { isLongOver, requestClocks } from "./interbtc-over.ts";
import type { PolkadotLook, PolkadotReader } from "./source.ts";

const requestedKinds: readonly string[] = ["interbtc-redeem-requested", "interbtc-replace-requested"];

export function createInterbtcPayoutReader({ watchVaults, keep }: InterbtcWatching): PolkadotReader {
  return {
    needs: (runtime) => dialectOf(runtime).needs.payouts,
    async read(event, block, look) {
      const sign = dialectOf(look.runtime).payoutSign(event);
      if (sign === null || !isWatched(sign.vaults, watchVaults)) return { events: [], births: [], watches: [] };
      const found = sign.stage === "requested" ? requestEvent(await requestIn(sign, look), block) : signEvent(sign, block, await look.extrinsic(event.extrinsic));
      return { events: [found], births: [], watches: [] };
    },
    settle: ({ kind, payload }) => ({
      births: [],
      watches: requestedKinds.includes(kind) ? [watchOf(payoutFromJson(payload))] : [],
      ...endedBy(kind, payload, keep),
    }),
  };
}

const endKinds = /^interbtc-(redeem|replace)-(executed|cancelled)$/u;

/** Executed: another payment is only the vault's loss. Cancelled: a payment that was on its way is one people must hear of. */
function endedBy(kind: string, payload: Json, keep: InterbtcWatching["keep"]): Pick<Found, "ends"> {
  const [, of, how] = endKinds.exec(kind) ?? [];
  const id = of === undefined ? null : (payload as { readonly [field: string]: Json })[`${of}Id`];
  if (keep === undefined || !isHex(id, 32)) return {};
  return { ends: [{ watch: payoutWatchId(id), afterBlocks: how === "executed" ? keep.executedBlocks : keep.overBlocks }] };
}

/**
 * Every request that is pending in the state of `at`, a final block, with the watches it brings; those that were cancelled are over,
 * and those whose time has been over for too long are nobody's any more (a redeem stays pending for ever when its redeemer does not cancel it).
 * Throws Unsafe "shape-changed", Invalid "interbtc-undecodable".
 */
export async function interbtcPayoutCensus(endpoints: Endpoints<PolkadotClient>, { watchVaults, keep }: InterbtcWatching, at: BlockRef, signal: AbortSignal): Promise<Found> {
  if (watchVaults === "none") return { events: [], births: [], watches: [] };
  const { value: { all, clocks } } = await endpoints.ask(async (client, signal) => {
    const runtime = await client.runtimeOf(at.hash, signal);
    const dialect = dialectOf(runtime);
    checkShape(runtime, dialect.needs.payouts);
    const of = async (kind: PayoutKind): Promise<readonly PayoutRequest[]> => {
      const [pallet, item] = payoutStorage[kind];
      return (await client.entries(pallet, item, at.hash, signal)).map(({ keys: [key], value }) => {
        if (isHex(key, 32)) return dialect.payoutRequest(kind, key, value);
        throw invalid("interbtc-undecodable", `a key of ${pallet}.${item} is ${(JSON.stringify(key) ?? "nothing").slice(0, 80)}, no request's id; another endpoint is used`);
      });
    };
    const clocks = keep === undefined ? null : await requestClocks(client, runtime, at.hash, signal);
    return { all: [...(await of("redeem")), ...(await of("replace"))], clocks };
  }, signal);
  const isFollowed = (request: PayoutRequest): boolean =>
    isWatched(accountsOf(request), watchVaults) && (keep === undefined || clocks === null || !isLongOver(request.kind, request, clocks, keep.overBlocks));
  const open = all.filter((request) => request.status === "pending" && isFollowed(request));
  const over = keep === undefined ? [] : all.filter(({ status }) => status !== "pending");
  return {
    events: open.map((request) => requestEvent(request, at)), births: [], watches: open.map(watchOf),
    ...(keep === undefined ? {} : { ends: over.map(({ id, status }) => ({ watch: payoutWatchId(id), afterBlocks: status === "completed" ? keep.executedBlocks : keep.overBlocks })) }),
  };
}

const isWatched = (vaults: readonly Hex[], watched: InterbtcWatching["watchVaults"]): boolean =>
  watched === "all" || (watched !== "none" && vaults.some((vault) => watched.includes(vault)));

/** Accounts of the vaults: who takes over a replace is one, too. */
const accountsOf = ({ kind, vault, requester }: PayoutRequest): readonly Hex[] => (kind === "redeem" ? [vault.account] : [vault.account, requester]);

const requestEvent = (request: PayoutRequest, at: BlockRef): FoundEvent => ({
  id: payoutEvent(request.kind, "requested", request.id), chain: "polkadot", kind: `interbtc-${request.kind}-requested`, at, payload: payoutToJson({ ...request, status: "pending" }),
});

const signEvent = ({ kind, id, stage, status }: PayoutSign, at: BlockRef, tx: Hex | null): FoundEvent => ({
  id: payoutEvent(kind, stage, id), chain: "polkadot", kind: `interbtc-${kind}-${stage}`, at, payload: { [`${kind}Id`]: id, tx, ...(status === null ? {} : { status }) },
});

/** Requests are never deleted: one that is not there was asked of a node that lies, or has another state than its events. */
async function requestIn({ kind, id }: PayoutSign, look: PolkadotLook): Promise<PayoutRequest> {
  const [pallet, item] = payoutStorage[kind];
  const value = await look.storage(pallet, item, [id]);
  if (value === null) throw invalid("interbtc-request-missing", `a block has the event of ${kind} request ${id} and its state does not hold the request; another endpoint is used`, { evidence: { kind, id } });
  return dialectOf(look.runtime).payoutRequest(kind, id, value);
}

/** The output with the request's id is watched, not the address: it is this request's alone, however often the address is paid. */
const watchOf = (request: PayoutRequest): Watch => ({
  id: payoutWatchId(request.id), chain: "bitcoin", target: { script: opReturnScript(request.id) }, forWhom: payoutWatchedFor(request.id),
  heightHint: paidFromHeight(request), detail: payoutToJson(request),
});
