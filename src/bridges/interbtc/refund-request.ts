/**
 * A refund that the first runtime asks of a vault, when an issue was overpaid by more than the vault can take: as the parachain
 * stores it, and as it travels in events and watches.
 * Always: the vault pays exactly `amountSat` to `script`, and names the refund in an OP_RETURN. Never: judges a payment.
 */
import type { Hex, Json } from "../../core/values.ts";
import type { VaultId } from "./issue-request.ts";

export type RefundRequest = {
  readonly id: Hex;
  readonly issueId: Hex;
  /** who overpaid, and gets the rest back */
  readonly requester: Hex;
  readonly vault: VaultId;
  /** what the vault must pay, and the fee that is minted for it when the payment is proved */
  readonly amountSat: bigint;
  readonly feeSat: bigint;
  /** output script of the address the refund goes to */
  readonly script: Hex;
  readonly isCompleted: boolean;
};
/** `bitcoinHeight`: no payment of the refund is below it (the light client's best when its issue was opened). */
export type PlacedRefund = RefundRequest & { readonly bitcoinHeight: number };

/** For event payloads and watch details: bigints as decimal text. */
export const refundToJson = (refund: PlacedRefund): Json => ({ ...refund, amountSat: `${refund.amountSat}`, feeSat: `${refund.feeSat}` });

/** The inverse. For what this program stored itself. */
export function refundFromJson(json: Json): PlacedRefund {
  const stored = json as unknown as Omit<PlacedRefund, "amountSat" | "feeSat"> & { readonly amountSat: string; readonly feeSat: string };
  return { ...stored, amountSat: BigInt(stored.amountSat), feeSat: BigInt(stored.feeSat) };
}
