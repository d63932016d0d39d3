/**
 * interBTC's issues on the parachain: requests, executions and cancellations become events; a final request has its deposit
 * address watched until its time was over for long (interbtc-over.ts). The census tells the same of every open request from storage, whoever saw its event.
 * Always: a request is what Issue.IssueRequests holds after the event's block; the dialect is that of the block's runtime.
 * Never: judges whether a request is paid or worth executing.
 */
import type { Endpoints } from "../../src/chains/endpoints.ts";
import type { PolkadotClient } from "../../src/chains/polkadot/client.ts";
import type { PolkadotEvent } from "../../src/chains/polkadot/runtime.ts";
import { checkShape } from "../../src/chains/polkadot/shape.ts";
import { dialectOf } from "../../src/bridges/interbtc/dialects.ts";
import { requestFromJson, requestToJson } from "../../src/bridges/interbtc/issue-request.ts";
import type { IssueRequest } from "../../src/bridges/interbtc/issue-request.ts";
import { paidFromHeight } from "../../src/bridges/interbtc/payment.ts";
import { depositWatchId, issueCancelledEvent, issueExecutedEvent, issueRequestEvent, watchedFor } from "../../src/bridges/interbtc/names.ts";
import { invalid } from "../../src/core/errors.ts";
import { isHex } from "../../src/core/hex.ts";
import type { BlockRef, Hex, Json, Watch } from "../../src/core/values.ts";
import type { Found, FoundEvent, WatchEnd } from "../../src/ports.ts";
import { isLongOver, requestClocks } from "./interbtc-over.ts";
import type { PolkadotLook, PolkadotReader } from "./source.ts";

/** Bitcoin blocks for which a deposit address is still watched: after the execution, and after the time of a request was over. */
export type WatchedFor = { readonly executedBlocks: number; readonly overBlocks: number };
/** `watchVaults`: whose deposit addresses are watched; a list holds the vaults' accounts. `keep` absent: for ever. */
export type InterbtcWatching = { readonly watchVaults: "all" | "none" | readonly Hex[]; readonly keep?: WatchedFor };

const executedKind = "interbtc-issue-executed";
const requestKind = "interbtc-issue-requested";

export function createInterbtcPolkadotReader(options: InterbtcWatching): PolkadotReader {
  return {
    needs: (runtime) => dialectOf(runtime).needs.events,
    async read(event, block, look) {
      const id = dialectOf(look.runtime).issueIdOf(event);
      return { events: id === null ? [] : [await eventOf(id, event, block, look)], births: [], watches: [] };
    },
    settle: (event) => ({
      births: [],
      watches: event.kind === requestKind ? watchesOf(requestFromJson(event.payload), options) : [],
      ...(event.kind === executedKind ? endsOf([(event.payload as { readonly issueId: Hex }).issueId], options) : {}),
    }),
  };
}

/**
 * Every request that is not completed in the state of `at`, a final block, with the watches it brings. Cancelled ones too: a
 * late payment may still be executed; those whose time has been over for too long are not searched for. Throws Unsafe "shape-changed", Invalid "interbtc-undecodable".
 */
export async function interbtcCensus(endpoints: Endpoints<PolkadotClient>, options: InterbtcWatching, at: BlockRef, signal: AbortSignal): Promise<Found> {
  const { keep } = options;
  const { value: { all, clocks } } = await endpoints.ask(async (client, signal) => {
    const runtime = await client.runtimeOf(at.hash, signal);
    const dialect = dialectOf(runtime);
    checkShape(runtime, dialect.needs.events);
    const entries = await client.entries("Issue", "IssueRequests", at.hash, signal);
    const clocks = keep === undefined ? null : await requestClocks(client, runtime, at.hash, signal);
    return { all: entries.map(({ keys, value }) => dialect.issueRequest(idIn(keys[0] ?? null), value)), clocks };
  }, signal);
  const open = all.filter(({ status }) => status !== "completed");
  return {
    events: open.map((request) => requestEvent(request, at)),
    births: [],
    watches: open.filter((request) => keep === undefined || clocks === null || !isLongOver("issue", request, clocks, keep.overBlocks)).flatMap((request) => watchesOf(request, options)),
    ...endsOf(all.filter(({ status }) => status === "completed").map(({ id }) => id), options),
  };
}

async function eventOf(id: Hex, event: PolkadotEvent, block: BlockRef, look: PolkadotLook): Promise<FoundEvent> {
  const tx = (): Promise<Hex | null> => look.extrinsic(event.extrinsic);
  switch (event.name) {
    case "RequestIssue":
      return requestEvent(await requestIn(id, look), block);
    case "ExecuteIssue": {
      const { amount, fee } = event.data;
      return { id: issueExecutedEvent(id), chain: "polkadot", kind: "interbtc-issue-executed", at: block, payload: { issueId: id, tx: await tx(), amountSat: amount ?? null, feeSat: fee ?? null } };
    }
    default:
      return { id: issueCancelledEvent(id), chain: "polkadot", kind: "interbtc-issue-cancelled", at: block, payload: { issueId: id, tx: await tx() } };
  }
}

const requestEvent = (request: IssueRequest, at: BlockRef): FoundEvent => ({
  id: issueRequestEvent(request.id), chain: "polkadot", kind: requestKind, at, payload: requestToJson(request),
});

/** Requests are never deleted: one that is not there was asked of a node that lies, or has another state than its events. */
async function requestIn(id: Hex, look: PolkadotLook): Promise<IssueRequest> {
  const value = await look.storage("Issue", "IssueRequests", [id]);
  if (value === null) throw invalid("interbtc-request-missing", `a block has the event of issue request ${id} and its state does not hold the request; another endpoint is used`, { evidence: { issueId: id } });
  return dialectOf(look.runtime).issueRequest(id, value);
}

function watchesOf(request: IssueRequest, { watchVaults }: InterbtcWatching): readonly Watch[] {
  const isWatched = watchVaults === "all" || (watchVaults !== "none" && watchVaults.includes(request.vault.account));
  if (!isWatched) return [];
  return [{
    id: depositWatchId(request.id), chain: "bitcoin", target: { script: request.script }, forWhom: watchedFor(request.id),
    heightHint: paidFromHeight(request), detail: requestToJson(request),
  }];
}

/** Executed for good: another payment mints nothing, and only those who paid want to be told of it, for a while. */
const endsOf = (issues: readonly Hex[], { keep }: InterbtcWatching): { readonly ends?: readonly WatchEnd[] } =>
  keep === undefined ? {} : { ends: issues.map((id) => ({ watch: depositWatchId(id), afterBlocks: keep.executedBlocks })) };

function idIn(key: Json): Hex {
  if (isHex(key, 32)) return key;
  throw invalid("interbtc-undecodable", `a key of Issue.IssueRequests is ${(JSON.stringify(key) ?? "nothing").slice(0, 80)}, no issue id; another endpoint is used`);
}
