/**
 * Refunds as the first runtime stores and tells them; its calls take raw proofs, which dialect-v1.ts makes.
 * Always: values as the runtime's metadata decodes them; what does not look as known is refused. Never: I/O.
 */
import type { PolkadotEvent } from "../../chains/polkadot/runtime.ts";
import type { Needs } from "../../chains/polkadot/shape.ts";
import { isHex } from "../../core/hex.ts";
import type { Hex, Json } from "../../core/values.ts";
import { scriptOfAddress } from "./deposit.ts";
import { addressShape, amountOf, hash32, isFields, lightClientStorage, undecodable, vaultOf, vaultShape } from "./dialect-common.ts";
import type { RefundRequest } from "./refund-request.ts";

const stored: NonNullable<Needs["storage"]> = {
  "Refund.RefundRequests": {
    keys: [hash32],
    value: `{vault: ${vaultShape}, amountBtc: u128, fee: u128, transferFeeBtc: u128, issuer: [u8; 32], btcAddress: ${addressShape}, issueId: [u8; 32], completed: bool}`,
  },
};
const executed = { refundId: hash32, issuer: hash32, vaultId: vaultShape, amount: "u128", fee: "u128" };

/** Of the lane and of the reader; `proof`: the arguments of execute_refund behind the id. */
export const refundNeeds = (proof: { readonly [argument: string]: string }): { readonly lane: Needs; readonly events: Needs } => ({
  lane: { calls: { "Refund.execute_refund": { refundId: hash32, ...proof } }, storage: { ...lightClientStorage, ...stored }, events: { "Refund.ExecuteRefund": executed } },
  events: {
    storage: stored,
    events: {
      "Refund.RequestRefund": { refundId: hash32, issuer: hash32, amount: "u128", vaultId: vaultShape, btcAddress: addressShape, issueId: hash32, fee: "u128", transferFee: "u128" },
      "Refund.ExecuteRefund": executed,
    },
  },
});

/** From the value of Refund.RefundRequests. Throws Invalid "interbtc-undecodable", also when there is no such request. */
export function refundRequestOf(id: Hex, value: Json): RefundRequest {
  const bad = () => undecodable(`refund ${id}`, value);
  if (!isFields(value)) throw bad();
  const { amountBtc, fee, issuer, btcAddress, issueId, completed } = value;
  const [vault, amountSat, feeSat] = [vaultOf(value["vault"]), amountOf(amountBtc), amountOf(fee)];
  if (vault === null || amountSat === null || feeSat === null || !isHex(issuer, 32) || !isHex(issueId, 32) || typeof completed !== "boolean") throw bad();
  return { id, issueId, requester: issuer, vault, amountSat, feeSat, script: scriptOfAddress(btcAddress ?? null), isCompleted: completed };
}

/** The refund an event is about; null for events of something else. */
export function refundIdOf({ pallet, name, data }: PolkadotEvent): Hex | null {
  const id = data["refundId"];
  return pallet === "Refund" && (name === "RequestRefund" || name === "ExecuteRefund") && isHex(id, 32) ? id : null;
}
