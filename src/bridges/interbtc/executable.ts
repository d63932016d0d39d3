/**
 * What a proof of a Bitcoin payment executes on the parachain: an issue, or a refund. Proving is the same for both.
 * Always: names are the runtime's own; what does not look as known is refused. Never: I/O.
 */
import type { PolkadotCall, PolkadotEvent, PolkadotRuntime } from "../../chains/polkadot/runtime.ts";
import type { Needs } from "../../chains/polkadot/shape.ts";
import type { Hex, Json } from "../../core/values.ts";
import { unsafe } from "../../core/errors.ts";
import type { Dialect, Refunds } from "./dialect.ts";
import { dialectOf, refundsOf } from "./dialects.ts";
import { totalSat } from "./issue-request.ts";

/**
 * What a request asks of a payment: the first output to `script` holds at least `sat`; just that, and with the request's id in an
 * OP_RETURN, where it is `named`.
 */
export type AskedPayment = { readonly script: Hex; readonly sat: bigint; readonly named: boolean };

/** `expires`: when anybody may cancel it, on both clocks; null: never. */
export type ExecutableRequest = {
  readonly isCompleted: boolean;
  readonly asks: AskedPayment;
  readonly requester: Hex;
  readonly expires: { readonly openActive: number; readonly periodActive: number; readonly bitcoinHeight: number } | null;
};

export interface Executable {
  /** the storage map of its requests, by id, and the event of an execution */
  readonly pallet: string;
  readonly item: string;
  readonly executedEvent: string;
  /** shapes of all that its lane uses */
  readonly needs: Needs;
  /** from the value of the storage map. Throws Invalid "interbtc-undecodable" */
  read(id: Hex, value: Json): ExecutableRequest;
  execute(id: Hex, proof: Parameters<Dialect["executeIssue"]>[1]): PolkadotCall;
  /** the request an event of its pallet is about; null for other events */
  idOf(event: PolkadotEvent): Hex | null;
  /** the transaction (id in wire order) that a call proves for this request, searched also inside batches and proxies; null: not in it */
  provenTxid(call: PolkadotCall, id: Hex): Hex | null;
}

const issues = new WeakMap<Dialect, Executable>();

/** Issues, in the runtime's dialect. Throws Unsafe "shape-changed" for a runtime without the bridge. */
export function issuesOf(runtime: PolkadotRuntime): Executable {
  const dialect = dialectOf(runtime);
  const known = issues.get(dialect);
  if (known !== undefined) return known;
  const made: Executable = {
    pallet: "Issue", item: "IssueRequests", executedEvent: "ExecuteIssue", needs: dialect.needs.issue,
    read: (id, value) => {
      const request = dialect.issueRequest(id, value);
      const { status, script, requester, openActive, periodActive, bitcoinHeight } = request;
      return { isCompleted: status === "completed", asks: { script, sat: totalSat(request), named: false }, requester, expires: { openActive, periodActive, bitcoinHeight } };
    },
    execute: (id, proof) => dialect.executeIssue(id, proof),
    idOf: (event) => dialect.issueIdOf(event),
    provenTxid: (call, id) => dialect.provenTxid(call, id),
  };
  issues.set(dialect, made);
  return made;
}

const refunds = new WeakMap<Refunds, Executable>();

/** Refunds, where the runtime has them. Throws Unsafe "shape-changed" for one that has not. */
export function refundExecutions(runtime: PolkadotRuntime): Executable {
  const found = refundsOf(runtime);
  if (found === null) throw unsafe("shape-changed", `runtime ${runtime.specName} ${runtime.specVersion}: storage Refund.RefundRequests is not there; refunds stop`, { evidence: { specName: runtime.specName, specVersion: runtime.specVersion, item: "storage Refund.RefundRequests" } });
  const known = refunds.get(found);
  if (known !== undefined) return known;
  const made: Executable = {
    pallet: "Refund", item: "RefundRequests", executedEvent: "ExecuteRefund", needs: found.needs.lane,
    read: (id, value) => {
      const { isCompleted, script, amountSat, requester } = found.request(id, value);
      return { isCompleted, asks: { script, sat: amountSat, named: true }, requester, expires: null };
    },
    execute: (id, proof) => found.execute(id, proof),
    idOf: (event) => found.idOf(event),
    provenTxid: (call, id) => found.provenTxid(call, id),
  };
  refunds.set(found, made);
  return made;
}
