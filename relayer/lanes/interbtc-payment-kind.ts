/**
 * What differs between the lanes that prove payments to the parachain: issues, and refunds.
 * Always: data and pure functions; names are those under which people and the ledger know each kind. Never: I/O.
 */
import type { InterbtcCall } from "../../src/bridges/interbtc/errors.ts";
import type { Executable, ExecutableRequest } from "../../src/bridges/interbtc/executable.ts";
import type { PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";
import type { Failure } from "../../src/core/errors.ts";
import type { DeliveryId, Hex, Json, LaneName, TransferId } from "../../src/core/values.ts";

/** A payment as the watchers tell it. `id` of its request; `txid` in wire order. */
export type Paid = { readonly id: Hex; readonly txid: Hex; readonly paidSat: bigint };

export type PaymentKind = {
  readonly lane: LaneName;
  /** what a person calls one, and the name of its id in payloads and evidence */
  readonly word: string;
  readonly idName: string;
  readonly call: InterbtcCall;
  /** Throws Unsafe "shape-changed" for a runtime that has none of this kind */
  executions(runtime: PolkadotRuntime): Executable;
  deliveryOf(id: Hex, txid: Hex): DeliveryId;
  transferOf(id: Hex): TransferId;
  /** codes of waiting: the request is not there; another payment goes first; another one was proved, not finally yet */
  readonly waits: { readonly missing: string; readonly other: string; readonly twice: string };
  /** the request was executed for good with another payment */
  paidTwice(paid: Paid, executedWith: Hex): Failure;
  /** the payment is not what the request asks for */
  refused(request: ExecutableRequest, paid: Paid): Failure;
};

export function paidIn(kind: PaymentKind, payload: Json): Paid {
  const fields = payload as { readonly [name: string]: string };
  return { id: (fields[kind.idName] ?? "0x") as Hex, txid: (fields["txid"] ?? "0x") as Hex, paidSat: BigInt(fields["paidSat"] ?? 0) };
}
