/**
 * Redeems and replaces as runtimes store and tell them. All known dialects have the same shapes here.
 * Always: values as the runtime's metadata decodes them (plain JSON, field names in camelCase); what does not look as known is refused.
 * Never: I/O.
 */
import type { PolkadotEvent } from "../../chains/polkadot/runtime.ts";
import type { Needs } from "../../chains/polkadot/shape.ts";
import { isHex } from "../../core/hex.ts";
import type { Hex, Json } from "../../core/values.ts";
import { scriptOfAddress } from "./deposit.ts";
import { addressShape, amountOf, hash32, isFields, undecodable, vaultOf, vaultShape } from "./dialect-common.ts";
import type { PayoutKind, PayoutRequest, PayoutSign, PayoutStatus } from "./payout.ts";

/** Where requests of a kind are stored. */
export const payoutStorage = { redeem: ["Redeem", "RedeemRequests"], replace: ["Replace", "ReplaceRequests"] } as const satisfies Readonly<Record<PayoutKind, readonly [string, string]>>;

const redeemStatus = "Pending | Completed | Reimbursed(bool) | Retried";

export const payoutNeeds: Needs = {
  storage: {
    "Redeem.RedeemRequests": {
      keys: [hash32],
      value: `{vault: ${vaultShape}, opentime: u32, period: u32, fee: u128, transferFeeBtc: u128, amountBtc: u128, premium: u128, redeemer: [u8; 32], btcAddress: ${addressShape}, btcHeight: u32, status: ${redeemStatus}}`,
    },
    "Replace.ReplaceRequests": {
      keys: [hash32],
      value: `{oldVault: ${vaultShape}, newVault: ${vaultShape}, amount: u128, griefingCollateral: u128, collateral: u128, acceptTime: u32, period: u32, btcAddress: ${addressShape}, btcHeight: u32, status: Pending | Completed | Cancelled}`,
    },
  },
  events: {
    "Redeem.RequestRedeem": { redeemId: hash32, redeemer: hash32, vaultId: vaultShape, amount: "u128", fee: "u128", premium: "u128", btcAddress: addressShape, transferFee: "u128" },
    "Redeem.ExecuteRedeem": { redeemId: hash32, redeemer: hash32, vaultId: vaultShape, amount: "u128", fee: "u128", transferFee: "u128" },
    "Redeem.CancelRedeem": { redeemId: hash32, redeemer: hash32, vaultId: vaultShape, slashedAmount: "u128", status: redeemStatus },
    "Redeem.MintTokensForReimbursedRedeem": { redeemId: hash32, vaultId: vaultShape, amount: "u128" },
    "Replace.AcceptReplace": { replaceId: hash32, oldVaultId: vaultShape, newVaultId: vaultShape, amount: "u128", collateral: "u128", btcAddress: addressShape },
    "Replace.ExecuteReplace": { replaceId: hash32, oldVaultId: vaultShape, newVaultId: vaultShape },
    "Replace.CancelReplace": { replaceId: hash32, newVaultId: vaultShape, oldVaultId: vaultShape, griefingCollateral: "u128" },
  },
};

const statuses: Readonly<Record<string, PayoutStatus>> = { Pending: "pending", Completed: "completed", Cancelled: "cancelled", Reimbursed: "reimbursed", Retried: "retried" };

/** "Retried", or {Reimbursed: did the vault get the tokens}. */
function statusOf(value: Json | undefined): PayoutStatus | null {
  const word = isFields(value) ? Object.keys(value)[0] : value;
  return typeof word === "string" && Object.hasOwn(statuses, word) ? (statuses[word] ?? null) : null;
}

/** From Redeem.RedeemRequests or Replace.ReplaceRequests. Throws Invalid "interbtc-undecodable", also when there is no such request. */
export function payoutRequestOf(kind: PayoutKind, id: Hex, value: Json): PayoutRequest {
  const bad = () => undecodable(`${kind} ${id}`, value);
  if (!isFields(value)) throw bad();
  const { period, btcAddress, btcHeight } = value;
  const [payer, owed, amount, opened] = kind === "redeem"
    ? [value["vault"], value["redeemer"], value["amountBtc"], value["opentime"]]
    : [value["oldVault"], vaultOf(value["newVault"])?.account, value["amount"], value["acceptTime"]];
  const [vault, amountSat, status] = [vaultOf(payer), amountOf(amount), statusOf(value["status"])];
  if (vault === null || !isHex(owed, 32) || amountSat === null || status === null) throw bad();
  if (typeof opened !== "number" || typeof period !== "number" || typeof btcHeight !== "number") throw bad();
  return { kind, id, requester: owed, vault, amountSat, script: scriptOfAddress(btcAddress ?? null), openActive: opened, periodActive: period, bitcoinHeight: btcHeight, status };
}

const stages: Readonly<Record<string, readonly [PayoutKind, PayoutSign["stage"]]>> = {
  "Redeem.RequestRedeem": ["redeem", "requested"], "Redeem.ExecuteRedeem": ["redeem", "executed"], "Redeem.CancelRedeem": ["redeem", "cancelled"], "Redeem.MintTokensForReimbursedRedeem": ["redeem", "minted"],
  // an offer (RequestReplace) has no id and binds nobody: a replace begins when another vault accepts it
  "Replace.AcceptReplace": ["replace", "requested"], "Replace.ExecuteReplace": ["replace", "executed"], "Replace.CancelReplace": ["replace", "cancelled"],
};

/** What an event says of a redeem or a replace; null: nothing. */
export function payoutSignOf({ pallet, name, data }: PolkadotEvent): PayoutSign | null {
  const [kind, stage] = stages[`${pallet}.${name}`] ?? [];
  if (kind === undefined || stage === undefined) return null;
  const id = data[`${kind}Id`];
  if (!isHex(id, 32)) return null;
  const vaults = [data["vaultId"], data["oldVaultId"], data["newVaultId"]].flatMap((one) => vaultOf(one)?.account ?? []);
  return { kind, id, stage, vaults, status: stage === "cancelled" ? (statusOf(data["status"]) ?? "cancelled") : null };
}
