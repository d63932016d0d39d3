/**
 * Whose time is over, and for how long: what ends the watches of interBTC's requests.
 * Always: by both clocks of the parachain at one final block, with the present periods: while either stands still nothing ends, since
 * what is not over can still be executed. Never: an end of what was executed or cancelled; their events bring those.
 */
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { requestFromJson } from "../../src/bridges/interbtc/issue-request.ts";
import { isPayoutWatch, issueOf } from "../../src/bridges/interbtc/names.ts";
import { overForBlocks, ownPeriod } from "../../src/bridges/interbtc/payment.ts";
import type { ExpiryClocks, ExpiryRule, Opened } from "../../src/bridges/interbtc/payment.ts";
import { payoutFromJson } from "../../src/bridges/interbtc/payout.ts";
import { periodItems, requestKinds } from "../../src/bridges/interbtc/request-journey.ts";
import type { RequestKind } from "../../src/bridges/interbtc/request-journey.ts";
import { failureOf } from "../../src/core/errors.ts";
import type { BlockRef, Hex, Watch } from "../../src/core/values.ts";
import type { Over } from "../commit.ts";

/** What a request's time is told by. */
export type RequestClocks = ExpiryClocks & { readonly rules: Readonly<Record<RequestKind, ExpiryRule>> };

/** In the state of this block. Throws Unsafe "shape-changed" where the light client is not there. */
export async function requestClocks(client: PolkadotClient, runtime: PolkadotRuntime, at: Hex, signal: AbortSignal): Promise<RequestClocks> {
  const clocks = [{ pallet: "Security", item: "ActiveBlockCount", keys: [] }, { pallet: "BTCRelay", item: "BestBlockHeight", keys: [] }];
  const [values, rules] = await Promise.all([client.storages(clocks, at, signal), rulesAt(client, runtime, at, signal).catch(ownWhereNone)]);
  const [activeBlocks = 0, bitcoinHeight = 0] = values.map(Number);
  return { activeBlocks, bitcoinHeight, rules };
}

async function rulesAt(client: PolkadotClient, runtime: PolkadotRuntime, at: Hex, signal: AbortSignal): Promise<RequestClocks["rules"]> {
  const parachainBlocksPerBitcoinBlock = Number(runtime.constant("BTCRelay", "ParachainBlocksPerBitcoinBlock"));
  const periods = requestKinds.map((kind) => periodItems[kind]).map(([pallet, item]) => ({ pallet, item, keys: [] }));
  const [issue, redeem, replace] = (await client.storages(periods, at, signal)).map((period): ExpiryRule => ({ globalPeriod: Number(period), parachainBlocksPerBitcoinBlock }));
  return { issue: issue ?? ownPeriod, redeem: redeem ?? ownPeriod, replace: replace ?? ownPeriod };
}

/** Nothing rests on the present periods but when a search ends: a runtime that keeps them elsewhere still has each request's own. */
function ownWhereNone(thrown: unknown): RequestClocks["rules"] {
  if (failureOf(thrown).code !== "shape-changed") throw thrown;
  return { issue: ownPeriod, redeem: ownPeriod, replace: ownPeriod };
}

/** Has its time been over for more than so many blocks of Bitcoin? */
export const isLongOver = (kind: RequestKind, request: Opened, { rules, ...clocks }: RequestClocks, overBlocks: number): boolean =>
  overForBlocks(request, { ...clocks, ...rules[kind] }) > overBlocks;

/** Those of the watches whose request has been over for so long in the state of `at`, a final block, which knows Bitcoin up to `upTo`. */
export async function interbtcOver(endpoints: Endpoints<PolkadotClient>, overBlocks: number, at: BlockRef, watches: readonly Watch[], signal: AbortSignal): Promise<readonly Over[]> {
  const requests = watches.flatMap((watch) => {
    const asked = requestIn(watch);
    return asked === null ? [] : [{ id: watch.id, ...asked }];
  });
  if (requests.length === 0) return [];
  const { value: clocks } = await endpoints.ask(async (client, ends) => requestClocks(client, await client.runtimeOf(at.hash, ends), at.hash, ends), signal);
  return requests.filter(({ kind, request }) => isLongOver(kind, request, clocks, overBlocks)).map(({ id }) => ({ watch: id, upTo: clocks.bitcoinHeight }));
}

/** A refund has no time: its output is watched until it is paid. */
function requestIn(watch: Watch): { readonly kind: RequestKind; readonly request: Opened } | null {
  if (issueOf(watch) !== null) return { kind: "issue", request: requestFromJson(watch.detail) };
  if (!isPayoutWatch(watch)) return null;
  const request = payoutFromJson(watch.detail);
  return { kind: request.kind, request };
}
