/**
 * interBTC's refunds on a parachain of the first dialect: what was too much of an issue is asked back of its vault. Requests and
 * executions become events; a final request has the output that names it watched. The census tells the same from storage.
 * Always: a refund is what Refund.RefundRequests holds after the event's block; a runtime without that pallet is asked nothing.
 * Never: judges whether a refund is paid.
 */
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { PolkadotEvent, PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../src/chains/polkadot/shape.ts";
import { dialectOf, refundsOf } from "../../src/bridges/interbtc/dialects.ts";
import type { Refunds } from "../../src/bridges/interbtc/dialect.ts";
import { refundExecutedEvent, refundRequestEvent, refundWatchId, refundWatchedFor } from "../../src/bridges/interbtc/names.ts";
import { opReturnScript } from "../../src/bridges/interbtc/op-return.ts";
import { refundFromJson, refundToJson } from "../../src/bridges/interbtc/refund-request.ts";
import type { PlacedRefund } from "../../src/bridges/interbtc/refund-request.ts";
import { paidFromHeight } from "../../src/bridges/interbtc/payment.ts";
import { invalid } from "../../src/core/errors.ts";
import { isHex } from "../../src/core/hex.ts";
import type { BlockRef, Hex, Json, Watch } from "../../src/core/values.ts";
import type { Found, FoundEvent } from "../../src/ports.ts";
import type { InterbtcWatching } from "./interbtc.ts";
import type { PolkadotLook, PolkadotReader } from "./source.ts";

const requestKind = "interbtc-refund-requested";
const executedKind = "interbtc-refund-executed";
const nothing: Found = { events: [], births: [], watches: [] };

export function createInterbtcRefundReader(options: InterbtcWatching): PolkadotReader {
  return {
    needs: (runtime) => refundsOf(runtime)?.needs.events ?? {},
    async read(event, block, look) {
      const refunds = refundsOf(look.runtime);
      const id = refunds?.idOf(event) ?? null;
      return refunds === null || id === null ? nothing : { ...nothing, events: [await eventOf(id, event, block, refunds, look)] };
    },
    settle: (event) => ({
      births: [],
      watches: event.kind === requestKind ? watchesOf(refundFromJson(event.payload), options) : [],
      ...(event.kind === executedKind ? endsOf([(event.payload as { readonly refundId: Hex }).refundId], options) : {}),
    }),
  };
}

/** Every refund that is not completed in the state of `at`, a final block, with its watch. Throws Unsafe "shape-changed", Invalid "interbtc-undecodable". */
export async function refundCensus(endpoints: Endpoints<PolkadotClient>, options: InterbtcWatching, at: BlockRef, signal: AbortSignal): Promise<Found> {
  const { value: { open, settled } } = await endpoints.ask(async (client, signal) => {
    const runtime = await client.runtimeOf(at.hash, signal);
    const refunds = refundsOf(runtime);
    if (refunds === null) return { open: [], settled: [] };
    checkShape(runtime, refunds.needs.events);
    const entries = await client.entries("Refund", "RefundRequests", at.hash, signal);
    const all = entries.map(({ keys, value }) => refunds.request(idIn(keys[0] ?? null), value));
    const asked = all.filter(({ isCompleted }) => !isCompleted);
    const issues = await client.storages(asked.map(({ issueId }) => issueAt(issueId)), at.hash, signal);
    return {
      open: asked.map((refund, index) => ({ ...refund, bitcoinHeight: heightIn(runtime, refund.issueId, issues[index] ?? null) })),
      settled: all.filter(({ isCompleted }) => isCompleted).map(({ id }) => id),
    };
  }, signal);
  return { events: open.map((refund) => requestEvent(refund, at)), births: [], watches: open.flatMap((refund) => watchesOf(refund, options)), ...endsOf(settled, options) };
}

async function eventOf(id: Hex, event: PolkadotEvent, block: BlockRef, refunds: Refunds, look: PolkadotLook): Promise<FoundEvent> {
  if (event.name === "RequestRefund") return requestEvent(await refundIn(id, refunds, look), block);
  const { amount, fee } = event.data;
  const payload = { refundId: id, tx: await look.extrinsic(event.extrinsic), amountSat: amount ?? null, feeSat: fee ?? null };
  return { id: refundExecutedEvent(id), chain: "polkadot", kind: "interbtc-refund-executed", at: block, payload };
}

const requestEvent = (refund: PlacedRefund, at: BlockRef): FoundEvent => ({ id: refundRequestEvent(refund.id), chain: "polkadot", kind: requestKind, at, payload: refundToJson(refund) });

/** Requests are never deleted: one that is not there was asked of a node that lies, or has another state than its events. */
async function refundIn(id: Hex, refunds: Refunds, look: PolkadotLook): Promise<PlacedRefund> {
  const value = await look.storage("Refund", "RefundRequests", [id]);
  if (value === null) throw invalid("interbtc-request-missing", `a block has the event of refund ${id} and its state does not hold the request; another endpoint is used`, { evidence: { refundId: id } });
  const refund = refunds.request(id, value);
  return { ...refund, bitcoinHeight: heightIn(look.runtime, refund.issueId, await look.storage("Issue", "IssueRequests", [refund.issueId])) };
}

const issueAt = (issueId: Hex) => ({ pallet: "Issue", item: "IssueRequests", keys: [issueId] });

/** A refund has no height of its own; it is younger than its issue. */
const heightIn = (runtime: PolkadotRuntime, issueId: Hex, issue: Json): number => dialectOf(runtime).issueRequest(issueId, issue).bitcoinHeight;

/** Settled for good: another payment is the vault's own affair. */
const endsOf = (refunds: readonly Hex[], { keep }: InterbtcWatching): Pick<Found, "ends"> =>
  keep === undefined ? {} : { ends: refunds.map((id) => ({ watch: refundWatchId(id), afterBlocks: keep.executedBlocks })) };

function watchesOf(refund: PlacedRefund, { watchVaults }: InterbtcWatching): readonly Watch[] {
  const isWatched = watchVaults === "all" || (watchVaults !== "none" && watchVaults.includes(refund.vault.account));
  if (!isWatched) return [];
  return [{
    id: refundWatchId(refund.id), chain: "bitcoin", target: { script: opReturnScript(refund.id) }, forWhom: refundWatchedFor(refund.id),
    heightHint: paidFromHeight(refund), detail: refundToJson(refund),
  }];
}

function idIn(key: Json): Hex {
  if (isHex(key, 32)) return key;
  throw invalid("interbtc-undecodable", `a key of Refund.RefundRequests is ${(JSON.stringify(key) ?? "nothing").slice(0, 80)}, no refund id; another endpoint is used`);
}
