/**
 * What the dialects have in common: storage of the light client, issue requests, and the search for what a call proves.
 * Always: values as the runtime's metadata decodes them (plain JSON, field names in camelCase); what does not look as known is refused.
 * Never: I/O.
 */
import type { PolkadotCall, PolkadotEvent } from "../../chains/polkadot/runtime.ts";
import type { Needs } from "../../chains/polkadot/shape.ts";
import { invalid } from "../../core/errors.ts";
import type { GantryError } from "../../core/errors.ts";
import { isHex } from "../../core/hex.ts";
import type { Hex, Json } from "../../core/values.ts";
import { scriptOfAddress } from "./deposit.ts";
import type { StoredHeader } from "./dialect.ts";
import type { IssueRequest, IssueStatus, VaultId } from "./issue-request.ts";

type Fields = { readonly [field: string]: Json };

/** Words for types (chains/polkadot/shape.ts). */
export const hash32 = "[u8; 32]";
const wireHash = "{content: [u8; 32]}";
export const vaultShape = "{accountId: [u8; 32], currencies: {collateral: _, wrapped: _}}";
export const addressShape = "P2PKH([u8; 20]) | P2SH([u8; 20]) | P2WPKHv0([u8; 20]) | P2WSHv0([u8; 32])";

export const lightClientStorage: NonNullable<Needs["storage"]> = {
  "BTCRelay.BlockHeaders": { keys: [wireHash], value: "{blockHeader: _, blockHeight: u32, chainId: u32, paraHeight: u32}" },
  "BTCRelay.Chains": { keys: ["u32"], value: "u32" },
  "BTCRelay.ChainsIndex": { keys: ["u32"], value: "{chainId: u32, startHeight: u32, maxHeight: u32}" },
  "BTCRelay.ChainsHashes": { keys: ["u32", "u32"], value: wireHash },
  "BTCRelay.BestBlock": { keys: [], value: wireHash },
  "BTCRelay.BestBlockHeight": { keys: [], value: "u32" },
  "BTCRelay.StartBlockHeight": { keys: [], value: "u32" },
  "BTCRelay.ChainCounter": { keys: [], value: "u32" },
  "BTCRelay.StableBitcoinConfirmations": { keys: [], value: "u32" },
  "BTCRelay.StableParachainConfirmations": { keys: [], value: "u32" },
  "BTCRelay.DisableDifficultyCheck": { keys: [], value: "bool" },
  "Security.ActiveBlockCount": { keys: [], value: "u32" },
};

const executed = { issueId: hash32, requester: hash32, vaultId: vaultShape, amount: "u128", fee: "u128" };

type Differs = {
  /** of Issue.IssueRequests, between period and amount, and the words for its status */
  readonly griefing: string;
  readonly status: string;
  readonly calls: { readonly headers: NonNullable<Needs["calls"]>; readonly issue: NonNullable<Needs["calls"]> };
  /** fields of Issue.RequestIssue between fee and vaultId */
  readonly requested: { readonly [field: string]: string };
};

/** Everything that Gantry uses of a runtime with this dialect. Currencies are left open: a new token is no change for us. */
export function needsOf({ griefing, status, calls, requested }: Differs): { readonly headers: Needs; readonly issue: Needs; readonly events: Needs } {
  const request = `{vault: ${vaultShape}, opentime: u32, period: u32, ${griefing}, amount: u128, fee: u128, requester: [u8; 32], btcAddress: ${addressShape}, btcPublicKey: [u8; 33], btcHeight: u32, status: ${status}}`;
  const requests = { "Issue.IssueRequests": { keys: [hash32], value: request } };
  return {
    headers: { calls: { ...calls.headers, "Utility.batch": { calls: "_" } }, storage: lightClientStorage },
    issue: { calls: calls.issue, storage: { ...lightClientStorage, ...requests }, events: { "Issue.ExecuteIssue": executed } },
    events: {
      storage: requests,
      events: {
        "Issue.RequestIssue": { issueId: hash32, requester: hash32, amount: "u128", fee: "u128", ...requested, vaultId: vaultShape, vaultAddress: addressShape, vaultPublicKey: "[u8; 33]" },
        "Issue.ExecuteIssue": executed,
        "Issue.CancelIssue": { issueId: hash32, requester: hash32, griefingCollateral: "u128" },
      },
    },
  };
}

export const isFields = (value: Json | undefined): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** One header alone, several as a batch: what comes after one that fails is left out, what came before stays. */
export function batchOf(calls: readonly PolkadotCall[]): PolkadotCall {
  const [first] = calls;
  return first !== undefined && calls.length === 1 ? first : { pallet: "Utility", name: "batch", args: { calls } };
}

