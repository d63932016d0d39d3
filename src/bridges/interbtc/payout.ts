/**
 * What a vault owes on Bitcoin because of a redeem (it pays the user) or a replace (it pays the vault that takes over): as the
 * parachain stores it, the same for every dialect, and as it travels in events and watches.
 * Always: the vault pays exactly `amountSat` to `script`, and names the request in an OP_RETURN. Never: judges a payment (op-return.ts).
 */
import type { Hex, Json } from "../../core/values.ts";
import type { VaultId } from "./issue-request.ts";

export type PayoutKind = "redeem" | "replace";
/** `reimbursed`, `retried`: how the redeemer cancelled a redeem; `cancelled`: a replace that was. */
export type PayoutStatus = "pending" | "completed" | "cancelled" | "reimbursed" | "retried";

export type PayoutRequest = {
  readonly kind: PayoutKind;
  readonly id: Hex;
  /** the account that is owed: the redeemer, or the account of the vault that takes over */
  readonly requester: Hex;
  /** the vault that pays */
  readonly vault: VaultId;
  /** exactly what must be paid to `script` */
  readonly amountSat: bigint;
  readonly script: Hex;
  /** active block at which it was opened, and after how many more it may expire */
  readonly openActive: number;
  readonly periodActive: number;
  /** best Bitcoin height of the light client when it was opened */
  readonly bitcoinHeight: number;
  readonly status: PayoutStatus;
};

/** For event payloads and watch details: bigints as decimal text. */
export const payoutToJson = (request: PayoutRequest): Json => ({ ...request, amountSat: `${request.amountSat}` });

/** The inverse. For what this program stored itself. */
export function payoutFromJson(json: Json): PayoutRequest {
  const stored = json as unknown as Omit<PayoutRequest, "amountSat"> & { readonly amountSat: string };
  return { ...stored, amountSat: BigInt(stored.amountSat) };
}

/** What an event of the parachain says of a redeem or a replace. `vaults`: the accounts of the vaults it names. */
export type PayoutSign = {
  readonly kind: PayoutKind;
  readonly id: Hex;
  readonly stage: "requested" | "executed" | "cancelled" | "minted";
  readonly vaults: readonly Hex[];
  /** the status that a cancellation brought */
  readonly status: PayoutStatus | null;
};
