/**
 * Whose time is over, and for how long: what ends the watches of interBTC's requests.
 * Always: by both clocks of the parachain at one final block, with the present periods: while either stands still nothing ends, since
 * what is not over can still be executed. Never: an end of what was executed or cancelled; their events bring those.
 */
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { requestFromJson } from "../../src/bridges/interbtc/issue-request.ts";
import type { IssueRequest } from "../../src/bridges/interbtc/issue-request.ts";
import { isPayoutWatch, issueOf } from "../../src/bridges/interbtc/names.ts";
import { overForBlocks } from "../../src/bridges/interbtc/payment.ts";
import type { ExpiryClocks } from "../../src/bridges/interbtc/payment.ts";
import { payoutFromJson } from "../../src/bridges/interbtc/payout.ts";
import { periodItems, requestKinds } from "../../src/bridges/interbtc/request-journey.ts";
import type { InterbtcPeriods, RequestKind } from "../../src/bridges/interbtc/request-journey.ts";
import type { BlockRef, Hex, Watch, WatchId } from "../../src/core/values.ts";

type Opened = Pick<IssueRequest, "openActive" | "periodActive" | "bitcoinHeight">;
/** What a request's time is told by. */
export type RequestClocks = ExpiryClocks & { readonly periods: InterbtcPeriods };

/** In the state of this block. Throws Unsafe "shape-changed" where the pallets keep none of it. */
export async function requestClocks(client: PolkadotClient, runtime: PolkadotRuntime, at: Hex, signal: AbortSignal): Promise<RequestClocks> {
  const items = [["Security", "ActiveBlockCount"], ["BTCRelay", "BestBlockHeight"], ...requestKinds.map((kind) => periodItems[kind])] as const;
  const values = await client.storages(items.map(([pallet, item]) => ({ pallet, item, keys: [] })), at, signal);
  const [activeBlocks = 0, bitcoinHeight = 0, issue = 0, redeem = 0, replace = 0] = values.map(Number);
  const parachainBlocksPerBitcoinBlock = Number(runtime.constant("BTCRelay", "ParachainBlocksPerBitcoinBlock"));
  return { activeBlocks, bitcoinHeight, periods: { issue, redeem, replace, parachainBlocksPerBitcoinBlock } };
}

/** Has its time been over for more than so many blocks of Bitcoin? */
export const isLongOver = (kind: RequestKind, request: Opened, { periods, ...clocks }: RequestClocks, overBlocks: number): boolean =>
  overForBlocks(request, { ...clocks, globalPeriod: periods[kind], parachainBlocksPerBitcoinBlock: periods.parachainBlocksPerBitcoinBlock }) > overBlocks;

/** Those of the watches whose request has been over for so long in the state of `at`, a final block. */
export async function interbtcOver(endpoints: Endpoints<PolkadotClient>, overBlocks: number, at: BlockRef, watches: readonly Watch[], signal: AbortSignal): Promise<readonly WatchId[]> {
  const requests = watches.flatMap((watch) => {
    const asked = requestIn(watch);
    return asked === null ? [] : [{ id: watch.id, ...asked }];
  });
  if (requests.length === 0) return [];
  const { value: clocks } = await endpoints.ask(async (client, ends) => requestClocks(client, await client.runtimeOf(at.hash, ends), at.hash, ends), signal);
  return requests.filter(({ kind, request }) => isLongOver(kind, request, clocks, overBlocks)).map(({ id }) => id);
}

/** A refund has no time: its output is watched until it is paid. */
function requestIn(watch: Watch): { readonly kind: RequestKind; readonly request: Opened } | null {
  if (issueOf(watch) !== null) return { kind: "issue", request: requestFromJson(watch.detail) };
  if (!isPayoutWatch(watch)) return null;
  const request = payoutFromJson(watch.detail);
  return { kind: request.kind, request };
}