/** From BTCRelay.BlockHeaders. One that is not stored reads as all zero; the light client itself takes height 0 for that. */
export function storedHeaderOf(value: Json): StoredHeader | null {
  if (value === null) return null;
  const { blockHeight, chainId, paraHeight } = isFields(value) ? value : {};
  if (typeof blockHeight !== "number" || typeof chainId !== "number" || typeof paraHeight !== "number") throw undecodable("a header of the light client", value);
  return blockHeight === 0 ? null : { height: blockHeight, chainId, paraHeight };
}

export const undecodable = (what: string, value: Json): GantryError =>
  invalid("interbtc-undecodable", `The parachain stores ${what} in a form that is not known here. A version of Gantry that knows this runtime is needed.`, { evidence: { value } });

/** "DOT" for {Token: "DOT"}, "ForeignAsset:1" for {ForeignAsset: 1}, "LpToken:(DOT,KSM)" for pairs. */
function currencyWord(value: Json | undefined): string {
  if (typeof value === "string" || typeof value === "number") return `${value}`;
  if (Array.isArray(value)) return `(${value.map(currencyWord).join(",")})`;
  const [[kind, inner] = []] = isFields(value) ? Object.entries(value) : [];
  if (kind === undefined) throw undecodable("a currency", value ?? null);
  return kind === "Token" ? currencyWord(inner) : `${kind}:${currencyWord(inner)}`;
}

/** From a vault's id as decoded; null: it is none. Throws Invalid "interbtc-undecodable" for a currency that is none. */
export function vaultOf(value: Json | undefined): VaultId | null {
  const { accountId, currencies } = isFields(value) ? value : {};
  if (!isHex(accountId, 32) || !isFields(currencies)) return null;
  return { account: accountId, collateral: currencyWord(currencies["collateral"]), wrapped: currencyWord(currencies["wrapped"]) };
}

const statuses: Readonly<Record<string, IssueStatus>> = { Pending: "pending", Completed: "completed", Cancelled: "cancelled" };

/** "Pending", or {Completed: refund id} in old runtimes. */
function statusOf(value: Json | undefined): IssueStatus | undefined {
  const word = isFields(value) ? Object.keys(value)[0] : value;
  return typeof word === "string" && Object.hasOwn(statuses, word) ? statuses[word] : undefined;
}

/** u128 arrives as a number while it fits 32 bits, else as decimal text. */
export const amountOf = (value: Json | undefined): bigint | null => (typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value)) ? BigInt(value) : null);

/** From Issue.IssueRequests. Throws Invalid "interbtc-undecodable", also when there is no such request. */
export function issueRequestOf(id: Hex, value: Json): IssueRequest {
  const bad = () => undecodable(`issue ${id}`, value);
  if (!isFields(value)) throw bad();
  const { requester, amount, fee, btcAddress, opentime, period, btcHeight, status } = value;
  const [vault, amountSat, feeSat, known] = [vaultOf(value["vault"]), amountOf(amount), amountOf(fee), statusOf(status)];
  if (vault === null || !isHex(requester, 32) || amountSat === null || feeSat === null || known === undefined) throw bad();
  if (typeof opentime !== "number" || typeof period !== "number" || typeof btcHeight !== "number") throw bad();
  return {
    id, requester, vault, amountSat, feeSat, script: scriptOfAddress(btcAddress ?? null), openActive: opentime, periodActive: period, bitcoinHeight: btcHeight, status: known,
  };
}

const issueEvents: readonly string[] = ["RequestIssue", "ExecuteIssue", "CancelIssue"];

export function issueIdOf({ pallet, name, data }: PolkadotEvent): Hex | null {
  const id = data["issueId"];
  return pallet === "Issue" && issueEvents.includes(name) && isHex(id, 32) ? id : null;
}

/** The arguments of Issue.execute_issue for this issue, wherever it stands in a call (batches, proxies, sudo): the first of them. */
export const executionIn = (value: Json, issueId: Hex): Fields | null => callIn(value, { pallet: "Issue", name: "execute_issue", argument: "issueId" }, issueId);

/** The same for another call whose `argument` is the id. */
export function callIn(value: Json, which: { readonly pallet: string; readonly name: string; readonly argument: string }, id: Hex): Fields | null {
  if (typeof value !== "object" || value === null) return null;
  if (isFields(value) && value["pallet"] === which.pallet && value["name"] === which.name && isFields(value["args"]) && value["args"][which.argument] === id) return value["args"];
  for (const inner of Object.values(value)) {
    const found = callIn(inner, which, id);
    if (found !== null) return found;
  }
  return null;
}
