/**
 * What the bridge's interfaces differ in, behind one type: everything above a dialect is the same for all of them.
 * Always: a dialect is chosen by what a runtime's metadata has, never by its version number; names are the runtime's own.
 * Never: I/O.
 */
import type { BitcoinHeader } from "../../chains/bitcoin/codec.ts";
import type { PolkadotCall, PolkadotEvent } from "../../chains/polkadot/runtime.ts";
import type { Needs } from "../../chains/polkadot/shape.ts";
import type { Hex, Json } from "../../core/values.ts";
import type { InterbtcProof } from "./proof.ts";
import type { IssueRequest } from "./issue-request.ts";
import type { PayoutKind, PayoutRequest, PayoutSign } from "./payout.ts";
import type { RefundRequest } from "./refund-request.ts";

/** A header as the light client stores it. `paraHeight`: the active block at which it was told. */
export type StoredHeader = { readonly height: number; readonly chainId: number; readonly paraHeight: number };

/** The pallet by which the first runtime has what is too much of an issue paid back. */
export interface Refunds {
  /** shapes of what the refund lane and its reader use, beside the light client */
  readonly needs: { readonly lane: Needs; readonly events: Needs };
  /** from the value of Refund.RefundRequests. Throws Invalid "interbtc-undecodable" */
  request(id: Hex, value: Json): RefundRequest;
  /** the refund id of Refund.RequestRefund and ExecuteRefund; null for other events */
  idOf(event: PolkadotEvent): Hex | null;
  execute(refundId: Hex, proof: InterbtcProof): PolkadotCall;
  /** as Dialect.provenTxid */
  provenTxid(call: PolkadotCall, refundId: Hex): Hex | null;
}

export interface Dialect {
  readonly name: "latest" | "v1";
  /** shapes of what the header lane, the issue lane and the two readers use; checked apart, so that a change halts only its user */
  readonly needs: { readonly headers: Needs; readonly issue: Needs; readonly events: Needs; readonly payouts: Needs };
  /** `forkBound` as interBTC asks for it; a dialect without it ignores it. One header alone, several as utility.batch */
  storeHeaders(headers: readonly BitcoinHeader[], forkBound: number): PolkadotCall;
  initialize(header: BitcoinHeader, height: number): PolkadotCall;
  executeIssue(issueId: Hex, proof: InterbtcProof): PolkadotCall;
  /** storage key of BTCRelay.BlockHeaders for a hash in wire order */
  headerKey(hash: Hex): Json;
  /** from the value of BTCRelay.BlockHeaders; null: not stored (it reads as all zero) */
  storedHeader(value: Json): StoredHeader | null;
  /** from the value of Issue.IssueRequests. Throws Invalid "interbtc-undecodable" */
  issueRequest(id: Hex, value: Json): IssueRequest;
  /** the issue id an event is about, for Issue.RequestIssue, ExecuteIssue, CancelIssue; null for other events */
  issueIdOf(event: PolkadotEvent): Hex | null;
  /** from the value of Redeem.RedeemRequests or Replace.ReplaceRequests. Throws Invalid "interbtc-undecodable" */
  payoutRequest(kind: PayoutKind, id: Hex, value: Json): PayoutRequest;
  /** what an event says of a redeem or a replace; null for other events */
  payoutSign(event: PolkadotEvent): PayoutSign | null;
  /** the transaction (id in wire order) that a call proves for this issue, searched also inside batches and proxies; null: not in it */
  provenTxid(call: PolkadotCall, issueId: Hex): Hex | null;
  /** null: vaults are asked for no refunds. Ask refundsOf (dialects.ts), which looks whether a runtime has the pallet */
  readonly refunds: Refunds | null;
}
