/**
 * What a proof's receipt says besides success.
 * Always: only logs of the given pool count. Never: fails a delivery; a missing refund is for the operator to know.
 */
import { bigintAt, hexAt } from "../../chains/ethereum/abi.ts";
import type { Hex } from "../../core/values.ts";
import { reimbursementPoolAbi } from "./contracts.ts";

/** The pool could not refund the gas of a proof: it is (nearly) empty. Amount in wei. */
export type RefundFailed = { readonly kind: "refund-failed"; readonly receiver: Hex; readonly amountWei: bigint };

/** Facts in the logs of one transaction, in order. */
export function factsOfReceipt(logs: readonly { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex }[], pool: Hex): readonly RefundFailed[] {
  return logs.flatMap((log) => {
    const found = log.address === pool ? reimbursementPoolAbi.decodeLog(log) : null;
    return found === null ? [] : [{ kind: "refund-failed" as const, receiver: hexAt(found.args, "receiver"), amountWei: bigintAt(found.args, "refundAmount") }];
  });
}
